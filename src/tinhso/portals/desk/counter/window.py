"""/desk/quay: the window at which the officer sits, whom it serves, and who waits."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.cases.queries import counter as queries
from tinhso.cases.services import counter
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound, Problem
from tinhso.kernel.ids import as_uuid
from tinhso.kernel.policy import route

from .tabs import AT_COUNTER, around

Verb = Callable[[Actor, QueryDict], Any]


@route(AT_COUNTER)
def home(request: HttpRequest) -> HttpResponse:
    """One's own window, large; beside it who waits."""
    return _page(request)


@route(AT_COUNTER)
def state(request: HttpRequest) -> HttpResponse:
    """Who waits and who is served where: the part that moves by itself."""
    return render(request, "desk/counter/queue_state.html", _state(request.actor))  # type: ignore[attr-defined]


@route(AT_COUNTER)
@require_POST
def act(request: HttpRequest, verb: str) -> HttpResponse:
    """One press of a button. What cannot be done is said where it was pressed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if verb not in VERBS:
        raise NotFound()
    try:
        VERBS[verb](actor, request.POST)
    except (Conflict, Invalid) as problem:
        return _page(request, problem)
    return redirect("desk-counter")


def _id(given: QueryDict, name: str) -> UUID:
    found = as_uuid(given.get(name, ""))
    if found is None:
        raise NotFound()
    return found


def _transfer(actor: Actor, given: QueryDict) -> None:
    to = given.get("to", "")
    window = as_uuid(to)
    if window:
        counter.transfer(actor, window_id=window)
    else:
        counter.transfer(actor, group=to)


VERBS: dict[str, Verb] = {
    "ngoi": lambda actor, given: counter.sit(actor, _id(given, "window")),
    "roi": lambda actor, given: counter.leave(actor),
    "tiep": lambda actor, given: counter.call_next(actor, given.get("seen", "")),
    "goi": lambda actor, given: counter.call(actor, _id(given, "ticket")),
    "goi-lai": lambda actor, given: counter.recall(actor),
    "bat-dau": lambda actor, given: counter.begin(actor),
    "xong": lambda actor, given: counter.finish(actor),
    "de-lai": lambda actor, given: counter.skip(actor),
    "khong-den": lambda actor, given: counter.no_show(actor),
    "chuyen": _transfer,
    "phat-so": lambda actor, given: counter.give_ticket(actor, given.get("group", ""), given.get("priority", "")),
}


def _state(actor: Actor) -> dict[str, Any]:
    here = queries.centre(actor)
    tickets = queries.tickets(actor)
    windows = queries.windows(actor)
    mine = next((one for one in windows if one.mine), None)
    return {
        "centre": here,
        "topic": f"counter:{here.id}",
        "windows": windows,
        "mine": mine,
        "free": mine is not None and mine.ticket is None,
        "waiting": [one for one in tickets if one.waiting],
        "aside": [one for one in tickets if not one.waiting],
    }


def _page(request: HttpRequest, problem: Problem | None = None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _state(actor)
    groups = queries.groups(found["centre"].id)
    mine = found["mine"]
    to = [(one.name, one.label) for one in groups if not mine or not mine.ticket or one.name != mine.ticket.group]
    to += [
        (str(one.id), _("Quầy %(number)s – %(who)s") % {"number": one.number, "who": one.officer or _("chưa có người")})
        for one in found["windows"]
        if not one.mine
    ]
    errors = problem.errors if isinstance(problem, Invalid) else {}
    context = around("desk-counter", **found) | {
        "groups": [(one.name, f"{one.letter} – {one.label}") for one in groups],
        "priorities": queries.priorities(found["centre"].id),
        "to": to,
        "drafts": queries.counter_drafts(actor),
        "problem": problem if isinstance(problem, Conflict) else None,
        "errors": errors,
        "fragment": reverse("desk-counter-state"),
        "keys": [
            ("n", _("Gọi số tiếp theo")),
            ("g", _("Gọi lại số này")),
            ("b", _("Bắt đầu phục vụ")),
            ("x", _("Xong")),
            ("t", _("Nhận hồ sơ mới")),
        ],
    }
    return render(request, "desk/counter/window.html", context, status=problem.status if problem else 200)
