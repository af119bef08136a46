"""Records of one thing become one: the survivor gets the chosen values, the others end with a pointer to it, and what
refers to them refers to the survivor from then on. One transaction; `unmerge` takes all of it back."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel import audit, events, packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Problem

from .. import ddl, policy
from ..contracts import RECORDS_MERGED, Change, Pointing, RecordRef
from ..models import Merge, MergeStep
from ..shape import KIND, SCHEMA, Field, Shape, shape
from . import rows
from .change import end, restore, update

MOST = 10
"""Records merged at once."""
Step = tuple[str, str, UUID, int, int]


def merge(actor: Actor, change: Change, *, case: UUID | None = None) -> RecordRef:
    """Merge `change.others` into `change.record`, which takes `change.values`.

    What the actor may not write stops it: Conflict names the register. Raises StaleRevision where one of them was
    changed meanwhile, Invalid where a chosen value is refused.
    """
    of = shape(change.register)
    policy.need_write(actor, of, by_case=case is not None)
    why = rows.reason(change.why, needed=True)
    survivor, others = change.record, dict(change.others)
    if survivor is None or not others or survivor in others or len(others) >= MOST:
        raise Invalid({"ids": [_("Xin chọn từ hai đến %(most)d bản ghi để gộp.") % {"most": MOST}]})
    with transaction.atomic():
        refuse_unwritable(pointing(actor, change.register, list(others)), by_case=case is not None)
        steps: list[Step] = []
        told = _("Gộp vào bản ghi %(id)s. %(why)s") % {"id": survivor, "why": why}
        with _apart_in_the_end(of):
            ref = update(actor, change.register, survivor, change.values, revision=change.revision, why=why, case=case)
            steps.append(("survivor", change.register, survivor, change.revision, ref.revision))
            for record, seen in others.items():
                day = max(timezone.localdate(), _since(of, record) + timedelta(days=1))
                gone = end(actor, change.register, record, on=day, revision=seen, why=told, case=case)
                steps.append(("ended", change.register, record, seen, gone.revision))
        steps += _point(actor, change, told, case)
        row = Merge.objects.create(
            register=change.register, survivor=survivor, why=why, actor=actor.stamp(), case_id=case
        )
        MergeStep.objects.bulk_create(
            MergeStep(merge=row, kind=kind, register=register, record=record, before=before, after=after)
            for kind, register, record, before, after in steps
        )
        _say(actor, row, undone=False)
    return next((RecordRef(r, i, after) for _kind, r, i, _before, after in reversed(steps) if i == survivor), ref)


def unmerge(actor: Actor, change: Change, *, case: UUID | None = None) -> RecordRef:
    """Take the merge `change.of` back: every record it touched has again what it had. All or nothing: Conflict names
    what was changed since."""
    why = rows.reason(change.why, needed=True)
    with transaction.atomic():
        row = Merge.objects.select_for_update().filter(pk=change.of, register=change.register).first()
        if row is None:
            raise NotFound()
        of = shape(row.register)
        policy.need_write(actor, of, by_case=case is not None)
        if row.undone_at:
            raise Conflict(_("Việc gộp này đã được hoàn tác."))
        steps = list(MergeStep.objects.filter(merge=row).order_by("-pk"))
        try:
            with _apart_in_the_end(of):
                ref = _undo(actor, row, steps, why, case)
        except Problem as problem:
            if isinstance(problem, (Forbidden, NotFound)):
                raise
            raise Conflict(
                _("Có bản ghi đã được sửa sau khi gộp, nên không hoàn tác được: %(what)s") % {"what": problem.detail}
            ) from problem
        row.undone_at = timezone.now()
        row.save(update_fields=["undone_at"])
        _say(actor, row, undone=True)
    return ref


@contextmanager
def _apart_in_the_end(of: Shape) -> Iterator[None]:
    """What the register keeps apart (`apart`) is judged when survivor and merged ones stand as they will. Raises
    Conflict."""
    names = [f'{SCHEMA}."{thing.name(of)}"' for thing in ddl.objects(of) if thing.sort == "exclusion"]
    if not names:
        yield
        return
    with connection.cursor() as cursor:
        cursor.execute(f"SET CONSTRAINTS {', '.join(names)} DEFERRED")
        yield
        try:
            cursor.execute(f"SET CONSTRAINTS {', '.join(names)} IMMEDIATE")
        except IntegrityError as error:
            raise rows.refused(error, of) from error


def _undo(actor: Actor, row: Merge, steps: Sequence[MergeStep], why: str, case: UUID | None) -> RecordRef:
    """Backwards, step by step, but the ended first: they live again before anything refers to them."""
    ref = RecordRef(row.register, row.survivor, 0)
    now = {step.record: step.after for step in reversed(steps)}
    for step in sorted(steps, key=lambda one: one.kind != "ended"):
        if step.before == step.after:
            continue
        done = restore(
            actor,
            step.register,
            step.record,
            to_revision=step.before,
            revision=now[step.record],
            why=why,
            case=case,
        )
        now[step.record] = done.revision
        if step.record == row.survivor:
            ref = done
    return ref


def pointing(actor: Actor, register: str, ids: Sequence[UUID]) -> list[Pointing]:
    """Which registers have living records that refer to these, how many, and whether the actor may write them all."""
    found = []
    for of, fields in _referring(register):
        condition, params = _refers(fields, ids)
        seen, more = policy.visible(actor, of)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT count(*), count(*) FILTER (WHERE {seen}) FROM {of.table} t"  # noqa: S608  our own names
                f" WHERE ({condition}) AND {_LIVING} AND NOT t.id = ANY(%s)",
                [*more, *params, list(ids)],
            )
            count, visible = cursor.fetchone()
        if count:
            may = policy.keeps(actor, of) or bool(actor.system)
            free = of.register == register or not policy.asks_first(actor, of)
            found.append(Pointing(of.register, str(of.definition.name), count, may and free and visible == count))
    return found


def refuse_unwritable(found: Sequence[Pointing], *, by_case: bool) -> None:
    """Raise Conflict in words where records that refer to the merged ones may not be written by who merges."""
    closed = [one for one in found if not one.writable]
    if closed and not by_case:
        names = "; ".join(_("%(name)s (%(count)d bản ghi)") % {"name": one.name, "count": one.count} for one in closed)
        raise Conflict(
            _("Có sổ dẫn tới các bản ghi này mà Ông/Bà không được ghi: %(names)s. Chưa có gì được gộp; xin nhờ người"
              " giữ các sổ ấy.") % {"names": names},
            title=_("Không gộp được"),
        )  # fmt: skip


_LIVING = "(t.valid_until IS NULL OR t.valid_until > current_date)"


def _referring(register: str) -> Iterator[tuple[Shape, list[Field]]]:
    """Registers in force with fields that refer to `register`, alone or as a column of rows."""
    for compiled in packs.in_force(KIND):
        of = shape(compiled.name)
        fields = [f for f in of.stored if register in _targets(f)]
        if fields:
            yield of, fields


def _targets(field: Field) -> list[str]:
    if field.spec.type == "reference":
        return [field.options.to]
    if field.spec.type == "table":
        return [c.settings().to for c in field.options.columns if c.type == "reference"]
    return []


def _refers(fields: Sequence[Field], ids: Sequence[UUID]) -> tuple[str, list[Any]]:
    parts: list[str] = []
    params: list[Any] = []
    for field in fields:
        if field.spec.type == "reference":
            parts.append(f't."{field.name}" = ANY(%s)')
            params.append(list(ids))
            continue
        for id in ids:
            parts.append(f't."{field.name}"::text LIKE %s')
            params.append(f'%"{id}"%')
    return " OR ".join(parts), params


def _point(actor: Actor, change: Change, why: str, case: UUID | None) -> Iterator[Step]:
    """Point what refers to the merged records to the survivor, a new version each."""
    register, survivor, ids = change.register, change.record, list(change.others)
    for of, fields in _referring(register):
        condition, params = _refers(fields, ids)
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT {of.select} FROM {of.table} t WHERE ({condition}) AND {_LIVING}"  # noqa: S608  our own names
                " AND NOT t.id = ANY(%s) ORDER BY t.id",
                [*params, list(ids)],
            )
            found = [of.row(row) for row in cursor.fetchall()]
        for row in found:
            to = survivor if row.id != survivor else None
            values = {f.name: _pointed(f, row.values[f.name], register, ids, to) for f in fields}
            changed = {name: value for name, value in values.items() if value != row.values[name]}
            if changed:
                ref = update(actor, of.register, row.id, changed, revision=row.revision, why=why, case=case)
                yield "pointed", of.register, row.id, row.revision, ref.revision


def _pointed(field: Field, value: Any, register: str, ids: Sequence[UUID], survivor: UUID | None) -> Any:
    """The value with the survivor in place of what was merged into it; nothing refers to itself."""
    if field.spec.type == "reference":
        return survivor if value in ids else value
    names = [c.name for c in field.options.columns if c.type == "reference" and c.settings().to == register]
    return [cells | {name: survivor for name in names if cells.get(name) in ids} for cells in value or []] or None


def _since(of: Shape, record: UUID) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT valid_from FROM {of.table} WHERE id = %s", [record])  # noqa: S608  our own name
        found = cursor.fetchone()
    if found is None:
        raise NotFound()
    return found[0]


def _say(actor: Actor, row: Merge, *, undone: bool) -> None:
    told = {"register": row.register, "merge": str(row.pk)}
    audit.record(actor, "record.unmerge" if undone else "record.merge", f"record:{row.survivor}", **told)
    events.publish(actor, RECORDS_MERGED, f"record:{row.survivor}", undone=undone, **told)
