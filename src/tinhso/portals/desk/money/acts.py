"""One order, one sum that came, one refund; and what may be done with it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tinhso.documents import queries as documents
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Words
from tinhso.kernel.policy import may, route
from tinhso.payments import queries as payments
from tinhso.payments import services

from ...citizen.files import send
from ...citizen.paying import KINDS
from ..records.acts import key_of
from .lists import OUTCOMES, REFUNDS

Errors = dict[str, list[Words]]
MOST = 500


def _try(request: HttpRequest, act: Callable[[], Any], said: str, errors: Errors) -> bool:
    """Do it and say so. What is refused for its words comes back with them; what somebody else did already is told."""
    try:
        act()
    except Invalid as problem:
        errors |= {path: list(found) for path, found in problem.errors.items()}
        return False
    except (Conflict, Forbidden) as problem:
        messages.warning(request, f"{problem.title}. {problem.detail}")
        return True
    messages.success(request, said)
    return True


def _sum(text: str) -> int:
    """An amount as it is typed: "16.000"; 0 for what is none."""
    digits = "".join(letter for letter in text if letter not in ". , ₫\N{NO-BREAK SPACE}")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 14 else 0


@route(may("payment.see"))
def order(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """An order: its lines, what came, what went back; and the till."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = payments.seen_order(actor, order_id)
    errors: Errors = {}
    typed = request.POST.get("amount", str(found.rest or ""))
    method = request.POST.get("method", "cash")
    if request.method == "POST":
        key = key_of(request.POST)

        def act() -> None:
            services.take_at_counter(actor, order_id, method=method, amount=_sum(typed), once=key)

        if _try(request, act, _("Đã thu. Biên lai được lập trong vài giây."), errors):
            return redirect("desk-money-order", order_id)
    kind, _colon, key = found.subject.partition(":")
    context = {
        "order": found,
        "kind": KINDS[found.state],
        "case_id": key if kind == "case" else "",
        "rows": [{"money": one, "kind": OUTCOMES[one.outcome]} for one in payments.payments_of(order_id)],
        "may_take": actor.may("payment.take") and found.is_open,
        "methods": [("cash", _("Tiền mặt")), ("card", _("Thẻ tại quầy"))],
        "typed": typed,
        "method": method,
        "key": key_of({}),
        "errors": errors,
        "demo": found.demo,
    }
    return render(request, "desk/money_order.html", context, status=422 if errors else 200)


@route(may("payment.see"))
def payment(request: HttpRequest, payment_id: UUID) -> HttpResponse:
    """Money that came: whose it is, or back with it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = payments.payment(actor, payment_id)
    given = request.POST
    errors: Errors = {}
    typed = {name: given.get(name, "")[:MOST] for name in ("code", "amount", "reason", "note")}
    if request.method == "POST":
        acts: dict[str, tuple[Callable[[], Any], str]] = {
            "assign": (lambda: services.assign(actor, payment_id, typed["code"]), _("Đã gán tiền cho khoản thu.")),
            "refund": (
                lambda: services.ask_refund(actor, payment_id, _sum(typed["amount"]), typed["reason"]),
                _("Đã đề nghị hoàn trả; chờ người khác duyệt."),
            ),
            "settle": (lambda: services.settle_payment(actor, payment_id, typed["note"]), _("Đã kết thúc xử lý.")),
        }
        act, said = acts.get(given.get("act", ""), acts["settle"])
        if _try(request, act, said, errors):
            return redirect("desk-money-payment", payment_id)
    else:
        typed["amount"] = str(min(found.excess or found.amount, found.left))
        typed["code"] = found.order_code if found.outcome == "late" else ""
    context = {
        "money": found,
        "kind": OUTCOMES[found.outcome],
        "may_settle": actor.may("payment.settle"),
        "may_assign": found.waits and found.outcome in {"unknown", "late"},
        "suggestions": payments.suggestions(actor, payment_id),
        "typed": typed,
        "errors": errors,
        "demo": found.demo,
    }
    return render(request, "desk/money_payment.html", context, status=422 if errors else 200)


@route(may("payment.see"))
def refund(request: HttpRequest, refund_id: UUID) -> HttpResponse:
    """A refund: who asked, who decides, where it is."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = payments.refund(actor, refund_id)
    errors: Errors = {}
    why = request.POST.get("why", "")[:MOST]
    if request.method == "POST":
        verb = request.POST.get("act", "")
        acts: dict[str, tuple[Callable[[], Any], str]] = {
            "approve": (lambda: services.decide_refund(actor, refund_id, agreed=True), _("Đã duyệt hoàn trả.")),
            "refuse": (
                lambda: services.decide_refund(actor, refund_id, agreed=False, why=why), _("Đã không duyệt hoàn trả."),
            ),
            "retry": (lambda: services.retry_refund(actor, refund_id), _("Đang gửi lại ngân hàng.")),
        }  # fmt: skip
        if verb in acts and _try(request, *acts[verb], errors):
            return redirect("desk-money-refund", refund_id)
    context = {
        "refund": found,
        "kind": REFUNDS[found.state],
        "may_decide": found.state == "asked" and actor.may("payment.approve-refund") and not found.mine,
        "may_retry": found.state == "approved" and found.trouble and actor.may("payment.settle"),
        "back": reverse("desk-money-refunds"),
        "why": why,
        "errors": errors,
    }
    return render(request, "desk/money_refund.html", context, status=422 if errors else 200)


@route(may("payment.see"))
def receipt(request: HttpRequest, order_id: UUID) -> HttpResponse:
    """The receipt of an order, as PDF."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    order = payments.seen_order(actor, order_id)
    if order.receipt is None:
        raise NotFound()
    found = documents.document(actor, order.receipt)
    with documents.open_blob(found.blob.digest) as file:
        return send(request, file.read(), found.blob.media_type, f"{found.title} {found.number}.pdf")
