"""/desk/tim: cases and records by code, by name and by place, whichever map the place is on."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.cases import queries as cases
from tinhso.cases.contracts import CasePage
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Busy, Invalid, NotFound
from tinhso.kernel.policy import officer, route
from tinhso.kernel.text import fold
from tinhso.portals import days
from tinhso.registers import queries as registers
from tinhso.territory import queries as territory
from tinhso.territory.contracts import UnitRef

MOST_RECORDS = 10
MOST_PLACES = 6


@dataclass(frozen=True, slots=True)
class Place:
    """A unit on the map of `on`, which is a day on which it stood."""

    unit: UnitRef
    on: date

    @property
    def words(self) -> str:
        if self.unit.until is None:
            return self.unit.name
        last = date.fromordinal(self.unit.until.toordinal() - 1)
        return _("%(name)s (đến %(day)s)") % {"name": self.unit.name, "day": days.typed(last)}


@route(officer)
def page(request: HttpRequest) -> HttpResponse:
    """What is found for the words (`?q=`) and the place (`?noi=` in words, or `?xa=` and `?ban-do=` chosen)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    asked = request.GET
    words, named = asked.get("q", "").strip(), asked.get("noi", "").strip()
    place, others = _place(asked, named)
    unknown = bool(named) and place is None
    found, records, failed = CasePage(), [], ""
    if (words or place) and not unknown:
        found = _cases(actor, words, place, asked.get("after", ""))
        if actor.may("registers.see") and not asked.get("after"):
            try:
                records = _records(actor, words, place)
            except Busy as problem:
                failed = str(problem.detail)
    context = {
        "words": words,
        "named": named or (place.unit.name if place else ""),
        "place": place,
        "ground": _ground(place) if place else [],
        "others": [{"words": one.words, "href": _address(words, one)} for one in others],
        "unknown": unknown,
        "cases": [{"case": one, "place": _where(one)} for one in found.cases],
        "older": found.next,
        "records": records,
        "failed": failed,
        "asked": bool(words or named or place),
        "later": bool(asked.get("after")),
        "keys": [("/", _("Tìm")), ("j", _("Dòng dưới")), ("k", _("Dòng trên"))],
    }
    return render(request, "desk/search.html", context)


def _place(asked: Any, named: str) -> tuple[Place | None, list[Place]]:
    """The place that is meant, and others of such a name. A chosen one must exist; one in words may be unknown."""
    code = asked.get("xa", "")
    if code:
        errors: dict[str, list[Any]] = {}
        on = days.read(asked.get("ban-do", ""), "ban-do", errors) or timezone.localdate()
        unit = territory.unit(code, on)
        if errors or unit is None:
            raise NotFound()
        return Place(unit, on), []
    if not named:
        return None, []
    found: dict[UnitRef, Place] = {}
    for since, until in reversed(territory.maps()):
        on = date.fromordinal(until.toordinal() - 1) if until else max(since, timezone.localdate())
        for unit in territory.find(named, on, MOST_PLACES):
            found.setdefault(unit, Place(unit, on))
    wanted = fold(named)
    ranked = sorted(
        (one for one in found.values() if all(word in fold(one.unit.name) for word in wanted.split())),
        key=lambda one: (not fold(one.unit.name).endswith(wanted), one.unit.until is not None),
    )
    return (ranked[0], ranked[1:MOST_PLACES]) if ranked else (None, [])


def _cases(actor: Actor, words: str, place: Place | None, after: str) -> CasePage:
    if place:
        return cases.cases_in(actor, place.unit.code, at=place.on, search=words, after=after)
    return cases.agency_cases(actor, search=words, after=after)


def _records(actor: Actor, words: str, place: Place | None) -> list[dict[str, Any]]:
    """The first records of each register, with the address of the whole list. The ground of an old commune is that of
    the communes of today that hold it."""
    today = timezone.localdate()
    units = territory.on_map(place.unit.code, place.on, today) if place else ()
    shown = []
    for ref in registers.registers_visible(actor):
        of = registers.definition(ref.register)
        order = of.newest_first
        for code in [unit.code for unit in units] if place else [""]:
            where = {"place": code} if code else {}
            try:
                found = registers.find(
                    actor, ref.register, where=where, search=words, order=order, limit=MOST_RECORDS, shows=of.in_display
                )
            except Invalid:
                continue
            if found.records:
                query = urlencode({name: value for name, value in (("q", words), ("xa", code)) if value})
                shown.append(
                    {
                        "ref": ref,
                        "lines": [_line(one) for one in found.records],
                        "more": bool(found.next),
                        "query": query,
                    }
                )
    return shown


def _line(record: Any) -> dict[str, Any]:
    place = territory.unit(record.unit, record.unit_on)
    return {"ref": record.ref, "words": record.display, "place": place.name if place else record.unit}


def _where(case: Any) -> str:
    unit = territory.unit(case.unit, timezone.localtime(case.submitted_at).date())
    return unit.name if unit else case.unit


def _ground(place: Place) -> list[str]:
    """The other units that are searched with a place: what came before and after it on its ground."""
    today = timezone.localdate()
    return [
        Place(unit, today).words
        for unit in territory.same_place(place.unit.code, place.on)
        if unit != place.unit and unit.is_commune
    ]


def _address(words: str, place: Place) -> str:
    query = {"xa": place.unit.code, "ban-do": place.on.isoformat()} | ({"q": words} if words else {})
    return f"?{urlencode(query)}"
