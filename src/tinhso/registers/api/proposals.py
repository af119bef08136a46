"""Changes that wait for approval: what became of one, and taking back one's own. What writes to a register whose
definition names an approver makes them (records.py)."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Status

from tinhso.kernel.policy import route

from .. import queries, services
from .door import READS, actor_of, keeper, reader, router
from .schemas import ProblemOut, ProposalOut

_ONE = READS | {422: ProblemOut}


@router.get("/{name}/proposals/{id}", response={200: ProposalOut} | _ONE, summary="A change that waits, or was decided")
@route(reader)
def proposal(request: HttpRequest, name: str, id: UUID) -> Any:
    """`state` is waiting, done, refused (`answer` says why) or withdrawn; `stale` says in words why it can no longer be
    carried out as it was seen. `changes` are those that the reader may read."""
    queries.definition(name)
    found = queries.proposal(actor_of(request), name, id)
    return {
        "id": found.id,
        "of": found.register,
        "state": found.state,
        "verb": found.verb,
        "record": found.record,
        "why": found.why,
        "at": found.at,
        "case_code": found.case_code,
        "answer": found.answer,
        "stale": found.stale,
        "mine": found.mine,
        "changes": [
            {"field": one.name, "label": one.label, "before": one.before, "after": one.after} for one in found.changes
        ],
    }


@router.delete("/{name}/proposals/{id}", response={204: None} | _ONE | {409: ProblemOut}, summary="Withdraw a proposal")
@route(keeper)
def withdraw(request: HttpRequest, name: str, id: UUID) -> Any:
    """One's own, while nobody has decided; 409 after."""
    queries.definition(name)
    actor = actor_of(request)
    queries.proposal(actor, name, id)
    services.withdraw_proposal(actor, id)
    return Status(204, None)
