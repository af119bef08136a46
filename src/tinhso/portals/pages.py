"""What belongs to no portal alone: the language, the error pages that Django asks for."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as django_set_language

from tinhso.kernel.errors import NotFound, Problem
from tinhso.kernel.policy import anyone, route
from tinhso.kernel.web import answer


@route(anyone)
@require_POST
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the chosen language in a cookie and return to the page (`next`)."""
    return django_set_language(request)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    return answer(request, NotFound())


def broken(request: HttpRequest) -> HttpResponse:
    return answer(request, Problem())
