"""/ioc/cham-diem: the score of each agency for leaders, from any figure to its cases."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from tinhso.indicators import queries as indicators
from tinhso.kernel.errors import NotFound
from tinhso.kernel.policy import may, route
from tinhso.portals import scores

from . import asked

PAGE_ROWS = 20


@route(may("indicators.see"))
def page(request: Any) -> HttpResponse:
    """The ranking, each agency a link to its card."""
    return render(request, "ioc/scores.html", scores.ranking(request))


@route(may("indicators.see"))
def agency(request: Any, agency_id: UUID) -> HttpResponse:
    """One agency's card: each numerator and denominator is a link to its rows."""
    score = scores.score_of(request)
    if score is None:
        raise NotFound()
    words, period = scores.period_of(request)
    card = indicators.score_card(score.name, agency_id, period)
    context = {"card": card, "asked": words, "year": period.start.year, "years": asked.years()}
    context["leads"] = request.actor.may("rating.follow")
    return render(request, "ioc/score.html", context)


@route(may("indicators.see"))
def rows(request: Any, agency_id: UUID, criterion: str) -> HttpResponse:
    """The rows behind one figure, each a link to its case (or, for who may follow ratings, to the rating)."""
    score = scores.score_of(request)
    if score is None:
        raise NotFound()
    words, period = scores.period_of(request)
    part = "denominator" if request.GET.get("phan") == "mau" else "numerator"
    card = indicators.score_card(score.name, agency_id, period)
    one = next((one for group in card.groups for one in group.criteria if one.name == criterion), None)
    found = indicators.score_rows(
        request.actor,
        score.name,
        criterion,
        agency_id,
        period,
        part=part,
        after=asked.cursor(request),
        limit=PAGE_ROWS + 1,
    )
    last = found[PAGE_ROWS - 1] if len(found) > PAGE_ROWS else None
    context = {
        "card": card,
        "criterion": one,
        "part": part,
        "rows": [_linked(request, row) for row in found[:PAGE_ROWS]],
        "older": f"{last.at.isoformat()}_{last.id}" if last else "",
        "asked": words,
    }
    return render(request, "ioc/score_rows.html", context)


def _linked(request: Any, row: Any) -> dict[str, Any]:
    shown = asked.linked(row)
    if row.source == "case_outcomes":
        shown["href"] = reverse("desk-case", args=[row.id])
    elif row.source == "ratings" and request.actor.may("rating.follow"):
        shown["href"] = reverse("desk-rating", args=[row.id])
    return shown
