"""On which answers a field is asked at all: `when` of a field.

`when: {married: true}` an answer; `{country: [VN, LA]}` any of a list; `{country: {not: VN}}` answered, and otherwise
(a list: none of these); `{floors: {ge: 3, lt: 9}}` compared (ge, gt, le, lt; numbers and days); `{spouse: {empty:
true}}` not answered. Every key of `when` must be met, every comparison of one key too. A field that is not asked has no
answer, so that what hangs on it is not asked either.
"""

import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from ..errors import Invalid

if TYPE_CHECKING:
    from .base import FieldSpec

Spec = TypeVar("Spec", bound="FieldSpec")

COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "ge": operator.ge,
    "gt": operator.gt,
    "le": operator.le,
    "lt": operator.lt,
}
ORDERED = frozenset({"integer", "decimal", "money", "date", "datetime"})
"""Types whose answers are more or less than one another."""


def asked(specs: Sequence[Spec], raw: Callable[[str], Any]) -> list[Spec]:
    """The fields that are asked at all, given the answers so far."""
    by_name = {spec.name: spec for spec in specs}
    values = {
        spec.name: _read_or_none(spec, raw(spec.name)) for spec in specs if any(spec.name in s.when for s in specs)
    }
    known: dict[str, bool] = {}

    def is_asked(spec: "FieldSpec") -> bool:
        if spec.name not in known:
            known[spec.name] = True  # holds a circle, which `faults` refuses
            known[spec.name] = all(meets(name, wanted) for name, wanted in spec.when.items())
        return known[spec.name]

    def meets(name: str, wanted: Any) -> bool:
        other = by_name.get(name)
        if other is None:  # on another page of the form
            return str(raw(name)) in map(str, _options(wanted))
        return met(other, values[name] if is_asked(other) else None, wanted)

    return [spec for spec in specs if is_asked(spec)]


def met(spec: "FieldSpec", value: Any, wanted: Any) -> bool:
    """Whether an answer (None: there is none) fulfils what `when` wants of the field."""
    if isinstance(wanted, Mapping):
        return all(_compared(spec, value, operation, bound) for operation, bound in wanted.items())
    if value is None:
        return False
    given = value if isinstance(value, list) else [value]
    return any(_one(spec, option) in given for option in _options(wanted))


def _compared(spec: "FieldSpec", value: Any, operation: str, bound: Any) -> bool:
    if operation == "empty":
        return (value is None) == bool(bound)
    if value is None:
        return False
    if operation == "not":
        return not met(spec, value, bound)
    return COMPARE[operation](value, _one(spec, bound))


def _options(wanted: Any) -> list[Any]:
    return wanted if isinstance(wanted, list) else [wanted]


def _one(spec: "FieldSpec", option: Any) -> Any:
    """A wanted answer as a value; of a field with several answers, one of them."""
    value = _read_or_none(spec, option)
    return value[0] if isinstance(value, list) and value else value


def _read_or_none(spec: "FieldSpec", raw: Any) -> Any:
    try:
        return spec.kind.read(raw, spec.settings())
    except Invalid:
        return None


def faults(spec: "FieldSpec", by_name: Mapping[str, "FieldSpec"]) -> Iterator[tuple[tuple[str, ...], str]]:
    """(path below `when`, message) for what the condition of a field cannot mean."""
    for name, wanted in spec.when.items():
        other = by_name.get(name)
        if other is None or other is spec:
            yield (), f"{name!r} is not another field"
            continue
        for path, message in _wrong(other, wanted):
            yield (name, *path) if path else (), message
        if _leads_back(spec, by_name):
            yield (), f"{spec.name!r} is asked when itself is answered"


def _wrong(other: "FieldSpec", wanted: Any) -> Iterator[tuple[tuple[str, ...], str]]:
    if isinstance(wanted, Mapping):
        for operation, bound in wanted.items():
            if operation == "empty":
                if not isinstance(bound, bool):
                    yield (operation,), f"{bound!r} is neither true nor false"
            elif operation == "not":
                yield from (((operation,), message) for _path, message in _wrong(other, bound))
            elif operation not in COMPARE:
                yield (str(operation),), f"{operation!r} is no comparison; known are empty, ge, gt, le, lt, not"
            elif other.type not in ORDERED:
                yield (operation,), f"{other.name!r} is of type {other.type}, which has no more and less"
            elif _one(other, bound) is None:
                yield (operation,), f"{bound!r} is no answer to {other.name!r}"
        return
    for option in _options(wanted):
        if isinstance(option, Mapping) or _one(other, option) is None:
            yield (), f"{option!r} is no answer to {other.name!r}"


def _leads_back(spec: "FieldSpec", by_name: Mapping[str, "FieldSpec"]) -> bool:
    seen: set[str] = set()
    ahead = [name for name in spec.when if name in by_name]
    while ahead:
        name = ahead.pop()
        if name == spec.name:
            return True
        if name not in seen:
            seen.add(name)
            ahead += [other for other in by_name[name].when if other in by_name]
    return False
