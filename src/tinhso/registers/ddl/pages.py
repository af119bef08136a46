"""The indexes from which the pages of a register's declared views come in their order.

A view's conditions that never move (`status: active`) are the index's own, so that it holds the view's records alone
and costs nothing for others; what follows the day (`expires_on__ge: today`) is found in it, or is what it is ordered
by. Each stands twice: for the whole province, and by unit, since most readers see one commune: an index in order of
the day alone would make them read the pages of a hundred others.
"""

import re
from collections.abc import Callable, Iterator
from typing import Any

from psycopg import sql

from tinhso.kernel.errors import Invalid

from ..definitions import View
from ..filters import Order, conditions, named
from ..filters.values import items, moves
from ..shape import LOOKED_UP, Field, Shape

Part = tuple[str, list[Any]]

LONGEST_KEY = 800
"""Letters of a text that lists are kept in the order of; each may take three bytes."""
_EVERY = frozenset({"open", "internal", "personal"})
_OPERATORS = frozenset({"eq", "ne", "lt", "le", "gt", "ge", "in", "between", "empty"})
_CODES = {"eq": "{} = {}", "ne": "{} IS DISTINCT FROM {}", "in": "{} IN ({})"}
_COLUMN = re.compile(r't\."(\w+)"')


def indexes(shape: Shape, column: Callable[[str], str]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    """(what, body, fields) of each index that the views ask for; `column` names a column as it will be. A view that
    could not be shown asks for none."""
    for view in shape.definition.views:
        try:
            yield from _of_view(shape, view, column)
        except Invalid:
            continue


def _of_view(shape: Shape, view: View, column: Callable[[str], str]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    fixed: list[Part] = []
    named_, moving = [], []
    for key, value in sorted(view.where.items()):  # as it is published its order is another
        name, operator = named(shape, key)
        named_.append(name)
        if moves(value):
            moving.append(name)
        elif operator in _OPERATORS:
            fixed += _fixed(shape, key, name, operator, value)
    order = Order.read(shape, view.order or shape.newest_first, _EVERY).name
    where = _literal(fixed, column)
    fields = tuple(name for name in dict.fromkeys((order, *named_)) if name in shape.fields)
    for first in dict.fromkeys((order, *moving)):
        if first in shape.fields and _is_long(shape.fields[first]):
            continue
        found = [column(first)] if first == "id" else [column(first), "id"]
        if where or first != "id":  # without conditions the table's own key, and the index by unit, are these
            yield f"view {view.name} by {first}", f"({', '.join(found)}){where}", fields
            yield f"view {view.name} by unit and {first}", f"({', '.join(['unit', *found])}){where}", fields


def _is_long(field: Field) -> bool:
    """Whether a text may be longer than what an index takes (2,704 bytes, compressed or not)."""
    return field.spec.type == "text" and field.options.max > LONGEST_KEY


def _fixed(shape: Shape, key: str, name: str, operator: str, value: Any) -> list[Part]:
    """A condition that never moves, as a page asks it; none where what is meant is looked up as the page is asked.
    Codes of a shared list stand in the definition as they are kept: the list may not be there yet."""
    field = shape.fields.get(name)
    kind = field.spec.type if field else ""
    if name == "place" or (kind in LOOKED_UP and operator != "empty"):
        return []
    if field and kind == "choice" and field.options.of and operator != "empty":
        asked = [str(one) for one in items(value)] if operator == "in" else [str(value)]
        if operator not in _CODES or field.options.multiple:
            return []
        return [(_CODES[operator].format(f't."{name}"', ", ".join(["%s"] * len(asked))), list(asked))]
    [part], params = conditions(shape, [(key, value)], "", _EVERY)
    return [(part, params)]


def _literal(parts: list[Part], column: Callable[[str], str]) -> str:
    """The conditions with their values written out: PostgreSQL sees that a page asks no less than the index holds."""
    values = (sql.Literal(value).as_string() for _part, params in parts for value in params)
    text = _COLUMN.sub(lambda found: column(found[1]), " AND ".join(f"({part})" for part, _params in parts))
    return f" WHERE {re.sub('%s', lambda _found: next(values), text)}" if text else ""
