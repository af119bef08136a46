"""What is guessed from a table: types that the field types confirm, planted faults named and none invented."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinhso.kernel.fields import FieldSpec, demo_national_id
from tinhso.registers.definitions import RESERVED, RegisterDefinition
from tinhso.registers.files import FileRow, Table
from tinhso.registers.files.guess import Guess, coordinates, guess, key_candidates
from tinhso.registers.files.layout import blank
from tinhso.registers.files.match import match
from tinhso.registers.shape import Shape

from .test_files_texts import opened
from .test_files_workbooks import Book


def table(columns: list[str], rows: list[tuple[Any, ...]]) -> Table:
    def read(after: int) -> Any:
        return (FileRow(n, row) for n, row in enumerate(rows, 2) if n > after)

    return Table("t", "Bảng", tuple(columns), 2, len(rows), (), read)


def column(header: str, cells: list[Any]) -> Guess:
    return guess(table([header], [(cell,) for cell in cells]))[0]


def as_spec(found: Guess) -> dict[str, Any]:
    """The guess as a field of a register's YAML. The English label is the header: a person has to translate it."""
    spec: dict[str, Any] = {"name": found.name, "type": found.type, "label": {"vi": found.label, "en": found.label}}
    spec |= found.options
    if found.optional:
        spec["optional"] = True
    if found.class_ != "internal":
        spec["class"] = found.class_
    return spec


IDS = [demo_national_id(n, date(1970 + n % 30, 1, 1), "female") for n in range(40)]


@pytest.mark.parametrize(
    ("header", "cells", "kind"),
    [
        ("Số CCCD", IDS, "national_id"),
        ("Số CCCD", [int(i) for i in IDS], "national_id"),
        ("Điện thoại", [912345000 + n for n in range(20)], "phone"),
        ("Liên hệ", [f"0912 345 {n:03}" for n in range(20)], "phone"),
        ("Hộp thư", [f"ten{n}@vidu.vn" for n in range(20)], "email"),
        ("Ngày cấp", ["05/3/2025", date(2025, 3, 5), "2025-03-05"] * 5, "date"),
        ("Lập lúc", ["14:30 05/3/2025", "2025-03-05 08:00"] * 5, "datetime"),
        ("Biển số xe", ["17A-123.45", "17B1 123.46", "89C-1234"] * 4, "vehicle_plate"),
        ("Số con", [1, 2.0, "3", "1.234"] * 4, "integer"),
        ("Diện tích (ha)", ["1,5", 2.25, 3] * 4, "decimal"),
        ("Kinh phí", ["1.500.000", 2_000_000, "3.000.000 đồng"] * 4, "money"),
        ("Mã hộ", ["00123", "00124"] * 9, "choice"),
        ("Mã hộ", [f"{n:05}" for n in range(30)], "text"),
        ("Hộ nghèo", ["x", "Có", "Không"] * 4, "boolean"),
        ("Loại đất", ["Lúa", "lúa", "Màu", "Vườn"] * 10, "choice"),
        ("Toạ độ", [f"20.44{n}, 106.33{n}" for n in range(9)], "geometry"),
        ("geometry", [{"type": "Point", "coordinates": [106.3, 20.4]}] * 3, "geometry"),
        ("Ghi chú", [f"dài {n} " * 30 for n in range(9)], "text"),
        ("Họ và tên", ["Lê Văn Đạt"] * 30, "text"),
        ("Trống", [None, ""], "text"),
    ],
)
def test_a_column_is_of_the_type_that_its_cells_are(header: str, cells: list[Any], kind: str) -> None:
    found = column(header, cells)
    assert found.type == kind
    assert found.unfit_count == 0


def test_spellings_of_one_choice_are_one(tmp_path: Path) -> None:
    found = column("Loại đất", ["Lúa", "lúa", "LÚA", "Màu"] * 10)
    assert [c["label"]["vi"] for c in found.options["choices"]] == ["Lúa", "Màu"]


FIT: dict[str, st.SearchStrategy[Any]] = {
    "Số con": st.integers(0, 10_000),
    "Diện tích": st.decimals(0, 999, places=2).map(lambda d: f"{d:f}".replace(".", ",")),
    "Ngày cấp": st.dates(date(1990, 1, 1), date(2030, 1, 1)).map(lambda d: f"{d.day:02}/{d.month}/{d.year}"),
    "Số CCCD": st.sampled_from(IDS),
    "Điện thoại": st.integers(912_000_000, 912_999_999),
}
PLANTED = {
    "Số con": ["mười hai", "#REF!", "1,5,2"],
    "Diện tích": ["khoảng 2", "#DIV/0!", "1.2.3"],
    "Ngày cấp": ["31/02/2025", "đầu năm", "#N/A"],
    "Số CCCD": ["12345", "999000000000", "#REF!"],
    "Điện thoại": ["không có", "0123", "#NAME?"],
}


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_planted_faults_are_named_exactly_and_none_is_invented(data: st.DataObject) -> None:
    headers = list(FIT)
    rows = [tuple(data.draw(FIT[h]) for h in headers) for _n in range(25)]
    faults = data.draw(st.sets(st.tuples(st.integers(0, 24), st.integers(0, 4)), max_size=8))
    planted: dict[tuple[int, str], str] = {}
    for row, place in faults:
        text = data.draw(st.sampled_from(PLANTED[headers[place]]))
        if sum(p == place for _r, p in faults) > 3:  # a column with too many is no longer of the type
            continue
        rows[row] = (*rows[row][:place], text, *rows[row][place + 1 :])
        planted[row + 2, headers[place]] = text
    found = guess(table(headers, rows))
    named = {(unfit.row, g.header): unfit.text for g in found for unfit in g.unfit}
    assert named == planted
    assert all(unfit.why for g in found for unfit in g.unfit)


CELLS = st.one_of(
    st.none(), st.integers(), st.floats(), st.booleans(), st.dates(), st.datetimes(), st.text(max_size=30),
    st.sampled_from(["0912345678", "1.234,5", "1,234.5", "05/3/2025", "x", "có", "20.4, 106.3", "#REF!", *IDS[:3]]),
)  # fmt: skip
HEADERS = st.one_of(st.text(max_size=20), st.sampled_from(["Ngày", "Số CCCD", "ĐT", "unit", "Mã", "Tiền", "Toạ độ"]))


@settings(max_examples=150, deadline=None)
@given(header=HEADERS, cells=st.lists(CELLS, max_size=30))
def test_whatever_the_cells_a_guess_is_a_field_and_takes_what_it_calls_fitting(header: str, cells: list[Any]) -> None:
    found = column(header, cells)
    spec = FieldSpec.model_validate(as_spec(found))
    assert spec.name not in RESERVED
    unfit = {u.row for u in found.unfit}
    assert found.filled + found.empty == len(cells)
    for number, cell in enumerate(cells, 2):
        if blank(cell) or number in unfit or found.unfit_count > len(found.unfit):
            continue
        value = spec.kind.from_cell(cell, spec.settings())
        if value is not None:
            spec.kind.check(value, spec.settings())


def test_more_unfit_cells_than_are_named_are_counted() -> None:
    found = column("Số con", [*range(1_000), *["nhiều"] * 60])
    assert (found.type, len(found.unfit), found.unfit_count) == ("integer", 50, 60)


def test_fields_of_people_are_personal_and_of_health_sensitive() -> None:
    headers = ["Họ và tên", "Ngày sinh", "Địa chỉ", "Điện thoại", "Số CCCD", "Nhóm máu", "Diện tích"]
    rows = [("Lê Văn Đạt", "05/3/1970", "thôn Đoài", "0912345678", IDS[0], "A", 1.5)] * 3
    found = [g.class_ for g in guess(table(headers, rows))]
    assert found == ["personal"] * 5 + ["sensitive", "internal"]


def test_the_address_of_no_person_is_not_personal() -> None:
    found = guess(table(["Tên chợ", "Địa chỉ"], [("Chợ Đông", "thôn Đông"), ("Chợ Đoài", "thôn Đoài")]))
    assert found[1].class_ == "internal"


def test_names_are_short_unique_and_never_those_that_every_record_has() -> None:
    headers = ["Họ và tên", "Họ & tên", "Unit", "1. Đất", "Q", "Diện tích – " + "rất dài " * 20, "!!!"]
    names = [g.name for g in guess(table(headers, [("a",) * 7] * 3))]
    assert names[:3] == ["ho_va_ten", "ho_ten", "unit_2"]
    assert len(set(names)) == 7
    assert not set(names) & RESERVED
    assert all(FieldSpec(name=name, type="text") for name in names)


def test_latitude_and_longitude_are_a_place() -> None:
    found = guess(table(["Tên", "Vĩ độ", "Kinh độ"], [("Cống 1", 20.4461, 106.3361), ("Cống 2", 20.45, 106.34)]))
    assert coordinates(found) == ("Vĩ độ", "Kinh độ")
    one = guess(table(["Vị trí"], [(f"20.44{n}, 106.33{n}",) for n in range(5)]))
    assert coordinates(one) == ("Vị trí", "Vị trí")
    assert coordinates(guess(table(["Tên"], [("a",)]))) is None


def test_natural_keys_come_before_what_is_unique_by_chance() -> None:
    rows = [(n, f"Tên {n}", f"H{n:03}", 1.5 + n) for n in range(1, 30)]
    sheet = table(["STT", "Tên", "Mã hộ", "Diện tích"], rows)
    assert key_candidates(sheet, guess(sheet)) == [("Mã hộ",), ("Tên",)]


def test_a_code_that_a_clerk_repeated_or_forgot_still_names_the_rows() -> None:
    codes: list[str | None] = [f"H{n:03}" for n in range(100)]
    codes[50], codes[70] = "H007", None
    sheet = table(["Mã hộ", "Ghi chú"], [(code, f"ghi {n}") for n, code in enumerate(codes)])
    assert key_candidates(sheet, guess(sheet))[0] == ("Mã hộ",)
    codes[51:60] = ["H007"] * 9
    sheet = table(["Mã hộ", "Ghi chú"], [(code, f"ghi {n}") for n, code in enumerate(codes)])
    assert key_candidates(sheet, guess(sheet)) == [("Ghi chú",)]


def test_two_columns_name_a_plot_where_none_does_alone() -> None:
    sheet = table(["Số tờ", "Số thửa", "Loại"], [(n // 5, n % 5, "Lúa") for n in range(25)])
    assert key_candidates(sheet, guess(sheet)) == [("Số tờ", "Số thửa")]


def test_a_guessed_register_is_a_register(tmp_path: Path) -> None:
    book = Book(tmp_path)
    rows: list[list[Any]] = [["STT", "Mã vườn", "Chủ vườn", "Diện tích (ha)", "Ngày cấp", "Loại"]]
    rows += [
        [n, f"V{n:03}", "NguyÔn V¨n An", n / 4, date(2025, 1, n), "Vải" if n % 3 else "Nhãn"] for n in range(1, 29)
    ]
    book.sheet("Vườn", rows)
    (sheet,) = book.opened().tables
    found = [g for g in guess(sheet) if not g.ordinal]
    definition = RegisterDefinition.model_validate(
        {
            "register": "gardens",
            "name": {"vi": "Vườn", "en": "Gardens"},
            "fields": [as_spec(g) for g in found],
            "key": [next(g.name for g in found if (g.header,) == key_candidates(sheet, guess(sheet))[0])],
        }
    )
    assert definition.key == ("ma_vuon",)
    assert [f.type for f in definition.fields] == ["text", "text", "decimal", "date", "choice"]


def shape() -> Shape:
    words = {"code": ("Mã vườn", "Garden code"), "area": ("Diện tích (ha)", "Area"), "owner": ("Chủ vườn", "Owner")}
    fields = [{"name": n, "type": "text", "label": {"vi": vi, "en": en}} for n, (vi, en) in words.items()]
    definition = {"register": "gardens", "name": {"vi": "Vườn", "en": "Gardens"}, "fields": fields}
    return Shape("demo.gardens", 1, RegisterDefinition.model_validate(definition))


def test_columns_are_matched_by_memory_then_words_then_likeness() -> None:
    found = match(["STT", "Ten chu", "MÃ VƯỜN", "Dien tich"], shape(), {"tên chủ": "owner", "x": "gone"})
    assert found == {"Ten chu": "owner", "MÃ VƯỜN": "code", "Dien tich": "area"}
    assert match(["Garden code", "Chu vuơn", "area"], shape(), {}) == {
        "Garden code": "code",
        "Chu vuơn": "owner",
        "area": "area",
    }


def test_a_field_is_matched_once_and_strangers_are_left() -> None:
    assert match(["Mã vườn", "Mã  vườn", "Số điện thoại"], shape(), {}) == {"Mã vườn": "code"}


def test_a_name_that_a_colleague_removed_is_not_remembered() -> None:
    assert match(["Cột cũ"], shape(), {"Cột cũ": "removed"}) == {}


def test_a_decimal_point_is_kept_on_the_way_to_the_register(tmp_path: Path) -> None:
    source = opened(tmp_path, "mã;toạ độ x\n" + "".join(f"A{n};12.34{n}\n" for n in range(9)) + "B;0.5\n")
    (_code, found) = guess(source.tables[0])
    spec = FieldSpec.model_validate(as_spec(found))
    values = [spec.kind.from_cell(row.cells[1], spec.settings()) for row in source.tables[0].rows()]
    assert (found.type, found.unfit_count) == ("decimal", 0)
    assert [float(v) for v in values[:2]] == [12.34, 12.341]


def test_degrees_of_three_places_are_no_thousands(tmp_path: Path) -> None:
    source = opened(tmp_path, "tên,lat,lon\n" + "".join(f"Cống {n},20.44{n},106.33{n}\n" for n in range(5)))
    found = guess(source.tables[0])
    spec = FieldSpec.model_validate(as_spec(found[1]))
    row = next(source.tables[0].rows())
    assert coordinates(found) == ("lat", "lon")
    assert float(spec.kind.from_cell(row.cells[1], spec.settings())) == 20.44
