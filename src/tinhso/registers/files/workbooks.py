"""The tables of a workbook: .xlsx by its XML, .xls and .ods by calamine within bounds."""

import zipfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

import python_calamine as calamine
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tinhso.kernel.errors import Invalid

from . import extent, habits, layout, limits
from .delimited import words
from .layout import Layout, Line, Merge
from .model import FileRow, Format, Source, Table
from .xlsx import Workbook, broken, encrypted

SCANNED_ROWS = 20_000
"""Rows of a sheet that are looked through for tables; the last table found goes on to the end of the sheet."""
ERRORS = frozenset({"#REF!", "#DIV/0!", "#N/A", "#NAME?", "#NULL!", "#NUM!", "#VALUE!", "#SPILL!", "#CALC!"})


@dataclass(frozen=True, slots=True)
class _Sheet:
    name: str
    hidden: bool
    rows: Callable[[], Iterator[Line]]
    merges: Callable[[], Sequence[Merge]]
    last_row: int | None = None


def open_workbook(path: Path, kind: Format) -> Source:
    """A workbook with its tables, those of hidden sheets last. Raises Invalid in words."""
    sheets = _xlsx(path) if kind == "xlsx" else _old(path, kind)
    tables: list[Table] = []
    decimals: list[str] = []
    hidden = 0
    for place, sheet in enumerate(sheets):
        for table, decimal in _tables(place, sheet):
            tables.append(table)
            decimals.append(decimal)
            hidden += sheet.hidden
    if not tables:
        raise Invalid(_("Không tìm thấy bảng nào trong bảng tính: các trang chỉ có hình vẽ, biểu đồ hoặc trống."))
    notes = []
    if hidden:
        notes.append(
            ngettext(
                "%(count)d bảng nằm trên trang tính bị ẩn; xin chỉ nhập khi cần",
                "%(count)d bảng nằm trên trang tính bị ẩn; xin chỉ nhập khi cần",
                hidden,
            )
            % {"count": hidden}
        )
    found = {d for d in decimals if d}
    tables = [*(t for t in tables if not t.hidden), *(t for t in tables if t.hidden)][: limits.MOST_TABLES]
    return Source(kind, tuple(tables), "", "", found.pop() if len(found) == 1 else "", tuple(notes))


def _tables(place: int, sheet: _Sheet) -> Iterator[tuple[Table, str]]:
    lines = list(islice(sheet.rows(), SCANNED_ROWS))
    whole = len(lines) < SCANNED_ROWS
    found = layout.find(lines, sheet.merges() if lines else ())
    for shape in found:
        body = [x for x in lines if shape.first <= x.number and (shape.last is None or x.number <= shape.last)]
        rows = [[_cell(x, c) for c in shape.columns] for x in body]
        kinds = [shape.kind(row) for row in rows]
        data = [row for row, kind in zip(rows, kinds, strict=True) if kind == "data"]
        known = habits.learn(shape.names, data[: limits.HEAD_ROWS])
        estimate = len(data)
        if not whole and shape.last is None and sheet.last_row:
            estimate = max(estimate, sheet.last_row - shape.first + 1)
        names = [known.mend_name(name, n) for n, name in enumerate(shape.names)]
        yield (
            Table(
                key=f"{place}:{shape.header}" + (f":{shape.columns[0]}" if _beside(shape, found) else ""),
                title=f"{sheet.name} – {shape.heading}" if shape.heading else sheet.name,
                columns=tuple(layout.unique(names)),
                first_row=shape.first,
                rows_estimate=estimate,
                notes=(*words(shape, estimate), *known.notes),
                reader=_Reader(sheet, shape, known),
                hidden=sheet.hidden,
            ),
            known.decimal,
        )


def _beside(shape: Layout, found: Sequence[Layout]) -> bool:
    return sum(other.header == shape.header for other in found) > 1


def _cell(line: Line, column: int) -> Any:
    return line.cells[column] if column < len(line.cells) else None


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the rows of a table again each time it is called."""

    sheet: _Sheet
    shape: Layout
    known: habits.Habits

    def __call__(self, after: int) -> Iterator[FileRow]:
        shape, columns = self.shape, self.shape.columns
        section = None
        first, width = columns[0], columns[-1] + 1
        straight = columns == tuple(range(first, width))
        for number, given in self.sheet.rows():
            if number < shape.start:
                continue
            if shape.last is not None and number > shape.last:
                return
            cells = given if len(given) >= width else [*given, *[None] * (width - len(given))]
            own = list(cells[first:width]) if straight else [cells[n] for n in columns]
            kind = shape.kind(own)
            if kind == "section":
                section = self.known.mend_name(shape.heading_text(own), 0)
            if kind != "data" or number <= after:
                continue
            own = self.known.mend(own)
            yield FileRow(number, (*own, section) if shape.sections else tuple(own))


def _xlsx(path: Path) -> Iterator[_Sheet]:
    book = Workbook(path)
    for sheet in book.sheets:
        yield _Sheet(
            sheet.name,
            sheet.hidden,
            lambda sheet=sheet: book.rows(sheet),
            lambda sheet=sheet: book.merges(sheet),
            book.last_row(sheet),
        )


def _old(path: Path, kind: Format) -> Iterator[_Sheet]:
    """Sheets that calamine reads as a whole, after their extent was measured."""
    if path.stat().st_size > limits.LARGEST_OLD_WORKBOOK:
        raise Invalid(_("Tệp loại cũ này lớn quá mức nhận; xin lưu lại thành XLSX hoặc CSV rồi gửi."))
    extent.check(path, kind)
    try:
        book = calamine.CalamineWorkbook.from_path(str(path))
        metadata = book.sheets_metadata
        for place, meta in enumerate(metadata[: limits.MOST_SHEETS]):
            if meta.typ == calamine.SheetTypeEnum.WorkSheet:
                hidden = meta.visible != calamine.SheetVisibleEnum.Visible
                sheet = book.get_sheet_by_index(place)
                merges = [(a + 1, b, c + 1, d) for (a, b), (c, d) in sheet.merged_cell_ranges or ()]
                yield _Sheet(meta.name, hidden, lambda sheet=sheet: _lines(sheet), lambda merges=merges: merges)
    except calamine.PasswordError:
        raise encrypted() from None
    except (calamine.CalamineError, zipfile.BadZipFile, OSError, ValueError):
        raise broken() from None


def _lines(sheet: Any) -> Iterator[Line]:
    """Rows that have something. calamine's rows begin at row 1, its columns at the first in use."""
    left = sheet.start[1] if sheet.start else 0
    for number, row in enumerate(sheet.iter_rows(), 1):
        cells = [_value(cell) for cell in row]
        if any(cell is not None for cell in cells):
            yield Line(number, [None] * left + cells)


def _value(cell: Any) -> Any:
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 10**15:
        return int(cell)
    if isinstance(cell, datetime):
        return habits.moment_or_day(cell)
    if isinstance(cell, str):
        return cell if cell.strip() else None
    return (
        cell if isinstance(cell, int | float | bool) or hasattr(cell, "year") else None if cell is None else str(cell)
    )
