"""CSV by COPY: UTF-8 with a mark, so that spreadsheets know it."""

import csv
import io
from collections.abc import Iterator

from tinhso.kernel.fields.base import FORMULA

from ..shape import Field
from .selection import SYSTEM, Selection, copied

_APOSTROPHE = "'"
_HARMLESS = {"bigint", "numeric", "date", "timestamptz", "boolean", "uuid", "text[]", "jsonb"}
"""Columns whose text cannot begin as a formula does; a negative number is a number."""
_DIGITS = {"national_id", "tax_code", "land_plot", "vehicle_plate", "unit"}
"""Types whose column checks that the text begins with a digit."""


def parts(chosen: Selection) -> Iterator[bytes]:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front, as does one that would be taken
    for such a text; importing takes it off again (kernel.fields: `guard_formula`, `from_cell`)."""
    head = io.StringIO()
    csv.writer(head, lineterminator="\n").writerow([*SYSTEM, *(f.name for f in chosen.fields)])
    yield b"\xef\xbb\xbf" + head.getvalue().encode()
    columns = ", ".join([*(f"t.{name}" for name in SYSTEM), *map(_column, chosen.fields)])
    yield from copied(f"COPY (SELECT {columns} {chosen.rows}) TO STDOUT WITH (FORMAT csv)", chosen.params)


def _column(field: Field) -> str:
    column = f't."{field.name}"'
    if field.spec.type == "geometry":
        return f"ST_AsText({column})"
    if field.spec.type in _DIGITS or field.kind.column(field.options).sql.split("(")[0] in _HARMLESS:
        return column
    return guarded(column)


def guarded(text: str) -> str:
    """SQL of `guard_formula`. The first letter decides by its number, and only where it may be a sign is the text
    looked at closer: a pattern for each cell would cost as much as the COPY itself."""
    signs = ", ".join(str(ord(sign)) for sign in FORMULA)
    begins = f"ascii({text}) IN ({signs}, {ord(_APOSTROPHE)}) AND ascii(ltrim({text}, '''')) IN ({signs})"
    return f"CASE WHEN {begins} THEN '''' || {text} ELSE {text} END"
