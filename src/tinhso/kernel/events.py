"""Events: what an engine tells whoever wants to know, without knowing them (a transactional outbox).

`publish` writes the event's row and one job in the transaction of the deed, so that neither is there without the
other. The job hands the event to each subscriber in a transaction of its own, together with a row that says so: a
subscriber may be asked again after a crash, and does its database work once. Live pages hear the same event by
NOTIFY as soon as the transaction commits.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.db import IntegrityError, connection, transaction

from . import models
from .actor import Actor
from .ids import uuid7

log = structlog.get_logger()

LIVE_CHANNEL = "tinhso_live"
_SAY = (
    "WITH said AS (INSERT INTO kernel_event (id, name, subject, actor, data) VALUES (%s, %s, %s, %s::jsonb, %s::jsonb))"
    " SELECT pg_notify(%s, %s)"
)
_DEFER = (
    "procrastinate_defer_jobs_v1(ARRAY[ROW(%s, %s, %s, NULL, NULL, %s::jsonb, NULL)::procrastinate_job_to_defer_v1])"
)
"""What `deliver.defer` asks of the database, in the same statement."""


@dataclass(frozen=True, slots=True)
class Event:
    id: UUID
    at: datetime
    name: str
    subject: str
    actor: dict[str, str]
    data: dict[str, Any] = field(default_factory=dict)


Subscriber = Callable[[Event], None]

_declared: dict[str, str] = {}
_subscribers: dict[str, tuple[tuple[str, ...], Subscriber]] = {}


def declare(name: str, doc: str) -> str:
    """Say that an event exists ("case.submitted") and what it means; returns the name.

    An engine declares its events in `contracts.py`. Publishing an undeclared one raises LookupError.
    """
    if _declared.setdefault(name, doc) != doc:
        raise ValueError(f"the event {name!r} is declared twice")
    return name


def subscribe(*names: str, key: str) -> Callable[[Subscriber], Subscriber]:
    """Register a function for events; `key` ("indicators.count") is the stable id of its deliveries."""

    def register(function: Subscriber) -> Subscriber:
        if key in _subscribers and _subscribers[key][1] is not function:
            raise ValueError(f"two subscribers are named {key!r}")
        _subscribers[key] = (names, function)
        return function

    return register


def declared() -> dict[str, str]:
    return dict(_declared)


def subscribers(name: str) -> dict[str, Subscriber]:
    return {key: function for key, (names, function) in _subscribers.items() if name in names}


def publish(actor: Actor, name: str, subject: str, **data: Any) -> UUID:
    """Publish the event `name` about `subject` ("case:0190…") in the current transaction.

    `data` is JSON and carries ids and figures, no personal field. Raises RuntimeError outside a transaction.
    """
    from .tasks import deliver

    if name not in _declared:
        raise LookupError(f"the event {name!r} is not declared")
    if not connection.in_atomic_block:
        raise RuntimeError(f"event {name!r} outside a transaction")
    id = uuid7()
    notice = json.dumps({"id": str(id), "name": name, "subject": subject, "data": data})
    if len(notice.encode()) > 7_900:  # NOTIFY carries less than 8,000 bytes
        notice = json.dumps({"id": str(id), "name": name, "subject": subject})
    said, told = _SAY, [id, name, subject, json.dumps(actor.stamp()), json.dumps(data), LIVE_CHANNEL, notice]
    if subscribers(name):
        said = f"{_SAY}, {_DEFER}"
        told += [deliver.queue, deliver.name, deliver.priority, json.dumps({"event": str(id)})]
    with connection.cursor() as cursor:  # one statement: it is on the way of every deed
        cursor.execute(said, told)
    return id


def deliver_to_all(event_id: UUID) -> None:
    """Hand one event to each of its subscribers that has not had it; the first failure is raised after the rest."""
    row = models.Event.objects.get(pk=event_id)
    event = Event(row.id, row.at, row.name, row.subject, row.actor, row.data)
    failure: Exception | None = None
    for key, function in subscribers(event.name).items():
        try:
            with transaction.atomic():
                if _take(event_id, key):
                    function(event)
        except Exception as error:
            log.exception("delivery failed", id=str(event_id), name=event.name, subscriber=key)
            failure = failure or error
    if failure:
        raise failure


def _take(event_id: UUID, key: str) -> bool:
    try:
        with transaction.atomic():
            models.Delivery.objects.create(event_id=event_id, subscriber=key)
    except IntegrityError:
        return False
    return True
