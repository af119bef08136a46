"""Files that leave: read by programs that we did not write, and nothing in them that the reader may not have."""

import io
import itertools
import json
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest
from django.conf import settings
from django.contrib.gis.gdal import DataSource
from python_calamine import CalamineWorkbook

from tinhso.identity import queries as identity
from tinhso.identity import services as identity_services
from tinhso.identity.contracts import NewPerson
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid, NotFound
from tinhso.kernel.fields.base import FORMULA, field_type
from tinhso.registers import services
from tinhso.registers.exports import xlsx

from .conftest import GARDENS, SYSTEM, rows, seated

PERSON = NewPerson("Trần Thị Hòa", "099199000001", date(1999, 3, 4), "female", demo=True)
GARDEN = {
    "code": "V-01",
    "title": "=cmd|' /C calc'!A0",
    "commune": "13225",
    "opened_on": date(2025, 9, 1),
    "beds": 12,
    "area": Decimal("350.5"),
    "budget": 12_500_000,
    "checked_at": datetime(2025, 10, 1, 2, 30, tzinfo=UTC),
    "irrigated": True,
    "soil": "alluvial",
    "crops": ["vegetable", "flower"],
    "keeper": PERSON.id,
    "keeper_name": "Trần Thị Hòa",
    "phone": "+84912345678",
    "location": {"type": "Point", "coordinates": [106.336, 20.446]},
    "tools": [{"tool": "Cuốc", "count": 3}],
    "health_note": "đau lưng",
}


def taken(*asked, **more) -> bytes:
    return b"".join(services.export(*asked, **more).parts)


@pytest.fixture
def garden(province) -> str:
    packs.apply(SYSTEM, packs.read([Path(settings.PACKS) / "demo"]))
    identity_services.register_people(SYSTEM, [PERSON])
    services.create(SYSTEM, "demo.gardens", GARDEN)
    services.create(
        SYSTEM, "demo.gardens", {k: GARDEN[k] for k in ("title", "commune", "opened_on", "beds")} | {"code": "V-02"}
    )
    return "demo.gardens"


@pytest.fixture
def saved(tmp_path) -> Iterator[object]:
    def save(name: str, data: bytes) -> str:
        (tmp_path / name).write_bytes(data)
        return str(tmp_path / name)

    yield save


def test_duckdb_reads_the_csv(garden, saved):
    file = saved("gardens.csv", taken(SYSTEM, garden, "csv", purpose="thống kê"))
    found = duckdb.execute(
        "SELECT code, opened_on, beds, area, irrigated, location, phone FROM read_csv(?) ORDER BY code",
        [file],
    ).fetchall()
    assert found == [
        ("V-01", date(2025, 9, 1), 12, 350.5, True, "POINT(106.336 20.446)", "'+84912345678"),
        ("V-02", date(2025, 9, 1), 12, None, None, None, None),
    ]


@pytest.mark.parametrize(
    "text", [*(f"{sign}1+1" for sign in FORMULA if sign.strip()), "'=1", "''@x", "a=1", "'quoted'"]
)
def test_no_spreadsheet_runs_a_text_and_reading_it_back_gives_it_back(gardens, saved, text):
    services.create(SYSTEM, gardens, {"code": text, "planted_on": date(2024, 1, 1)})
    file = saved("x.csv", taken(SYSTEM, gardens, "csv"))
    [(cell,)] = duckdb.execute("SELECT code FROM read_csv(?, all_varchar = true)", [file]).fetchall()
    assert not cell.startswith(FORMULA)
    assert field_type("text").from_cell(cell, field_type("text").Options()) == text


def test_calamine_reads_the_workbook_with_real_days_and_numbers(garden):
    book = CalamineWorkbook.from_filelike(io.BytesIO(taken(SYSTEM, garden, "xlsx", purpose="thống kê")))
    data, about = (book.get_sheet_by_name(name).to_python() for name in book.sheet_names)
    head, first = data[0], data[1]
    row = dict(zip(head, first, strict=True))
    assert row["Ngày mở"] == date(2025, 9, 1)
    assert (row["Số luống"], row["Diện tích (m²)"], row["Kinh phí năm"]) == (12, 350.5, 12_500_000)
    assert row["Kiểm tra lần cuối"] == datetime(2025, 10, 1, 9, 30)  # noqa: DTZ001  the clock on the wall of Hà Nội
    assert row["Có tưới tự động"] == "Có"
    assert (row["Người trông vườn"], row["Người trông vườn (mã)"]) == ("Trần Thị Hòa", str(PERSON.id))
    assert len(data) == 3
    assert [row[0] for row in about[1 : len(head) + 1]] == head
    assert ["Số luống", "beds", "integer", ""] in about


def test_a_field_that_is_called_like_a_formula_or_an_address_is_a_text_in_the_workbook(db, apply):
    apply(gardens=GARDENS.replace("vi: Mã vườn", 'vi: "=1+1"').replace("vi: Số cây", 'vi: "http://x.example"'))
    services.create(SYSTEM, "yard.gardens", {"code": "=2+2", "planted_on": date(2024, 1, 1)})
    with zipfile.ZipFile(io.BytesIO(taken(SYSTEM, "yard.gardens", "xlsx"))) as parts:
        sheets = [parts.read(name) for name in parts.namelist() if name.startswith("xl/worksheets/")]
    assert len(sheets) >= 2
    assert not any(b"<f>" in sheet or b"hyperlink" in sheet for sheet in sheets)


def test_more_rows_than_a_sheet_holds_go_on_in_the_next(gardens, monkeypatch):
    monkeypatch.setattr(xlsx, "ROWS", 2)
    for code in "abc":
        services.create(SYSTEM, gardens, {"code": code, "planted_on": date(2024, 1, 1)})
    book = CalamineWorkbook.from_filelike(io.BytesIO(taken(SYSTEM, gardens, "xlsx", order="code")))
    sheets = [book.get_sheet_by_name(name).to_python() for name in book.sheet_names]
    assert [len(sheet) for sheet in sheets[:2]] == [3, 2]
    assert sheets[0][0] == sheets[1][0]


def test_duckdb_reads_the_parquet_with_its_types_and_places(garden, saved):
    file = saved("gardens.parquet", taken(SYSTEM, garden, "parquet", purpose="thống kê", order="code"))
    found = duckdb.execute(
        "SELECT code, opened_on, beds, area, checked_at, irrigated, crops, tools FROM read_parquet(?)", [file]
    ).fetchall()
    assert found[0][:4] == ("V-01", date(2025, 9, 1), 12, Decimal("350.5"))
    assert found[0][4].astimezone(UTC) == GARDEN["checked_at"]
    assert found[0][5:7] == (True, ["vegetable", "flower"])
    assert json.loads(found[0][7]) == GARDEN["tools"]
    assert found[1][3:] == (None,) * 5
    [(geo,)] = duckdb.execute("SELECT value FROM parquet_kv_metadata(?) WHERE key = 'geo'", [file]).fetchall()
    assert json.loads(geo)["columns"] == {"location": {"encoding": "WKB", "geometry_types": ["Point"]}}


def test_gdal_reads_the_geojson_with_longitude_first(garden, saved):
    data = taken(SYSTEM, garden, "geojson", purpose="thống kê", order="code")
    [layer] = DataSource(saved("gardens.geojson", data))
    assert len(layer) == 2
    first = next(iter(layer))
    assert first.geom.coords == (106.336, 20.446)
    assert (first.get("code"), first.get("beds"), first.get("area")) == ("V-01", 12, 350.5)
    assert json.loads(data)["features"][1]["geometry"] is None


def test_an_outer_ring_runs_against_the_clock(apply, db):
    apply(
        gardens="register: gardens\nname: {vi: Vườn, en: Gardens}\nfields:\n  - {name: code, type: text}\n"
        "  - {name: ground, type: geometry, shape: polygon}\n"
    )
    clockwise = [[[0, 0], [0, 1], [1, 1], [1, 0], [0, 0]]]
    services.create(
        SYSTEM, "yard.gardens", {"code": "a", "ground": {"type": "MultiPolygon", "coordinates": [clockwise]}}
    )
    [feature] = json.loads(taken(SYSTEM, "yard.gardens", "geojson"))["features"]
    ring = feature["geometry"]["coordinates"][0][0]
    assert sum((x2 - x1) * (y2 + y1) for (x1, y1), (x2, y2) in itertools.pairwise(ring)) < 0


def test_a_register_without_places_is_no_geojson(gardens):
    with pytest.raises(Invalid):
        services.export(SYSTEM, gardens, "geojson")


def test_without_records_every_format_is_whole(garden, saved):
    asked = {"where": {"code": "none"}}
    assert taken(SYSTEM, garden, "csv", **asked).count(b"\n") == 1
    assert json.loads(taken(SYSTEM, garden, "geojson", **asked)) == {"type": "FeatureCollection", "features": []}
    file = saved("none.parquet", taken(SYSTEM, garden, "parquet", **asked))
    assert duckdb.execute("SELECT count(*) FROM read_parquet(?)", [file]).fetchall() == [(0,)]
    book = CalamineWorkbook.from_filelike(io.BytesIO(taken(SYSTEM, garden, "xlsx", **asked)))
    assert len(book.get_sheet_by_index(0).to_python()) == 1


@pytest.mark.parametrize("ends", ["csv", "xlsx", "parquet", "geojson"])
def test_personal_fields_need_a_purpose_and_sensitive_ones_never_leave(garden, ends, tmp_path):
    def text(data: bytes) -> str:
        if ends == "xlsx":
            book = CalamineWorkbook.from_filelike(io.BytesIO(data))
            return str([book.get_sheet_by_name(name).to_python() for name in book.sheet_names[:1]])
        if ends == "parquet":
            (tmp_path / "x").write_bytes(data)
            return str(duckdb.execute("SELECT * FROM read_parquet(?)", [str(tmp_path / "x")]).fetchall())
        return data.decode()

    keeper = seated("13225", "one-stop")
    plain = services.export(keeper, garden, ends)
    assert "keeper_name" in plain.left_out
    assert "Trần Thị Hòa" not in text(b"".join(plain.parts))
    full = text(taken(keeper, garden, ends, purpose="gửi thư mời họp"))
    assert "Trần Thị Hòa" in full
    assert "đau lưng" not in full
    with pytest.raises(Invalid) as refused:
        services.export(keeper, garden, ends, fields=["keeper_name"])
    assert set(refused.value.errors) == {"purpose"}


def test_who_took_what_for_which_purpose_is_audited_and_told_to_those_named(garden):
    keeper = seated("13225", "one-stop")
    services.export(keeper, garden, "csv", where={"keeper_name": "Trần Thị Hòa"}, purpose="gửi thư mời họp")
    [(subject, _actor, data)] = rows("SELECT subject, actor, data FROM kernel_audit WHERE action = 'record.export'")
    data = json.loads(data) if isinstance(data, str) else data
    assert subject == "register:demo.gardens"
    assert (data["purpose"], data["personal"], data["people"]) == ("gửi thư mời họp", True, 1)
    assert data["filters"] == ["keeper_name"]
    assert "Hòa" not in json.dumps(data, ensure_ascii=False)
    [look] = identity.access_log(SYSTEM, PERSON.id).rows
    assert look.purpose == "gửi thư mời họp"


def test_columns_rows_and_order_are_chosen_as_in_a_list(garden):
    text = taken(SYSTEM, garden, "csv", fields=["code", "beds"], where={"beds": ("ge", 1)}, order="-code").decode()
    head, *found = text.splitlines()
    assert head.endswith("id,unit,valid_from,valid_until,code,beds")
    assert [line.rpartition(",")[0][-4:] for line in found] == ["V-02", "V-01"]


def test_who_may_not_gets_no_file(garden):
    citizen = identity_services.account_of_person(SYSTEM, PERSON.id)
    with pytest.raises(Forbidden):
        services.export(Actor(account=citizen, person=PERSON.id, assurance=2), garden, "csv")
    with pytest.raises(NotFound):
        services.export(SYSTEM, garden, "doc")
    leader = seated("33", "leader", level="province")
    assert b"keeper_name" not in taken(leader, garden, "csv", purpose="xem")
    with pytest.raises(Invalid):
        services.export(leader, garden, "csv", fields=["keeper_name"], purpose="xem")
