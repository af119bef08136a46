"""The kinds of definition that engines bring: registers, procedures, measures… each a folder of a pack."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from .definitions import Strict


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a plan. `cost` is instant, scan or rewrite; `loses` names the data that would be lost."""

    what: str
    cost: str = "instant"
    loses: str = ""


@dataclass(frozen=True, slots=True)
class Kind:
    """How an engine takes part in packs.

    `key` is the YAML key that names a definition (`register: births`); the full name is `<pack>.<key>` where
    `qualified`. `check(definition, context)` yields (path of the key, message) for what pydantic cannot see;
    `plan(old, new)` yields Change; `apply(actor, old, new, version)` makes it so, inside the one transaction.
    `builds(actor, agency, old, new)` says whether the actor may publish a definition by itself in that agency's own
    pack (own.py); kinds without it come from folders only. `needs(definition)` yields the (kind, name) of other
    definitions that it stands on. `beside` are the keys that name files beside the definition's own (one name or a
    list), each with the ending that they must have: their texts are read into its key `files`, and so are part of what
    is published and of its digest.
    """

    name: str
    folder: str
    key: str
    model: type[Strict]
    order: int
    qualified: bool = True
    check: Callable[[Any, Any], Iterable[tuple[Sequence[str | int], str]]] | None = None
    plan: Callable[[Any | None, Any | None, str], Iterable[Change]] | None = None
    apply: Callable[[Any, Any | None, Any | None, str, int], None] | None = None
    builds: Callable[[Any, UUID, Any | None, Any | None], bool] | None = None
    needs: Callable[[Any], Iterable[tuple[str, str]]] | None = None
    beside: tuple[tuple[str, str], ...] = ()


_kinds: dict[str, Kind] = {}


def definition_kind(kind: Kind) -> None:
    """Register a kind, from an engine's `AppConfig.ready`."""
    if kind.name in _kinds and _kinds[kind.name] != kind:
        raise ValueError(f"the definition kind {kind.name!r} is registered twice")
    _kinds[kind.name] = kind


def kinds() -> list[Kind]:
    """All kinds, in the order in which they are applied (lower engines first)."""
    return sorted(_kinds.values(), key=lambda kind: kind.order)
