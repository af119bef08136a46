"""The queue of a one-stop centre: tickets are taken, called in their order, moved and set aside, by who sits there."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from tinhso.cases.models import Ticket, TicketNumber, TicketState
from tinhso.cases.queries import counter as queries
from tinhso.cases.services import counter
from tinhso.cases.services.counter.queue import MOST_A_MINUTE
from tinhso.identity.roles import permissions
from tinhso.kernel import packs
from tinhso.kernel.actor import NOBODY, Actor
from tinhso.kernel.errors import Busy, Conflict, Forbidden, Invalid, NotFound, SignInNeeded
from tinhso.kernel.ids import uuid7

from .conftest import PACKS, SYSTEM, Commune


@pytest.fixture
def centre(commune: Commune) -> Commune:
    packs.apply(SYSTEM, packs.read([PACKS / "one-stop"]))
    return commune


@pytest.fixture
def officer(centre: Commune) -> Actor:
    """An officer at window 1, which takes everything."""
    actor = centre.at("one-stop")
    counter.sit(actor, counter.open_window(actor, 1))
    return actor


def colleague(centre: Commune, name: str = "Đồng nghiệp", number: int = 2, groups: tuple[str, ...] = ()) -> Actor:
    actor = replace(centre.at("one-stop"), post=uuid7(), account=uuid7(), name=name)
    counter.sit(actor, counter.open_window(actor, number, groups))
    return actor


@pytest.fixture
def kiosk(centre: Commune) -> str:
    """The key of a kiosk."""
    return counter.add_device(centre.at("one-stop"), "Máy ở cửa chính")[1]


def code(key: str) -> str:
    return _ticket(key).code


def _ticket(key: str) -> Ticket:
    return Ticket.objects.get(key=key)


def called(actor: Actor) -> str:
    """The code of whoever is called next, "" for nobody."""
    found = counter.call_next(actor)
    return Ticket.objects.get(pk=found).code if found else ""


def test_numbers_run_by_group_and_begin_anew_each_day(kiosk, officer) -> None:
    assert [code(counter.take_ticket(kiosk, group)) for group in ("civil-status", "land", "civil-status")] == [
        "A001", "B001", "A002"
    ]  # fmt: skip
    yesterday = timezone.localdate() - timedelta(days=1)
    Ticket.objects.update(day=yesterday)
    TicketNumber.objects.update(day=yesterday)
    assert code(counter.take_ticket(kiosk, "civil-status")) == "A001"
    assert called(officer) == "A001"
    assert Ticket.objects.get(state=TicketState.CALLED).day == timezone.localdate(), "yesterday's wait for nobody"


def test_another_centre_numbers_for_itself(kiosk, officer, neighbour) -> None:
    other = counter.add_device(neighbour.at("one-stop"), "Máy bên kia")[1]
    assert code(counter.take_ticket(kiosk, "land")) == code(counter.take_ticket(other, "land")) == "B001"
    counter.take_ticket(other, "land")
    assert called(officer) == "B001"
    counter.begin(officer)
    assert called(officer) == "", "the neighbour's second ticket is not ours"


def test_who_has_priority_is_called_first_and_then_who_came_first(kiosk, officer) -> None:
    for priority in ("", "", "elderly", "pregnant"):
        counter.take_ticket(kiosk, "civil-status", priority)
    order = []
    while found := called(officer):
        order.append(found)
        counter.begin(officer)
    assert order == ["A003", "A004", "A001", "A002"]


def test_a_window_calls_only_what_it_takes(kiosk, centre, officer) -> None:
    land = colleague(centre, groups=("land",))
    counter.take_ticket(kiosk, "civil-status")
    assert called(land) == ""
    counter.take_ticket(kiosk, "land")
    assert called(land) == "B001"


def test_next_pressed_twice_calls_one(kiosk, officer) -> None:
    counter.take_ticket(kiosk, "land")
    counter.take_ticket(kiosk, "land")
    first = counter.call_next(officer, seen="")
    assert counter.call_next(officer, seen="") == first
    assert Ticket.objects.filter(state=TicketState.CALLED).count() == 1


def test_who_was_called_is_judged_before_another_is_called(kiosk, officer) -> None:
    counter.take_ticket(kiosk, "land")
    counter.take_ticket(kiosk, "land")
    first = called(officer)
    with pytest.raises(Conflict, match=first):
        counter.call_next(officer)
    counter.no_show(officer)
    assert called(officer) == "B002"
    counter.begin(officer)
    with pytest.raises(Conflict):
        counter.no_show(officer)
    counter.finish(officer)
    states = dict(Ticket.objects.values_list("number", "state"))
    assert states == {1: TicketState.NO_SHOW, 2: TicketState.DONE}


def test_called_again_is_counted_and_waited_no_longer(kiosk, officer) -> None:
    key = counter.take_ticket(kiosk, "land")
    called(officer)
    first = _ticket(key)
    counter.recall(officer)
    again = _ticket(key)
    assert again.calls == 2 and again.called_at == first.called_at and again.announced_at > first.announced_at
    counter.begin(officer)
    with pytest.raises(Conflict):
        counter.recall(officer)


def test_set_aside_is_called_later_from_the_list(kiosk, officer) -> None:
    late = counter.take_ticket(kiosk, "land")
    counter.take_ticket(kiosk, "land")
    called(officer)
    counter.skip(officer)
    assert called(officer) == "B002"
    with pytest.raises(Conflict):
        counter.call(officer, _ticket(late).pk)
    counter.begin(officer)
    counter.finish(officer)
    counter.call(officer, _ticket(late).pk)
    assert _ticket(late).state == TicketState.CALLED and _ticket(late).calls == 2


def test_sent_on_it_keeps_its_number_and_goes_first(kiosk, centre, officer) -> None:
    land = colleague(centre, groups=("land",))
    counter.take_ticket(kiosk, "civil-status")
    counter.take_ticket(kiosk, "land", "elderly")
    called(officer)
    with pytest.raises(Invalid):
        counter.transfer(officer, group="nothing")
    with pytest.raises(Invalid):
        counter.transfer(officer, group="land")  # it was called first for its priority: B001 is at the window
    counter.begin(officer)
    counter.finish(officer)
    assert called(officer) == "A001"
    counter.take_ticket(kiosk, "land", "elderly")
    counter.transfer(officer, group="land")
    assert called(land) == "A001"


def test_sent_to_one_window_it_waits_for_that_one(kiosk, centre, officer) -> None:
    other, third = colleague(centre), colleague(centre, "Người thứ ba", 3)
    counter.take_ticket(kiosk, "land")
    called(officer)
    window = next(one for one in queries.windows(other) if one.mine)
    with pytest.raises(Invalid):
        counter.transfer(officer, window_id=uuid7())
    counter.transfer(officer, window_id=window.id)
    assert called(third) == "" and called(officer) == ""
    assert called(other) == "B001"


def test_the_wait_is_estimated_by_what_happened_today(kiosk, centre, officer) -> None:
    keys = [counter.take_ticket(kiosk, "results") for _ in range(6)]
    here = centre.agency.code
    assert queries.followed(here, keys[5]).minutes == 20, "five before it, four minutes each by the pack"
    colleague(centre)
    assert queries.followed(here, keys[5]).minutes == 10, "two windows share the work"
    for _turn in range(3):
        called(officer)
        counter.begin(officer)
        Ticket.objects.filter(state=TicketState.SERVING).update(began_at=timezone.now() - timedelta(minutes=8))
        counter.finish(officer)
    found = queries.followed(here, keys[5])
    assert (found.ahead, found.minutes) == (2, 8), "eight minutes each today, two before it, two windows"


def test_no_estimate_where_no_window_takes_it(kiosk, centre) -> None:
    colleague(centre, groups=("land",))
    key = counter.take_ticket(kiosk, "results")
    assert queries.followed(centre.agency.code, key).minutes is None


def test_a_kiosk_whose_key_ended_gives_no_more(kiosk, officer) -> None:
    counter.take_ticket(kiosk, "land")
    device = queries.devices(officer)[0]
    counter.end_device(officer, device.id)
    with pytest.raises(Forbidden):
        counter.take_ticket(kiosk, "land")
    with pytest.raises(Forbidden):
        counter.take_ticket("guessed", "land")


def test_a_kiosk_does_not_flood_the_queue(kiosk, officer) -> None:
    for _ in range(MOST_A_MINUTE):
        counter.take_ticket(kiosk, "land")
    with pytest.raises(Busy):
        counter.take_ticket(kiosk, "land")
    counter.give_ticket(officer, "land")


def test_what_is_not_declared_is_refused(kiosk) -> None:
    with pytest.raises(Invalid) as refused:
        counter.take_ticket(kiosk, "fortune-telling")
    assert "group" in refused.value.errors
    with pytest.raises(Invalid) as refused:
        counter.take_ticket(kiosk, "land", "rich")
    assert "priority" in refused.value.errors


def test_who_may(kiosk, centre, officer, neighbour, mother) -> None:
    window = queries.windows(officer)[0]
    ticket = counter.take_ticket(kiosk, "land")
    stranger = neighbour.at("one-stop")
    for verb in (
        lambda who: counter.sit(who, window.id),
        lambda who: counter.change_window(who, window.id, []),
        lambda who: counter.close_window(who, window.id),
    ):
        with pytest.raises(NotFound):
            verb(stranger)
    counter.sit(stranger, counter.open_window(stranger, 1))
    with pytest.raises(NotFound):
        counter.call(stranger, _ticket(ticket).pk)
    with pytest.raises(NotFound):
        counter.end_device(stranger, queries.devices(officer)[0].id)
    for nobody in (mother, centre.at("chair"), centre.at("civil-status")):
        for verb in (counter.call_next, counter.recall, counter.begin, counter.skip, counter.no_show, counter.finish):
            with pytest.raises(Forbidden):
                verb(nobody)
        with pytest.raises(Forbidden):
            counter.open_window(nobody, 7)
        with pytest.raises(Forbidden):
            counter.give_ticket(nobody, "land")
    with pytest.raises(SignInNeeded):
        counter.call_next(NOBODY)


def test_one_officer_a_window_and_one_window_an_officer(kiosk, centre, officer) -> None:
    other = colleague(centre)
    first, second = queries.windows(officer)
    with pytest.raises(Conflict, match=officer.name):
        counter.sit(other, first.id)
    counter.take_ticket(kiosk, "land")
    called(officer)
    with pytest.raises(Conflict):
        counter.leave(officer)
    with pytest.raises(Conflict):
        counter.close_window(officer, first.id)
    counter.no_show(officer)
    counter.leave(other)
    counter.sit(officer, second.id)
    assert [one.officer for one in queries.windows(officer)] == ["", officer.name]
    with pytest.raises(Invalid):
        counter.open_window(officer, 2)


def test_a_window_taken_away_lets_its_tickets_go(kiosk, centre, officer) -> None:
    other = colleague(centre)
    counter.take_ticket(kiosk, "land")
    called(officer)
    there = next(one.id for one in queries.windows(other) if one.mine)
    counter.transfer(officer, window_id=there)
    counter.close_window(other, there)
    assert called(officer) == "B001"


def test_the_board_names_numbers_and_windows_only(kiosk, centre, officer) -> None:
    key = counter.take_ticket(kiosk, "civil-status", "elderly")
    called(officer)
    board = queries.board(centre.agency.code)
    assert board.latest and (board.latest.code, board.latest.window) == ("A001", 1)
    assert [(one.letter, one.waiting) for one in board.groups if one.waiting] == []
    counter.begin(officer)
    assert queries.board(centre.agency.code).latest is None
    assert queries.followed(centre.agency.code, key).ticket.window == 1
    with pytest.raises(NotFound):
        queries.followed(centre.agency.code, "another")


def test_what_one_says_leads_to_a_group(centre) -> None:
    packs.apply(SYSTEM, packs.read([PACKS / "civil-status"]))
    where = queries.centre(centre.at("one-stop")).id
    assert queries.suggest(where, "khai sinh")[0][0] == "civil-status"
    assert queries.suggest(where, "so do")[0][0] == "land", "without diacritics"
    assert queries.suggest(where, "em bé")[0] == ("civil-status", "Đăng ký khai sinh"), "by a procedure's other words"
    assert queries.suggest(where, "mua vé tàu") == []
    assert queries.suggest(where, " ") == []


def test_without_a_pack_there_is_no_queue(commune) -> None:
    with pytest.raises(Conflict):
        counter.open_window(commune.at("one-stop"), 1)
    with pytest.raises(NotFound):
        queries.board(commune.agency.code)


def test_leave_of_roles_is_what_the_counter_asks() -> None:
    assert {"case.intake", "case.return"} <= permissions(["one-stop"])
    assert "case.intake" not in permissions(["chair", "clerk", "civil-status", "leader"])
