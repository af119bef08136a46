"""Who may."""

from uuid import UUID

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, SignInNeeded


def need(actor: Actor, permission: str) -> None:
    """Raise SignInNeeded or Forbidden unless the actor's post allows the verb."""
    if actor.may(permission):
        return
    raise SignInNeeded() if actor.is_anonymous else Forbidden()


def is_own(actor: Actor, person: UUID) -> bool:
    """Whether the actor looks at their own data in a session of their own, as a citizen."""
    return actor.person == person and not actor.system and not actor.is_officer
