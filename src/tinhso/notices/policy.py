"""Whose notices they are: those of a post's holder go by the account, a citizen's by the person."""

from dataclasses import dataclass
from uuid import UUID

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import SignInNeeded


@dataclass(frozen=True, slots=True)
class Reader:
    """Who is told. `topic` is what live pages of theirs listen to, and the subject of events about them."""

    id: UUID
    officer: bool

    @property
    def topic(self) -> str:
        return f"{'account' if self.officer else 'person'}:{self.id}"


def reader(actor: Actor) -> Reader | None:
    """The reader that an actor is; None for nobody and for the platform itself."""
    if actor.is_officer and actor.account:
        return Reader(actor.account, True)
    return Reader(actor.person, False) if actor.person and not actor.is_officer else None


def need_reader(actor: Actor) -> Reader:
    """The same. Raises SignInNeeded where there is none."""
    found = reader(actor)
    if found is None:
        raise SignInNeeded()
    return found
