"""The refused rows of an import as a file: the columns as they came, then the row and what is wrong with it, to
be corrected and sent again. A workbook comes back as a workbook, so that its numbers and days stay what they are."""

import csv
import io
import json
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path, PurePath
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from tinhso.kernel.actor import Actor
from tinhso.kernel.fields.base import guard_formula

from ..contracts import ErrorFile
from ..files import Table
from ..models import Import
from ..models import ImportFault as Stored
from ..shape import Shape, shape
from . import source
from .reads import row_of

PIECE = 64 * 1024
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_WORKBOOKS = frozenset({"xlsx", "xls", "ods"})
_LONGEST_CELL = 32_767


def error_file(actor: Actor, id: UUID) -> ErrorFile:
    """The refused rows. They are read from the file again; nothing of them is stored. Raises NotFound where the file is
    no longer kept, Forbidden."""
    row = row_of(actor, id)
    opened = source.open_file(row.file, encoding=row.encoding, delimiter=row.delimiter)
    table, of = source.table_in(opened, row.table), shape(row.register)
    stem = _("lỗi") + f" {PurePath(row.file.name).stem}"
    if opened.format in _WORKBOOKS:
        return ErrorFile(f"{stem}.xlsx", XLSX, _workbook(row, table, of))
    return ErrorFile(f"{stem}.csv", "text/csv; charset=utf-8", _text(row, table, of))


def added(columns: Collection[str]) -> frozenset[str]:
    """Which of the columns of a file were added when it was such a file, in whatever language."""
    found: set[str] = set()
    for language, _name in settings.LANGUAGES:
        with override(language):
            pair = {_("Dòng"), _("Lỗi")}
        if pair <= set(columns):
            found |= pair
    return frozenset(found)


@dataclass(frozen=True, slots=True)
class _Refused:
    """A row, why it is refused, and the places of the cells at fault."""

    number: int
    cells: tuple[Any, ...]
    why: str
    at: frozenset[int]


def _refused(row: Import, table: Table, of: Shape) -> Iterator[_Refused]:
    faults = groupby(
        Stored.objects.filter(of=row.pk).order_by("row", "id").iterator(chunk_size=2_000), key=lambda one: one.row
    )
    place = {path.partition(".")[0]: table.columns.index(t) for path, t in row.mapping.items() if t in table.columns}
    wanted = next(faults, None)
    for line in table.rows(wanted[0] - 1 if wanted else 0) if wanted else ():
        if wanted is None:
            break
        if line.number != wanted[0]:
            continue
        found = list(wanted[1])
        why = "; ".join(f"{words}: {one.why}" if (words := _words(of, one.field)) else one.why for one in found)
        yield _Refused(line.number, line.cells, why, frozenset(place[o.field] for o in found if o.field in place))
        wanted = next(faults, None)


def _columns(table: Table) -> list[str]:
    """Of a file that was corrected before, without what was added to it then."""
    return [*table.columns, *(words for words in (_("Dòng"), _("Lỗi")) if words not in table.columns)]


def _line(table: Table, one: _Refused) -> list[Any]:
    """The cells, with the number and the faults where they belong."""
    cells = [*one.cells, *(None for _more in range(len(table.columns) - len(one.cells)))]
    for words, said in ((_("Dòng"), one.number), (_("Lỗi"), one.why)):
        if words in table.columns:
            cells[table.columns.index(words)] = said
        else:
            cells.append(said)
    return cells


def _text(row: Import, table: Table, of: Shape) -> Iterator[bytes]:
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow(map(guard_formula, _columns(table)))
    for one in _refused(row, table, of):
        writer.writerow(map(_cell, _line(table, one)))
        if text.tell() > PIECE:
            yield text.getvalue().encode("utf-8", "replace")
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode("utf-8", "replace")


def _workbook(row: Import, table: Table, of: Shape) -> Iterator[bytes]:
    import xlsxwriter

    with tempfile.TemporaryDirectory(prefix="tinhso-loi-") as folder:
        path = Path(folder) / "errors.xlsx"
        book = xlsxwriter.Workbook(path, {"constant_memory": True, "tmpdir": folder})
        formats = {
            (kind, wrong): book.add_format(
                {"num_format": pattern} | ({"bg_color": "#FFF2CC", "border": 1} if wrong else {})
            )
            for kind, pattern in (("", "General"), ("day", "dd/mm/yyyy"), ("moment", "dd/mm/yyyy hh:mm"))
            for wrong in (False, True)
        }
        sheet = book.add_worksheet(_("Cần sửa"))
        sheet.freeze_panes(1, 0)
        columns = _columns(table)
        sheet.set_column(0, len(columns) - 1, 18)
        sheet.write_row(0, 0, columns, book.add_format({"bold": True, "text_wrap": True}))
        for number, one in enumerate(_refused(row, table, of), 1):
            for at, cell in enumerate(_line(table, one)):
                _write(sheet, number, at, cell, formats, wrong=at in one.at)
        book.close()
        with path.open("rb") as file:
            while piece := file.read(PIECE):
                yield piece


def _write(sheet: Any, row: int, at: int, cell: Any, formats: Any, *, wrong: bool) -> None:
    kind = "moment" if isinstance(cell, datetime) else "day" if isinstance(cell, date) else ""
    look = formats[kind, wrong]
    match cell:
        case None | "":
            sheet.write_blank(row, at, None, look)
        case bool():
            sheet.write_boolean(row, at, cell, look)
        case int() | float():
            sheet.write_number(row, at, cell, look)
        case datetime() | date() if cell.year >= 1900:  # no spreadsheet counts days before
            sheet.write_datetime(row, at, cell, look)
        case _:
            sheet.write_string(row, at, str(_cell(cell, guarded=False))[:_LONGEST_CELL], look)


def _words(of: Shape, name: str) -> str:
    return of.fields[name].spec.words if name in of.fields else ""


def _cell(cell: Any, *, guarded: bool = True) -> Any:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, dict):
        return json.dumps(cell)
    if isinstance(cell, str):
        return guard_formula(cell) if guarded else cell
    return "" if cell is None else cell
