"""Where an order stands: derived from the money with us and from what closed it, never set by hand."""

from django.utils import timezone

from tinhso.kernel import events
from tinhso.kernel.actor import Actor

from .. import ledger
from ..contracts import PAYMENT_RECEIVED
from ..ledger import Kind, Part
from ..models import Order, Payment, State


def state_of(order: Order) -> State:
    """The state that `amount`, `paid`, `paid_at` and `closed_at` of an order mean."""
    if order.paid_at is not None:  # it was whole once: its lines are revenue
        if order.paid == 0:
            return State.REFUNDED
        return State.OVERPAID if order.paid > order.amount else State.PAID
    if order.closed_at is not None:
        expired = order.due_at is not None and order.due_at <= order.closed_at
        return State.EXPIRED if expired else State.CANCELLED
    return State.PARTLY if order.paid else State.ASKED


def about(order: Order) -> dict[str, str]:
    """What an event says of the subject: {"case": "0190…"} for "case:0190…"."""
    kind, _colon, key = order.subject.partition(":")
    return {kind: key} if key else {}


def settle(actor: Actor, order: Order, payment: Payment | None = None) -> None:
    """Say where a locked order stands after its money changed, and save it. What is whole for the first time becomes
    revenue, is told to whoever asked, and gets its receipt."""
    whole = order.paid_at is None and order.closed_at is None and order.paid >= order.amount
    if whole:
        order.paid_at = timezone.now()
        held = ledger.account(Kind.HELD, order.agency)
        lines = [
            Part(ledger.account(Kind.REVENUE, order.agency, "", line.account), -line.vnd, order)
            for line in order.lines.all()
        ]
        ledger.write("earned", [Part(held, order.amount, order), *lines], payment=payment)
    order.state = state_of(order)
    order.save(update_fields=["paid", "paid_at", "closed_at", "due_at", "state"])
    if whole:
        from ..tasks import issue_receipt

        events.publish(
            actor, PAYMENT_RECEIVED, f"order:{order.pk}", amount=order.amount, purpose=order.purpose, **about(order)
        )
        issue_receipt.defer(order=str(order.pk))
