"""/ho-so/lien-thong/…: linked procedures that were applied for as one, with their parts and how each stands."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from tinhso.cases import queries as cases
from tinhso.kernel.policy import citizen, route

from . import states


@route(citizen)
def application(request: Any, application_id: UUID) -> HttpResponse:
    """One application: what is done, what runs, what waits for what."""
    found = cases.application(request.actor, application_id)
    parts = [(one, states.KINDS[one.status_code] if one.status_code else "wait") for one in found.parts]
    return render(request, "citizen/application.html", {"application": found, "parts": parts, "demo": found.demo})
