"""Layers of maps: features and their places in WGS 84, whatever system they were surveyed in."""

import json
import sqlite3
import struct
from pathlib import Path
from typing import Any

import pytest
from django.contrib.gis.gdal import AxisOrder, CoordTransform, OGRGeometry, SpatialReference

from tinhso.kernel.errors import Invalid
from tinhso.registers.files import Source, Table, open_source
from tinhso.registers.files.guess import guess

HERE = (106.336, 20.446)
GEOPACKAGE = """
CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER NOT NULL PRIMARY KEY,
    organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL, description TEXT);
CREATE TABLE gpkg_contents (table_name TEXT NOT NULL PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT,
    description TEXT, last_change DATETIME, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE, max_y DOUBLE, srs_id INTEGER);
CREATE TABLE gpkg_geometry_columns (table_name TEXT NOT NULL, column_name TEXT NOT NULL,
    geometry_type_name TEXT NOT NULL, srs_id INTEGER NOT NULL, z TINYINT NOT NULL, m TINYINT NOT NULL);
CREATE TABLE wells (fid INTEGER PRIMARY KEY AUTOINCREMENT NOT NULL, geom POINT, name TEXT, dug DATE, depth DOUBLE);
"""


def projected(code: int) -> tuple[float, float]:
    """HERE in another system, x before y."""
    systems = [SpatialReference(c, axis_order=AxisOrder.TRADITIONAL) for c in (4326, code)]
    point = OGRGeometry(f"POINT({HERE[0]} {HERE[1]})", srs=4326)
    point.transform(CoordTransform(*systems))
    return point.x, point.y  # type: ignore[attr-defined]


def geojson(folder: Path, features: list[dict[str, Any]], **members: Any) -> Source:
    path = folder / "upload"
    path.write_text(json.dumps({"type": "FeatureCollection", **members, "features": features}, ensure_ascii=False))
    return open_source(path, "giếng.geojson")


def feature(place: Any, **properties: Any) -> dict[str, Any]:
    geometry = {"type": "Point", "coordinates": list(place)} if place else None
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def first_place(table: Table) -> tuple[float, float]:
    lon, lat = next(table.rows()).cells[-1]["coordinates"][:2]
    return lon, lat


def test_features_are_rows_and_their_place_is_a_column(tmp_path: Path) -> None:
    source = geojson(tmp_path, [feature(HERE, tên="Giếng 1", sâu=12), feature(None, tên="Giếng 2", mới=True)])
    (table,) = source.tables
    assert (source.format, table.title, table.columns) == ("geojson", "giếng", ("tên", "sâu", "mới", "geometry"))
    assert [row.cells for row in table.rows()] == [
        ("Giếng 1", 12, None, {"type": "Point", "coordinates": list(HERE)}),
        ("Giếng 2", None, True, None),
    ]
    assert [row.number for row in table.rows(after=1)] == [2]
    assert guess(table)[-1].type == "geometry"


@pytest.mark.parametrize("code", [3405, 3406, 9210, 4756, 3857])
def test_vn2000_and_other_systems_come_out_in_wgs84(tmp_path: Path, code: int) -> None:
    crs = {"type": "name", "properties": {"name": f"urn:ogc:def:crs:EPSG::{code}"}}
    (table,) = geojson(tmp_path, [feature(projected(code), tên="a")], crs=crs).tables
    assert first_place(table) == pytest.approx(HERE, abs=1e-6)
    assert any("WGS 84" in note for note in table.notes)


def test_a_big_collection_is_streamed_over_many_chunks(tmp_path: Path) -> None:
    source = geojson(tmp_path, [feature(HERE, tên=f"Giếng {n}", ghi="chú " * 40) for n in range(15_000)])
    (table,) = source.tables
    assert (tmp_path / "upload").stat().st_size > 3 * 2**20
    numbers = [(row.number, row.cells[0]) for row in table.rows()]
    assert numbers == [(n + 1, f"Giếng {n}") for n in range(15_000)]
    assert 0.8 < table.rows_estimate / 15_000 < 1.25


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"type": "FeatureCollection", "features": [{"type": "Feature", "prop', "cắt ngang"),
        ('{"type": "FeatureCollection", "features": [{"type": "Feature"}', "cắt ngang"),
        ('{"type": "FeatureCollection", "features": []}', "không có lớp"),
        ('{"type": "FeatureCollection", "crs": {"name": "lạ"}, "features": []}', "hệ toạ độ"),
    ],
)
def test_broken_and_empty_collections_are_refused(tmp_path: Path, text: str, words: str) -> None:
    path = tmp_path / "upload"
    path.write_text(text)
    with pytest.raises(Invalid, match=words):
        list(open_source(path, "a.geojson").tables[0].rows())


def package(path: Path, code: int, place: tuple[float, float]) -> None:
    """A GeoPackage of one layer with one feature (OGC 12-128r18), written without GDAL."""
    wkt = SpatialReference(code).wkt
    blob = b"GP" + struct.pack("<BBi", 0, 1, code) + struct.pack("<BIdd", 1, 1, *place)
    with sqlite3.connect(path) as base:
        base.execute("PRAGMA application_id = 1196444487")
        base.executescript(GEOPACKAGE)
        base.execute("INSERT INTO gpkg_spatial_ref_sys VALUES (?,?,?,?,?,NULL)", ("x", code, "EPSG", code, wkt))
        base.execute(
            "INSERT INTO gpkg_contents VALUES ('wells','features','wells','','2025-01-01T00:00:00Z',0,0,1,1,?)", (code,)
        )
        base.execute("INSERT INTO gpkg_geometry_columns VALUES ('wells','geom','POINT',?,0,0)", (code,))
        base.execute("INSERT INTO wells VALUES (1,?,'GiÕng Hµ Néi','2025-03-05',12.5)", (blob,))


@pytest.mark.parametrize("code", [4326, 9210, 3405])
def test_a_geopackage_is_read_under_any_name(tmp_path: Path, code: int) -> None:
    path = tmp_path / "upload"
    package(path, code, HERE if code == 4326 else projected(code))
    source = open_source(path, "giếng.gpkg")
    (table,) = source.tables
    assert (source.format, table.key, table.rows_estimate) == ("gpkg", "wells", 1)
    assert table.columns == ("name", "dug", "depth", "geometry")
    (row,) = table.rows()
    assert row.cells[0] == "Giếng Hà Nội"
    assert (str(row.cells[1]), row.cells[2]) == ("2025-03-05", 12.5)
    assert first_place(table) == pytest.approx(HERE, abs=1e-6)


def test_a_broken_geopackage_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(b"SQLite format 3\0" + b"\0" * 500)
    with pytest.raises(Invalid):
        open_source(path, "a.gpkg")
