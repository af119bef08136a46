"""From a register's definition to its table: which steps lead from the table that is there to the one declared.

The truth about what is there is PostgreSQL's catalogue, not an earlier definition: a register that was retired and
comes back, or whose apply was rolled back, is planned rightly. A column carries the SQL type it was declared with as
its comment; a check, key, index or view carries the digest of its own definition in its name or comment, so that
"is it the same?" is a comparison of names.
"""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.utils import OperationalError
from django.utils.translation import gettext as _
from procrastinate.exceptions import AlreadyEnqueued

from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Busy, Invalid
from tinhso.kernel.packs import Change

from . import models
from .definitions import RegisterDefinition
from .shape import KIND, SCHEMA, Shape, table_name

LOCK_TIMEOUT = "3s"
LARGE_ROWS = 100_000
_WIDENS = {
    ("integer", "bigint"),
    ("integer", "numeric"),
    ("bigint", "numeric"),
    ("smallint", "integer"),
    ("date", "timestamptz"),
}
"""Changes of a column's type that keep every value; so does every change to text."""

_MARKS = {"check": "ck", "foreign": "fk", "unique": "uq", "index": "ix"}


@dataclass(frozen=True, slots=True)
class Step:
    """One DDL statement: what it does in words, what it costs, what it would lose. Where the table is large, `later`
    is run in the background, and `meanwhile` stands in for `sql`."""

    what: str
    sql: str
    cost: str = "instant"
    loses: str = ""
    later: str = ""
    meanwhile: str = ""
    needs: str = ""
    """The register that has to be there first."""


@dataclass(frozen=True, slots=True)
class Object:
    """A check, key or index: `body` is its definition with column names as they will be."""

    sort: str  # check, foreign, unique, index
    what: str
    body: str
    field: str = ""
    needs: str = ""
    requires: bool = False
    """Whether the check is that `field` is not empty. A column that is NOT NULL already does without it."""

    def name(self, shape: Shape) -> str:
        digest = hashlib.sha256(f"{shape.name} {self.sort} {self.body}".encode()).hexdigest()[:10]
        return f"{shape.name[:40]}_{_MARKS[self.sort]}_{digest}"


@dataclass(frozen=True, slots=True)
class Existing:
    """What the catalogue knows of a table."""

    columns: dict[str, str]
    required: frozenset[str]
    constraints: frozenset[str]
    indexes: frozenset[str]
    view: str
    dead: int


def changes(old: RegisterDefinition | None, new: RegisterDefinition | None, name: str) -> Iterator[Change]:
    """The plan of one register, for `tinhso pack plan`."""
    if new is None:
        yield Change("keep the table and its history; nobody may write to it")
        return
    for step in steps(old, Shape(name, 0, new)):
        yield Change(step.what, step.cost, step.loses)


def apply(
    actor: Actor, old: RegisterDefinition | None, new: RegisterDefinition | None, name: str, version: int
) -> None:
    """Make the table as declared, inside the transaction of `pack apply`.

    Locks are waited for three seconds at most; Busy then says that nothing was changed. Steps that read a whole
    large table are left to the background (tasks.schema_work).
    """
    if new is None:
        return
    shape = Shape(name, version, new)
    _do(shape, list(steps(old, shape)))
    for other in packs.in_force(KIND):  # those that were declared before what they refer to
        if other.name != name and any(s.type == "reference" and s.settings().to == name for s in other.model.fields):
            there = Shape(other.name, other.version, other.model)
            _do(there, [step for step in steps(None, there) if step.needs == name])


def _do(shape: Shape, todo: Sequence[Step]) -> None:
    is_large = _rows(shape) > LARGE_ROWS
    waits = False
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        for step in todo:
            if step.needs and not _stands(step.needs):
                continue
            sql = step.sql
            if step.later and is_large:
                models.SchemaWork.objects.create(register=shape.register, what=step.what, sql=step.later)
                waits, sql = True, step.meanwhile
            try:
                if sql:
                    cursor.execute(sql)
            except OperationalError as error:
                raise Busy(
                    _("Sổ %(register)s đang có người dùng lâu; chưa có gì thay đổi, xin áp dụng lại sau ít phút.")
                    % {"register": shape.register}
                ) from error
            except DatabaseError as error:
                raise Invalid({shape.register: [f"{step.what}: {error}"]}) from error
        cursor.execute("SET LOCAL lock_timeout = DEFAULT")
    if waits:
        from .tasks import schema_work

        with suppress(AlreadyEnqueued), transaction.atomic():
            schema_work.defer()


def _stands(register: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [f'{SCHEMA}."{table_name(register)}"'])
        return cursor.fetchone()[0]


def _rows(shape: Shape) -> int:
    """How many rows PostgreSQL's statistics say there are; a new table has none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reltuples FROM pg_class WHERE oid = to_regclass(%s)", [shape.table])
        found = cursor.fetchone()
    return int(found[0]) if found else 0


def steps(old: RegisterDefinition | None, shape: Shape) -> Iterator[Step]:
    """The statements that lead from what is there to `shape`, in order."""
    there = existing(shape)
    yield from _lost_secrets(old, shape)
    if there is None:
        yield from _create(shape)
        return
    if there.view and there.view != _view_digest(shape):
        yield Step(f"drop view {shape.view}", f"DROP VIEW IF EXISTS {shape.view}")
    renamed = {
        new: old for old, new in shape.definition.rename.items() if old in there.columns and new not in there.columns
    }
    yield from _columns(shape, there, renamed)
    yield from _objects(shape, there, renamed)
    if there.view != _view_digest(shape):
        yield from _view(shape)


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
        comment = None
        if view:
            cursor.execute("SELECT obj_description(%s, 'pg_class')", [view])
            comment = cursor.fetchone()[0]
    return Existing(
        {name: sql for name, sql, _required, dropped in attributes if sql and not dropped},
        frozenset(name for name, _sql, required, dropped in attributes if required and not dropped),
        constraints,
        indexes,
        comment or "",
        sum(dropped for *_rest, dropped in attributes),
    )


def _create(shape: Shape) -> Iterator[Step]:
    columns = [
        "id uuid PRIMARY KEY",
        "revision integer NOT NULL CHECK (revision > 0)",
        "valid_from date NOT NULL",
        "valid_until date CHECK (valid_until > valid_from)",
        "unit text NOT NULL DEFAULT ''",
        "unit_on date NOT NULL",
        "case_id uuid",
        "demo boolean NOT NULL DEFAULT false",
        "created_at timestamptz NOT NULL DEFAULT now()",
        "updated_at timestamptz NOT NULL DEFAULT now()",
    ]
    comments = []
    for field in shape.stored:
        sql = field.kind.column(field.options).sql
        columns.append(f'"{field.name}" {sql}{"" if field.spec.optional else " NOT NULL"}')
        comments.append(_comment(shape, field.name, sql))
    things = [thing for thing in objects(shape) if not thing.requires]
    checks = [f"CONSTRAINT {thing.name(shape)} CHECK {thing.body}" for thing in things if thing.sort == "check"]
    yield Step(
        f"create table {shape.table} with {len(shape.stored)} columns and {len(checks)} checks",
        f"CREATE TABLE {shape.table} ({', '.join([*columns, *checks])}); {'; '.join(comments)}",
    )
    for thing in things:
        if thing.sort != "check":
            yield _add(shape, thing, fresh=True)
    yield from _view(shape)


def _comment(shape: Shape, column: str, sql: str) -> str:
    """Note the SQL type that a column was declared with, to compare with later."""
    quoted = sql.replace("'", "''")
    return f"COMMENT ON COLUMN {shape.table}.\"{column}\" IS '{quoted}'"


def _columns(shape: Shape, there: Existing, renamed: dict[str, str]) -> Iterator[Step]:
    table, leave = shape.table, set(shape.definition.drop)
    for new, old in renamed.items():
        yield Step(f"rename column {old} to {new}", f'ALTER TABLE {table} RENAME COLUMN "{old}" TO "{new}"')
    now = {new: there.columns[old] for new, old in renamed.items()} | {
        name: sql for name, sql in there.columns.items() if name not in renamed.values()
    }
    required = {new for new, old in renamed.items() if old in there.required} | (there.required - set(renamed.values()))
    for name in now:
        field = shape.fields.get(name)
        if field is None or field.is_secret:
            yield Step(
                f"drop column {name}; the history keeps its values",
                f'ALTER TABLE {table} DROP COLUMN "{name}"',
                loses="" if name in leave else _values_of(name),
            )
    for field in shape.stored:
        name, sql = field.name, field.kind.column(field.options).sql
        if name not in now:
            add = f'ALTER TABLE {table} ADD COLUMN "{name}" {sql}'
            yield Step(f"add column {name} {sql}", f"{add}; {_comment(shape, name, sql)}")
        elif now[name] != sql:
            yield from _retype(shape, name, now[name], sql, leave)
        if field.spec.optional and name in required:
            yield Step(f"{name} may be empty", f'ALTER TABLE {table} ALTER COLUMN "{name}" DROP NOT NULL')


def _retype(shape: Shape, name: str, before: str, after: str, leave: set[str]) -> Iterator[Step]:
    base = (before.partition("(")[0].strip().lower(), after.partition("(")[0].strip().lower())
    comment = _comment(shape, name, after)
    if base[1] == "text" or base in _WIDENS or (base[0] == base[1] and "geometry" not in base):
        instant = base[0].startswith(("varchar", "character varying")) and base[1] == "text"
        alter = f'ALTER TABLE {shape.table} ALTER COLUMN "{name}" TYPE {after} USING "{name}"::{after}'
        cost = "instant" if instant else "rewrite"
        yield Step(f"change column {name} from {before} to {after}", f"{alter}; {comment}", cost)
    else:
        yield Step(
            f"empty column {name} ({before} does not turn into {after}); the history keeps its values",
            f'ALTER TABLE {shape.table} DROP COLUMN "{name}", ADD COLUMN "{name}" {after}; {comment}',
            loses="" if name in leave else _values_of(name),
        )


def _values_of(name: str) -> str:
    return f"the values of {name} in the current table"


def _lost_secrets(old: RegisterDefinition | None, shape: Shape) -> Iterator[Step]:
    """Sensitive values have no column; a definition that no longer calls them so leaves them behind, encrypted."""
    for spec in old.fields if old else ():
        name = shape.definition.rename.get(spec.name, spec.name)
        if spec.class_ == "sensitive" and (name not in shape.fields or not shape.fields[name].is_secret):
            yield Step(
                f"leave the sensitive values of {spec.name} in the history",
                "SELECT 1",
                loses="" if spec.name in shape.definition.drop else f"the sensitive values of {spec.name}",
            )


def objects(shape: Shape, named: Callable[[str], str] = lambda name: name) -> list[Object]:
    """The checks, keys and indexes of a register; `named` gives a field the column name it has."""
    definition, found = shape.definition, []

    def column(name: str) -> str:
        return name if name == "unit" and name not in shape.fields else f'"{named(name)}"'

    def add(sort: str, what: str, body: str, field: str = "", **more: Any) -> None:
        found.append(Object(sort, what, body, field, **more))

    for field in shape.stored:
        name, quoted = field.name, column(field.name)
        for check in field.kind.column(field.options).checks:
            add("check", f"check {name}", f"({check.format(column=quoted)})", name)
        if not field.spec.optional:
            add("check", f"require {name}", f"({quoted} IS NOT NULL)", name, requires=True)
        if field.spec.type == "geometry":
            add("index", f"map index {name}", f"USING gist ({quoted})")
        if field.spec.type == "reference":
            target = field.options.to
            body = f'({quoted}) REFERENCES {SCHEMA}."{table_name(target)}" (id)'
            add("foreign", f"{name} refers to {target}", body, name, needs=target)
    if definition.key:
        add("unique", f"unique {', '.join(definition.key)}", f"({', '.join(map(column, definition.key))})")
    add("index", "index by unit", "(unit, id)")
    add("index", "index by case", "(case_id) WHERE case_id IS NOT NULL")
    for name in definition.people:
        add("index", f"index people {name}", f"({column(name)}) WHERE {column(name)} IS NOT NULL")
    for name, how in definition.search.items():
        body = {
            "exact": f"({column(name)}, id)",
            "prefix": f"(tinhso_fold({column(name)}::text) text_pattern_ops)",
            "contains": f"USING gin (tinhso_fold({column(name)}::text) gin_trgm_ops)",
        }.get(how)
        if body:
            add("index", f"index {name} ({how})", body)
    if text := [name for name, how in definition.search.items() if how == "fulltext"]:
        joined = " || ' ' || ".join(f"coalesce({column(name)}, '')" for name in text)
        body = f"USING gin (to_tsvector('simple', tinhso_fold({joined})))"
        add("index", f"full-text index {', '.join(text)}", body)
    return found


def _objects(shape: Shape, there: Existing, renamed: dict[str, str]) -> Iterator[Step]:
    wanted = objects(shape)
    names = {thing.name(shape) for thing in wanted}
    here = there.constraints | there.indexes
    formerly = objects(shape, lambda name: renamed.get(name, name))
    kept: set[str] = set()
    for thing, before in zip(wanted, formerly, strict=True):
        name, former = thing.name(shape), before.name(shape)
        if name in here or (thing.requires and renamed.get(thing.field, thing.field) in there.required):
            continue
        if former in here:
            kept.add(former)
            sql = (
                f"ALTER INDEX reg.{former} RENAME TO {name}"
                if thing.sort in {"index", "unique"}
                else f"ALTER TABLE {shape.table} RENAME CONSTRAINT {former} TO {name}"
            )
            yield Step(f"keep {before.what}", sql)
            continue
        yield _add(shape, thing)
    ours = f"{shape.name[:40]}_"
    for name in sorted(here - names - kept):
        mark = name.removeprefix(ours)[:3]
        if not name.startswith(ours) or len(name) != len(ours) + 13:
            continue
        if mark in {"ck_", "fk_"}:
            yield Step(f"drop {name}", f"ALTER TABLE {shape.table} DROP CONSTRAINT IF EXISTS {name}")
        elif mark in {"uq_", "ix_"}:
            yield Step(f"drop {name}", f"DROP INDEX IF EXISTS reg.{name}")


def _add(shape: Shape, thing: Object, *, fresh: bool = False) -> Step:
    name, table = thing.name(shape), shape.table
    cost = "instant" if fresh else "scan"
    if thing.sort in {"index", "unique"}:
        unique = "UNIQUE " if thing.sort == "unique" else ""
        on = f"{name} ON {table} {thing.body}"
        return Step(
            thing.what,
            f"CREATE {unique}INDEX {on}",
            cost,
            later=f"CREATE {unique}INDEX CONCURRENTLY IF NOT EXISTS {on}",
        )
    rule = "CHECK" if thing.sort == "check" else "FOREIGN KEY"
    add = f"ALTER TABLE {table} ADD CONSTRAINT {name} {rule} {thing.body}"
    if thing.requires:  # rows from before need not have it; whoever changes one has to fill it in
        return Step(f"{thing.what} of what is written from now on", f"{add} NOT VALID")
    later = f"ALTER TABLE {table} VALIDATE CONSTRAINT {name}"
    return Step(thing.what, add, cost, later=later, meanwhile=f"{add} NOT VALID", needs=thing.needs)


def _view_columns(shape: Shape) -> list[str]:
    return ["id", "unit", "unit_on", "valid_from", "valid_until", "case_id", "created_at", "demo"] + [
        f'"{field.name}"' for field in shape.fields.values() if field.spec.class_ in {"open", "internal"}
    ]


def _view_digest(shape: Shape) -> str:
    types = [field.kind.column(field.options).sql for field in shape.stored]
    return hashlib.sha256(repr((_view_columns(shape), types)).encode()).hexdigest()


def _view(shape: Shape) -> Iterator[Step]:
    """What indicators, maps and open data may read: columns of the classes open and internal."""
    columns = ", ".join(_view_columns(shape))
    yield Step(
        f"publish {shape.view}",
        f"CREATE OR REPLACE VIEW {shape.view} AS SELECT {columns} FROM {shape.table};"  # noqa: S608  our own names
        f" COMMENT ON VIEW {shape.view} IS '{_view_digest(shape)}'",
    )
