"""Write a chunk of an import: each row becomes a new record, a correction of the one that has its key, or a fault."""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

import psycopg
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid, Problem
from tinhso.kernel.ids import uuid7

from .. import policy
from ..contracts import NewRecord
from ..files import FileRow
from ..imports.cells import Cells, Fault, Line
from ..imports.lanes import key_text
from ..shape import Row, Shape
from . import bulk, change, claiming, rows
from .create import home
from .plain import Chunk, Plain

Place = tuple[str, date]
_REFUSALS = (IntegrityError, psycopg.IntegrityError)


@dataclass(slots=True)
class Told:
    """What a chunk came to."""

    read: int = 0
    created: int = 0
    updated: int = 0
    unchanged: int = 0
    faults: list[Fault] = field(default_factory=list)

    @property
    def refused(self) -> int:
        return len({fault.row for fault in self.faults})


@dataclass(frozen=True, slots=True)
class Fresh:
    """A row that becomes a new record."""

    line: Line
    values: dict[str, Any]
    place: Place
    id: UUID


class Loader:
    """Writes the rows of one import, in chunks. Each is one transaction of the caller's."""

    def __init__(self, of: Shape, cells: Cells, deed: rows.Deed, *, into: UUID, unit: str, day: date) -> None:
        self.of, self.cells, self.deed = of, cells, deed
        self.into, self.unit, self.day = into, unit, day
        self.plain = Plain(of, cells, deed, into=into, unit=unit, day=day)
        self._covered: dict[Place, bool] = {}
        self._named_by = next((name for name in of.definition.key if name in of.fields), "")

    def chunk(self, rows: Sequence[FileRow]) -> Chunk:
        """Rows made ready for `load`, without the database: this may be done in another thread."""
        return self.plain.chunk(rows)

    def load(self, chunk: Chunk, *, keep: bool) -> Told:
        """Write the rows of a chunk; with `keep` false they are written and taken back, so that the database has had
        its say. What the rows have claimed stays in either case."""
        told = Told(read=len(chunk.rows))
        claims = claiming.Written(self.into) if keep else claiming.Tried(self.into)
        plain, lines = self._part(chunk, claims)
        with transaction.atomic():
            written = self._write_plain(plain, told) if plain else set()
            left = plain - written
            lines += [self.cells.read(row) for row in chunk.rows if row.number in left] if left else []
            claimed = self._load(sorted(lines, key=lambda line: line.number), told, claims)
            if not keep:
                transaction.set_rollback(True)
        told.faults += [fault for line in lines for fault in line.faults]
        told.faults.sort(key=lambda fault: fault.row)
        claims.note(claimed)
        if written:
            self.plain.leave(left)
            self.plain.note(claims)
        return told

    def _part(self, chunk: Chunk, claims: claiming.Claims) -> tuple[set[int], list[Line]]:
        """The numbers of the rows that the database has staged as a set; and the other rows, read."""
        if not self.plain.serves:
            return set(), [self.cells.read(row) for row in chunk.rows]
        ready = self.plain.read(chunk)
        plain = set(ready.numbers)
        lines = [self.cells.read(row) for row in chunk.rows if row.number not in plain]
        digests = Counter(ready.digests)
        digests.update(_digest(key).hex for line in lines if (key := self._key(line, self._place(line))) is not None)
        twice = {digest for digest, count in digests.items() if count > 1 and digest}
        if twice:
            ready = ready.but(lambda n, known=ready.digests: known[n] in twice)
        self.plain.stage(ready)
        whole = set(ready.numbers) - self.plain.match(claims)
        left = plain - whole
        return whole, lines + [self.cells.read(row) for row in chunk.rows if row.number in left] if left else lines

    def _write_plain(self, plain: set[int], told: Told) -> set[int]:
        """Write the staged rows; returns the numbers of those that were. Where the database refuses one, the others go
        without those that it may have meant; where that does not help, none go."""
        try:
            with transaction.atomic():
                return self._wrote(told, plain)
        except _REFUSALS:
            suspects = self.plain.suspects()
        if not suspects or suspects >= plain:
            return set()
        try:
            with transaction.atomic():
                self.plain.leave(suspects)
                return self._wrote(told, plain - suspects)
        except _REFUSALS:
            return set()

    def _wrote(self, told: Told, plain: set[int]) -> set[int]:
        written = self.plain.write()
        told.created += written.created
        told.updated += written.updated
        told.unchanged += written.unchanged
        return plain

    def _load(self, lines: Sequence[Line], told: Told, claims: claiming.Claims) -> dict[UUID, int]:
        """Write rows one by one, new ones together; returns what they claim."""
        placed = [(line, self._place(line)) for line in lines]
        keys = {line.number: key for line, place in placed if (key := self._key(line, place)) is not None}
        digests = {number: _digest(key) for number, key in keys.items()}
        standing = self._standing(keys)
        claimed = {n: claims.of(digests[n], standing[n].id if n in standing else None) for n in digests}
        met = claims.met(claimed.values())
        secrets = rows.secrets_of_many(self.of, [(one.id, one.revision) for one in standing.values()])
        first: dict[UUID, int] = {}
        fresh: list[Fresh] = []
        for line, place in placed:
            digest = digests.get(line.number)
            if digest is not None and (row := first.get(digest) or met.get(claimed[line.number] or digest)):
                line.refuse(self._named_by, _("Trùng khóa với dòng %(row)d của tệp") % {"row": row})
                continue
            found = standing.get(line.number)
            if found is None:
                values = self._new(line, place)
                if values is not None:
                    fresh.append(one := Fresh(line, values, place, uuid7()))
                    if digest is not None:
                        claimed[line.number] = claims.of(digest, one.id)
            else:
                self._correct(line, found, told, secrets)
            if digest is not None and not line.faults:
                first[digest] = line.number
        told.created += self._insert(fresh) if fresh else 0
        return {
            claim: line.number for line in lines if not line.faults and (claim := claimed.get(line.number)) is not None
        }

    def _place(self, line: Line) -> Place:
        new = NewRecord(line.values, self.day, line.unit or self.unit)
        return home(self.deed.actor, self.of, line.values, new)

    def _covers(self, place: Place) -> bool:
        if place not in self._covered:
            self._covered[place] = policy.covers(self.deed.actor, *place)
        return self._covered[place]

    def _key(self, line: Line, place: Place) -> tuple[Any, ...] | None:
        """The natural key as the table has it; None where the register has none or a part is empty."""
        found: list[Any] = []
        for name in self.of.definition.key:
            one = self.of.fields.get(name)
            value = place[0] if one is None else line.values.get(name)
            if value is None or value == "":
                return None
            found.append(value if one is None else one.kind.to_sql(value))
        return tuple(found) or None

    def _standing(self, keys: dict[int, tuple[Any, ...]]) -> dict[int, Row]:
        """The records that have these keys, by row of the file, locked."""
        if not keys:
            return {}
        names = self.of.definition.key
        fields = [self.of.fields.get(name) for name in names]
        types = ["text" if one is None else one.kind.column(one.options).sql for one in fields]
        arrays = ", ".join(["%s::bigint[]", *(f"%s::{sql}[]" for sql in types)])
        heads = ", ".join(["n", *(f"k{at}" for at in range(len(names)))])
        same = " AND ".join(f't."{name}" = k.k{at}' for at, name in enumerate(names))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT k.n, {self.of.select} FROM unnest({arrays}) AS k({heads})"  # noqa: S608  our own names
                f" JOIN {self.of.table} t ON {same} ORDER BY t.id FOR UPDATE OF t",
                [list(keys), *(list(column) for column in zip(*keys.values(), strict=True))],
            )
            return {row[0]: self.of.row(row[1:]) for row in cursor.fetchall()}

    def _new(self, line: Line, place: Place) -> dict[str, Any] | None:
        """The values of a new record; None, with the faults noted, where it may not be one."""
        if not self._covers(place):
            line.refuse(self.of.definition.unit or "", _("Dòng này thuộc đơn vị khác, không phải đơn vị của Ông/Bà"))
        try:
            values = self.of.check(line.values, trusted=True)
        except Invalid as error:
            line.refuse_all(error)
            return None
        return None if line.faults else values

    def _correct(self, line: Line, found: Row, told: Told, found_secrets: Mapping[UUID, dict[str, Any]]) -> None:
        """Give the standing record what the file says of it; fields that the file does not have stay."""
        if not self._covers((found.unit, found.unit_on)):
            line.refuse("", _("Dòng này thuộc đơn vị khác, không phải đơn vị của Ông/Bà"))
        if found.valid_until is not None and found.valid_until <= timezone.localdate():
            line.refuse("", _("Bản ghi có khóa này đã kết thúc; xin khôi phục trước khi sửa"))
        if line.faults:
            return
        was = change.Locked(found.revision, (found.valid_from, found.valid_until), found.unit, dict(found.values))
        if self.of.secret:
            secrets = found_secrets.get(found.id, {})
            was.values.update(
                (one.name, None if (v := secrets.get(one.name)) is None else one.kind.from_json(v))
                for one in self.of.secret
            )
        try:
            now = self.of.check(was.values | line.values, trusted=True)
        except Invalid as error:
            line.refuse_all(error)
            return
        if now == was.values:
            told.unchanged += 1
            return
        deed = rows.Deed(self.deed.actor, "update", self.deed.why, None)
        try:
            with transaction.atomic():
                change.write_next(self.of, found.id, was, change.Next(now, was.valid), deed)
            told.updated += 1
        except _REFUSALS as error:
            self._refuse(line, rows.refused(error, self.of))

    def _insert(self, batch: list[Fresh]) -> int:
        """Write new records; where the database refuses one, look for it by halves. Returns how many were written."""
        try:
            with transaction.atomic():
                self._number(batch)
                new = [NewRecord(one.values, self.day, *one.place, id=one.id) for one in batch]
                bulk.copy_in(self.of, new, self.deed)
            return len(batch)
        except (*_REFUSALS, Invalid) as error:
            if len(batch) == 1:
                self._refuse(batch[0].line, error if isinstance(error, Invalid) else rows.refused(error, self.of))
                return 0
        middle = len(batch) // 2
        return self._insert(batch[:middle]) + self._insert(batch[middle:])

    def _number(self, batch: list[Fresh]) -> None:
        numbering = self.of.definition.numbering
        if numbering:
            for one in batch:
                one.values[numbering.field] = one.line.values.get(numbering.field)
            rows.next_numbers(self.of, [(one.place[0], one.values) for one in batch])

    def _refuse(self, line: Line, problem: Problem) -> None:
        if isinstance(problem, Invalid):
            line.refuse_all(problem)
        else:
            line.refuse("", problem.detail or problem.title)


def _digest(key: tuple[Any, ...]) -> UUID:
    """The same digest of a key that plain.py makes of its lanes."""
    text = "\x1f".join(map(key_text, key))
    return UUID(bytes=hashlib.md5(text.encode(), usedforsecurity=False).digest())
