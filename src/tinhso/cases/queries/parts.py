"""Which agency had a case when, for how long, and how late."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.identity.queries import agencies
from tinhso.kernel.actor import Actor
from tinhso.kernel.calendar import duration_words, working_time_between

from .. import policy, workflow
from ..bpmn import APPLICANT
from ..contracts import OwnPart, Part, Sent
from ..models import Case, Pause, Task
from ..services.between import SENT
from .casepage import log_look, step_label, title

NONE = timedelta()


def parts(actor: Actor, case_id: UUID) -> tuple[Part, ...]:
    """The stages of a case, oldest first: each time that one agency had it, from when its first task opened until its
    last was done. Time in which the clock of the case stood is nobody's. NotFound where the case may not be seen."""
    return _parts(policy.get(actor, case_id))


def own_part(actor: Actor, case_id: UUID) -> OwnPart:
    """What the reader's agency did in a case of another one, when the case is no longer its to see: its own tasks, with
    what was noted there, and nothing of the form and the papers. NotFound for others."""
    row = policy.get_part(actor, case_id)
    model = workflow.procedure(row.procedure, row.version).model
    log_look(actor, row, model, "part")
    here = {str(one) for one in policy.desks(actor.agency)} if actor.agency else set()
    tasks = Task.objects.filter(case=row, agency_id__in=here).exclude(role=APPLICANT).order_by("opened_at", "id")
    done = tuple((step_label(model, one.step), one.completed_at, one.completed_name, one.note) for one in tasks)
    mine = tuple(part for part in _parts(row) if str(part.agency_id) in here)
    holder = agencies(ids={row.holder_id})[0].words
    return OwnPart(row.pk, row.code, title(model, ""), holder, mine, done)


def sent(actor: Actor, case_id: UUID) -> tuple[Sent, ...]:
    """The tasks of a case that were sent to another agency and wait for its answer; `mine` those that are the reader's
    to accept."""
    row = policy.get(actor, case_id)
    found = [one for one in Task.objects.filter(case=row, completed_at=None) if SENT in one.payload]
    names = {ref.id: ref.words for ref in agencies(ids={UUID(one.payload[SENT]) for one in found})} if found else {}
    why = {
        one.step: one.note
        for one in Task.objects.filter(case=row, outcome="sent-on", step__in={task.step for task in found})
    }
    return tuple(
        Sent(one.pk, names[UUID(one.payload[SENT])], why.get(one.step, ""), policy.may_do(actor, one)) for one in found
    )


def _parts(row: Case) -> tuple[Part, ...]:
    tasks = list(Task.objects.filter(case=row).exclude(role=APPLICANT).order_by("opened_at", "id"))
    stood = list(Pause.objects.filter(case=row).values_list("since", "until"))
    names = {ref.id: ref.words for ref in agencies(ids={task.agency_id for task in tasks})}
    now = timezone.now()
    stages = [(place, list(some)) for place, some in groupby(tasks, key=lambda task: task.agency_id)]
    return tuple(_part(place, names[place], some, stood, now) for place, some in stages)


def _part(place: UUID, name: str, tasks: Sequence[Task], stood: Iterable[tuple], now: datetime) -> Part:
    open_now = any(task.completed_at is None for task in tasks)
    until = None if open_now else max(task.completed_at for task in tasks if task.completed_at)
    dues = [task.due_at for task in tasks if task.due_at]
    due = max(dues) if dues else None
    since = tasks[0].opened_at
    used = worked(since, until or now, stood, now)
    late = [task for task in tasks if task.due_at and (task.completed_at or now) > task.due_at]
    over = sum((working_time_between(task.due_at, task.completed_at or now) for task in late if task.due_at), NONE)
    by = list(dict.fromkeys(task.completed_name or task.claimed_name for task in late))
    return Part(
        agency_id=place,
        agency=name,
        since=since,
        until=until,
        due_at=due,
        given=duration_words(max(worked(since, due, stood, now), NONE)) if due else "",
        used=duration_words(max(used, NONE)),
        used_minutes=int(max(used, NONE) / timedelta(minutes=1)),
        late=bool(late),
        late_words=duration_words(over) if late else "",
        late_by=", ".join(filter(None, by)) or (_("chưa ai nhận") if late else ""),
    )


def worked(since: datetime, until: datetime, stood: Iterable[tuple], now: datetime) -> timedelta:
    """The working time between two moments, without that in which the clock stood."""
    spent = working_time_between(since, until)
    for begun, ended in stood:
        first, last = max(begun, since), min(ended or now, until)
        if first < last:
            spent -= working_time_between(first, last)
    return spent
