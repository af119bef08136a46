"""/desk/ho-so/…/hen-lai: the letter of apology, with the new date that the officer promises."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.contracts import CaseView
from tinhso.kernel import calendar
from tinhso.kernel.errors import Conflict, Invalid, NotFound
from tinhso.kernel.policy import officer, route

from .. import days

MOST_WORDS = 2_000


@route(officer)
def redate(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The form of the letter, and sending it. What is wrong comes back as it was typed."""
    found = cases.case(request.actor, case_id)  # type: ignore[attr-defined]
    if request.method != "POST":
        if not found.may_redate:
            raise NotFound()
        return _page(request, found, days.typed(_proposed(found)), "", {})
    typed, reason = request.POST.get("until", "").strip(), request.POST.get("reason", "")[:MOST_WORDS]
    errors: dict[str, Any] = {}
    until = days.read(typed, "until", errors)
    if not errors:
        try:
            services.redate(request.actor, case_id, until, reason)  # type: ignore[attr-defined]
        except Invalid as error:
            errors = dict(error.errors)
        except Conflict as problem:
            messages.warning(request, f"{problem.title}. {problem.detail}")
            return redirect("desk-case", case_id)
        else:
            messages.success(request, _("Đã xin lỗi người nộp và hẹn trả ngày %(day)s.") % {"day": days.typed(until)})
            return redirect("desk-case", case_id)
    return _page(request, found, typed, reason, errors)


def _proposed(found: CaseView) -> date:
    """The day that stands in the box at first: the working day after the promise, or after today where that is past."""
    promised = timezone.localdate(found.due_at) if found.due_at else timezone.localdate()
    return calendar.next_working_day(max(promised, timezone.localdate()))


def _page(request: HttpRequest, found: CaseView, until: str, reason: str, errors: dict[str, Any]) -> HttpResponse:
    context = {"case": found, "until": until, "reason": reason, "errors": errors, "demo": found.demo}
    return render(request, "desk/case_redate.html", context, status=422 if errors else 200)
