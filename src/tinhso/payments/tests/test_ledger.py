"""Money balances: whatever happens in whatever order, and whoever writes into the ledger by hand."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tinhso.kernel import seal
from tinhso.kernel.errors import Problem
from tinhso.kernel.ids import uuid7
from tinhso.payments import ledger, queries, services
from tinhso.payments.contracts import Line
from tinhso.payments.models import Account, Entry, Order, Payment, Posting, Refund
from tinhso.payments.services.standing import state_of

from .conftest import SYSTEM, Office, ask, credit, tell

Kind = Account.Kind
AMOUNTS = st.sampled_from([1, 4_000, 8_000, 16_000, 20_000, 32_000])


def checked() -> None:
    """Have the database look now at what it otherwise looks at when the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def by_hand(statement: str, *values: object) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, values)
        checked()


ENTRY = "INSERT INTO payments_entry (id, day, what) VALUES (%s, current_date, 'by hand')"
POSTING = "INSERT INTO payments_posting (id, entry_id, account_id, vnd) VALUES (%s, %s, %s, %s)"


def test_an_entry_that_does_not_balance_is_refused_by_the_database(office: Office) -> None:
    there = ledger.account(Kind.MONEY, office.agency).pk
    one = uuid7()
    with pytest.raises(IntegrityError, match="does not balance"):
        by_hand(f"{ENTRY}; {POSTING}; {POSTING}", one, uuid7(), one, there, 100, uuid7(), one, there, -99)
    with pytest.raises(IntegrityError, match="does not balance: 0 postings"):
        by_hand(ENTRY, uuid7())
    with pytest.raises(IntegrityError):
        by_hand(f"{ENTRY}; {POSTING}", one, uuid7(), one, there, 0)
    by_hand(f"{ENTRY}; {POSTING}; {POSTING}", one, uuid7(), one, there, 100, uuid7(), one, there, -100)


@pytest.mark.django_db(transaction=True)
def test_nobody_adds_to_an_entry_that_stands_nor_changes_it() -> None:
    there = Account.objects.create(kind=Kind.MONEY, agency=uuid7()).pk
    one = uuid7()
    by_hand(f"{ENTRY}; {POSTING}; {POSTING}", one, uuid7(), one, there, 100, uuid7(), one, there, -100)
    with pytest.raises(IntegrityError, match="another transaction"):
        by_hand(f"{POSTING}; {POSTING}", uuid7(), one, there, 7, uuid7(), one, there, -7)
    for statement in (
        "UPDATE payments_posting SET vnd = vnd * 2", "DELETE FROM payments_posting", "DELETE FROM payments_entry",
        "UPDATE payments_entry SET day = day - 1",
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match="not changed"):
            by_hand(statement)
    assert Posting.objects.aggregate(sum=Sum("vnd"))["sum"] == 0


@pytest.mark.django_db(transaction=True)
def test_a_posting_changed_behind_the_platform_breaks_its_seal() -> None:
    there = Account.objects.create(kind=Kind.MONEY, agency=uuid7()).pk
    one = uuid7()
    by_hand(f"{ENTRY}; {POSTING}; {POSTING}", one, uuid7(), one, there, 100, uuid7(), one, there, -100)
    seal.seal_all()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE payments_posting DISABLE TRIGGER USER")
        try:
            cursor.execute("UPDATE payments_posting SET vnd = -vnd")
        finally:
            cursor.execute("ALTER TABLE payments_posting ENABLE TRIGGER USER")
    faults = {s.name: {fault.what for fault in seal.verify(s)} for s in seal.streams() if s.name.startswith("ledger-")}
    assert faults == {"ledger-posting": {"changed"}, "ledger-entry": set()}


class Till(RuleBasedStateMachine):
    """An office in which anything may happen next."""

    office: Office

    def __init__(self) -> None:
        super().__init__()
        self.point = transaction.savepoint()
        self.orders = [ask(self.office, subject=f"thing:{number}") for number in range(2)]
        self.told: list[dict] = []

    def teardown(self) -> None:
        transaction.savepoint_rollback(self.point)

    @rule(which=st.integers(0, 1), amount=AMOUNTS, coded=st.booleans())
    def transfer(self, which: int, amount: int, coded: bool) -> None:
        told = credit(self.orders[which].code if coded else "chuyen tien", amount)
        self.told.append(told)
        assert tell(told).outcome == "taken"

    @precondition(lambda self: self.told)
    @rule(data=st.data())
    def told_again(self, data: st.DataObject) -> None:
        assert tell(data.draw(st.sampled_from(self.told))).outcome == "repeated"

    @rule(which=st.integers(0, 1), amount=AMOUNTS)
    def counter(self, which: int, amount: int) -> None:
        with suppress(Problem):
            services.take_at_counter(self.office.at("one-stop"), self.orders[which].id, method="cash", amount=amount)

    @rule(which=st.integers(0, 1), data=st.data())
    def assign(self, which: int, data: st.DataObject) -> None:
        if payment := self._one(Payment.objects.all(), data):
            with suppress(Problem):
                services.assign(SYSTEM, payment.pk, self.orders[which].code)

    @rule(amount=AMOUNTS, data=st.data())
    def ask_back(self, amount: int, data: st.DataObject) -> None:
        if payment := self._one(Payment.objects.filter(agency=self.office.agency), data):
            with suppress(Problem):
                services.ask_refund(self.office.at("accountant"), payment.pk, amount, "vì lẽ gì đó")

    @rule(agreed=st.booleans(), data=st.data())
    def decide(self, agreed: bool, data: st.DataObject) -> None:
        if refund := self._one(Refund.objects.all(), data):
            with suppress(Problem):
                services.decide_refund(self.office.at("chair"), refund.pk, agreed=agreed, why="vậy")

    @rule(done=st.booleans(), data=st.data())
    def bank_answers(self, done: bool, data: st.DataObject) -> None:
        if refund := self._one(Refund.objects.filter(payment__provider="stand-in-bank"), data):
            tell(
                {
                    "event": "refund", "refund_id": str(refund.pk), "transaction_id": refund.payment.transaction,
                    "status": "done" if done else "failed", "amount": refund.amount,
                    "time": "2026-11-25T10:00:00+07:00",
                }
            )  # fmt: skip

    @rule(which=st.integers(0, 1))
    def call_off(self, which: int) -> None:
        services.cancel(SYSTEM, f"thing:{which}")

    @rule(which=st.integers(0, 1))
    def ask_anew(self, which: int) -> None:
        if Order.objects.filter(subject=f"thing:{which}", closed_at=None).exists():
            return
        self.orders[which] = ask(self.office, subject=f"thing:{which}", lines=[Line("Phí", 8_000), Line("Thêm", 8_000)])

    def _one(self, rows, data: st.DataObject):
        keys = list(rows.order_by("id").values_list("pk", flat=True))
        return rows.model.objects.get(pk=data.draw(st.sampled_from(keys))) if keys else None

    @invariant()
    def money_balances(self) -> None:
        checked()
        assert (Posting.objects.aggregate(sum=Sum("vnd"))["sum"] or 0) == 0
        for entry in Entry.objects.annotate(sum=Sum("postings__vnd")):
            assert entry.sum == 0
        came = Payment.objects.aggregate(sum=Sum("amount"))["sum"] or 0
        back = Refund.objects.filter(state="confirmed").aggregate(sum=Sum("amount"))["sum"] or 0
        assert ledger.balance(Kind.MONEY) == came - back
        way = Refund.objects.filter(state__in=["approved", "sent"]).aggregate(sum=Sum("amount"))["sum"] or 0
        assert -ledger.balance(Kind.RETURNING) == way
        assert ledger.balance(Kind.SUSPENSE) <= 0

    @invariant()
    def orders_stand_where_their_money_is(self) -> None:
        for order in Order.objects.all():
            held = -ledger.balance(Kind.HELD, order=order)
            earned = sum(vnd for _account, vnd in ledger.earned(order))
            assert held >= 0
            assert order.paid == held + earned
            assert order.state == state_of(order)
            assert order.paid_at is not None or earned == 0

    @invariant()
    def nothing_is_forgotten(self) -> None:
        """Whatever an order does not need waits for somebody, is asked back, or was put to rest by a refund."""
        waits = {p.id for p in queries.waiting(SYSTEM, limit=500).rows}
        for payment in Payment.objects.filter(outcome__in=["over", "double", "unknown", "closed", "late"]):
            wanted = payment.excess or payment.amount
            assert payment.pk in waits or payment.returned >= wanted


@pytest.fixture
def till(office: Office) -> Iterator[type[Till]]:
    Till.office = office
    yield Till


def test_money_balances_in_any_order_of_events(till: type[Till]) -> None:
    run_state_machine_as_test(
        till,
        settings=settings(
            max_examples=25, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)
        ),
    )
