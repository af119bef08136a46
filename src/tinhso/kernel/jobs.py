"""Background jobs as an administrator sees them: what waits, what failed and why it may be tried again.

The jobs are procrastinate's, in PostgreSQL; nothing here but `retry` changes one.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateEvent, ProcrastinateJob, ProcrastinateWorker
from procrastinate.exceptions import ConnectorException

from . import audit, events
from .actor import Actor
from .errors import Conflict, Forbidden, NotFound

SEE, EDIT = "jobs.see", "jobs.edit"
JOB_RETRIED = events.declare(
    "job.retried", "An administrator had a failed job done again; subject job:<id>; data: task."
)
STATES = ("failed", "doing", "todo")


@dataclass(frozen=True, slots=True)
class Queue:
    """How many jobs of a queue wait, run and failed."""

    name: str
    todo: int
    doing: int
    failed: int


@dataclass(frozen=True, slots=True)
class Job:
    """One job. `at` is when it was deferred; `tried_at` when it was last begun or ended; `due` when it is to run, where
    that is later than now or was set; `attempts` how often it was begun."""

    id: int
    task: str
    queue: str
    state: str
    attempts: int
    args: dict[str, Any]
    due: datetime | None
    at: datetime | None
    tried_at: datetime | None


@dataclass(frozen=True, slots=True)
class JobPage:
    """A keyset page, newest first: `next` is the cursor of the page after, "" at the end."""

    jobs: list[Job]
    next: str = ""


def queues(actor: Actor) -> list[Queue]:
    """Every queue with jobs that wait, run or failed, by name. Raises Forbidden without `jobs.see`."""
    _allow(actor, SEE)
    rows = (
        ProcrastinateJob.objects.filter(status__in=STATES)
        .values("queue_name")
        .annotate(**{state: Count("id", Q(status=state)) for state in STATES})
        .order_by("queue_name")
    )
    return [Queue(row["queue_name"], row["todo"], row["doing"], row["failed"]) for row in rows]


def jobs(actor: Actor, state: str = "failed", *, after: str = "", limit: int = 25) -> JobPage:
    """The jobs of one state (failed, doing, todo), newest first. Raises Forbidden, NotFound for another state."""
    _allow(actor, SEE)
    if state not in STATES or (after and not after.isdecimal()):
        raise NotFound()
    rows = ProcrastinateJob.objects.filter(status=state).order_by("-id")
    if after:
        rows = rows.filter(id__lt=int(after))
    found = list(rows[: limit + 1])
    times = {
        row["job"]: row
        for row in ProcrastinateEvent.objects.filter(job__in=[job.id for job in found])
        .values("job")
        .annotate(deferred=Max("at", filter=Q(type="deferred")), tried=Max("at", filter=~Q(type="deferred")))
        .order_by()
    }
    shown = [
        Job(
            job.id,
            job.task_name,
            job.queue_name,
            job.status,
            job.attempts,
            job.args,
            job.scheduled_at,
            times.get(job.id, {}).get("deferred"),
            times.get(job.id, {}).get("tried"),
        )
        for job in found[:limit]
    ]
    return JobPage(shown, str(shown[-1].id) if len(found) > limit else "")


def last_done(task: str) -> datetime | None:
    """When a task last succeeded; None where it never did, or longer ago than jobs are kept."""
    return ProcrastinateEvent.objects.filter(job__task_name=task, type="succeeded").aggregate(at=Max("at"))["at"]


def last_heartbeat() -> datetime | None:
    """When a worker last gave a sign of life."""
    return ProcrastinateWorker.objects.aggregate(at=Max("last_heartbeat"))["at"]


def retry(actor: Actor, job: int) -> None:
    """Have a failed job done again, at once.

    Raises Forbidden without `jobs.edit`, NotFound where there is no such job, Conflict where it has not failed (any
    more), or another that does the same waits already.
    """
    _allow(actor, EDIT)
    try:
        with transaction.atomic():
            row = ProcrastinateJob.objects.filter(id=job).first()
            if row is None:
                raise NotFound()
            if row.status != "failed":
                raise Conflict(_("Việc này không còn ở trạng thái hỏng; có người đã cho chạy lại."))
            app.job_manager.retry_job_by_id(job, retry_at=timezone.now())
            audit.record(actor, "job.retry", f"job:{job}", task=row.task_name)
            events.publish(actor, JOB_RETRIED, f"job:{job}", task=row.task_name)
    except (IntegrityError, ConnectorException) as error:
        raise Conflict(_("Đã có một việc như thế đang chờ; việc hỏng này không cần chạy lại.")) from error


def _allow(actor: Actor, permission: str) -> None:
    if not actor.may(permission):
        raise Forbidden()
