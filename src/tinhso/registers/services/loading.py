"""Write a chunk of an import: each row becomes a new record, a correction of the one that has its key, or a fault."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
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
from ..models import ImportKey
from ..shape import Row, Shape
from . import bulk, change, rows
from .create import home
from .plain import Plain

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


class Loader:
    """Writes the rows of one import, in chunks. Each is one transaction of the caller's."""

    def __init__(self, of: Shape, cells: Cells, deed: rows.Deed, *, into: UUID, unit: str, day: date) -> None:
        self.of, self.cells, self.deed = of, cells, deed
        self.into, self.unit, self.day = into, unit, day
        self.plain = Plain(of, cells, deed, into=into, day=day)
        self._home = next((one for one in cells.fields if one[0].name == of.definition.unit), None)
        self._covered: dict[Place, bool] = {}

    def load(self, chunk: Sequence[FileRow], *, keep: bool) -> Told:
        """Write the rows of a chunk; with `keep` false they are written and taken back, so that the database has had
        its say. The keys that the file has had stay in either case."""
        told = Told(read=len(chunk))
        plain, lines = self._part(chunk)
        with transaction.atomic():
            told.created = self._insert_plain() if plain else 0
            if plain and not told.created:
                lines = [self.cells.read(row) for row in chunk]
            claimed = self._load(lines, told)
            if not keep:
                transaction.set_rollback(True)
        told.faults += [fault for line in lines for fault in line.faults]
        self._remember(claimed)
        if plain and len(lines) < len(chunk):
            self.plain.remember()
        return told

    def _part(self, chunk: Sequence[FileRow]) -> tuple[set[int], list[Line]]:
        """The numbers of the rows that are plain and new, which the database has staged; and the other rows, read."""
        if not self.plain.serves:
            return set(), [self.cells.read(row) for row in chunk]
        plain = self.plain.stage(chunk, [self._plain_place(row) for row in chunk])
        lines = {row.number: self.cells.read(row) for row in chunk if row.number not in plain}
        keys = (self._key(line, self._place(line)) for line in lines.values())
        again = self.plain.not_new([_digest(key) for key in keys if key is not None])
        lines |= {row.number: self.cells.read(row) for row in chunk if row.number in again}
        return plain - again, [lines[number] for number in sorted(lines)]

    def _plain_place(self, row: FileRow) -> Place | None:
        """Where a row belongs; None where that cannot be told without a fault, or is outside the actor's place."""
        stated: Any = self.cells.place(row)
        if stated is None:
            return None
        values: dict[str, Any] = {}
        if self._home and self._home[1] < len(row.cells) and (cell := row.cells[self._home[1]]) not in (None, ""):
            values[self._home[0].name] = value = self.cells.known(self._home[0], cell)
            if value is None:
                return None
        place = home(self.deed.actor, self.of, values, NewRecord(values, self.day, stated or self.unit))
        return place if self._covers(place) else None

    def _insert_plain(self) -> int:
        """Write the staged rows; 0 where the database refuses one, which is then looked for row by row."""
        try:
            with transaction.atomic():
                return self.plain.insert()
        except _REFUSALS:
            return 0

    def _load(self, lines: Sequence[Line], told: Told) -> dict[UUID, int]:
        placed = [(line, self._place(line)) for line in lines]
        keys = {line.number: key for line, place in placed if (key := self._key(line, place)) is not None}
        digests = {number: _digest(key) for number, key in keys.items()}
        first = self._met(digests.values())
        standing = self._standing(keys)
        claimed: dict[UUID, int] = {}
        fresh: list[Fresh] = []
        for line, place in placed:
            digest = digests.get(line.number)
            if digest is not None and digest in first:
                line.refuse("", _("Trùng khóa với dòng %(row)d của tệp") % {"row": first[digest]})
                continue
            found = standing.get(line.number)
            if found is None:
                values = self._new(line, place)
                if values is not None:
                    fresh.append(Fresh(line, values, place))
            else:
                self._correct(line, found, told)
            if digest is not None and not line.faults:
                first[digest] = claimed[digest] = line.number
        told.created += sum(self._insert(batch) for batch in self._batches(fresh))
        return claimed

    def _batches(self, fresh: list[Fresh]) -> Iterator[list[Fresh]]:
        """All at once; one by one where the register numbers, so that a refused row leaves no gap."""
        if self.of.definition.numbering:
            yield from ([one] for one in fresh)
        elif fresh:
            yield fresh

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

    def _met(self, digests: Iterable[UUID]) -> dict[UUID, int]:
        """The rows of earlier chunks that had these keys."""
        found = ImportKey.objects.filter(of=self.into, key__in=list(digests)) if digests else ()
        return {one.key: one.row for one in found}

    def _remember(self, claimed: dict[UUID, int]) -> None:
        ImportKey.objects.bulk_create(
            [ImportKey(of_id=self.into, key=key, row=number) for key, number in claimed.items()], batch_size=10_000
        )

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

    def _correct(self, line: Line, found: Row, told: Told) -> None:
        """Give the standing record what the file says of it; fields that the file does not have stay."""
        if not self._covers((found.unit, found.unit_on)):
            line.refuse("", _("Dòng này thuộc đơn vị khác, không phải đơn vị của Ông/Bà"))
        if found.valid_until is not None and found.valid_until <= timezone.localdate():
            line.refuse("", _("Bản ghi có khóa này đã kết thúc; xin khôi phục trước khi sửa"))
        if line.faults:
            return
        was = change.Locked(found.revision, (found.valid_from, found.valid_until), found.unit, dict(found.values))
        if self.of.secret:
            secrets = rows.open_secrets(self.of, found.id, found.revision)
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
                for one in batch:
                    self._number(one)
                new = [NewRecord(one.values, self.day, *one.place, id=uuid7()) for one in batch]
                bulk.copy_in(self.of, new, self.deed)
            return len(batch)
        except (*_REFUSALS, Invalid) as error:
            if len(batch) == 1:
                self._refuse(batch[0].line, error if isinstance(error, Invalid) else rows.refused(error, self.of))
                return 0
        middle = len(batch) // 2
        return self._insert(batch[:middle]) + self._insert(batch[middle:])

    def _number(self, one: Fresh) -> None:
        numbering = self.of.definition.numbering
        if numbering:
            one.values[numbering.field] = one.line.values.get(numbering.field)
            rows.next_number(self.of, one.place[0], one.values)

    def _refuse(self, line: Line, problem: Problem) -> None:
        if isinstance(problem, Invalid):
            line.refuse_all(problem)
        else:
            line.refuse("", problem.detail or problem.title)


def _digest(key: tuple[Any, ...]) -> UUID:
    """The same digest of a key that plain.py has PostgreSQL compute."""
    text = "\x1f".join(map(_key_text, key))
    return UUID(bytes=hashlib.md5(text.encode(), usedforsecurity=False).digest())


def _key_text(part: Any) -> str:
    if isinstance(part, bool):
        return str(part).lower()
    if isinstance(part, Decimal):
        return f"{part.normalize():f}"
    return str(part)
