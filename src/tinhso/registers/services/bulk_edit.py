"""The same change of many records: prepared and tried first, then done, each record with a version of its own, and
taken back as one. Up to `AT_ONCE` records in the transaction of the request, more by the worker with progress."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Problem

from .. import filters, policy
from ..contracts import BULK_EDITED
from ..models import BulkEdit, BulkRow
from ..shape import Row, Shape, shape
from . import rows
from .change import restore, update

AT_ONCE = 1_000
MOST = 100_000
TRIED = 5_000
"""Of a larger edit, so many records are tried beforehand; the run tells of the rest."""
BATCH = 200


def prepare_bulk(
    actor: Actor,
    register: str,
    values: Mapping[str, Any],
    *,
    why: str,
    ids: Sequence[UUID] = (),
    where: filters.Where | None = None,
    search: str = "",
) -> UUID:
    """Fix which records are to be changed, at the revision that they have now, and try the change on them; nothing of
    it is written. `ids`, or the records that a list with these filters shows. None in `values` empties a field.

    Raises Invalid by field, Forbidden for a field that the actor may not read, and as `update` by policy.
    """
    of = shape(register)
    with policy.trial():
        policy.need_write(actor, of, by_case=False)
    why = rows.reason(why, needed=True)
    if not values:
        raise Invalid({"fields": [_("Xin chọn ít nhất một mục để sửa.")]})
    if values.keys() - {f.name for f in of.visible(policy.classes(actor, of))}:
        raise Forbidden()
    checked = of.check(values, partial=True)
    found = _chosen(actor, of, ids, where or {}, search)
    if not found:
        raise Invalid({"ids": [_("Không có bản ghi nào để sửa.")]})
    if len(found) > MOST:
        raise Invalid({"ids": [_("Nhiều nhất %(most)s bản ghi một lần; xin lọc hẹp hơn.") % {"most": f"{MOST:,}"}]})
    with transaction.atomic():
        edit = BulkEdit.objects.create(
            register=register,
            values={name: None if v is None else of.fields[name].kind.to_json(v) for name, v in checked.items()},
            why=why,
            actor=_kept(actor),
            account=actor.account,
            unit=actor.unit,
            total=len(found),
        )
        BulkRow.objects.bulk_create(
            (BulkRow(bulk=edit, record=id, seen=revision) for id, revision in found), batch_size=5_000
        )
        for record, words in _try(of, [id for id, _revision in found[:TRIED]], checked).items():
            BulkRow.objects.filter(bulk=edit, record=record).update(error=words)
    return edit.pk


def run_bulk(actor: Actor, bulk: UUID, *, case: UUID | None = None) -> None:
    """Do a prepared bulk edit. Asked again it is done already. Records changed since the preview are refused."""
    _begin(actor, bulk, case, "ready", ("queued", "running", "done"))


def undo_bulk(actor: Actor, bulk: UUID, *, case: UUID | None = None) -> None:
    """Give every record back what it had before, where nobody has changed it since; the others are named."""
    _begin(actor, bulk, case, "done", ("undoing", "undone"))


def _begin(actor: Actor, bulk: UUID, case: UUID | None, wanted: str, already: Sequence[str]) -> None:
    from ..tasks import bulk_edit

    with transaction.atomic():
        edit = BulkEdit.objects.select_for_update().filter(pk=bulk).first()
        if edit is None or (case is None and not actor.system and edit.account != actor.account):
            raise NotFound()
        policy.need_write(actor, shape(edit.register), by_case=case is not None)
        if edit.state in already:
            return
        if edit.state != wanted:
            raise Conflict(_("Lần sửa hàng loạt này chưa chạy xong."))
        edit.state = already[0]
        edit.actor, edit.case_id = _kept(actor), case
        edit.save(update_fields=["state", "actor", "case_id"])
        if edit.total > AT_ONCE:
            bulk_edit.defer(bulk=str(bulk))
        else:
            _work(edit, actor)


def work_on(bulk: UUID) -> None:
    """The worker's part: a batch a transaction, so that what was done before a crash stays done and is not repeated."""
    edit = BulkEdit.objects.get(pk=bulk)
    if edit.state in {"queued", "running", "undoing"}:
        _work(edit, _again(edit.actor))


def _work(edit: BulkEdit, actor: Actor) -> None:
    of, undo = shape(edit.register), edit.state == "undoing"
    values = of.from_json(edit.values)
    if edit.state == "queued":
        edit.state = "running"
        edit.save(update_fields=["state"])
    left = BulkRow.objects.filter(bulk=edit, state="done" if undo else "waiting").order_by("record")
    while batch := list(left[:BATCH]):
        with transaction.atomic():
            for row in batch:
                _one(actor, edit, row, values, undo=undo)
            BulkRow.objects.bulk_update(batch, ["state", "revision", "error"])
    with transaction.atomic():
        edit.state, edit.finished_at = "undone" if undo else "done", timezone.now()
        edit.save(update_fields=["state", "finished_at"])
        done = BulkRow.objects.filter(bulk=edit, state="undone" if undo else "done").count()
        refused = BulkRow.objects.filter(bulk=edit, state="kept" if undo else "refused").count()
        told = {"register": edit.register, "state": edit.state, "done": done, "refused": refused}
        audit.record(actor, "record.bulk-edit", f"bulk:{edit.pk}", **told)
        events.publish(actor, BULK_EDITED, f"bulk:{edit.pk}", **told)


def _one(actor: Actor, edit: BulkEdit, row: BulkRow, values: Mapping[str, Any], *, undo: bool) -> None:
    case = edit.case_id
    try:
        with transaction.atomic():
            if undo:
                why = _("Hoàn tác sửa hàng loạt: %(why)s") % {"why": edit.why}
                at = {"to_revision": row.seen, "revision": row.revision or 0}
                restore(actor, edit.register, row.record, **at, why=why, case=case)
                row.state, row.error = "undone", ""
            else:
                ref = update(actor, edit.register, row.record, values, revision=row.seen, why=edit.why, case=case)
                row.state, row.revision, row.error = "done" if ref.revision != row.seen else "same", ref.revision, ""
    except Problem as problem:
        row.state, row.error = "kept" if undo else "refused", in_words(problem)


def in_words(problem: Problem) -> str:
    """A refusal as one line."""
    if isinstance(problem, Invalid):
        return "; ".join(str(message) for messages in problem.errors.values() for message in messages)
    return str(problem.detail or problem.title)


def _chosen(actor: Actor, of: Shape, ids: Sequence[UUID], where: filters.Where, search: str) -> list[tuple[UUID, int]]:
    seen, params = policy.visible(actor, of)
    conditions, more = filters.conditions(of, where, search, policy.classes(actor, of))
    if ids:
        conditions, more = ["t.id = ANY(%s)"], [list(ids)]
    chosen = " AND ".join([f"({seen})", *conditions])
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT t.id, t.revision FROM {of.table} t WHERE {chosen} ORDER BY t.id LIMIT %s",  # noqa: S608  our names
            [*params, *more, MOST + 1],
        )
        return cursor.fetchall()


def _try(of: Shape, ids: Sequence[UUID], values: Mapping[str, Any]) -> dict[UUID, str]:
    """Which of the records would be refused, in words: those that lack what they need or have ended, and those that a
    constraint of the database refuses."""
    faults: dict[UUID, str] = {}
    good: list[UUID] = []
    needed = [f for f in of.stored if not f.spec.optional]
    for row in _rows(of, ids):
        missing = [f.spec.words for f in needed if values.get(f.name, row.values[f.name]) is None]
        if row.valid_until is not None and row.valid_until <= timezone.localdate():
            faults[row.id] = _("Bản ghi đã kết thúc; xin khôi phục trước khi sửa.")
        elif missing:
            faults[row.id] = _("Còn thiếu: %(labels)s") % {"labels": ", ".join(missing)}
        else:
            good.append(row.id)
    stored = {n: v for n, v in values.items() if not of.fields[n].is_secret}
    if stored:
        sets = ", ".join(f'"{name}" = %s' for name in stored)
        params = [None if v is None else of.fields[n].kind.to_sql(v) for n, v in stored.items()]
        with policy.trial():
            _halve(of, f"UPDATE {of.table} SET {sets} WHERE id = ANY(%s)", params, good, faults)  # noqa: S608
    return faults


def _halve(of: Shape, sql: str, params: Sequence[Any], ids: Sequence[UUID], faults: dict[UUID, str]) -> None:
    """Update all; where a constraint refuses, its halves one after the other, down to the records at fault."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(sql, [*params, list(ids)])
    except IntegrityError as error:
        if len(ids) == 1:
            faults[ids[0]] = in_words(rows.refused(error, of))
            return
        middle = len(ids) // 2
        _halve(of, sql, params, ids[:middle], faults)
        _halve(of, sql, params, ids[middle:], faults)


def _rows(of: Shape, ids: Sequence[UUID]) -> Iterable[Row]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {of.select} FROM {of.table} t WHERE t.id = ANY(%s)", [list(ids)])  # noqa: S608
        return [of.row(row) for row in cursor.fetchall()]


def _kept(actor: Actor) -> dict[str, Any]:
    """The actor as the worker needs it: the decision was theirs, with the leave that they had."""
    return {
        "stamp": actor.stamp(),
        "unit": actor.unit,
        "name": actor.name,
        "roles": sorted(actor.roles),
        "permissions": sorted(actor.permissions),
        "assurance": actor.assurance,
    }


def _again(kept: Mapping[str, Any]) -> Actor:
    stamp = kept["stamp"]

    def id_of(key: str) -> UUID | None:
        return UUID(stamp[key]) if key in stamp else None

    return Actor(
        account=id_of("account"),
        post=id_of("post"),
        agency=id_of("agency"),
        case=id_of("case"),
        unit=kept["unit"],
        name=kept["name"],
        roles=frozenset(kept["roles"]),
        permissions=frozenset(kept["permissions"]),
        assurance=kept["assurance"],
        system=stamp.get("system", ""),
    )
