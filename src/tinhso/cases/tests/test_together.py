"""Several at once, on real connections."""

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from procrastinate.contrib.django import app

from tinhso.cases import queries, services
from tinhso.cases.models import Case, CaseEvent, CodeCounter, Draft, Task
from tinhso.cases.timeline import of_case
from tinhso.kernel import packs, seal
from tinhso.kernel.errors import Conflict
from tinhso.kernel.ids import uuid7
from tinhso.kernel.models import SealBlock

from .conftest import PACKS, SYSTEM, agrees, filled, open_task

COPIED = ("person", "procedure", "version", "raw", "prefilled", "papers")
pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What each call returned or raised, begun together."""
    gate = threading.Barrier(len(calls))
    found: list[Any] = [None] * len(calls)

    def run(number: int, call: Callable[[], Any]) -> None:
        gate.wait(10)
        try:
            found[number] = call()
        except Exception as error:
            found[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=item) for item in enumerate(calls)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


def wait_until_sealed(seq: int) -> None:
    """Rows are sealed once every transaction of the cluster that began before them has ended."""
    for _ in range(1_200):
        seal.seal_all()
        if SealBlock.objects.filter(stream="case-event", rows__contains=[seq]).exists():
            return
        time.sleep(0.1)
    raise TimeoutError("not sealed within two minutes")


def test_two_officers_complete_one_task(permit, commune, mother) -> None:
    case = services.submit(mother, filled(mother))
    task = open_task(case.id)
    officer = commune.at("one-stop")
    colleague = type(officer)(**{f: getattr(officer, f) for f in officer.__slots__} | {"name": "Đồng nghiệp"})
    found = at_once(*(lambda a=actor: services.complete(a, task.pk, "done") for actor in (officer, colleague)))
    late = [one for one in found if isinstance(one, Conflict)]
    assert len(late) == 1 and found.count(case) == 1
    first = officer.name if found[0] == case else colleague.name
    assert first in str(late[0].detail)
    assert Task.objects.filter(case=case.id).count() == 2


def test_one_draft_handed_in_from_two_windows_is_one_case(permit, commune, mother) -> None:
    draft = filled(mother)
    found = at_once(*(lambda: services.submit(mother, draft) for _ in range(4)))
    assert len(set(found)) == 1
    assert Case.objects.count() == 1


def test_codes_of_many_at_once_are_all_different(permit, commune, mother) -> None:
    first = Draft.objects.get(pk=filled(mother))
    drafts = [Draft(id=uuid7(), **{f: getattr(first, f) for f in COPIED}) for _ in range(6)]
    Draft.objects.bulk_create(drafts)
    found = at_once(*(lambda d=draft.pk: services.submit(mother, d) for draft in drafts))
    codes = {ref.code for ref in found}
    assert len(codes) == 6
    assert CodeCounter.objects.get().last == 6


def test_the_worker_makes_the_receipt(permit, commune, mother) -> None:
    packs.apply(SYSTEM, packs.read([PACKS / "one-stop"]))
    case = services.submit(mother, filled(mother))
    assert queries.case(mother, case.id).receipt is None
    worker = app.with_connector(app.connector.get_worker_connector())
    for _ in range(3):
        worker.run_worker(wait=False, listen_notify=False, install_signal_handlers=False)
    with connection.cursor() as cursor:  # the worker's thread leaves its connection open
        cursor.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    view = queries.case(mother, case.id)
    assert view.receipt and [entry.kind for entry in view.timeline] == ["submitted", "issued"]
    agrees(case.id)


def test_a_case_event_changed_behind_the_platform_is_named(permit, commune, mother) -> None:
    case = services.submit(mother, filled(mother))
    services.complete(commune.at("one-stop"), open_task(case.id).pk, "done")
    wait_until_sealed(CaseEvent.objects.latest("seq").seq)
    stream = next(s for s in seal.streams() if s.name == "case-event")
    assert list(seal.verify(stream)) == []
    changed = of_case(case.id).latest("seq")
    with connection.cursor() as cursor:
        cursor.execute("UPDATE cases_caseevent SET data = '{\"status\": 10}' WHERE id = %s", [changed.pk])
    assert [(fault.row, fault.what) for fault in seal.verify(stream)] == [(str(changed.pk), "changed")]
