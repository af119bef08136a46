"""Computed answers: `compute: "sum(items.quantity * items.price) + transport"` of a field of the form.

Numbers, fields of numbers and days, `+ - * /`, parentheses, and

sum(table.column …)   over the rows of one table, of any expression of its columns; rows with a gap are left out
sum(a, b, …)          of those that are answered; min(…) and max(…) likewise, of numbers or of days
count(table)          the number of rows
round(x), floor(x)    to a whole number, halves away from zero
years(from, to)       whole years between two days, as ages are counted; days(from, to)
today()               the day on which it is computed

A day plus or minus a number is a day, a day minus a day is a number of days. What an operator lacks makes the whole
empty; so does a division by zero. Nothing else of Python is read, and nothing is ever executed: the tree is walked.
"""

import ast
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal, InvalidOperation
from functools import lru_cache
from typing import Any, Literal

from django.utils import timezone

from tinhso.kernel.fields.base import FieldSpec

Type = Literal["number", "day"]
LONGEST = 500
DEEPEST = 40
NUMBERS = frozenset({"integer", "decimal", "money"})
RESULTS: Mapping[str, Type] = {"integer": "number", "decimal": "number", "money": "number", "date": "day"}
"""The types of field that may be computed, and that an expression may read."""
_EXACT = Context(prec=40)
_ARITHMETIC: Mapping[type[ast.operator], Callable[[Decimal, Decimal], Decimal]] = {
    ast.Add: _EXACT.add,
    ast.Sub: _EXACT.subtract,
    ast.Mult: _EXACT.multiply,
    ast.Div: _EXACT.divide,
}
_MOST_DAYS = 400 * 366


class Wrong(ValueError):
    """An expression that cannot be meant; the message says why."""


@lru_cache(maxsize=2_000)
def parse(text: str) -> ast.expr:
    """The tree of an expression, with nothing in it but what this page names. Raises Wrong."""
    if len(text) > LONGEST:
        raise Wrong(f"longer than {LONGEST} characters")
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        raise Wrong("it is no expression") from None
    _plain(tree, 0)
    return tree


def _plain(node: ast.AST, depth: int) -> None:
    if depth > DEEPEST:
        raise Wrong("it is nested too deeply")
    inner: Sequence[ast.AST] = ()
    match node:
        case ast.Constant(value=int() | float()) if not isinstance(node.value, bool):
            pass
        case ast.Name() | ast.Attribute(value=ast.Name()):
            pass
        case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
            inner = (left, right)
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            inner = (operand,)
        case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]) if name in FUNCTIONS:
            inner = arguments
        case _:
            known = ", ".join(sorted(FUNCTIONS))
            raise Wrong(
                f"it holds something other than numbers, fields, table.column, + - * / and the functions {known}"
            )
    for one in inner:
        _plain(one, depth + 1)


def names(text: str) -> set[str]:
    """The fields of the form that an expression reads. Raises Wrong."""
    return set(_names(parse(text)))


def _names(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Name):
        yield node.id
    elif isinstance(node, ast.Call):
        for argument in node.args:
            yield from _names(argument)
    else:
        for child in ast.iter_child_nodes(node):
            yield from _names(child)


def type_of(text: str, fields: Mapping[str, FieldSpec]) -> Type:
    """Whether an expression gives a number or a day. Raises Wrong where a name leads nowhere or types do not fit."""
    return _type(parse(text), fields, None)


def _type(node: ast.AST, fields: Mapping[str, FieldSpec], table: str | None) -> Type:
    match node:
        case ast.Constant():
            return "number"
        case ast.Name(id=name):
            return _type_of_field(fields.get(name), name)
        case ast.Attribute(value=ast.Name(id=name), attr=column):
            if name != table:
                raise Wrong(f"{name}.{column} stands for many values: only sum, min and max take it")
            spec = next((c for c in fields[name].settings().columns if c.name == column), None)
            return _type_of_field(spec, f"{name}.{column}")
        case ast.UnaryOp(operand=inner):
            return _same("number", _type(inner, fields, table))
        case ast.BinOp(left=left, op=op, right=right):
            return _type_of_operation(op, _type(left, fields, table), _type(right, fields, table))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _type_of_call(name, arguments, fields, table)
    raise Wrong("it is no expression")


def _type_of_field(spec: FieldSpec | None, name: str) -> Type:
    if spec is None:
        raise Wrong(f"{name!r} is not a field of this form")
    if spec.type not in RESULTS:
        raise Wrong(f"{name!r} is of type {spec.type}: numbers and days can be computed with")
    return RESULTS[spec.type]


def _same(wanted: Type, given: Type) -> Type:
    if wanted != given:
        raise Wrong(f"a {wanted} is wanted where a {given} stands")
    return given


def _type_of_operation(op: ast.operator, left: Type, right: Type) -> Type:
    if left == "number" and right == "number":
        return "number"
    if isinstance(op, ast.Sub) and left == "day":
        return "number" if right == "day" else "day"
    if isinstance(op, ast.Add) and {left, right} == {"day", "number"}:
        return "day"
    raise Wrong("days may be subtracted, and a number of days added to a day")


def _type_of_call(name: str, arguments: Sequence[ast.expr], fields: Mapping[str, FieldSpec], table: str | None) -> Type:
    wanted, result = FUNCTIONS[name]
    if name == "count":
        one = arguments[0] if len(arguments) == 1 else None
        spec = fields.get(one.id) if isinstance(one, ast.Name) else None
        if spec is None or spec.type != "table":
            raise Wrong("count takes the name of a table")
        return "number"
    if wanted is not None:
        if len(arguments) != len(wanted):
            raise Wrong(f"{name} takes {len(wanted)} values, not {len(arguments)}")
        for one, argument in zip(wanted, arguments, strict=True):
            _same(one, _type(argument, fields, table))
        return result or "number"
    if not arguments:
        raise Wrong(f"{name} takes at least one value")
    types: set[Type] = {_type(argument, fields, _table_of(argument, fields, name) or table) for argument in arguments}
    if len(types) > 1 or (name == "sum" and types != {"number"}):
        raise Wrong(f"{name} takes values of one kind{', numbers' if name == 'sum' else ''}")
    return types.pop()


def _table_of(node: ast.AST, fields: Mapping[str, FieldSpec] | None = None, called: str = "sum") -> str | None:
    """The one table whose columns an argument names; None where it names none. Raises Wrong for two."""
    found = {inner.value.id for inner in ast.walk(node) if isinstance(inner, ast.Attribute)}  # type: ignore[union-attr]
    if len(found) > 1:
        raise Wrong(f"{called} goes over the rows of one table, not of {' and '.join(sorted(found))}")
    name = next(iter(found), None)
    if name is not None and fields is not None and (name not in fields or fields[name].type != "table"):
        raise Wrong(f"{name!r} is not a table of this form")
    return name


def evaluate(text: str, values: Mapping[str, Any]) -> Decimal | date | None:
    """The value of an expression over the answers (Python values, None where there is none); None where something
    it needs is missing."""
    try:
        return _value(parse(text), values)
    except (InvalidOperation, OverflowError, ZeroDivisionError):
        return None


def _value(node: ast.AST, values: Mapping[str, Any]) -> Any:
    match node:
        case ast.Constant(value=number):
            return Decimal(str(number))
        case ast.Name(id=name):
            return _number(values.get(name))
        case ast.Attribute(value=ast.Name(id=name), attr=column):
            return _number((values.get(f"{name}.") or {}).get(column))
        case ast.UnaryOp(operand=inner):
            value = _value(inner, values)
            return None if value is None else -value
        case ast.BinOp(left=left, op=op, right=right):
            return _operated(op, _value(left, values), _value(right, values))
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return _called(name, arguments, values)
    raise Wrong("it is no expression")


def _number(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return Decimal(value)
    return value if isinstance(value, Decimal | date) else None


def _operated(op: ast.operator, left: Any, right: Any) -> Any:
    if left is None or right is None or (isinstance(op, ast.Div) and not right):
        return None
    if isinstance(left, date):
        return Decimal((left - right).days) if isinstance(right, date) else _later(left, right, op)
    return _later(right, left, op) if isinstance(right, date) else _ARITHMETIC[type(op)](left, right)


def _later(day: date, number: Decimal, op: ast.operator) -> date | None:
    if abs(number) > _MOST_DAYS:
        return None
    return day + timedelta(days=int(number) if isinstance(op, ast.Add) else -int(number))


def _called(name: str, arguments: Sequence[ast.expr], values: Mapping[str, Any]) -> Any:
    if name == "count":
        rows = values.get(arguments[0].id)  # type: ignore[attr-defined]
        return Decimal(len(rows or ()))
    if name in _OVER_MANY:
        there = [value for argument in arguments for value in _each(argument, values) if value is not None]
        return _OVER_MANY[name](there) if there else None
    given = [_value(argument, values) for argument in arguments]
    return None if any(value is None for value in given) else _OF_SOME[name](*given)


def _years(since: date, until: date) -> Decimal:
    """As ages are counted: a year is full on its day."""
    return Decimal(until.year - since.year - ((until.month, until.day) < (since.month, since.day)))


_OVER_MANY: Mapping[str, Callable[[Sequence[Any]], Any]] = {
    "sum": lambda there: sum(there, Decimal(0)),
    "min": min,
    "max": max,
}
_OF_SOME: Mapping[str, Callable[..., Any]] = {
    "round": lambda value: value.quantize(Decimal(1), ROUND_HALF_UP, context=_EXACT),
    "floor": lambda value: value.quantize(Decimal(1), ROUND_FLOOR, context=_EXACT),
    "years": _years,
    "days": lambda since, until: Decimal((until - since).days),
    "today": timezone.localdate,
}


def _each(argument: ast.expr, values: Mapping[str, Any]) -> Iterable[Any]:
    """The values of an argument: one, or one for each row of the table that it names."""
    table = _table_of(argument)
    if table is None:
        return (_value(argument, values),)
    return (_value(argument, {**values, f"{table}.": row}) for row in values.get(table) or ())


FUNCTIONS: Mapping[str, tuple[tuple[Type, ...] | None, Type | None]] = {
    "sum": (None, None),
    "min": (None, None),
    "max": (None, None),
    "count": (None, "number"),
    "round": (("number",), "number"),
    "floor": (("number",), "number"),
    "years": (("day", "day"), "number"),
    "days": (("day", "day"), "number"),
    "today": ((), "day"),
}
"""What each function takes (None: any number of values of one kind) and gives."""


def fit(spec: FieldSpec, value: Decimal | date | None) -> Any:
    """A computed value as the field holds it: whole numbers and đồng rounded, decimals to their places. None where it
    is out of all bounds."""
    if isinstance(value, Decimal):
        if spec.type == "decimal":
            places = Decimal(1).scaleb(-spec.settings().places)
            return value.quantize(places, ROUND_HALF_UP, context=_EXACT) if value.is_finite() else None
        return int(value.quantize(Decimal(1), ROUND_HALF_UP, context=_EXACT))
    return value
