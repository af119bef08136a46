"""Conditions in a definition (`checks.must`, `quality.must`): SQL over the register's own stored columns, proven
harmless before it runs (kernel/sql.py), and judged by PostgreSQL itself before it is applied."""

from collections.abc import Iterator, Sequence

from django.db import DatabaseError, connection, transaction

from tinhso.kernel import sql

from .shape import Shape

SYSTEM = {"unit": "text", "valid_from": "date", "valid_until": "date"}
"""Columns of every record that a condition may name besides the register's fields, with their types."""
Fault = tuple[tuple[str | int, ...], str]


def read(shape: Shape, text: str, *, today: bool = False) -> sql.Condition:
    """The condition, parsed. ValueError, with the reason, for what is not one over stored columns of the register."""
    return sql.condition(text, frozenset({*SYSTEM, *(field.name for field in shape.stored)}), today=today)


def condition(shape: Shape, text: str, *, of: str = "") -> str:
    """The SQL of a rule of quality, to stand in a WHERE; `of` is the name under which the table is read there ("t").

    It is true where all is well, NULL where a column that it needs is empty. It may speak of the current date. A "%"
    in it is a letter: in a statement with parameters it has to be doubled. ValueError as in `read`.
    """
    column = f'{of}."{{}}"' if of else '"{}"'
    return f"({read(shape, text, today=True).sql(column.format)})"


def faults(shape: Shape) -> Iterator[Fault]:
    """(path of the key, reason) for each condition of the definition that is refused. PostgreSQL is asked about all of
    them at once, and one by one only where it refuses."""
    definition = shape.definition
    rules = list(enumerate(definition.quality))
    texts: list[tuple[tuple[str | int, ...], str, bool]] = [
        *((("checks", number, "must"), check.must, False) for number, check in enumerate(definition.checks)),
        *((("quality", number, "must"), rule.must, True) for number, rule in rules if rule.must),
        *((("quality", n, "alone", "among"), r.alone.among, True) for n, r in rules if r.alone and r.alone.among),
    ]
    parsed: list[tuple[tuple[str | int, ...], sql.Condition]] = []
    for path, text, today in texts:
        try:
            parsed.append((path, read(shape, text, today=today)))
        except ValueError as error:
            yield path, str(error)
    if parsed and _refused(shape, [found for _path, found in parsed]):
        for path, found in parsed:
            if reason := _refused(shape, [found]):
                yield path, reason


def _refused(shape: Shape, conditions: Sequence[sql.Condition]) -> str:
    """Why PostgreSQL does not take the conditions (text compared with a number…); "" where it does. Nothing is read:
    the columns are empty ones of the same types."""
    types = SYSTEM | {field.name: field.kind.column(field.options).sql for field in shape.stored}
    named = dict.fromkeys(name for found in conditions for name in found.columns)
    columns = ", ".join(f'NULL::{types[name]} AS "{name}"' for name in named)
    musts = " AND ".join(f"({found.sql()})" for found in conditions)
    return _judged(f"SELECT FROM (SELECT {columns} OFFSET 0) t WHERE {musts}")


def _judged(query: str) -> str:
    if query in _taken:
        return ""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN {query}")
    except DatabaseError as error:
        return f"PostgreSQL says: {str(error).splitlines()[0]}"
    if len(_taken) < MOST_TAKEN:
        _taken.add(query)
    return ""


MOST_TAKEN = 5_000
_taken: set[str] = set()
"""Conditions that PostgreSQL took once, and takes again: they depend on nothing but their text and the types in it."""
