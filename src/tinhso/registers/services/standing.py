"""The records that staged rows of an import speak of: found by their keys, compared and corrected as a set."""

from collections.abc import Collection
from typing import Any

from django.db import connection
from django.utils import timezone

from tinhso.kernel.errors import Invalid

from .. import policy
from ..shape import LOOKED_UP, Field, Shape
from . import rows


class Standing:
    """A temporary table beside the staged rows: for each row the record that has its key, and whether they say the
    same. `named` are the fields that the file has; what the record says in the others stays, and has to be allowed
    still."""

    def __init__(self, of: Shape, deed: rows.Deed, staged: str, named: frozenset[str], table: str) -> None:
        self.of, self.deed, self.staged, self.table = of, deed, staged, table
        self.named = [one.name for one in of.stored if one.name in named]
        self.others = [one for one in of.stored if one.name not in named]
        self._covered: dict[tuple[Any, Any], bool] = {}
        self._known: dict[tuple[str, Any], str | None] = {}
        self._there = False

    @property
    def beside(self) -> str:
        """The table of found records, or an empty one like it where none were looked for."""
        empty = "(SELECT NULL::bigint AS _n, NULL::uuid AS id, NULL::date AS valid_from, NULL::date AS valid_until)"
        return self.table if self._there else empty

    def find(self) -> set[int]:
        """Find the records of the staged rows, and lock those that differ, in the order of their ids. Returns the
        numbers of rows whose record has ended, belongs elsewhere, has a past, has changed under our hands, or says in
        another field what is not allowed."""
        key = self.of.definition.key
        same = " AND ".join(f't."{name}" = p."{name}"' for name in key)
        alike = " AND ".join(
            f't."{name}" IS NOT DISTINCT FROM p."{name}"' for name in self.named if name not in key
        )  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TEMP TABLE IF NOT EXISTS {self.table} (_n bigint, id uuid, revision int, valid_from date,"
                " valid_until date, unit text, unit_on date, same boolean, rest jsonb) ON COMMIT DROP;"
                f" TRUNCATE {self.table}"
            )
            # LATERAL and LIMIT: one look into the index a row, however large the register is and whatever PostgreSQL
            # believes of a table that grows under it.
            cursor.execute(
                f"INSERT INTO {self.table} SELECT p._n, s.* FROM {self.staged} p CROSS JOIN LATERAL"  # noqa: S608
                f" (SELECT t.id, t.revision, t.valid_from, t.valid_until, t.unit, t.unit_on, {alike or 'true'}"
                f" FROM {self.of.table} t WHERE {same} LIMIT 1) s"
            )
            self._there = cursor.rowcount > 0
            if not self._there:
                return set()
            odd = self._elsewhere() | self._spoken_for()
            cursor.execute(
                f"SELECT t.revision = f.revision, f._n FROM {self.of.table} t JOIN {self.table} f ON f.id = t.id"  # noqa: S608
                " WHERE NOT f.same ORDER BY t.id FOR UPDATE OF t"
            )
            return odd | {number for unmoved, number in cursor if not unmoved}

    def without(self) -> set[int]:
        """The numbers of the staged rows that have no record."""
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT _n FROM {self.staged} p"  # noqa: S608  our own names
                f" WHERE NOT EXISTS (SELECT FROM {self.table} f WHERE f._n = p._n)"
            )
            return {number for (number,) in cursor}

    def leave(self, numbers: Collection[int]) -> None:
        if self._there:
            with connection.cursor() as cursor:
                cursor.execute(f"DELETE FROM {self.table} WHERE _n = ANY(%s)", [list(numbers)])  # noqa: S608

    def counts(self) -> tuple[int, int]:
        """How many rows say what their records say, and how many do not."""
        if not self._there:
            return 0, 0
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT count(*) FILTER (WHERE same), count(*) FILTER (WHERE NOT same) FROM {self.table}")  # noqa: S608
            return cursor.fetchone()

    def correct(self, expected: int) -> int:
        """Write what differs, each record with its next version; returns how many. Raises IntegrityError."""
        if not expected:
            return 0
        sets = ", ".join(f'"{name}" = p."{name}"' for name in self.named if name not in self.of.definition.key)
        stamp = rows.dumps(self.deed.actor.stamp())
        with connection.cursor() as cursor:
            cursor.execute(
                f"WITH done AS (UPDATE {self.of.table} t SET revision = f.revision + 1, updated_at = now(), {sets}"  # noqa: S608
                f" FROM {self.table} f JOIN {self.staged} p USING (_n) WHERE t.id = f.id AND NOT f.same"
                " RETURNING t.id, t.revision, t.valid_from, t.valid_until, coalesce(f.rest, '{}') || p._kept AS kept)"
                " INSERT INTO record_version"
                " (record, revision, register, definition, change, values, valid, actor, why)"
                " SELECT id, revision, %s, %s, 'update', kept, daterange(valid_from, valid_until), %s::jsonb, %s"
                " FROM done",
                [self.of.register, self.of.version, stamp, self.deed.why],
            )
            return cursor.rowcount

    def _elsewhere(self) -> set[int]:
        """The rows whose record is not the actor's to change, or not to be changed in this simple way."""
        with connection.cursor() as cursor:
            cursor.execute(f"SELECT DISTINCT unit, unit_on FROM {self.table}")  # noqa: S608  our own name
            places = cursor.fetchall()
            for place in places:
                if place not in self._covered:
                    self._covered[place] = policy.covers(self.deed.actor, *place)
            others = [place for place in places if not self._covered[place]]
            cursor.execute(
                f"SELECT f._n FROM {self.table} f WHERE f.valid_until <= %s"  # noqa: S608
                " OR (f.unit, f.unit_on) IN (SELECT * FROM unnest(%s::text[], %s::date[]))"
                " OR (NOT f.same AND EXISTS (SELECT FROM registers_period r WHERE r.record = f.id))",
                [timezone.localdate(), [unit for unit, _on in others], [on for _unit, on in others]],
            )
            return {number for (number,) in cursor}

    def _spoken_for(self) -> set[int]:
        """The rows whose record says in a field that the file does not have what today's definition refuses; of the
        others that differ, what the next version keeps of these fields is noted."""
        if not self.others:
            return set()
        columns = ", ".join(f't."{one.name}"' for one in self.others)
        odd: set[int] = set()
        rest: dict[int, str] = {}
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT f._n, f.same, {columns} FROM {self.table} f JOIN {self.of.table} t ON t.id = f.id"  # noqa: S608
            )
            for number, same, *cells in cursor:
                parts = [self._kept(one, cell) for one, cell in zip(self.others, cells, strict=True)]
                if None in parts:
                    odd.add(number)
                elif not same:
                    rest[number] = f"{{{','.join(filter(None, parts))}}}"
            if rest:
                cursor.execute(
                    f"UPDATE {self.table} f SET rest = x.kept FROM unnest(%s::bigint[], %s::jsonb[]) AS x(n, kept)"  # noqa: S608
                    " WHERE f._n = x.n",
                    [list(rest), list(rest.values())],
                )
        return odd

    def _kept(self, one: Field, cell: Any) -> str | None:
        """A standing value as its part of the snapshot; None where it is not allowed (any more)."""
        if cell is None:
            return "" if one.spec.optional else None
        try:
            if (one.name, cell) not in self._known:
                if len(self._known) > 50_000:
                    self._known.clear()
                self._known[one.name, cell] = _part(one, cell)
            return self._known[one.name, cell]
        except TypeError:  # of a kind that is no key of a dictionary
            return _part(one, cell)


def _part(one: Field, cell: Any) -> str | None:
    value = one.kind.from_sql(cell)
    try:
        if one.spec.type not in LOOKED_UP:
            one.kind.check(value, one.options)
    except (Invalid, TypeError, ValueError, AttributeError):
        return None
    return f'"{one.name}":{rows.dumps(one.kind.to_json(value))}'
