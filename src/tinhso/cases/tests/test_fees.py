"""Fees in the life of a case: asked when they are due, the clock stands until they are paid, and it all replays."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tinhso.cases import fees, queries, services
from tinhso.cases.models import Case, CaseEvent, Pause, Task
from tinhso.kernel import packs
from tinhso.kernel.errors import Conflict, Invalid
from tinhso.notices import queries as notices
from tinhso.payments import queries as orders
from tinhso.payments import services as payments

from .conftest import PROCEDURE, SYSTEM, agrees, do, filled, open_task

FEES = """\
fees:
  - {name: filing, label: {vi: Lệ phí nộp đơn, en: Filing charge}, kind: charge, vnd: 5000, unless: {stall: Quầy Hoa}}
  - {name: check, label: {vi: Phí thẩm định, en: Assessment fee}, vnd: 100000, due: receive}
  - {name: paper, label: {vi: Phí cấp giấy, en: Paper fee}, vnd: 20000, due: result, account: "2301"}
"""


@pytest.fixture
def costly(apply) -> str:
    apply(PROCEDURE + FEES)
    return "trial.permit"


def pay(order) -> None:
    payments.take_at_counter(SYSTEM, order.id, method="cash", amount=order.rest)
    services.hear_payment(order.id)


def at_receipt(commune, mother):
    case = services.submit(mother, filled(mother))
    do(commune, case)
    return case


def test_each_fee_is_asked_when_it_is_due_and_not_before(costly, commune, mother) -> None:
    case = services.submit(mother, filled(mother))
    subject = f"case:{case.id}"
    assert orders.orders_of(subject) == [], "the filing charge is remitted for this stall, the others are not due"
    do(commune, case)
    (assessed,) = orders.orders_of(subject)
    assert (assessed.amount, assessed.purpose, assessed.payer) == (100_000, "receive", mother.person)
    assert assessed.agency == commune.agency.id
    pay(assessed)
    do(commune, case)
    do(commune, case)
    assert [o.amount for o in orders.orders_of(subject)] == [100_000, 20_000]


def test_another_stall_owes_its_filing_charge_from_the_submission(costly, mother) -> None:
    raw = {"stall": "Quầy Mai", "opens_on": {"day": "1", "month": "12", "year": "2026"}}
    case = services.submit(mother, filled(mother, raw=raw))
    (order,) = orders.orders_of(f"case:{case.id}")
    assert (order.amount, order.lines[0].kind, order.lines[0].name_en) == (5_000, "charge", "Filing charge")
    assert Case.objects.get(pk=case.id).paused_at is None, "what is due at submission stops no clock"
    pay(order)
    assert CaseEvent.objects.filter(case=case.id, kind="paid").count() == 1
    services.hear_payment(order.id)
    assert CaseEvent.objects.filter(case=case.id, kind="paid").count() == 1, "heard again it is heard"
    agrees(case.id)


def test_the_clock_stands_until_it_is_paid_and_moves_by_the_working_time_that_stood(costly, commune, mother) -> None:
    case = at_receipt(commune, mother)
    row = Case.objects.get(pk=case.id)
    assert (row.status, row.paused_at is not None) == (6, True)
    agrees(case.id)
    task = open_task(case.id)
    assert task.due_at is None, "it stands in no officer's queue"
    assert queries.inbox(commune.at("civil-status")).rows == ()
    due_before = row.due_at
    Pause.objects.filter(case=case.id).update(since=timezone.now() - timedelta(days=14))
    (order,) = orders.orders_of(f"case:{case.id}")
    pay(order)
    row.refresh_from_db()
    assert (row.status, row.paused_at) == (2, None)
    assert row.due_at > due_before + timedelta(days=12), "ten working days are two weeks"
    assert Task.objects.get(pk=task.pk).due_at is not None
    assert len(queries.inbox(commune.at("civil-status")).rows) == 1
    agrees(case.id)


def test_nobody_works_on_a_case_that_waits_for_its_fee_but_it_may_be_refused_or_withdrawn(
    costly, commune, mother
) -> None:
    case = at_receipt(commune, mother)
    with pytest.raises(Conflict):
        do(commune, case)
    with pytest.raises(Conflict):
        services.answer_supplement(mother, case.id, note="?")
    other = services.submit(mother, filled(mother))
    do(commune, other)
    do(commune, case, "refuse", note="Không đủ điều kiện", ground="Điều 1")
    services.withdraw(mother, other.id, "Đổi ý")
    for one in (case, other):
        agrees(one.id)
        assert not Pause.objects.filter(case=one.id, until=None).exists()
        assert [o.state for o in orders.orders_of(f"case:{one.id}")] == ["cancelled"]


def test_the_result_is_returned_once_all_is_paid(costly, commune, mother) -> None:
    case = at_receipt(commune, mother)
    pay(orders.orders_of(f"case:{case.id}")[0])
    do(commune, case)
    do(commune, case)
    assert queries.case(mother, case.id).status_code == 6
    agrees(case.id)
    pay(orders.orders_of(f"case:{case.id}")[1])
    view = queries.case(mother, case.id)
    assert (view.outcome, view.status_code) == ("returned", 10)
    agrees(case.id)


def test_who_may_see_the_case_may_see_what_it_costs(costly, commune, neighbour, mother) -> None:
    case = at_receipt(commune, mother)
    (order,) = orders.orders_of(f"case:{case.id}")
    assert orders.seen_order(mother, order.id) == orders.seen_order(commune.at("civil-status"), order.id) == order
    from tinhso.kernel.errors import NotFound

    with pytest.raises(NotFound):
        orders.seen_order(neighbour.at("civil-status"), order.id)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("fee: {vnd: 1}\n" + FEES, "short form"),
        (FEES.replace("due: receive", "count: stall"), "no integer field"),
        (FEES.replace("unless: {stall", "unless: {tent"), "not a field"),
        (FEES.replace("name: check", "name: paper"), "there twice"),
    ],
)
def test_what_is_wrong_with_fees_is_said_by_the_check(apply, text: str, fault: str) -> None:
    with pytest.raises(Invalid, match=fault):
        apply(PROCEDURE + text)


def test_fees_in_words(costly) -> None:
    model = packs.compiled("procedure", costly).model
    assert fees.words(model) == ("Lệ phí nộp đơn: 5.000 đồng; Phí thẩm định: 100.000 đồng; Phí cấp giấy: 20.000 đồng")


def test_a_fee_is_told_as_a_fee_and_its_payment_as_no_supplement(told, costly, commune, mother) -> None:
    case = at_receipt(commune, mother)
    asked = f"Hồ sơ {case.code} cần nộp phí, lệ phí"
    assert told() == [f"Đã nhận hồ sơ {case.code}", asked]
    body = notices.notice(mother, notices.notices(mother).notices[0].id).body
    assert "100.000 đ" in body
    pay(orders.orders_of(f"case:{case.id}")[0])
    do(commune, case)
    do(commune, case)
    assert told()[1:] == [asked, asked], "the result waits for its fee, and is not told of"
    pay(orders.orders_of(f"case:{case.id}")[1])
    assert told()[3:] == [f"Hồ sơ {case.code} đã có kết quả"]
