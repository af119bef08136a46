"""Asking for money, and ceasing to ask."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict

from ..codes import new_code
from ..contracts import ORDER_CLOSED, PAYMENT_ASKED, Line, OrderRef
from ..models import Order, OrderLine, Outcome, Payment
from ..queries.orders import order_ref
from .standing import about, settle, state_of

TRIES = 5


def ask(
    actor: Actor,
    *,
    payer: UUID | None,
    subject: str,
    purpose: str,
    lines: Sequence[Line],
    due_at: datetime | None = None,
    agency: UUID | None = None,
    payer_name: str = "",
    title: str = "",
    demo: bool = False,
) -> OrderRef:
    """Ask somebody to pay `lines` to an agency (default: the actor's), in the caller's transaction, which has asked who
    may. Asked again for the same subject and purpose it is the same order.

    `due_at` is when asking ends by itself; None where only the engine that asks ends it. ValueError for lines that are
    no money, Conflict where an order with other lines stands.
    """
    agency = agency or actor.agency
    if agency is None:
        raise ValueError("an order is paid to an agency")
    if not lines or any(line.vnd <= 0 for line in lines):
        raise ValueError("an order has lines, each of more than nothing")
    with transaction.atomic():
        order = _standing(subject, purpose) or _make(
            subject, purpose, agency=agency, payer=payer, payer_name=payer_name[:120], title=title[:300],
            amount=sum(line.vnd for line in lines), due_at=due_at, demo=demo,
        )  # fmt: skip
        there = order.lines.count()
        if there == 0:
            OrderLine.objects.bulk_create(
                OrderLine(
                    order=order, number=number, kind=line.kind, name=line.name[:200], name_en=line.name_en[:200],
                    account=line.account or line.kind, vnd=line.vnd,
                )
                for number, line in enumerate(lines, 1)
            )  # fmt: skip
            audit.record(actor, "payment.ask", f"order:{order.pk}", amount=order.amount, about=subject)
            events.publish(
                actor, PAYMENT_ASKED, f"order:{order.pk}", amount=order.amount, purpose=purpose, **about(order)
            )
        elif [line.vnd for line in order.lines.all()] != [line.vnd for line in lines]:
            raise Conflict(
                _("Khoản này đã được yêu cầu nộp với số tiền khác. Xin hủy yêu cầu cũ trước."),
                title=_("Đã có yêu cầu nộp tiền"),
            )
    return order_ref(order)


def _standing(subject: str, purpose: str) -> Order | None:
    return Order.objects.select_for_update().filter(subject=subject, purpose=purpose, closed_at=None).first()


def _make(subject: str, purpose: str, **values: object) -> Order:
    """The order's row, without lines yet; the one of somebody quicker where there is one."""
    for _try in range(TRIES):
        try:
            with transaction.atomic():
                return Order.objects.create(subject=subject, purpose=purpose, code=new_code(), **values)
        except IntegrityError:  # the code is given already, or the same was asked at the same moment
            if (found := _standing(subject, purpose)) is not None:
                return found
    raise RuntimeError("no code is free")


def cancel(actor: Actor, subject: str, *, why: str = "") -> int:
    """Cease to ask for what is not wholly paid for a subject (its case ended); returns how many orders that ended.
    Money that came for them waits for the accountant."""
    with transaction.atomic():
        # Payments are locked before their order, as everywhere: else a refund and this would wait for one another.
        list(Payment.objects.select_for_update().filter(order__subject=subject).values_list("pk"))
        rows = list(Order.objects.select_for_update().filter(subject=subject, closed_at=None, paid_at=None))
        for order in rows:
            _close(actor, order, "payment.cancel", why)
    return len(rows)


def expire(actor: Actor) -> int:
    """Cease to ask for what is past its time; returns how many."""
    past = Order.objects.filter(state="asked", due_at__lt=timezone.now()).values_list("pk", flat=True)[:1_000]
    count = 0
    for key in list(past):
        with transaction.atomic():
            order = Order.objects.select_for_update().filter(pk=key, state="asked").first()
            if order is not None:
                _close(actor, order, "payment.expire", "")
                count += 1
    return count


def _close(actor: Actor, order: Order, action: str, why: str) -> None:
    order.closed_at = timezone.now()
    if action == "payment.cancel" and order.due_at and order.due_at <= order.closed_at:
        order.due_at = None  # it was called off, whatever the day
    settle(actor, order)
    left = Payment.objects.filter(order=order, returned__lt=F("amount"))
    left.update(outcome=Outcome.CLOSED, excess=F("amount"), settled_at=None)
    audit.record(actor, action, f"order:{order.pk}", why=why)
    events.publish(actor, ORDER_CLOSED, f"order:{order.pk}", state=str(state_of(order)), **about(order))
