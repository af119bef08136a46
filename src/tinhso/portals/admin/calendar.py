"""/admin/lich: the year of working days, and the days that the administrator sets."""

import calendar as weeks
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.kernel import calendar
from tinhso.kernel.calendar import services
from tinhso.kernel.errors import Invalid, NotFound
from tinhso.kernel.policy import may, route
from tinhso.portals import days

FIRST_YEAR, LAST_YEAR = 2000, 2100


@route(may("calendar.edit"))
def page(request: HttpRequest) -> HttpResponse:
    """A year with its holidays, moved days and the administrator's own."""
    typed = request.GET.get("nam") or str(timezone.localdate().year)
    if not (typed.isdecimal() and FIRST_YEAR <= int(typed) <= LAST_YEAR):
        raise NotFound()
    return _page(request, int(typed), {}, {})


@route(may("calendar.edit"))
@require_POST
def put(request: HttpRequest) -> HttpResponse:
    """Set a day."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    given = request.POST
    errors: dict[str, list[Any]] = {}
    day = days.read(given.get("day", ""), "day", errors)
    if day is None and not errors:
        errors["day"] = [_("Xin nhập ngày")]
    if given.get("works") not in {"yes", "no"}:
        errors["works"] = [_("Xin chọn nghỉ hay làm việc")]
    if not given.get("name", "").strip():
        errors["name"] = [_("Xin ghi tên ngày, ví dụ “Nghỉ bù Tết”")]
    if day and not errors:
        works = given["works"] == "yes"
        try:
            services.set_special_day(actor, day, works=works, name=given["name"], source=given.get("source", ""))
        except Invalid as error:
            errors = error.errors
        else:
            said = _("Ngày %(day)s là ngày làm việc.") if works else _("Ngày %(day)s là ngày nghỉ.")
            messages.success(request, said % {"day": days.typed(day)})
            return redirect(f"/admin/lich?nam={day.year}")
    year = int(given["year"]) if given.get("year", "").isdecimal() else timezone.localdate().year
    return _page(request, min(max(year, FIRST_YEAR), LAST_YEAR), given.dict(), errors)


@route(may("calendar.edit"))
@require_POST
def clear(request: HttpRequest, day: str) -> HttpResponse:
    """Let law and week decide on a day again."""
    errors: dict[str, list[Any]] = {}
    found = days.read(day, "day", errors)
    if found is None:
        raise NotFound()
    services.clear_special_day(request.actor, found)  # type: ignore[attr-defined]
    messages.success(request, _("Ngày %(day)s trở lại theo luật và theo tuần.") % {"day": days.typed(found)})
    return redirect(f"/admin/lich?nam={found.year}")


def _page(request: HttpRequest, year: int, given: dict[str, Any], errors: dict[str, list[Any]]) -> HttpResponse:
    special = calendar.days_of(year)
    by_day = {one.day: one for one in special}
    context = {
        "year": year,
        "months": [_month(year, month, by_day) for month in range(1, 13)],
        "special": special,
        "working": calendar.working_days_between(date(year - 1, 12, 31), date(year, 12, 31)),
        "before": year - 1 if year > FIRST_YEAR else None,
        "after": year + 1 if year < LAST_YEAR else None,
        "given": given,
        "errors": errors,
        "kinds": [("no", _("Nghỉ")), ("yes", _("Làm việc"))],
        "weekdays": [_("T2"), _("T3"), _("T4"), _("T5"), _("T6"), _("T7"), _("CN")],
    }
    return render(request, "admin/calendar.html", context, status=422 if errors else 200)


def _month(year: int, month: int, by_day: dict[date, calendar.Day]) -> dict[str, Any]:
    """A month as weeks from Monday on; a cell is None outside the month."""
    rows = []
    for week in weeks.Calendar().monthdatescalendar(year, month):
        rows.append([_cell(day, by_day.get(day)) if day.month == month else None for day in week])
    return {"name": _("Tháng %(month)s") % {"month": month}, "weeks": rows}


def _cell(day: date, special: calendar.Day | None) -> dict[str, Any]:
    kind = "weekend" if day.weekday() >= 5 else "plain"
    if special:
        kind = "worked" if special.works else "off"
    words = {"off": _("nghỉ"), "worked": _("làm việc"), "weekend": "", "plain": ""}[kind]
    return {"day": day.day, "kind": kind, "words": f"{words}: {special.name}" if special and special.name else words}
