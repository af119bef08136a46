"""Background work of payments."""

from datetime import timedelta
from uuid import UUID

from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app

from tinhso.kernel.actor import system


@app.task(name="payments.issue_receipt", queue="documents", retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def issue_receipt(order: str) -> None:
    """Make and seal the receipt of an order."""
    from .services.receipts import issue_receipt as issue

    issue(UUID(order))


@app.task(name="payments.send_refund", queue="documents", retry=RetryStrategy(max_attempts=20, exponential_wait=2))
def send_refund(refund: str) -> None:
    """Send an approved refund to the bank."""
    from .services.banking import send_refund as send

    send(UUID(refund))


@app.periodic(cron="*/10 * * * *")
@app.task(name="payments.expire", queue="background", queueing_lock="payments.expire")
def expire(timestamp: int) -> None:
    """End what is past its time, and forget rejected messages of long ago."""
    from .services import expire as end
    from .services import forget_rejected

    end(system("payments.expire"))
    forget_rejected()


@app.periodic(cron="35 */4 * * *")
@app.task(name="payments.fetch_statements", queue="background", queueing_lock="payments.fetch_statements")
def fetch_statements(timestamp: int) -> None:
    """Hold the ledger of today and yesterday against what the banks say, and enter what no message told."""
    from .services import fetch_statements as fetch

    today = timezone.localdate()
    for day in (today - timedelta(days=1), today):
        fetch(system("payments.fetch-statements"), day)
