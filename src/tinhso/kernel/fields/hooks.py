"""What field types ask of the engines above: registered by those engines, so that the kernel imports none of them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ..actor import Actor


@dataclass(frozen=True, slots=True)
class LookUp:
    """How one kind of thing is found. `display(key)` is its words in the active language ("" where unknown);
    `exists(key)` whether there is one; `read(text)` the key that a typed text means, None where it means none;
    `search(text, limit)` the keys and words that begin so, for a widget that proposes."""

    display: Callable[[Any], str]
    exists: Callable[[Any], bool]
    read: Callable[[str], Any] = lambda text: None
    search: Callable[[str, int], Sequence[tuple[Any, str]]] = lambda text, limit: ()


PrefillSource = Callable[[Actor, Any], Any]
"""(actor, the FieldSpec) to the raw value, None where the source does not know."""

_look_ups: dict[str, LookUp] = {}
_sources: dict[str, PrefillSource] = {}


def provide(kind: str, look_up: LookUp) -> None:
    """Register how a person, agency, unit, address or record is looked up. ValueError where somebody else has."""
    if kind in _look_ups and _look_ups[kind] is not look_up:
        raise ValueError(f"look-ups of {kind!r} are registered twice")
    _look_ups[kind] = look_up


def look_up(kind: str) -> LookUp | None:
    """None where no engine that knows the kind is installed."""
    return _look_ups.get(kind)


def prefill_source(name: str, function: PrefillSource) -> None:
    """Register where `from: population.mother` finds its answer. ValueError where the name is taken."""
    if _sources.setdefault(name, function) is not function:
        raise ValueError(f"two sources are named {name!r}")


def prefill_sources() -> list[str]:
    """The names that `from:` may give, for the checks of packs."""
    return sorted(_sources)


def prefill(actor: Actor, spec: Any) -> Any:
    """The raw value that the source of a field (`spec.from_`) gives; None where it has no source, or that knows
    nothing of this actor. LookupError for a source that is not registered."""
    if spec.from_ is None:
        return None
    if spec.from_ not in _sources:
        raise LookupError(f"the source {spec.from_!r} is not registered")
    return _sources[spec.from_](actor, spec)
