"""Which questions each type of field answers. docs/packs.md has the same table for those who write views."""

from collections.abc import Mapping
from datetime import date, datetime
from uuid import UUID

from ..shape import Field

COMPARE = {"eq": "=", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
OPERATORS = ("eq", "ne", "lt", "le", "gt", "ge", "in", "between", "empty", "prefix", "contains", "near")
"""eq ne lt le gt ge: compare, and `ne` finds what is empty too; in: one of a list; between: (first, last), both counted
in, either may be empty; empty: true or false; prefix, contains: in text, without regard to case and diacritics; near:
geometry that meets (west, south, east, north) in degrees, or lies within (longitude, latitude, metres)."""

SYSTEM: Mapping[str, type] = {
    "id": UUID,
    "unit": str,
    "valid_from": date,
    "valid_until": date,
    "unit_on": date,
    "case_id": UUID,
    "demo": bool,
    "created_at": datetime,
    "updated_at": datetime,
}

_ORDERED = ("eq", "ne", "lt", "le", "gt", "ge", "between", "in", "empty")
_WRITTEN = ("contains", "prefix", "eq", "ne", "lt", "le", "gt", "ge", "between", "in", "empty")
_NUMBERED = ("eq", "ne", "prefix", "contains", "in", "empty")
_NAMED = ("eq", "ne", "in", "empty")
_BY_TYPE: Mapping[str, tuple[str, ...]] = {
    "text": _WRITTEN,
    "integer": _ORDERED,
    "decimal": _ORDERED,
    "money": _ORDERED,
    "date": _ORDERED,
    "datetime": _ORDERED,
    "boolean": _NAMED,
    "choice": _NAMED,
    "person": _NAMED,
    "agency": _NAMED,
    "unit": _NAMED,
    "reference": _NAMED,
    "phone": _NUMBERED,
    "email": _NUMBERED,
    "national_id": _NUMBERED,
    "tax_code": _NUMBERED,
    "land_plot": _NUMBERED,
    "vehicle_plate": _NUMBERED,
    "address": ("contains", *_NAMED),
    "geometry": ("near", "empty"),
    "file": ("contains", "empty"),
    "table": ("contains", "empty"),
}
_OF_SYSTEM = {UUID: _NAMED, str: _NAMED, bool: _NAMED, date: _ORDERED, datetime: _ORDERED}


def is_multiple(field: Field) -> bool:
    """Whether a choice allows several answers."""
    return field.spec.type == "choice" and field.options.multiple


def operators_of(field: Field) -> tuple[str, ...]:
    """The operators that a field answers, the one that people want most first. A choice of several answers `contains`
    (all of these) besides, and `in` (any of these)."""
    if is_multiple(field):
        return ("contains", *_NAMED)
    return _BY_TYPE.get(field.spec.type, ("empty",))


def of_system(name: str) -> tuple[str, ...]:
    """The operators that a column of every record answers."""
    return _OF_SYSTEM[SYSTEM[name]]


def may_ask(field: Field, classes: frozenset[str]) -> bool:
    """Whether somebody who may read these classes may filter by the field; nobody may by what is encrypted."""
    return not field.is_secret and field.spec.class_ in classes
