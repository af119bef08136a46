"""Background work of the kernel. The queue is PostgreSQL itself (procrastinate)."""

from uuid import UUID

import structlog
from procrastinate import JobContext, RetryStrategy
from procrastinate.contrib.django import app

from . import events, lake, seal, seal_checks
from .actor import system

log = structlog.get_logger()

DEAD_AFTER = 45.0
"""Seconds without a sign of life after which a worker is taken for dead; a living one gives one every 10 seconds."""
KEPT_HOURS = 7 * 24
"""Jobs that were done are kept for a week, those that failed for ever."""


@app.task(name="kernel.deliver", queue="events", retry=RetryStrategy(max_attempts=10, exponential_wait=2))
def deliver(event: str) -> None:
    events.deliver_to_all(UUID(event))


@app.periodic(cron="* * * * *")
@app.task(name="kernel.seal", queue="background", queueing_lock="kernel.seal", pass_context=False)
def seal_rows(timestamp: int) -> None:
    seal.seal_all()


@app.periodic(cron="* * * * *")
@app.task(name="kernel.retry_stalled", queue="background", queueing_lock="kernel.retry_stalled", pass_context=True)
async def retry_stalled(context: JobContext, timestamp: int) -> None:
    """Give the jobs of a worker that died (killed, machine gone) back to the queue. Every task may be run again."""
    jobs = context.app.job_manager
    for job in await jobs.get_stalled_jobs(seconds_since_heartbeat=DEAD_AFTER):
        log.warning("the worker of this job died; it is done again", job=job.id, task=job.task_name)
        await jobs.retry_job(job)


@app.periodic(cron="23 4 * * *")
@app.task(name="kernel.forget_jobs", queue="background", queueing_lock="kernel.forget_jobs", pass_context=True)
async def forget_jobs(context: JobContext, timestamp: int) -> None:
    """Drop the rows of jobs long done, so that the queue stays small and quick."""
    await context.app.job_manager.delete_old_jobs(nb_hours=KEPT_HOURS)


@app.periodic(cron="50 2 * * *")
@app.task(name="kernel.lake", queue="background", queueing_lock="kernel.lake", pass_context=False)
def sync_lake(timestamp: int) -> None:
    """Bring the lake up to what the database holds, and take out of it what may no longer be there."""
    lake.withdraw()
    for table in (*lake.tables(), *lake.tables(personal=True)):
        lake.sync(system("lake sync"), table)


@app.task(name="kernel.check-seals", queue="background")
def check_seals(check: str) -> None:
    """Compute every seal again, for whoever asked in the browser (seal_checks.py)."""
    seal_checks.run(UUID(check))
