"""The refused rows come back as what they came in, to be corrected and sent again."""

import io
from datetime import date
from typing import Any
from uuid import UUID

import pytest
import xlsxwriter
from django.utils import translation

from tinhso.registers import queries, services
from tinhso.registers.files import open_source
from tinhso.registers.services import imports

from .conftest import SYSTEM, rows

REGISTER = "yard.gardens"
HEAD = ["Mã vườn", "Ngày trồng", "Diện tích", "Người trông"]
MAPPING = dict(zip(["code", "planted_on", "area", "keeper"], HEAD, strict=True))


def workbook(*lines: list[Any], head: list[str] | None = None) -> bytes:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "default_date_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet()
    for number, line in enumerate([head or HEAD, *lines]):
        sheet.write_row(number, 0, line)
    book.close()
    return out.getvalue()


def imported(content: bytes, name: str = "vườn.xlsx") -> UUID:
    file = services.keep_file(SYSTEM, name, [content]).id
    id = services.begin_import(SYSTEM, REGISTER, file, table="", mapping=MAPPING, mode="good", dry_run=False)
    imports.run(id)
    return id


def returned(id: UUID, tmp_path: Any) -> tuple[tuple[str, ...], list[tuple[Any, ...]], bytes]:
    file = queries.error_file(SYSTEM, id)
    content = b"".join(file.parts)
    path = tmp_path / "back"
    path.write_bytes(content)
    table = open_source(path, file.name).tables[0]
    return table.columns, [row.cells for row in table.rows()], content


@pytest.mark.usefixtures("gardens")
def test_a_workbook_comes_back_as_one_whose_numbers_and_days_are_what_they_were(tmp_path: Any) -> None:
    id = imported(
        workbook(["V1", date(2025, 7, 1), 1.5, "An"], ["V2", "hôm nọ", 1.23, "=1+1"], ["", date(2025, 7, 2), 7, "B"])
    )
    assert queries.error_file(SYSTEM, id).name == "lỗi vườn.xlsx"
    columns, lines, content = returned(id, tmp_path)
    assert content.startswith(b"PK") and columns == (*HEAD, "Dòng", "Lỗi")
    assert [(row[0], row[2], row[4]) for row in lines] == [("V2", 1.23, 3), (None, 7, 4)]
    assert lines[1][1] == date(2025, 7, 2)
    assert all("Ngày trồng" in str(row[5]) or "Mã vườn" in str(row[5]) for row in lines)


@pytest.mark.usefixtures("gardens")
def test_the_corrected_workbook_adds_its_rows_and_no_others(tmp_path: Any) -> None:
    id = imported(workbook(["V1", date(2025, 7, 1), 1.5, "An"], ["V2", "hôm nọ", 1.25, "Bình"]))
    columns, lines, _content = returned(id, tmp_path)
    mended = workbook(*[[*row[:1], date(2025, 7, 3), *row[2:]] for row in lines], head=list(columns))
    again = services.import_corrected(SYSTEM, id, services.keep_file(SYSTEM, "sửa.xlsx", [mended]).id)
    imports.run(again)
    tried = queries.import_state(SYSTEM, again)
    assert (tried.dry_run, tried.created, tried.refused) == (True, 1, 0)
    done = services.import_tried(SYSTEM, again, mode="all")
    imports.run(done)
    found = rows('SELECT code, area::text FROM reg."yard_gardens" ORDER BY code')
    assert found == [("V1", "1.50"), ("V2", "1.25")]
    assert rows("SELECT count(*) FROM record_version WHERE register = 'yard.gardens'") == [(2,)]


@pytest.mark.usefixtures("gardens")
def test_rows_that_are_wrong_still_come_back_with_their_faults_renewed_not_doubled(tmp_path: Any) -> None:
    id = imported(workbook(["V1", "hôm nọ", 1.5, "An"]))
    columns, lines, content = returned(id, tmp_path)
    again, second, _content = returned(imported(content), tmp_path)
    assert again == columns and len(second) == 1
    assert second[0][:4] == lines[0][:4] and second[0][4] == 2


@pytest.mark.usefixtures("gardens")
def test_the_added_columns_are_known_in_either_language() -> None:
    with translation.override("en"):
        id = imported(workbook(["V1", "hôm nọ", 1.5, "An"]))
        english = b"".join(queries.error_file(SYSTEM, id).parts)
    file = services.keep_file(SYSTEM, "errors.xlsx", [english]).id
    columns = queries.kept_file(SYSTEM, file)[1].tables[0].columns
    assert len(columns) == 6 and "Dòng" not in columns
    assert queries.mapped(SYSTEM, REGISTER, columns) == MAPPING
