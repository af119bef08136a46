"""Records: lists of them, one, its history, and what is done to it."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Body, Status

from tinhso.kernel.policy import route

from .. import policy, queries, services
from ..contracts import Record
from ..shape import Shape
from . import asked
from .door import (
    ASKS,
    CHANGES,
    READS,
    SAYS_HAS,
    SAYS_KEY,
    SAYS_SEEN,
    WRITES,
    actor_of,
    answered,
    keeper,
    key_of,
    reader,
    router,
    seen_by,
    tag,
    told,
)
from .expansion import Expansion
from .expansion import expand as expansions
from .schemas import ChangeIn, EndIn, NewIn, PageOut, ProblemOut, RecordOut, RefOut, RestoreIn, VersionOut

_ONE = READS | {422: ProblemOut}
_SAYS = {"parameters": [SAYS_SEEN, SAYS_KEY]}


def _record(of: Shape, record: Record, fields: frozenset[str] | None, expansion: Expansion) -> dict[str, Any]:
    values = record.values if fields is None else {n: v for n, v in record.values.items() if n in fields}
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
        "values": of.to_json(values),
        "expanded": expansion,
    }


@router.get("/{name}/records", response={200: PageOut} | ASKS, summary="A page of records, filtered and sorted")
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
    fields: str = "",
    expand: str = "",
) -> Any:
    """`fields` chooses values by name, `expand` says of fields that refer to a person, an agency or a record what that
    is; both with commas. Filters are `field=value` or `field__operator=value`, operators eq ne lt le gt ge in empty
    prefix contains near; besides the register's fields: unit, place (the ground of a unit on every map), valid_from,
    valid_until, case_id, demo, created_at, updated_at."""
    of, actor = queries.definition(name), actor_of(request)
    may_read = queries.readable(actor, of)
    wanted, names = asked.chosen(fields, may_read), asked.expanded(of, expand, may_read)
    page = queries.find(
        actor,
        name,
        where=asked.where(request.GET),
        search=q,
        order=order,
        after=after,
        limit=limit,
        as_of=as_of,
    )
    more = expansions(actor, of, page.records, names)
    shown = [_record(of, record, wanted, said) for record, said in zip(page.records, more, strict=True)]
    return {"records": shown, "next": page.next}


@router.post(
    "/{name}/records",
    response={201: RefOut} | WRITES,
    summary="Enter a record",
    openapi_extra={"parameters": [SAYS_KEY]},
)
@route(keeper)
def create(request: HttpRequest, response: HttpResponse, name: str, new: Body[NewIn]) -> Any:
    """With `Idempotency-Key` a request sent again answers with the record that the first one made."""
    of = queries.definition(name)
    ref = services.create(
        actor_of(request),
        name,
        of.from_json(new.values),
        valid_from=new.valid_from,
        unit=new.unit,
        unit_on=new.unit_on,
        why=new.why,
        request_key=key_of(request),
    )
    response["Location"] = f"/api/v1/registers/{name}/records/{ref.id}"
    return Status(201, answered(told(ref), response))


@router.get(
    "/{name}/records/{id}",
    response={200: RecordOut, 304: None} | _ONE,
    summary="One record",
    openapi_extra={"parameters": [SAYS_HAS]},
)
@route(reader)
def record(
    request: HttpRequest,
    response: HttpResponse,
    name: str,
    id: UUID,
    *,
    at: date | None = None,
    known_at: datetime | None = None,
    fields: str = "",
    expand: str = "",
) -> Any:
    """As it stands; with `at` as it was on a day, with `known_at` as that was known at a time. `fields` and `expand` as
    in the list. What a record refers to may change without it: with `expand` the answer is always whole."""
    of, actor = queries.definition(name), actor_of(request)
    may_read = frozenset(f.name for f in of.visible(policy.classes(actor, of)))
    wanted, names = asked.chosen(fields, may_read), asked.expanded(of, expand, may_read)
    found = queries.get(actor, name, id, at=at, known_at=known_at)
    etag = tag(of, found.ref.revision)
    response["ETag"] = etag
    if not names and request.headers.get("If-None-Match", "").removeprefix("W/") == etag:
        return Status(304, None)
    [said] = expansions(actor, of, [found], names, is_look=True)
    into = queries.merged_into(id) if found.valid_until else None
    return _record(of, found, wanted, said) | {"merged_into": into}


@router.get("/{name}/records/{id}/history", response={200: list[VersionOut]} | _ONE, summary="Every version")
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
        for v in queries.history(actor_of(request), name, id)
    ]


@router.patch(
    "/{name}/records/{id}",
    response={200: RefOut} | CHANGES,
    summary="Change some values of a record",
    openapi_extra=_SAYS,
)
@route(keeper)
def update(request: HttpRequest, response: HttpResponse, name: str, id: UUID, change: Body[ChangeIn]) -> Any:
    of, actor, revision = queries.definition(name), actor_of(request), seen_by(request)

    def write() -> dict[str, Any]:
        values = of.from_json(change.values)
        return told(
            services.update(actor, name, id, values, revision=revision, why=change.why, valid_from=change.valid_from)
        )

    return _once(request, response, ["update", name, str(id), revision, change.model_dump(mode="json")], write)


@router.post("/{name}/records/{id}/end", response={200: RefOut} | CHANGES, summary="End a record", openapi_extra=_SAYS)
@route(keeper)
def end(request: HttpRequest, response: HttpResponse, name: str, id: UUID, ending: Body[EndIn]) -> Any:
    actor, revision = actor_of(request), seen_by(request)

    def write() -> dict[str, Any]:
        return told(services.end(actor, name, id, on=ending.on, revision=revision, why=ending.why))

    return _once(request, response, ["end", name, str(id), revision, ending.model_dump(mode="json")], write)


@router.post(
    "/{name}/records/{id}/restore", response={200: RefOut} | CHANGES, summary="Restore a revision", openapi_extra=_SAYS
)
@route(keeper)
def restore(request: HttpRequest, response: HttpResponse, name: str, id: UUID, back: Body[RestoreIn]) -> Any:
    actor, revision = actor_of(request), seen_by(request)

    def write() -> dict[str, Any]:
        ref = services.restore(actor, name, id, to_revision=back.revision, revision=revision, why=back.why)
        return told(ref)

    return _once(request, response, ["restore", name, str(id), revision, back.model_dump(mode="json")], write)


def _once(request: HttpRequest, response: HttpResponse, said: Any, write: Callable[[], dict[str, Any]]) -> Any:
    """The change, done once under its Idempotency-Key."""
    return answered(services.once(actor_of(request), key_of(request), said, write), response)
