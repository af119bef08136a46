"""The change feed: every version of a register's records, in an order that is final (docs/decisions/0013).

A row's number from a sequence says when it was written, not when it was committed: a reader who has gone past 7 would
never see a 6 that commits late. So versions are read up to a horizon, the oldest transaction still at work, and in the
order of (transaction, number): nothing can still appear there.
"""

import re
from uuid import UUID

from django.db import connection, transaction
from django.utils.translation import gettext as _

from tinhso.kernel import audit, seal
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid

from . import looks, policy
from .contracts import ChangeEntry, ChangePage
from .services import rows
from .shape import Shape, carried, shape

MOST = 1_000
LOOKED_THROUGH = 20
"""Versions looked through for each one asked for: a reader who sees few of many is answered as fast, with `more`."""
NOW = "now"
_CURSOR = re.compile(r"([0-9]{1,18})-([0-9]{1,18})")


def changes(actor: Actor, register: str, *, after: str = "", limit: int = 100, purpose: str = "") -> ChangePage:
    """The versions after a cursor, those of records that the reader may see. "" begins with the first; "now" shows
    none and gives the cursor from which nothing is missed that happens from now on.

    Values are of the classes that the reader may read: sensitive ones never, personal ones only with a `purpose`,
    and then the audit keeps that they left, and whoever is named finds it in their access log. A citizen's own data
    need none. Of two versions of a record the one with the higher revision is the newer.

    Raises Invalid for a cursor that is none, NotFound.
    """
    of = shape(register)
    policy.need_see(actor)
    purpose = rows.reason(purpose, needed=False)
    horizon = seal.horizon()
    if after == NOW:
        return ChangePage([], f"{horizon - 1}-{10**18 - 1}", more=False)
    limit = max(1, min(limit, MOST))
    places, last, full = _places(actor, of, _cursor(after), horizon, limit)
    classes = policy.classes(actor, of) - {"sensitive"}
    if not (purpose or actor.is_citizen):
        classes -= {"personal"}
    found = _versions(of, [place[2:] for place in places], classes)
    _note(actor, of, found, purpose)
    reached = places[-1][:2] if len(places) == limit else last
    return ChangePage(found, f"{reached[0]}-{reached[1]}", more=full or len(places) == limit)


Place = tuple[int, int, UUID, int, object]
"""(transaction, number, record, revision, recorded at) of a version."""


def _places(
    actor: Actor, of: Shape, after: tuple[int, int], horizon: int, limit: int
) -> tuple[list[Place], tuple[int, int], bool]:
    """Where the next versions are that the reader may see; how far was looked; whether more stood behind that."""
    seen, params = policy.visible(actor, of)
    window = limit * LOOKED_THROUGH
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v.txid, v.seq, v.record, v.revision, v.recorded_at,"  # noqa: S608  our own names
            f" EXISTS (SELECT FROM {of.table} t WHERE t.id = v.record AND ({seen}))"
            " FROM (SELECT txid, seq, record, revision, recorded_at FROM record_version"
            " WHERE register = %s AND (txid, seq) > (%s, %s) AND txid < %s ORDER BY txid, seq LIMIT %s) v"
            " ORDER BY v.txid, v.seq",
            [*params, of.register, *after, horizon, window],
        )
        found = cursor.fetchall()
    visible = [row[:5] for row in found if row[5]][:limit]
    return visible, (found[-1][:2] if found else after), len(found) == window


def _versions(of: Shape, keys: list[tuple], classes: frozenset[str]) -> list[ChangeEntry]:
    if not keys:
        return []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT v.record, v.revision, v.change, v.recorded_at, v.case_id, lower(v.valid), upper(v.valid),"
            " v.definition, v.values::text FROM record_version v"
            " JOIN unnest(%s::uuid[], %s::int[], %s::timestamptz[]) k (record, revision, recorded_at)"
            " USING (record, revision, recorded_at) ORDER BY v.txid, v.seq",
            [list(part) for part in zip(*keys, strict=True)],
        )
        found = cursor.fetchall()
    readable = {f.name for f in of.stored if f.spec.class_ in classes}
    masked = tuple(sorted(of.fields.keys() - readable))
    return [ChangeEntry(*row[:7], values=_values(of, row[7], row[8], readable), masked=masked) for row in found]


def _values(of: Shape, definition: int, text: str, readable: set[str]) -> dict:
    """The values of a version under today's names, without those that stand apart, encrypted."""
    then = shape(of.register, definition)
    kept = {name: item for name, item in rows.loads(text).items() if item != {"sealed": True}}
    return {name: value for name, value in carried(then, of, then.read_json(kept)).items() if name in readable}


def _note(actor: Actor, of: Shape, found: list[ChangeEntry], purpose: str) -> None:
    personal = any(of.fields[name].spec.class_ == "personal" for change in found for name in change.values)
    if not personal or actor.is_citizen:
        return
    people = {one for change in found for one in looks.people_in(of, change.values)}
    with transaction.atomic():
        looks.note_exported(actor, [sorted(people)], purpose)
        audit.record(
            actor, "record.changes", f"register:{of.register}", count=len(found), people=len(people), purpose=purpose
        )


def _cursor(text: str) -> tuple[int, int]:
    if not text:
        return 0, 0
    if found := _CURSOR.fullmatch(text):
        return int(found[1]), int(found[2])
    raise Invalid({"after": [_("Dấu trang không đúng; xin bắt đầu lại từ trang đầu.")]})
