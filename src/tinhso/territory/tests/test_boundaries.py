"""Boundaries from files, and the outlines that maps draw."""

import json
import sqlite3
import struct
from pathlib import Path

import pytest
import shapely
from django.conf import settings
from django.contrib.gis.gdal import CoordTransform, OGRGeometry, SpatialReference
from django.contrib.gis.geos import Point
from django.core.management import CommandError, call_command

from tinhso.kernel.actor import NOBODY, Actor
from tinhso.kernel.errors import Forbidden, Invalid
from tinhso.kernel.models import Audit
from tinhso.territory import queries, services
from tinhso.territory.models import Unit

from .conftest import NEW, OLD

COMMUNES = settings.ROOT.parent / "shared" / "data" / "communes_2025.geojson"


def square(x: float, y: float, side: float = 0.02) -> dict:
    ring = [[x, y], [x + side, y], [x + side, y + side], [x, y + side], [x, y]]
    return {"type": "Polygon", "coordinates": [ring]}


def bow_tie(x: float, y: float) -> dict:
    return {"type": "Polygon", "coordinates": [[[x, y], [x + 0.1, y + 0.1], [x + 0.1, y], [x, y + 0.1], [x, y]]]}


def write(file: Path, features: list[tuple[dict, dict | None]]) -> Path:
    body = [{"type": "Feature", "properties": p, "geometry": g} for p, g in features]
    file.write_text(json.dumps({"type": "FeatureCollection", "features": body}), encoding="utf-8")
    return file


@pytest.fixture
def communes(tmp_path: Path) -> Path:
    """Every commune's boundary: the shared file where it is there, else squares around the inner points."""
    if COMMUNES.exists():
        return COMMUNES
    units = queries.units(level=2, at=NEW)
    features = [({"code": u.code, "name": u.name}, square(u.lon or 0, u.lat or 0)) for u in units]
    return write(tmp_path / "communes.geojson", features)


def test_all_communes_get_their_boundary(facts: None, actor: Actor, communes: Path) -> None:
    report = services.import_boundaries(actor, communes, NEW)
    assert len(report.matched) == 104
    assert report.unmatched == report.repeated == report.missing == ()
    assert all(row.geometry.valid and row.geometry.srid == 4326 for row in Unit.objects.exclude(geometry=None))
    assert set(report.matched) == set(Unit.objects.exclude(geometry=None).values_list("code", flat=True))
    assert not Unit.objects.filter(valid__contains=OLD).exclude(geometry=None).exists()
    cells = queries.map_cells(NEW)
    assert len(cells) == 104 and not any(cell.approximate for cell in cells)
    assert queries.boundaries_known(NEW)
    assert Audit.objects.filter(action="territory.import-boundaries").get().data["matched"] == 104


def test_faults_of_the_file_are_reported_and_mended(facts: None, actor: Actor, tmp_path: Path) -> None:
    file = write(
        tmp_path / "some.geojson",
        [
            ({"MA": 13141, "TEN": "Vu Quy"}, square(106.37, 20.40)),
            ({"MA": None, "TEN": "XÃ KIẾN XƯƠNG"}, bow_tie(106.44, 20.37)),
            ({"MA": 13141, "TEN": "Vũ Quý (2)"}, square(106.30, 20.40)),
            ({"MA": 77777, "TEN": "Xã Lạ"}, square(105, 20)),
            ({"MA": 13075, "TEN": "không hình"}, None),
            ({"MA": 13225, "TEN": "đường"}, {"type": "LineString", "coordinates": [[106, 20], [106.1, 20]]}),
        ],
    )
    report = services.import_boundaries(actor, file, NEW)
    assert report.matched == ("13075", "13141")
    assert report.repaired == ("13075",)
    assert report.repeated == ("13141 Vũ Quý (2)",)
    assert report.unmatched == ("77777 Xã Lạ", "13075 không hình", "13225 đường")
    assert len(report.missing) == 102
    mended = Unit.objects.get(code="13075", valid__contains=NEW).geometry
    assert mended.valid and mended.num_geom == 2


def test_a_geopackage_in_metres_is_brought_to_degrees(facts: None, actor: Actor, tmp_path: Path) -> None:
    """VN-2000 / UTM zone 48N (EPSG:3405), as the survey's files come."""
    file = tmp_path / "districts.gpkg"
    square_in_degrees = OGRGeometry(json.dumps(square(106.42, 20.39, 0.1)))
    _geopackage(file, "Huyện Kiến Xương", square_in_degrees)
    report = services.import_boundaries(actor, file, OLD)
    assert report.matched == ("343",)
    unit = Unit.objects.get(code="343")
    assert unit.geometry.centroid.distance(Point(106.47, 20.44, srid=4326)) < 0.001
    assert 100 < float(unit.area_km2 or 0) < 130
    assert len(report.missing) == 7


def _geopackage(file: Path, name: str, geometry: OGRGeometry) -> None:
    """A GeoPackage of one feature, written by hand: Django reads such files but does not write them."""
    geometry.srs = SpatialReference(4326)
    geometry.transform(CoordTransform(SpatialReference(4326), SpatialReference(3405)))
    blob = b"GP\x00\x01" + struct.pack("<i", 3405) + bytes(geometry.wkb)
    base = sqlite3.connect(file)
    base.executescript(f"""
        PRAGMA application_id = 0x47504B47; PRAGMA user_version = 10300;
        CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT NOT NULL, srs_id INTEGER PRIMARY KEY,
            organization TEXT NOT NULL, organization_coordsys_id INTEGER NOT NULL, definition TEXT NOT NULL,
            description TEXT);
        INSERT INTO gpkg_spatial_ref_sys VALUES
            ('VN-2000 / UTM zone 48N', 3405, 'EPSG', 3405, '{SpatialReference(3405).wkt}', '');
        CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT NOT NULL, identifier TEXT UNIQUE,
            description TEXT, last_change DATETIME DEFAULT CURRENT_TIMESTAMP, min_x DOUBLE, min_y DOUBLE, max_x DOUBLE,
            max_y DOUBLE, srs_id INTEGER);
        INSERT INTO gpkg_contents (table_name, data_type, identifier, srs_id)
            VALUES ('huyen', 'features', 'huyen', 3405);
        CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT, srs_id INTEGER,
            z TINYINT, m TINYINT, PRIMARY KEY (table_name, column_name));
        INSERT INTO gpkg_geometry_columns VALUES ('huyen', 'geom', 'POLYGON', 3405, 0, 0);
        CREATE TABLE huyen (fid INTEGER PRIMARY KEY AUTOINCREMENT, geom POLYGON, ten TEXT);
    """)
    base.execute("INSERT INTO huyen (geom, ten) VALUES (?, ?)", (blob, name))
    base.commit()
    base.close()


@pytest.mark.parametrize(
    "body", ["", "not a map", '{"type": "FeatureCollection", "features": []}', "<OGRVRTDataSource/>"]
)
def test_what_is_no_boundary_file_changes_nothing(facts: None, actor: Actor, tmp_path: Path, body: str) -> None:
    file = tmp_path / "bad.geojson"
    file.write_text(body)
    for name in (file, tmp_path / "missing.geojson", tmp_path):
        with pytest.raises(Invalid):
            services.import_boundaries(actor, name, NEW)
    assert not Unit.objects.exclude(geometry=None).exists()
    with pytest.raises(CommandError):
        call_command("territory", "boundaries", str(file))


def test_only_who_may_imports(facts: None, communes: Path) -> None:
    with pytest.raises(Forbidden):
        services.import_boundaries(NOBODY, communes, NEW)


def test_the_command_reports(facts: None, communes: Path, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("territory", "boundaries", str(communes), "--at", "2025-07-01")
    assert "104" in capsys.readouterr().out


def test_without_boundaries_cells_are_drawn_and_say_so(facts: None) -> None:
    cells = queries.map_cells(NEW)
    assert len(cells) == 104 and all(cell.approximate for cell in cells)
    assert not queries.boundaries_known(NEW)
    shapes = {cell.code: shapely.from_geojson(json.dumps(cell.geometry)) for cell in cells}
    for unit in queries.units(level=2, at=NEW):
        assert shapes[unit.code].is_valid
        assert shapes[unit.code].contains(shapely.Point(unit.lon, unit.lat)), unit
    whole = shapely.union_all(list(shapes.values()))
    overlap = sum(shape.area for shape in shapes.values()) - whole.area
    assert overlap < whole.area * 1e-3
    assert len(queries.map_cells(OLD, level=2)) == 8
    assert queries.map_cells(OLD, level=3) == ()


def test_cells_fill_what_boundaries_leave(facts: None, actor: Actor, tmp_path: Path) -> None:
    file = write(tmp_path / "one.geojson", [({"code": "13141"}, square(106.36, 20.39))])
    assert all(cell.approximate for cell in queries.map_cells(NEW))
    services.import_boundaries(actor, file, NEW)
    cells = {cell.code: cell for cell in queries.map_cells(NEW)}
    assert [code for code, cell in cells.items() if not cell.approximate] == ["13141"]
    known = shapely.from_geojson(json.dumps(cells["13141"].geometry))
    beside = shapely.from_geojson(json.dumps(cells["13132"].geometry))
    assert shapely.intersection(known, beside).area < 1e-6
    assert len(cells) == 104


def test_a_map_is_drawn_once(facts: None, django_assert_num_queries: object) -> None:
    first = queries.map_cells(NEW)
    with django_assert_num_queries(0):  # type: ignore[operator]
        assert queries.map_cells(NEW) is first
    assert json.dumps([cell.geometry for cell in first])
