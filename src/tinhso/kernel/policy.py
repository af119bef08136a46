"""Policy at the door: each route says who may open it, and the house tests find the route that does not.

A rule answers from the actor alone. What a person may see of a thing is decided below, in each engine's
`policy.py`, as one SQL predicate; there, what may not be seen does not exist (404).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import iscoroutinefunction
from typing import Any

from .actor import Actor
from .errors import Forbidden, NotFound, SignInNeeded


@dataclass(frozen=True, slots=True)
class Rule:
    """Who may pass. `strangers_see` says whether a signed-in person without leave learns that the door exists."""

    name: str
    test: Callable[[Actor], bool]
    assurance: int = 0
    strangers_see: bool = True

    def check(self, actor: Actor) -> None:
        """Raise SignInNeeded, Forbidden or NotFound where `actor` may not pass."""
        if self.test(actor) and actor.assurance >= self.assurance:
            return
        if actor.is_anonymous or actor.assurance < self.assurance:
            raise SignInNeeded()
        raise Forbidden() if self.strangers_see else NotFound()


anyone = Rule("anyone", lambda actor: True)
signed_in = Rule("signed-in", lambda actor: not actor.is_anonymous, assurance=1)
citizen = Rule("citizen", lambda actor: actor.person is not None, assurance=2)
officer = Rule("officer", lambda actor: actor.is_officer, assurance=2)


def may(permission: str) -> Rule:
    """An officer whose post allows the verb `permission` ("packs.apply")."""
    return Rule(f"may:{permission}", lambda actor: actor.may(permission), assurance=2)


def route(rule: Rule) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorate a view with its rule. The view gets `request.actor`, set by identity's middleware."""

    def decorate(view: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(view)
        def guarded(request: Any, *args: Any, **kwargs: Any) -> Any:
            rule.check(request.actor)
            return view(request, *args, **kwargs)

        @wraps(view)
        async def guarded_async(request: Any, *args: Any, **kwargs: Any) -> Any:
            rule.check(await request.aactor())
            return await view(request, *args, **kwargs)

        door: Any = guarded_async if iscoroutinefunction(view) else guarded
        door.policy = rule
        return door

    return decorate
