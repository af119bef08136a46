"""The applicant's own store of results, as its owner and, for one case, as the agency sees it."""

from uuid import UUID

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import SignInNeeded

from .. import policy, store, workflow
from ..contracts import FromStore, StoredResult
from ..services import store as deeds


def my_results(actor: Actor) -> tuple[StoredResult, ...]:
    """The signed results of the actor's own cases, newest first, those that no longer hold too."""
    if actor.person is None:
        raise SignInNeeded()
    return tuple(store.held(actor.person))


def results_for(actor: Actor, kind: str) -> tuple[StoredResult, ...]:
    """Those of the actor's results that may stand for a paper `from: result.<kind>` now."""
    return tuple(store.of_kind(actor.person, kind)) if actor.person and kind else ()


def from_store(actor: Actor, case_id: UUID) -> tuple[FromStore, ...]:
    """For the agency: the papers of the case that the applicant's store holds, which it may take by consent and not
    ask for again, then those it has asked to take. For the applicant: those asked, with what may be given."""
    case = policy.get(actor, case_id)
    model = workflow.procedure(case.procedure, case.version).model
    labels = {spec.name: spec for spec in model.papers}
    asked = deeds.asked_from_store(case)
    if policy.is_applicant(actor, case):
        return tuple(
            FromStore(name, str(labels[name].label), True, results_for(actor, labels[name].result_kind))
            for name in asked
        )
    if case.ended_at:
        return ()
    offered = [FromStore(spec.name, str(spec.label), False) for spec in deeds.offerable(case)]
    return tuple(offered + [FromStore(name, str(labels[name].label), True) for name in asked])
