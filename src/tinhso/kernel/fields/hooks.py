"""What field types ask of the engines above: registered by those engines, so that the kernel imports none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class LookUp:
    """How one kind of thing is found. `display(key)` is its words in the active language ("" where unknown);
    `exists(key)` whether there is one; `read(text)` the key that a typed text means, None where it means none."""

    display: Callable[[Any], str]
    exists: Callable[[Any], bool]
    read: Callable[[str], Any] = lambda text: None


_look_ups: dict[str, LookUp] = {}


def provide(kind: str, look_up: LookUp) -> None:
    """Register how a person, agency, unit or record is looked up. ValueError where somebody else has."""
    if kind in _look_ups and _look_ups[kind] is not look_up:
        raise ValueError(f"look-ups of {kind!r} are registered twice")
    _look_ups[kind] = look_up


def look_up(kind: str) -> LookUp | None:
    """None where no engine that knows the kind is installed."""
    return _look_ups.get(kind)
