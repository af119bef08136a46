"""With the real queue: what is told in a transaction is sent by the worker once it has committed."""

import pytest
from django.db import connection, transaction
from procrastinate.contrib.django import app
from procrastinate.contrib.django.models import ProcrastinateJob

from tinhso.kernel import packs
from tinhso.notices import queries, services
from tinhso.notices.models import Sending

from .conftest import DATA, SYSTEM, folder, proved, tell

pytestmark = pytest.mark.django_db(transaction=True)


def work() -> None:
    worker = app.with_connector(app.connector.get_worker_connector())
    with app.replace_connector(worker.connector):
        worker.run_worker(wait=False, listen_notify=False, install_signal_handlers=False)
    with connection.cursor() as cursor:  # the worker's thread leaves its connection open
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


def test_the_worker_sends_what_was_told_and_nothing_that_was_rolled_back(tmp_path, hoa, postbox) -> None:
    packs.queries.forget()
    packs.apply(SYSTEM, packs.read([folder(tmp_path)]))
    proved(hoa, "mail", "hoa@vi-du.example")
    tell(hoa)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        services.tell(hoa.person, "trial.hello", subject="trial:2", data=DATA, once="2")
        _ = 1 / 0
    work()
    assert [mail["Subject"] for mail in postbox.mails if "V-1" in mail["Subject"]] == ["Việc V-1 xong"]
    assert Sending.objects.get().state == "sent" and queries.unread(hoa) == 1


def test_a_failed_attempt_waits_in_the_queue_for_its_pause(tmp_path, hoa, postbox) -> None:
    packs.queries.forget()
    packs.apply(SYSTEM, packs.read([folder(tmp_path)]))
    proved(hoa, "mail", "hoa@vi-du.example")
    postbox.fail = "451 later"
    tell(hoa)
    work()
    row = Sending.objects.get()
    assert (row.state, row.attempts) == ("waiting", 1)
    waiting = ProcrastinateJob.objects.get(args={"sending": str(row.pk)}, status="todo")
    assert waiting.scheduled_at is not None
    assert waiting.lock == f"notices.sending:{row.pk}"
