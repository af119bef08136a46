"""The one API of the platform: the engines' routers under /api/v1, its description at /api/openapi.json."""

import inspect
import json
from collections.abc import Callable, Collection
from functools import lru_cache, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import URLPattern
from django.views.decorators.csrf import csrf_exempt
from ninja import NinjaAPI
from ninja.errors import HttpError, ValidationError
from ninja.parser import Parser

from tinhso.kernel.errors import Invalid, NotAllowed, Problem, Unreadable
from tinhso.kernel.policy import Rule, anyone, route
from tinhso.kernel.web import answer
from tinhso.registers.api import router as registers
from tinhso.registers.api.description import specialised
from tinhso.registers.api.door import reader


class JsonParser(Parser):
    """JSON as RFC 8259 has it: Python would also read NaN and Infinity."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(request.body, parse_constant=_no_number)


def _no_number(name: str) -> Any:
    raise ValueError(f"{name} is no JSON")


api = NinjaAPI(
    title="Tỉnh Số",
    version="1",
    urls_namespace="api",
    openapi_url=None,
    docs_url=None,
    parser=JsonParser(),
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
    """What ninja refuses by itself: a body that is no JSON."""
    if error.status_code == Unreadable.status:
        return answer(request, Unreadable())
    found = Problem(str(error))
    found.status = error.status_code
    return answer(request, found)


def door(view: Callable[..., HttpResponse], methods: Collection[str]) -> Callable[..., HttpResponse]:
    """The view behind one address: other methods are refused with a problem document, and a body that is too large
    before ninja reads it, which would take it for one that is no JSON."""

    @csrf_exempt  # ninja's: who comes by cookie is asked for the token by `Session`
    @wraps(view)
    def opened(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method not in methods:
            refusal = answer(request, NotAllowed())
            refusal["Allow"] = ", ".join(sorted(methods))
            return refusal
        assert request.body is not None  # raises RequestDataTooBig, which is answered with 413
        return view(request, *args, **kwargs)

    return opened


@lru_cache(maxsize=1)
def document() -> str:
    """The description of the whole API (OpenAPI 3.1), as docs/openapi.json keeps it."""
    described = api.get_openapi_schema(path_prefix="/api/v1/")
    for operations in described["paths"].values():
        for operation in operations.values():
            for status, said in operation["responses"].items():
                if int(status) >= 400:
                    said["content"] = {"application/problem+json": said["content"].pop("application/json")}
    return json.dumps(described, ensure_ascii=False, indent=1, default=str)


@route(anyone)
def _openapi(request: HttpRequest) -> HttpResponse:
    """The description of the whole API."""
    return HttpResponse(document(), content_type="application/json")


@route(reader)
def _openapi_of_register(request: HttpRequest, name: str) -> HttpResponse:
    """The description of one register's API, with the values that the reader may send and read."""
    described = specialised(json.loads(document()), request.actor, name)  # type: ignore[attr-defined]
    return JsonResponse(described, json_dumps_params={"ensure_ascii": False})


openapi, openapi_of_register = door(_openapi, {"GET"}), door(_openapi_of_register, {"GET"})


def patterns() -> list[URLPattern]:
    """The API's addresses. Each carries the rules of its operations: `policies`, and the widest as `policy`."""
    found: list[URLPattern] = []
    for pattern in api.urls[0]:
        if not isinstance(pattern, URLPattern) or not inspect.isfunction(pattern.callback):
            continue  # ninja's own empty root
        operations = inspect.getclosurevars(pattern.callback).nonlocals["self"].operations
        rules: list[Rule] = [operation.view_func.policy for operation in operations]
        methods = {method for operation in operations for method in operation.methods}
        callback: Any = door(pattern.callback, methods)
        pattern.callback = callback
        callback.policies = rules
        callback.policy = min(rules, key=lambda rule: rule.assurance)
        found.append(pattern)
    return found
