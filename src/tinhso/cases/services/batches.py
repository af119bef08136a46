"""The same deed for many tasks: chosen in the inbox, reviewed, confirmed once, then done by the worker, each case in a
transaction of its own. What fails is named and the others go on; a worker that dies is followed by another."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from tinhso.identity.queries import actor_in_post, post
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Problem

from .. import policy, workflow
from ..bpmn import APPLICANT, PLATFORM
from ..contracts import BATCH_MOVED
from ..definitions import ProcedureDefinition
from ..models import Batch, BatchItem, Case, Task
from . import assigning
from .work import APPROVE, DONE, claim, complete, outcomes

log = structlog.get_logger()

MOST = 500
"""So many tasks are chosen at once; handing over what an officer has is not bounded."""
SIGN, FINISH, CLAIM, ASSIGN, HAND_OVER = "approve", "done", "claim", "assign", "hand-over"
CHOSEN = (SIGN, FINISH, CLAIM, ASSIGN)


def prepare_batch(actor: Actor, kind: str, tasks: Sequence[UUID]) -> UUID:
    """Put the chosen tasks together for review; nothing is done yet. What this deed cannot do is named there already.

    `kind`: approve (sign), done (complete steps that need no word), claim, assign. Tasks that the actor may not see are
    left out. Invalid for none or more than 500, Forbidden for a deed that the post may not do.
    """
    if kind not in CHOSEN:
        raise Invalid({"kind": [_("Xin chọn việc cần làm")]})
    if kind == ASSIGN and not actor.may(assigning.ASSIGN):
        raise Forbidden(_("Chỉ người phụ trách bộ phận hay lãnh đạo được giao việc."))
    wanted = list(dict.fromkeys(tasks))
    if not wanted or len(wanted) > MOST:
        raise Invalid({"tasks": [_("Xin chọn từ một đến %(most)s việc") % {"most": MOST}]})
    rows = Task.objects.filter(pk__in=wanted, case__in=_seen(actor, wanted)).select_related("case")
    found = {task.pk: task for task in rows}
    if not found:
        raise Invalid({"tasks": [_("Những việc đã chọn không còn ở hàng đợi.")]})
    with transaction.atomic():
        batch = _make(actor, kind)
        _add(batch, [found[one] for one in wanted if one in found], why=lambda task: _unfit(actor, kind, task))
    return batch.pk


def prepare_hand_over(actor: Actor, old: UUID, to: Sequence[UUID], reason: str) -> UUID:
    """Put all the open tasks that a post has together, to be handed to these colleagues in turn by due time, or back to
    the unit where none is named. For the head of the agency and leaders. Invalid without a reason, for colleagues that
    nobody is, or where the post has nothing."""
    if not actor.may(assigning.ASSIGN):
        raise Forbidden(_("Chỉ người phụ trách bộ phận hay lãnh đạo được bàn giao việc."))
    errors = {}
    if not reason.strip():
        errors["note"] = [_("Xin ghi lý do bàn giao")]
    tasks = Task.objects.filter(claimed_by=old, completed_at=None).select_related("case").order_by("due_at", "id")
    if not actor.may("case.see-province"):
        tasks = tasks.filter(case__holder__in=policy.desks(actor.agency) if actor.agency else [])
    rows = list(tasks)
    if not rows:
        errors[""] = [_("Vị trí này không giữ việc nào.")]
    if errors:
        raise Invalid(errors)
    takers = [post(one) for one in dict.fromkeys(to)]
    turns = {role: [one.id for one in takers if role in one.roles] for role in {task.role for task in rows}}
    places: list[UUID | None] = []
    given: dict[str, int] = {}
    for task in rows:
        able = turns[task.role]
        places.append(able[given.get(task.role, 0) % len(able)] if able else None)
        given[task.role] = given.get(task.role, 0) + 1
    with transaction.atomic():
        batch = _make(actor, HAND_OVER, old=str(old), note=reason.strip())
        _add(batch, rows, to=places)
        _queue(actor, batch)
    return batch.pk


def confirm_batch(
    actor: Actor, batch_id: UUID, *, left: Iterable[int] = (), to: UUID | None = None, note: str = ""
) -> None:
    """Do it: one confirmation for all that is not `left` out (by place). Assigning needs `to`, the colleague. Confirmed
    twice it is done once. Invalid where nothing is left to be done or nobody is named."""
    with transaction.atomic():
        batch = _own(actor, batch_id)
        if batch.state in {"queued", "done"}:
            return
        if batch.state != "ready":
            raise Conflict(_("Lô việc này đã bỏ."), title=_("Không làm được nữa"))
        if batch.kind == ASSIGN:
            if to is None:
                raise Invalid({"to": [_("Xin chọn một đồng nghiệp trong danh sách")]})
            batch.told = {"to": str(to), "note": note.strip()}
        items = BatchItem.objects.filter(batch=batch, state="waiting")
        items.filter(place__in=list(left)).update(state="left")
        if not items.exists():
            raise Invalid({"": [_("Không còn việc nào để làm. Xin giữ lại ít nhất một việc.")]})
        _queue(actor, batch)


def drop_batch(actor: Actor, batch_id: UUID) -> None:
    """Throw a batch away that was not confirmed."""
    with transaction.atomic():
        batch = _own(actor, batch_id)
        if batch.state not in {"ready", "dropped"}:
            raise Conflict(_("Lô việc này đã được xác nhận."), title=_("Không bỏ được nữa"))
        batch.state = "dropped"
        batch.save(update_fields=["state"])
        BatchItem.objects.filter(batch=batch, state="waiting").update(state="left")


def retry_batch(actor: Actor, batch_id: UUID) -> None:
    """Try again what failed: the deed itself where it was not done, the signature where it is in trouble."""
    from ..tasks import finish_signing

    with transaction.atomic():
        batch = _own(actor, batch_id)
        if batch.state != "done":
            raise Conflict(_("Lô việc này đang chạy."), title=_("Xin chờ một chút"))
        failed = BatchItem.objects.filter(batch=batch, state="failed")
        again = failed.filter(
            task__in=Task.objects.filter(pk__in=failed.values("task"), completed_at=None).values("pk")
        )
        count = 0
        for item in again:
            item.revision = Case.objects.values_list("revision", flat=True).get(pk=item.case)
            item.state, item.why = "waiting", ""
            item.save(update_fields=["revision", "state", "why"])
            count += 1
        if count:
            _queue(actor, batch)
        if batch.kind == SIGN:
            done = BatchItem.objects.filter(batch=batch, state="done").values("case")
            for task in Task.objects.filter(case__in=done, role=PLATFORM, completed_at=None):
                if "trouble" in task.payload:
                    finish_signing.defer(task=str(task.pk))


def run_batch(batch_id: UUID) -> None:
    """Do every item that still waits, each in a transaction of its own in which the item says so too: whatever kills
    the worker, an item is done and said done, or neither. Who asked must still sit in the post."""
    batch = Batch.objects.get(pk=batch_id)
    if batch.state != "queued":
        return
    with override(batch.language):
        try:
            actor, stopped = actor_in_post(batch.account, batch.post), ""
        except Problem as problem:
            actor, stopped = None, _words(problem)
        for item_id in (
            BatchItem.objects.filter(batch=batch, state="waiting").order_by("place").values_list("pk", flat=True)
        ):
            why = stopped or (_do(actor, batch, item_id) if actor else "")
            if why:
                BatchItem.objects.filter(pk=item_id, state="waiting").update(
                    state="failed", why=why[:500], done_at=timezone.now()
                )
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch_id)
        if batch.state == "queued" and not BatchItem.objects.filter(batch=batch, state="waiting").exists():
            batch.state, batch.done_at = "done", timezone.now()
            batch.save(update_fields=["state", "done_at"])
            _say(actor or Actor(account=batch.account, post=batch.post, name=batch.name), batch)


def _do(actor: Actor, batch: Batch, item_id: int) -> str:
    """Do one item; returns why it could not be done, "" where it was."""
    try:
        with transaction.atomic():
            item = BatchItem.objects.select_for_update().get(pk=item_id)
            if item.state != "waiting":
                return ""
            _DEEDS[batch.kind](actor, batch.told, item)
            item.state, item.done_at = "done", timezone.now()
            item.save(update_fields=["state", "done_at"])
    except Problem as problem:
        log.info("item of a batch refused", batch=str(batch.pk), item=item_id, why=str(problem))
        return _words(problem)
    return ""


def _give(actor: Actor, told: Mapping[str, str], item: BatchItem) -> None:
    assigning.assign(actor, item.task, UUID(told["to"]), note=told.get("note", ""))


def _pass_on(actor: Actor, told: Mapping[str, str], item: BatchItem) -> None:
    assigning.pass_on(actor, item.task, UUID(told["old"]), item.to, note=told["note"])


_DEEDS: dict[str, Callable[[Actor, Mapping[str, str], BatchItem], object]] = {
    SIGN: lambda actor, _told, item: complete(actor, item.task, APPROVE, revision=item.revision),
    FINISH: lambda actor, _told, item: complete(actor, item.task, DONE, revision=item.revision),
    CLAIM: lambda actor, _told, item: claim(actor, item.task),
    ASSIGN: _give,
    HAND_OVER: _pass_on,
}


def _words(problem: Problem) -> str:
    return str(problem.detail or problem) if not isinstance(problem, NotFound) else _("Không còn thấy hồ sơ này")


def _seen(actor: Actor, tasks: Sequence[UUID]) -> list[UUID]:
    cases = Task.objects.filter(pk__in=tasks).values_list("case_id", flat=True)
    return list(Case.objects.filter(policy.visible(actor), pk__in=list(cases)).values_list("pk", flat=True))


def _make(actor: Actor, kind: str, **told: str) -> Batch:
    if actor.account is None or actor.post is None:
        raise Forbidden()
    batch = Batch(kind=kind, account=actor.account, post=actor.post, name=actor.name, told=told)
    batch.language = get_language() or "vi"
    batch.save(force_insert=True)
    return batch


def _add(
    batch: Batch,
    tasks: Sequence[Task],
    *,
    to: Sequence[UUID | None] = (),
    why: Callable[[Task], str] = lambda task: "",
) -> None:
    faults = [why(task) for task in tasks]
    BatchItem.objects.bulk_create(
        BatchItem(
            batch=batch,
            place=place,
            task=task.pk,
            case=task.case.pk,
            code=task.case.code,
            revision=task.case.revision,
            to=to[place - 1] if to else None,
            state="failed" if fault else "waiting",
            why=fault,
        )
        for place, (task, fault) in enumerate(zip(tasks, faults, strict=True), 1)
    )


def _unfit(actor: Actor, kind: str, task: Task) -> str:
    """Why this deed cannot be done to the task, as far as can be seen beforehand."""
    if task.completed_at or task.role in {APPLICANT, PLATFORM}:
        return _("Bước này đã xong") if task.completed_at else _("Hồ sơ đang không chờ cán bộ nào")
    if kind == ASSIGN:
        led = policy.leads(actor, task.case, assigning.ASSIGN)
        return "" if led else _("Hồ sơ của cơ quan khác")
    if not policy.may_do(actor, task):
        return _("Bước này do vị trí khác thực hiện.")
    if task.claimed_by and task.claimed_by != actor.post:
        return _("%(who)s đang xử lý việc này.") % {"who": task.claimed_name}
    return "" if kind == CLAIM else _unfit_step(kind, task)


def _unfit_step(kind: str, task: Task) -> str:
    model: ProcedureDefinition = workflow.procedure(task.case.procedure, task.case.version).model
    allowed = outcomes(model, task.case, model.step(task.step))
    if kind == SIGN:
        return "" if APPROVE in allowed else _("Bước này không phải bước ký")
    return "" if DONE in allowed else _("Bước này phải ký số, hoặc phải ghi lời; xin mở hồ sơ để làm")


def _own(actor: Actor, batch_id: UUID) -> Batch:
    batch = Batch.objects.select_for_update().filter(pk=batch_id, account=actor.account, post=actor.post).first()
    if batch is None:
        raise NotFound()
    return batch


def _queue(actor: Actor, batch: Batch) -> None:
    from ..tasks import run_batch as job

    batch.state, batch.confirmed_at = "queued", timezone.now()
    batch.save(update_fields=["state", "confirmed_at", "told"])
    count = BatchItem.objects.filter(batch=batch, state="waiting").count()
    audit.record(actor, "case.batch", f"batch:{batch.pk}", kind=batch.kind, cases=count)
    _say(actor, batch)
    job.defer(batch=str(batch.pk))


def _say(actor: Actor, batch: Batch) -> None:
    events.publish(actor, BATCH_MOVED, f"batch:{batch.pk}", kind=batch.kind, state=batch.state)
