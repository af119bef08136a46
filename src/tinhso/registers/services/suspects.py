"""Which staged rows of an import the database may have refused: those that break a check, a key or a reference."""

from collections.abc import Collection
from datetime import date

from django.db import connection

from .. import ddl
from ..shape import SCHEMA, Shape, table_name


def among(of: Shape, staged: str, found: str, named: Collection[str], day: date) -> set[int]:
    """The numbers of the rows in the temporary table `staged` that break what the register's table asks of the fields
    `named`; `found` has the records of those that are corrections, the others are new from `day` on. What PostgreSQL
    refuses for another reason is not among them: whoever asks tries again without these, and then row by row."""
    conditions = [
        condition.replace("%", "%%")
        for thing in ddl.objects(of)
        if all(name in named or name not in of.fields for name in thing.fields)
        and (condition := _broken(of, thing, staged))
    ]
    if not conditions:
        return set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p._n FROM (SELECT s.*, f.id AS _standing, coalesce(f.valid_from, %s) AS valid_from, f.valid_until"  # noqa: S608
            f" FROM {staged} s LEFT JOIN {found} f ON f._n = s._n) p WHERE {' OR '.join(conditions)}",
            [day],
        )
        return {number for (number,) in cursor}


def _broken(of: Shape, thing: ddl.Object, staged: str) -> str:
    """The condition that a row of `p` breaks a check, reference or key; "" for what refuses nothing."""
    if thing.sort == "check":
        return f"({thing.body}) IS FALSE"
    if thing.sort == "foreign":
        name = thing.field
        known = f'codes."{thing.list}" r WHERE r.code' if thing.list else f"{_table(thing.needs)} r WHERE r.id"
        return f'(p."{name}" IS NOT NULL AND NOT EXISTS (SELECT FROM {known} = p."{name}"))'
    if thing.sort == "unique":
        columns = ", ".join(f'"{name}"' for name in thing.fields)
        mine = ", ".join(f'p."{name}"' for name in thing.fields)
        same = " AND ".join(f't."{name}" = p."{name}"' for name in thing.fields)
        twice = f"SELECT {columns} FROM {staged} GROUP BY {columns} HAVING count(*) > 1"  # noqa: S608  our own names
        there = f"SELECT FROM {of.table} t WHERE {same} AND t.id IS DISTINCT FROM p._standing"  # noqa: S608
        return f"(({mine}) IN ({twice}) OR EXISTS ({there}))"
    if thing.sort == "exclusion":
        *fields, begins, ends = (f'"{name}"' for name in thing.fields)

        def meets(other: str) -> str:
            same = " AND ".join(f"{other}.{name} = p.{name}" for name in fields)
            days, mine = (ddl.period(f"{row}.{begins}", f"{row}.{ends}") for row in (other, "p"))
            return f"{same} AND {days} && {mine}"

        twice = f"SELECT FROM {staged} o WHERE {meets('o')} AND o._n <> p._n"
        there = f"SELECT FROM {of.table} t WHERE {meets('t')} AND t.valid_until IS NULL"
        return f"(EXISTS ({twice}) OR EXISTS ({there} AND t.id IS DISTINCT FROM p._standing))"
    return ""


def _table(register: str) -> str:
    return f'{SCHEMA}."{table_name(register)}"'
