"""/admin/don-vi: the units of each map, one unit with what it came from and became, and what a reform did."""

from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tinhso.kernel.errors import NotFound
from tinhso.kernel.policy import may, route
from tinhso.kernel.text import fold
from tinhso.portals import days
from tinhso.territory import queries as territory
from tinhso.territory.contracts import UnitRef

KINDS = {
    "province": gettext_lazy("Tỉnh"),
    "city": gettext_lazy("Thành phố"),
    "district": gettext_lazy("Huyện"),
    "ward": gettext_lazy("Phường"),
    "townlet": gettext_lazy("Thị trấn"),
    "commune": gettext_lazy("Xã"),
}


@route(may("territory.edit"))
def page(request: HttpRequest) -> HttpResponse:
    """The units of one map (`?ngay=` a day on it; today), grouped by what they stand under, or those found by words."""
    errors: dict[str, list[Any]] = {}
    typed = request.GET.get("ngay", "")
    day = days.read(typed, "ngay", errors) or timezone.localdate()
    words = request.GET.get("q", "")
    wanted = fold(words).split()
    units = [u for u in territory.units(at=day) if all(word in f"{fold(u.name)} {u.code}" for word in wanted)]
    groups: dict[str, list[UnitRef]] = {}
    for unit in units:
        groups.setdefault(unit.parent if unit.level > 1 else "", []).append(unit)
    names = {u.code: u.name for u in territory.units(at=day)}
    context = {
        "groups": [
            {"name": names.get(parent, "") or _("Tỉnh"), "units": [_shown(u) for u in found]}
            for parent, found in sorted(groups.items(), key=lambda pair: pair[0])
        ],
        "count": len(units),
        "communes": sum(1 for unit in units if unit.is_commune),
        "search": words,
        "day": day,
        "day_typed": typed,
        "errors": errors,
        "maps": [_map(since, until, day) for since, until in territory.maps()],
        "reforms": territory.reforms(),
        "drawn": territory.boundaries_known(day),
    }
    return render(request, "admin/units.html", context, status=422 if errors else 200)


@route(may("territory.edit"))
def unit(request: HttpRequest, code: str) -> HttpResponse:
    """One unit on a day (`?ngay=`; today), else the last that bore the code."""
    errors: dict[str, list[Any]] = {}
    day = days.read(request.GET.get("ngay", ""), "ngay", errors)
    if errors:
        raise NotFound()
    found = territory.unit(code, day) if day else territory.unit(code) or territory.last(code)
    if found is None:
        raise NotFound()
    on = day or (timezone.localdate() if found.holds_on(timezone.localdate()) else _eve(found.until))
    context = {
        "unit": _shown(found),
        "back_href": "/admin/don-vi" + (f"?ngay={on}" if found.until else ""),
        "day": on,
        "above": [_shown(u) for u in territory.ancestors(code, on)],
        "below": [_shown(u) for u in territory.children(code, on)],
        "before": [_shown(u) for u in territory.predecessors(code, on)],
        "after": [_shown(u) for u in territory.successors(code, on)],
        "places": [_shown(u) for u in territory.same_place(code, on)],
    }
    return render(request, "admin/unit.html", context)


@route(may("territory.edit"))
def reform(request: HttpRequest, on: str) -> HttpResponse:
    """What a reform made of what: each new unit with the old ones that went into it, and their shares."""
    errors: dict[str, list[Any]] = {}
    day = days.read(on, "on", errors)
    if day is None or day not in territory.reforms():
        raise NotFound()
    words = request.GET.get("q", "")
    wanted = fold(words).split()
    rows: dict[str, list[dict[str, Any]]] = {}
    shares = territory.shares(day)
    for share in shares:
        old = territory.unit(share.old, _eve(day))
        if old:
            rows.setdefault(share.new, []).append(
                {
                    **_shown(old),
                    "commune": old.is_commune,
                    "share": share.share * 100,
                    "whole": share.share == 1,
                }
            )
    shown = []
    for code, olds in rows.items():
        new = territory.unit(code, day)
        said = fold(" ".join([new.name if new else code, *(old["name"] for old in olds)]))
        if new and all(word in said for word in wanted):
            shown.append({"new": _shown(new), "olds": sorted(olds, key=lambda old: old["name"])})
    context = {
        "on": day,
        "eve": _eve(day),
        "rows": sorted(shown, key=lambda row: row["new"]["name"]),
        "old_count": sum(old["commune"] for olds in rows.values() for old in olds),
        "new_count": sum(1 for olds in rows.values() if any(old["commune"] for old in olds)),
        "divided": sum(1 for share in shares if share.share != 1),
        "search": words,
    }
    return render(request, "admin/reform.html", context)


def _shown(unit: UnitRef) -> dict[str, Any]:
    """A unit as pages show it; `since` is None where the facts do not say."""
    last = _eve(unit.until) if unit.until else None
    return {
        "code": unit.code,
        "name": unit.name,
        "kind": KINDS.get(unit.kind, unit.kind),
        "since": None if unit.since == date.min else unit.since,
        "until": unit.until,
        "area": unit.area_km2,
        "population": unit.population,
        "href": f"/admin/don-vi/{unit.code}" + (f"?ngay={last}" if last else ""),
    }


def _map(since: date, until: date | None, day: date) -> dict[str, Any]:
    start = None if since == date.min else since
    if start and until:
        words = _("%(since)s – %(until)s") % {"since": days.typed(start), "until": days.typed(_eve(until))}
    elif until:
        words = _("đến %(until)s") % {"until": days.typed(_eve(until))}
    else:
        words = _("từ %(since)s đến nay") % {"since": days.typed(start)}
    return {
        "words": words,
        "href": f"?ngay={_eve(until)}" if until else "?",
        "here": since <= day and (until is None or day < until),
    }


def _eve(day: date | None) -> date:
    return date.fromordinal((day or timezone.localdate()).toordinal() - 1)
