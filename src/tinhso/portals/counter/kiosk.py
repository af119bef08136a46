"""The kiosk: what somebody wants, whether they have priority, their number on paper and on their phone. Anybody may
look; a number comes only from a device that holds the centre's key."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tinhso.cases.queries import counter as queries
from tinhso.cases.services import counter
from tinhso.kernel.errors import Busy, Forbidden, Invalid, NotFound
from tinhso.kernel.policy import anyone, route

COOKIE = "counter_key"
A_YEAR = 365 * 86_400
NO_PRIORITY = "khong"
RETURNS_AFTER = 20
"""Seconds after which a kiosk goes back to its first page."""


def _key(request: HttpRequest) -> str:
    return request.COOKIES.get(COOKIE, "")


@route(anyone)
def home(request: HttpRequest, centre: str) -> HttpResponse:
    """The groups of services as large buttons, and a box for who would rather say it."""
    here = queries.centre_by_code(centre)
    said = request.GET.get("noi", "").strip()[:80]
    groups = queries.groups(here.id)
    found = queries.suggest(here.id, said)
    by_name = {one.name: one for one in groups}
    context = {
        "centre": here,
        "kiosk": queries.kiosk(centre, _key(request)),
        "groups": groups,
        "said": said,
        "suggested": [{"group": by_name[name], "why": why} for name, why in found],
        "home": reverse("kiosk", args=[centre]),
        "topic": f"counter:{here.id}",
    }
    return render(request, "counter/kiosk.html", context)


@route(anyone)
def take(request: HttpRequest, centre: str) -> HttpResponse:
    """One question, and then the number. A kiosk whose key ended says so, and whom to ask."""
    here = queries.centre_by_code(centre)
    name = request.POST.get("nhom", request.GET.get("nhom", ""))
    group = next((one for one in queries.groups(here.id) if one.name == name), None)
    if group is None:
        return redirect("kiosk", centre)
    problem, status = "", 200
    if request.method == "POST":
        priority = request.POST.get("uu-tien", NO_PRIORITY)
        try:
            key = counter.take_ticket(_key(request), group.name, "" if priority == NO_PRIORITY else priority)
        except (Busy, Forbidden) as refused:
            problem, status = refused.detail, refused.status
        except Invalid:
            return redirect("kiosk", centre)
        else:
            return redirect(f"{reverse('ticket', args=[centre, key])}?in=1")
    context = {
        "centre": here,
        "kiosk": queries.kiosk(centre, _key(request)),
        "group": group,
        "priorities": queries.priorities(here.id),
        "none": NO_PRIORITY,
        "problem": problem,
        "home": reverse("kiosk", args=[centre]),
        "returns_after": RETURNS_AFTER * 3,
    }
    return render(request, "counter/take.html", context, status=status)


@route(anyone)
def pair(request: HttpRequest, centre: str, key: str) -> HttpResponse:
    """Make this device a kiosk: opened once on it, by the address or the QR that an officer was shown."""
    if not queries.kiosk(centre, key):
        raise NotFound()
    answer = redirect("kiosk", centre)
    answer.set_cookie(
        COOKIE, key, max_age=A_YEAR, path="/quay", httponly=True, secure=request.is_secure(), samesite="Lax"
    )
    answer["Referrer-Policy"] = "no-referrer"
    return answer


@route(anyone)
def ticket(request: HttpRequest, centre: str, key: str) -> HttpResponse:
    """A ticket: its number, how many are before it, and where to go. ?in=1 on the kiosk prints it."""
    context = _followed(centre, key) | {
        "prints": "in" in request.GET and queries.kiosk(centre, _key(request)),
        "address": request.build_absolute_uri(reverse("ticket", args=[centre, key])),
        "home": reverse("kiosk", args=[centre]),
        "returns_after": RETURNS_AFTER,
    }
    return render(request, "counter/ticket.html", context)


@route(anyone)
def ticket_state(request: HttpRequest, centre: str, key: str) -> HttpResponse:
    """The part of it that moves."""
    return render(request, "counter/ticket_state.html", _followed(centre, key))


def _followed(centre: str, key: str) -> dict[str, Any]:
    found = queries.followed(centre, key)
    return {"found": found, "ticket": found.ticket, "centre": found.centre, "topic": f"counter:{found.centre.id}"}


def spoken(code: str, window: int | None) -> str:
    """What the screen says aloud: letter and digits one by one, so that nobody hears another number."""
    letters = " ".join(code)
    return _("Mời số %(code)s đến quầy %(window)s") % {"code": letters, "window": window or ""}
