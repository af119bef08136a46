"""What is to be paid, and how one may pay it."""

from collections.abc import Iterable
from io import BytesIO
from uuid import UUID

import segno
from django.db.models import Q

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound

from .. import policy
from ..contracts import Line, OrderRef, Page, Way
from ..methods import METHODS
from ..models import Order, State
from ..payees import payees


def order_ref(row: Order) -> OrderRef:
    """A row as other engines may hold it."""
    return OrderRef(
        id=row.pk,
        code=row.code,
        subject=row.subject,
        purpose=row.purpose,
        agency=row.agency,
        payer=row.payer,
        payer_name=row.payer_name,
        title=row.title,
        lines=tuple(
            Line(one.name, one.vnd, "charge" if one.kind == "charge" else "fee", one.account, one.name_en)
            for one in row.lines.all()
        ),
        amount=row.amount,
        paid=row.paid,
        state=str(row.state),
        state_words=str(State(row.state).label),
        asked_at=row.asked_at,
        due_at=row.due_at,
        paid_at=row.paid_at,
        receipt=row.receipt,
        demo=row.demo,
    )


def order(id: UUID) -> OrderRef:
    """An order. Who may see it is for the caller to ask (`seen_order` asks). Raises NotFound."""
    row = Order.objects.prefetch_related("lines").filter(pk=id).first()
    if row is None:
        raise NotFound()
    return order_ref(row)


def seen_order(actor: Actor, id: UUID) -> OrderRef:
    """An order as the actor may see it: the payer, whoever keeps the money, whoever may see its subject. NotFound."""
    row = Order.objects.prefetch_related("lines").filter(pk=id).first()
    if row is None or not policy.may_see_order(actor, row):
        raise NotFound()
    return order_ref(row)


def orders_of(subject: str) -> list[OrderRef]:
    """What was asked for "case:0190…", oldest first. Who may see the subject is for the caller to ask."""
    rows = Order.objects.prefetch_related("lines").filter(subject=subject).order_by("id")
    return [order_ref(row) for row in rows]


def find_orders(
    actor: Actor, *, search: str = "", states: Iterable[str] = (), after: str = "", limit: int = 25
) -> Page:
    """The orders of the agencies whose money the actor may see, newest first; `search` is a purpose code, or the
    beginning of one."""
    rows = Order.objects.prefetch_related("lines").filter(policy.visible(actor)).order_by("-id")
    if search:
        rows = rows.filter(Q(code__startswith=search.strip().upper()))
    if wanted := list(states):
        rows = rows.filter(state__in=wanted)
    found = list(before(rows, after)[: limit + 1])
    shown = tuple(order_ref(row) for row in found[:limit])
    return Page(shown, str(shown[-1].id) if len(found) > limit else "")


def before(rows, after: str):  # type: ignore[no-untyped-def]  a queryset of any of our models
    """The rows older than a cursor. NotFound for a cursor that is none."""
    if not after:
        return rows
    try:
        return rows.filter(pk__lt=UUID(after))
    except ValueError:
        raise NotFound() from None


def ways(of: OrderRef) -> list[Way]:
    """How an order may be paid from afar: a way for each account that its agency collects on. None once it is whole,
    or where no account is set up: then the counter takes it."""
    if not of.rest:
        return []
    return [METHODS[payee.provider.method].way(of, payee) for payee in payees(of.agency)]


def qr_png(text: str, scale: int = 8) -> bytes:
    """A QR code (ISO/IEC 18004, error level M, quiet zone of four modules) as PNG, `scale` pixels a module."""
    out = BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="png", scale=scale, border=4)
    return out.getvalue()
