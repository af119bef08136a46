"""What the addresses of /ioc ask for, and how a measure and its rows are shown on each page."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.indicators.contracts import Row, Standing
from tinhso.indicators.queries import Period
from tinhso.kernel import packs
from tinhso.kernel.errors import NotFound
from tinhso.territory import queries as territory

FIRST_YEAR = 2000
REFORM = date(2025, 7, 1)
"""The day of the two-level map: before it communes are level 3, from it level 2."""


def period(request: Any) -> tuple[str, Period]:
    """The period asked for: `?ky=2026` or `?ky=2026-11`; this year unless said. Raises NotFound."""
    asked = request.GET.get("ky", "")
    try:
        if len(asked) == 7:
            return asked, Period.month(date.fromisoformat(f"{asked}-01"))
        if asked:
            if int(asked) not in range(FIRST_YEAR, timezone.localdate().year + 1):
                raise NotFound()
            return asked, Period(date(int(asked), 1, 1), date(int(asked) + 1, 1, 1))
    except ValueError:
        raise NotFound() from None
    return "", Period.this_year()


def day(request: Any, name: str) -> date | None:
    """A day of the address, None where it names none. Raises NotFound."""
    try:
        return date.fromisoformat(request.GET[name]) if request.GET.get(name) else None
    except ValueError:
        raise NotFound() from None


def hour(request: Any) -> int | None:
    """An hour 0–23 of the address, None where it names none. Raises NotFound."""
    asked = request.GET.get("gio", "")
    if not asked:
        return None
    if not asked.isascii() or not asked.isdigit() or int(asked) > 23:
        raise NotFound()
    return int(asked)


def cursor(request: Any) -> tuple[datetime, UUID] | None:
    """The place in a list of rows: `?after=2026-11-24T08:00:00+00:00_0190…`. Raises NotFound."""
    moment, _bar, key = request.GET.get("after", "").partition("_")
    if not moment:
        return None
    try:
        return datetime.fromisoformat(moment.replace(" ", "+")), UUID(key)
    except ValueError:
        raise NotFound() from None


def years() -> list[int]:
    """The years that pages offer."""
    this = timezone.localdate().year
    return [this, this - 1, this - 2]


def communes_level(on: date) -> int:
    return 3 if on < REFORM else 2


def shown(standing: Standing, asked: str) -> dict[str, Any]:
    """A standing as the `stat` component takes it."""
    query = f"?ky={asked}" if asked else ""
    if standing.value is None:
        note = _("chưa có gì để tính trong kỳ")
    else:
        note = _("đến hết năm %(year)s") % {"year": standing.target_by} if standing.target_by else ""
    return {
        "standing": standing,
        "href": reverse("ioc-indicator", args=[standing.indicator]) + query,
        "series": [None if value is None else float(value) for _month, value in standing.series],
        "decimals": 0 if standing.denominator is None else 1,
        "kind": "" if standing.met is None else "done" if standing.met else "late",
        "note": note,
    }


def linked(row: Row) -> dict[str, Any]:
    """A row as pages show it: its commune by the name of its day, and where it is opened."""
    at = timezone.localtime(row.at)
    unit = territory.unit(row.unit, at.date())
    return {
        "id": row.id,
        "at": row.at,
        "whole_day": row.whole_day,
        "unit": unit.name if unit else row.unit,
        "href": _address(row),
    }


def _address(row: Row) -> str:
    """Where a row is shown: the case, or the record of its register."""
    if row.source == "cases":
        return reverse("desk-case", args=[row.id])
    names = {name.replace(".", "_").replace("-", "_"): name for name in packs.names("register")}
    return reverse("desk-record", args=[names[row.source], row.id]) if row.source in names else ""
