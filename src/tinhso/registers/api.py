"""The registers over HTTP, at /api/v1/registers. `ETag` is the revision; a change says what it saw with `If-Match`."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.translation import gettext_lazy as _
from ninja import Body, Router, Schema, Status
from ninja.security import APIKeyCookie
from ninja.utils import check_csrf
from pydantic import Field

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid, Problem
from tinhso.kernel.policy import Rule, route

from . import exports, filters, policy, queries, services
from .contracts import Record, RecordRef
from .shape import Shape

reader = Rule("registers.reader", lambda actor: actor.may(policy.SEE) or actor.is_citizen, 2, strangers_see=False)
keeper = Rule("registers.keeper", lambda actor: actor.may(policy.EDIT), 2)
_RESERVED = {"q", "order", "after", "limit", "as_of"}


class Session(APIKeyCookie):
    """Whoever has signed in on the web; what writes needs the CSRF token beside the cookie."""

    param_name = "sessionid"

    def __call__(self, request: HttpRequest) -> Any:
        actor: Actor = request.actor  # type: ignore[attr-defined]
        reader.check(actor)
        if check_csrf(request):
            raise Forbidden(_("Thiếu mã chống giả mạo (CSRF) của phiên làm việc."))
        return actor

    def authenticate(self, request: HttpRequest, key: str | None) -> Any:
        return key


router = Router(auth=Session(), tags=["registers"], by_alias=True)


class PreconditionRequired(Problem):
    status, type, title = 428, "precondition-required", _("Cần nói rõ đang sửa lần nào (If-Match)")


class ProblemOut(Schema):
    """RFC 9457"""

    type: str
    title: str
    status: int
    detail: str = ""
    errors: list[dict[str, str]] = []


class RegisterOut(Schema):
    of: str = Field(serialization_alias="register")
    name: str
    plural: str
    pack: str
    version: int


class DefinitionOut(RegisterOut):
    """A name, with the JSON Schema of the values that the reader may read."""

    described: dict[str, Any] = Field(serialization_alias="schema")
    key: list[str]
    search: dict[str, str]
    columns: list[str]


class RecordOut(Schema):
    id: UUID
    of: str = Field(serialization_alias="register")
    revision: int
    unit: str
    unit_on: date | None
    valid_from: date
    valid_until: date | None
    case: UUID | None
    demo: bool
    display: str
    created_at: datetime | None
    updated_at: datetime | None
    masked: list[str]
    merged_into: UUID | None = None
    values: dict[str, Any]


class PageOut(Schema):
    """`next` is the value of `after` for the page that follows, "" at the end."""

    records: list[RecordOut]
    next: str


class VersionOut(Schema):
    revision: int
    change: str
    recorded_at: datetime
    by: str
    why: str
    case: UUID | None
    valid_from: date
    valid_until: date | None
    values: dict[str, Any]


class NewIn(Schema):
    values: dict[str, Any]
    valid_from: date | None = None
    unit: str = Field("", pattern=r"^([0-9]{2,5})?$")
    unit_on: date | None = None
    why: str = ""


class ChangeIn(Schema):
    """Only the values that change. `valid_from`: the day from which they hold; without it they correct the record."""

    values: dict[str, Any]
    why: str = Field(min_length=1)
    valid_from: date | None = None


class EndIn(Schema):
    on: date
    why: str = Field(min_length=1)


class RestoreIn(Schema):
    revision: int = Field(ge=1)
    why: str = Field(min_length=1)


class RefOut(Schema):
    id: UUID
    of: str = Field(serialization_alias="register")
    revision: int


_PROBLEMS = {401: ProblemOut, 403: ProblemOut, 404: ProblemOut, 422: ProblemOut, 503: ProblemOut}
_WRITES = _PROBLEMS | {409: ProblemOut}
_CHANGES = _WRITES | {412: ProblemOut, 428: ProblemOut}


def _actor(request: HttpRequest) -> Actor:
    return request.actor  # type: ignore[attr-defined]


def _record(of: Shape, record: Record) -> dict[str, Any]:
    return {
        "id": record.ref.id,
        "of": record.ref.register,
        "revision": record.ref.revision,
        "unit": record.unit,
        "unit_on": record.unit_on,
        "valid_from": record.valid_from,
        "valid_until": record.valid_until,
        "case": record.case,
        "demo": record.demo,
        "display": record.display,
        "created_at": record.created_at,
        "updated_at": record.updated_at,
        "masked": record.masked,
        "values": of.to_json(record.values),
    }


def _ref(ref: RecordRef, response: HttpResponse) -> dict[str, Any]:
    response["ETag"] = f'"{ref.revision}"'
    return {"id": ref.id, "of": ref.register, "revision": ref.revision}


def _seen(request: HttpRequest) -> int:
    """The revision that the client saw, from If-Match."""
    asked = request.headers.get("If-Match", "").strip().removeprefix("W/").strip('"')
    if not asked.isdigit():
        raise PreconditionRequired(_("Gửi kèm If-Match với ETag của bản ghi đã đọc; chưa có gì được ghi."))
    return int(asked)


def _where(query: Mapping[str, str]) -> dict[str, Any]:
    """Filters from the address: `name=value` or `name__operator=value`; a list for `in` and `near` has commas."""
    found: dict[str, Any] = {}
    for key, value in query.items():
        if key in _RESERVED:
            continue
        name, _sep, operator = key.partition("__")
        operator = operator or "eq"
        if operator not in filters.OPERATORS:
            raise Invalid({key: [_("Không có phép lọc này")]})
        found[name] = (operator, value.split(",") if operator in {"in", "between", "near"} else value)
    return found


@router.get("", response={200: list[RegisterOut]} | _PROBLEMS, summary="The registers that the reader may open")
@route(reader)
def registers(request: HttpRequest) -> Any:
    return [
        {"of": r.name, "name": r.name, "plural": r.plural, "pack": r.pack, "version": r.version}
        for r in queries.registers_visible(_actor(request))
    ]


@router.get("/{name}", response={200: DefinitionOut} | _PROBLEMS, summary="A register: its words and schema")
@route(reader)
def register_definition(request: HttpRequest, name: str) -> Any:
    of = queries.definition(name)
    fields = of.visible(policy.classes(_actor(request), of))
    schema = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "type": "object",
        "properties": {f.name: f.kind.json_schema(f.options) | {"title": f.spec.words} for f in fields},
        "required": [f.name for f in fields if not f.spec.optional],
        "additionalProperties": False,
    }
    words = of.definition
    return {
        "of": name,
        "name": str(words.name),
        "plural": str(words.plural or words.name),
        "pack": of.pack,
        "version": of.version,
        "described": schema,
        "key": words.key,
        "search": words.search,
        "columns": words.shown,
    }


@router.get("/{name}/records", response={200: PageOut} | _PROBLEMS, summary="A page of records, filtered and sorted")
@route(reader)
def records(
    request: HttpRequest,
    name: str,
    *,
    q: str = "",
    order: str = "-id",
    after: str = "",
    limit: int = 50,
    as_of: date | None = None,
) -> Any:
    """Filters are `field=value` or `field__operator=value`, operators eq ne lt le gt ge in empty prefix contains near;
    besides the register's fields: unit, place (the ground of a unit on every map), valid_from, valid_until, case_id,
    demo, created_at, updated_at."""
    of = queries.definition(name)
    page = queries.find(
        _actor(request),
        name,
        where=_where(request.GET),
        search=q,
        order=order,
        after=after,
        limit=limit,
        as_of=as_of,
    )
    return {"records": [_record(of, record) for record in page.records], "next": page.next}


@router.get("/{name}/records.csv", response={200: None} | _PROBLEMS, summary="The same as CSV, streamed")
@route(reader)
def records_csv(request: HttpRequest, name: str, q: str = "") -> Any:
    stream = exports.csv_stream(_actor(request), name, where=_where(request.GET), search=q)
    return StreamingHttpResponse(
        stream,
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
    )


@router.post("/{name}/records", response={201: RefOut} | _WRITES, summary="Enter a record")
@route(keeper)
def create(request: HttpRequest, response: HttpResponse, name: str, new: Body[NewIn]) -> Any:
    """With `Idempotency-Key` a request sent again answers with the record that the first one made."""
    of = queries.definition(name)
    ref = services.create(
        _actor(request),
        name,
        of.from_json(new.values),
        valid_from=new.valid_from,
        unit=new.unit,
        unit_on=new.unit_on,
        why=new.why,
        request_key=request.headers.get("Idempotency-Key", "")[:120],
    )
    response["Location"] = f"/api/v1/registers/{name}/records/{ref.id}"
    return Status(201, _ref(ref, response))


@router.get("/{name}/records/{id}", response={200: RecordOut, 304: None} | _PROBLEMS, summary="One record")
@route(reader)
def record(
    request: HttpRequest,
    response: HttpResponse,
    name: str,
    id: UUID,
    *,
    at: date | None = None,
    known_at: datetime | None = None,
) -> Any:
    """As it stands; with `at` as it was on a day, with `known_at` as that was known at a time."""
    found = queries.get(_actor(request), name, id, at=at, known_at=known_at)
    etag = f'"{found.ref.revision}"'
    response["ETag"] = etag
    if request.headers.get("If-None-Match", "").removeprefix("W/") == etag:
        return Status(304, None)
    into = queries.merged_into(id) if found.valid_until else None
    return _record(queries.definition(name), found) | {"merged_into": into}


@router.get("/{name}/records/{id}/history", response={200: list[VersionOut]} | _PROBLEMS, summary="Every version")
@route(reader)
def history(request: HttpRequest, name: str, id: UUID) -> Any:
    of = queries.definition(name)
    return [
        {
            "revision": v.revision,
            "change": v.change,
            "recorded_at": v.recorded_at,
            "by": v.by,
            "why": v.why,
            "case": v.case,
            "valid_from": v.valid_from,
            "valid_until": v.valid_until,
            "values": of.to_json(v.values),
        }
        for v in queries.history(_actor(request), name, id)
    ]


@router.patch("/{name}/records/{id}", response={200: RefOut} | _CHANGES, summary="Change some values of a record")
@route(keeper)
def update(request: HttpRequest, response: HttpResponse, name: str, id: UUID, change: Body[ChangeIn]) -> Any:
    of = queries.definition(name)
    ref = services.update(
        _actor(request),
        name,
        id,
        of.from_json(change.values),
        revision=_seen(request),
        why=change.why,
        valid_from=change.valid_from,
    )
    return _ref(ref, response)


@router.post("/{name}/records/{id}/end", response={200: RefOut} | _CHANGES, summary="End a record")
@route(keeper)
def end(request: HttpRequest, response: HttpResponse, name: str, id: UUID, ending: Body[EndIn]) -> Any:
    ref = services.end(_actor(request), name, id, on=ending.on, revision=_seen(request), why=ending.why)
    return _ref(ref, response)


@router.post("/{name}/records/{id}/restore", response={200: RefOut} | _CHANGES, summary="Restore a revision")
@route(keeper)
def restore(request: HttpRequest, response: HttpResponse, name: str, id: UUID, asked: Body[RestoreIn]) -> Any:
    ref = services.restore(
        _actor(request), name, id, to_revision=asked.revision, revision=_seen(request), why=asked.why
    )
    return _ref(ref, response)
