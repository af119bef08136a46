"""Orders: asked once, paid in part, whole, too much, too late; each with its outcome."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tinhso.kernel.actor import NOBODY, Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.models import Event
from tinhso.payments import ledger, queries, services
from tinhso.payments.contracts import Line
from tinhso.payments.models import Account, Entry, Message, Order, Payment, Posting

from .conftest import SYSTEM, Office, ask, credit, tell

Kind = Account.Kind


def test_asked_again_for_the_same_it_is_the_same_order(office: Office) -> None:
    first = ask(office, subject="case:1")
    assert ask(office, subject="case:1") == first
    with pytest.raises(Conflict):
        ask(office, subject="case:1", lines=[Line("Khác", 1)])
    assert Order.objects.count() == 1
    assert first.amount == first.rest == 16_000
    assert first.state == "asked"


def test_an_order_of_nothing_is_none(office: Office) -> None:
    for lines in ([], [Line("Không", 0)], [Line("Âm", -1)]):
        with pytest.raises(ValueError, match="more than nothing"):
            ask(office, lines=lines)


def test_a_transfer_with_the_code_pays_the_order_and_is_told(office: Office) -> None:
    order = ask(office, subject="case:77")
    heard = tell(credit(f"MBVCB.8812.{order.code[:6]} {order.code[6:]}.CT tu 0123 toi UBND"))
    assert heard.outcome == "taken"
    paid = queries.order(order.id)
    assert (paid.state, paid.paid, paid.rest) == ("paid", 16_000, 0)
    event = Event.objects.get(name="payment.received")
    assert (event.subject, event.data["case"], event.data["amount"]) == (f"order:{order.id}", "77", 16_000)
    assert -ledger.balance(Kind.REVENUE) == ledger.balance(Kind.MONEY) == 16_000


def test_told_again_it_is_there_once(office: Office) -> None:
    order = ask(office)
    told = credit(order.code)
    assert [tell(told).outcome for _ in range(3)] == ["taken", "repeated", "repeated"]
    assert Payment.objects.count() == 1
    assert Entry.objects.filter(what="came").count() == 1
    assert [m.outcome for m in Message.objects.order_by("id")] == ["taken", "repeated", "repeated"]


def test_the_same_transaction_with_another_amount_is_rejected_and_kept(office: Office) -> None:
    order = ask(office)
    tell(credit(order.code, transaction="FT1"))
    assert tell(credit(order.code, 99_000, transaction="FT1")).reason == "other-amount"
    assert Payment.objects.get().amount == 16_000
    assert queries.messages(office.at("accountant")).rows[0].reason == "other-amount"


def test_paid_in_two_parts_it_is_whole_with_the_second(office: Office) -> None:
    order = ask(office)
    tell(credit(order.code, 10_000))
    part = queries.order(order.id)
    assert (part.state, part.rest) == ("partly", 6_000)
    assert ledger.balance(Kind.REVENUE) == 0, "nothing is earned before it is whole"
    tell(credit(order.code, 6_000))
    assert queries.order(order.id).state == "paid"
    assert queries.waiting(office.at("accountant")).rows == ()


def test_too_much_waits_for_the_accountant_with_what_is_too_much(office: Office) -> None:
    order = ask(office)
    tell(credit(order.code, 20_000))
    assert queries.order(order.id).state == "overpaid"
    (row,) = queries.waiting(office.at("accountant")).rows
    assert (row.outcome, row.excess) == ("over", 4_000)
    assert Event.objects.filter(name="payment.received").count() == 1, "it is whole all the same"


def test_paid_twice_the_second_is_called_double(office: Office) -> None:
    order = ask(office)
    tell(credit(order.code))
    tell(credit(order.code))
    (row,) = queries.waiting(office.at("accountant")).rows
    assert (row.outcome, row.excess) == ("double", 16_000)
    assert Event.objects.filter(name="payment.received").count() == 1


def test_without_a_code_it_stands_in_suspense(office: Office) -> None:
    order = ask(office)
    ask(office, lines=[Line("Khác", 50_000)])
    tell(credit("NGUYEN VAN A chuyen tien"))
    money = Payment.objects.get()
    assert money.outcome == "unknown"
    assert -ledger.balance(Kind.SUSPENSE) == 16_000
    assert queries.order(order.id).state == "asked", "an amount alone pays nothing"


def test_the_accountant_assigns_unknown_money(office: Office) -> None:
    """The money came on the province's account: whoever keeps that decides."""
    order = ask(office)
    tell(credit("khong ghi gi"))
    money = Payment.objects.get()
    here = office.at("accountant")
    above = Actor(account=here.account, post=here.post, agency=money.agency, permissions=here.permissions, assurance=2)
    assert queries.suggestions(above, money.pk) == [order]
    with pytest.raises(NotFound):
        services.assign(here, money.pk, order.code)
    with pytest.raises(Invalid):
        services.assign(above, money.pk, "TS00000000")
    assert services.assign(above, money.pk, order.code.lower()).state == "paid"
    assert queries.payments_of(order.id)[0].agency == office.agency
    assert ledger.balance(Kind.MONEY, agency=office.agency) == 16_000 == ledger.balance(Kind.MONEY)
    assert ledger.balance(Kind.SUSPENSE) == 0


def test_expired_and_paid_two_days_late_it_waits_and_paid_in_time_but_told_late_it_counts(office: Office) -> None:
    due = timezone.now() - timedelta(days=2)
    late, told_late = ask(office, due_at=due), ask(office, due_at=due)
    assert services.expire(SYSTEM) == 2
    assert queries.order(late.id).state == "expired"
    tell(credit(late.code))
    tell(credit(told_late.code, at=due - timedelta(minutes=1)))
    assert queries.order(late.id).state == "expired"
    assert queries.order(told_late.id).state == "paid"
    assert [p.outcome for p in Payment.objects.order_by("id")] == ["late", "whole"]
    money = Payment.objects.get(outcome="late")
    assert services.assign(SYSTEM, money.pk, late.code).state == "paid"


def test_money_for_what_was_called_off_waits(office: Office) -> None:
    order = ask(office, subject="case:9")
    tell(credit(order.code, 6_000))
    assert services.cancel(SYSTEM, "case:9") == 1
    tell(credit(order.code, 10_000))
    assert queries.order(order.id).state == "cancelled"
    assert [p.outcome for p in Payment.objects.order_by("id")] == ["closed", "closed"]
    assert all(p.settled_at is None for p in Payment.objects.all())
    assert ask(office, subject="case:9").id != order.id, "what was called off may be asked anew"


def test_the_counter_takes_cash_once_however_often_the_button_is_pressed(office: Office, neighbour: Office) -> None:
    order = ask(office)
    with pytest.raises(NotFound):
        services.take_at_counter(neighbour.at("one-stop"), order.id, method="cash", amount=16_000)
    with pytest.raises(Forbidden):
        services.take_at_counter(office.at("chair"), order.id, method="cash", amount=16_000)
    for amount in (0, -5, 16_001):
        with pytest.raises(Invalid):
            services.take_at_counter(office.at("one-stop"), order.id, method="cash", amount=amount)
    with pytest.raises(Invalid):
        services.take_at_counter(office.at("one-stop"), order.id, method="gold", amount=16_000)
    for _ in range(2):
        ref = services.take_at_counter(office.at("one-stop"), order.id, method="cash", amount=16_000, once="k")
        assert ref.state == "paid"
    assert Payment.objects.get().taken_by["name"] == "Cán bộ one-stop"
    with pytest.raises(Conflict):
        services.take_at_counter(office.at("one-stop"), order.id, method="cash", amount=1, once="other")


def test_who_sees_an_order(office: Office, neighbour: Office, citizen: Actor) -> None:
    order = ask(office, citizen)
    for actor in (citizen, office.at("accountant"), office.at("one-stop"), office.at("chair"), SYSTEM):
        assert queries.seen_order(actor, order.id) == order
    for actor in (NOBODY, neighbour.at("accountant"), Actor(account=order.id, person=order.id, assurance=2)):
        with pytest.raises(NotFound):
            queries.seen_order(actor, order.id)
    assert queries.find_orders(office.at("accountant"), search=order.code[:5]).rows == (order,)
    assert queries.find_orders(neighbour.at("accountant")).rows == ()


def test_every_entry_has_both_its_sides(office: Office) -> None:
    order = ask(office)
    tell(credit(order.code, 9_000))
    tell(credit(order.code, 9_000))
    for entry in Entry.objects.all():
        assert sum(p.vnd for p in Posting.objects.filter(entry=entry)) == 0
