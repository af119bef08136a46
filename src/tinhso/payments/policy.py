"""Who may see and touch money. What may not be seen does not exist: NotFound, with no hint."""

from collections.abc import Callable
from functools import lru_cache
from uuid import UUID

from django.db.models import Q

from tinhso.identity.queries import agency_by_id
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, NotFound, SignInNeeded

from .models import Order

SEE, SETTLE, APPROVE, TAKE = "payment.see", "payment.settle", "payment.approve-refund", "payment.take"
SEE_PROVINCE = "payment.see-province"

_subjects: dict[str, Callable[[Actor, str], bool]] = {}


def register_subject(prefix: str, may_see: Callable[[Actor, str], bool]) -> None:
    """Let the engine that owns subjects "<prefix>:<id>" say who may see what is to be paid for them:
    `may_see(actor, id)`. Called from its `AppConfig.ready`. ValueError where another function is registered."""
    if _subjects.setdefault(prefix, may_see) is not may_see:
        raise ValueError(f"orders of {prefix!r} have two policies")


@lru_cache(maxsize=2_000)
def _tills(agency: UUID) -> frozenset[UUID]:
    """The agencies for which an agency's posts keep the money: its own, and for a one-stop centre that of the committee
    which it stands under."""
    ref = agency_by_id(agency)
    return frozenset({agency, ref.parent} - {None}) if ref.kind == "one-stop-centre" else frozenset({agency})


def agencies(actor: Actor) -> frozenset[UUID] | None:
    """The agencies whose money the actor may see; None for all of them."""
    if actor.system or (actor.is_officer and actor.may(SEE_PROVINCE)):
        return None
    return _tills(actor.agency) if actor.is_officer and actor.agency and actor.may(SEE) else frozenset()


def visible(actor: Actor) -> Q:
    """Rows with an `agency` that the actor may see, as one indexed predicate."""
    mine = agencies(actor)
    return Q() if mine is None else Q(agency__in=mine)


def need(actor: Actor, permission: str, agency: UUID) -> None:
    """Raise unless the actor's post may do this with the money of the agency: NotFound where it may not see it,
    Forbidden where it may see only."""
    if actor.is_anonymous:
        raise SignInNeeded()
    if actor.system:
        return
    may = actor.is_officer and actor.agency is not None and agency in _tills(actor.agency)
    if may and actor.may(permission):
        return
    mine = agencies(actor)
    raise Forbidden() if may or mine is None or agency in mine else NotFound()


def may_see_order(actor: Actor, order: Order) -> bool:
    """The payer, whoever keeps the agency's money, and whoever the subject's own engine lets in."""
    if actor.is_citizen and actor.person == order.payer:
        return True
    mine = agencies(actor)
    if mine is None or order.agency in mine:
        return True
    prefix, _colon, subject = order.subject.partition(":")
    rule = _subjects.get(prefix)
    return rule is not None and not actor.is_anonymous and rule(actor, subject)
