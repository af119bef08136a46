"""/desk/so/<register>/chat-luong: how good the records are, by rule and by commune, and which of them break a rule."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Busy, NotFound
from tinhso.kernel.policy import may, route
from tinhso.registers import queries as registers
from tinhso.registers.contracts import QualityReport
from tinhso.territory import queries as territory

PAGE_ROWS = 25


@route(may("registers.see"))
def page(request: HttpRequest, register: str) -> HttpResponse:
    """The score by rule and by commune; with `?xa=` of one commune."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    of = registers.definition(register)
    unit, place = _place(request)
    report, failed = None, ""
    try:
        report = registers.quality(actor, register, unit)
    except Busy as error:
        failed = str(error.detail)
    context = {
        "register": register,
        "of": of.definition,
        "report": report,
        "failed": failed,
        "score": _percent(report.score) if report else None,
        "rules": [(rule, _percent(rule.share)) for rule in report.rules] if report else [],
        "units": _units(report) if report and not unit else [],
        "unit": unit,
        "place": place,
    }
    return render(request, "desk/quality.html", context, status=503 if failed else 200)


@route(may("registers.see"))
def rule(request: HttpRequest, register: str, rule: str) -> HttpResponse:
    """The records that break one rule, newest first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    of = registers.definition(register)
    unit, place = _place(request)
    found = registers.faulty(actor, register, rule, unit=unit, after=request.GET.get("after", ""), limit=PAGE_ROWS)
    names = [name for name in of.definition.shown if name in registers.readable(actor, of)]
    words = registers.in_words(of, found.records, names)
    rows = []
    for record, cells in zip(found.records, words, strict=True):
        where = territory.unit(record.unit, record.unit_on)
        rows.append(
            {"record": record, "cells": [cells[n] for n in names], "place": where.name if where else record.unit}
        )
    context = {
        "register": register,
        "of": of.definition,
        "rule": next(one for one in of.definition.quality if one.name == rule),
        "columns": [of.fields[name].spec.words for name in names],
        "rows": rows,
        "placed": of.definition.unit not in names,
        "older": found.next,
        "unit": unit,
        "place": place,
    }
    return render(request, "desk/quality_rule.html", context)


def _place(request: HttpRequest) -> tuple[str, str]:
    """The unit that the address asks for, and its name; "" for all. Raises NotFound for one that is not there."""
    code = request.GET.get("xa", "")
    place = territory.unit(code) if code else None
    if code and place is None:
        raise NotFound()
    return code, place.name if place else ""


def _units(report: QualityReport) -> list[dict[str, Any]]:
    """The communes, those with the most faults first, each with its faults by rule."""
    judged = [rule for rule in report.rules if not rule.unknown]
    return [
        {
            "unit": one,
            "score": _percent(one.score),
            "faults": [{"rule": r.name, "label": r.label, "n": one.rules[r.name][1]} for r in judged],
        }
        for one in report.units
    ]


def _percent(share: float | None) -> float | None:
    return None if share is None else share * 100
