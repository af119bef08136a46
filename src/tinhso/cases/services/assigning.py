"""Who does a task: a head gives it to a colleague, a colleague takes it over, an officer who leaves hands it on."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from tinhso.identity.contracts import PostRef
from tinhso.identity.queries import post as post_ref
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound

from .. import policy, timeline
from ..bpmn import APPLICANT, PLATFORM
from ..contracts import CASE_ASSIGNED, CaseRef
from ..models import Case, Task
from .moving import where
from .work import done_already, task_of

ASSIGN = "case.assign"


def assign(actor: Actor, task_id: UUID, post: UUID, *, note: str = "") -> CaseRef:
    """Give an open task to a post that may do it, whoever has it now. For the head of the agency and leaders
    (`case.assign`). Given to who has it already, nothing changes.

    NotFound for what may not be seen, Forbidden without the permission, Invalid where the post does not do such a task
    or nobody sits in it, Conflict where the task is done.
    """
    with transaction.atomic():
        case, task = _led(actor, task_id)
        to = _fit(task, post)
        if task.claimed_by != to.id or task.claimed_name != to.holder:
            give(actor, case, task, to, note=note)
    return CaseRef(case.pk, case.code)


def take_over(actor: Actor, task_id: UUID, reason: str) -> CaseRef:
    """Take a task that a colleague has claimed, saying why; the colleague stays in the timeline. Invalid without a
    reason, Conflict where nobody has it or it is done."""
    if not reason.strip():
        raise Invalid({"note": [_("Xin ghi lý do nhận việc thay")]})
    with transaction.atomic():
        case, task = task_of(actor, task_id)
        if task.claimed_by == actor.post:
            return CaseRef(case.pk, case.code)
        if task.claimed_by is None or actor.post is None:
            raise Conflict(_("Việc này chưa ai nhận; Ông/Bà nhận được ngay."), title=_("Chưa ai nhận việc này"))
        old, task.claimed_by, task.claimed_name = task.claimed_name, actor.post, actor.name
        task.save(update_fields=["claimed_by", "claimed_name"])
        timeline.write(actor, case, "taken-over", task.step, at=timezone.now(), old=old, note=reason.strip())
        audit.record(actor, "case.take-over", f"case:{case.pk}", task=str(task.pk), step=task.step)
        events.publish(actor, CASE_ASSIGNED, f"case:{case.pk}", task=task.step, to=str(actor.post), **where(case))
    return CaseRef(case.pk, case.code)


def pass_on(actor: Actor, task_id: UUID, old: UUID, to: UUID | None, *, note: str) -> CaseRef:
    """Hand a task that the post `old` has claimed to another post, or back to the unit (`to` None). Part of handing
    over all that an officer has; Conflict where the task is no longer that post's."""
    with transaction.atomic():
        case, task = _led(actor, task_id)
        if task.claimed_by != old:
            raise Conflict(_("Việc này không còn do vị trí đó giữ."), title=_("Đã có người khác nhận"))
        if to is not None:
            give(actor, case, task, _fit(task, to), note=note)
            return CaseRef(case.pk, case.code)
        task.claimed_by, task.claimed_name = None, ""
        task.save(update_fields=["claimed_by", "claimed_name"])
        timeline.write(actor, case, "released", task.step, at=timezone.now(), note=note)
        audit.record(actor, "case.release", f"case:{case.pk}", task=str(task.pk), step=task.step, old=str(old))
        events.publish(actor, CASE_ASSIGNED, f"case:{case.pk}", task=task.step, to="", **where(case))
    return CaseRef(case.pk, case.code)


def give(actor: Actor, case: Case, task: Task, to: PostRef, *, note: str = "") -> None:
    """Write that a task is now a post's, in the transaction that holds the case."""
    old, task.claimed_by, task.claimed_name = task.claimed_by, to.id, to.holder
    task.save(update_fields=["claimed_by", "claimed_name"])
    told = {"note": note.strip()} if note.strip() else {}
    timeline.write(actor, case, "assigned", task.step, at=timezone.now(), to=f"{to.holder} ({to.title})", **told)
    audit.record(
        actor, "case.assign", f"case:{case.pk}", task=str(task.pk), step=task.step, to=str(to.id), old=str(old or "")
    )
    events.publish(actor, CASE_ASSIGNED, f"case:{case.pk}", task=task.step, to=str(to.id), **where(case))


def _led(actor: Actor, task_id: UUID) -> tuple[Case, Task]:
    case_id = Task.objects.filter(pk=task_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise NotFound()
    case = policy.get(actor, case_id, lock=True)
    task = Task.objects.get(pk=task_id)
    if not policy.leads_task(actor, case, task, ASSIGN):
        raise Forbidden(_("Chỉ người phụ trách bộ phận hay lãnh đạo được giao việc."))
    if task.completed_at:
        raise done_already(case, task)
    if task.role in {APPLICANT, PLATFORM}:
        raise Conflict(_("Hồ sơ đang không chờ cán bộ nào."), title=_("Không có việc để giao"))
    return case, task


def _fit(task: Task, post: UUID) -> PostRef:
    """The post, where it may do the task and somebody sits in it."""
    try:
        with override("vi"):  # the timeline is kept, and does not follow the reader's language
            found = post_ref(post)
    except NotFound:
        raise Invalid({"to": [_("Xin chọn một đồng nghiệp trong danh sách")]}) from None
    if task.role not in found.roles or task.agency_id not in policy.desks(found.agency):
        raise Invalid({"to": [_("Vị trí này không làm bước đó của cơ quan này")]})
    if not found.holder:
        raise Invalid({"to": [_("Vị trí này hiện không có người giữ")]})
    return found
