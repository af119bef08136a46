"""The outbox: with the deed or not at all, to every subscriber, once."""

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from tinhso.kernel import events
from tinhso.kernel.actor import system
from tinhso.kernel.models import Audit, Event
from tinhso.kernel.tasks import deliver

ACTOR = system("test")
HAPPENED = events.declare("test.happened", "Only the tests publish it.")
taken: list[str] = []
fails = {"second": False}


@events.subscribe(HAPPENED, key="test.first")
def first(event: events.Event) -> None:
    taken.append(f"first {event.subject}")
    Audit.objects.create(action="first", subject=event.subject, actor={}, data={})


@events.subscribe(HAPPENED, key="test.second")
def second(event: events.Event) -> None:
    if fails["second"]:
        raise ConnectionError("away")
    taken.append(f"second {event.subject}")


@pytest.fixture(autouse=True)
def clean(db: None) -> None:
    taken.clear()
    fails["second"] = False
    with connection.cursor() as cursor:  # Django's flush leaves the queue's tables alone
        cursor.execute("DELETE FROM procrastinate_events; DELETE FROM procrastinate_jobs")


@pytest.mark.django_db(transaction=True)
def test_no_deed_no_event() -> None:
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        events.publish(ACTOR, HAPPENED, "thing:1")
        _ = 1 / 0
    assert not Event.objects.exists()
    assert not ProcrastinateJob.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_repeated_delivery_does_nothing_and_a_failed_one_is_made_up() -> None:
    with transaction.atomic():
        event = events.publish(ACTOR, HAPPENED, "thing:1")
    assert ProcrastinateJob.objects.filter(task_name="kernel.deliver").count() == 1
    fails["second"] = True
    with pytest.raises(ConnectionError):
        events.deliver_to_all(event)
    fails["second"] = False
    events.deliver_to_all(event)
    events.deliver_to_all(event)
    assert taken == ["first thing:1", "second thing:1"]
    assert Audit.objects.count() == 1


@pytest.mark.django_db
def test_an_undeclared_event_is_refused() -> None:
    with pytest.raises(LookupError):
        events.publish(ACTOR, "test.never-declared", "thing:1")


@pytest.mark.django_db
def test_the_job_of_an_event_is_the_one_that_the_queue_itself_would_make() -> None:
    with transaction.atomic():
        id = events.publish(ACTOR, HAPPENED, "thing:1")
    deliver.defer(event=str(id))
    by_event, by_queue = ProcrastinateJob.objects.filter(args__event=str(id)).order_by("id").values()
    own = {"id", "scheduled_at"}
    assert {k: v for k, v in by_event.items() if k not in own} == {k: v for k, v in by_queue.items() if k not in own}
    assert by_event["scheduled_at"] is None
