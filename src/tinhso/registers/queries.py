"""Reads of registers. Each takes the actor and shows what policy.py leaves to them; what it does not is not there."""

import base64
import binascii
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.identity import queries as identity
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Busy, Forbidden, Invalid, NotFound
from tinhso.kernel.text import fold

from . import filters, policy
from .contracts import Count, Difference, Page, Record, RecordRef, RegisterRef, Version
from .look_ups import display_many
from .looks import note_looks
from .models import RecordVersion, SchemaWork
from .services import rows
from .shape import KIND, Row, Shape, carried, shape

STATEMENT_SECONDS = 5
COUNT_UP_TO = 10_000
Where = Mapping[str, Any]


def definition(register: str) -> Shape:
    """The version of a register that is in force, compiled. Raises NotFound."""
    return shape(register)


def registers_visible(actor: Actor) -> list[RegisterRef]:
    """The registers that the reader may open, by name."""
    policy.need_see(actor)
    found = [
        RegisterRef(c.name, str(c.model.name), str(c.model.plural or c.model.name), c.pack, c.version)
        for c in packs.in_force(KIND)
        if not actor.is_citizen or c.model.people
    ]
    return sorted(found, key=lambda ref: fold(ref.name))


def get(
    actor: Actor,
    register: str,
    id: UUID,
    *,
    at: date | None = None,
    known_at: datetime | None = None,
    purpose: str = "",
) -> Record:
    """One record: as it stands, or as it was on the day `at`, or as that day was known at the time `known_at`.

    Where the record names people and the reader is not one of them, one row of the access log is left for each.
    Raises NotFound where there is none for the reader or the day.
    """
    of = shape(register)
    row = _row(actor, of, id)
    if at is not None or known_at is not None:
        row = _as_told(of, row, _then(of, id, at or timezone.localdate(), known_at))
    if of.secret and "sensitive" in policy.classes(actor, of):
        row.values.update(_secrets(of, id, row.revision))
    record = _record(actor, of, row)
    note_looks(actor, of, [record], purpose)
    return record


def find(
    actor: Actor,
    register: str,
    *,
    where: Where | None = None,
    search: str = "",
    order: str = "-id",
    after: str = "",
    limit: int = 50,
    as_of: date | None = None,
) -> Page:
    """A page of the records that the reader may see, by keyset; no count is made.

    `where` maps a field, or one of unit, place, valid_from, valid_until, case_id, demo, created_at, to a value or to
    (operator, value); operators are in filters.py. `order` is a field, with "-" for falling. `search` looks in the
    fields declared for it, without regard to diacritics. With `as_of` the page holds what was true on that day.

    Sensitive values are not in lists. Raises Invalid for a filter that the register does not have, Busy where the
    answer would take longer than five seconds.
    """
    of = shape(register)
    policy.need_see(actor)
    limit = max(1, min(limit, 500))
    seen, params = policy.visible(actor, of)
    conditions, more = filters.conditions(of, where or {}, search, policy.classes(actor, of))
    sort = filters.Order.read(of, order, policy.classes(actor, of))
    if as_of is not None:
        if where or search or sort.name != "id":
            raise Invalid({"as_of": [_("Danh sách theo ngày chưa lọc hay sắp xếp được theo mục khác.")]})
        return _as_of(actor, of, as_of, falling=sort.falling, after=after, limit=limit)
    key, key_params = sort.after(of, _cursor(after)) if after else ("TRUE", [])
    sql = (
        f"SELECT {of.select} FROM {of.table} t WHERE {' AND '.join(['(' + seen + ')', *conditions, key])}"  # noqa: S608
        f" ORDER BY {sort.sql} LIMIT %s"
    )
    found = [of.row(row) for row in _select(sql, [*params, *more, *key_params, limit + 1])]
    records = [_record(actor, of, row) for row in found[:limit]]
    last = found[limit - 1] if len(found) > limit else None
    return Page(records, _encode([sort.value_of(of, last), str(last.id)]) if last else "")


def _as_of(actor: Actor, of: Shape, day: date, *, falling: bool, after: str, limit: int) -> Page:
    """The records true on a day: those whose current values are, and those whose earlier values were."""
    seen = policy.visible(actor, of)
    compare = "<" if falling else ">"
    key = f"AND t.id {compare} %s" if after else ""
    key_params = [_cursor(after)[1]] if after else []
    sql = (
        f"SELECT t.id, 0 AS revision FROM {of.table} t WHERE ({seen[0]}) AND t.valid_from <= %s"  # noqa: S608
        f" AND (t.valid_until IS NULL OR t.valid_until > %s) {key}"
        f" UNION ALL SELECT t.id, p.revision FROM registers_period p JOIN {of.table} t ON t.id = p.record"
        f" WHERE ({seen[0]}) AND p.register = %s AND p.valid @> %s::date AND p.revision <> t.revision {key}"
        f" ORDER BY 1 {'DESC' if falling else ''} LIMIT %s"
    )
    params = [*seen[1], day, day, *key_params, *seen[1], of.register, day, *key_params, limit + 1]
    found = _select(sql, params)
    ids = [row[0] for row in found[:limit]]
    now = {
        row.id: row
        for row in map(of.row, _select(f"SELECT {of.select} FROM {of.table} t WHERE t.id = ANY(%s)", [ids]))  # noqa: S608
    }
    past = {
        v.record: v
        for v in RecordVersion.objects.filter(
            record__in=[id for id, revision in found[:limit] if revision],
            revision__in={revision for _id, revision in found if revision},
        )
        if (v.record, v.revision) in set(found)
    }
    shown = [now[id] if id not in past else _as_told(of, now[id], past[id]) for id in ids]
    records = [_record(actor, of, row) for row in shown]
    return Page(records, _encode([str(ids[-1]), str(ids[-1])]) if len(found) > limit else "")


def count_estimate(actor: Actor, register: str, *, where: Where | None = None, search: str = "") -> Count:
    """How many records the reader may see: counted up to 10,000, beyond that as PostgreSQL's planner estimates."""
    of = shape(register)
    policy.need_see(actor)
    seen, params = policy.visible(actor, of)
    conditions, more = filters.conditions(of, where or {}, search, policy.classes(actor, of))
    chosen = f"FROM {of.table} t WHERE {' AND '.join(['(' + seen + ')', *conditions])}"
    counted = _select(f"SELECT count(*) FROM (SELECT 1 {chosen} LIMIT %s) found", [*params, *more, COUNT_UP_TO + 1])  # noqa: S608
    if counted[0][0] <= COUNT_UP_TO:
        return Count(counted[0][0], exact=True)
    plan = _select(f"EXPLAIN (FORMAT JSON) SELECT 1 {chosen}", [*params, *more])[0][0]
    plan = json.loads(plan) if isinstance(plan, str) else plan
    return Count(max(int(plan[0]["Plan"]["Plan Rows"]), COUNT_UP_TO + 1), exact=False)


def history(actor: Actor, register: str, id: UUID) -> list[Version]:
    """Every version of a record, newest first, under the names that the fields have today."""
    of = shape(register)
    _row(actor, of, id)
    readable = {f.name for f in of.visible(policy.classes(actor, of))}
    versions = list(RecordVersion.objects.filter(record=id, register=register).order_by("-revision"))
    posts = identity.posts_by_id({UUID(v.actor["post"]) for v in versions if v.actor.get("post")})
    found = []
    for v in versions:
        values = _values(of, v)
        if "sensitive" in policy.classes(actor, of):
            values |= _secrets(of, id, v.revision, v.definition)
        found.append(
            Version(
                v.revision,
                {name: value for name, value in values.items() if name in readable or name not in of.fields},
                v.recorded_at,
                _by(v.actor, posts),
                v.why,
                v.case_id,
                *_days(v),
                v.change,
                v.definition,
            )
        )
    return found


def differences(of: Shape, before: Version | None, after: Version) -> list[Difference]:
    """What a version changed, field by field, in words; against nothing, all that it says."""
    found = []
    for name, field in of.fields.items():
        was, now = before.values.get(name) if before else None, after.values.get(name)
        if was != now:
            shown = [field.kind.display(v, field.options) if v is not None else "" for v in (was, now)]
            found.append(Difference(name, field.spec.words, *shown))
    return found


def readable(actor: Actor, of: Shape) -> frozenset[str]:
    """The fields that the reader may read in lists, filters and records; sensitive ones stand in records alone."""
    return frozenset(f.name for f in of.visible(policy.classes(actor, of)) if not f.is_secret)


def in_words(of: Shape, records: Sequence[Record], names: Sequence[str]) -> list[dict[str, str]]:
    """The fields `names` of each record as people read them; names of people, agencies and records that the fields
    refer to are asked for once, however many records there are."""
    known: dict[str, Mapping[UUID, str]] = {}
    for name in names:
        ids = (
            {UUID(str(value)) for record in records if (value := record.values.get(name))} if of.refers(name) else set()
        )
        match of.fields[name].spec.type:
            case "person":
                known[name] = {id: ref.name for id, ref in identity.person_refs(ids).items()}
            case "agency":
                known[name] = {ref.id: ref.words for ref in identity.agencies(ids=ids)}
            case "reference":
                known[name] = display_many(ids)
    found = []
    for record in records:
        words = {}
        for name in names:
            field, value = of.fields[name], record.values.get(name)
            if value is None:
                words[name] = ""
            elif name in known:
                words[name] = known[name].get(UUID(str(value)), "")
            else:
                words[name] = field.kind.display(value, field.options)
        found.append(words)
    return found


def schema_work_left() -> list[tuple[str, str, str]]:
    """What applied packs left to be done in the background: (register, what, why it failed last time or "")."""
    rows = SchemaWork.objects.filter(done_at=None).order_by("pk")
    return list(rows.values_list("register", "what", "error"))


def by_case(case: UUID) -> list[RecordRef]:
    """The records that a case made or changed, at their last revision by that case."""
    found: dict[UUID, RecordRef] = {}
    for v in RecordVersion.objects.filter(case_id=case).order_by("revision").only("record", "revision", "register"):
        found[v.record] = RecordRef(v.register, v.record, v.revision)
    return list(found.values())


def _row(actor: Actor, of: Shape, id: UUID) -> Row:
    policy.need_see(actor)
    seen, params = policy.visible(actor, of)
    found = _select(f"SELECT {of.select} FROM {of.table} t WHERE t.id = %s AND ({seen})", [id, *params])  # noqa: S608
    if not found:
        raise NotFound()
    return of.row(found[0])


def _then(of: Shape, id: UUID, day: date, known_at: datetime | None) -> RecordVersion:
    """The newest version that speaks of `day` is right about it; an end speaks of all days from its own on."""
    versions = RecordVersion.objects.filter(record=id, register=of.register).order_by("-revision")
    if known_at is not None:
        versions = versions.filter(recorded_at__lte=known_at)
    for v in versions:
        since, until = _days(v)
        if since <= day and (until is None or day < until):
            return v
        if v.change == "end" and until and until <= day:
            break
    raise NotFound(_("Ngày này chưa có hoặc không còn bản ghi."))


def _days(version: RecordVersion) -> tuple[date, date | None]:
    """From which day, and up to (not with) which, a version's values hold."""
    assert version.valid.lower
    return version.valid.lower, version.valid.upper


def _as_told(of: Shape, row: Row, version: RecordVersion) -> Row:
    """The row with what an earlier version says."""
    since, until = _days(version)
    return replace(
        row,
        revision=version.revision,
        valid_from=since,
        valid_until=until,
        case_id=version.case_id or row.case_id,
        values=_values(of, version),
    )


def _values(of: Shape, version: RecordVersion) -> dict[str, Any]:
    then = of if version.definition == of.version else shape(of.register, version.definition)
    return carried(then, of, then.read_json({k: v for k, v in version.values.items() if not _is_sealed(v)}))


def _is_sealed(item: Any) -> bool:
    return isinstance(item, dict) and item == {"sealed": True}


def _secrets(of: Shape, id: UUID, revision: int, version: int = 0) -> dict[str, Any]:
    return rows.secrets_of_today(of, id, revision)


def _record(actor: Actor, of: Shape, row: Row) -> Record:
    readable = {f.name for f in of.visible(policy.classes(actor, of))}
    shown = {name: value for name, value in row.values.items() if name in readable}
    return Record(
        ref=RecordRef(of.register, row.id, row.revision),
        values=shown,
        valid_from=row.valid_from,
        valid_until=row.valid_until,
        case=row.case_id,
        display=of.display(shown),
        demo=row.demo,
        unit=row.unit,
        unit_on=row.unit_on,
        created_at=row.created_at,
        updated_at=row.updated_at,
        masked=tuple(sorted(of.fields.keys() - readable)),
    )


def _by(stamp: Mapping[str, str], posts: Mapping[UUID, Any]) -> str:
    """Who acted, in words: the post, the platform, or a citizen in a matter of their own."""
    if post := stamp.get("post"):
        ref = posts.get(UUID(post))
        return ref.title if ref else _("Cán bộ")
    return _("Hệ thống (%(name)s)") % {"name": stamp["system"]} if stamp.get("system") else _("Công dân")


def _select(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    """Rows of a read that may not take longer than `STATEMENT_SECONDS`."""
    if connection.in_atomic_block:
        return _rows(sql, params)
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
            return _rows(sql, params)
    except OperationalError as error:
        if "statement timeout" in str(error):
            raise Busy(_("Tìm như vậy lâu quá; xin thu hẹp điều kiện hoặc tìm theo mục có chỉ mục.")) from error
        raise


def _rows(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


def _encode(parts: Sequence[Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(parts, separators=(",", ":")).encode()).decode().rstrip("=")


def _cursor(text: str) -> list[Any]:
    try:
        parts = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        UUID(parts[1])
    except (binascii.Error, ValueError, LookupError, TypeError):
        raise Invalid({"after": [_("Dấu trang không đúng; xin bắt đầu lại từ trang đầu.")]}) from None
    return parts


def need_export(actor: Actor) -> None:
    """Raise unless the reader may take records away as a file: officers with `registers.see`."""
    policy.need_see(actor)
    if actor.is_citizen:
        raise Forbidden()
