"""The due times of a case and of its tasks, computed from its own history: submission, pauses, what the form says.

Nothing is added up along the way: whoever changes what a due time depends on (a pause that ends, a corrected answer, a
holiday) has it computed anew, so that the order of such changes cannot matter.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.utils import timezone

from .. import clock, workflow
from ..definitions import ProcedureDefinition
from ..models import Case, Pause, Task, Told

Stood = tuple[datetime, datetime]
"""A pause that has ended: since and until."""


def pauses_of(case: Case) -> list[Stood]:
    """The pauses of a case that have ended, oldest first."""
    rows = Pause.objects.filter(case=case, until__isnull=False).order_by("since")
    return [(since, until) for since, until in rows.values_list("since", "until") if until is not None]


def set_due(case: Case, model: ProcedureDefinition, pauses: Sequence[Stood] = ()) -> None:
    """Give the case its due time, and the moment at which something has to be told of it. The caller saves both."""
    case.due_at = clock.due(case.submitted_at, model.deadline, case.form, pauses)
    watch_case(case, clock.stood(pauses))


def watch_case(case: Case, stood: timedelta = timedelta()) -> None:
    """Set when the case's due time is looked at next. What was told of an earlier due time is forgotten where it is not
    so any more: a case that is late no longer may become late again."""
    if case.due_at is None:
        case.alarm_at = None
        return
    risk_at = clock.at_risk_at(case.submitted_at, case.due_at, stood)
    case.told, case.alarm_at = _next(case.told, Told.LATE, (risk_at, case.due_at))


def set_task_due(case: Case, model: ProcedureDefinition, task: Task, pauses: Sequence[Stood] = ()) -> None:
    """Give an open task its due time: its step's hours from its opening, moved by the pauses since, and never after the
    case's own."""
    from .moving import step_due

    due = step_due(case, model, workflow.Open(task.step, task.role), task.opened_at)
    for since, until in pauses if due else ():
        if since >= task.opened_at and due:
            due = clock.shift(due, since, until)
    task.due_at = min(due, case.due_at) if due and case.due_at else due
    watch_task(task)


def watch_task(task: Task) -> None:
    """Set when the task's due time is looked at next."""
    if task.due_at is None or task.completed_at:
        task.alarm_at = None
        return
    moments = (clock.at_risk_at(task.opened_at, task.due_at), task.due_at, clock.escalated_at(task.due_at))
    task.told, task.alarm_at = _next(task.told, Told.ESCALATED, moments)


def _next(told: int, last: Told, moments: tuple[datetime, ...]) -> tuple[int, datetime | None]:
    """What remains told of these moments (at risk, late, escalated), and the first that is still to be told."""
    now = timezone.now()
    told = min(told, sum(moment <= now for moment in moments))
    return told, moments[told] if told < last else None


def stand(case: Case, kind: str, step: str, now: datetime, note: str = "") -> None:
    """Stop the clock of a running case, since the applicant has to do something first: `kind` says what. The caller
    saves the case."""
    Pause.objects.create(case=case, kind=kind, step=step, note=note.strip(), since=now)
    case.paused_at = now


def run_on(case: Case, model: ProcedureDefinition, now: datetime) -> None:
    """Let the clock of a paused case run again: the pause ends, and the case and its open tasks get the due times that
    their history gives. The caller saves the case."""
    Pause.objects.filter(case=case, until=None).update(until=now)
    case.paused_at = None
    pauses = pauses_of(case)
    set_due(case, model, pauses)
    for task in Task.objects.filter(case=case, completed_at=None):
        set_task_due(case, model, task, pauses)
        task.save(update_fields=["due_at", "alarm_at", "told"])
