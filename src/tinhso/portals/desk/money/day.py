"""The end of a day, to look at, to print, to take away."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from tinhso.kernel.policy import may, route
from tinhso.payments import queries as payments
from tinhso.payments.contracts import DayReport

from ... import days
from .lists import frame


def _report(request: HttpRequest, errors: dict[str, list[object]]) -> DayReport:
    today = timezone.localdate()
    day = days.read(request.GET.get("ngay", ""), "ngay", errors) or today
    return payments.day_report(request.actor, min(day, today))  # type: ignore[attr-defined]


@route(may("payment.see"))
def day(request: HttpRequest) -> HttpResponse:
    """Balances by method, account and agency; revenue by budget item; every difference by its name."""
    errors: dict[str, list[object]] = {}
    report = _report(request, errors)
    typed = request.GET.get("ngay", "") if errors else days.typed(report.day)
    context = frame(request.actor, "desk-money-day") | {  # type: ignore[attr-defined]
        "report": report, "typed": typed, "errors": errors,
    }  # fmt: skip
    return render(request, "desk/money_day.html", context, status=422 if errors else 200)


@route(may("payment.see"))
def table(request: HttpRequest) -> HttpResponse:
    """The same as CSV."""
    report = _report(request, {})
    name = f"thu-phi-{report.day.isoformat()}.csv"
    return HttpResponse(
        payments.days_csv(report),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "private, no-store"},
    )
