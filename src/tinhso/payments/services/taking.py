"""Money comes: matched by its purpose code, then by amount. Whatever it is, it is entered, and has an outcome."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.identity import services as identity
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound
from tinhso.kernel.ids import uuid7

from .. import ledger, policy
from ..codes import codes_in
from ..contracts import PAYMENT_TAKEN, PAYMENT_UNSETTLED, OrderRef
from ..ledger import Kind, Part
from ..methods import COUNTER
from ..models import TO_SETTLE, Order, Outcome, Payment
from ..payees import collects_on
from ..queries.orders import order_ref
from .standing import about, settle

AT_COUNTER = "counter"


@dataclass(frozen=True, slots=True)
class Came:
    """Money as it came: VND, when it was paid, the words that came with it; `agency` owns the account that got it."""

    method: str
    provider: str
    transaction: str
    amount: int
    at: datetime
    agency: UUID
    account: str = ""
    content: str = ""


def take(actor: Actor, came: Came) -> tuple[Payment, bool]:
    """Enter money that a provider tells of, in the caller's transaction; the payment, and whether it is new. What is
    there already stays as it is: of two that come at once the second waits for the first, and finds it."""
    known = _order_of(came.content)
    payment = Payment(
        id=uuid7(), method=came.method, provider=came.provider, transaction=came.transaction, account=came.account,
        agency=known.agency if known else came.agency, amount=came.amount, paid_at=came.at, outcome=Outcome.UNKNOWN,
    )  # fmt: skip
    payment.sealed = identity.seal({"content": came.content}, place(payment.pk)) if came.content else None
    Payment.objects.bulk_create([payment], ignore_conflicts=True)
    there = Payment.objects.select_for_update().get(provider=came.provider, transaction=came.transaction)
    if there.pk != payment.pk:
        return there, False
    order = Order.objects.select_for_update().get(pk=known.pk) if known else None
    ledger.write("came", [Part(ledger.money(there), there.amount), _suspense(there, -there.amount)], payment=there)
    why = _not_for(order, there) if order else Outcome.UNKNOWN
    if order is not None and why is None:
        _allot(actor, there, order)
    else:
        there.order, there.excess, there.outcome = order, there.amount, why or Outcome.UNKNOWN
        _keep(there)
    audit.record(
        actor, "payment.take", f"payment:{there.pk}", amount=there.amount, outcome=there.outcome, method=there.method
    )
    if there.outcome in TO_SETTLE:
        say_unsettled(actor, there)
    return there, True


def place(payment: UUID) -> str:
    """Where the words of a payment are sealed to."""
    return f"payments_payment:{payment}"


def content_of(payment: Payment) -> str:
    """The words that came with a payment."""
    if payment.sealed is None:
        return ""
    found: Mapping[str, Any] = identity.open_sealed(bytes(payment.sealed), place(payment.pk))
    return str(found["content"])


def say_unsettled(actor: Actor, payment: Payment) -> None:
    events.publish(
        actor, PAYMENT_UNSETTLED, f"payment:{payment.pk}", outcome=str(payment.outcome), agency=str(payment.agency)
    )


def _order_of(content: str) -> Order | None:
    """The order whose code stands in the words of a transfer."""
    orders = (Order.objects.filter(code=code).first() for code in codes_in(content))
    return next((order for order in orders if order is not None), None)


def _not_for(order: Order, payment: Payment) -> Outcome | None:
    """Why money with an order's code is not for that order (any more); None where it is. What was paid in time and is
    told of late is in time."""
    if order.closed_at is None:
        return None
    if order.due_at is not None and order.due_at <= order.closed_at and not _replaced(order):  # expired by itself
        return Outcome.LATE if payment.paid_at > order.due_at else None
    return Outcome.CLOSED


def _replaced(order: Order) -> bool:
    """Whether the same is asked by another order meanwhile."""
    return Order.objects.filter(subject=order.subject, purpose=order.purpose, closed_at=None).exists()


def _allot(actor: Actor, payment: Payment, order: Order) -> None:
    """Money that is in suspense becomes the order's."""
    if order.closed_at is not None:  # expired, but paid in time or taken on by the accountant
        order.closed_at = None
        order.due_at = None
    before = order.paid
    whole_before = order.paid_at is not None
    order.paid += payment.amount
    payment.order = order
    payment.excess = min(payment.amount, max(0, order.paid - order.amount))
    if order.demo:
        payment.demo = True
    if payment.excess == 0:
        payment.outcome = Outcome.WHOLE if order.paid == order.amount else Outcome.PARTIAL
    else:
        again = whole_before and payment.amount == order.amount and before >= order.amount
        payment.outcome = Outcome.DOUBLE if again else Outcome.OVER
    payment.settled_at = None if payment.excess else timezone.now()
    held = ledger.account(Kind.HELD, order.agency)
    parts = [_suspense(payment, payment.amount), Part(held, -payment.amount, order)]
    if payment.agency != order.agency:  # it came on the account of an agency above, for nobody known
        there = ledger.money(payment)
        payment.agency = order.agency
        parts += [Part(there, -payment.amount), Part(ledger.money(payment), payment.amount)]
    ledger.write("allotted", parts, payment=payment)
    _keep(payment)
    settle(actor, order, payment)
    events.publish(
        actor, PAYMENT_TAKEN, f"order:{order.pk}", payment=str(payment.pk), amount=payment.amount, state=order.state,
        **about(order),
    )  # fmt: skip


def _keep(payment: Payment) -> None:
    payment.save(update_fields=["order", "agency", "excess", "outcome", "settled_at", "demo", "note", "taken_by"])


def _suspense(payment: Payment, vnd: int) -> Part:
    return Part(ledger.account(Kind.SUSPENSE, payment.agency), vnd)


def take_at_counter(actor: Actor, order_id: UUID, *, method: str, amount: int, once: str = "") -> OrderRef:
    """Take cash or a card's payment (method cash, card) at the counter of the agency that is paid. `once` makes a
    repeated request do nothing.

    NotFound, Forbidden without `payment.take`; Conflict where nothing is to be paid; Invalid for another method, or an
    amount that is nothing or more than is to be paid.
    """
    with transaction.atomic():
        order = Order.objects.select_for_update().filter(pk=order_id).first()
        if order is None:
            raise NotFound()
        policy.need(actor, policy.TAKE, order.agency)
        key = once or str(uuid7())
        if Payment.objects.filter(provider=AT_COUNTER, transaction=key, order=order).exists():
            return order_ref(order)
        if method not in COUNTER:
            raise Invalid({"method": [_("Xin chọn tiền mặt hoặc thẻ")]})
        if order.closed_at is not None or order.paid >= order.amount:
            raise Conflict(_("Khoản này không còn phải nộp; chưa có gì được ghi."), title=_("Không còn phải nộp"))
        rest = order.amount - order.paid
        if not 0 < amount <= rest:
            raise Invalid({"amount": [_("Số tiền từ 1 đến %(rest)d đồng") % {"rest": rest}]})
        payment = Payment.objects.create(
            method=method, provider=AT_COUNTER, transaction=key, agency=order.agency, amount=amount,
            paid_at=timezone.now(), outcome=Outcome.WHOLE, taken_by={"post": str(actor.post or ""), "name": actor.name},
        )  # fmt: skip
        ledger.write("came", [Part(ledger.money(payment), amount), _suspense(payment, -amount)], payment=payment)
        _allot(actor, payment, order)
        audit.record(actor, "payment.take", f"payment:{payment.pk}", amount=amount, method=method)
    return order_ref(order)


def assign(actor: Actor, payment_id: UUID, code: str, *, note: str = "") -> OrderRef:
    """The accountant says for which order money came whose code was not read, or that came after its order's time.

    NotFound, Forbidden; Invalid where no order of the agency has this code; Conflict where the money is settled or the
    order takes none.
    """
    with transaction.atomic():
        payment = lock(actor, payment_id)
        if payment.settled_at or payment.outcome not in {Outcome.UNKNOWN, Outcome.LATE} or payment.returned:
            raise Conflict(_("Khoản tiền này đã được xử lý."), title=_("Đã xử lý"))
        order = Order.objects.select_for_update().filter(code=code.strip().upper()).first()
        if order is None or not (policy.may_see_order(actor, order) or collects_on(order.agency, payment.agency)):
            raise Invalid({"code": [_("Không có khoản thu nào mang mã này")]})
        if order.state not in {"asked", "partly", "expired"} or (order.closed_at and _replaced(order)):
            raise Conflict(_("Khoản thu này không còn nhận tiền."), title=_("Không gán được"))
        payment.note = note.strip()[:500]
        _allot(actor, payment, order)
        audit.record(actor, "payment.assign", f"payment:{payment.pk}", order=str(order.pk))
        if payment.outcome in TO_SETTLE:
            say_unsettled(actor, payment)
    return order_ref(order)


def lock(actor: Actor, payment_id: UUID) -> Payment:
    """A payment that the actor may settle, held until the transaction ends. Raises NotFound, Forbidden."""
    payment = Payment.objects.select_for_update().filter(pk=payment_id).first()
    if payment is None:
        raise NotFound()
    policy.need(actor, policy.SETTLE, payment.agency)
    return payment
