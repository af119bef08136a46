"""The actor of a request."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tinhso.kernel.actor import NOBODY


class ActorMiddleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = NOBODY  # type: ignore[attr-defined]
        return self.get_response(request)
