"""Background work of cases."""

from datetime import date
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from tinhso.kernel.actor import system

from . import partitions


@app.task(name="cases.issue_paper", queue="documents", retry=RetryStrategy(max_attempts=8, exponential_wait=2))
def issue_paper(case: str, role: str) -> None:
    """Make the receipt, the request for a supplement or the refusal of a case."""
    from .services.signing import issue_paper as issue

    issue(UUID(case), role)


@app.task(name="cases.finish_signing", queue="documents", retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def finish_signing(task: str) -> None:
    """Make the result, sign it, and let the case go on. A failure is written on the task and tried again."""
    from .services.signing import finish_signing as finish

    finish(UUID(task))


@app.task(name="cases.sign_minutes", queue="documents", retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def sign_minutes(document: str, signer: dict[str, str]) -> None:
    """Sign the minutes of an inspection."""
    from .services.inspection import sign_minutes as sign

    sign(UUID(document), signer)


@app.periodic(cron="*/5 * * * *")
@app.task(name="cases.watch", queue="background", queueing_lock="cases.watch")
def watch(timestamp: int) -> None:
    """Tell of the due times whose moment has come: at risk, late, for the superior."""
    from .services.watch import watch as look

    look()


@app.task(name="cases.reschedule", queue="background", retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def reschedule(day: str, after: str = "") -> None:
    """One batch of the cases whose due time a changed day moves. The next is deferred with the place reached, in the
    transaction of its batch: a worker that dies loses no more than the batch, which is done again and finds nothing."""
    from .services.reschedule import reschedule as compute

    with transaction.atomic():
        done = compute(date.fromisoformat(day), after=UUID(after) if after else None)
        if done.last is not None:
            reschedule.defer(day=day, after=str(done.last))


@app.task(name="cases.run_batch", queue="background", retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def run_batch(batch: str) -> None:
    """Do what is left of a bulk deed, each case in a transaction of its own."""
    from .services.batches import run_batch as run

    run(UUID(batch))


@app.periodic(cron="17 * * * *")
@app.task(name="cases.follow_reforms", queue="background", queueing_lock="cases.follow_reforms")
def follow_reforms(timestamp: int) -> None:
    from .services.reform import follow_reforms as follow

    follow(system("cases.follow-reforms"))


@app.periodic(cron="* * * * *")
@app.task(name="cases.wake", queue="background", queueing_lock="cases.wake")
def wake(timestamp: int) -> None:
    """Let the timers of processes go off whose time has come."""
    from .services.waking import wake_due

    wake_due()


@app.periodic(cron="41 3 * * *")
@app.task(name="cases.partitions", queue="background", queueing_lock="cases.partitions")
def make_partitions(timestamp: int) -> None:
    """Next years' partitions, long before they are needed."""
    partitions.ensure(timezone.now().year + partitions.AHEAD)
