"""Records: lists of them, one, its history, and what is done to it."""

from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from ninja import Body, Status

from tinhso.kernel.policy import route

from .. import policy, queries, services
from ..contracts import Change
from . import asked, rendered
from .door import (
    ASKS,
    CHANGES,
    READS,
    SAYS_HAS,
    SAYS_KEY,
    SAYS_SEEN,
    WAITS,
    WRITES,
    actor_of,
    answered,
    keeper,
    key_of,
    proposed,
    reader,
    router,
    seen_by,
    tag,
    told,
    told_of,
)
from .expansion import expand as expansions
from .schemas import ChangeIn, EndIn, NewIn, PageOut, ProblemOut, RecordOut, RefOut, RestoreIn, VersionOut

_ONE = READS | {422: ProblemOut}
_SAYS = {"parameters": [SAYS_SEEN, SAYS_KEY]}


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
        of,
        where=asked.where(request.GET),
        search=q,
        order=order,
        after=after,
        limit=limit,
        as_of=as_of,
    )
    more = expansions(actor, of, page.records, names)
    shown = [rendered.record(of, record, wanted, said) for record, said in zip(page.records, more, strict=True)]
    return rendered.answer({"records": shown, "next": page.next})


@router.post(
    "/{name}/records",
    response={201: RefOut} | WAITS | WRITES,
    summary="Enter a record",
    openapi_extra={"parameters": [SAYS_KEY]},
)
@route(keeper)
def create(request: HttpRequest, response: HttpResponse, name: str, new: Body[NewIn]) -> Any:
    """With `Idempotency-Key` a request sent again answers with the record that the first one made. Where the register
    asks for approval, this and every change of a record is a proposal: 202, with its address."""
    of, actor = queries.definition(name), actor_of(request)
    if policy.asks_first(actor, of):
        values = of.from_json(new.values)
        change = Change(name, "create", new.why, values=values, on=new.valid_from, unit=new.unit, unit_on=new.unit_on)
        return _handed_in(request, response, change, new.model_dump(mode="json"))
    ref = services.create(
        actor,
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
    found = queries.get(actor, of, id, at=at, known_at=known_at)
    etag = tag(of, found.ref.revision)
    if not names and request.headers.get("If-None-Match", "").removeprefix("W/") == etag:
        response["ETag"] = etag
        return Status(304, None)
    [said] = expansions(actor, of, [found], names, is_look=True)
    into = queries.merged_into(id) if found.valid_until else None
    answer = rendered.answer(rendered.record(of, found, wanted, said) | {"merged_into": into})
    answer["ETag"] = etag
    return answer


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
    response={200: RefOut} | WAITS | CHANGES,
    summary="Change some values of a record",
    openapi_extra=_SAYS,
)
@route(keeper)
def update(request: HttpRequest, response: HttpResponse, name: str, id: UUID, change: Body[ChangeIn]) -> Any:
    of, revision = queries.definition(name), seen_by(request)
    values = of.from_json(change.values)
    wanted = Change(name, "update", change.why, id, revision, values, change.valid_from)
    return _handed_in(request, response, wanted, change.model_dump(mode="json"))


@router.post(
    "/{name}/records/{id}/end", response={200: RefOut} | WAITS | CHANGES, summary="End a record", openapi_extra=_SAYS
)
@route(keeper)
def end(request: HttpRequest, response: HttpResponse, name: str, id: UUID, ending: Body[EndIn]) -> Any:
    wanted = Change(name, "end", ending.why, id, seen_by(request), on=ending.on)
    return _handed_in(request, response, wanted, ending.model_dump(mode="json"))


@router.post(
    "/{name}/records/{id}/restore",
    response={200: RefOut} | WAITS | CHANGES,
    summary="Restore a revision",
    openapi_extra=_SAYS,
)
@route(keeper)
def restore(request: HttpRequest, response: HttpResponse, name: str, id: UUID, back: Body[RestoreIn]) -> Any:
    wanted = Change(name, "restore", back.why, id, seen_by(request), to_revision=back.revision)
    return _handed_in(request, response, wanted, back.model_dump(mode="json"))


def _handed_in(request: HttpRequest, response: HttpResponse, change: Change, body: dict[str, Any]) -> Any:
    """The change carried out, or kept as a proposal; once under its Idempotency-Key."""
    actor, name = actor_of(request), change.register
    said = [change.verb, name, str(change.record or ""), change.revision, body]
    answer = services.once(actor, key_of(request), said, lambda: told_of(services.hand_in(actor, change)))
    return proposed(answer, name, response) if "proposal" in answer else answered(answer, response)
