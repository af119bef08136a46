"""A column that changes its type: which of its values fit the new one, and how they are carried over.

A text is read as an officer would type it into the new field ("1.234,5" is a number, "01/03/2024" a day); numbers,
days and geometries are cast where nothing of them is lost. What does not fit is counted before anything is done.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import connection

from tinhso.kernel.errors import Invalid

from ..shape import Field, Shape

PLACE_TIME = "Asia/Ho_Chi_Minh"
SHOWN = 3
_NUMBERS = {"bigint", "integer", "smallint", "numeric"}


@dataclass(frozen=True, slots=True)
class Conversion:
    """`using` is the SQL of the new value, NULL where the old one does not fit. `unfit` of `filled` values do not;
    `examples` are some of them, where their class lets them be shown. `prepare` comes first."""

    using: str
    filled: int
    unfit: int
    examples: tuple[str, ...]
    prepare: Callable[[str], None] | None = None
    """Told the name that the column has by then."""


def conversion(shape: Shape, column: str, field: Field, before: str, after: str) -> Conversion:
    """How the values of `column` (of the table as it stands, of SQL type `before`) turn into `after`."""
    quoted = f'"{column}"'
    if before == "text" and after not in {"text", "text[]"}:
        return _read(shape, column, field, after)
    value, fits = _cast(quoted, field, before, after)
    if checks := field.kind.column(field.options).checks:
        allowed = " AND ".join(f"coalesce({check.format(column=f'({value})')}, TRUE)" for check in checks)
        fits = f"CASE WHEN {fits} THEN {allowed} ELSE FALSE END"
    with connection.cursor() as cursor:
        if fits == "TRUE":
            return Conversion(value, 0, 0, ())
        cursor.execute(
            f"SELECT count({quoted}), count({quoted}) FILTER (WHERE NOT ({fits})) FROM {shape.table}"  # noqa: S608
        )
        filled, unfit = cursor.fetchone()
        cursor.execute(
            f"SELECT DISTINCT left({quoted}::text, 40) FROM {shape.table}"  # noqa: S608
            f" WHERE {quoted} IS NOT NULL AND NOT ({fits}) LIMIT {SHOWN}"
        )
        examples = tuple(row[0] for row in cursor.fetchall())
    return Conversion(f"CASE WHEN {fits} THEN {value} END", filled, unfit, _shown(field, examples))


def _cast(column: str, field: Field, before: str, after: str) -> tuple[str, str]:  # noqa: PLR0911  a case a line
    """(the new value, the condition that nothing is lost)."""
    was, now = _base(before), _base(after)
    cast = f"{column}::{after}"
    match was, now:
        case "text[]", "text" if field.spec.type == "choice":
            return f"{column}[1]", f"cardinality({column}) = 1"
        case "text[]", "text":
            return f"array_to_string({column}, '; ')", "TRUE"
        case "geometry", "text":
            return f"ST_AsText({column})", "TRUE"
        case _, "text":
            return cast, "TRUE"
        case "text", "text[]":
            return f"ARRAY[{column}]", "TRUE"
        case "date", "timestamptz":
            return f"{column}::timestamp AT TIME ZONE '{PLACE_TIME}'", "TRUE"
        case "timestamptz", "date":
            local = f"({column} AT TIME ZONE '{PLACE_TIME}')"
            return f"{local}::date", f"{local} = {local}::date"
        case "geometry", "geometry":
            return _geometry(column, after)
    if was in _NUMBERS and now == "numeric":
        digits, places = map(int, re.findall(r"\d+", after))
        fits = f"round({column}::numeric, {places}) = {column} AND abs({column}) < 1e{digits - places}"
        return cast, "TRUE" if _fits_always(before, digits, places) else fits
    if was in _NUMBERS and now == "bigint":
        return cast, f"trunc({column}) = {column} AND abs({column}) < 9e18"
    return f"NULL::{after}", "FALSE"


def _fits_always(before: str, digits: int, places: int) -> bool:
    held = list(map(int, re.findall(r"\d+", before))) if "(" in before else [16, 0]  # MOST_NUMBER of integers
    return held[1] <= places and held[0] - held[1] <= digits - places


def _geometry(column: str, after: str) -> tuple[str, str]:
    wanted = re.findall(r"\w+", after)[1].upper()
    if wanted == "GEOMETRY":
        return f"{column}::{after}", "TRUE"
    value = column if wanted == "POINT" else f"ST_Multi({column})"
    return f"{value}::{after}", f"GeometryType({value}) = '{wanted}'"


def _base(sql: str) -> str:
    return sql.partition("(")[0].strip().lower()


def _read(shape: Shape, column: str, field: Field, after: str) -> Conversion:
    filled, unfit, examples = 0, 0, []
    for text, count, value in _readings(shape, column, field):
        filled += count
        if value is None:
            unfit += count
            if len(examples) < SHOWN:
                examples.append(text[:40])
    function = f'pg_temp."read_{column}"'

    known = f'"read_{column}_as"'

    def prepare(column: str) -> None:
        """What each text was read as, in a table of this transaction, and a function that looks it up."""
        with connection.cursor() as cursor:
            cursor.execute(f"DROP FUNCTION IF EXISTS {function}(text); DROP TABLE IF EXISTS pg_temp.{known}")
            cursor.execute(f"CREATE TEMP TABLE {known} (text text, value {after}) ON COMMIT DROP")
            found = list(_readings(shape, column, field))
            with cursor.copy(f"COPY {known} FROM STDIN") as copy:
                for text, _count, value in found:
                    if value is not None:
                        copy.write_row([text, value])
            cursor.execute(f"CREATE INDEX ON {known} USING hash (text); ANALYZE {known}")
            cursor.execute(
                f"CREATE FUNCTION {function}(text) RETURNS {after} LANGUAGE sql STABLE STRICT"  # noqa: S608
                f" AS 'SELECT value FROM pg_temp.{known} WHERE text = $1'"
            )

    return Conversion(f'{function}("{column}")', filled, unfit, _shown(field, tuple(examples)), prepare)


def _readings(shape: Shape, column: str, field: Field) -> Iterator[tuple[str, int, Any]]:
    """(text, how often, the value for SQL or None where it does not fit) of each different text."""
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT "{column}", count(*) FROM {shape.table} WHERE "{column}" IS NOT NULL GROUP BY 1'  # noqa: S608
        )
        found = cursor.fetchall()
    for text, count in found:
        try:
            value = field.kind.read(text, field.options)
            if value is not None:
                field.kind.check(value, field.options)
        except (Invalid, TypeError, ValueError, AttributeError):
            value = None
        yield text, count, None if value is None else field.kind.to_sql(value)


def _shown(field: Field, examples: tuple[str, ...]) -> tuple[str, ...]:
    return examples if field.spec.class_ in {"open", "internal"} else ()
