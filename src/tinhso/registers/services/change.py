"""Change, end and restore a record. The row is locked, its revision compared, and the next one written."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.types.range import DateRange

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound, StaleRevision

from .. import policy
from ..contracts import RECORD_ENDED, RECORD_UPDATED, RecordRef
from ..shape import Shape, carried, shape
from . import rows

Days = tuple[date, date | None]


@dataclass(frozen=True, slots=True)
class Locked:
    """The record as it stands, its row locked until the transaction ends."""

    revision: int
    valid: Days
    unit: str
    values: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Next:
    """What the record is about to be."""

    values: dict[str, Any]
    valid: Days


def update(
    actor: Actor,
    register: str,
    id: UUID,
    values: Mapping[str, Any],
    *,
    revision: int,
    why: str,
    case: UUID | None = None,
    valid_from: date | None = None,
) -> RecordRef:
    """Change some fields of a record; the others keep what they have.

    With `valid_from` the change holds from that day on, and what was true before stays true of the days before;
    without it the change corrects what was recorded, for all its days. `revision` is the one that the actor saw.
    Where nothing differs the record is returned as it is.

    Raises StaleRevision where somebody changed it meanwhile, Invalid, Conflict (the natural key is another
    record's), NotFound.
    """
    of = shape(register)
    policy.need_write(actor, of, by_case=case is not None)
    why = rows.reason(why, needed=case is None)
    changed = of.check(values, partial=True)
    with _refusals(actor, of) as refusals, transaction.atomic():
        was = _lock(actor, of, id, revision, by_case=case is not None)
        if was.valid[1] is not None and was.valid[1] <= timezone.localdate():
            raise Conflict(_("Bản ghi đã kết thúc; xin khôi phục trước khi sửa."))
        valid = (valid_from or was.valid[0], was.valid[1])
        if valid[1] is not None and valid[0] >= valid[1]:
            raise Invalid({"valid_from": [_("Ngày bắt đầu phải trước ngày kết thúc của bản ghi.")]})
        if valid_from and valid_from > timezone.localdate():
            raise Invalid({"valid_from": [_("Chưa ghi trước được cho ngày chưa tới.")]})
        now = of.check(was.values | changed)
        refusals.of_what(now, was.unit, id)
        if now == was.values and valid == was.valid:
            return RecordRef(register, id, was.revision)
        return _write(of, id, was, Next(now, valid), rows.Deed(actor, "update", why, case))


def end(
    actor: Actor, register: str, id: UUID, *, on: date, revision: int, why: str, case: UUID | None = None
) -> RecordRef:
    """Say that from the day `on` the record no longer holds. It stays readable, as do its versions.

    Raises Invalid where it would end before it began, StaleRevision, Conflict where it has ended, NotFound.
    """
    of = shape(register)
    policy.need_write(actor, of, by_case=case is not None)
    why = rows.reason(why, needed=case is None)
    with transaction.atomic():
        was = _lock(actor, of, id, revision, by_case=case is not None)
        if was.valid[1] is not None:
            raise Conflict(_("Bản ghi đã kết thúc."))
        if on <= was.valid[0]:
            raise Invalid({"on": [_("Bản ghi chỉ có thể kết thúc sau ngày bắt đầu.")]})
        return _write(of, id, was, Next(was.values, (was.valid[0], on)), rows.Deed(actor, "end", why, case))


def restore(
    actor: Actor, register: str, id: UUID, *, to_revision: int, revision: int, why: str, case: UUID | None = None
) -> RecordRef:
    """Give the record again the values of an earlier revision, as the newest one; an ended record lives again.

    Fields that came since keep what they have. Raises NotFound, StaleRevision, Invalid where the old values are no
    longer allowed.
    """
    of = shape(register)
    policy.need_write(actor, of, by_case=case is not None)
    why = rows.reason(why, needed=case is None)
    with _refusals(actor, of) as refusals, transaction.atomic():
        was = _lock(actor, of, id, revision, by_case=case is not None)
        then = values_at(of, id, to_revision)
        now = of.check(was.values | then)
        refusals.of_what(now, was.unit, id)
        return _write(of, id, was, Next(now, (was.valid[0], None)), rows.Deed(actor, "restore", why, case))


def standing(of: Shape, id: UUID) -> tuple[str, date]:
    """The unit of a record, and the day on whose map that is a code. Raises NotFound."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT unit, unit_on FROM {of.table} WHERE id = %s", [id])  # noqa: S608  our own name
        found = cursor.fetchone()
    if found is None:
        raise NotFound()
    return found


class _refusals:
    """Turn what a constraint refuses into a problem by field."""

    def __init__(self, actor: Actor, of: Shape) -> None:
        self.actor, self.of = actor, of
        self.values: Mapping[str, Any] = {}
        self.unit = ""
        self.record: UUID | None = None

    def of_what(self, values: Mapping[str, Any], unit: str, record: UUID) -> None:
        """What is about to be written, so that a double of it can be found."""
        self.values, self.unit, self.record = values, unit, record

    def __enter__(self) -> "_refusals":
        return self

    def __exit__(self, _kind: Any, error: BaseException | None, _trace: Any) -> None:
        if isinstance(error, IntegrityError):
            problem = rows.refused(error, self.of)
            raise rows.beside(problem, self.actor, self.of, self.values, self.unit, record=self.record) from error


def _lock(actor: Actor, of: Shape, id: UUID, revision: int, *, by_case: bool) -> Locked:
    seen, params = ("TRUE", []) if by_case else policy.visible(actor, of)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {of.select} FROM {of.table} t WHERE t.id = %s AND {seen} FOR UPDATE",  # noqa: S608
            [id, *params],
        )
        row = cursor.fetchone()
    if row is None:
        raise NotFound()
    found = of.row(row)
    if found.revision != revision:
        raise StaleRevision(
            _(
                "Bản ghi nay ở lần sửa %(now)s, Ông/Bà đang sửa lần %(seen)s. Nội dung vừa nhập chưa được ghi;"
                " xin xem bản mới rồi sửa lại."
            )
            % {"now": found.revision, "seen": revision},
            revision=found.revision,
        )
    values = found.values
    if of.secret:
        secrets = rows.secrets_of_today(of, id, revision)
        values |= {f.name: secrets.get(f.name) for f in of.secret}
    return Locked(found.revision, (found.valid_from, found.valid_until), found.unit, values)


def write_next(of: Shape, id: UUID, was: Locked, now: Next, deed: rows.Deed) -> RecordRef:
    """Write the next version of a locked record, without a word to audit and events: the verb gives it."""
    ref = RecordRef(of.register, id, was.revision + 1)
    sets = ["revision = %s", "valid_from = %s", "valid_until = %s", "updated_at = now()"]
    params: list[Any] = [ref.revision, *now.valid]
    for field in of.stored:
        value = now.values[field.name]
        if value != was.values.get(field.name):
            sets.append(f'"{field.name}" = %s')
            params.append(None if value is None else field.kind.to_sql(value))
    if deed.case:
        sets.append("case_id = %s")
        params.append(deed.case)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH done AS (UPDATE {of.table} SET {', '.join(sets)} WHERE id = %s) {rows.VERSION}",  # noqa: S608
            [*params, id, *rows.version_params(of, deed, ref, now.values, now.valid)],
        )
    rows.write_secrets(of, id, ref.revision, now.values)
    _paint(of, id, was, ref.revision, now.valid)
    return ref


def _write(of: Shape, id: UUID, was: Locked, now: Next, deed: rows.Deed) -> RecordRef:
    ref = write_next(of, id, was, now, deed)
    told = {"register": of.register, "revision": ref.revision}
    audit.record(deed.actor, f"record.{deed.change}", f"record:{id}", why=deed.why, **told)
    name = RECORD_ENDED if deed.change == "end" else RECORD_UPDATED
    case = str(deed.case) if deed.case else None
    events.publish(deed.actor, name, f"record:{id}", unit=was.unit, case=case, **told)
    return ref


def _paint(of: Shape, id: UUID, was: Locked, revision: int, valid: Days) -> None:
    """Say that `revision` is true of the days of `valid`, and earlier revisions of what is left of theirs.

    A record whose one revision is true of all its days needs no row here. From the first day of the current values
    on, nothing else holds: what stood there goes, so that an end or a later beginning leaves no remains.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH gone AS (DELETE FROM registers_period WHERE record = %s AND valid && daterange(%s, NULL)"
            " RETURNING revision, lower(valid) AS since) SELECT revision, since FROM gone"
            " UNION ALL (SELECT 0, NULL FROM registers_period WHERE record = %s LIMIT 1)",
            [id, min(valid[0], was.valid[0]), id],
        )
        found = cursor.fetchall()
        stood = [(number, since) for number, since in found if number]
        if not found and valid[0] <= was.valid[0]:
            return
        before = stood or [(was.revision, was.valid[0])]
        pieces = [(number, DateRange(since, valid[0])) for number, since in before if since < valid[0]]
        for number, days in [*pieces, (revision, DateRange(*valid))]:
            cursor.execute(
                "INSERT INTO registers_period (register, record, revision, valid) VALUES (%s, %s, %s, %s)",
                [of.register, id, number, days],
            )


def values_at(of: Shape, id: UUID, revision: int) -> dict[str, Any]:
    """The values of an earlier revision under today's names."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT definition, values::text FROM record_version WHERE record = %s AND register = %s AND revision = %s",
            [id, of.register, revision],
        )
        found = cursor.fetchone()
    if found is None:
        raise NotFound(_("Không có lần sửa này."))
    then = shape(of.register, found[0])
    data = rows.loads(found[1])
    if then.secret:
        data |= rows.open_secrets(then, id, revision)
    return {name: value for name, value in carried(then, of, then.read_json(data)).items() if name in of.fields}
