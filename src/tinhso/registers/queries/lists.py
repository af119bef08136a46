"""Pages of records: filtered, searched, sorted, as of a day; and how many there are."""

import json
from collections.abc import Collection, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Busy, Invalid

from .. import filters, policy
from ..contracts import Count, Page
from ..filters import Where
from ..looks import note_list
from ..models import RecordVersion
from ..shape import Shape, shape
from .reading import as_told, cursor_of, encode, records_of, select

COUNT_UP_TO, COUNT_SECONDS = 10_000, 0.3
MOST_BRANCHES = 24
"""Index scans that one page may join; beyond that PostgreSQL chooses."""


def find(
    actor: Actor,
    register: str | Shape,
    *,
    where: Where | None = None,
    search: str = "",
    order: str = "-id",
    after: str = "",
    limit: int = 50,
    as_of: date | None = None,
    shows: Collection[str] | None = None,
) -> Page:
    """A page of the records that the reader may see, by keyset; no count is made.

    `where` maps a field, or one of unit, place, valid_from, valid_until, case_id, demo, created_at, to a value; a key
    may carry an operator (`trees__ge`; filters/operators.py). `order` is a field, with "-" for falling. `search` looks
    in the fields declared for it, without regard to diacritics. With `as_of` the page holds what was true on that day.

    `shows` are the fields that the reader is going to be shown, all of them where it is left out: where a personal one
    is among them, the people named learn of it (looks.note_list).

    Sensitive values are not in lists. Raises Invalid for a filter that the register does not have, Busy where the
    answer would take longer than five seconds.
    """
    of = shape(register)
    policy.need_see(actor)
    limit = max(1, min(limit, 500))
    classes = policy.classes(actor, of)
    sort = filters.Order.read(of, order, classes)
    if as_of is not None:
        if where or search or sort.name != "id":
            raise Invalid({"as_of": [_("Danh sách theo ngày chưa lọc hay sắp xếp được theo mục khác.")]})
        page = _as_of(actor, of, as_of, falling=sort.falling, after=after, limit=limit)
        note_list(actor, of, page.records, shows)
        return page
    stretches = sort.after(of, cursor_of(after)) if after else [("TRUE", [])]
    ground, (seen, params), asked = _ground(actor, of, where or {})
    conditions, more = filters.conditions(of, asked, search, classes)
    chosen: policy.Predicate = " AND ".join(["(" + seen + ")", *conditions]), [*params, *more]
    sql, all_params = _page_sql(of, chosen, [_and(one, two) for one in ground for two in stretches], sort, limit + 1)
    found = [of.row(row) for row in select(sql, all_params, is_page=True)]
    records = records_of(actor, of, found[:limit])
    note_list(actor, of, records, shows)
    last = found[limit - 1] if len(found) > limit else None
    return Page(records, encode([sort.value_of(of, last), str(last.id)]) if last else "")


def check_where(actor: Actor, of: Shape, where: Where) -> None:
    """Raise Invalid, by the key asked for, where `find` would refuse these conditions."""
    filters.conditions(of, where, "", policy.classes(actor, of))


def _and(one: policy.Predicate, two: policy.Predicate) -> policy.Predicate:
    return f"{one[0]} AND {two[0]}", [*one[1], *two[1]]


def _ground(
    actor: Actor, of: Shape, where: Where
) -> tuple[list[policy.Predicate], policy.Predicate, list[tuple[str, Any]]]:
    """The units whose records the page is of, one by one; what else says whether a record may be seen; what else is
    asked. The first is one that is true, where they are all or too many.

    An index that begins with the unit has the records of one unit in order, those of several only for the price of
    sorting them all; one of words is narrowed by one unit alone. What the units say is not said twice: PostgreSQL would
    take the page to be far smaller than it is, and sort what it need not read."""
    asked = filters.pairs(where)
    place = next((one for one in asked if one[0] == "place" and str(one[1]).isalnum()), None)
    found = policy.units_of_place(str(place[1])) if place else policy.visible_by_unit(actor)
    if not 0 < len(found) <= MOST_BRANCHES:
        return [("TRUE", [])], policy.visible(actor, of), asked
    if place is None:
        return found, ("TRUE", []), asked
    asked.remove(place)
    return found, policy.visible(actor, of), asked


def _page_sql(
    of: Shape, chosen: policy.Predicate, branches: Sequence[policy.Predicate], sort: filters.Order, limit: int
) -> policy.Predicate:
    """The first `limit` rows of what is chosen, joined from branches that each come from an index in order."""
    parts: list[str] = []
    params: list[Any] = []
    for branch in branches:
        condition, more = _and(chosen, branch)
        parts.append(f"SELECT {of.select} FROM {of.table} t WHERE {condition} ORDER BY {sort.sql} LIMIT %s")  # noqa: S608
        params += [*more, limit]
    if len(parts) == 1:
        return parts[0], params
    joined = " UNION ALL ".join(f"({part})" for part in parts)
    return f"SELECT {of.select} FROM ({joined}) t ORDER BY {sort.sql} LIMIT %s", [*params, limit]  # noqa: S608


def _as_of(actor: Actor, of: Shape, day: date, *, falling: bool, after: str, limit: int) -> Page:
    """The records true on a day: those whose current values are, and those whose earlier values were."""
    seen = policy.visible(actor, of)
    compare = "<" if falling else ">"
    key = f"AND t.id {compare} %s" if after else ""
    key_params = [cursor_of(after)[1]] if after else []
    sql = (
        f"SELECT t.id, 0 AS revision FROM {of.table} t WHERE ({seen[0]}) AND t.valid_from <= %s"  # noqa: S608
        f" AND (t.valid_until IS NULL OR t.valid_until > %s) {key}"
        f" UNION ALL SELECT t.id, p.revision FROM registers_period p JOIN {of.table} t ON t.id = p.record"
        f" WHERE ({seen[0]}) AND p.register = %s AND p.valid @> %s::date AND p.revision <> t.revision {key}"
        f" ORDER BY 1 {'DESC' if falling else ''} LIMIT %s"
    )
    params = [*seen[1], day, day, *key_params, *seen[1], of.register, day, *key_params, limit + 1]
    found = select(sql, params)
    ids = [row[0] for row in found[:limit]]
    now = {
        row.id: row
        for row in map(of.row, select(f"SELECT {of.select} FROM {of.table} t WHERE t.id = ANY(%s)", [ids]))  # noqa: S608
    }
    past = {
        v.record: v
        for v in RecordVersion.objects.filter(
            record__in=[id for id, revision in found[:limit] if revision],
            revision__in={revision for _id, revision in found if revision},
        )
        if (v.record, v.revision) in set(found)
    }
    shown = [now[id] if id not in past else as_told(of, now[id], past[id]) for id in ids]
    records = records_of(actor, of, shown)
    return Page(records, encode([str(ids[-1]), str(ids[-1])]) if len(found) > limit else "")


def count_estimate(actor: Actor, register: str | Shape, *, where: Where | None = None, search: str = "") -> Count:
    """How many records the reader may see: counted up to 10,000, beyond that, and where
    counting takes long, as PostgreSQL's planner estimates."""
    of = shape(register)
    policy.need_see(actor)
    seen, params = policy.visible(actor, of)
    conditions, more = filters.conditions(of, where or {}, search, policy.classes(actor, of))
    chosen = f"FROM {of.table} t WHERE {' AND '.join(['(' + seen + ')', *conditions])}"
    try:
        with transaction.atomic():
            some = f"SELECT count(*) FROM (SELECT 1 {chosen} LIMIT %s) found"  # noqa: S608
            counted = select(some, [*params, *more, COUNT_UP_TO + 1], seconds=COUNT_SECONDS)
    except Busy:
        counted = []
    if counted and counted[0][0] <= COUNT_UP_TO:
        return Count(counted[0][0], exact=True)
    plan = select(f"EXPLAIN (FORMAT JSON) SELECT 1 {chosen}", [*params, *more])[0][0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return Count(max(int(plan[0]["Plan"]["Plan Rows"]), COUNT_UP_TO + 1 if counted else 0), exact=False)
