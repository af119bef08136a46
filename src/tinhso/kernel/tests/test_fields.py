"""What people and files write, and what each field type makes of it."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from tinhso.kernel.errors import Invalid
from tinhso.kernel.fields import FieldSpec, demo_national_id
from tinhso.kernel.fields.identifiers import Plot, national_id_facts
from tinhso.kernel.fields.places import Address

from .fields import SOIL, SOMEBODY, known, spec

pytestmark = pytest.mark.usefixtures("known")
__all__ = ["known"]
PLATE, PLOT, TAX, ID = spec("vehicle_plate"), spec("land_plot"), spec("tax_code"), spec("national_id")
SQUARE = '{"type":"Polygon","coordinates":[[[106,20],[107,20],[107,21],[106,21],[106,20]]]}'
BOW_TIE = '{"type":"Polygon","coordinates":[[[106,20],[107,21],[107,20],[106,21],[106,20]]]}'


def read(field: FieldSpec, raw: Any) -> Any:
    value = field.kind.read(raw, field.settings())
    if value is not None:
        field.kind.check(value, field.settings())
    return value


@pytest.mark.parametrize(
    ("field", "raw", "value"),
    [
        (spec("text"), "  Nguyễn  Bảo\tAn ", "Nguyễn Bảo An"),
        (spec("text"), "Nguye\u0302\u0303n", "Nguyễn"),
        (spec("text", lines=3), "một \r\n hai", "một\nhai"),
        (spec("text"), "   ", None),
        (spec("text", pattern="[A-Z]{2}[0-9]+"), "TB12", "TB12"),
        (spec("integer"), "1.234.567", 1234567),
        (spec("integer"), "1,234,567", 1234567),
        (spec("integer"), "1,234", 1234),
        (spec("integer"), "12.0", 12),
        (spec("integer", min=-5), "−3", -3),
        (spec("decimal"), "1.234.567,8", Decimal("1234567.8")),
        (spec("decimal"), "1234567.8", Decimal("1234567.8")),
        (spec("decimal"), "1,234,567.8", Decimal("1234567.8")),
        (spec("decimal"), "1.234", Decimal(1234)),
        (spec("decimal", places=3), "1,234", Decimal("1.234")),
        (spec("decimal", places=3), "0.500", Decimal("0.500")),
        (spec("decimal"), "1 234,5", Decimal("1234.5")),
        (spec("decimal"), "2,50000", Decimal("2.5")),
        (spec("money"), "1.500.000 đ", 1500000),
        (spec("money"), "1,500,000 VNĐ", 1500000),
        (spec("money"), "8000đồng", 8000),
        (spec("date"), "27/3/2025", date(2025, 3, 27)),
        (spec("date"), "7-3-2025", date(2025, 3, 7)),
        (spec("date"), "2025-03-27", date(2025, 3, 27)),
        (spec("date"), {"day": "27", "month": "03", "year": "2025"}, date(2025, 3, 27)),
        (spec("date"), {"day": "", "month": " ", "year": ""}, None),
        (spec("date"), datetime(2025, 3, 27, 8), date(2025, 3, 27)),  # noqa: DTZ001
        (spec("datetime"), "14:30 27/3/2025", datetime(2025, 3, 27, 7, 30, tzinfo=UTC)),
        (spec("datetime"), "27/3/2025 14h30", datetime(2025, 3, 27, 7, 30, tzinfo=UTC)),
        (spec("datetime"), "2025-03-27T07:30:00Z", datetime(2025, 3, 27, 7, 30, tzinfo=UTC)),
        (
            spec("datetime"),
            {"time": "00:15", "day": "1", "month": "1", "year": "2026"},
            datetime(2025, 12, 31, 17, 15, tzinfo=UTC),
        ),
        (spec("boolean"), "Có", True),
        (spec("boolean"), "khong", False),
        (spec("boolean"), "", None),
        (spec("choice", choices=SOIL), "dat phu sa", "alluvial"),
        (spec("choice", choices=SOIL), "Alluvial", "alluvial"),
        (spec("choice", choices=SOIL, multiple=True), ["alluvial", "", "alluvial"], ["alluvial"]),
        (spec("choice", of="ethnicity"), "Kinh", "kinh"),
        (spec("person"), {"name": "Nguyễn Thị Mơ", "national_id": "034190000001"}, SOMEBODY),
        (spec("agency"), str(SOMEBODY), SOMEBODY),
        (spec("unit"), "Xã Vũ Quý", "13141"),
        (spec("address"), {"line": "thôn Đông", "unit": "Xã Vũ Quý"}, Address("13141", "thôn Đông")),
        (spec("address"), "thôn Đông, Xã Vũ Quý", Address("13141", "thôn Đông")),
        (spec("phone"), "0912.345.678", "+84912345678"),
        (spec("phone"), "+84 912 345 678", "+84912345678"),
        (spec("phone"), "0227 3831234", "+842273831234"),
        (spec("email"), " ai@vidu.vn ", "ai@vidu.vn"),
        (ID, "034 190 000 001", "034190000001"),
        (TAX, "0100233488", "0100233488"),
        (TAX, "0100233488001", "0100233488-001"),
        (TAX, "034190000001", "034190000001"),
        (PLOT, "12583 / 12 / 345", Plot("12583", 12, 345)),
        (PLATE, "17A-123.45", "17A-12345"),
        (PLATE, "17-B1 123.45", "17B1-12345"),
        (PLATE, "17B-112.34", "17B-11234"),
        (PLATE, "17B1-1234", "17B1-1234"),
        (PLATE, "17b112345", "17B1-12345"),
        (PLATE, "17b12345", "17B-12345"),
        (PLATE, "89MĐ1 123.45", "89MĐ1-12345"),
        (spec("geometry"), "20,4463; 106,3366", {"type": "Point", "coordinates": [106.3366, 20.4463]}),
        (spec("geometry"), "20.4463, 106.3366", {"type": "Point", "coordinates": [106.3366, 20.4463]}),
    ],
)
def test_read(field: FieldSpec, raw: Any, value: Any) -> None:
    assert read(field, raw) == value


@pytest.mark.parametrize(
    ("field", "raw"),
    [
        (spec("text", max=5), "sáu chữ"),
        (spec("text", min=3), "a"),
        (spec("text", pattern="[A-Z]+"), "abc"),
        (spec("text"), "a\x00b"),
        (spec("text"), "tên\u202egnp.exe"),
        (spec("text"), ["a"]),
        (spec("integer", min=0), "-1"),
        (spec("integer", max=9), "10"),
        (spec("integer"), "1,5"),
        (spec("integer"), "một"),
        (spec("integer"), "9" * 30),
        (spec("decimal", places=1), "1,25"),
        (spec("decimal"), "1.2.3"),
        (spec("decimal"), "NaN"),
        (spec("money"), "-1"),
        (spec("money"), "1,5"),
        (spec("date"), "31/2/2025"),
        (spec("date"), "3/27/2025"),
        (spec("date"), {"day": "3", "month": "", "year": "2025"}),
        (spec("date", past=True), "1/1/2190"),
        (spec("date", future=True), "1/1/1990"),
        (spec("date", min="2025-07-01"), "30/6/2025"),
        (spec("date", max="2025-07-01"), "2/7/2025"),
        (spec("date"), "1/1/1799"),
        (spec("datetime"), "25:00 1/1/2025"),
        (spec("datetime"), {"time": "", "day": "1", "month": "1", "year": "2025"}),
        (spec("datetime", past=True), "00:00 1/1/2190"),
        (spec("boolean"), "có lẽ"),
        (spec("choice", choices=SOIL), "clay"),
        (spec("person"), {"name": "Ai Đó", "national_id": "034190000001"}),
        (spec("person"), {"name": "Nguyễn Thị Mơ", "national_id": ""}),
        (spec("agency"), "Sở Không Có"),
        (spec("reference", to="demo.gardens"), "01890000-0000-7000-8000-000000000002"),
        (spec("unit"), "99999"),
        (spec("address"), {"line": "thôn Đông", "unit": ""}),
        (spec("address"), {"line": "x" * 201, "unit": "13141"}),
        (spec("phone"), "0112345678"),
        (spec("phone"), "02273831"),
        (spec("email"), "ai@"),
        (ID, "12345"),
        (ID, "098190000001"),
        (TAX, "0100233489"),
        (TAX, "098190000001"),
        (PLOT, "12583-0-1"),
        (PLATE, "13A-123.45"),
        (PLATE, "17I-123.45"),
        (PLATE, "17A-12"),
        (spec("geometry"), "106.3366, 20.4463"),
        (spec("geometry"), SQUARE),
        (spec("geometry", shape="polygon"), BOW_TIE),
        (spec("geometry"), '{"type":"Point","coordinates":[]}'),
        (spec("file"), "photo.jpg"),
        (spec("file"), {"digest": "0" * 64, "name": "a\x00", "size": 1, "media_type": "image/png"}),
        (
            spec("file", accept=["image/*"]),
            {"digest": "0" * 64, "name": "a.pdf", "size": 1, "media_type": "application/pdf"},
        ),
        (spec("table", columns=[{"name": "n", "type": "integer"}]), [{"n": "x"}]),
        (spec("table", columns=[{"name": "n", "type": "integer"}], max=1), [{"n": "1"}, {"n": "2"}]),
    ],
)
def test_refused_in_words_of_both_languages(field: FieldSpec, raw: Any) -> None:
    said = {}
    for language in ("vi", "en"):
        with override(language), pytest.raises(Invalid) as refused:
            read(field, raw)
        said[language] = [str(m) for messages in refused.value.errors.values() for m in messages]
    assert said["vi"] and said["vi"] != said["en"]
    assert not any(letter in "ăâđêôơưạảãáàặậệộợựịọụỹ" for message in said["en"] for letter in message.lower())


@pytest.mark.parametrize(
    ("field", "value", "vi", "en"),
    [
        (spec("integer"), -1234567, "-1.234.567", "-1,234,567"),
        (spec("decimal"), Decimal("1234567.80"), "1.234.567,80", "1,234,567.80"),
        (spec("money"), 1500000, "1.500.000 đ", "1,500,000 đ"),
        (spec("date"), date(2025, 3, 7), "07/03/2025", "07/03/2025"),
        (spec("datetime"), datetime(2025, 12, 31, 17, 15, tzinfo=UTC), "00:15 01/01/2026", "00:15 01/01/2026"),
        (spec("boolean"), True, "Có", "Yes"),
        (spec("choice", choices=SOIL), "alluvial", "Đất phù sa", "Alluvial"),
        (spec("choice", of="sex"), "female", "Nữ", "Female"),
        (spec("unit"), "13141", "Xã Vũ Quý", "Xã Vũ Quý"),
        (spec("address"), Address("13141", "thôn Đông"), "thôn Đông, Xã Vũ Quý", "thôn Đông, Xã Vũ Quý"),
        (spec("person"), SOMEBODY, "Nguyễn Thị Mơ", "Nguyễn Thị Mơ"),
        (spec("phone"), "+84912345678", "0912 345 678", "0912 345 678"),
        (spec("phone"), "+842273831234", "0227 383 1234", "0227 383 1234"),
        (PLATE, "17B1-12345", "17B1-123.45", "17B1-123.45"),
        (PLATE, "17B1-1234", "17B1-1234", "17B1-1234"),
        (spec("integer", grouped=False), 1990, "1990", "1990"),
        (PLOT, Plot("13141", 12, 345), "Thửa 345, tờ bản đồ 12, Xã Vũ Quý", "Plot 345, map sheet 12, Xã Vũ Quý"),
    ],
)
def test_shown(field: FieldSpec, value: Any, vi: str, en: str) -> None:
    for language, words in (("vi", vi), ("en", en)):
        with override(language):
            assert field.kind.display(value, field.settings()) == words


@pytest.mark.parametrize(
    ("field", "cell", "value"),
    [
        (spec("text"), 12.0, "12"),
        (spec("text"), "'=HYPERLINK(1)", "=HYPERLINK(1)"),
        (spec("date"), 45743, date(2025, 3, 27)),
        (spec("date"), datetime(2025, 3, 27), date(2025, 3, 27)),  # noqa: DTZ001
        (spec("datetime"), 45743.5, datetime(2025, 3, 27, 5, tzinfo=UTC)),
        (spec("integer"), 12.0, 12),
        (spec("decimal"), 12.5, Decimal("12.5")),
        (spec("boolean"), True, True),
        (spec("phone"), 912345678, "+84912345678"),
        (ID, 34190000001.0, "034190000001"),
        (TAX, 100233488, "0100233488"),
    ],
)
def test_cells_of_spreadsheets(field: FieldSpec, cell: Any, value: Any) -> None:
    assert field.kind.from_cell(cell, field.settings()) == value


def test_a_spreadsheet_runs_nothing() -> None:
    field = spec("text")
    for text in ("=1+1", "+84", "-1", "@SUM(A1)"):
        assert field.kind.to_cell(text, field.settings()) == f"'{text}"


def test_an_apostrophe_that_belongs_to_the_text_stays() -> None:
    field = spec("text")
    for text in ("'@vidu.vn", "''=1", "'tis", "''"):
        assert field.kind.from_cell(field.kind.to_cell(text, field.settings()), field.settings()) == text


@given(st.integers(0, 999_999), st.dates(date(1900, 1, 1), date(2099, 12, 31)), st.sampled_from(["male", "female"]))
def test_demonstration_numbers_are_of_no_province(number: int, born: date, sex: str) -> None:
    found = demo_national_id(number, born, sex)
    ID.kind.check(found, ID.settings())
    assert found.startswith("099")
    assert national_id_facts(found) == (sex, born.year)


@pytest.mark.parametrize(
    "wrong",
    [
        {"type": "number"},
        {"type": "text", "maximum": 3},
        {"type": "text", "max": 0},
        {"type": "text", "pattern": "["},
        {"type": "date", "past": True, "future": True},
        {"type": "choice"},
        {"type": "choice", "choices": SOIL, "of": "sex"},
        {"type": "choice", "choices": [SOIL[0], SOIL[0]]},
        {"type": "geometry", "shape": "circle"},
        {"type": "reference"},
        {"type": "table", "columns": []},
        {"type": "table", "columns": [{"name": "t", "type": "table", "columns": [{"name": "n", "type": "text"}]}]},
        {"type": "text", "class": "secret"},
        {"type": "text", "name": "Họ tên"},
    ],
)
def test_a_wrong_declaration_is_a_fault(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        FieldSpec.model_validate({"name": "f", **wrong})
