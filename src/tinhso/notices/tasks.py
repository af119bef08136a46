"""Background work of notices: each sending is a job of its own, so that a slow provider holds up nobody else."""

from datetime import datetime
from uuid import UUID

from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from . import services


@app.task(name="notices.send", queue="notices", retry=RetryStrategy(max_attempts=5, exponential_wait=3))
def send(sending: str) -> None:
    """One attempt; the pauses between attempts are kept by the sending itself (services/sending.py). What the queue
    retries is a fault of our own: a database that was away."""
    services.send(UUID(sending))


def later(sending: UUID, at: datetime | None) -> None:
    """Queue an attempt, now or at a time; of one sending two attempts never run at once."""
    send.configure(lock=f"notices.sending:{sending}", schedule_at=at).defer(sending=str(sending))


@app.task(name="notices.verify", queue="notices", retry=RetryStrategy(max_attempts=4, exponential_wait=3))
def verify(address: str) -> None:
    services.send_verification(UUID(address))


@app.periodic(cron="*/30 * * * *")
@app.task(name="notices.digests", queue="background", queueing_lock="notices.digests")
def digests(timestamp: int) -> None:
    """Officers who want one mail a day get it in the first half hour after 07:00 that is not quiet to them."""
    from django.utils import timezone

    if timezone.localtime().hour in {7, 8, 9}:
        services.send_digests()
