"""Of which field type a column is: by its header and its cells, asked of the type itself."""

import re
from collections import Counter
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from tinhso.kernel.fields import FieldSpec
from tinhso.kernel.text import clean, fold

from . import naming
from .column import Column, is_error, spec_of, why_unfit

MOST_CHOICES = 20
ENOUGH, WITH_A_HINT = 0.85, 0.6
"""The share of a column's cells that have to fit a type, without and with a header that speaks for it."""
_PLACES = 9


def kind_of(column: Column) -> tuple[str, dict[str, Any]]:
    """The type and its options."""
    sound = column.sound
    if not sound:
        return "text", {"max": 200}
    if any(isinstance(cell, dict) for _row, cell in column.cells):
        return "geometry", {"shape": _shape(column)}
    hinted = naming.hints(column.header)
    for kind in hinted:
        if kind == "money":
            continue
        looks = _LOOKS.get(kind)
        if (not looks or looks(column)) and _share(column, spec_of(kind), sound) >= WITH_A_HINT:
            return kind, {}
    for kind, looks in _LOOKS.items():
        if kind not in hinted and looks(column) and _share(column, spec_of(kind), sound) >= ENOUGH:
            return kind, {}
    return (
        _boolean(column, sound)
        or _number(column, sound, money="money" in hinted)
        or _choice(column, sound)
        or _text(column)
    )


def _share(column: Column, spec: FieldSpec, sound: int) -> float:
    return column.fitting(lambda cell: not why_unfit(cell, spec)) / sound


def _most(column: Column, looks: Callable[[Any], bool]) -> bool:
    return 2 * column.fitting(looks) > column.sound


def _texts(pattern: str) -> Callable[[Column], bool]:
    whole = re.compile(pattern)
    return lambda column: _most(column, lambda cell: isinstance(cell, str) and bool(whole.fullmatch(cell.strip())))


def _is_dates(column: Column) -> bool:
    hinted = "date" in naming.hints(column.header)
    return _most(
        column,
        lambda cell: (
            isinstance(cell, date)
            or (isinstance(cell, str) and bool(re.fullmatch(r"\d{1,4}[-/.\s]\d{1,2}[-/.\s]\d{1,4}.*", cell.strip())))
            or (hinted and isinstance(cell, int) and not isinstance(cell, bool) and 10_000 < cell < 80_000)
        ),
    )


def _is_moments(column: Column) -> bool:
    """Most are a moment, and the clock says more than a date would keep."""
    return _most(
        column,
        lambda cell: (
            isinstance(cell, datetime)
            or (isinstance(cell, str) and bool(re.search(r"\d{1,2}[:h]\d{2}", cell) and re.search(r"\d{4}", cell)))
        ),
    )


def _is_identities(column: Column) -> bool:
    """Twelve digits, or fewer in a number that lost its zeros, under a header that says so."""
    if "national_id" in naming.hints(column.header):
        return True
    return _texts(r"0\d{2}[0-9]\d{8}")(column)


_LOOKS: dict[str, Callable[[Column], bool]] = {
    "datetime": _is_moments,
    "date": _is_dates,
    "email": _texts(r"[^@\s]+@[^@\s]+\.[^@\s]+"),
    "national_id": _is_identities,
    "phone": lambda column: (
        "phone" in naming.hints(column.header) or _texts(r"(\+84|0)[ .]?[2-9][\d .\-]{7,12}")(column)
    ),
    "vehicle_plate": _texts(r"\d{2}\s*-?\s*[A-ZĐa-zđ]{1,2}\d?\s*[- ]?\s*[\d.]{4,6}"),
    "geometry": _texts(r"-?\d{1,2}[.,]\d{3,}\s*[;,\s]\s*-?\d{2,3}[.,]\d{3,}"),
}
"""How cells look for which a type is tried at all; more than half of them have to."""


_TRUE_FALSE = frozenset({"co", "khong", "dung", "sai", "yes", "no", "true", "false", "x"})


def _boolean(column: Column, sound: int) -> tuple[str, dict[str, Any]] | None:
    words = {fold(str(cell)) for cell, _n in column.values.values() if not is_error(cell)}
    if any(isinstance(cell, bool) for _row, cell in column.cells) or (len(words) <= 3 and words <= _TRUE_FALSE):
        return ("boolean", {}) if _share(column, spec_of("boolean"), sound) >= ENOUGH else None
    return None


def _number(column: Column, sound: int, *, money: bool) -> tuple[str, dict[str, Any]] | None:
    """A quantity: an integer where all are whole; never what has leading zeros or is called a code in text."""
    padded = column.fitting(lambda cell: isinstance(cell, str) and bool(re.fullmatch(r"0\d+", cell.strip())))
    if padded or _most(column, lambda cell: isinstance(cell, date)):
        return None
    if naming.is_code(column.header) and not naming.is_ordinal(column.header):
        return None
    whole = column.fitting(lambda cell: not why_unfit(cell, _INTEGER))
    any_number = column.fitting(lambda cell: not why_unfit(cell, _DECIMAL))
    if max(whole, any_number) / sound < (WITH_A_HINT if money else ENOUGH):
        return None
    if whole >= any_number:
        kind = "money" if money and _share(column, spec_of("money"), sound) >= WITH_A_HINT else "integer"
        return kind, {}
    return "decimal", {"places": _places(column)}


_INTEGER, _DECIMAL = spec_of("integer"), spec_of("decimal", {"places": _PLACES})


def _places(column: Column) -> int:
    most = 0
    for cell, _n in column.values.values():
        if not why_unfit(cell, _DECIMAL):
            value = _DECIMAL.kind.from_cell(cell, _DECIMAL.settings())
            if isinstance(value, Decimal):
                exponent = value.normalize().as_tuple().exponent
                most = max(most, -exponent if isinstance(exponent, int) else 0)
    return max(1, most)


def _choice(column: Column, sound: int) -> tuple[str, dict[str, Any]] | None:
    """A list of words that come again and again, in any spelling that differs only by capitals and marks."""
    if naming.is_person(column.header) or naming.is_address(column.header):
        return None
    groups: dict[str, Counter[str]] = {}
    for cell, count in column.values.values():
        if is_error(cell):
            continue
        if not isinstance(cell, str) or not 0 < len(clean(cell)) <= 60 or "\n" in cell:
            return None
        groups.setdefault(fold(cell), Counter())[clean(cell)] += count
        if len(groups) > MOST_CHOICES:
            return None
    if len(groups) < 2 or sound < max(10, 3 * len(groups)) or "" in groups:
        return None
    taken: set[str] = set()
    choices = []
    for words in sorted(groups.values(), key=lambda c: -c.total()):
        label = words.most_common(1)[0][0]
        value = naming.field_name(label, taken)
        taken.add(value)
        choices.append({"value": value, "label": {"vi": label, "en": label}})
    options = {"choices": choices}
    return ("choice", options) if _share(column, spec_of("choice", options), sound) == 1 else None


def _text(column: Column) -> tuple[str, dict[str, Any]]:
    texts = [str(cell) for cell, _n in column.values.values() if not is_error(cell)]
    longest = max(map(len, texts))
    options: dict[str, Any] = {
        "max": next((n for n in (50, 100, 200, 500, 1_000, 2_000, 5_000, 20_000) if n >= longest), 20_000)
    }
    if any("\n" in text.strip() for text in texts) or longest > 500:
        options["lines"] = 4
    return "text", options


def _shape(column: Column) -> str:
    kinds = {str(cell.get("type", "")).removeprefix("Multi") for _row, cell in column.cells if isinstance(cell, dict)}
    multi_point = any(isinstance(c, dict) and c.get("type") == "MultiPoint" for _row, c in column.cells)
    known = {"Point": "point", "LineString": "line", "Polygon": "polygon"}
    return known.get(kinds.pop(), "any") if len(kinds) == 1 and not multi_point else "any"
