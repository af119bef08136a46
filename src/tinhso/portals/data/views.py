"""Open data: what the province publishes."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tinhso.kernel import packs
from tinhso.kernel.policy import anyone, route


@route(anyone)
def home(request: HttpRequest) -> HttpResponse:
    """The datasets published. Publication is a decision that no engine takes yet, so there are none."""
    return render(request, "data/home.html", {"registers": [], "held": len(packs.names("register"))})
