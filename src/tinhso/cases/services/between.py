"""Between agencies: a task that is another agency's to do is sent there; that one takes it, or sends it back.

A case as a whole goes with its task where the agency that holds it was not the competent one: its code, and the agency
that received it, stay. A step that is done elsewhere anyway (`at:`) goes alone.
"""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.identity.contracts import AgencyRef
from tinhso.identity.queries import agencies, agency_by_id, successor_agencies
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid

from .. import policy, timeline, workflow
from ..bpmn import APPLICANT, PLATFORM
from ..contracts import CASE_SENT_ON, CaseRef
from ..models import Case, Status, Task
from .due import watch_task
from .moving import close, step_due, where
from .work import not_taken, task_of

SENT = "sent"
"""The key of a task's payload while the agency to which it was sent has not answered."""


def places(actor: Actor) -> list[AgencyRef]:
    """The agencies to which the actor's may send a task on: those that stand today, without its own and counters."""
    own = policy.desks(actor.agency) if actor.agency else frozenset()
    return [one for one in agencies() if one.id not in own and one.kind != "one-stop-centre"]


def send_on(actor: Actor, task_id: UUID, to: UUID, reason: str) -> CaseRef:
    """Send an open task to the agency that is competent for it, saying why. It opens there with the hours of its step
    anew, and never after the case's due time; nobody does it before it is accepted. Sent there twice it is sent once.

    Invalid without a reason or where the agency cannot take it; Conflict where it is sent already, was approved, or
    waits for the applicant.
    """
    if not reason.strip():
        raise Invalid({"note": [_("Xin ghi lý do chuyển")]})
    with transaction.atomic():
        case, task = task_of(actor, task_id)
        not_taken(actor, task)
        if SENT in task.payload:
            raise Conflict(_("Việc này vừa được chuyển đến; xin chuyển lại nơi gửi."), title=_("Không chuyển tiếp"))
        if case.paused_at is not None or case.internal or case.status == Status.PROCESSED:
            raise Conflict(_("Hồ sơ đang không chờ cơ quan nào giải quyết."), title=_("Không chuyển được hồ sơ này"))
        there = next((one for one in places(actor) if one.id == to), None)
        if there is None:
            raise Invalid({"to": [_("Xin chọn một cơ quan trong danh sách")]})
        _open(actor, case, task, there, "sent-on", reason=reason, sent=str(task.agency_id))
    return CaseRef(case.pk, case.code)


def accept_sent(actor: Actor, task_id: UUID) -> CaseRef:
    """Take what was sent. The case is held here from now on, where its sender held it."""
    with transaction.atomic():
        case, task = task_of(actor, task_id)
        if SENT not in task.payload:
            return CaseRef(case.pk, case.code)
        sender = UUID(task.payload[SENT])
        task.payload = {key: value for key, value in task.payload.items() if key != SENT}
        task.save(update_fields=["payload"])
        here = agency_by_id(task.agency_id)
        told = {}
        model = workflow.procedure(case.procedure, case.version).model
        if case.holder_id == sender and model.step(task.step).at is None:
            case.holder_id = task.agency_id
            case.revision += 1
            case.save(update_fields=["holder", "revision"])
            left = Task.objects.filter(case=case, completed_at=None).exclude(role__in=[APPLICANT, PLATFORM])
            elsewhere = {one.step: str(one.agency_id) for one in left if one.agency_id != case.holder_id}
            told = {"holder": str(case.holder_id), "places": elsewhere}
        timeline.write(actor, case, "sent-accepted", task.step, at=timezone.now(), to=here.name, **told)
        _say(actor, case, task, "accepted")
    return CaseRef(case.pk, case.code)


def send_back(actor: Actor, task_id: UUID, reason: str) -> CaseRef:
    """Send back what was sent here by mistake, saying why: to its sender, or the agency that does that one's work
    today."""
    if not reason.strip():
        raise Invalid({"note": [_("Xin ghi lý do chuyển lại")]})
    with transaction.atomic():
        case, task = task_of(actor, task_id)
        if SENT not in task.payload:
            raise Conflict(_("Việc này đã được nhận hoặc không do nơi khác chuyển đến."), title=_("Không chuyển lại"))
        sender = UUID(task.payload[SENT])
        today = successor_agencies(sender)
        there = today[0] if today else agency_by_id(case.holder_id)
        _open(actor, case, task, there, "sent-back", reason=reason)
    return CaseRef(case.pk, case.code)


def _open(actor: Actor, case: Case, task: Task, there: AgencyRef, kind: str, *, reason: str, sent: str = "") -> None:
    """Close the task here and open it there, on a row of its own: each agency answers for its own time."""
    now = timezone.now()
    close(task, actor, kind, now, reason.strip())
    model = workflow.procedure(case.procedure, case.version).model
    again = Task(
        case=case,
        step=task.step,
        role=task.role,
        agency_id=there.id,
        opened_at=now,
        due_at=step_due(case, model, workflow.Open(task.step, task.role), now),
        payload={SENT: sent} if sent else {},
    )
    watch_task(again)
    again.save(force_insert=True)
    case.revision += 1
    case.save(update_fields=["revision"])
    timeline.write(
        actor,
        case,
        kind,
        task.step,
        at=now,
        to=there.name,
        note=reason.strip(),
        closes=[task.step],
        opens=[task.step],
        places={task.step: str(there.id)},
    )
    _say(actor, case, again, kind)


def _say(actor: Actor, case: Case, task: Task, how: str) -> None:
    audit.record(actor, "case.send-on", f"case:{case.pk}", task=str(task.pk), step=task.step, how=how)
    events.publish(
        actor, CASE_SENT_ON, f"case:{case.pk}", task=task.step, to=str(task.agency_id), how=how, **where(case)
    )
