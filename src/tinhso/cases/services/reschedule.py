"""The working calendar changed: the due times of open cases and tasks are computed anew, each from its own history."""

from dataclasses import dataclass
from datetime import date, datetime, time
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from tinhso.kernel import audit, calendar, events
from tinhso.kernel.actor import Actor, system

from .. import timeline, workflow
from ..contracts import CASE_RESCHEDULED
from ..models import Case, Task
from .due import pauses_of, set_due, set_task_due
from .moving import where

BATCH = 200


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch done: how many cases were looked at and moved, and the last one (None: there is none after it)."""

    looked: int
    moved: int
    last: UUID | None


def reschedule(day: date, *, after: UUID | None = None, limit: int = BATCH) -> Batch:
    """Compute the due times of the next open cases whose time goes over `day`, in the order of their ids after `after`.

    A case whose due time is another than before gets it, with its tasks, and an event on its timeline that says which
    day and why: also, and above all, where it is now earlier. One that stays gets nothing, so that doing it again does
    nothing. A paused case keeps its due time as it was when it stopped, in the calendar of today.
    """
    begins = timezone.make_aware(datetime.combine(day, time.min))
    ends = timezone.make_aware(datetime.combine(day, time.max))
    actor, now, moved = system("cases.reschedule"), timezone.now(), 0
    calendar.forget()
    with transaction.atomic(), override("vi"):
        rows = Case.objects.filter(ended_at=None, due_at__gte=begins, submitted_at__lte=ends)
        if after is not None:
            rows = rows.filter(pk__gt=after)
        cases = list(rows.order_by("pk").select_for_update(of=("self",))[:limit])
        for case in cases:
            moved += _reschedule(actor, case, day, now)
    return Batch(len(cases), moved, cases[-1].pk if len(cases) == limit else None)


def _reschedule(actor: Actor, case: Case, day: date, now: datetime) -> bool:
    """Give one locked case the due times of the calendar of today; whether its own changed."""
    model = workflow.procedure(case.procedure, case.version).model
    before, pauses = case.due_at, pauses_of(case)
    set_due(case, model, pauses)
    for task in Task.objects.filter(case=case, completed_at=None, due_at__isnull=False):
        was = task.due_at
        set_task_due(case, model, task, pauses)
        if task.due_at != was:
            task.save(update_fields=["due_at", "alarm_at", "told"])
    if case.due_at == before or before is None or case.due_at is None:
        return False
    case.save(update_fields=["due_at", "alarm_at", "told"])
    said = {"day": day.isoformat(), "before": before.isoformat(), "due": case.due_at.isoformat()}
    timeline.write(actor, case, "rescheduled", at=now, note=_why(day, before, case.due_at), **said)
    audit.record(actor, "case.reschedule", f"case:{case.pk}", **said)
    events.publish(actor, CASE_RESCHEDULED, f"case:{case.pk}", **said, **where(case))
    return True


def _why(day: date, before: datetime, due: datetime) -> str:
    """The sentence that officer and applicant read."""
    found = next((one for one in calendar.days_of(day.year) if one.day == day), None)
    works = calendar.is_working_day(day)
    named = f" ({found.name})" if found and found.name else ""
    said = {
        "day": f"{day:%d/%m/%Y}",
        "named": named,
        "before": f"{timezone.localtime(before):%H:%M %d/%m/%Y}",
        "due": f"{timezone.localtime(due):%H:%M %d/%m/%Y}",
    }
    if works:
        return _("Ngày %(day)s%(named)s nay là ngày làm việc: hạn trả từ %(before)s chuyển sang %(due)s.") % said
    return _("Ngày %(day)s%(named)s nay là ngày nghỉ: hạn trả từ %(before)s chuyển sang %(due)s.") % said
