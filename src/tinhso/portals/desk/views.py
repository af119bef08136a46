"""Pages of /desk."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from tinhso.kernel.policy import officer, route


@route(officer)
def home(request: HttpRequest) -> HttpResponse:
    """The first page of the portal."""
    return render(request, "desk/home.html")
