"""Who acts. Every service takes an `Actor` first; it is what policy, audit and the access log speak of."""

from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Actor:
    """One person in one post, or the system itself, for the length of one request or task.

    `permissions` are the verbs that the post's roles allow, `agency` the agency in whose name they are used.
    `assurance` is 0 for nobody, 1 for a password, 2 for a second factor or a national ID, 3 for a national ID
    with a face check (Decree 69/2024/ND-CP art. 17 speaks of levels 1 and 2 of the electronic identity).
    """

    account: UUID | None = None
    person: UUID | None = None
    post: UUID | None = None
    agency: UUID | None = None
    unit: str = ""
    roles: frozenset[str] = frozenset()
    permissions: frozenset[str] = frozenset()
    assurance: int = 0
    name: str = ""
    system: str = ""
    purpose: str = ""
    case: UUID | None = None
    request: str = ""
    acting_for: str = ""
    """Whose post it is, where a deputy acts in the absence of its holder."""

    @property
    def is_anonymous(self) -> bool:
        return self.account is None and not self.system

    @property
    def is_officer(self) -> bool:
        return self.post is not None

    @property
    def is_citizen(self) -> bool:
        return self.person is not None and self.post is None

    def may(self, permission: str) -> bool:
        return bool(self.system) or permission in self.permissions

    def for_case(self, case: UUID, purpose: str = "") -> "Actor":
        return replace(self, case=case, purpose=purpose or self.purpose)

    def stamp(self) -> dict[str, Any]:
        """What audit and events keep of the actor: ids and names of posts, no personal field."""
        parts = {
            "account": self.account,
            "post": self.post,
            "agency": self.agency,
            "case": self.case,
            "system": self.system,
            "request": self.request,
            "purpose": self.purpose,
        }
        return {key: str(value) for key, value in parts.items() if value}


NOBODY = Actor()


def system(name: str) -> Actor:
    """The platform acting by itself: a task, the demonstration generator, a pack being applied."""
    return Actor(system=name, assurance=3)
