"""A table made anew, without those who use it having to wait: for columns that changed their type in a large table,
for columns kept for its searches, and for dropped columns that pile up towards the 1,600 that PostgreSQL gives a table.

The new table is filled beside the old one while records are read and written. Then, alone with the old one for a
moment, it catches up: each write of a record leaves a version in the same transaction, so that the records written
meanwhile are those with a version since the copy began. It takes the old one's place with its keys, checks, indexes,
triggers, comments and view as the catalogue has them. The history is not touched.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

from .. import models
from ..filters.searched import Searched
from ..shape import PUBLISHED, SCHEMA, Shape
from .locks import patiently
from .parts import LARGE_ROWS, Object, know_units, know_words

BESIDE = "reg_next"
MOST_DEAD, TIMES_LIVE, MOST_COLUMNS = 100, 3, 1_500


def is_due(dead: int, live: int) -> bool:
    """Whether so many dropped columns call for a new table."""
    return (dead > MOST_DEAD and dead > TIMES_LIVE * live) or (dead > 0 and dead + live > MOST_COLUMNS)


def is_full(dead: int, live: int, coming: int) -> bool:
    """Whether dropped columns take the room that new ones need: then there is no putting it off."""
    return dead > 0 and dead + live + coming > MOST_COLUMNS


@dataclass(frozen=True, slots=True)
class Changed:
    """A column's new SQL type, and the value it gets from the old row; whether that may be none."""

    sql: str
    using: str
    may_be_empty: bool = False


@dataclass(slots=True)
class Parts:
    """What has to stand again: names with definitions as the catalogue writes them."""

    columns: list[tuple[str, str, bool, str | None, str | None]] = field(default_factory=list)
    generated: dict[str, tuple[str, int]] = field(default_factory=dict)
    """Name of a column kept for searches to its declaration, and to how many of its values PostgreSQL remembers."""
    constraints: list[tuple[str, str, str]] = field(default_factory=list)
    indexes: list[tuple[str, str]] = field(default_factory=list)
    triggers: list[str] = field(default_factory=list)
    incoming: list[tuple[str, str, str]] = field(default_factory=list)
    view: tuple[str, str | None] | None = None


def rebuild(
    shape: Shape,
    changed: Mapping[str, Changed] | None = None,
    without: Collection[str] = (),
    *,
    adding: Sequence[Searched] = (),
    indexes: Sequence[Object] = (),
) -> None:
    """Make the register's table anew, inside the transaction that is open. `changed` columns get another type;
    constraints, indexes, triggers and columns kept for searches that are named in `without` are left behind, `adding`
    and `indexes` come new. Raises Busy where the table stays in use."""
    changed = changed or {}
    parts = _parts(shape, frozenset(without))
    parts.generated |= {one.name: (one.declared, one.known) for one in adding}
    new = f'{BESIDE}."{shape.name}"'
    _run(f"CREATE SCHEMA IF NOT EXISTS {BESIDE}")
    columns = [*_columns(parts, changed), *(declared for declared, _known in parts.generated.values())]
    _run(f"CREATE TABLE {new} ({', '.join(columns)}); {know_units(new)}")
    if parts.generated:
        _run(know_words(new, {name: known for name, (_declared, known) in parts.generated.items()}))
    horizon = _one("SELECT pg_snapshot_xmin(pg_current_snapshot())::text::bigint")
    names = ", ".join(f'"{name}"' for name, *_rest in parts.columns)
    values = ", ".join(changed[name].using if name in changed else f'"{name}"' for name, *_rest in parts.columns)
    fill = f"INSERT INTO {new} ({names}) SELECT {values} FROM {shape.table}"  # noqa: S608  our own names
    _run(fill)
    for name, sort, sql in parts.constraints:
        if sort != "f":
            _run(f'ALTER TABLE {new} ADD CONSTRAINT "{name}" {sql}')
    for _name, sql in parts.indexes:
        _run(sql.replace(f" ON {SCHEMA}.{shape.name} ", f" ON {new} ", 1))
    for thing in indexes:
        _run(f"CREATE INDEX {thing.name(shape)} ON {new} {thing.body}")
    patiently(f"LOCK TABLE {shape.table} IN ACCESS EXCLUSIVE MODE", shape.register)
    _catch_up(shape, new, fill, horizon)
    _swap(shape, new, parts, changed)


def _catch_up(shape: Shape, new: str, fill: str, horizon: int) -> None:
    written = "SELECT record FROM record_version WHERE register = %s AND txid >= %s"
    with connection.cursor() as cursor:
        params: list[Any] = [shape.register, horizon]
        cursor.execute(f"DELETE FROM {new} WHERE id IN ({written})", params)  # noqa: S608
        cursor.execute(f"{fill.replace('%', '%%')} WHERE id IN ({written})", params)


def _swap(shape: Shape, new: str, parts: Parts, changed: Mapping[str, Changed]) -> None:
    for table, name, _sql in parts.incoming:
        patiently(f'ALTER TABLE {table} DROP CONSTRAINT "{name}"', shape.register)
    if parts.view:
        patiently(f"DROP VIEW {shape.view}", shape.register)
    _run(f"DROP TABLE {shape.table}; ALTER TABLE {new} SET SCHEMA {SCHEMA}")
    for name, _sql, _required, _default, comment in parts.columns:
        if said := changed[name].sql if name in changed else comment:
            _run(f'COMMENT ON COLUMN {shape.table}."{name}" IS {_literal(said)}')
    for name, sort, sql in parts.constraints:
        if sort == "f":
            _refer(shape, shape.table, name, sql)
    for table, name, sql in parts.incoming:
        _refer(shape, table, name, sql)
    for sql in parts.triggers:
        _run(sql)
    if parts.view:
        definition, comment = parts.view
        _run(f"CREATE VIEW {shape.view} AS {definition}")
        if comment:
            _run(f"COMMENT ON VIEW {shape.view} IS {_literal(comment)}")
    _run(f"DROP SCHEMA {BESIDE}; ANALYZE {shape.table}")


def _refer(shape: Shape, table: str, name: str, sql: str) -> None:
    """Put a foreign key back. Its rows fulfilled it a moment ago; in a large table that is proven in the background."""
    is_large = _rows(table) > LARGE_ROWS and not sql.endswith("NOT VALID")
    add = f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {sql}'
    patiently(f"{add} NOT VALID" if is_large else add, shape.register)
    if is_large:
        sql = f'ALTER TABLE {table} VALIDATE CONSTRAINT "{name}"'
        models.SchemaWork.objects.create(register=shape.register, what=f"foreign key {name}", sql=sql)


def _rows(table: str) -> int:
    return int(_all("SELECT reltuples FROM pg_class WHERE oid = %s::regclass", [table])[0][0])


def _columns(parts: Parts, changed: Mapping[str, Changed]) -> list[str]:
    found = []
    for name, sql, required, default, _comment in parts.columns:
        new = changed.get(name)
        fills = required and not (new and new.may_be_empty)
        parts_of_it = [f'"{name}"', new.sql if new else sql, "NOT NULL" if fills else ""]
        found.append(" ".join([*parts_of_it, f"DEFAULT {default}" if default is not None else ""]))
    return found


def _parts(shape: Shape, without: frozenset[str]) -> Parts:
    table = [shape.table]
    parts = Parts(
        columns=_all(
            "SELECT attname, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid),"
            " col_description(attrelid, attnum) FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND"
            " adnum = attnum WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
            " ORDER BY attnum",
            table,
        ),
        generated={
            name: (f'"{name}" {sql} GENERATED ALWAYS AS ({made_of}) STORED', known)
            for name, sql, made_of, known in _all(
                "SELECT attname, format_type(atttypid, atttypmod), pg_get_expr(adbin, adrelid), attstattarget"
                " FROM pg_attribute JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum"
                " WHERE attrelid = %s::regclass AND attgenerated <> '' AND NOT attisdropped ORDER BY attnum",
                table,
            )
            if name not in without
        },
        constraints=_all(
            "SELECT conname, contype::text, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE conrelid = %s::regclass AND contype <> 't' ORDER BY contype = 'f', conname",
            table,
        ),
        indexes=_all(
            "SELECT relname, pg_get_indexdef(indexrelid) FROM pg_index JOIN pg_class c ON c.oid = indexrelid"
            " WHERE indrelid = %s::regclass AND indisvalid"
            " AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND conrelid = indrelid)",
            table,
        ),
        triggers=[
            sql
            for name, sql in _all(
                "SELECT tgname, pg_get_triggerdef(oid) FROM pg_trigger"
                " WHERE tgrelid = %s::regclass AND NOT tgisinternal",
                table,
            )
            if name not in without
        ],
        incoming=_all(
            "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
            " WHERE confrelid = %s::regclass AND conrelid <> confrelid AND contype = 'f'",
            table,
        ),
    )
    view = _all(
        "SELECT pg_get_viewdef(oid), obj_description(oid, 'pg_class') FROM pg_class WHERE oid = to_regclass(%s)",
        [f'{PUBLISHED}."{shape.name}"'],
    )
    parts.view = view[0] if view else None
    parts.constraints = [row for row in parts.constraints if row[0] not in without]
    parts.indexes = [row for row in parts.indexes if row[0] not in without]
    return parts


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _run(sql: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(sql)


def _all(sql: str, params: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _one(sql: str) -> Any:
    return _all(sql, [])[0][0]
