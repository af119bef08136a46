"""XLSX: numbers and days as such, a second sheet that says what the columns are. Written on disk, a row at a time."""

import tempfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from tinhso.kernel.fields.places import unit_words

from ..contracts import Record, RecordRef
from ..shape import Row
from .selection import BLOCK, Selection, reading

ROWS = 1_048_575
"""Rows of a sheet below its head; what is more goes on in the next sheet."""
CHUNK = 1_000
LONGEST = 32_767
"""Letters that a cell holds."""
_IN_WORDS = {"person", "agency", "reference", "unit"}


class _Sheets:
    """The workbook while it is written."""

    def __init__(self, path: Path, chosen: Selection) -> None:
        import xlsxwriter

        self.chosen = chosen
        self.book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": str(path.parent)})
        self.bold = self.book.add_format({"bold": True})
        self.day = self.book.add_format({"num_format": "dd/mm/yyyy"})
        self.moment = self.book.add_format({"num_format": "dd/mm/yyyy hh:mm"})
        self.heads = [title for title, *_rest in columns(chosen)]
        self.number = self.row = 0
        self._next()

    def _next(self) -> None:
        self.number, self.row = self.number + 1, 0
        title = _("Dữ liệu") if self.number == 1 else f"{_('Dữ liệu')} {self.number}"
        self.sheet = self.book.add_worksheet(title)
        self.sheet.freeze_panes(1, 0)
        self.sheet.set_column(0, len(self.heads) - 1, 18)
        for at, title in enumerate(self.heads):
            self.sheet.write_string(0, at, title, self.bold)  # an officer may call a field "=…"

    def add(self, cells: Sequence[Any]) -> None:
        if self.row == ROWS:
            self._next()
        self.row += 1
        for at, cell in enumerate(cells):
            self._write(at, cell)

    def _write(self, at: int, cell: Any) -> None:
        match cell:
            case None | "":
                return
            case bool():
                self.sheet.write_boolean(self.row, at, cell)
            case int() | float():
                self.sheet.write_number(self.row, at, cell)
            case datetime():
                self.sheet.write_datetime(self.row, at, cell, self.moment)
            case date() if cell.year >= 1900:  # no spreadsheet counts days before
                self.sheet.write_datetime(self.row, at, datetime(cell.year, cell.month, cell.day), self.day)  # noqa: DTZ001
            case date():
                self.sheet.write_string(self.row, at, f"{cell:%d/%m/%Y}")
            case _:
                self.sheet.write_string(self.row, at, str(cell)[:LONGEST])  # never as a formula or a link

    def close(self) -> None:
        about = self.book.add_worksheet(_("Các cột"))
        about.set_column(0, 3, 30)
        about.write_row(0, 0, [_("Cột"), _("Tên mục"), _("Kiểu"), _("Giải thích")], self.bold)
        at = 0
        for at, said in enumerate(columns(self.chosen), 1):
            for place, text in enumerate(said):
                about.write_string(at, place, text[:LONGEST])
        at += 2
        about.write_string(at, 0, str(self.chosen.of.definition.plural or self.chosen.of.definition.name))
        if self.chosen.left_out:
            about.write_string(at + 1, 0, _("Mục cá nhân không có trong tệp vì chưa nêu mục đích:"))
            about.write_string(at + 1, 1, ", ".join(self.chosen.left_out))
        self.book.close()


def parts(chosen: Selection) -> Iterator[bytes]:
    """The file is a zip, whose parts are only known at its end: it is made in a folder that goes when it is sent."""
    with tempfile.TemporaryDirectory(prefix="tinhso-xlsx-") as folder:
        path = Path(folder) / "register.xlsx"
        sheets = _Sheets(path, chosen)
        of = chosen.of
        with reading(f"SELECT {of.select} {chosen.rows}", chosen.params) as cursor:
            while found := cursor.fetchmany(CHUNK):
                for cells in _cells(chosen, [of.row(row) for row in found]):
                    sheets.add(cells)
        sheets.close()
        with path.open("rb") as file:
            while block := file.read(BLOCK):
                yield block


def columns(chosen: Selection) -> Iterator[tuple[str, str, str, str]]:
    """(title, name, type, what it is) of each column, in order. What is held by its id stands twice: in words, and the
    id, by which a corrected file is read again."""
    yield _("Mã bản ghi"), "id", "uuid", _("Mã của bản ghi trong sổ")
    yield _("Mã đơn vị"), "unit", "unit", _("Đơn vị hành chính của bản ghi")
    yield _("Đơn vị"), "", "unit", _("Tên của đơn vị đó")
    yield _("Từ ngày"), "valid_from", "date", _("Ngày đầu tiên các giá trị này đúng")
    yield _("Đến trước ngày"), "valid_until", "date", _("Ngày đầu tiên các giá trị này không còn đúng")
    for field in chosen.fields:
        words = str(field.spec.hint or "")
        if field.spec.type in _IN_WORDS:
            yield field.spec.words, "", field.spec.type, words
            yield f"{field.spec.words} ({_('mã')})", field.name, field.spec.type, _("Mã của mục đứng trước")
        else:
            yield field.spec.words, field.name, field.spec.type, words


def _cells(chosen: Selection, rows: Sequence[Row]) -> Iterator[list[Any]]:
    from .. import queries  # which themselves need the services

    of = chosen.of
    named = [f.name for f in chosen.fields if f.spec.type in _IN_WORDS]
    records = [
        Record(RecordRef(of.register, row.id, row.revision), row.values, row.valid_from, None, None) for row in rows
    ]
    for row, words in zip(rows, queries.in_words(of, records, named), strict=True):
        cells = [str(row.id), row.unit, unit_words(row.unit) if row.unit else "", row.valid_from, row.valid_until]
        for field in chosen.fields:
            value = row.values[field.name]
            if field.name in words:
                cells.append(words[field.name])
            cells.append(None if value is None else field.kind.to_cell(value, field.options))
        yield cells
