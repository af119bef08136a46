"""Jobs that a worker defers belong to the transaction in which they are deferred."""

import pytest
from django.db import transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from tinhso.kernel import events
from tinhso.kernel.actor import system
from tinhso.kernel.queue import Connector

HAPPENED = events.declare("test.queued", "Only the tests publish it.")


@events.subscribe(HAPPENED, key="tests.queue")
def _listen(event: events.Event) -> None:
    pass


@pytest.mark.django_db
def test_a_job_deferred_in_a_worker_goes_with_its_transaction() -> None:
    assert isinstance(app.connector, Connector)
    before = ProcrastinateJob.objects.count()
    with app.replace_connector(app.connector.get_worker_connector()):
        with pytest.raises(RuntimeError, match="halfway"), transaction.atomic():
            events.publish(system("test"), HAPPENED, "test:1")
            assert ProcrastinateJob.objects.count() == before + 1, "it is written by the connection of the transaction"
            raise RuntimeError("halfway")
        assert ProcrastinateJob.objects.count() == before
        with transaction.atomic():
            events.publish(system("test"), HAPPENED, "test:2")
    assert ProcrastinateJob.objects.latest("id").task_name == "kernel.deliver"
    assert ProcrastinateJob.objects.count() == before + 1
