"""Before an import an officer sees which column is which field and what the first rows would come to."""

import dataclasses
from typing import Any

import pytest

from tinhso.registers import queries, services
from tinhso.registers.files import FileRow
from tinhso.registers.services import imports

from .conftest import GARDENS, SYSTEM, Apply
from .test_imports import HEAD, MAPPING, kept

REGISTER = "yard.gardens"


def table(lines: list[str], head: str = HEAD) -> Any:
    return queries.kept_file(SYSTEM, kept(lines, head=head))[1].tables[0]


@pytest.mark.usefixtures("gardens")
def test_columns_are_found_by_their_words_with_a_slip_and_without_marks() -> None:
    found = queries.mapped(SYSTEM, REGISTER, ("ma vuon", "Ngày trông", "Trees", "Ghi chú (nếu có)", "Việc khác"))
    assert found == {
        "code": "ma vuon", "planted_on": "Ngày trông", "trees": "Trees", "remark": "Ghi chú (nếu có)",
    }  # fmt: skip


@pytest.mark.usefixtures("gardens")
def test_the_next_file_with_these_columns_is_mapped_as_the_last_one_was_what_was_left_out_too() -> None:
    lines = ["V1,1/7/2025,1,An,x"]
    head = "Cột một,Cột hai,Số cây,Người trông,Ghi chú"
    chosen = {"code": "Cột một", "planted_on": "Cột hai", "trees": "Số cây"}
    services.begin_import(
        SYSTEM, REGISTER, kept(lines, head=head), table="", mapping=chosen, mode="good", dry_run=True
    )  # fmt: skip
    assert queries.mapped(SYSTEM, REGISTER, tuple(head.split(","))) == chosen
    other = queries.mapped(SYSTEM, REGISTER, ("Cột hai", "Cột một", "Ghi chú", "Cột ba"))
    assert other == {"code": "Cột một", "planted_on": "Cột hai", "remark": "Ghi chú"}


@pytest.mark.usefixtures("gardens")
def test_the_file_of_refused_rows_is_mapped_as_the_import_that_refused_them() -> None:
    id = services.begin_import(
        SYSTEM, REGISTER, kept(["V1,nay,1,An,x"]), table="", mapping=MAPPING, mode="good", dry_run=False
    )  # fmt: skip
    imports.run(id)
    file = services.keep_file(SYSTEM, "loi.csv", queries.error_file(SYSTEM, id).parts)
    columns = queries.kept_file(SYSTEM, file.id)[1].tables[0].columns
    assert columns == (*HEAD.split(","), "Dòng", "Lỗi")
    assert queries.mapped(SYSTEM, REGISTER, columns) == MAPPING


@pytest.mark.django_db
def test_two_columns_of_degrees_are_the_place_and_a_column_of_communes_the_record_s(apply: Apply) -> None:
    apply(
        gardens=GARDENS.replace(
            "key: [code]",
            "  - {name: spot, type: geometry, shape: point, label: {vi: Nơi, en: Place}, optional: true}\nkey: [code]",
        )
    )
    found = queries.mapped(SYSTEM, REGISTER, ("Mã vườn", "Kinh độ", "Vĩ độ", "Xã, phường"))
    assert found == {"code": "Mã vườn", "spot.lat": "Vĩ độ", "spot.lon": "Kinh độ", "unit": "Xã, phường"}
    assert {"spot.lat", "spot.lon", "unit"} <= queries.import_fields(REGISTER).keys()


@pytest.mark.usefixtures("gardens")
def test_the_first_rows_are_shown_with_the_faults_that_they_would_have() -> None:
    of = table(["V1,1/7/2025,1,An,x", "V2,hôm nọ,99999,An,", ",1/7/2025,1,,"])
    rows = queries.preview(SYSTEM, REGISTER, of, MAPPING, limit=3)
    assert [(row.number, [fault.field for fault in row.faults]) for row in rows] == [
        (2, []), (3, ["planted_on", "trees"]), (4, ["code"]),
    ]  # fmt: skip
    assert rows[1].cells[1] == "hôm nọ"
    without = {name: title for name, title in MAPPING.items() if name != "planted_on"}
    assert queries.preview(SYSTEM, REGISTER, of, without, limit=1)[0].faults == ()


@pytest.mark.usefixtures("gardens")
def test_a_text_is_read_in_the_encoding_and_by_the_delimiter_that_the_officer_says() -> None:
    text = "Mã;Ngày trồng\nVườn Đình;1/7/2025\n"
    file = services.keep_file(SYSTEM, "a.csv", [text.encode("utf-16-le")]).id
    source = queries.kept_file(SYSTEM, file, encoding="UTF-16 LE", delimiter=";")[1]
    assert source.tables[0].columns == ("Mã", "Ngày trồng")
    assert next(source.tables[0].rows()).cells == ("Vườn Đình", "1/7/2025")
    legacy = services.keep_file(SYSTEM, "b.csv", ["Mã;Ghi chú\nV1;".encode("cp1258", "ignore") + b"\xb5\xb8\n"]).id
    read = {
        name: next(queries.kept_file(SYSTEM, legacy, encoding=name)[1].tables[0].rows()).cells[1]
        for name in ("TCVN3 (ABC)", "Windows-1252")
    }
    assert read == {"TCVN3 (ABC)": "àá", "Windows-1252": "µ¸"}


@pytest.mark.usefixtures("gardens")
def test_half_a_letter_of_a_broken_export_can_be_shown() -> None:
    of = table(["V1,1/7/2025,1,An,x"])
    broken = dataclasses.replace(of, reader=lambda after: iter([FileRow(2, ("V\ud800", "1/7/2025", "1", None, None))]))
    [row] = queries.preview(SYSTEM, REGISTER, broken, MAPPING)
    assert row.cells[0] == "V?"
