"""Which statements lead from the table that is there to the one declared, in order."""

import hashlib
from collections.abc import Iterator

from ..definitions import RegisterDefinition
from ..filters import searched
from ..shape import Shape
from . import codes
from .convert import Conversion, conversion
from .locks import patiently
from .objects import Name, objects
from .parts import Existing, Object, Step, existing, know_units, know_words
from .rebuild import Changed, is_due, is_full, rebuild

REBUILD = "-- make the table anew"
"""What stands in SchemaWork for a rebuild in the background."""


def steps(old: RegisterDefinition | None, shape: Shape) -> Iterator[Step]:
    """The steps from what is there to `shape`. Reads the catalogue and, where a column changes its type, its values;
    changes nothing."""
    there = existing(shape)
    yield from _lost_secrets(old, shape)
    yield from _code_lists(shape)
    if there is None:
        yield from _create(shape)
        return
    yield from _Way(shape, there).steps()


def make_anew(shape: Shape) -> None:
    """Make a register's table anew as it is declared: without dropped columns, and with the columns for searches and
    their indexes that it lacks. Raises Busy where it stays in use."""
    there = existing(shape)
    assert there
    way = _Way(shape, there)
    indexes = [thing for thing in way.wanted if thing.of in way.lacks and thing.name(shape) not in there.indexes]
    gone = [*way.stale, *(thing.name(shape) for thing in way.stopgaps), *way.unsearched]
    rebuild(shape, without=gone, adding=list(way.lacks.values()), indexes=indexes)


def _code_lists(shape: Shape) -> Iterator[Step]:
    for name in dict.fromkeys(thing.list for thing in objects(shape) if thing.list):
        if not codes.stands(name):
            yield Step(f"keep the codes of {name}", do=lambda name=name: codes.make(name), locks=False)


class _Way:
    """The way from a table to a definition of the same register."""

    def __init__(self, shape: Shape, there: Existing) -> None:
        self.shape, self.there = shape, there
        self.leave = set(shape.definition.drop)
        self.renamed = {
            new: old
            for new, old in ((new, old) for old, new in shape.definition.rename.items())
            if old in there.columns and new not in there.columns
        }
        self.now = {self.as_named(name): sql for name, sql in there.columns.items()}
        self.required = {self.as_named(name) for name in there.required}
        self.wanted = objects(shape)
        self.resought = self._resought()
        stand = there.searched - self.resought.keys() | set(self.resought.values())
        columns = searched.searched(shape)
        self.unsearched = sorted(stand - {one.name for one in columns})
        self.lacks = {one.name: one for one in columns if one.name not in stand}
        self.stopgaps = self._stopgaps()
        self.kept = self._kept()
        self.stale = self._stale()
        self.conversions = self._conversions()

    def as_named(self, column: str) -> str:
        return next((new for new, old in self.renamed.items() if old == column), column)

    def steps(self) -> Iterator[Step]:
        """Stale objects go before columns change, since they may not fit the new type."""
        gone = [name for name in self.now if name not in self.shape.fields or self.shape.fields[name].is_secret]
        come = [field for field in self.shape.stored if field.name not in self.now]
        if is_full(self.there.dead, self.there.live, len(come) + len(self.lacks)):
            yield _anew(self.shape, self.there.dead)
        yield from self._retype_large()
        if self.there.view and self.there.view != _view_digest(self.shape):
            yield Step(f"drop view {self.shape.view}", f"DROP VIEW IF EXISTS {self.shape.view}")
        for name in self.stale:
            yield _drop_object(self.shape, name)
        if self.unsearched:  # PostgreSQL lets go of no column, and changes none, from which another is generated
            drop = ", ".join(f'DROP COLUMN IF EXISTS "{name}"' for name in self.unsearched)
            what = "drop the folded texts that are not searched any more"
            yield Step(what, f"ALTER TABLE {self.shape.table} {drop}")
        yield from self._columns(gone)
        yield from self._searches()
        yield from self._objects()
        if self.there.view != _view_digest(self.shape):
            yield from _view(self.shape)
        dead = self.there.dead + len(gone) + len(self.unsearched)
        if gone and is_due(dead, self.there.live - len(gone) - len(self.unsearched) + len(come) + len(self.lacks)):
            yield _anew(self.shape, dead)

    def _conversions(self) -> dict[str, tuple[str, str, Conversion]]:
        """New name of a column to (SQL type before, after, how)."""
        found = {}
        for field in self.shape.stored:
            name, sql = field.name, field.kind.column(field.options).sql
            before = self.now.get(name)
            if before is not None and before != sql:
                stored_as = self.renamed.get(name, name)
                found[name] = before, sql, conversion(self.shape, stored_as, field, before, sql)
        return found

    def _retype_step(self, name: str) -> Step:
        """What changing a column's type costs and loses, in words."""
        before, after, how = self.conversions[name]
        what = f"change column {name} from {before} to {after}"
        if how.unfit:
            shown = f" ({', '.join(how.examples)})" if how.examples else ""
            what += f": {how.unfit} of {how.filled} values do not fit{shown} and are left empty; the history keeps them"
        lost = "" if not how.unfit or name in self.leave else f"{how.unfit} values of {name} in the current table"
        return Step(what, cost="rewrite", loses=lost)

    def _retype_large(self) -> Iterator[Step]:
        """In a large table all columns that change their type do so at once, in a copy made beside it."""
        if not self.conversions or not self.there.is_large:
            return
        former = {name: self.renamed.get(name, name) for name in self.conversions}
        changed = {
            former[name]: Changed(after, how.using, may_be_empty=how.unfit > 0)
            for name, (_before, after, how) in self.conversions.items()
        }
        self.required -= {name for name, (_before, _after, how) in self.conversions.items() if how.unfit}

        def do() -> None:
            for name, (_before, _after, how) in self.conversions.items():
                if how.prepare:
                    how.prepare(former[name])
            rebuild(self.shape, changed, [*self.stale, *self.unsearched])

        first, *rest = (self._retype_step(name) for name in self.conversions)
        yield Step(first.what, cost="rewrite", loses=first.loses, do=do, locks=False)
        yield from rest

    def _columns(self, gone: list[str]) -> Iterator[Step]:
        table = self.shape.table
        for new, old in self.renamed.items():
            yield Step(f"rename column {old} to {new}", f'ALTER TABLE {table} RENAME COLUMN "{old}" TO "{new}"')
        for name in gone:
            yield Step(
                f"drop column {name}; the history keeps its values",
                f'ALTER TABLE {table} DROP COLUMN "{name}"',
                loses="" if name in self.leave else f"the values of {name} in the current table",
            )
        for field in self.shape.stored:
            name, sql = field.name, field.kind.column(field.options).sql
            if name not in self.now:
                add = f'ALTER TABLE {table} ADD COLUMN "{name}" {sql}'
                yield Step(f"add column {name} {sql}", f"{add}; {_comment(self.shape, name, sql)}")
            elif name in self.conversions and not self.there.is_large:
                yield from self._retype(name)
            if field.spec.optional and name in self.required:
                yield Step(f"{name} may be empty", f'ALTER TABLE {table} ALTER COLUMN "{name}" DROP NOT NULL')

    def _searches(self) -> Iterator[Step]:
        """The columns kept for searches. Adding one writes the whole table: a large one is copied in the background,
        and is searched by its expressions until then."""
        table = self.shape.table
        for old, new in self.resought.items():
            yield Step("keep the folded texts of a renamed column", f'ALTER TABLE {table} RENAME "{old}" TO "{new}"')
        if not self.lacks:
            return
        fields = ", ".join(dict.fromkeys(name for one in self.lacks.values() for name in one.fields))
        add = ", ".join(f"ADD COLUMN {one.declared}" for one in self.lacks.values())
        yield Step(
            f"keep folded texts to search by {fields}",
            f"ALTER TABLE {table} {add}; {know_words(table, {name: one.known for name, one in self.lacks.items()})}",
            cost="rewrite",
            later=REBUILD,
            locks=not self.there.is_large,
        )

    def _retype(self, name: str) -> Iterator[Step]:
        table, (_before, after, how) = self.shape.table, self.conversions[name]
        old, said = self.renamed.get(name, name), self._retype_step(name)
        using = how.using.replace(f'"{old}"', f'"{name}"')
        sql = f'ALTER TABLE {table} ALTER COLUMN "{name}" TYPE {after} USING {using}'
        sql = f"{sql}; {_comment(self.shape, name, after)}"
        if how.unfit and name in self.required:
            self.required.discard(name)
            sql = f'ALTER TABLE {table} ALTER COLUMN "{name}" DROP NOT NULL; {sql}'

        def do() -> None:
            if how.prepare:
                how.prepare(name)
            patiently(sql, self.shape.register)

        yield Step(said.what, cost="rewrite", loses=said.loses, do=do)

    def _kept(self) -> dict[str, str]:
        """Name of an object that a rename leaves as it is to the name that it gets."""
        here = self.there.constraints | self.there.indexes

        def former(name: str) -> str:
            return self.renamed.get(name, name)

        now = [*self.wanted, *self.stopgaps]
        formerly = [*objects(self.shape, former), *self._stopgaps(former)]
        pairs = {
            before.name(self.shape): thing.name(self.shape)
            for thing, before in zip(now, formerly, strict=True)
            if thing.sort != "codes"  # a trigger is told the column's name when it is made
        }
        return {old: new for old, new in pairs.items() if old != new and old in here and new not in here}

    def _resought(self) -> dict[str, str]:
        """Name of a column kept for searches that the rename of its fields leaves as it is, to the name it gets."""
        formerly = searched.searched(self.shape, lambda name: self.renamed.get(name, name))
        pairs = {old.name: new.name for old, new in zip(formerly, searched.searched(self.shape), strict=True)}
        here = self.there.searched
        return {old: new for old, new in pairs.items() if old != new and old in here and new not in here}

    def _stopgaps(self, named: Name = lambda name: name) -> list[Object]:
        """The indexes of expressions by which a large table is searched until it has its columns, where they stand."""
        if not self.there.is_large:
            return []
        pairs = zip(objects(self.shape), objects(self.shape, named, stored=False), strict=True)
        return [thing for stored, thing in pairs if stored.of in self.lacks]

    def _stale(self) -> list[str]:
        """The names of our own objects that stand and are not wanted any more."""
        ours = f"{self.shape.name[:40]}_"
        names = {thing.name(self.shape) for thing in (*self.wanted, *self.stopgaps)}
        here = self.there.constraints | self.there.indexes
        return [
            name
            for name in sorted(here - names - self.kept.keys())
            if name.startswith(ours) and len(name) == len(ours) + 13
        ]

    def _objects(self) -> Iterator[Step]:
        here = self.there.constraints | self.there.indexes
        becomes = {new: old for old, new in self.kept.items()}
        for thing in (*self.wanted, *self.stopgaps):
            name = thing.name(self.shape)
            if name in here or (thing.requires and thing.field in self.required):
                continue
            if former := becomes.get(name):
                yield _rename_object(self.shape, thing, former)
            elif not (self.there.is_large and thing.of in self.lacks):  # those come with their columns
                yield _add(self.shape, thing)


def _anew(shape: Shape, dead: int) -> Step:
    return Step(
        f"make the table anew, without its {dead} dropped columns",
        cost="rewrite",
        do=lambda: rebuild(shape),
        later=REBUILD,
        locks=False,
    )


def _rename_object(shape: Shape, thing: Object, former: str) -> Step:
    name = thing.name(shape)
    if thing.sort in {"index", "unique"}:
        return Step(f"keep {thing.what}", f"ALTER INDEX reg.{former} RENAME TO {name}")
    return Step(f"keep {thing.what}", f"ALTER TABLE {shape.table} RENAME CONSTRAINT {former} TO {name}")


def _drop_object(shape: Shape, name: str) -> Step:
    mark = name[-13:-11]
    if mark == "tg":
        return Step(f"drop {name}", f"DROP TRIGGER IF EXISTS {name} ON {shape.table}")
    if mark in {"ck", "fk", "ex"}:
        return Step(f"drop {name}", f"ALTER TABLE {shape.table} DROP CONSTRAINT IF EXISTS {name}")
    return Step(f"drop {name}", f"DROP INDEX IF EXISTS reg.{name}")


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
    kept = searched.searched(shape)
    columns += [one.declared for one in kept]
    things = [thing for thing in objects(shape) if not thing.requires]
    checks = [f"CONSTRAINT {thing.name(shape)} CHECK {thing.body}" for thing in things if thing.sort == "check"]
    yield Step(
        f"create table {shape.table} with {len(shape.stored)} columns and {len(checks)} checks",
        "; ".join(
            (
                f"CREATE TABLE {shape.table} ({', '.join([*columns, *checks])})",
                know_units(shape.table),
                *([know_words(shape.table, {one.name: one.known for one in kept})] if kept else ()),
                *comments,
            )
        ),
    )
    for thing in things:
        if thing.sort != "check":
            yield _add(shape, thing, fresh=True)
    yield from _view(shape)


def _comment(shape: Shape, column: str, sql: str) -> str:
    """Note the SQL type that a column was declared with, to compare with later."""
    quoted = sql.replace("'", "''")
    return f"COMMENT ON COLUMN {shape.table}.\"{column}\" IS '{quoted}'"


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
    if thing.sort == "codes":
        return Step(thing.what, f"CREATE CONSTRAINT TRIGGER {name} {thing.body.format(table=table)}")
    if (
        thing.sort == "exclusion"
    ):  # PostgreSQL makes none beside a table in use: the lock lasts as long as the index takes
        return Step(thing.what, f"ALTER TABLE {table} ADD CONSTRAINT {name} EXCLUDE {thing.body}", cost)
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
