"""/ioc: the leaders' wall: targets, map, what is happening, the hours of a day played back."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tinhso.indicators import queries as indicators
from tinhso.indicators.queries import Period
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound
from tinhso.kernel.policy import may, route
from tinhso.territory import queries as territory

from . import asked, drawing

LEADERS = may("indicators.see")
RECENT = 9
OF_THE_DAY = "steering.applications"


@route(LEADERS)
def home(request: Any) -> HttpResponse:
    """The whole wall. `?ngay=2026-11-20` plays a day back, `&gio=14` stops it at that hour."""
    hours = _hours(request)
    drawn = _map_of_day(hours, asked.hour(request)) if asked.day(request, "ngay") else _map(request)
    return render(request, "ioc/home.html", _targets(request) | drawn | _now(request.actor) | hours)


@route(LEADERS)
def targets(request: Any) -> HttpResponse:
    return render(request, "ioc/targets.html", _targets(request))


@route(LEADERS)
def now(request: Any) -> HttpResponse:
    return render(request, "ioc/now.html", _now(request.actor))


@route(LEADERS)
def hours(request: Any) -> HttpResponse:
    return render(request, "ioc/hours.html", _hours(request))


def _targets(request: Any) -> dict[str, Any]:
    words, period = asked.period(request)
    standings = [asked.shown(standing, words) for standing in indicators.wall(request.actor, period)]
    return {"standings": standings, "asked": words, "period": period, "years": asked.years()}


def _chosen(request: Any) -> str:
    """The measure that the map shades: `?chi-tieu=`, else the first of the wall; "" where no pack has one."""
    names = [c.name for c in sorted(packs.in_force("indicator"), key=lambda c: c.model.wall or 1_000)]
    name = request.GET.get("chi-tieu", "")
    if name and name not in names:
        raise NotFound()
    return name or (names[0] if names else "")


def _drawable(day: date) -> date:
    """The day itself where its communes can be drawn, else today: its figures are carried to today's communes."""
    return day if territory.map_cells(day, asked.communes_level(day)) else timezone.localdate()


def _map(request: Any) -> dict[str, Any]:
    """A measure by commune over the period asked for."""
    chosen = _chosen(request)
    if not chosen:
        return {"drawing": None, "chosen": ""}
    words, period = asked.period(request)
    on = _drawable(asked.day(request, "ban-do") or timezone.localdate())
    values = indicators.by_unit(request.actor, chosen, period, on)
    drawn = drawing.draw(
        territory.map_cells(on, asked.communes_level(on)),
        {row.unit: None if row.value is None else float(row.value) for row in values},
    )
    return {
        "drawing": drawn,
        "chosen": chosen,
        "choices": [(c.name, str(c.model.name)) for c in packs.in_force("indicator") if c.model.wall],
        "unit_of_measure": str(packs.compiled("indicator", chosen).model.unit),
        "asked": words,
        "decimals": 0 if packs.compiled("indicator", chosen).model.operator != "share" else 1,
    }


def _map_of_day(hours: dict[str, Any], until: int | None) -> dict[str, Any]:
    """The map of a day played back: what each commune had by the end of hour `until` (the whole day where None)."""
    day = hours["day"]
    on = _drawable(day)
    whole: dict[str, list[float]] = {}
    for hour, counts in enumerate(hours["hourly"]):
        for unit, count in territory.translate(counts, day, on).values.items():
            whole.setdefault(unit, [0] * 24)[hour] = count
    last = 23 if until is None else until
    drawn = drawing.draw(
        territory.map_cells(on, asked.communes_level(on)),
        {unit: sum(counts[: last + 1]) for unit, counts in whole.items()},
        of={unit: sum(counts) for unit, counts in whole.items()},
    )
    return {
        "drawing": drawn,
        "chosen": OF_THE_DAY,
        "played": {"steps": drawn.steps if drawn else (), "units": whole},
        "until": until,
        "other_map": on != day,
        "unit_of_measure": str(packs.compiled("indicator", OF_THE_DAY).model.unit),
        "decimals": 0,
    }


def _now(actor: Actor) -> dict[str, Any]:
    """The newest rows of the wall's counts."""
    found: list[dict[str, Any]] = []
    today = timezone.localdate()
    month = Period(today.replace(day=1) - timedelta(days=31), today + timedelta(days=31))
    for measure in packs.in_force("indicator"):
        if measure.model.operator == "count" and measure.model.wall:
            rows = indicators.rows(actor, measure.name, month, limit=RECENT)
            found += [{"measure": str(measure.model.numerator.label), **asked.linked(row)} for row in rows]
    return {"recent": sorted(found, key=lambda row: row["at"], reverse=True)[:RECENT]}


def _hours(request: Any) -> dict[str, Any]:
    """The applications of a day (`?ngay=`, today unless said) by hour and commune."""
    today = timezone.localdate()
    day = asked.day(request, "ngay") or today
    known = OF_THE_DAY in packs.names("indicator")
    hourly: list[dict[str, int]] = (
        indicators.by_hour(request.actor, OF_THE_DAY, day) if known else [{} for _hour in range(24)]
    )
    totals = [sum(counts.values()) for counts in hourly]
    return {
        "hourly": hourly,
        "hours": [_bar(hour, total, max(totals) or 1) for hour, total in enumerate(totals)],
        "day": day,
        "today": day == today,
        "before": day - timedelta(days=1),
        "after_day": day + timedelta(days=1) if day < today else None,
        "day_total": sum(totals),
        "hours_of": str(packs.compiled("indicator", OF_THE_DAY).model.name) if known else "",
    }


def _bar(hour: int, count: int, most: int) -> dict[str, int]:
    """A bar of at most 80 units above the line of hours at 100."""
    height = round(80 * count / most)
    return {"hour": hour, "count": count, "height": height, "top": 100 - height, "label": 94 - height}
