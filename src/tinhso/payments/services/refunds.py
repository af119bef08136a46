"""Giving money back: asked by one, approved by another, sent to the bank, confirmed by it."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound

from .. import ledger, policy
from ..contracts import PAYMENT_REFUNDED, REFUND_MOVED
from ..ledger import Kind, Part
from ..models import TO_SETTLE, Entry, Order, Outcome, Payment, Posting, Refund
from .standing import about, settle
from .taking import AT_COUNTER, lock

State = Refund.State
OPEN = (State.ASKED, State.APPROVED, State.SENT, State.FAILED)
"""A refund that may still take money out."""


def ask_refund(actor: Actor, payment_id: UUID, amount: int, reason: str) -> UUID:
    """Ask that `amount` VND of a payment be given back to where it came from; returns the refund's id.

    NotFound, Forbidden without `payment.settle`; Invalid without a reason, or for more than is left of the payment.
    """
    with transaction.atomic():
        payment = lock(actor, payment_id)
        errors = {}
        if not reason.strip():
            errors["reason"] = [_("Xin ghi lý do hoàn trả")]
        left = payment.amount - payment.returned
        if not 0 < amount <= left:
            errors["amount"] = [_("Số tiền từ 1 đến %(left)d đồng") % {"left": left}]
        if errors:
            raise Invalid(errors)
        refund = Refund.objects.create(
            payment=payment, agency=payment.agency, amount=amount, reason=reason.strip()[:500],
            asked_by=_who(actor), asked_name=actor.name or actor.system,
        )  # fmt: skip
        payment.returned += amount
        _settled(payment)
        audit.record(actor, "refund.ask", f"refund:{refund.pk}", amount=amount, payment=str(payment.pk))
        _say(actor, refund)
    return refund.pk


def decide_refund(actor: Actor, refund_id: UUID, *, agreed: bool, why: str = "") -> None:
    """Approve a refund or refuse it. Whoever asked for it cannot: four eyes. What is approved leaves the ledger's books
    at once, and is sent to the bank by a job; cash is handed out at the counter.

    NotFound; Forbidden without `payment.approve-refund`, or for whoever asked; Invalid for a refusal without a reason;
    Conflict where it is decided.
    """
    with transaction.atomic():
        refund, payment, order = _locked(refund_id)
        policy.need(actor, policy.APPROVE, refund.agency)
        if refund.state != State.ASKED:
            raise Conflict(
                _("%(who)s đã quyết định việc hoàn trả này.") % {"who": refund.decided_name or _("Người khác")},
                title=_("Đã có quyết định"),
            )
        if _who(actor) == refund.asked_by:
            raise Forbidden(_("Người đề nghị hoàn trả không tự duyệt được; xin người khác duyệt."))
        if not agreed and not why.strip():
            raise Invalid({"why": [_("Xin ghi lý do không duyệt")]})
        refund.decided_at, refund.decided_by = timezone.now(), _who(actor)
        refund.decided_name, refund.decision = actor.name or actor.system, why.strip()[:500]
        refund.state = State.APPROVED if agreed else State.REFUSED
        if agreed:
            _book(actor, refund, payment, order)
            if payment.provider == AT_COUNTER:
                _confirm(actor, refund, payment, order)
            else:
                from ..tasks import send_refund

                send_refund.defer(refund=str(refund.pk))
        else:
            _give_up(payment, refund)
        refund.save()
        audit.record(actor, "refund.decide", f"refund:{refund.pk}", agreed=agreed)
        _say(actor, refund)


def confirm_refund(actor: Actor, refund: Refund, payment: Payment, *, done: bool, reason: str = "") -> None:
    """The bank says that it has given the money back, or cannot: in the caller's transaction, which holds the rows.
    Said again it is said."""
    order = Order.objects.select_for_update().get(pk=payment.order_id) if payment.order_id else None
    if refund.state in {State.CONFIRMED, State.FAILED, State.ASKED, State.REFUSED}:
        return
    if done:
        _confirm(actor, refund, payment, order)
    else:
        refund.state, refund.trouble, refund.ended_at = State.FAILED, reason[:500], timezone.now()
        _unbook(actor, refund, payment, order)
    refund.save()
    audit.record(actor, "refund.end", f"refund:{refund.pk}", done=done)
    _say(actor, refund)


def settle_payment(actor: Actor, payment_id: UUID, note: str) -> None:
    """Nothing more is to be done with money that came: `note` says why. NotFound, Forbidden; Invalid without a note;
    Conflict where it is not anybody's order yet: that money has to be assigned or given back."""
    with transaction.atomic():
        payment = lock(actor, payment_id)
        if not note.strip():
            raise Invalid({"note": [_("Xin ghi lý do không hoàn trả")]})
        if payment.settled_at:
            return
        if payment.order_id is None:
            raise Conflict(
                _("Tiền chưa rõ của khoản nào thì phải gán cho một khoản, hoặc hoàn trả."),
                title=_("Chưa kết thúc được"),
            )
        payment.settled_at, payment.note = timezone.now(), note.strip()[:500]
        payment.save(update_fields=["settled_at", "note"])
        audit.record(actor, "payment.settle", f"payment:{payment.pk}")


def _who(actor: Actor) -> UUID:
    """Whose eyes they are: the account, whatever post it sits in."""
    if actor.account is None:
        raise Forbidden()
    return actor.account


def _locked(refund_id: UUID) -> tuple[Refund, Payment, Order | None]:
    """Refund, payment and order, held in the order in which everybody holds them: payment, order, refund."""
    found = Refund.objects.filter(pk=refund_id).values_list("payment", flat=True).first()
    if found is None:
        raise NotFound()
    payment = Payment.objects.select_for_update().get(pk=found)
    order = Order.objects.select_for_update().get(pk=payment.order_id) if payment.order_id else None
    return Refund.objects.select_for_update().get(pk=refund_id), payment, order


def _book(actor: Actor, refund: Refund, payment: Payment, order: Order | None) -> None:
    """Take the money out of where it stands: of an order first what it does not need, then what was earned."""
    returning = Part(ledger.account(Kind.RETURNING, refund.agency), -refund.amount)
    if order is None or (payment.outcome in {Outcome.LATE, Outcome.CLOSED} and not _allotted(payment)):
        ledger.write(
            "refund", [Part(ledger.account(Kind.SUSPENSE, refund.agency), refund.amount), returning],
            refund=refund, payment=payment,
        )  # fmt: skip
        return
    left = refund.amount
    parts = []
    held = min(left, -ledger.balance(Kind.HELD, order=order))
    if held > 0:
        parts.append(Part(ledger.account(Kind.HELD, order.agency), held, order))
        left -= held
    for account, vnd in reversed(ledger.earned(order)):
        parts.append(Part(account, min(left, vnd), order))
        left -= min(left, vnd)
    ledger.write("refund", [*parts, returning], refund=refund, payment=payment)
    order.paid -= refund.amount
    settle(actor, order, payment)


def _allotted(payment: Payment) -> bool:
    return Entry.objects.filter(payment=payment, what="allotted").exists()


def _unbook(actor: Actor, refund: Refund, payment: Payment, order: Order | None) -> None:
    """Put it back, part by part: the bank could not."""
    entry = Entry.objects.get(refund=refund, what="refund")
    parts = list(Posting.objects.filter(entry=entry).select_related("account", "order"))
    ledger.write("refund-failed", [Part(p.account, -p.vnd, p.order) for p in parts], refund=refund, payment=payment)
    if order is not None and any(part.order_id for part in parts):
        order.paid += refund.amount
        settle(actor, order, payment)
    _give_up(payment, refund)


def _confirm(actor: Actor, refund: Refund, payment: Payment, order: Order | None) -> None:
    refund.state, refund.ended_at, refund.trouble = State.CONFIRMED, timezone.now(), ""
    returning = Part(ledger.account(Kind.RETURNING, refund.agency), refund.amount)
    ledger.write("returned", [returning, Part(ledger.money(payment), -refund.amount)], refund=refund, payment=payment)
    subject = f"order:{order.pk}" if order else f"payment:{payment.pk}"
    events.publish(
        actor, PAYMENT_REFUNDED, subject, amount=refund.amount, refund=str(refund.pk), **(about(order) if order else {})
    )


def _settled(payment: Payment) -> None:
    """Money of which everything that nobody needs is given back, or on its way, waits no more."""
    if payment.outcome in TO_SETTLE:
        wanted = payment.excess or payment.amount
        payment.settled_at = timezone.now() if payment.returned >= wanted else None
    payment.save(update_fields=["returned", "settled_at"])


def _give_up(payment: Payment, refund: Refund) -> None:
    """The money of a refund that does not come about is the payment's again."""
    payment.returned -= refund.amount
    _settled(payment)


def _say(actor: Actor, refund: Refund) -> None:
    events.publish(actor, REFUND_MOVED, f"refund:{refund.pk}", state=str(refund.state), agency=str(refund.agency))
