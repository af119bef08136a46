"""A case moves: a step is completed, what comes next is opened, or the case ends. Shared by the verbs; each call is
inside the transaction that holds the case's lock."""

from datetime import datetime
from typing import Any

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.packs import Compiled

from .. import clock, placing, timeline, workflow
from ..bpmn import APPLICANT, PLATFORM
from ..contracts import CASE_ENDED, CASE_MOVED, CASE_RECEIVED, CASE_SUBMITTED
from ..definitions import APPROVER, ProcedureDefinition
from ..models import Case, Pause, Status, Task
from . import fees, process
from .due import set_due, watch_task


def open_tasks(case: Case, model: ProcedureDefinition, moved: workflow.Moved, now: datetime) -> list[Task]:
    """Open a task for each element of the process that waits and has none yet."""
    there = set(Task.objects.filter(case=case, completed_at=None).values_list("step", flat=True))
    opened = [
        Task(
            case=case,
            step=waiting.step,
            role=case.form["approver"] if waiting.role == APPROVER else waiting.role,
            agency_id=placing.agency_of(case, model, waiting.step, waiting.role),
            opened_at=now,
            due_at=step_due(case, model, waiting, now),
        )
        for waiting in moved.open
        if waiting.step not in there
    ]
    for task in opened:
        watch_task(task)
        task.save(force_insert=True)
    return opened


def begin(actor: Actor, case: Case, found: Compiled, begun: workflow.Moved, now: datetime) -> None:
    """Open the first tasks of a case that has just been made, and say that it was submitted."""
    if case.alarm_at is None:
        set_due(case, found.model)
        case.save(update_fields=["due_at", "alarm_at", "told"])
    opened = open_tasks(case, found.model, begun, now)
    told: dict[str, Any] = placing.told(case, opened)
    if begun.ended:  # decided by a table alone
        case.status = Status.STOPPED if process.ending(found.model, begun, "") == "refused" else Status.RETURNED
        end(case, process.ending(found.model, begun, ""), now)
        case.save(update_fields=["status", "outcome", "ended_at", "workflow", "wakes_at", "on_time", "margin"])
        told |= {"outcome": case.outcome} | _why(case, found.model, begun)
    timeline.write(
        actor,
        case,
        "submitted",
        at=now,
        status=int(case.status),
        opens=[task.step for task in opened],
        holder=str(case.holder_id),
        due=case.due_at.isoformat() if case.due_at else None,
        **told,
    )
    process.tell(actor, case, begun, now)
    events.publish(
        actor,
        CASE_SUBMITTED,
        f"case:{case.pk}",
        procedure=found.name,
        agency=str(case.agency_id),
        unit=case.unit,
        code=case.code,
    )
    if case.ended_at:
        say_ended(actor, case)


def step_due(case: Case, model: ProcedureDefinition, waiting: workflow.Open, now: datetime) -> datetime | None:
    """When a step must be done: its hours from now, never after the case itself. None for applicant and platform,
    whose tasks stand in no officer's queue."""
    if waiting.role in {APPLICANT, PLATFORM}:
        return None
    hours = model.step(waiting.step).hours
    end = clock.later(now, hours) if hours else case.due_at
    return min(end, case.due_at) if end and case.due_at else end or case.due_at


def close(task: Task, actor: Actor, outcome: str, now: datetime, note: str = "") -> None:
    task.completed_at, task.outcome, task.note = now, outcome, note
    task.completed_by, task.completed_name = actor.post or actor.account, actor.name
    task.save(update_fields=["completed_at", "outcome", "note", "completed_by", "completed_name"])


def move(
    actor: Actor, case: Case, task: Task, outcome: str, *, found: Compiled, now: datetime, **told: Any
) -> list[Task]:
    """Complete the task, advance the process, open what comes next, and say so. `told` goes into the timeline.

    Saves the case. Returns the opened tasks; where the last step only hands over a result that the applicant has
    in the store already, it is done at once (`return_online`).
    """
    model: ProcedureDefinition = found.model
    close(task, actor, outcome, now, told.get("note", ""))
    before, was_due = case.workflow, case.due_at
    moved = process.advance(case, found, task.step, outcome, now)
    broken_off = process.follow(case, moved, now)
    if case.due_at and case.due_at != was_due:
        told["due"] = case.due_at.isoformat()
    kind = _kind(model, task, outcome)
    if kind == "refused" and not moved.ended:
        kind = "completed"  # a refusal that somebody has to confirm
    if kind == "received":
        case.received_at = now
    case.status = _status(case, model, task, outcome, moved)
    if case.status == Status.PROCESSED:
        _measure(case, now)
    if moved.ended:
        end(case, process.ending(model, moved, outcome), now)
    opened = open_tasks(case, model, moved, now) if moved.open else []
    case.revision += 1
    case.save()
    closes = [task.step, *(t.step for t in broken_off)]
    told |= {"closes": closes, "opens": [t.step for t in opened], "status": int(case.status)}
    told |= placing.told(case, opened)
    if case.ended_at:
        told["outcome"] = case.outcome
        if case.outcome == "refused":
            told["before"] = before
            if kind != "refused":
                told |= _why(case, model, moved)
    timeline.write(actor, case, kind, task.step, at=now, **told)
    process.tell(actor, case, moved, now)
    if kind == "received":
        events.publish(actor, CASE_RECEIVED, f"case:{case.pk}", **where(case))
    events.publish(actor, CASE_MOVED, f"case:{case.pk}", task=task.step, outcome=outcome, **where(case))
    if case.ended_at:
        say_ended(actor, case)
    if fees.after_move(actor, case, found, kind, now):
        return opened
    return return_online(case, found, opened, now)


def _why(case: Case, model: ProcedureDefinition, moved: workflow.Moved) -> dict[str, str]:
    """For the timeline: why the process by itself ended the case as refused."""
    why = process.why_refused(model, moved) if case.outcome == "refused" else ""
    return {"why": why} if why else {}


def _kind(model: ProcedureDefinition, task: Task, outcome: str) -> str:
    """What the timeline calls it."""
    kind = "completed"
    if outcome in {"refuse", "ask-supplement"}:
        kind = "refused" if outcome == "refuse" else "supplement-asked"
    elif task.role in {APPLICANT, PLATFORM}:
        kind = "signed" if task.role == PLATFORM else "supplement-answered"
    elif model.decides:
        kind = "approved"
    elif task.step == model.steps[0].name:
        kind = "received"
    elif model.step(task.step).signs:
        kind = "approved"
    elif task.step == model.steps[-1].name:
        kind = "returned"
    return kind


def _status(case: Case, model: ProcedureDefinition, task: Task, outcome: str, moved: workflow.Moved) -> Status:
    if outcome == "refuse" and moved.ended:
        first = task.step == model.steps[0].name and not model.decides
        return Status.NOT_RECEIVED if first else Status.STOPPED
    if outcome == "ask-supplement":
        return Status.SUPPLEMENT
    if moved.ended:
        return Status.STOPPED if process.ending(model, moved, outcome) == "refused" else Status.RETURNED
    if case.paused_at is not None and task.role != APPLICANT:
        return Status.SUPPLEMENT  # beside the step that asked, others go on
    last = model.steps[-1]
    only = [waiting.step for waiting in moved.open] == [last.name]
    if len(model.steps) > 1 and only and not last.may and not last.hours:
        return Status.PROCESSED
    return Status.RECEIVED if task.step == model.steps[0].name else Status.PROCESSING


def take_back(actor: Actor, case: Case, tasks: list[Task], why: str, now: datetime) -> None:
    """The case is withdrawn, with the tasks that are open."""
    stop(actor, case, tasks, "withdrawn", now, note=why)
    audit.record(actor, "case.withdraw", f"case:{case.pk}")
    say_ended(actor, case)


def stop(actor: Actor, case: Case, tasks: list[Task], kind: str, now: datetime, **told: Any) -> None:
    """End a case where it stands. `kind` (withdrawn, cancelled) is what the timeline calls it, and the outcome of the
    tasks; `told` goes into the timeline, with the process as it stood, so that the case can be opened again."""
    for task in tasks:
        close(task, actor, kind, now)
    if case.paused_at:
        Pause.objects.filter(case=case, until=None).update(until=now)
        case.paused_at = None
    before = case.workflow
    case.status = Status.STOPPED if kind == "cancelled" else Status.WITHDRAWN
    end(case, "stopped" if kind == "cancelled" else kind, now)
    case.revision += 1
    case.save()
    told |= {
        "closes": [t.step for t in tasks], "status": int(case.status), "outcome": case.outcome, "before": before,
    }  # fmt: skip
    timeline.write(actor, case, kind, at=now, **told)


def end(case: Case, outcome: str, now: datetime) -> None:
    """The case is over: its process is dropped, what remains are rows and the timeline."""
    case.outcome, case.ended_at, case.workflow, case.wakes_at = outcome, now, None, None
    if case.on_time is None:
        _measure(case, now)


def _measure(case: Case, now: datetime) -> None:
    """The result is ready: whether that is in time, by the time that was promised first, and by how much."""
    case.on_time, case.margin = case.due_at is None or now <= case.due_at, clock.margin(case.due_at, now)


def say_ended(actor: Actor, case: Case) -> None:
    """What follows an ending, whoever or whatever brought it: nothing more is asked for, and an applicant who gets no
    result gets the reason in writing."""
    fees.call_off(actor, case)
    if case.outcome in {"refused", "stopped"} and not case.internal:
        from ..tasks import issue_paper

        issue_paper.defer(case=str(case.pk), role="refusal")
    events.publish(actor, CASE_ENDED, f"case:{case.pk}", outcome=case.outcome, on_time=case.on_time, **where(case))


def where(case: Case) -> dict[str, Any]:
    """What subscribers need to know whose case it is; no personal field."""
    return {"procedure": case.procedure, "agency": str(case.holder_id), "unit": case.unit, "code": case.code}


def return_online(case: Case, found: Compiled, opened: list[Task], now: datetime) -> list[Task]:
    """An online applicant has the result in the store ("Giấy tờ của tôi") the moment it is signed: the last step,
    which only hands it over, is done by the platform."""
    if case.status != Status.PROCESSED or not case.online or case.person is None:
        return opened
    move(system("cases.return-online"), case, opened[0], "done", found=found, now=now)
    return []
