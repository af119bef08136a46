"""/ioc/chi-tieu/<name>: what a measure says, how it came here, the rows that it counts, and its communes."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tinhso.indicators import queries as indicators
from tinhso.indicators.contracts import UnitValue
from tinhso.kernel.errors import NotFound
from tinhso.kernel.policy import may, route
from tinhso.territory import queries as territory
from tinhso.territory.contracts import HOW

from . import asked

PAGE_ROWS = 20


@route(may("indicators.see"))
def measure(request: Any, name: str) -> HttpResponse:
    """The whole province, or a commune where the address names one (`?xa=`)."""
    words, period = asked.period(request)
    part = "denominator" if request.GET.get("phan") == "mau" else "numerator"
    standing = indicators.standing(request.actor, name, period)
    on = asked.day(request, "ban-do") or timezone.localdate()
    code = request.GET.get("xa", "")
    unit = territory.unit(code, on) if code else None
    if code and unit is None:
        raise NotFound()
    # Rows carry the commune of their own day, so a commune of today is asked for with all that it came from.
    codes = sorted({place.code for place in territory.same_place(code, on)}) if unit else []
    rows = indicators.rows(
        request.actor,
        name,
        period,
        part=part,
        units=codes,
        after=asked.cursor(request),
        limit=PAGE_ROWS + 1,
    )
    last = rows[PAGE_ROWS - 1] if len(rows) > PAGE_ROWS else None
    communes = [] if unit else [_commune(v) for v in indicators.by_unit(request.actor, name, period, on)]
    context = {
        "shown": asked.shown(standing, words),
        "standing": standing,
        "rows": [asked.linked(row) for row in rows[:PAGE_ROWS]],
        "older": f"{last.at.isoformat()}_{last.id}" if last else "",
        "part": part,
        "numerator_href": f"?phan=tu&ky={words}#rows",
        "denominator_href": f"?phan=mau&ky={words}#rows",
        "unit": unit,
        "asked": words,
        "years": asked.years(),
        "year": period.start.year,
        "communes": communes,
        "moved": any(commune["how"] for commune in communes),
        "on": on,
        "reform": asked.REFORM,
    }
    return render(request, "ioc/measure.html", context)


def _commune(value: UnitValue) -> dict[str, Any]:
    """A commune's value; `how` in words only where a reform divided or shared what it counts."""
    return {
        "unit": value.unit,
        "name": value.name,
        "value": value.value,
        "how": HOW.get(value.how, "") if value.how not in ("", "full") else "",
    }
