"""Background work of the kernel. The queue is PostgreSQL itself (procrastinate)."""

from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from . import events, seal


@app.task(name="kernel.deliver", queue="events", retry=RetryStrategy(max_attempts=10, exponential_wait=2))
def deliver(event: str) -> None:
    events.deliver_to_all(UUID(event))


@app.periodic(cron="* * * * *")
@app.task(name="kernel.seal", queue="background", queueing_lock="kernel.seal", pass_context=False)
def seal_rows(timestamp: int) -> None:
    seal.seal_all()
