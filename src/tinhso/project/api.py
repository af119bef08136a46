"""The one API of the platform: the engines' routers under /api/v1, its description at /api/openapi.json."""

import inspect
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError

from tinhso.kernel.errors import Invalid, Problem
from tinhso.kernel.policy import Rule, anyone, route
from tinhso.kernel.web import answer
from tinhso.registers.api import router as registers

api = NinjaAPI(
    title="Tỉnh Số",
    version="1",
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    description="Every answer that is not the one asked for is a problem document (RFC 9457).",
)
api.add_router("/registers", registers)


@api.exception_handler(Problem)
def problem(request: HttpRequest, error: Problem) -> HttpResponse:
    return answer(request, error)


@api.exception_handler(ValidationError)
def invalid(request: HttpRequest, error: ValidationError) -> HttpResponse:
    """What pydantic refuses, by the path that the client sent: "values.name", not "body.new.values.name"."""
    places = {"body", "query", "path", "header"}
    errors: dict[str, list[str]] = {}
    for found in error.errors:
        where = [str(part) for part in found["loc"]]
        if where and where[0] in places:
            where = where[2:] if where[0] == "body" and len(where) > 1 else where[1:]
        errors.setdefault(".".join(where), []).append(str(found["msg"]))
    return answer(request, Invalid(errors))


@api.exception_handler(HttpError)
def refused(request: HttpRequest, error: HttpError) -> HttpResponse:
    found = Problem(str(error))
    found.status = error.status_code
    return answer(request, found)


@route(anyone)
def openapi(request: HttpRequest) -> HttpResponse:
    """The description of the whole API."""
    return JsonResponse(api.get_openapi_schema(path_prefix="/api/v1/"), json_dumps_params={"ensure_ascii": False})


def patterns() -> list[URLPattern]:
    """The API's addresses. Each carries the rules of its operations: `policies`, and the widest as `policy`."""
    found: list[URLPattern] = []
    for pattern in api.urls[0]:
        if not isinstance(pattern, URLPattern) or not inspect.isfunction(pattern.callback):
            continue  # ninja's own empty root
        operations = inspect.getclosurevars(pattern.callback).nonlocals["self"].operations
        rules: list[Rule] = [operation.view_func.policy for operation in operations]
        callback: Any = pattern.callback
        callback.policies = rules
        callback.policy = min(rules, key=lambda rule: rule.assurance)
        found.append(pattern)
    return found
