"""What may be asked of a list: conditions on fields, full-text search, order and the keyset."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid
from tinhso.kernel.text import fold

from . import policy
from .shape import Field, Row, Shape

COMPARE = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
OPERATORS = (*COMPARE, "in", "between", "empty", "prefix", "contains", "near")
"""eq ne lt le gt ge: compare; in: one of a list; between: (first, last), both counted in, either may be empty;
empty: true or false; prefix, contains: in text, without regard to case and diacritics; near: (west, south, east,
north) in degrees, for geometry."""

_SYSTEM = {
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


def conditions(
    of: Shape, where: Mapping[str, Any], search: str, classes: frozenset[str]
) -> tuple[list[str], list[Any]]:
    """SQL conditions on the table `t`, with their parameters. Raises Invalid by the name asked for."""
    parts: list[str] = []
    params: list[Any] = []
    errors: dict[str, list[Any]] = {}
    for name, asked in where.items():
        operator, value = asked if isinstance(asked, tuple) else ("eq", asked)
        try:
            _readable(value)
            part, more = (_between if operator == "between" else _condition)(of, name, operator, value, classes)
        except Invalid as error:
            errors[name] = [m for messages in error.errors.values() for m in messages]
            continue
        except (TypeError, ValueError, AttributeError):
            errors[name] = [_("Giá trị lọc không đúng kiểu của mục này")]
            continue
        parts.append(part)
        params += more
    if errors:
        raise Invalid(errors)
    _readable(search)
    if search.strip():
        part, more = _search(of, search, classes)
        parts.append(part)
        params += more
    return parts, params


def _between(of: Shape, name: str, operator: str, value: Any, classes: frozenset[str]) -> tuple[str, list[Any]]:
    first, last = value
    ends = [("ge", first), ("le", last)]
    found = [_condition(of, name, mark, end, classes) for mark, end in ends if end not in (None, "")]
    return " AND ".join(part for part, _more in found) or "TRUE", [p for _part, more in found for p in more]


def _condition(of: Shape, name: str, operator: str, value: Any, classes: frozenset[str]) -> tuple[str, list[Any]]:
    if name == "place":
        return policy.of_place(str(value))
    field = of.fields.get(name)
    if field is not None and (field.is_secret or field.spec.class_ not in classes):
        field, name = None, ""
    if field is None and name not in _SYSTEM:
        raise Invalid(_("Không lọc được theo mục này"))
    column = f't."{name}"'
    if operator == "empty":
        return f"{column} IS {'' if _truth(value) else 'NOT '}NULL", []
    if operator in COMPARE:
        if field and field.spec.type in {"geometry", "table", "file", "address"}:
            raise Invalid(_("Mục này không so sánh được"))
        return f"{column} {COMPARE[operator]} %s", [_parameter(field, name, value)]
    if operator == "in":
        items = value if isinstance(value, list | tuple | set) else [value]
        marks = ", ".join(["%s"] * len(items))
        return (f"{column} IN ({marks})", [_parameter(field, name, v) for v in items]) if items else ("FALSE", [])
    if operator in {"prefix", "contains"}:
        pattern = re.sub(r"([%_\\])", r"\\\1", fold(str(value)))
        return f"tinhso_fold({column}::text) LIKE %s", [f"{'%' if operator == 'contains' else ''}{pattern}%"]
    if operator == "near" and field and field.spec.type == "geometry":
        west, south, east, north = map(float, value)
        return f"{column} && ST_MakeEnvelope(%s, %s, %s, %s, 4326)", [west, south, east, north]
    raise Invalid(_("Không có phép lọc “%(operator)s” cho mục này") % {"operator": operator})


def _readable(value: Any) -> None:
    """PostgreSQL's text has no NUL."""
    if "\0" in str(value):
        raise Invalid(_("Nội dung có ký tự không hiển thị được, xin gõ lại"))


def _truth(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).lower() in {"1", "true", "yes"}


def _parameter(field: Field | None, name: str, value: Any) -> Any:
    """The value for SQL; a string from an address line is read by the field's type."""
    if field is not None:
        read = field.kind.read(value, field.options) if isinstance(value, str) else value
        return None if read is None else field.kind.to_sql(read)
    sort = _SYSTEM[name]
    if not isinstance(value, str) or sort is str:
        return value
    if sort is bool:
        return _truth(value)
    read = {date: parse_date, datetime: parse_datetime, UUID: UUID}[sort](value)
    if read is None:
        raise ValueError(value)
    return read


def _search(of: Shape, search: str, classes: frozenset[str]) -> tuple[str, list[Any]]:
    """Full text in the fields declared for it; the whole text also as a value of a field looked up exactly."""
    parts: list[str] = []
    params: list[Any] = []
    declared = {n: how for n, how in of.definition.search.items() if of.fields[n].spec.class_ in classes}
    words = [word for word in re.split(r"\W+", fold(search)) if word]
    searches = [n for n, how in of.definition.search.items() if how == "fulltext"]
    if words and searches and all(name in declared for name in searches):
        parts.append(f"{of.fulltext} @@ to_tsquery('simple', %s)")
        params.append(" & ".join(f"'{word}':*" for word in words))
    for name, how in declared.items():
        if how in {"prefix", "contains"}:
            part, more = _condition(of, name, how, search, classes)
        elif how == "exact" and of.fields[name].spec.type in {"text", "national_id", "tax_code", "phone", "email"}:
            part, more = f't."{name}" = %s', [search.strip()]
        else:
            continue
        parts.append(part)
        params += more
    return (f"({' OR '.join(parts)})", params) if parts else ("FALSE", [])


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list. Empty values stand last when rising, first when falling, as the index has them."""

    name: str
    falling: bool

    @classmethod
    def read(cls, of: Shape, text: str, classes: frozenset[str]) -> "Order":
        name = text.removeprefix("-")
        field = of.fields.get(name)
        if field is None and name not in _SYSTEM:
            raise Invalid({"order": [_("Không sắp xếp được theo “%(name)s”") % {"name": name}]})
        if field and (field.spec.class_ not in classes or field.is_secret or field.spec.type in {"geometry", "table"}):
            raise Invalid({"order": [_("Không sắp xếp được theo “%(name)s”") % {"name": name}]})
        return cls(name, text.startswith("-"))

    @property
    def sql(self) -> str:
        way = " DESC" if self.falling else ""
        return f"t.id{way}" if self.name == "id" else f't."{self.name}"{way}, t.id{way}'

    def value_of(self, of: Shape, row: Row) -> Any:
        """The value of the row as the cursor keeps it."""
        if self.name in of.fields:
            value = row.values[self.name]
            return None if value is None else of.fields[self.name].kind.to_json(value)
        value = getattr(row, self.name)
        return value if value is None or isinstance(value, bool) else str(value)

    def after(self, of: Shape, cursor: list[Any]) -> tuple[str, list[Any]]:
        """The condition for what comes after the cursor (value, id)."""
        value, last = cursor
        compare = "<" if self.falling else ">"
        if self.name == "id":
            return f"t.id {compare} %s", [last]
        column = f't."{self.name}"'
        if value is None:
            if self.falling:
                return f"(({column} IS NULL AND t.id < %s) OR {column} IS NOT NULL)", [last]
            return f"({column} IS NULL AND t.id > %s)", [last]
        if self.name in of.fields:
            kind = of.fields[self.name].kind
            value = kind.to_sql(kind.from_json(value))
        follows = f"({column}, t.id) {compare} (%s, %s)"
        return (follows if self.falling else f"({follows} OR {column} IS NULL)"), [value, last]
