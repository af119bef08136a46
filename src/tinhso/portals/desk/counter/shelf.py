"""/desk/quay/tra: results that wait, given back by hand or by post; /desk/quay/buu-chinh: where the posted ones are."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from tinhso.cases.queries import counter as queries
from tinhso.cases.services import counter
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, Problem
from tinhso.kernel.ids import as_uuid
from tinhso.kernel.policy import route
from tinhso.kernel.text import fold
from tinhso.territory import queries as territory

from . import fees
from .tabs import GIVES_BACK, around

MOST = 50
"""Results that are given to one person at once."""


@route(GIVES_BACK)
def shelf(request: HttpRequest) -> HttpResponse:
    """What waits, by the day it was promised for. The box takes a code, a name, or what a receipt's QR says."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    search = request.GET.get("q", "").strip()[:200]
    if "/" in search:
        search = search.rstrip("/").rpartition("/")[2]
    after = request.GET.get("after", "")
    rows, following = queries.shelf(actor, search=search, after=after)
    elsewhere = () if after else queries.shelf_elsewhere(actor, search=search)
    context = around("desk-counter-shelf") | {
        "rows": rows,
        "elsewhere": elsewhere,
        "search": search,
        "after": after,
        "older": f"?{urlencode({'q': search, 'after': following})}" if following else "",
        "demo": any(one.demo for one in (*rows, *elsewhere)),
    }
    return render(request, "desk/counter/shelf.html", context)


@route(GIVES_BACK)
def hand(request: HttpRequest) -> HttpResponse:
    """Results of one person: who takes them, or where they are posted to. All are given, or none."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    given = request.POST if request.method == "POST" else request.GET
    asked = [found for one in given.getlist("ho-so")[:MOST] if (found := as_uuid(one))]
    rows = queries.ready(actor, asked)
    if not rows:
        messages.error(request, _("Xin chọn ít nhất một kết quả."))
        return redirect("desk-counter-shelf")
    problem: Problem | None = None
    by_post = given.get("how") == "post"
    if request.method == "POST":
        try:
            _give(actor, request, asked, by_post=by_post)
        except (Invalid, Conflict) as refused:
            problem = refused
        else:
            count = len(rows)
            said = (
                ngettext("Đã gửi bưu chính %(count)s kết quả.", "Đã gửi bưu chính %(count)s kết quả.", count)
                if by_post
                else ngettext("Đã trả %(count)s kết quả.", "Đã trả %(count)s kết quả.", count)
            )
            messages.success(request, said % {"count": count})
            return redirect("desk-counter-shelf")
    names = ("as", "name", "number", "receipt", "authority", "recipient", "phone", "line", "unit")
    typed = {name: request.POST.get(name, "") for name in names}
    if request.method != "POST":
        typed |= {"as": "applicant", "recipient": rows[0].applicant}
    several = len({one.applicant for one in rows}) > 1
    context = around("desk-counter-shelf", **fees.owed(actor, *(one.case for one in rows))) | {
        "rows": rows,
        "typed": typed,
        "several": several,
        "by_post": by_post or (request.method != "POST" and rows[0].give_back == "post"),
        "errors": problem.errors if isinstance(problem, Invalid) else {},
        "problem": problem if isinstance(problem, Conflict) else None,
        "takers": [("applicant", _("Chính người nộp")), ("authorised", _("Người được ủy quyền, người đại diện"))],
        "communes": _communes(),
        "demo": any(one.demo for one in rows),
    }
    return render(request, "desk/counter/hand.html", context, status=problem.status if problem else 200)


def _give(actor: Actor, request: HttpRequest, asked: Sequence[UUID], *, by_post: bool) -> None:
    given = request.POST
    if by_post:
        address = counter.Address(
            given.get("recipient", ""), given.get("phone", ""), given.get("line", ""), given.get("unit", "")
        )
        counter.post_results(actor, asked, address)
        return
    taker: Any = counter.Taker(
        "authorised" if given.get("as") == "authorised" else "applicant",
        given.get("name", ""),
        given.get("number", ""),
        given.get("receipt", ""),
        given.get("authority", ""),
    )
    counter.hand_results(actor, asked, taker)


def _communes() -> list[tuple[str, str]]:
    found = sorted((unit for unit in territory.units() if unit.is_commune), key=lambda unit: fold(unit.name))
    return [(unit.code, unit.name) for unit in found]


@route(GIVES_BACK)
def parcels(request: HttpRequest) -> HttpResponse:
    """What was posted and where it is."""
    return _parcels(request)


@route(GIVES_BACK)
@require_POST
def parcel(request: HttpRequest, handout_id: UUID) -> HttpResponse:
    """What the post said of one, entered by hand where no connector tells it."""
    try:
        counter.post_moved(
            request.actor,  # type: ignore[attr-defined]
            handout_id,
            request.POST.get("state", ""),
            request.POST.get("tracking", ""),
        )
    except (Conflict, Invalid) as problem:
        return _parcels(request, problem)
    messages.success(request, _("Đã ghi tình trạng bưu gửi."))
    return redirect("desk-counter-parcels")


def _parcels(request: HttpRequest, problem: Problem | None = None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    state, after = request.GET.get("tinh-trang", ""), request.GET.get("after", "")
    rows, following = queries.parcels(actor, state=state, after=after)
    words = {"sent": _("Trên đường"), "delivered": _("Đã phát"), "returned": _("Hoàn lại")}
    here = reverse("desk-counter-parcels")
    states = [(here, _("Tất cả")), *((f"{here}?tinh-trang={key}", said) for key, said in words.items())]
    context = around("desk-counter-parcels") | {
        "rows": rows,
        "states": states,
        "state": f"{here}?tinh-trang={state}" if state in words else here,
        "choices": list(words.items()),
        "problem": problem,
        "older": f"?{urlencode({'tinh-trang': state, 'after': following})}" if following else "",
        "kinds": {"sent": "active", "delivered": "done", "returned": "late"},
    }
    return render(request, "desk/counter/parcels.html", context, status=problem.status if problem else 200)
