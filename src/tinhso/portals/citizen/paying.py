"""Paying: what is asked, a QR code that any bank's app reads, the same in words, and that it came, by itself."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from tinhso.identity.queries import agency_by_id
from tinhso.kernel.errors import NotFound
from tinhso.kernel.policy import route, signed_in
from tinhso.payments import queries as payments
from tinhso.payments.contracts import OrderRef, Way
from tinhso.portals.templatetags.tinhso import vnd

from .files import send

KINDS = {
    "asked": "wait", "partly": "wait", "paid": "done", "overpaid": "done", "cancelled": "neutral", "expired": "late",
    "refunded": "neutral",
}  # fmt: skip
"""The kind of each state of an order, for its icon."""


@route(signed_in)
def page(request: Any, order_id: UUID) -> HttpResponse:
    """Everything that is needed to pay one order."""
    return render(request, "citizen/pay.html", _shown(payments.seen_order(request.actor, order_id)))


@route(signed_in)
def state(request: Any, order_id: UUID) -> HttpResponse:
    """The part of the page that moves."""
    return render(request, "citizen/pay_state.html", _shown(payments.seen_order(request.actor, order_id)))


@route(signed_in)
def receipt(request: Any, order_id: UUID) -> HttpResponse:
    """The receipt, or that it is being made: this fragment asks again by itself until it is there."""
    return render(request, "citizen/pay_receipt.html", {"order": payments.seen_order(request.actor, order_id)})


@route(signed_in)
def code(request: Any, order_id: UUID, way: str) -> HttpResponse:
    """The QR code as a picture, shown or saved (?tai=1)."""
    order = payments.seen_order(request.actor, order_id)
    found = next((one for one in payments.ways(order) if one.provider == way and one.qr), None)
    if found is None:
        raise NotFound()
    return send(request, payments.qr_png(found.qr), "image/png", f"VietQR-{order.code}.png")


def _shown(order: OrderRef) -> dict[str, Any]:
    kind, _colon, key = order.subject.partition(":")
    return {
        "order": order,
        "kind": KINDS[order.state],
        "case_id": key if kind == "case" else "",
        "agency": agency_by_id(order.agency).words,
        "ways": [{"way": way, "rows": _rows(way)} for way in payments.ways(order)],
        "demo": order.demo,
    }


def _rows(way: Way) -> list[dict[str, Any]]:
    """What one types by hand where nothing can be scanned."""
    rows = [
        (_("Ngân hàng"), way.bank, ""),
        (_("Số tài khoản"), way.account, way.account),
        (_("Chủ tài khoản"), way.holder, ""),
        (_("Số tiền"), vnd(way.amount), str(way.amount)),
        (_("Nội dung chuyển tiền"), way.content, way.content),
    ]
    return [{"key": key, "value": value, "copy": copy} for key, value, copy in rows if value]
