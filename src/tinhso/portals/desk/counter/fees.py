"""Fees at the counter: what a case still owes, and taking it there and then. The till itself is payments'."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid
from tinhso.kernel.policy import may, route
from tinhso.payments import queries as payments
from tinhso.payments import services
from tinhso.payments.queries import orders_of
from tinhso.portals.templatetags.tinhso import vnd

from ..records.acts import key_of

TAKES = may("payment.take")


def owed(actor: Actor, *case_ids: UUID) -> dict[str, Any]:
    """What these cases still owe, and whether this officer may take it here. Who may see the cases was asked before."""
    orders = [order for one in case_ids for order in orders_of(f"case:{one}") if order.is_open]
    return {
        "owed": orders,
        "may_take": actor.may("payment.take"),
        "methods": [("cash", _("Tiền mặt")), ("card", _("Thẻ tại quầy"))],
        "fee_key": key_of({}),
    }


@route(TAKES)
@require_POST
def take(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """The whole of what an order still wants, in cash or by card, and back to where it was pressed. Part of it is taken
    on the order's own page."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    order = payments.seen_order(actor, order_id)
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, require_https=request.is_secure()):
        back = reverse("desk-counter")
    try:
        services.take_at_counter(
            actor, order_id, method=request.POST.get("method", ""), amount=order.rest, once=key_of(request.POST)
        )
    except (Conflict, Invalid) as problem:
        said = problem.detail if isinstance(problem, Conflict) else next(iter(problem.errors.values()))[0]
        messages.warning(request, str(said))
    else:
        messages.success(
            request, _("Đã thu %(amount)s. Biên lai được lập trong vài giây.") % {"amount": vnd(order.rest)}
        )
    return redirect(back)
