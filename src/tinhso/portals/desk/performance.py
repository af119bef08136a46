"""/desk/tinh-hinh: how the agencies that somebody leads keep their terms, and the cases behind each figure."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.cases import queries as cases
from tinhso.cases.contracts import Progress
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound, Words
from tinhso.kernel.policy import may, route

from ..citizen.states import KINDS

LEADS = may("case.supervise")
FIRST_YEAR, LAST_YEAR = 2020, 2100


@route(LEADS)
def page(request: HttpRequest) -> HttpResponse:
    """Today's open, at-risk and late cases, and what was answered in a month."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    month = _month(request.GET.get("thang", ""))
    found = cases.performance(actor, month)
    words = kinds()
    this_month = timezone.localdate().replace(day=1)
    context = {
        "found": found,
        "month": _words(found.month),
        "today": _figures(found.total, cases.PERFORMANCE_KINDS[:4], found.month),
        "ended": _figures(found.total, cases.PERFORMANCE_KINDS[4:], found.month),
        "early_hours": settings.EARLY_HOURS,
        "columns": [words[kind] for kind in cases.PERFORMANCE_KINDS],
        "agencies": _rows(found.agencies, "co-quan", found.month),
        "procedures": _rows(found.procedures, "thu-tuc", found.month),
        "before": f"?thang={_before(found.month):%Y-%m}" if found.month > date(FIRST_YEAR, 1, 1) else "",
        "after": f"?thang={_next(found.month):%Y-%m}" if found.month < this_month else "",
    }
    return render(request, "desk/performance.html", context)


@route(LEADS)
def behind(request: HttpRequest) -> HttpResponse:
    """The cases that one figure counts."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    given = request.GET
    kind, month, words = given.get("loai", "open"), _month(given.get("thang", "")), kinds()
    if kind not in words:
        raise NotFound()
    try:
        agency = UUID(given["co-quan"]) if given.get("co-quan") else None
    except ValueError:
        raise NotFound() from None
    found = cases.performance_cases(
        actor, kind, month=month, agency=agency, procedure=given.get("thu-tuc", ""), after=given.get("after", "")  # type: ignore[arg-type]
    )  # fmt: skip
    context = {
        "kind": words[kind],
        "month": _words(month) if kind in cases.PERFORMANCE_KINDS[4:] else "",
        "rows": [{"case": one, "kind": KINDS[one.status_code]} for one in found.cases],
        "older": found.next,
        "back": f"{reverse('desk-performance')}?thang={month:%Y-%m}",
        "demo": any(one.demo for one in found.cases),
    }
    return render(request, "desk/performance_cases.html", context)


def kinds() -> dict[str, Words]:
    """What each figure is called, and the list behind it."""
    return {
        "open": _("Đang giải quyết"),
        "at-risk": _("Nguy cơ trễ"),
        "late": _("Quá hạn"),
        "paused": _("Tạm dừng"),
        "early": _("Xong sớm hạn"),
        "on-time": _("Xong đúng hạn"),
        "ended-late": _("Xong trễ hạn"),
    }


def _figures(one: Progress, wanted: Iterable[str], month: date, **more: str) -> list[dict[str, Any]]:
    words = kinds()
    return [
        {
            "kind": kind,
            "label": words[kind],
            "value": (value := getattr(one, kind.replace("-", "_"))),
            "href": _address(kind, month, **more) if value else "",
        }
        for kind in wanted
    ]


def _rows(found: Iterable[Progress], key: str, month: date) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name,
            "cells": _figures(one, cases.PERFORMANCE_KINDS, month, **{key: one.key}),
            "percent": one.in_time_percent,
        }
        for one in found
    ]


def _address(kind: str, month: date, **more: str) -> str:
    return f"{reverse('desk-performance-cases')}?{urlencode({'loai': kind, 'thang': f'{month:%Y-%m}'} | more)}"


def _month(typed: str) -> date:
    """The first day of the month in the address ("2026-11"); this month for none. NotFound for what is no month."""
    if not typed:
        return timezone.localdate().replace(day=1)
    try:
        month = date.fromisoformat(f"{typed}-01")
    except ValueError:
        raise NotFound() from None
    if not FIRST_YEAR <= month.year <= LAST_YEAR:
        raise NotFound()
    return month


def _words(month: date) -> str:
    return _("tháng %(month)s/%(year)s") % {"month": month.month, "year": month.year}


def _next(month: date) -> date:
    return month.replace(year=month.year + month.month // 12, month=month.month % 12 + 1)


def _before(month: date) -> date:
    return month.replace(year=month.year - (month.month == 1), month=(month.month - 2) % 12 + 1)
