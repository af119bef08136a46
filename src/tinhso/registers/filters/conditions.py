"""Conditions on the table `t` of a register, each with its parameters."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid
from tinhso.kernel.fields.base import field_type
from tinhso.kernel.text import fold

from .. import policy
from ..shape import Field, Shape
from . import searched
from .operators import COMPARE, OPERATORS, SYSTEM, is_multiple, may_ask, of_system, operators_of
from .values import box, ends, items, parameter, readable, span, truth

Where = Mapping[str, Any] | Sequence[tuple[str, Any]]
"""A field, or a field with an operator (`expires_on__le`), to a value; a tuple (operator, value) is one too. As pairs
the same question may be asked twice, with different values: a view's, and what an officer adds to it."""

Part = tuple[str, list[Any]]


def conditions(of: Shape, where: Where, search: str, classes: frozenset[str]) -> tuple[list[str], list[Any]]:
    """SQL conditions on the table `t`, with their parameters. Raises Invalid by the key asked for."""
    parts: list[str] = []
    params: list[Any] = []
    errors: dict[str, list[Any]] = {}
    kept = searched.Kept(of)
    for key, given in pairs(where):
        try:
            readable(given)
            name, operator = named(of, key)
            operator, value = given if operator == "eq" and isinstance(given, tuple) else (operator, given)
            part, more = _condition(kept, name, operator, value, classes)
        except Invalid as error:
            errors[key] = [m for messages in error.errors.values() for m in messages]
            continue
        except (TypeError, ValueError, AttributeError, OverflowError):
            errors[key] = [_("Giá trị lọc không đúng kiểu của mục này")]
            continue
        parts.append(part)
        params += more
    if errors:
        raise Invalid(errors)
    readable(search)
    if search.strip():
        part, more = _search(kept, search, classes)
        parts.append(part)
        params += more
    return parts, params


def pairs(where: Where) -> list[tuple[str, Any]]:
    return list(where.items() if isinstance(where, Mapping) else where)


def named(of: Shape, key: str) -> tuple[str, str]:
    """(field, operator) of a key as addresses and views write it. Raises Invalid for an operator that there is not."""
    name, sep, operator = key.rpartition("__")
    if key in of.fields or not sep:
        return key, "eq"
    if operator not in OPERATORS:
        raise Invalid(_("Không có phép lọc “%(operator)s” cho mục này") % {"operator": operator})
    return name, operator


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: a field (None for a column that every record has), its column, the operator, the value; what the
    table keeps for searches."""

    field: Field | None
    name: str
    column: str
    operator: str
    value: Any
    kept: searched.Kept

    @property
    def kind(self) -> str:
        if self.field is None:
            return ""
        return "several" if is_multiple(self.field) else self.field.spec.type


def _condition(kept: searched.Kept, name: str, operator: str, value: Any, classes: frozenset[str]) -> Part:
    of = kept.of
    field = of.fields.get(name)
    if name == "place":
        allowed: tuple[str, ...] = ("eq",)
    elif field is not None and may_ask(field, classes):
        allowed = operators_of(field)
    elif field is None and name in SYSTEM:
        allowed = of_system(name)
    else:
        raise Invalid(_("Không lọc được theo mục này"))
    if operator not in allowed:
        raise Invalid(_("Không có phép lọc “%(operator)s” cho mục này") % {"operator": operator})
    if name == "place":
        return policy.of_place(str(value))
    asked = Asked(field, name, f't."{name}"', operator, value, kept)
    meaning = _BY_TYPE.get((asked.kind, operator)) or _BY_OPERATOR.get(operator, _compare)
    return meaning(asked)


def _between(asked: Asked) -> Part:
    first, last = ends(asked.value)
    found = [
        _compare(replace(asked, operator=mark, value=end))
        for mark, end in (("ge", first), ("le", last))
        if end is not None
    ]
    return " AND ".join(part for part, _more in found) or "TRUE", [p for _part, more in found for p in more]


def _in(asked: Asked) -> Part:
    found = [_compare(replace(asked, operator="eq", value=one)) for one in items(asked.value)]
    if found and all(part == f"{asked.column} = %s" for part, _more in found):
        return f"{asked.column} IN ({', '.join(['%s'] * len(found))})", [p for _part, more in found for p in more]
    return _any(found)


def _any(parts: list[Part]) -> Part:
    joined = " OR ".join(part for part, _more in parts)
    return f"({joined})" if joined else "FALSE", [p for _part, more in parts for p in more]


def _empty(asked: Asked) -> Part:
    """A list without members is empty as well as one that is not there."""
    column, wanted = asked.column, truth(asked.value)
    hollow = {"several": f"cardinality({column}) = 0", "table": f"{column} = '[]'", "file": f"{column} = '[]'"}
    if asked.kind not in hollow:
        return f"{column} IS {'' if wanted else 'NOT '}NULL", []
    found = f"({column} IS NULL OR {hollow[asked.kind]})"
    return found if wanted else f"NOT {found}", []


def _compare(asked: Asked) -> Part:
    """One comparison. What is empty is different from every value (`ne`), and neither before nor after any."""
    column, operator = asked.column, asked.operator
    wanted = parameter(asked.field, asked.name, asked.value)
    moments = asked.kind == "datetime" if asked.field else SYSTEM[asked.name] is datetime
    if moments and not isinstance(wanted, datetime):
        return _of_day(column, operator, wanted)
    if operator == "ne":
        return f"{column} IS DISTINCT FROM %s", [wanted]
    return f"{column} {COMPARE[operator]} %s", [wanted]


def _of_day(column: str, operator: str, day: date) -> Part:
    """A moment compared with a whole day."""
    first, after = span(day)
    match operator:
        case "eq":
            return f"({column} >= %s AND {column} < %s)", [first, after]
        case "ne":
            return f"({column} IS NULL OR {column} < %s OR {column} >= %s)", [first, after]
        case "lt" | "ge":
            return f"{column} {COMPARE[operator]} %s", [first]
        case _:
            return f"{column} {'<' if operator == 'le' else '>='} %s", [after]


def _several(asked: Asked) -> Part:
    """A choice of several: all of these answers (contains), any (in), the very same in whatever order, others."""
    column, wanted = asked.column, _answers(asked)
    if asked.operator in {"contains", "in"}:
        return f"{column} {'@>' if asked.operator == 'contains' else '&&'} %s::text[]", [wanted]
    same = f"({column} @> %s::text[] AND {column} <@ %s::text[])"
    return (same if asked.operator == "eq" else f"{same} IS NOT TRUE"), [wanted, wanted]


def _answers(asked: Asked) -> list[str]:
    assert asked.field
    given = items(asked.value.replace(";", ",") if isinstance(asked.value, str) else asked.value)
    found = asked.field.kind.read(given, asked.field.options)
    if not found:
        raise Invalid(_("Xin nhập giá trị để so"))
    return found


def _commune(asked: Asked) -> Part:
    """An address is compared by its commune, as it is written there: a code, or a name of today."""
    unit = field_type("unit")
    given = items(asked.value) if asked.operator == "in" else [asked.value]
    codes = [unit.read(getattr(one, "unit", one), None) for one in given]
    if not all(codes):
        raise Invalid(_("Xin nhập xã, phường"))
    if asked.operator == "ne":
        return f"{asked.column} ->> 'unit' IS DISTINCT FROM %s", codes
    return f"{asked.column} ->> 'unit' = ANY(%s)", [codes]


def _pattern(operator: str, text: str) -> str:
    folded = re.sub(r"([%_\\])", r"\\\1", fold(text))
    if not folded:
        raise Invalid(_("Xin nhập giá trị để so"))
    return f"{'%' if operator == 'contains' else ''}{folded}%"


def _like(asked: Asked) -> Part:
    """In text, without regard to case and diacritics. Numbers are looked for as they are kept: without blanks and dots,
    a telephone number that begins with 0 also as +84."""
    text = str(asked.value)
    if asked.kind in {"phone", "national_id", "vehicle_plate", "tax_code"}:
        text = re.sub(r"[\s.()]", "", text)
    if asked.kind == "phone":
        text = text.replace("-", "")
        if text.startswith("0"):
            begins = _has(asked, _pattern("prefix", f"+84{text[1:]}"))
            return begins if asked.operator == "prefix" else _any([begins, _has(asked, _pattern("contains", text))])
    return _has(asked, _pattern(asked.operator, text))


def _has(asked: Asked, pattern: str) -> Part:
    """The folded text as the table keeps it, or folded as it is asked."""
    if column := asked.kept.folded(asked.name):
        return f't."{column}" LIKE %s', [searched.turned(pattern)]
    return f"tinhso_fold({asked.column}::text) LIKE %s", [pattern]


def _in_line(asked: Asked) -> Part:
    return f"tinhso_fold({asked.column} ->> 'line') LIKE %s", [_pattern("contains", str(asked.value))]


def _in_json(asked: Asked) -> Part:
    """In any cell of a table as it is kept, or in the names of files."""
    path = "$[*].*" if asked.kind == "table" else "$[*].name"  # a path begins with what is no list as if it were of one
    found = f"jsonb_path_query({asked.column}, '{path}') AS found(cell)"
    return (
        f"EXISTS (SELECT 1 FROM {found} WHERE tinhso_fold(found.cell #>> '{{}}') LIKE %s)",  # noqa: S608
        [_pattern("contains", str(asked.value))],
    )


def _near(asked: Asked) -> Part:
    """The index narrows by frames; what is left is compared in full."""
    column, found = asked.column, box(asked.value)
    if len(found) == 4:
        frame = "ST_MakeEnvelope(%s, %s, %s, %s, 4326)"
        return f"({column} && {frame} AND ST_Intersects({column}, {frame}))", [*found, *found]
    lon, lat, metres = found
    point = "ST_SetSRID(ST_MakePoint(%s, %s), 4326)::geography"
    within = f"ST_DWithin({column}::geography, {point}, %s)"
    if metres > 50_000 or abs(lat) > 80 or abs(lon) > 179:  # a frame in degrees would cross the edge of the map
        return within, [lon, lat, metres]
    frame = f"ST_Expand(ST_Envelope(ST_Buffer({point}, %s)::geometry), 0.0001)"
    return f"({column} && {frame} AND {within})", [lon, lat, metres + 1, lon, lat, metres]


_BY_OPERATOR: Mapping[str, Callable[[Asked], Part]] = {
    "empty": _empty,
    "between": _between,
    "in": _in,
    "prefix": _like,
    "contains": _like,
    "near": _near,
}
_BY_TYPE: Mapping[tuple[str, str], Callable[[Asked], Part]] = {
    **{("several", operator): _several for operator in ("eq", "ne", "in", "contains")},
    **{("address", operator): _commune for operator in ("eq", "ne", "in")},
    ("address", "contains"): _in_line,
    ("file", "contains"): _in_json,
    ("table", "contains"): _in_json,
}


def _search(kept: searched.Kept, search: str, classes: frozenset[str]) -> Part:
    """Full text in the fields declared for it, the last word perhaps only begun; the whole text also as a value of a
    field looked up exactly."""
    of = kept.of
    found: list[Part] = []
    declared = {n: how for n, how in of.definition.search.items() if of.fields[n].spec.class_ in classes}
    words = [word for word in re.split(r"\W+", fold(search)) if word]
    searches = [n for n, how in of.definition.search.items() if how == "fulltext"]
    if words and searches and all(name in declared for name in searches):
        query = " & ".join([*(f"'{word}'" for word in words[:-1]), f"'{words[-1]}'{_open(words[-1])}"])
        found.append((f"{kept.words()} @@ to_tsquery('simple', %s)", [query]))
    for name, how in declared.items():
        kind = of.fields[name].spec.type
        if how in {"prefix", "contains"} and kind != "choice" and how in operators_of(of.fields[name]) and fold(search):
            found.append(_condition(kept, name, how, search, classes))
        elif how == "exact" and kind in {"text", "national_id", "tax_code", "phone", "email"}:
            found.append((f't."{name}" = %s', [search.strip()]))
    return _any(found)


def _open(word: str) -> str:
    """How the last word is looked for: as the beginning of one, unless it is a number or a single letter. Those begin
    so many words that the index would be read for a good part of the register."""
    return "" if len(word) == 1 or word.isdigit() else ":*"
