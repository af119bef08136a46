"""The plain rows of an import, written by PostgreSQL as a set: cells are copied as text, read by lanes
(imports/lanes.py), and inserted with their versions. What is not plain in every cell, or not new, goes row by row
(loading.py)."""

import time
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from ..files import FileRow
from ..imports.cells import Cells
from ..imports.lanes import Lane, lane
from ..shape import LOOKED_UP, Field, Shape
from . import rows

_NUMBERS = frozenset({"text", "integer", "money", "decimal"})
_PLACE = Lane("true", "{c}", "to_jsonb({c})")
_ID = Lane("true", "{c}::uuid", "to_jsonb({c})")
_NAMED = {"unit": _PLACE, "agency": _ID, "reference": _ID, "person": _ID}
_PAIRS = 40
"""Fields a call of jsonb_build_object; a function takes at most 100 arguments."""


class Plain:
    """The set-based way of one import. The rows of a chunk stand in temporary tables from `stage` on, until the next
    chunk or the end of the transaction; the tables are emptied and not dropped, because an import of all or nothing is
    one transaction, and each dropped table would hold its locks to the end."""

    def __init__(self, of: Shape, cells: Cells, deed: rows.Deed, *, into: UUID, day: date) -> None:
        self.of, self.cells, self.deed, self.into, self.day = of, cells, deed, into, day
        found = [(one, at, _NAMED.get(one.spec.type) or lane(one, day)) for one, at in cells.fields]
        self.others = [at for _one, at, way in found if way is None]
        self.columns = [(one, at) for one, at, way in found if way]
        self.ways = [way.of(f"c{n}") for n, way in enumerate(way for *_rest, way in found if way)]
        self.staged, self.table = f"import_cells_{into.hex}", f"import_plain_{into.hex}"
        self._query = self._reading()

    @property
    def serves(self) -> bool:
        """Whether rows can be written as a set at all: no envelopes, no numbers and no points of two columns have to be
        made, and a lane reads every field that a record must have."""
        read = {one.name for one, _at in self.columns}
        needed = {one.name for one in self.of.stored if not one.spec.optional}
        made = self.of.secret or self.of.definition.numbering or self.cells.points
        return bool(read) and needed <= read and not made

    def stage(self, chunk: Sequence[FileRow], places: Sequence[tuple[str, date] | None]) -> set[int]:
        """Bring the rows that look plain to the database; returns the numbers of those that are plain in every cell.
        `places` has None for a row whose place is not the actor's."""
        looking_plain = [  # before the COPY: what a cell names is looked up on the same connection
            [row.number, *place, *texts]
            for row, place in zip(chunk, places, strict=True)
            if place is not None and (texts := self._texts(row)) is not None
        ]
        names = [f"c{n}" for n in range(len(self.columns))]
        columns = ", ".join(f"{name} text" for name in names)
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS {self.staged} (n bigint, unit text, unit_on date, {columns})"
                f" ON COMMIT DROP; CREATE TEMP TABLE IF NOT EXISTS {self.table} ON COMMIT DROP AS {self._query}"
                f" WITH NO DATA; TRUNCATE {self.staged}, {self.table}",
                [0],
            )
            with cursor.copy(f"COPY {self.staged} (n, unit, unit_on, {', '.join(names)}) FROM STDIN") as copy:
                for line in looking_plain:
                    copy.write_row(line)
            cursor.execute(f"INSERT INTO {self.table} {self._query}", [time.time_ns() // 1_000_000])
            cursor.execute(f"SELECT n FROM {self.table}")  # noqa: S608  our own names
            return {number for (number,) in cursor}

    def not_new(self, others: Collection[UUID]) -> set[int]:
        """Take away the rows whose key stands in the register, was in the file before, is there twice or is among
        `others`; returns their numbers."""
        if not self.of.definition.key:
            return set()
        same = " AND ".join(f't."{name}" = p.{self._column(name)}' for name in self.of.definition.key)
        with connection.cursor() as cursor:
            cursor.execute(f"ANALYZE {self.table}")
            cursor.execute(
                f"DELETE FROM {self.table} p WHERE p.digest = ANY(%s)"  # noqa: S608  our own names
                " OR EXISTS (SELECT FROM registers_importkey k WHERE k.of_id = %s AND k.key = p.digest)"
                f" OR p.digest IN (SELECT digest FROM {self.table} GROUP BY digest HAVING count(*) > 1)"
                f" OR EXISTS (SELECT FROM {self.of.table} t WHERE {same}) RETURNING n",
                [list(others), self.into],
            )
            return {number for (number,) in cursor}

    def insert(self) -> int:
        """Write the rows that are left, each with its first version; returns how many. Raises IntegrityError."""
        names = ", ".join(f'"{one.name}"' for one, _at in self.columns)
        values = ", ".join(f"v{n}" for n in range(len(self.columns)))
        stamp = rows.dumps(self.deed.actor.stamp())
        with connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {self.of.table} (id, revision, valid_from, unit, unit_on, {names})"  # noqa: S608
                f" SELECT id, 1, %s, unit, unit_on, {values} FROM {self.table} ORDER BY id",
                [self.day],
            )
            cursor.execute(
                "INSERT INTO record_version"  # noqa: S608  our own names
                " (record, revision, register, definition, change, values, valid, actor, why)"
                f" SELECT id, 1, %s, %s, %s, kept, daterange(%s, NULL), %s::jsonb, %s FROM {self.table} ORDER BY id",
                [self.of.register, self.of.version, self.deed.change, self.day, stamp, self.deed.why],
            )
            return cursor.rowcount

    def remember(self) -> None:
        """Note the keys of the rows that were written."""
        if self.of.definition.key:
            with connection.cursor() as cursor:
                cursor.execute(
                    f"INSERT INTO registers_importkey (of_id, key, row) SELECT %s, digest, n FROM {self.table}",  # noqa: S608
                    [self.into],
                )

    def _texts(self, row: FileRow) -> list[str | None] | None:
        """The cells as the text that lanes read; None where one is of a kind that they do not know."""
        cells, width = row.cells, len(row.cells)
        if any(at < width and cells[at] not in (None, "") for at in self.others):
            return None
        found: list[str | None] = []
        for one, at in self.columns:
            cell = cells[at] if at < width else None
            if cell is None or cell == "":
                if not one.spec.optional:
                    return None
                found.append(None)
                continue
            text = self._named(one, cell) if one.spec.type in LOOKED_UP else _text(one, cell)
            if text is None:
                return None
            found.append(text)
        return found

    def _named(self, one: Field, cell: Any) -> str | None:
        value = self.cells.known(one, cell)
        return None if value is None else str(value)

    def _column(self, name: str) -> str:
        """The column of `table` that holds a field of the natural key; its place is one."""
        at = next((n for n, (one, _at) in enumerate(self.columns) if one.name == name), None)
        return "unit" if name not in self.of.fields else "NULL" if at is None else f"v{at}"

    def _reading(self) -> str:
        """Reads the staged cells; one parameter, the milliseconds of the first id."""
        ways = list(enumerate(self.ways))
        accepted = " AND ".join(f"(c{n} IS NULL OR {way.accepts})" for n, way in ways) or "true"
        values = ", ".join(f"CASE WHEN c{n} IS NOT NULL THEN {way.value} END AS v{n}" for n, way in ways)
        pairs = [f"'{self.columns[n][0].name}', CASE WHEN c{n} IS NOT NULL THEN {way.json} END" for n, way in ways]
        kept = " || ".join(
            f"jsonb_build_object({', '.join(pairs[at : at + _PAIRS])})" for at in range(0, len(pairs), _PAIRS)
        )
        parts = []
        for name in self.of.definition.key:
            number = name in self.of.fields and self.of.fields[name].spec.type == "decimal"
            parts.append(f"trim_scale({self._column(name)})::text" if number else f"{self._column(name)}::text")
        digest = f"md5(concat_ws(E'\\x1f', {', '.join(parts)}))::uuid" if parts else "NULL::uuid"
        tick = "(m.ms + m.rank / 4096) << 16 | 7 << 12 | m.rank % 4096"
        read = (
            f"SELECT n, unit, unit_on, {values}, jsonb_strip_nulls({kept}) AS kept FROM"  # noqa: S608  our own names
            f" (SELECT * FROM {self.staged} WHERE {accepted} OFFSET 0) plain"
        )
        head = (
            f"SELECT m.*, {digest} AS digest, encode(overlay(uuid_send(gen_random_uuid()) placing int8send({tick})"  # noqa: S608
            f" from 1 for 8), 'hex')::uuid AS id FROM (SELECT r.*, "
        )
        return (
            f"{_escaped(head)}%s::bigint AS ms, row_number() OVER (ORDER BY n) - 1 AS rank FROM ({_escaped(read)}) r) m"
        )


def _escaped(sql: str) -> str:
    """SQL that is no template: what stands in it for a parameter is a sign."""
    return sql.replace("%", "%%")


def _text(one: Field, cell: Any) -> str | None:
    """A cell as the text that its lane reads with the value that the type gives the cell; None where it may not."""
    if isinstance(cell, str):
        return None if "\0" in cell else cell
    if one.spec.type in _NUMBERS and not isinstance(cell, bool):
        if isinstance(cell, int):
            return str(cell)
        if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
            return str(int(cell))
    return cell.isoformat() if one.spec.type == "date" and type(cell) is date else None
