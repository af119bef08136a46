"""Files that an officer's computer, or an enemy's, makes: each is read, or refused in words, within bounds."""

import io
import json
import sqlite3
import struct
import zipfile
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
import xlsxwriter

from tinhso.kernel.errors import Invalid
from tinhso.registers.files import open_source


def source(tmp_path: Path, content: bytes, name: str) -> Any:
    path = tmp_path / "file"
    path.write_bytes(content)
    return open_source(path, name)


def book(rows: list[list[Any]]) -> bytes:
    out = io.BytesIO()
    made = xlsxwriter.Workbook(out)
    sheet = made.add_worksheet()
    for at, row in enumerate(rows):
        sheet.write_row(at, 0, row)
    made.close()
    return out.getvalue()


def swapped(content: bytes, part: str, made: bytes | None, *, harm: bool = False) -> bytes:
    """The archive with one part made anew; with `harm` its compressed bytes are no longer what they say."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, made if name == part and made is not None else old.read(name))
    data = bytearray(out.getvalue())
    if harm:
        with zipfile.ZipFile(io.BytesIO(bytes(data))) as written:
            info = written.getinfo(part)
        start = info.header_offset + 30 + len(part)
        data[start : start + 20] = b"\xff" * 20
    return bytes(data)


FEATURE = {"type": "Feature", "properties": {"ma": "A"}, "geometry": {"type": "Point", "coordinates": [106.3, 20.4]}}


@pytest.mark.parametrize(
    "wrong",
    [
        {"properties": [1]}, {"properties": "chữ"}, {"properties": 7}, {"geometry": "POINT"}, {"geometry": [1, 2]},
        {"geometry": {"type": "Point"}}, {"properties": {"": {"sâu": [1]}}},
    ],
)  # fmt: skip
@pytest.mark.parametrize("crs", ["", "EPSG:3405"])
def test_a_feature_of_the_wrong_make_is_read_or_refused_in_words(tmp_path: Path, wrong: Any, crs: str) -> None:
    made = {"type": "FeatureCollection", "features": [FEATURE, FEATURE | wrong]}
    if crs:
        made = {"type": "FeatureCollection", "crs": {"type": "name", "properties": {"name": crs}}} | made
    try:
        [table] = source(tmp_path, json.dumps(made).encode(), "a.geojson").tables
        rows = list(table.rows())
    except Invalid as refused:
        assert len(str(refused)) > 20
    else:
        assert len(rows) == 2


@pytest.mark.parametrize("part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"])
def test_a_workbook_whose_compressed_bytes_are_harmed_is_refused(tmp_path: Path, part: str) -> None:
    content = swapped(book([["Mã", "Tên"], *([f"A{n}", f"Vườn {n}"] for n in range(50))]), part, None, harm=True)
    with pytest.raises(Invalid, match="tệp hỏng"):
        [table] = source(tmp_path, content, "a.xlsx").tables
        list(table.rows())


def test_a_file_of_thousands_of_columns_is_read_in_bounded_time(tmp_path: Path) -> None:
    lines = [
        ",".join(f"cột {n}" for n in range(5_000)),
        *(",".join(f"giá {n}" for n in range(5_000)) for _row in range(50)),
    ]
    began = monotonic()
    try:
        [table] = source(tmp_path, "\n".join(lines).encode(), "a.csv").tables
    except Invalid as refused:
        assert "cột" in str(refused)
    else:
        assert len(table.columns) <= 400
        assert any("400" in note for note in table.notes), "what is left out is said"
        assert len(list(table.rows())) == 50
    assert monotonic() - began < 20


@pytest.mark.parametrize(
    "content", [b"ma,ten\n", "mã;tên;xã\n\n\n".encode(), b'"ma","ten"', book([["Mã vườn", "Tên vườn"]])]
)
def test_a_file_that_is_only_a_header_has_its_columns_and_says_that_rows_are_missing(
    tmp_path: Path, content: bytes
) -> None:
    [table] = source(tmp_path, content, "a").tables
    assert len(table.columns) in {2, 3} and "A" not in table.columns
    assert (table.rows_estimate, list(table.rows())) == (0, [])
    assert table.notes == ("chưa có dòng dữ liệu nào bên dưới dòng tiêu đề cột",)


def test_headers_of_one_name_are_told_apart(tmp_path: Path) -> None:
    [table] = source(tmp_path, "mã,tên,Tên,tên\n1,a,b,c\n2,d,e,f\n3,g,h,i\n".encode(), "a.csv").tables
    assert len(set(table.columns)) == 4
    assert next(iter(table.rows())).cells == ("1", "a", "b", "c")


def test_a_sheet_of_styled_empty_rows_to_the_horizon_costs_seconds(tmp_path: Path) -> None:
    head = (
        '<row r="1"><c r="A1" t="inlineStr"><is><t>Mã</t></is></c><c r="B1" t="inlineStr"><is><t>Cây</t></is></c></row>'
    )
    data = "".join(f'<row r="{n}"><c r="A{n}" t="inlineStr"><is><t>V{n}</t></is></c><c r="B{n}"><v>{n}</v></c></row>'
                   for n in range(2, 20))  # fmt: skip
    empty = "".join(f'<row r="{n}" s="1" customFormat="1"><c r="A{n}" s="1"/></row>' for n in range(20, 300_000))
    sheet = (
        '<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns='
        '"http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{head}{data}{empty}</sheetData></worksheet>"
    )
    content = swapped(book([["a"]]), "xl/worksheets/sheet1.xml", sheet.encode())
    began = monotonic()
    [table] = source(tmp_path, content, "a.xlsx").tables
    assert [row.cells for row in table.rows()][-1] == ("V19", 19)
    assert monotonic() - began < 30


WGS84 = (
    'GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],'
    'UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4326"]]'
)


def geopackage(path: Path, srs: int, x: float, y: float, *, z: float | None = None) -> bytes:
    """A GeoPackage of one point, as OGC 12-128r18 has it, with whatever reference system is stated."""
    flags = b"GP\x00\x01" + struct.pack("<i", srs)
    kind, coordinates = (1, (x, y)) if z is None else (1001, (x, y, z))
    blob = flags + struct.pack("<bI", 1, kind) + struct.pack(f"<{len(coordinates)}d", *coordinates)
    file = path / "made.gpkg"
    with sqlite3.connect(file) as made:
        made.executescript(
            "PRAGMA application_id = 0x47504B47; PRAGMA user_version = 10300;"
            "CREATE TABLE gpkg_spatial_ref_sys (srs_name TEXT, srs_id INTEGER PRIMARY KEY, organization TEXT,"
            " organization_coordsys_id INTEGER, definition TEXT, description TEXT);"
            "INSERT INTO gpkg_spatial_ref_sys VALUES ('u', -1, 'NONE', -1, 'undefined', ''),"
            f" ('u', 0, 'NONE', 0, 'undefined', ''), ('WGS 84', 4326, 'EPSG', 4326, '{WGS84}', '');"
            "CREATE TABLE gpkg_contents (table_name TEXT PRIMARY KEY, data_type TEXT, identifier TEXT,"
            " description TEXT, last_change TEXT, min_x REAL, min_y REAL, max_x REAL, max_y REAL, srs_id INTEGER);"
            "CREATE TABLE gpkg_geometry_columns (table_name TEXT, column_name TEXT, geometry_type_name TEXT,"
            " srs_id INTEGER, z TINYINT, m TINYINT);"
            f"INSERT INTO gpkg_contents VALUES ('vuon','features','vuon','','2026-01-01T00:00:00Z',0,0,1,1,{srs});"
            f"INSERT INTO gpkg_geometry_columns VALUES ('vuon','geom','POINT',{srs},2,0);"
            "CREATE TABLE vuon (fid INTEGER PRIMARY KEY, geom BLOB, ma TEXT);"
        )
        made.execute("INSERT INTO vuon VALUES (1, ?, 'V1')", [blob])
    made.close()
    content = file.read_bytes()
    file.unlink()
    return content


@pytest.mark.parametrize("srs", [-1, 0, 4326, 99_999])
def test_a_layer_of_an_unknown_reference_system_is_read_as_it_says_and_the_officer_is_told(
    tmp_path: Path, srs: int
) -> None:
    try:
        [table] = source(tmp_path, geopackage(tmp_path, srs, 106.3, 20.4), "a.gpkg").tables
        [row] = table.rows()
    except Invalid as refused:
        assert "hệ toạ độ" in str(refused) or "bản đồ" in str(refused)
    else:
        assert row.cells[-1]["coordinates"] == [106.3, 20.4]
        assert bool(table.notes) == (srs != 4326)
