"""What the process of a case did, as rows and timeline: shared by whoever moves it. Inside the transaction that holds
the case's lock."""

from datetime import datetime

from django.utils.translation import gettext as _

from tinhso.kernel import events
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Conflict
from tinhso.kernel.packs import Compiled

from .. import form, timeline, workflow
from ..bpmn import APPLICANT
from ..contracts import CASE_MESSAGE_SENT
from ..definitions import ProcedureDefinition
from ..models import Case, Task
from .due import run_on

INTERRUPTED = "interrupted"
"""The outcome of a task that a timer, a message or an error broke off."""


def values_of(case: Case, model: ProcedureDefinition) -> workflow.Form:
    """The form's values, for conditions and decision tables that ask for them."""
    return lambda: form.from_json(model, case.form)


def advance(case: Case, found: Compiled, step: str, outcome: str, now: datetime) -> workflow.Moved:
    """Complete a step in the process. Conflict where a decision table has no one answer: nothing is done then."""
    try:
        return workflow.advance(found, case.workflow, step, outcome, values_of(case, found.model), now=now)
    except workflow.Undecided as error:
        raise undecided(error) from error


def undecided(error: Exception) -> Conflict:
    """The problem that tells the officer why the process cannot go on."""
    return Conflict(
        _("Quy trình của hồ sơ không đi tiếp được; chưa có gì thay đổi. Xin báo quản trị: %(why)s") % {"why": error},
        title=_("Quy trình chưa quyết định được"),
    )


def follow(case: Case, moved: workflow.Moved, now: datetime) -> list[Task]:
    """Take over the state of the process. Tasks whose token is gone are closed and returned; where the applicant's is
    among them the clock runs again."""
    case.workflow, case.wakes_at = moved.state, moved.wakes
    if not Task.objects.filter(case=case, completed_at=None).exists():
        return []
    here = {waiting.step for waiting in moved.open}
    gone = list(Task.objects.filter(case=case, completed_at=None).exclude(step__in=here))
    by = system("cases.process")
    for task in gone:
        task.completed_at, task.outcome = now, INTERRUPTED
        task.completed_by, task.completed_name = by.post or by.account, ""
        task.save(update_fields=["completed_at", "outcome", "completed_by", "completed_name"])
    if case.paused_at is not None and any(task.role == APPLICANT for task in gone):
        run_on(case, workflow.procedure(case.procedure, case.version).model, now)
    return gone


def ending(model: ProcedureDefinition, moved: workflow.Moved, outcome: str) -> str:
    """What an ended process means for the case: what the procedure says of the end events that were reached, refused
    where one of them is; else what was answered last."""
    said = {model.ends[element] for element in moved.ends if element in model.ends}
    if said:
        return "refused" if "refused" in said else "returned"
    return "refused" if outcome == "refuse" else "returned"


def why_refused(model: ProcedureDefinition, moved: workflow.Moved) -> str:
    """The reason for a refusal that no officer gave, as the process has it: what stands beside the rules by which the
    last table on this way answered, else the name of the end event."""
    notes = [note for answer in moved.decided[-1:] for _number, note in answer.rules if note]
    if not notes:
        ends = [element for element in moved.ends if model.ends.get(element) == "refused"] or [moved.end]
        notes = [workflow.label(model, element) for element in ends]
    return "; ".join(filter(None, notes))


def tell(actor: Actor, case: Case, moved: workflow.Moved, now: datetime) -> None:
    """What decision tables answered and which messages went out, in the timeline and for subscribers."""
    platform = system("cases.process")
    for answer in moved.decided:
        told = {"table": answer.table, "values": dict(answer.values), "rules": [list(rule) for rule in answer.rules]}
        timeline.write(platform, case, "decided", answer.element, at=now, **told)
    for name in moved.sent:
        timeline.write(platform, case, "message-sent", name, at=now)
        events.publish(
            actor,
            CASE_MESSAGE_SENT,
            f"case:{case.pk}",
            message=name,
            procedure=case.procedure,
            agency=str(case.holder_id),
            unit=case.unit,
            code=case.code,
        )
