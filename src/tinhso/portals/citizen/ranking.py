"""/xep-hang: how agencies serve, ranked; open to everybody, and what it is computed from."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tinhso.indicators import queries as indicators
from tinhso.kernel.errors import NotFound
from tinhso.kernel.policy import anyone, route
from tinhso.portals import scores


@route(anyone)
def page(request: HttpRequest) -> HttpResponse:
    """The ranking of a year."""
    return render(request, "citizen/ranking.html", scores.ranking(request))


@route(anyone)
def agency(request: HttpRequest, agency_id: UUID) -> HttpResponse:
    """One agency, criterion by criterion."""
    score = scores.score_of(request)
    if score is None:
        raise NotFound()
    words, period = scores.period_of(request)
    card = indicators.score_card(score.name, agency_id, period)
    return render(request, "citizen/ranked.html", {"card": card, "asked": words, "year": period.start.year})
