"""Many records in one request."""

from dataclasses import asdict
from typing import Any

from django.http import HttpRequest
from ninja import Body

from tinhso.kernel.policy import route

from .. import queries, services
from ..contracts import BatchRow
from .door import SAYS_KEY, WRITES, actor_of, keeper, key_of, router
from .schemas import BatchIn, BatchOut, ProblemOut


@router.post(
    "/{name}/records/batch",
    response={200: BatchOut} | WRITES | {503: ProblemOut},
    summary="Enter or change many records",
    openapi_extra={"parameters": [SAYS_KEY]},
)
@route(keeper)
def batch(request: HttpRequest, name: str, asked: Body[BatchIn]) -> Any:
    """Each row has its result. With mode `all` and a bad row the answer is 422, with the faults by `rows.<n>.<field>`,
    and nothing is written. With `Idempotency-Key` a request sent again is answered as the first time."""
    queries.definition(name)
    rows = [BatchRow(**dict(row)) for row in asked.rows]
    results = services.upsert(
        actor_of(request), name, rows, why=asked.why, mode=asked.mode, request_key=key_of(request)
    )
    return {"results": [asdict(result) for result in results]}
