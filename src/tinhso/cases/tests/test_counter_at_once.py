"""Several windows press at the same moment, on real connections."""

from dataclasses import replace

import pytest

from tinhso.cases.models import Ticket, TicketState
from tinhso.cases.services import counter
from tinhso.kernel import packs
from tinhso.kernel.errors import Conflict
from tinhso.kernel.ids import uuid7

from .conftest import PACKS, SYSTEM
from .test_together import at_once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def officers(commune):
    packs.apply(SYSTEM, packs.read([PACKS / "one-stop"]))
    found = []
    for number in range(1, 5):
        actor = replace(commune.at("one-stop"), post=uuid7(), name=f"Cán bộ {number}")
        counter.sit(actor, counter.open_window(actor, number))
        found.append(actor)
    return found


def test_windows_that_press_next_at_once_never_get_the_same_ticket(officers) -> None:
    for _ in range(6):
        counter.give_ticket(officers[0], "land")
    found = at_once(*(lambda a=actor: counter.call_next(a) for actor in officers))
    assert len(set(found)) == 4 and None not in found, found
    assert sorted(Ticket.objects.filter(state=TicketState.CALLED).values_list("number", flat=True)) == [1, 2, 3, 4]


def test_fewer_tickets_than_windows_leave_some_with_none(officers) -> None:
    counter.give_ticket(officers[0], "land")
    found = at_once(*(lambda a=actor: counter.call_next(a) for actor in officers))
    assert sorted(found, key=str).count(None) == 3


def test_one_officer_who_presses_twice_at_once_has_one_ticket(officers) -> None:
    for _ in range(3):
        counter.give_ticket(officers[0], "land")
    found = at_once(*(lambda: counter.call_next(officers[0], seen="") for _ in range(4)))
    assert len(set(found)) == 1
    assert Ticket.objects.filter(state=TicketState.CALLED).count() == 1


def test_tickets_taken_at_once_have_numbers_without_gap_or_double(officers) -> None:
    key = counter.add_device(officers[0], "Máy")[1]
    at_once(*(lambda: counter.take_ticket(key, "land") for _ in range(8)))
    assert sorted(Ticket.objects.values_list("number", flat=True)) == list(range(1, 9))


def test_a_ticket_of_the_list_called_from_two_windows_goes_to_one(officers) -> None:
    counter.give_ticket(officers[0], "land")
    ticket = Ticket.objects.get().pk
    found = at_once(*(lambda a=actor: counter.call(a, ticket) for actor in officers[:2]))
    assert sum(isinstance(one, Conflict) for one in found) == 1
