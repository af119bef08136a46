"""What waits for the accountant: money that nobody knows, refunds to be decided, messages that were not believed."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from tinhso.identity import services as identity
from tinhso.kernel import audit
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound

from .. import methods, policy
from ..contracts import MessageView, OrderRef, Page, PaymentView, RefundView
from ..models import TO_SETTLE, Message, Order, Outcome, Payment, Refund
from ..payees import collects_on
from ..services.hearing import place as place_of_message
from ..services.taking import content_of
from .orders import before, order_ref

NEAR = timedelta(days=30)
"""How long before the money an order may have been asked, to be suggested for it."""


def waiting(actor: Actor, *, after: str = "", limit: int = 25) -> Page:
    """Money that waits for the accountant, newest first."""
    rows = Payment.objects.filter(policy.visible(actor), settled_at=None, outcome__in=TO_SETTLE)
    return _payments(rows, after, limit)


def money_came(actor: Actor, *, after: str = "", limit: int = 25) -> Page:
    """All money that came, newest first."""
    return _payments(Payment.objects.filter(policy.visible(actor)), after, limit)


def payment(actor: Actor, id: UUID) -> PaymentView:
    """Money that came, with the words of the transfer. Raises NotFound."""
    row = Payment.objects.select_related("order").filter(policy.visible(actor), pk=id).first()
    if row is None:
        raise NotFound()
    return _payment(row, content=content_of(row))


def payments_of(order: UUID) -> list[PaymentView]:
    """What came for an order, oldest first. Who may see the order is for the caller to ask."""
    return [_payment(row) for row in Payment.objects.select_related("order").filter(order=order).order_by("id")]


def suggestions(actor: Actor, id: UUID, limit: int = 5) -> list[OrderRef]:
    """The orders that money without a code may be for: those that ask for exactly this sum, of agencies that
    collect on the account, the last asked first."""
    row = Payment.objects.filter(policy.visible(actor), pk=id, outcome__in=(Outcome.UNKNOWN, Outcome.LATE)).first()
    if row is None or row.settled_at:
        return []
    found = Order.objects.prefetch_related("lines").filter(
        amount=row.amount, state__in=("asked", "expired"),
        asked_at__range=(row.paid_at - NEAR, row.paid_at),
    )  # fmt: skip
    near = found.order_by("-id")[: limit * 10]
    return [order_ref(one) for one in near if collects_on(one.agency, row.agency)][:limit]


def refunds(actor: Actor, *, states: Iterable[str] = (), after: str = "", limit: int = 25) -> Page:
    """Refunds, newest first."""
    rows = Refund.objects.select_related("payment__order").filter(policy.visible(actor)).order_by("-id")
    if wanted := list(states):
        rows = rows.filter(state__in=wanted)
    found = list(before(rows, after)[: limit + 1])
    shown = tuple(_refund(actor, row) for row in found[:limit])
    return Page(shown, str(shown[-1].id) if len(found) > limit else "")


def refund(actor: Actor, id: UUID) -> RefundView:
    """One refund. Raises NotFound."""
    row = Refund.objects.select_related("payment__order").filter(policy.visible(actor), pk=id).first()
    if row is None:
        raise NotFound()
    return _refund(actor, row)


def messages(actor: Actor, *, after: str = "", limit: int = 25) -> Page:
    """Rejected messages, newest first. They are of no agency: whoever settles money for the province sees them, and an
    agency's accountant too, since the next one may be theirs."""
    if not actor.may(policy.SEE):
        raise NotFound()
    rows = Message.objects.filter(outcome=Message.Outcome.REJECTED).order_by("-id")
    found = list(before(rows, after)[: limit + 1])
    shown = tuple(_message(row) for row in found[:limit])
    return Page(shown, str(shown[-1].id) if len(found) > limit else "")


def message(actor: Actor, id: UUID) -> MessageView:
    """One rejected message as it came: for whoever may see the whole province's money, since nobody knows whose it is.
    The look is audited. Raises NotFound."""
    if not actor.may(policy.SEE_PROVINCE):
        raise NotFound()
    row = Message.objects.filter(pk=id, outcome=Message.Outcome.REJECTED).first()
    if row is None:
        raise NotFound()
    kept = identity.open_sealed(bytes(row.sealed), place_of_message(row.pk))
    with transaction.atomic():
        audit.record(actor, "payment.read-message", f"message:{row.pk}")
    return _message(row, "\n".join(f"{name}: {value}" for name, value in kept.items()))


def reason_words(reason: str) -> str:
    """Why a message was rejected, for people."""
    return {
        "unsigned": _("Không có chữ ký"),
        "stale": _("Ký quá lâu trước khi đến: có thể là gửi lại thư cũ"),
        "forged": _("Chữ ký không khớp: có thể là giả mạo"),
        "unreadable": _("Nội dung không đọc được"),
        "too-large": _("Dài quá mức của một tin báo"),
        "other-account": _("Tài khoản nhận không phải của cơ quan nào"),
        "other-amount": _("Cùng số giao dịch nhưng số tiền khác tin trước"),
        "no-refund": _("Nói về một lần hoàn trả không có"),
    }.get(reason, reason)


def _payments(rows, after: str, limit: int) -> Page:  # type: ignore[no-untyped-def]
    found = list(before(rows.select_related("order").order_by("-id"), after)[: limit + 1])
    shown = tuple(_payment(row) for row in found[:limit])
    return Page(shown, str(shown[-1].id) if len(found) > limit else "")


def _payment(row: Payment, content: str = "") -> PaymentView:
    return PaymentView(
        id=row.pk,
        method=row.method,
        method_words=methods.words(row.method),
        provider=row.provider,
        transaction=row.transaction,
        account=row.account,
        agency=row.agency,
        order=row.order_id,
        order_code=row.order.code if row.order else "",
        amount=row.amount,
        excess=row.excess,
        left=row.amount - row.returned,
        paid_at=row.paid_at,
        came_at=row.came_at,
        outcome=str(row.outcome),
        outcome_words=str(Outcome(row.outcome).label),
        waits=row.settled_at is None and row.outcome in TO_SETTLE,
        note=row.note,
        content=content,
        by=row.taken_by.get("name", ""),
        demo=row.demo,
    )


def _refund(actor: Actor, row: Refund) -> RefundView:
    order = row.payment.order
    return RefundView(
        id=row.pk,
        payment=row.payment_id,
        order=order.pk if order else None,
        order_code=order.code if order else "",
        agency=row.agency,
        amount=row.amount,
        reason=row.reason,
        state=str(row.state),
        state_words=str(Refund.State(row.state).label),
        asked_at=row.asked_at,
        asked_name=row.asked_name,
        decided_at=row.decided_at,
        decided_name=row.decided_name,
        decision=row.decision,
        ended_at=row.ended_at,
        reference=row.reference,
        trouble=row.trouble,
        method_words=methods.words(row.payment.method),
        mine=row.asked_by == actor.account,
    )


def _message(row: Message, text: str = "") -> MessageView:
    return MessageView(row.pk, row.provider, row.came_at, row.reason, reason_words(row.reason), row.size, text)
