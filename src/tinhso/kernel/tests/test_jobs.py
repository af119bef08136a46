"""What an administrator sees of background jobs, and a failed one done again."""

import pytest
from django.db import connection

from tinhso.kernel import jobs
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Conflict, Forbidden, NotFound
from tinhso.kernel.models import Audit
from tinhso.kernel.tasks import deliver, seal_rows

ADMIN = Actor(permissions=frozenset({"jobs.see", "jobs.edit"}), assurance=2)

pytestmark = pytest.mark.django_db


def failed(number: int = 1) -> list[int]:
    """Jobs that failed."""
    made = [deliver.defer(event=str(n)) for n in range(number)]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed', attempts = 10 WHERE id = ANY(%s)", [made])
    return made


def test_queues_say_what_waits_and_what_failed() -> None:
    failed(2)
    deliver.defer(event="x")
    [queue] = jobs.queues(ADMIN)
    assert (queue.name, queue.todo, queue.doing, queue.failed) == ("events", 1, 0, 2)


def test_failed_jobs_page_newest_first() -> None:
    made = failed(5)
    first = jobs.jobs(ADMIN, "failed", limit=3)
    rest = jobs.jobs(ADMIN, "failed", after=first.next, limit=3)
    assert [job.id for job in (*first.jobs, *rest.jobs)] == made[::-1]
    assert rest.next == "" and first.jobs[0].attempts == 10 and first.jobs[0].at is not None
    for state, after in (("succeeded", ""), ("failed", "x")):
        with pytest.raises(NotFound):
            jobs.jobs(ADMIN, state, after=after)


def test_a_failed_job_is_done_again_once_and_the_deed_is_audited() -> None:
    [job] = failed()
    jobs.retry(ADMIN, job)
    assert [one.id for one in jobs.jobs(ADMIN, "todo").jobs] == [job]
    assert Audit.objects.filter(action="job.retry", subject=f"job:{job}").count() == 1
    with pytest.raises(Conflict):
        jobs.retry(ADMIN, job)
    with pytest.raises(NotFound):
        jobs.retry(ADMIN, 10**9)


def test_a_failed_job_whose_like_waits_already_stays_failed() -> None:
    first = seal_rows.defer(timestamp=1)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE id = %s", [first])
    seal_rows.defer(timestamp=2)
    with pytest.raises(Conflict):
        jobs.retry(ADMIN, first)
    assert [job.id for job in jobs.jobs(ADMIN, "failed").jobs] == [first]


def test_only_who_may() -> None:
    [job] = failed()
    with pytest.raises(Forbidden):
        jobs.queues(Actor())
    with pytest.raises(Forbidden):
        jobs.jobs(Actor())
    with pytest.raises(Forbidden):
        jobs.retry(Actor(permissions=frozenset({"jobs.see"})), job)
    assert jobs.queues(system("test"))
