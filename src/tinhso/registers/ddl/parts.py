"""What a plan is made of, and what the catalogue says of a table that is there."""

import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from django.db import connection

from tinhso.kernel.packs import Words

from ..filters.searched import MARK
from ..shape import Shape

LARGE_ROWS = 100_000
"""From so many rows on, nothing reads a whole table while a lock keeps others out."""
UNITS_KNOWN = 1_000
"""Units whose share of a table's records PostgreSQL remembers: those of a province today and on earlier maps. Of one
that it does not remember it believes that it has as many records as others, and avoids the index by unit."""
MARKS = {"check": "ck", "foreign": "fk", "unique": "uq", "exclusion": "ex", "index": "ix", "codes": "tg"}


@dataclass(frozen=True, slots=True)
class Step:
    """One change of the schema: what it does in words, what it costs, what it would lose.

    It is the statement `sql`, or the function `do`. Where the table is large, `later` is run in the background, and
    `meanwhile` stands in for `sql`. `needs` is the register that has to be there first. `locks`: whether it keeps
    everybody out of the table for as long as it runs.
    """

    what: str
    sql: str = ""
    cost: str = "instant"
    loses: str = ""
    later: str = ""
    meanwhile: str = ""
    needs: str = ""
    do: Callable[[], None] | None = None
    locks: bool = True


@dataclass(frozen=True, slots=True)
class Object:
    """A check, key, index or code list of a table: `body` is its definition with column names as they will be."""

    sort: str  # check, foreign, unique, exclusion, index, codes
    what: str
    body: str
    fields: tuple[str, ...] = ()
    """The fields beside which a refusal is shown."""
    needs: str = ""
    requires: bool = False
    """Whether the check is that its field is not empty. A column that is NOT NULL already does without it."""
    list: str = ""
    """The code list whose codes alone the field takes."""
    label: Words | None = None
    """What a declared check says when it refuses."""
    of: str = ""
    """The column kept for searches that an index is of."""

    @property
    def field(self) -> str:
        return self.fields[0] if self.fields else ""

    def name(self, shape: Shape) -> str:
        digest = hashlib.sha256(f"{shape.name} {self.sort} {self.body}".encode()).hexdigest()[:10]
        return f"{shape.name[:40]}_{MARKS[self.sort]}_{digest}"


@dataclass(frozen=True, slots=True)
class Existing:
    """What the catalogue knows of a table. `dead` columns were dropped: their values are gone from new rows, but each
    counts towards the 1,600 that a table may ever have. `searched` are the columns kept for searches
    (filters/searched.py). `rows` is what PostgreSQL's statistics say."""

    columns: dict[str, str]
    required: frozenset[str]
    constraints: frozenset[str]
    indexes: frozenset[str]
    view: str
    dead: int = 0
    live: int = 0
    rows: int = 0
    searched: frozenset[str] = field(default_factory=frozenset)

    @property
    def is_large(self) -> bool:
        return self.rows > LARGE_ROWS


def know_units(table: str) -> str:
    return f"ALTER TABLE {table} ALTER COLUMN unit SET STATISTICS {UNITS_KNOWN}"


def know_words(table: str, known: Mapping[str, int]) -> str:
    """Let PostgreSQL remember so many values of each of the columns kept for searches."""
    return "; ".join(f'ALTER TABLE {table} ALTER COLUMN "{name}" SET STATISTICS {n}' for name, n in known.items())


def existing(shape: Shape) -> Existing | None:
    """What stands in the database of this register; None where there is no table."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)::oid, to_regclass(%s)::oid", [shape.table, shape.view])
        table, view = cursor.fetchone()
        if table is None:
            return None
        cursor.execute(
            "SELECT attname, col_description(attrelid, attnum), attnotnull, attisdropped FROM pg_attribute"
            " WHERE attrelid = %s AND attnum > 0",
            [table],
        )
        attributes = cursor.fetchall()
        cursor.execute("SELECT conname FROM pg_constraint WHERE conrelid = %s", [table])
        constraints = frozenset(row[0] for row in cursor)
        cursor.execute(
            "SELECT relname FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid WHERE indrelid = %s", [table]
        )
        indexes = frozenset(row[0] for row in cursor)
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = %s", [table])
        rows = int(cursor.fetchone()[0])
        comment = None
        if view:
            cursor.execute("SELECT obj_description(%s, 'pg_class')", [view])
            comment = cursor.fetchone()[0]
    dead = sum(dropped for *_rest, dropped in attributes)
    return Existing(
        {name: sql for name, sql, _required, dropped in attributes if sql and not dropped},
        frozenset(name for name, _sql, required, dropped in attributes if required and not dropped),
        constraints,
        indexes,
        comment or "",
        dead,
        len(attributes) - dead,
        rows,
        frozenset(name for name, *_rest, dropped in attributes if name.startswith(MARK) and not dropped),
    )
