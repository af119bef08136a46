"""What the address of a list asks for."""

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid

from ..shape import Shape

RESERVED = {"q", "order", "after", "limit", "as_of", "fields", "expand", "purpose"}


def where(query: Mapping[str, str]) -> dict[str, Any]:
    """Filters from the address: `name=value` or `name__operator=value`; a list has commas."""
    return {key: value for key, value in query.items() if key not in RESERVED}


def names(text: str) -> list[str]:
    return [name for name in (part.strip() for part in text.split(",")) if name]


def chosen(text: str, readable: frozenset[str]) -> frozenset[str] | None:
    """The fields that are asked for by name; None for all. Raises Invalid for one that the reader cannot read."""
    if not text.strip():
        return None
    _known(text, "fields", readable)
    return frozenset(names(text))


def expanded(of: Shape, text: str, readable: frozenset[str]) -> list[str]:
    """The fields to expand. Raises Invalid for one that refers to nothing, or that the reader cannot read."""
    _known(text, "expand", frozenset(name for name in readable if of.refers(name)))
    return list(dict.fromkeys(names(text)))


def _known(text: str, key: str, known: frozenset[str]) -> None:
    unknown = [name for name in names(text) if name not in known]
    if unknown:
        raise Invalid({key: [_("Sổ này không có mục “%(name)s”.") % {"name": name} for name in unknown]})
