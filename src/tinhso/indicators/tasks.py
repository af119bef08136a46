"""When figures are recomputed: soon after their rows move, and all of them each night."""

from contextlib import suppress
from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from procrastinate import RetryStrategy
from procrastinate.contrib.django import app
from procrastinate.exceptions import AlreadyEnqueued

from tinhso.cases.contracts import (
    CASE_ENDED,
    CASE_MOVED,
    CASE_PAUSED,
    CASE_RATED,
    CASE_RECEIVED,
    CASE_REOPENED,
    CASE_RESUMED,
    CASE_SUBMITTED,
    CASES_LOADED,
)
from tinhso.kernel import events
from tinhso.kernel.actor import system
from tinhso.kernel.packs import in_force, names
from tinhso.kernel.packs.services import PACK_APPLIED
from tinhso.payments.contracts import PAYMENT_RECEIVED, PAYMENT_REFUNDED
from tinhso.registers.contracts import RECORD_CREATED, RECORD_ENDED, RECORD_UPDATED, RECORDS_LOADED

from . import services

ACTOR = system("indicators")
BEGINNING = date(2000, 1, 1)


@app.task(name="indicators.refresh", queue="live", retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def refresh(indicator: str, since: str) -> None:
    services.refresh(ACTOR, indicator, date.fromisoformat(since))


@app.periodic(cron="40 2 * * *")
@app.task(name="indicators.refresh_all", queue="background", queueing_lock="indicators.refresh_all")
def refresh_all(timestamp: int) -> None:
    for name in names("indicator"):
        services.refresh(ACTOR, name, BEGINNING)
    for name in names("score"):
        services.refresh_score(ACTOR, name, BEGINNING)


@app.task(name="indicators.refresh_score", queue="background", retry=RetryStrategy(max_attempts=5, exponential_wait=2))
def refresh_score(score: str) -> None:
    services.refresh_score(ACTOR, score, BEGINNING)


def _soon(indicator: str, since: date) -> None:
    """Queue a recomputation unless one waits already: a hundred cases in a second make one."""
    waiting = refresh.configure(queueing_lock=f"indicators.refresh:{indicator}:{since}")
    with suppress(AlreadyEnqueued), transaction.atomic():
        waiting.defer(indicator=indicator, since=since.isoformat())


def _last_month() -> date:
    """Rows that move now are of this month or the last; what is older is put right at night."""
    return (timezone.localdate().replace(day=1) - timedelta(days=1)).replace(day=1)


@events.subscribe(
    CASE_SUBMITTED, CASE_RECEIVED, CASE_MOVED, CASE_PAUSED, CASE_RESUMED, CASE_ENDED, CASE_REOPENED,
    key="indicators.cases",
)  # fmt: skip
def cases_moved(event: events.Event) -> None:
    _refresh_readers_of("cases")


@events.subscribe(CASES_LOADED, key="indicators.cases-loaded")
def cases_loaded(event: events.Event) -> None:
    """What is loaded at once may be of any year."""
    _refresh_readers_of("cases", BEGINNING)
    for score in names("score"):
        _score_soon(score)


@events.subscribe(PAYMENT_RECEIVED, PAYMENT_REFUNDED, key="indicators.payments")
def payments_moved(event: events.Event) -> None:
    _refresh_readers_of("payments")


@events.subscribe(RECORD_CREATED, RECORD_UPDATED, RECORD_ENDED, key="indicators.records")
def records_moved(event: events.Event) -> None:
    _refresh_readers_of(_view(event))


@events.subscribe(RECORDS_LOADED, key="indicators.records-loaded")
def records_loaded(event: events.Event) -> None:
    """What is loaded at once may be of any year."""
    _refresh_readers_of(_view(event), BEGINNING)


def _view(event: events.Event) -> str:
    return str(event.data["register"]).replace(".", "_").replace("-", "_")


@events.subscribe(PACK_APPLIED, key="indicators.packs")
def packs_applied(event: events.Event) -> None:
    pack = event.subject.removeprefix("pack:")
    for found in in_force("indicator"):
        if found.pack == pack:
            _soon(found.name, BEGINNING)
    for score in in_force("score"):
        if score.pack == pack:
            _score_soon(score.name)


@events.subscribe(CASE_RATED, key="indicators.ratings")
def rated(event: events.Event) -> None:
    _refresh_readers_of("ratings")


def _score_soon(score: str) -> None:
    """Scores are a reading of months: each night, when a pack is applied, and when many cases were loaded."""
    with suppress(AlreadyEnqueued), transaction.atomic():
        refresh_score.configure(queueing_lock=f"indicators.refresh_score:{score}").defer(score=score)


def _refresh_readers_of(view: str, since: date | None = None) -> None:
    for found in in_force("indicator"):
        if view in found.model.views():
            _soon(found.name, since or _last_month())
