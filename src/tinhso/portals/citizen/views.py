"""Pages of the citizens' portal."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tinhso.cases import queries as cases
from tinhso.cases.definitions import LIFE_EVENTS, ProcedureDefinition
from tinhso.kernel.errors import NotFound
from tinhso.kernel.policy import anyone, citizen, route
from tinhso.portals.design import Words

ICON_OF_EVENT = {
    "birth": "child",
    "study": "cap",
    "work": "briefcase",
    "marriage": "rings",
    "house": "house",
    "business": "shop",
    "retirement": "sun",
    "death": "candle",
}
AT_HOME = 3


@dataclass(frozen=True, slots=True)
class Event:
    slug: str
    title: Words
    icon: str


def _events() -> list[Event]:
    return [Event(slug, title, ICON_OF_EVENT[slug]) for slug, title in LIFE_EVENTS.items()]


@route(anyone)
def home(request: Any) -> HttpResponse:
    """The search box, eight life events, my cases, notices."""
    mine = cases.my_cases(request.actor, limit=AT_HOME).cases if request.actor.is_citizen else ()
    shown = [
        {
            "text": case.title,
            "href": f"/ho-so/{case.id}",
            "hint": case.code,
            "kind": "done" if case.ended_at else "active",
            "status": case.status,
        }
        for case in mine
    ]
    return render(request, "citizen/home.html", {"events": _events(), "cases": shown, "notices": []})


@route(anyone)
def life_event(request: HttpRequest, slug: str) -> HttpResponse:
    """The procedures of one event in a life."""
    event = next((event for event in _events() if event.slug == slug), None)
    if event is None:
        raise NotFound()
    return render(request, "citizen/life_event.html", {"event": event, "procedures": cases.procedures(life_event=slug)})


@route(anyone)
def search(request: HttpRequest) -> HttpResponse:
    """Procedures by words, with or without diacritics; all of them where nothing is asked."""
    query = request.GET.get("q", "").strip()[:200]
    return render(request, "citizen/search.html", {"query": query, "procedures": cases.procedures(search=query)})


@route(anyone)
def procedure(request: HttpRequest, name: str) -> HttpResponse:
    """What a procedure is, how long it takes, what it costs."""
    model: ProcedureDefinition = cases.procedure(name).definition
    rows = [
        {"key": _("Mã thủ tục"), "value": model.code},
        {"key": _("Thời hạn"), "value": deadline_words(model)},
        {"key": _("Lĩnh vực"), "value": str(model.sector)},
    ]
    return render(request, "citizen/procedure.html", {"model": model, "rows": rows})


def deadline_words(model: ProcedureDefinition) -> str:
    """ "8 giờ làm việc", "3 ngày làm việc"."""
    if days := model.deadline.working_days:
        return ngettext("%(n)s ngày làm việc", "%(n)s ngày làm việc", days) % {"n": days}
    hours = model.deadline.working_hours or 0
    return ngettext("%(n)s giờ làm việc", "%(n)s giờ làm việc", hours) % {"n": hours}


@route(citizen)
def my_cases(request: Any) -> HttpResponse:
    """The cases of whoever is signed in."""
    page = cases.my_cases(request.actor, after=request.GET.get("after", ""))
    return render(request, "citizen/my_cases.html", {"page": page})


@route(anyone)
def verify(request: HttpRequest) -> HttpResponse:
    """Whether a paper was issued by the platform, by the code printed on it."""
    return render(request, "citizen/verify.html", {"code": request.GET.get("code", "").strip()[:100]})
