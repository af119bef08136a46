"""Pages of /ioc: the leaders' wall, and a measure with the rows behind it."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.indicators import queries as indicators
from tinhso.indicators.contracts import Row, Standing, UnitValue
from tinhso.indicators.queries import Period
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound
from tinhso.kernel.policy import may, route
from tinhso.territory import queries as territory
from tinhso.territory.contracts import HOW

from . import drawing

LEADERS = may("indicators.see")
PAGE_ROWS = 50
RECENT = 9
REFORM = date(2025, 7, 1)


def _period(request: Any) -> tuple[str, Period]:
    """The period asked for: `?ky=2026` or `?ky=2026-11`; this year unless said."""
    asked = request.GET.get("ky", "")
    try:
        if len(asked) == 7:
            return asked, Period.month(date.fromisoformat(f"{asked}-01"))
        if asked:
            return asked, Period(date(int(asked), 1, 1), date(int(asked) + 1, 1, 1))
    except ValueError:
        raise NotFound() from None
    return "", Period.this_year()


def _day(request: Any, name: str, otherwise: date) -> date:
    try:
        return date.fromisoformat(request.GET.get(name, "")) if request.GET.get(name) else otherwise
    except ValueError:
        raise NotFound() from None


@route(LEADERS)
def home(request: Any) -> HttpResponse:
    """The wall: targets, map, what is happening, the day."""
    return render(request, "ioc/home.html", _wall(request) | _map(request) | _now(request.actor) | _hours(request))


@route(LEADERS)
def targets(request: Any) -> HttpResponse:
    return render(request, "ioc/targets.html", _wall(request))


@route(LEADERS)
def province(request: Any) -> HttpResponse:
    return render(request, "ioc/map.html", _map(request))


@route(LEADERS)
def now(request: Any) -> HttpResponse:
    return render(request, "ioc/now.html", _now(request.actor))


@route(LEADERS)
def hours(request: Any) -> HttpResponse:
    return render(request, "ioc/hours.html", _hours(request))


def _wall(request: Any) -> dict[str, Any]:
    asked, period = _period(request)
    standings = [_shown(s, asked) for s in indicators.wall(request.actor, period)]
    return {"standings": standings, "asked": asked, "period": period, "years": _years(), "demo": True}


def _years() -> list[int]:
    this = timezone.localdate().year
    return [this, this - 1, this - 2]


def _shown(standing: Standing, asked: str) -> dict[str, Any]:
    query = f"?ky={asked}" if asked else ""
    return {
        "standing": standing,
        "href": reverse("ioc-indicator", args=[standing.indicator]) + query,
        "series": [None if value is None else float(value) for _month, value in standing.series],
        "decimals": 0 if standing.denominator is None else 1,
        "kind": "" if standing.met is None else "done" if standing.met else "late",
        "note": _("đến hết năm %(year)s") % {"year": standing.target_by} if standing.target_by else "",
    }


def _chosen(request: Any) -> str:
    """The measure that the map shades: `?chi-tieu=`, else the first of the wall."""
    names = [c.name for c in sorted(packs.in_force("indicator"), key=lambda c: c.model.wall or 1_000)]
    asked = request.GET.get("chi-tieu", "")
    if asked and asked not in names:
        raise NotFound()
    return asked or (names[0] if names else "")


def _map(request: Any) -> dict[str, Any]:
    chosen = _chosen(request)
    if not chosen:
        return {"drawing": None, "chosen": ""}
    asked, period = _period(request)
    on = _day(request, "ban-do", timezone.localdate())
    rows = indicators.by_unit(request.actor, chosen, period, on)
    level = 3 if on < REFORM else 2
    drawn = drawing.draw(
        territory.map_cells(on, level),
        {row.unit: None if row.value is None else float(row.value) for row in rows},
        {row.unit: row.how for row in rows if row.how not in ("", "full")},
    )
    choices = [(c.name, str(c.model.name)) for c in packs.in_force("indicator") if c.model.wall]
    return {
        "drawing": drawn,
        "chosen": chosen,
        "choices": choices,
        "unit_values": rows,
        "on": on,
        "unit_of_measure": str(packs.compiled("indicator", chosen).model.unit),
        "asked": asked,
    }


def _now(actor: Actor) -> dict[str, Any]:
    """The newest rows of the wall's counts."""
    found: list[dict[str, Any]] = []
    month = Period(timezone.localdate().replace(day=1) - timedelta(days=31), timezone.localdate() + timedelta(days=31))
    for measure in packs.in_force("indicator"):
        if measure.model.operator == "count" and measure.model.wall:
            rows = indicators.rows(actor, measure.name, month, limit=RECENT)
            found += [{"measure": str(measure.model.numerator.label), **_linked(row)} for row in rows]
    return {"recent": sorted(found, key=lambda row: row["at"], reverse=True)[:RECENT]}


def _hours(request: Any) -> dict[str, Any]:
    day = _day(request, "ngay", timezone.localdate())
    counted = [c.name for c in packs.in_force("indicator") if c.model.wall and "cases" in c.model.views()]
    name = "steering.applications" if "steering.applications" in counted else (counted[0] if counted else "")
    hourly = indicators.by_hour(request.actor, name, day) if name else [{} for _hour in range(24)]
    totals = [sum(hour.values()) for hour in hourly]
    most = max(totals) or 1
    return {
        "hours": [_bar(n, total, most) for n, total in enumerate(totals)],
        "day": day,
        "before": day - timedelta(days=1),
        "after_day": day + timedelta(days=1) if day < timezone.localdate() else None,
        "day_total": sum(totals),
        "hours_of": str(packs.compiled("indicator", name).model.name) if name else "",
    }


def _bar(hour: int, count: int, most: int) -> dict[str, int]:
    """A bar of at most 80 units above the line of hours at 100."""
    height = round(80 * count / most)
    return {"hour": hour, "count": count, "height": height, "top": 100 - height, "label": 94 - height}


def _linked(row: Row) -> dict[str, Any]:
    unit = territory.unit(row.unit, timezone.localtime(row.at).date())
    return {"id": row.id, "at": row.at, "unit": unit.name if unit else row.unit, "href": _address(row)}


def _address(row: Row) -> str:
    """Where a row is shown: the case, or the record of its register."""
    if row.source == "cases":
        return f"/desk/ho-so/{row.id}"
    names = {name.replace(".", "_").replace("-", "_"): name for name in packs.names("register")}
    return f"/desk/so/{names[row.source]}/{row.id}" if row.source in names else ""


def _communes(values: list[UnitValue]) -> list[dict[str, Any]]:
    """The values by commune with the words of how they came over a reform ("" where they did not have to)."""
    return [
        {"unit": v.unit, "name": v.name, "value": v.value, "how_words": HOW.get(v.how, "") if v.how else ""}
        for v in values
    ]


def _cursor(text: str) -> tuple[datetime, UUID] | None:
    """The place in a list: "2026-11-24T08:00:00+00:00_0190…"."""
    if not text:
        return None
    moment, _bar, key = text.partition("_")
    try:
        return datetime.fromisoformat(moment.replace(" ", "+")), UUID(key)
    except ValueError:
        raise NotFound() from None


@route(LEADERS)
def indicator(request: Any, name: str) -> HttpResponse:
    """A measure: what it says, how it came here, the rows that it counts, cut to a commune where asked (`?xa=`)."""
    asked, period = _period(request)
    part = "denominator" if request.GET.get("phan") == "mau" else "numerator"
    standing = indicators.standing(request.actor, name, period)
    code = request.GET.get("xa", "")
    on = _day(request, "ban-do", timezone.localdate())
    unit = territory.unit(code, on) if code else None
    if code and unit is None:
        raise NotFound()
    # Rows carry the commune of their own day, so a commune of today is asked for with all that it came from.
    codes = sorted({u.code for u in territory.same_place(code, on)}) if unit else []
    rows = indicators.rows(
        request.actor,
        name,
        period,
        part=part,
        units=codes,
        after=_cursor(request.GET.get("after", "")),
        limit=PAGE_ROWS + 1,
    )
    last = rows[PAGE_ROWS - 1] if len(rows) > PAGE_ROWS else None
    context = {
        "shown": _shown(standing, asked),
        "standing": standing,
        "months": standing.series,
        "rows": [_linked(row) for row in rows[:PAGE_ROWS]],
        "older": f"{last.at.isoformat()}_{last.id}" if last else "",
        "part": part,
        "unit": unit,
        "asked": asked,
        "years": _years(),
        "communes": _communes(indicators.by_unit(request.actor, name, period, on)) if not unit else [],
        "on": on,
        "reform": REFORM,
        "demo": True,
    }
    return render(request, "ioc/indicator.html", context)
