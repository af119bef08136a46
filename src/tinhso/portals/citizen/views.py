"""The doors of the citizens' portal: home, search, the catalogue and one procedure."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tinhso.cases import queries as cases
from tinhso.cases.contracts import Procedure
from tinhso.cases.definitions import LIFE_EVENTS, ProcedureDefinition
from tinhso.identity import queries as identity
from tinhso.kernel.calendar import length_words
from tinhso.kernel.errors import NotFound
from tinhso.kernel.packs import in_force
from tinhso.kernel.policy import anyone, route
from tinhso.kernel.text import fold
from tinhso.portals.design import Words
from tinhso.portals.templatetags.tinhso import vnd
from tinhso.territory import queries as territory
from tinhso.territory.contracts import UnitRef

from . import states
from .files import send

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
PLACES = 5
APPLICANTS: dict[str, Words] = {
    "citizen": gettext_lazy("Công dân"),
    "enterprise": gettext_lazy("Doanh nghiệp, hộ kinh doanh"),
    "agency": gettext_lazy("Cơ quan nhà nước"),
}
LEVELS: dict[str, Words] = {
    "commune": gettext_lazy("Ủy ban nhân dân xã, phường"),
    "district": gettext_lazy("Ủy ban nhân dân huyện"),
    "province": gettext_lazy("Cơ quan của tỉnh"),
}


@dataclass(frozen=True, slots=True)
class Event:
    slug: str
    title: Words
    icon: str


def _events() -> list[Event]:
    return [Event(slug, title, ICON_OF_EVENT[slug]) for slug, title in LIFE_EVENTS.items()]


@route(anyone)
def home(request: Any) -> HttpResponse:
    """The search box, eight life events, what is mine, notices."""
    mine: list[dict[str, Any]] = []
    demo = False
    if request.actor.is_citizen:
        begun, page = cases.drafts(request.actor), cases.my_cases(request.actor, limit=AT_HOME)
        mine = [states.of_draft(draft) for draft in begun[:AT_HOME]] + [states.of_case(case) for case in page.cases]
        demo = any(case.demo for case in page.cases)
    return render(request, "citizen/home.html", {"events": _events(), "mine": mine[:AT_HOME], "demo": demo})


@dataclass(frozen=True, slots=True)
class Line:
    """A procedure in a list."""

    procedure: Procedure
    time: str
    fee: str


def _lines(found: tuple[Procedure, ...]) -> list[Line]:
    return [Line(one, time_words(one.definition), fee_words(one.definition)) for one in found]


@route(anyone)
def procedures(request: HttpRequest) -> HttpResponse:
    """The service catalogue: by words, by event in a life (?su-kien=birth), by field (?linh-vuc=Hộ tịch), by who
    decides (?cap=commune), by who applies (?doi-tuong=citizen)."""
    query = request.GET.get("q", "").strip()[:200]
    event = next((one for one in _events() if one.slug == request.GET.get("su-kien")), None)
    everything = cases.procedures()
    sectors = {one.definition.sector.vi: str(one.definition.sector) for one in everything}
    sector = request.GET.get("linh-vuc", "")
    sector = sector if sector in sectors else ""
    level, applicant = (
        value if (value := request.GET.get(key, "")) in known else ""
        for key, known in (("cap", LEVELS), ("doi-tuong", APPLICANTS))
    )
    asked = {
        "search": query, "life_event": event.slug if event else "", "sector": sector, "level": level,
        "applicant": applicant,
    }  # fmt: skip
    found = cases.procedures(**asked) if any(asked.values()) else everything
    if event:  # what serves this event alone stands before what serves several
        found = tuple(sorted(found, key=lambda one: len(one.definition.life_events)))
    narrowed = (query or sector or level) and not event
    context = {
        "informed": cases.information(search=query, sector=sector, level=level) if narrowed else (),
        "query": query, "event": event, "events": _events(), "sector": sector, "sectors": sectors.items(),
        "sector_words": sectors.get(sector, ""), "lines": _lines(found), "level": level, "applicant": applicant,
        "levels": LEVELS.items(), "applicants": APPLICANTS.items(),
    }  # fmt: skip
    return render(request, "citizen/procedures.html", context)


@route(anyone)
def procedure(request: Any, name: str) -> HttpResponse:
    """One procedure: who, which papers, the steps, what comes of it, how long, how much, on what ground, where to
    ask, and the button that begins."""
    found = cases.procedure(name)
    model: ProcedureDefinition = found.definition
    rows = [
        {"key": _("Ai nộp"), "value": ", ".join(str(APPLICANTS[one]) for one in model.applicant)},
        {"key": _("Nơi giải quyết"), "value": ", ".join(str(LEVELS[one]) for one in model.levels)},
        {"key": _("Thời hạn"), "value": time_words(model)},
        {"key": _("Phí, lệ phí"), "value": fee_words(model)},
    ]
    if model.conditions:
        rows.insert(1, {"key": _("Điều kiện"), "value": str(model.conditions)})
    if model.valid.from_ and found.offered:
        rows.append({"key": _("Có hiệu lực từ"), "value": f"{model.valid.from_:%d/%m/%Y}"})
    context = {
        "model": model,
        "name": name,
        "rows": rows,
        "found": found,
        "online": "citizen" in model.applicant and found.offered,
        "ended": not found.offered and found.coming is None,
        "results": [str(one) for one in model.expected_results] or _results(model),
    }
    return render(request, "citizen/procedure.html", context)


@route(anyone)
def information(request: HttpRequest, code: str) -> HttpResponse:
    """A procedure of the national catalogue that is not handed in here: what the catalogue says of it."""
    found = cases.informed(code)
    rows = [
        {"key": _("Mã thủ tục"), "value": found.code},
        {"key": _("Lĩnh vực"), "value": found.sector},
        {"key": _("Nơi giải quyết"), "value": ", ".join(str(LEVELS[one]) for one in found.levels)},
        {"key": _("Thời hạn"), "value": found.deadline},
        {"key": _("Phí, lệ phí"), "value": found.fee},
    ]
    context = {"found": found, "rows": [row for row in rows if row["value"]]}
    return render(request, "citizen/information.html", context)


def _results(model: ProcedureDefinition) -> list[str]:
    """What comes of it where the procedure does not say: the name of the paper that it issues."""
    if not model.result.document:
        return []
    kind = model.result.document.rpartition(".")[2]
    return [str(one.model.name) for one in in_force("paper") if one.name.rpartition(".")[2] == kind][:1]


@route(anyone)
def blank(request: HttpRequest, name: str, paper: str) -> HttpResponse:
    """The blank form on which a paper is handed in."""
    title, content = cases.blank_paper(name, paper)
    return send(request, content, "application/pdf", f"{title}.pdf")


def time_words(model: ProcedureDefinition) -> str:
    """How long a procedure takes, and from which hour on the next day counts."""
    words = length_words(model.deadline)
    if model.deadline.cut_off:
        words += _("; nộp sau %(hour)s thì tính từ ngày làm việc sau") % {"hour": model.deadline.cut_off}
    return words[:1].upper() + words[1:]


def fee_words(model: ProcedureDefinition) -> str:
    """ "Không thu phí", "8.000 ₫/bản"; several with their names."""
    fees = [fee for fee in model.all_fees if fee.vnd]
    said = [f"{vnd(fee.vnd)}/{fee.per}" if fee.per else vnd(fee.vnd) for fee in fees]
    if len(fees) < 2:
        return said[0] if said else vnd(0)
    return "; ".join(f"{fee.label} {one}" for fee, one in zip(fees, said, strict=True))


@dataclass(frozen=True, slots=True)
class Place:
    """A unit of today as an answer to a search: its office, and the old units on its ground."""

    unit: UnitRef
    agency: str
    before: str
    asked: str = ""
    """The old unit that was asked for, where it is another one."""


def places(query: str) -> list[Place]:
    """Units whose name is like `query`, on today's map; else on the map before the last reform, led to today's."""
    reforms = territory.reforms()
    found: dict[str, str] = {unit.code: "" for unit in territory.find(query, limit=PLACES)}
    if reforms:
        before = reforms[-1] - timedelta(days=1)
        for old in territory.find(query, before, limit=PLACES):
            today = territory.on_map(old.code, before, reforms[-1])
            for unit in today:
                whole = old.is_commune or len(today) == 1  # a city's wards are found by their own names
                if whole and fold(old.name) != fold(unit.name):
                    found.setdefault(unit.code, old.name)
    return [place for code, asked in list(found.items())[:PLACES] if (place := _place(code, asked))]


def _place(code: str, asked: str) -> Place | None:
    unit = territory.unit(code)
    if unit is None:
        return None
    try:
        agency = identity.agency_of_unit(code).words
    except NotFound:
        agency = ""
    before = [one.name for one in territory.predecessors(code) if one.is_commune] if unit.is_commune else []
    return Place(unit, agency, ", ".join(before), asked)


@route(anyone)
def search(request: HttpRequest) -> HttpResponse:
    """Procedures and places by words, with or without diacritics."""
    query = request.GET.get("q", "").strip()[:200]
    found = cases.procedures(search=query)
    context = {
        "informed": cases.information(search=query) if query else (),
        "query": query,
        "lines": _lines(found),
        "places": places(query) if query else [],
        "events": _events(),
        "code": query.upper() if looks_like_code(query) else "",
    }
    if context["code"]:
        context["code_url"] = f"{reverse('track')}?ma={context['code']}"
    return render(request, "citizen/search.html", context)


def looks_like_code(text: str) -> bool:
    """Whether somebody searched for a dossier code ("H31.15-251124-0001")."""
    head, _dash, rest = text.upper().partition("-")
    return head[:1] == "H" and head[1:3].isdigit() and rest.replace("-", "").isdigit()
