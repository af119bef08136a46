"""Reading the audit, and a check of all seals asked for in the browser."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.utils import timezone

from tinhso.kernel import audit, seal_checks
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Conflict, Forbidden, NotFound

AUDITOR = Actor(permissions=frozenset({"audit.see"}), assurance=2)


def deed(action: str, subject: str = "case:1", actor: Actor | None = None) -> None:
    with transaction.atomic():
        audit.record(actor or system("tests"), action, subject)


@pytest.mark.django_db
def test_deeds_are_found_by_what_by_whom_and_when() -> None:
    clerk = Actor(account=uuid4(), post=uuid4())
    deed("case.submit")
    deed("case.refuse", "case:2", clerk)
    deed("pack.apply", "packs")

    def actions(**asked: object) -> list[str]:
        return [row.action for row in audit.deeds(AUDITOR, **asked).rows]  # type: ignore[arg-type]

    assert actions() == ["pack.apply", "case.refuse", "case.submit"]
    assert actions(action="case.") == ["case.refuse", "case.submit"]
    assert actions(subject="case:2") == ["case.refuse"]
    assert actions(by=str(clerk.post)) == actions(by=str(clerk.account)) == ["case.refuse"]
    assert actions(by="tests") == ["pack.apply", "case.submit"]
    now = timezone.now()
    assert actions(since=now + timedelta(minutes=1)) == [] == actions(until=now - timedelta(minutes=1))
    assert len(actions(since=now - timedelta(minutes=1), until=now + timedelta(minutes=1))) == 3


@pytest.mark.django_db
def test_deeds_page_by_key() -> None:
    for number in range(5):
        deed(f"case.{number}")
    first = audit.deeds(AUDITOR, limit=3)
    rest = audit.deeds(AUDITOR, after=first.next, limit=3)
    assert [row.action for row in (*first.rows, *rest.rows)] == [f"case.{n}" for n in (4, 3, 2, 1, 0)]
    assert rest.next == ""
    with pytest.raises(NotFound):
        audit.deeds(AUDITOR, after="x")
    with pytest.raises(Forbidden):
        audit.deeds(Actor())


@pytest.mark.django_db(transaction=True)
def test_a_check_counts_the_rows_and_names_what_was_changed() -> None:
    deed("case.submit")
    deed("case.refuse")
    first = seal_checks.ask(AUDITOR)
    with pytest.raises(Conflict):
        seal_checks.ask(AUDITOR)
    seal_checks.run(first)
    found = seal_checks.check(AUDITOR, first)
    assert found.ended_at and found.done == found.total and found.rows >= 3
    assert found.fault_count == 0

    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE kernel_audit SET subject = 'case:9' WHERE action = 'case.refuse'")
        cursor.execute("SET session_replication_role = DEFAULT")
    second = seal_checks.ask(AUDITOR)
    seal_checks.run(second)
    last, before = seal_checks.last(AUDITOR)
    assert (last.id, before.id) == (second, first)
    assert last.fault_count == 1
    assert (last.faults[0].stream, last.faults[0].what) == ("audit", "changed")
    seal_checks.run(second)
    assert seal_checks.check(AUDITOR, second) == last


@pytest.mark.django_db
def test_only_who_may_see_the_audit_may_ask_for_a_check() -> None:
    for act in (seal_checks.ask, seal_checks.last):
        with pytest.raises(Forbidden):
            act(Actor())
    with pytest.raises(NotFound):
        seal_checks.check(AUDITOR, uuid4())
