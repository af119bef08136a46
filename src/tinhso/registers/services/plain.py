"""The plain rows of an import, written by PostgreSQL as a set: lanes read their cells a column at a time
(imports/lanes.py), one COPY brings them to a temporary table, and a statement each writes new records, corrections and
versions. Rows with an odd cell, a key that the file has twice, or a record that needs a closer look go row by row
(loading.py)."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import partial
from hashlib import md5
from itertools import compress, repeat
from typing import Any
from uuid import UUID

from django.db import connection

from tinhso.kernel.errors import Problem
from tinhso.kernel.ids import uuid7s

from .. import policy
from ..contracts import NewRecord
from ..files import FileRow
from ..imports.ahead import give_way
from ..imports.cells import Cells, point
from ..imports.lanes import NULL, Column, Lane, escape
from ..shape import Shape
from . import rows, suspects
from .claiming import Claims
from .create import home
from .standing import Standing

Place = tuple[str, date]


@dataclass(frozen=True, slots=True)
class Chunk:
    """Rows that are written in one transaction; by column, and what the lanes that ask nobody made of them."""

    rows: Sequence[FileRow]
    columns: list[tuple[Any, ...]] = field(default_factory=list)
    made: list[Column | None] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Ready:
    """The plain rows of a chunk by column: their numbers in the file, the digests of their keys ("" where one has
    none), and their lines of the COPY."""

    numbers: Sequence[int]
    digests: Sequence[str]
    lines: Sequence[str]

    def but(self, wrong: Callable[[int], bool]) -> "Ready":
        """Without the rows whose place among these is `wrong`."""
        right = [not wrong(n) for n in range(len(self.numbers))]
        return Ready(
            list(compress(self.numbers, right)), list(compress(self.digests, right)), list(compress(self.lines, right))
        )


@dataclass(frozen=True, slots=True)
class Written:
    """How many of the staged rows became new records, changed one, or said what is known."""

    created: int
    updated: int
    unchanged: int


class Plain:
    """The set-based way of one import. The rows of a chunk stand in temporary tables from `stage` on, until the next
    chunk or the end of the transaction; the tables are emptied and not dropped, because an import of all or nothing is
    one transaction, and each dropped table would hold its locks to the end."""

    def __init__(self, of: Shape, cells: Cells, deed: rows.Deed, *, into: UUID, unit: str, day: date) -> None:
        self.of, self.cells, self.deed, self.into, self.unit, self.day = of, cells, deed, into, unit, day
        key = of.definition.key
        self.lanes: list[tuple[Lane, tuple[int, ...]]] = [
            (Lane(one, partial(cells.value, one), rows.dumps, keyed=one.name in key, foresee=cells.foresee(one)), (at,))
            for one, at in cells.fields
            if one.name not in {point.name for point, *_at in cells.points}
        ]
        self.lanes += [(Lane(one, partial(point, one), rows.dumps), (lat, lon)) for one, lat, lon in cells.points]
        self.names = [lane.field.name for lane, _at in self.lanes]
        self.staged = f"import_rows_{into.hex}"
        self.standing = Standing(of, deed, self.staged, frozenset(self.names), f"import_found_{into.hex}")
        self._home = next((at for one, at in cells.fields if one.name == of.definition.unit), None)
        self._places: dict[tuple[Any, Any], str | None] = {}

    @property
    def serves(self) -> bool:
        """Whether rows can be written as a set at all: no envelopes and no numbers have to be made, and the file has
        the key."""
        of, key = self.of, self.of.definition.key
        named = all(name in self.names or name not in of.fields for name in key)
        return bool(self.names) and named and not of.secret and not of.definition.numbering

    @property
    def creates(self) -> bool:
        """Whether the file has every field that a new record must have."""
        return all(one.spec.optional or one.name in self.names for one in self.of.stored)

    def chunk(self, rows: Sequence[FileRow]) -> Chunk:
        """Rows by column, as far as they can be read without the database: this may be done in another thread."""
        if not self.serves:
            return Chunk(rows)
        columns, count = _columns(rows), len(rows)
        made: list[Column | None] = []
        for lane, at in self.lanes:
            made.append(lane.column(self._cells(columns, at, count)) if lane.is_alone else None)
            give_way()
        return Chunk(rows, columns, made)

    def read(self, chunk: Chunk) -> Ready:
        """The rows of a chunk that are plain in every cell and belong to the actor's place."""
        count, columns = len(chunk.rows), chunk.columns
        places = self._placed(columns, count)
        made = [
            column or lane.column(self._cells(columns, at, count))
            for column, (lane, at) in zip(chunk.made, self.lanes, strict=True)
        ]
        digests = self._digests(made, places, count)
        kept = ["{" + ",".join(filter(None, parts)) + "}" for parts in zip(*(c.kept for c in made), strict=True)]
        numbers = [row.number for row in chunk.rows]
        texts = [*(c.texts for c in made), places]
        odd = {n for column in texts if None in column for n, text in enumerate(column) if text is None}
        if odd:
            texts = [[text or "" for text in column] if None in column else column for column in texts]
        lines = map(
            "\t".join,
            zip(map(str, numbers), uuid7s(count), [d or NULL for d in digests], kept, texts.pop(), *texts, strict=True),
        )
        ready = Ready(numbers, digests, list(lines))
        return ready.but(odd.__contains__) if odd else ready

    def stage(self, ready: Ready) -> None:
        """Bring rows to the database."""
        names = "".join(f', "{name}"' for name in self.names)
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS {self.staged} ON COMMIT DROP AS"  # noqa: S608  our own names
                " SELECT NULL::bigint AS _n, NULL::uuid AS _digest, NULL::jsonb AS _kept,"
                f" id, unit, unit_on{names} FROM {self.of.table} WITH NO DATA; TRUNCATE {self.staged}"
            )
            with cursor.copy(f"COPY {self.staged} (_n, id, _digest, _kept, unit, unit_on{names}) FROM STDIN") as copy:
                for at in range(0, len(ready.lines), 1_000):
                    copy.write("\n".join([*ready.lines[at : at + 1_000], ""]))

    def leave(self, numbers: Collection[int]) -> None:
        """Take rows away again, which will go row by row."""
        if numbers:
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {self.staged} WHERE _n = ANY(%s)", [list(numbers)])  # noqa: S608
                self.standing.leave(numbers)

    def match(self, claims: Claims) -> set[int]:
        """Find the records that have the keys of staged rows, and lock those that will change; returns the numbers of
        the rows that have to be looked at one by one, which are staged no more."""
        if not self.of.definition.key:
            odd = set() if self.creates else self._all()
        else:
            odd = self.standing.find()
            odd |= claims.met_staged(self.staged, self.standing.beside)
            odd |= set() if self.creates else self.standing.without()
        self.leave(odd)
        return odd

    def write(self) -> Written:
        """Write the rows that are left, each with its version. Raises IntegrityError."""
        same, differing = self.standing.counts()
        return Written(self._insert(fresh_only=bool(same or differing)), self.standing.correct(differing), same)

    def suspects(self) -> set[int]:
        """After a refusal: the numbers of the rows that the database may have meant."""
        return suspects.among(self.of, self.staged, self.standing.beside, self.names, self.day)

    def note(self, claims: Claims) -> None:
        """Note what the rows that are left claim."""
        if self.of.definition.key:
            claims.note_staged(self.staged, self.standing.beside)

    def _insert(self, *, fresh_only: bool) -> int:
        names = "".join(f', "{name}"' for name in self.names)
        fresh = f"{self.staged} p"
        if fresh_only:
            fresh += f" WHERE NOT EXISTS (SELECT FROM {self.standing.table} f WHERE f._n = p._n)"
        stamp = rows.dumps(self.deed.actor.stamp())
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {self.of.table} (id, revision, valid_from, unit, unit_on{names})"  # noqa: S608
                f" SELECT id, 1, %s, unit, unit_on{names} FROM {fresh}",
                [self.day],
            )
            cursor.execute(
                "INSERT INTO record_version"  # noqa: S608  our own names
                " (record, revision, register, definition, change, values, valid, actor, why)"
                f" SELECT id, 1, %s, %s, %s, _kept, daterange(%s, NULL), %s::jsonb, %s FROM {fresh}",
                [self.of.register, self.of.version, self.deed.change, self.day, stamp, self.deed.why],
            )
            return cursor.rowcount

    def _all(self) -> set[int]:
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT _n FROM {self.staged}")  # noqa: S608  our own name
            return {number for (number,) in cursor}

    @staticmethod
    def _cells(columns: list[tuple[Any, ...]], at: tuple[int, ...], count: int) -> Sequence[Any]:
        """The cells of a lane; of a point, pairs, or None where both are empty."""
        parts = [columns[n] if n < len(columns) else (None,) * count for n in at]
        if len(parts) == 1:
            return parts[0]
        pairs = zip(*parts, strict=True)
        return [None if all(part is None or part == "" for part in pair) else pair for pair in pairs]

    def _placed(self, columns: list[tuple[Any, ...]], count: int) -> list[str | None]:
        """Where each row belongs, as two columns of the COPY; None where that cannot be told without a fault, or is
        outside the actor's place."""
        nowhere: tuple[Any, ...] = (None,) * count
        homes, stated = (
            columns[at] if at is not None and at < len(columns) else nowhere for at in (self._home, self.cells.unit)
        )
        pairs = list(zip(homes, stated, strict=True))
        for pair in set(pairs).difference(self._places):
            self._places[pair] = self._place(*pair)
        found = list(map(self._places.__getitem__, pairs))
        self._places = {pair: place for pair, place in self._places.items() if place}
        return found

    def _place(self, at_home: Any, stated: Any) -> str | None:
        place = self.cells.place_of(stated)
        if place is None:
            return None
        values: dict[str, Any] = {}
        if at_home not in (None, ""):
            one = self.of.fields[self.of.definition.unit or ""]
            try:
                values[one.name] = self.cells.value(one, at_home)
            except (Problem, TypeError, ValueError, AttributeError, KeyError):
                return None
        unit, on = home(self.deed.actor, self.of, values, NewRecord(values, self.day, place or self.unit))
        return f"{escape(unit)}\t{on}" if policy.covers(self.deed.actor, unit, on) else None

    def _digests(self, made: list[Column], places: list[str | None], count: int) -> list[str]:
        key = self.of.definition.key
        if not key:
            return [""] * count
        parts = [
            made[self.names.index(name)].keys
            if name in self.of.fields
            else [place.partition("\t")[0] if place else "" for place in places]
            for name in key
        ]
        return [
            md5("\x1f".join(texts).encode(), usedforsecurity=False).hexdigest() if all(texts) else ""
            for texts in zip(*parts, strict=True)
        ]


def _columns(chunk: Sequence[FileRow]) -> list[tuple[Any, ...]]:
    """The cells by column; a short row has None where it ends."""
    cells = [row.cells for row in chunk]
    width = max(map(len, cells))
    if min(map(len, cells)) < width:
        cells = [(*one, *repeat(None, width - len(one))) for one in cells]
    return list(zip(*cells, strict=True))
