"""What time brings by itself: a step at risk, a case that is late, a late step that goes to the superior. A periodic
job looks; each is told once, since what was told and what comes next stand on the row (`told`, `alarm_at`)."""

from collections.abc import Callable, Iterable
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tinhso.identity.queries import superior
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor, system

from .. import clock, timeline
from ..contracts import CASE_AT_RISK, CASE_ESCALATED, CASE_LATE
from ..models import Case, Task, Told
from .moving import where

BATCH = 200


def watch() -> int:
    """Tell of every due time whose moment has come; returns how many cases and tasks were looked at.

    Each batch is the head of an index and a transaction of its own, so that a job that is killed loses no more than
    one, and finds it again. Cases that somebody works on at this moment are left for the next time.
    """
    actor, now = system("cases.watch"), timezone.now()
    tasks = Task.objects.filter(completed_at=None, alarm_at__lte=now).order_by("alarm_at")
    cases = Case.objects.filter(ended_at=None, paused_at=None, alarm_at__lte=now).order_by("alarm_at")
    return _batches(lambda: list(tasks.values_list("case_id", flat=True)[:BATCH]), _tasks, actor, now) + _batches(
        lambda: list(cases.values_list("pk", flat=True)[:BATCH]), _cases, actor, now
    )


def _batches(
    head: Callable[[], list[UUID]], look: Callable[[Actor, list[Case], datetime], int], actor: Actor, now: datetime
) -> int:
    looked = 0
    while ids := head():
        with transaction.atomic():
            locked = Case.objects.select_for_update(skip_locked=True).filter(pk__in=ids).order_by("pk")
            done = look(actor, list(locked), now)
        looked += done
        if not done:
            break
    return looked


def _cases(actor: Actor, cases: Iterable[Case], now: datetime) -> int:
    done = 0
    for case in cases:
        if case.ended_at or case.paused_at or case.alarm_at is None or case.alarm_at > now or case.due_at is None:
            continue
        late = now >= case.due_at
        if late and case.told < Told.LATE:
            timeline.write(actor, case, "late", at=now, due=case.due_at.isoformat())
            events.publish(actor, CASE_LATE, f"case:{case.pk}", due=case.due_at.isoformat(), **where(case))
        case.told = Told.LATE if late else Told.AT_RISK
        case.alarm_at = None if late else case.due_at
        case.save(update_fields=["told", "alarm_at"])
        done += 1
    return done


def _tasks(actor: Actor, cases: Iterable[Case], now: datetime) -> int:
    by_id = {case.pk: case for case in cases}
    found = Task.objects.filter(case__in=list(by_id), completed_at=None, alarm_at__lte=now).order_by("alarm_at", "pk")
    done = 0
    for task in found:
        _task(actor, by_id[task.case_id], task, now)
        task.save(update_fields=["told", "alarm_at", "escalated_to"])
        done += 1
    return done


def _task(actor: Actor, case: Case, task: Task, now: datetime) -> None:
    """Tell of one task what has come, and when to look again. While the case stands nothing comes: its clock does not
    run, and the end of the pause sets the next moment."""
    if case.paused_at or task.due_at is None:
        task.alarm_at = None
        return
    said = {"task": str(task.pk), "step": task.step, "due": task.due_at.isoformat()}
    escalates = clock.escalated_at(task.due_at)
    if now < task.due_at:
        if task.told < Told.AT_RISK:
            events.publish(actor, CASE_AT_RISK, f"case:{case.pk}", **said, **where(case))
        task.told, task.alarm_at = Told.AT_RISK, task.due_at
    elif now < escalates:
        task.told, task.alarm_at = Told.LATE, escalates
    else:
        _escalate(actor, case, task, now)
        task.told, task.alarm_at = Told.ESCALATED, None


def _escalate(actor: Actor, case: Case, task: Task, now: datetime) -> None:
    """Put a late task into the superior's queue too. Whose turn it is does not change: the officer keeps it."""
    above = superior(task.agency_id, task.role)
    if above is None or task.told >= Told.ESCALATED:
        return
    task.escalated_to = above.id
    timeline.write(actor, case, "escalated", task.step, at=now, to=str(above.id), task=str(task.pk))
    audit.record(actor, "case.escalate", f"case:{case.pk}", task=str(task.pk), step=task.step, to=str(above.id))
    said = {"task": str(task.pk), "step": task.step, "to": str(above.id)}
    events.publish(actor, CASE_ESCALATED, f"case:{case.pk}", **said, **where(case))
