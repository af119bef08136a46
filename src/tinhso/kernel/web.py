"""The kernel at the door: request ids, problems turned into answers, health."""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import BadRequest, PermissionDenied, RequestDataTooBig, SuspiciousOperation
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.multipartparser import MultiPartParserError
from django.shortcuts import render

from .errors import Forbidden, NotFound, Problem, SignInNeeded, TooLarge, Unreadable
from .ids import uuid7
from .policy import anyone, route

log = structlog.get_logger()
Next = Callable[[HttpRequest], HttpResponse]


class RequestId:
    """Give each request an id that audit, logs and the error page share."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.request_id = str(uuid7())  # type: ignore[attr-defined]
        response = self.get_response(request)
        response["X-Request-Id"] = request.request_id  # type: ignore[attr-defined]
        return response


class Problems:
    """Turn what services refuse into a page or a problem document; turn the unforeseen into a plain 500."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, Http404):
            error = NotFound()
        elif isinstance(error, PermissionDenied):
            error = Forbidden()
        elif isinstance(error, RequestDataTooBig):
            error = TooLarge()
        elif isinstance(error, BadRequest | MultiPartParserError | SuspiciousOperation):
            error = Unreadable()
        if not isinstance(error, Problem):
            log.exception("request failed", path=request.path, request=getattr(request, "request_id", ""))
            if settings.DEBUG:
                return None
            error = Problem()
        return answer(request, error)


def answer(request: HttpRequest, problem: Problem) -> HttpResponse:
    """The problem as the client can read it: JSON for an API, the sign-in page or an error page for a browser."""
    if request.path.startswith("/api/") or "text/html" not in request.headers.get("Accept", "text/html"):
        body = problem.document() | {"instance": f"urn:uuid:{getattr(request, 'request_id', '')}"}
        return JsonResponse(body, status=problem.status, content_type="application/problem+json")
    if isinstance(problem, SignInNeeded):
        return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)
    return render(request, "problem.html", {"problem": problem}, status=problem.status)


@route(anyone)
def live(request: HttpRequest) -> HttpResponse:
    """The process answers."""
    return HttpResponse("ok\n", content_type="text/plain")


@route(anyone)
def ready(request: HttpRequest) -> HttpResponse:
    """The process can serve: the database answers and its schema is there."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1 FROM kernel_pack LIMIT 1")
    return HttpResponse("ready\n", content_type="text/plain")
