"""A list that shows what is personal tells the people named, once a day (ADR 0017)."""

import pytest
from django.utils import timezone

from tinhso.identity.models import Access
from tinhso.identity.services import account_of_person
from tinhso.kernel.actor import Actor
from tinhso.registers import queries, services

from .conftest import SYSTEM, seated
from .test_policy import NEW, OLD, PEOPLE, mother

__all__ = ["mother"]
GARDENS = "yard.gardens"


@pytest.fixture
def named(mother, apply):
    apply(gardens=PEOPLE)
    for code in ("A", "B"):
        values = {"code": code, "planted_on": OLD, "keeper": "Trần Thị Hòa", "owner_person": mother.id}
        services.create(SYSTEM, GARDENS, values, valid_from=NEW, unit="13225")
    return mother


def looks() -> list[tuple[str, str]]:
    return list(Access.objects.order_by("id").values_list("purpose", "fields"))


def test_a_list_in_clear_leaves_one_row_a_person_and_day(named):
    officer = seated("13225", "one-stop")
    for order in ("code", "-code"):
        queries.find(officer, GARDENS, order=order)
        queries.find(officer, GARDENS, as_of=timezone.localdate(), order="id")
    assert looks() == [("Sổ vườn", "personal")]
    [row] = Access.objects.all()
    assert (row.person_id, row.account_id, row.post_id) == (named.id, officer.account, officer.post)


def test_each_post_leaves_its_own_row(named):
    for role in ("one-stop", "civil-status"):
        queries.find(seated("13225", role), GARDENS)
    assert len(looks()) == 2


def test_what_shows_nobody_leaves_nothing(named):
    queries.find(seated("13225", "one-stop"), GARDENS, shows=["code", "trees"])
    queries.find(seated("33", "leader", level="province"), GARDENS)
    queries.find(SYSTEM, GARDENS)
    me = Actor(account=account_of_person(SYSTEM, named.id), person=named.id, assurance=2)
    assert len(queries.find(me, GARDENS).records) == 2
    assert looks() == []
