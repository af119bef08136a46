"""What waits, what came, what is asked, what goes back, what was not believed: a tab each."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.policy import may, route
from tinhso.payments import queries as payments

from ...citizen.paying import KINDS

OUTCOMES = {
    "whole": "done", "partial": "wait", "over": "late", "double": "late", "unknown": "late", "closed": "late",
    "late": "late",
}  # fmt: skip
REFUNDS = {
    "asked": "wait", "refused": "refused", "approved": "active", "sent": "active", "confirmed": "done",
    "failed": "late",
}  # fmt: skip
"""The kinds of states, for their icons."""
MOST_LETTERS = 20


def frame(actor: Actor, current: str) -> dict[str, Any]:
    """What each of these pages has above its list."""
    tabs = [
        ("desk-money", _("Cần xử lý")),
        ("desk-money-orders", _("Khoản thu")),
        ("desk-money-came", _("Tiền đã đến")),
        ("desk-money-refunds", _("Hoàn trả")),
        ("desk-money-messages", _("Tin báo bị từ chối")),
        ("desk-money-day", _("Báo cáo cuối ngày")),
    ]
    return {"tabs": [(reverse(name), words) for name, words in tabs], "current": reverse(current)}


@route(may("payment.see"))
def waiting(request: HttpRequest) -> HttpResponse:
    """Money that nobody knows, that is too much, or too late; and refunds that wait for a decision."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    page = payments.waiting(actor, after=request.GET.get("after", ""))
    context = frame(actor, "desk-money") | _money(page) | {
        "waiting": True, "asked": payments.refunds(actor, states=["asked", "failed"]).rows, "refund_kinds": REFUNDS,
    }  # fmt: skip
    return render(request, "desk/money_came.html", context)


@route(may("payment.see"))
def came(request: HttpRequest) -> HttpResponse:
    """All money that came, newest first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    page = payments.money_came(actor, after=request.GET.get("after", ""))
    return render(request, "desk/money_came.html", frame(actor, "desk-money-came") | _money(page))


def _money(page: Any) -> dict[str, Any]:
    return {
        "rows": [{"money": one, "kind": OUTCOMES[one.outcome] if one.waits or one.outcome in {"whole", "partial"} else
                  "neutral"} for one in page.rows],
        "older": page.next,
        "demo": any(one.demo for one in page.rows),
    }  # fmt: skip


@route(may("payment.see"))
def orders(request: HttpRequest) -> HttpResponse:
    """What is and was asked, found by its code."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    search = request.GET.get("q", "").strip()[:MOST_LETTERS]
    page = payments.find_orders(actor, search=search, after=request.GET.get("after", ""))
    context = frame(actor, "desk-money-orders") | {
        "rows": [{"order": one, "kind": KINDS[one.state]} for one in page.rows],
        "older": page.next,
        "search": search,
        "demo": any(one.demo for one in page.rows),
    }
    return render(request, "desk/money_orders.html", context)


@route(may("payment.see"))
def refunds(request: HttpRequest) -> HttpResponse:
    """Refunds, newest first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    page = payments.refunds(actor, after=request.GET.get("after", ""))
    context = frame(actor, "desk-money-refunds") | {
        "rows": [{"refund": one, "kind": REFUNDS[one.state]} for one in page.rows], "older": page.next,
    }  # fmt: skip
    return render(request, "desk/money_refunds.html", context)


@route(may("payment.see"))
def messages(request: HttpRequest) -> HttpResponse:
    """Messages that were not believed, with the reason."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    page = payments.messages(actor, after=request.GET.get("after", ""))
    context = frame(actor, "desk-money-messages") | {
        "rows": page.rows, "older": page.next, "may_read": actor.may("payment.see-province"),
    }  # fmt: skip
    return render(request, "desk/money_messages.html", context)


@route(may("payment.see-province"))
def message(request: HttpRequest, message_id: Any) -> HttpResponse:
    """One of them, as it came."""
    found = payments.message(request.actor, message_id)  # type: ignore[attr-defined]
    return render(request, "desk/money_message.html", {"message": found})
