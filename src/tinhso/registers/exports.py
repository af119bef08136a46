"""Exports that stream: memory stays flat whatever the size."""

import csv
import io
from collections.abc import Iterator

from django.db import connection, transaction

from tinhso.kernel.actor import Actor

from . import filters, policy
from .queries import Where, need_export
from .shape import Field, shape


def csv_stream(actor: Actor, register: str, *, where: Where | None = None, search: str = "") -> Iterator[bytes]:
    """The records that the reader may see as CSV (UTF-8 with a mark, so that spreadsheets know it), by COPY.

    The columns are those of the classes that the reader may read, sensitive ones never. A text that a spreadsheet
    would run as a formula gets an apostrophe in front. Raises Forbidden, NotFound, Invalid before the first byte.
    """
    of = shape(register)
    need_export(actor)
    classes = policy.classes(actor, of) - {"sensitive"}
    seen, params = policy.visible(actor, of)
    conditions, more = filters.conditions(of, where or {}, search, classes)
    fields = [f for f in of.stored if f.spec.class_ in classes]
    columns = ["t.id", "t.unit", "t.valid_from", "t.valid_until", *map(_column, fields)]
    head = io.StringIO()
    csv.writer(head).writerow(["id", "unit", "valid_from", "valid_until", *(f.name for f in fields)])
    query = (
        f"COPY (SELECT {', '.join(columns)} FROM {of.table} t"  # noqa: S608  our own names
        f" WHERE {' AND '.join(['(' + seen + ')', *conditions])} ORDER BY t.id) TO STDOUT WITH (FORMAT csv)"
    )
    return _copied(b"\xef\xbb\xbf" + head.getvalue().encode(), query, [*params, *more])


def _copied(head: bytes, query: str, params: list[object]) -> Iterator[bytes]:
    yield head
    with transaction.atomic(), connection.cursor() as cursor, cursor.copy(query, params) as copy:
        for block in copy:
            yield bytes(block)


def _column(field: Field) -> str:
    column = f't."{field.name}"'
    if field.spec.type == "geometry":
        return f"ST_AsText({column})"
    if field.kind.column(field.options).sql.split("(")[0] not in {"text", "varchar", "jsonb"}:
        return column
    text = f"{column}::text"
    return f"CASE WHEN {text} ~ '^[=+@\\t\\r-]' THEN '''' || {text} ELSE {text} END"
