"""The desk's queue: open tasks by due time, one range of one partial index, no exact counts."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db import connection
from django.db.models import Q, QuerySet
from django.utils import timezone

from tinhso.identity.queries import agencies
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound
from tinhso.kernel.text import fold

from .. import clock, policy, workflow
from ..contracts import InboxPage, InboxRow, Reminder, TaskView
from ..definitions import ROLES
from ..models import Task, at_risk
from .casepage import _task_view, step_label, title

Scope = Literal["mine", "unit", "all", "escalated"]
Due = Literal["", "late", "risk", "today", "week"]
MANY = 100
SUPERVISE = "case.supervise"
UNREAD = ("form", "prefilled", "typed", "workflow", "results", "search")
"""What a case carries that no queue shows: most of its bytes."""


def inbox(
    actor: Actor,
    scope: Scope = "unit",
    *,
    search: str = "",
    procedure: str = "",
    status: int | None = None,
    claimed: bool | None = None,
    due: Due = "",
    after: str = "",
    limit: int = 25,
) -> InboxPage:
    """Open tasks by due time. `mine`: claimed by the actor's post; `unit`: of its roles in its agency; `all`: of its
    agency; `escalated`: late ones of those whom the actor leads. `search` is a dossier code or words of the applicant's
    or the subject's name; `status` one of `models.Status`; `claimed` whether somebody has taken the task; `due` late,
    at risk, by the end of today or within seven days. `after` is the cursor that the page before gave."""
    asked = Q()
    for word in fold(search).split():
        asked &= Q(case__search__contains=word)
    if procedure:
        asked &= Q(case__procedure=procedure)
    if status is not None:
        asked &= Q(case__status=status)
    if claimed is not None:
        asked &= Q(claimed_by__isnull=not claimed)
    if due:
        asked &= _due(due)
    if after:
        moment, task_id = _cursor(after)
        asked &= Q(Q(due_at__gt=moment) | Q(due_at=moment, id__gt=task_id), due_at__gte=moment)
    found = _first(_parts(actor, scope), asked, limit + 1)
    now = timezone.now()
    names = {ref.id: ref.words for ref in agencies(ids={t.agency_id for t in found})} if scope == "escalated" else {}
    last = found[limit - 1] if len(found) > limit else None
    return InboxPage(
        tuple(_row(actor, task, now, names) for task in found[:limit]),
        f"{last.due_at.isoformat()}_{last.pk}" if last and last.due_at else "",
    )


def neighbours(actor: Actor, task_id: UUID | None, *, before: int = 3, after: int = 7) -> tuple[InboxRow, ...]:
    """The queue of the actor's unit around a task: those due just before it, itself while it is open, those due
    just after. The head of the queue where there is no such task."""
    parts = _parts(actor, "unit")
    here = Task.objects.filter(pk=task_id, due_at__isnull=False).first() if task_id else None
    if here is None:
        found = _first(parts, Q(), before + 1 + after)
    else:
        due = here.due_at
        earlier = Q(Q(due_at__lt=due) | Q(due_at=due, id__lt=here.pk), due_at__lte=due)
        later = Q(Q(due_at__gt=due) | Q(due_at=due, id__gte=here.pk), due_at__gte=due)
        found = [*reversed(_first(parts, earlier, before, backwards=True)), *_first(parts, later, after + 1)]
    now = timezone.now()
    return tuple(_row(actor, task, now) for task in found)


def inbox_counts(actor: Actor) -> dict[str, str]:
    """How many each tab has, counted to 99 and no further; one question to the database."""
    scopes = ("mine", "unit", "all", *(("escalated",) if actor.may(SUPERVISE) else ()))
    numbers = _counts([(_parts(actor, scope), Q()) for scope in scopes])
    return {scope: f"{MANY - 1}+" if n >= MANY else str(n) for scope, n in zip(scopes, numbers, strict=True)}


def reminder(actor: Actor) -> Reminder:
    """What presses in the queue of the actor's unit, and among those that the actor leads; counted to 99 and no
    further. Nothing for whoever has no queue."""
    if not actor.is_officer or actor.agency is None:
        return Reminder()
    unit, led = _parts(actor, "unit"), _parts(actor, "escalated")
    return Reminder(*_counts([(unit, _due("late")), (unit, _due("risk")), (led, Q())]))


def next_task(actor: Actor, after: UUID | None = None) -> TaskView | None:
    """The next task for the actor by due time, nobody else's: the first, or the first after the task `after`."""
    parts, free = _parts(actor, "unit"), Q(Q(claimed_by=None) | Q(claimed_by=actor.post))
    rows: list[Task] = []
    if after and (done := Task.objects.filter(pk=after, due_at__isnull=False).first()):
        later = Q(Q(due_at__gt=done.due_at) | Q(due_at=done.due_at, id__gt=done.pk), due_at__gte=done.due_at)
        rows = _first(parts, free & later, 1)
    found = next(iter(rows or _first(parts, free & ~Q(pk=after) if after else free, 1)), None)
    if found is None:
        return None
    model = workflow.procedure(found.case.procedure, found.case.version).model
    return _task_view(actor, model, found.case, found)


def desks(actor: Actor) -> frozenset[UUID]:
    """The agencies whose work the actor does: a one-stop centre's officer that of its committee too."""
    return policy.desks(actor.agency) if actor.is_officer and actor.agency else frozenset()


def _parts(actor: Actor, scope: str) -> list[QuerySet[Task]]:
    """The open tasks of a scope, in parts that are each one range of one partial index, in its order: by who claimed,
    by agency and role, by agency. A list reads the head of each part, however long they are."""
    if not actor.is_officer or actor.agency is None:
        raise NotFound()
    rows = Task.objects.filter(completed_at=None, due_at__isnull=False)
    if scope == "mine":
        return [rows.filter(claimed_by=actor.post)]
    if scope == "escalated":
        return [rows.filter(escalated_to=actor.agency)] if actor.may(SUPERVISE) else []
    if not actor.may("case.see-agency"):
        return []
    held = sorted(policy.desks(actor.agency))
    if scope == "unit":
        return [rows.filter(agency=agency, role=role) for agency in held for role in sorted(actor.roles)]
    return [rows.filter(agency=agency) for agency in held]


def _first(parts: list[QuerySet[Task]], asked: Q, limit: int, *, backwards: bool = False) -> list[Task]:
    """The first tasks of all parts together by due time, with their cases. Of several parts first the ids are merged,
    so that no part is read beyond what is shown."""
    order = ("-due_at", "-id") if backwards else ("due_at", "id")
    heads = [part.filter(asked).order_by(*order) for part in parts]
    if not heads:
        return []
    rows = heads[0][:limit]
    if len(heads) > 1:
        ids = [list(head.values_list("due_at", "id")[:limit]) for head in heads]
        merged = sorted((row for part in ids for row in part), reverse=backwards)[:limit]
        rows = Task.objects.filter(pk__in=[id for _due_at, id in merged]).order_by(*order)
    return list(rows.select_related("case").defer(*(f"case__{name}" for name in UNREAD)))


def _counts(asked: Sequence[tuple[list[QuerySet[Task]], Q]]) -> list[int]:
    """How many tasks each of these questions finds, counted to 100; one question to the database."""
    sql, params = [], []
    for parts, question in asked:
        pieces = []
        for part in parts:
            text, given = part.filter(question).order_by().values("pk")[:MANY].query.sql_with_params()
            pieces.append(f"({text})")
            params += given
        sql.append(f"(SELECT count(*) FROM ({' UNION ALL '.join(pieces)}) t)" if pieces else "0")  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(sql)}", params)
        return list(cursor.fetchone())


def _due(due: Due) -> Q:
    now = timezone.localtime()
    if due == "late":
        return Q(due_at__lt=now)
    if due == "risk":
        return Q(at_risk(now), due_at__gte=now)
    tomorrow = now.replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    return Q(due_at__gte=now, due_at__lt=tomorrow if due == "today" else tomorrow + timedelta(days=6))


def _cursor(text: str) -> tuple[datetime, UUID]:
    due, _, task_id = text.partition("_")
    try:
        return datetime.fromisoformat(due), UUID(task_id)
    except ValueError:
        raise NotFound() from None


def _row(actor: Actor, task: Task, now: datetime, agencies: Mapping[UUID, str] | None = None) -> InboxRow:
    case = task.case
    model = workflow.procedure(case.procedure, case.version).model
    words, late, soon = clock.due_words(task.due_at, now=now, since=task.opened_at)
    return InboxRow(
        task=task.pk,
        step=task.step,
        label=step_label(model, task.step),
        case=case.pk,
        code=case.code,
        procedure=str(model.name),
        title=title(model, case.subject),
        applicant=case.applicant,
        opened_at=task.opened_at,
        due_at=task.due_at,
        due_words=words,
        late=late,
        soon=soon,
        claimed_by=task.claimed_name,
        mine=task.claimed_by is not None and task.claimed_by == actor.post,
        demo=case.demo,
        late_of=_late_of(task, agencies) if agencies else "",
    )


def _late_of(task: Task, agencies: Mapping[UUID, str]) -> str:
    """Whose late work a superior sees: the officer who took it, or the role that has not; with the agency."""
    who = task.claimed_name or str(ROLES.get(task.role, task.role))
    return f"{who}, {agencies[task.agency_id]}"
