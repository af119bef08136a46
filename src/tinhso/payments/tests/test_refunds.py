"""Money back: four eyes, never more than came, and the books right at every step."""

import pytest
from django.db import IntegrityError, transaction
from procrastinate.contrib.django.models import ProcrastinateJob

from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.models import Event
from tinhso.payments import ledger, queries, services
from tinhso.payments.models import Account, Payment, Refund

from .conftest import Office, ask, credit, tell

Kind = Account.Kind


def done(refund, status: str = "done") -> dict:
    return {
        "event": "refund", "refund_id": str(refund.pk), "transaction_id": refund.payment.transaction, "status": status,
        "amount": refund.amount, "time": "2026-11-25T10:00:00+07:00", "reason": "tài khoản đã đóng",
    }  # fmt: skip


def overpaid(office: Office) -> tuple:
    order = ask(office)
    tell(credit(order.code, 20_000))
    return order, Payment.objects.get()


def test_what_is_too_much_goes_back_when_another_has_approved_and_the_bank_has_done_it(office: Office) -> None:
    order, money = overpaid(office)
    accountant, chair = office.at("accountant"), office.at("chair")
    for amount, reason in ((4_000, " "), (0, "thừa"), (20_001, "thừa")):
        with pytest.raises(Invalid):
            services.ask_refund(accountant, money.pk, amount, reason)
    key = services.ask_refund(accountant, money.pk, 4_000, "Nộp thừa")
    assert queries.waiting(accountant).rows == ()
    with pytest.raises(Forbidden):
        services.decide_refund(accountant, key, agreed=True)
    services.decide_refund(chair, key, agreed=True)
    assert queries.order(order.id).state == "paid"
    assert ledger.balance(Kind.RETURNING) == -4_000
    assert ProcrastinateJob.objects.filter(task_name="payments.send_refund").count() == 1
    refund = Refund.objects.get()
    assert tell(done(refund)).outcome == "taken"
    assert tell(done(refund)).outcome == "repeated"
    assert queries.refund(chair, key).state == "confirmed"
    assert ledger.balance(Kind.MONEY) == 16_000 == -ledger.balance(Kind.REVENUE)
    assert ledger.balance(Kind.RETURNING) == ledger.balance(Kind.HELD) == 0
    assert Event.objects.filter(name="payment.refunded", subject=f"order:{order.id}").count() == 1
    with pytest.raises(Conflict):
        services.decide_refund(chair, key, agreed=False, why="?")


def test_nobody_approves_their_own_and_the_database_refuses_it_too(office: Office) -> None:
    _order, money = overpaid(office)
    accountant = office.at("accountant")
    key = services.ask_refund(accountant, money.pk, 4_000, "Nộp thừa")
    both = type(accountant)(
        account=accountant.account, post=office.at("chair").post, agency=office.agency,
        permissions=office.at("chair").permissions, assurance=2, name="Hai ghế",
    )  # fmt: skip
    with pytest.raises(Forbidden):
        services.decide_refund(both, key, agreed=True)
    with pytest.raises(IntegrityError), transaction.atomic():
        Refund.objects.filter(pk=key).update(decided_by=accountant.account)


def test_a_refused_refund_leaves_the_money_waiting(office: Office) -> None:
    _order, money = overpaid(office)
    key = services.ask_refund(office.at("accountant"), money.pk, 4_000, "Nộp thừa")
    with pytest.raises(Invalid):
        services.decide_refund(office.at("chair"), key, agreed=False)
    services.decide_refund(office.at("chair"), key, agreed=False, why="Chưa rõ")
    assert len(queries.waiting(office.at("accountant")).rows) == 1
    with pytest.raises(Invalid):
        services.settle_payment(office.at("accountant"), money.pk, "")
    services.settle_payment(office.at("accountant"), money.pk, "Người nộp tặng lại ngân sách, có giấy")
    assert queries.waiting(office.at("accountant")).rows == ()


def test_what_the_bank_cannot_return_stands_as_before(office: Office) -> None:
    order, money = overpaid(office)
    key = services.ask_refund(office.at("accountant"), money.pk, 4_000, "Nộp thừa")
    services.decide_refund(office.at("chair"), key, agreed=True)
    assert tell(done(Refund.objects.get(), "failed")).outcome == "taken"
    assert (queries.refund(office.at("chair"), key).state, queries.order(order.id).state) == ("failed", "overpaid")
    assert (ledger.balance(Kind.HELD), ledger.balance(Kind.RETURNING)) == (-4_000, 0)
    assert len(queries.waiting(office.at("accountant")).rows) == 1


def test_a_whole_order_is_given_back_out_of_what_was_earned(office: Office) -> None:
    order = ask(office)
    tell(credit(order.code))
    money = Payment.objects.get()
    key = services.ask_refund(office.at("accountant"), money.pk, 16_000, "Hồ sơ được miễn lệ phí")
    services.decide_refund(office.at("chair"), key, agreed=True)
    assert queries.order(order.id).state == "refunded"
    assert ledger.balance(Kind.REVENUE) == 0
    with pytest.raises(Invalid):
        services.ask_refund(office.at("accountant"), money.pk, 1, "nữa")


def test_cash_goes_back_over_the_counter_at_once(office: Office) -> None:
    order = ask(office)
    services.take_at_counter(office.at("one-stop"), order.id, method="cash", amount=16_000)
    key = services.ask_refund(office.at("accountant"), Payment.objects.get().pk, 16_000, "Thu nhầm")
    services.decide_refund(office.at("chair"), key, agreed=True)
    assert queries.refund(office.at("chair"), key).state == "confirmed"
    assert ledger.balance(Kind.MONEY) == 0
    assert not ProcrastinateJob.objects.filter(task_name="payments.send_refund").exists()


def test_a_bank_that_tells_of_a_refund_nobody_asked_is_not_believed(office: Office) -> None:
    _order, money = overpaid(office)
    refund = Refund(payment=money, amount=5)
    assert tell(done(refund)).reason == "no-refund"
    key = services.ask_refund(office.at("accountant"), money.pk, 4_000, "Nộp thừa")
    services.decide_refund(office.at("chair"), key, agreed=True)
    wrong = done(Refund.objects.get()) | {"amount": 3_999}
    assert tell(wrong).reason == "other-amount"


def test_another_agency_sees_none_of_it(office: Office, neighbour: Office) -> None:
    _order, money = overpaid(office)
    for act in (
        lambda: services.ask_refund(neighbour.at("accountant"), money.pk, 1, "x"),
        lambda: services.settle_payment(neighbour.at("accountant"), money.pk, "x"),
        lambda: queries.payment(neighbour.at("accountant"), money.pk),
    ):
        with pytest.raises(NotFound):
            act()
    with pytest.raises(Forbidden):
        services.ask_refund(office.at("one-stop"), money.pk, 1, "x")
