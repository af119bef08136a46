"""The demonstration: what a first visitor finds, from the citizen's inbox to the chair's signatures."""

from collections import Counter
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.queries import counter
from tinhso.identity import queries as identity
from tinhso.identity import services as identity_services
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Forbidden
from tinhso.kernel.events import deliver_to_all
from tinhso.kernel.models import Event
from tinhso.notices import queries as notices
from tinhso.payments import queries as orders
from tinhso.project.demo import province, today
from tinhso.territory import services as territory

PACKS = Path(__file__).resolve().parents[4] / "packs"
SYSTEM = system("tests")
NEEDED = ("one-stop", "civil-status", "payments", "steering")


@pytest.fixture
def loaded(db: None, tmp_path: Path, settings) -> None:
    settings.BLOB_ROOT = tmp_path / "blobs"
    packs.queries.forget()
    territory.load_facts(SYSTEM)
    identity_services.load_agencies(SYSTEM)
    packs.apply(SYSTEM, packs.read([PACKS / name for name in NEEDED]))
    province.load(6_000, 3_000, lambda text: None)


def test_a_first_visitor_finds_work_in_every_state(loaded: None) -> None:
    home = identity.agency_of_unit(province.HOME)
    desk, clerk, chair = (today.officer(home, role) for role in ("one-stop", "civil-status", "chair"))
    assert desk and clerk and chair

    rows = cases.inbox(clerk, "all", limit=100).rows
    assert {"receive", "verify", "approve"} <= {row.step for row in rows}
    assert sum(row.late for row in rows) >= 3 and any(row.soon and not row.late for row in rows)
    assert any(cases.case(clerk, row.case).redated_to for row in rows)

    (opinion,) = cases.opinions_asked(chair)
    assert opinion.question == today.QUESTION
    (batch,) = cases.batches(chair)
    assert cases.batch(chair, batch.id).state == "ready"

    busy = today.officer(identity.agency_of_unit(province.BUSY), "one-stop")
    assert busy and len(counter.tickets(busy)) == len(today.TICKETS) - 1, "one is being served"
    assert counter.tickets(desk) == ()

    citizen = _who_signs_in()
    mine = [case.id for case in cases.my_cases(citizen).cases]
    states = Counter(order.state for case in mine for order in orders.orders_of(f"case:{case}"))
    assert states == {"paid": 1, "asked": 1}
    for event in Event.objects.filter(name__regex=r"^(case|payment)\.").order_by("seq"):
        deliver_to_all(event.id)
    told = [one.subject for one in notices.notices(citizen).notices]
    assert sum("Đã nhận hồ sơ" in one for one in told) == 2 and sum("cần nộp phí" in one for one in told) == 2

    until = timezone.localdate() + timedelta(days=1)
    figures = cases.rating_figures(clerk, until - timedelta(days=92), until)
    assert figures.total and figures.total.count >= 5
    with pytest.raises(Forbidden):
        services.load_ratings(clerk, [])


def _who_signs_in() -> Actor:
    number = next(one.username for one in province.sign_ins() if one.role == "citizen")
    person = identity_services.find_person(SYSTEM, number, "Thử")
    assert person
    account = identity_services.account_of_person(SYSTEM, person.id)
    return Actor(account=account, person=person.id, assurance=2, name=person.name)
