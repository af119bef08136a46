"""An agency stops a case for a legal ground, and a leader opens an ended one again."""

from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid

from .. import placing, policy, timeline, workflow
from ..bpmn import APPLICANT, PLATFORM
from ..contracts import CASE_CANCELLED, CASE_REOPENED, CaseRef
from ..models import Case, Pause, Status, Task
from .due import run_on, stand, watch_task
from .moving import say_ended, step_due, stop, where

CANCEL, REOPEN = "case.cancel", "case.reopen"
AGAIN = frozenset({"refused", "stopped", "withdrawn"})
"""The outcomes after which a case may be opened again: nothing was issued by them."""


def cancel(actor: Actor, case_id: UUID, reason: str, ground: str) -> CaseRef:
    """Stop a running case (status 8), for a reason and its legal ground; the applicant gets both in writing. For the
    head of the agency (`case.cancel`). Said twice it is done once.

    Invalid without reason or ground, Forbidden for others, Conflict where the case was approved or has ended.
    """
    errors = {}
    if not reason.strip():
        errors["note"] = [_("Xin ghi lý do dừng giải quyết")]
    if not ground.strip():
        errors["ground"] = [_("Xin ghi căn cứ pháp lý của việc dừng giải quyết")]
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        case = policy.get(actor, case_id, lock=True)
        if not policy.leads(actor, case, CANCEL) or case.internal:
            raise Forbidden(_("Chỉ người đứng đầu cơ quan được dừng giải quyết hồ sơ."))
        if case.outcome == "stopped":
            return CaseRef(case.pk, case.code)
        tasks = list(Task.objects.filter(case=case, completed_at=None))
        if not may_end(case, tasks):
            raise Conflict(_("Hồ sơ đã được giải quyết nên không dừng được nữa."), title=_("Không dừng được hồ sơ này"))
        stop(actor, case, tasks, "cancelled", timezone.now(), note=reason.strip(), ground=ground.strip())
        audit.record(actor, "case.cancel", f"case:{case.pk}", ground=ground.strip())
        events.publish(actor, CASE_CANCELLED, f"case:{case.pk}", **where(case))
        say_ended(actor, case)
    return CaseRef(case.pk, case.code)


def reopen(actor: Actor, case_id: UUID, reason: str) -> CaseRef:
    """Open a case again that was refused, stopped or withdrawn, at the step where it ended, saying why. For the head of
    the agency and leaders (`case.reopen`).

    Its due times move by the working time that it was closed; a supplement that was being waited for is waited for
    again. The slip of a refusal stays among its papers, and another refusal makes another. Invalid without a reason,
    Forbidden for others, Conflict where the case runs or gave a result.
    """
    if not reason.strip():
        raise Invalid({"note": [_("Xin ghi lý do mở lại hồ sơ")]})
    with transaction.atomic():
        case = policy.get(actor, case_id, lock=True)
        if not policy.leads(actor, case, REOPEN) or case.internal:
            raise Forbidden(_("Chỉ lãnh đạo được mở lại hồ sơ đã kết thúc."))
        if case.outcome not in AGAIN or case.ended_at is None:
            raise Conflict(
                _("Chỉ mở lại được hồ sơ đã từ chối, đã dừng hoặc đã rút."), title=_("Không mở lại được hồ sơ này")
            )
        steps, stood, state = _before(case)
        found = workflow.procedure(case.procedure, case.version)
        now = timezone.now()
        paused = stood.paused
        if paused:
            pause = Pause.objects.filter(case=case).latest("since")
            pause.until = None
            pause.save(update_fields=["until"])
            case.paused_at = pause.since
        case.workflow, case.status = state, _status(stood)
        if found.model.process:
            case.wakes_at = now  # its timers are looked at again
        since, case.ended_at, case.outcome, case.on_time, case.margin = case.ended_at, None, "", None, None
        if not paused:
            stand(case, "closed", "", since)
            run_on(case, found.model, now)
        case.results = _put_away(case.results)
        opened: list[Task] = []
        for old in steps:
            waiting = workflow.Open(old.step, old.role)
            due = step_due(case, found.model, waiting, now)
            place = placing.again(case, old)
            task = Task(case=case, step=old.step, role=old.role, agency_id=place, opened_at=now, due_at=due)
            watch_task(task)
            task.save(force_insert=True)
            opened.append(task)
        case.revision += 1
        case.save()
        told: dict[str, Any] = {"opens": [old.step for old in steps], "status": int(case.status), "outcome": ""}
        told |= placing.told(case, opened)
        told["due"] = case.due_at.isoformat() if case.due_at else None
        timeline.write(actor, case, "reopened", at=now, note=reason.strip(), paused=paused, **told)
        audit.record(actor, "case.reopen", f"case:{case.pk}")
        events.publish(actor, CASE_REOPENED, f"case:{case.pk}", **where(case))
    return CaseRef(case.pk, case.code)


def _status(stood: timeline.Replayed) -> Status:
    """How the case stood before it ended; what it waited for then is waited for no more, but for the applicant."""
    waited = stood.status in {Status.SUPPLEMENT, Status.PAYMENT} and not stood.paused
    return Status.PROCESSING if waited else Status(stood.status)


def may_end(case: Case, tasks: list[Task]) -> bool:
    """Whether a case can still be stopped: it runs, and nothing was approved."""
    approved = case.status == Status.PROCESSED or any(task.role == PLATFORM for task in tasks)
    return case.ended_at is None and not approved


def _before(case: Case) -> tuple[list[Task], timeline.Replayed, workflow.State]:
    """The tasks that the end closed, and how the case and its process stood just before it."""
    events = list(timeline.of_case(case.pk))
    at = max(number for number, event in enumerate(events) if event.data.get("outcome"))
    last, stood = events[at].data, timeline.replay(events[:at])
    closed: dict[str, Task] = {}
    for task in Task.objects.filter(case=case, step__in=last.get("closes", ())).order_by("opened_at", "id"):
        closed[task.step] = task
    if not last.get("before") or set(closed) != stood.open:
        raise Conflict(
            _("Quy trình của hồ sơ lúc kết thúc không còn được giữ. Xin nộp lại thành hồ sơ mới."),
            title=_("Không mở lại được hồ sơ này"),
        )
    stood.paused = stood.paused and any(task.role == APPLICANT for task in closed.values())
    return list(closed.values()), stood, last["before"]


def _put_away(results: dict[str, Any]) -> dict[str, Any]:
    """The papers of the case with the slip of its refusal under another name, so that the next has its own."""
    if "refusal" not in results:
        return results
    count = sum(role.startswith("refusal") for role in results)
    return {(f"refusal-{count}" if role == "refusal" else role): value for role, value in results.items()}
