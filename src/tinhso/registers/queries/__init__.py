"""Reads of registers. Each takes the actor and shows what policy.py leaves to them; what it does not is not there."""

from ..filters import Where
from .history import by_case, differences, history
from .lists import COUNT_UP_TO, check_where, count_estimate, find
from .one import get
from .reading import STATEMENT_SECONDS
from .references import referring
from .registers import definition, need_export, operators, readable, registers_visible, schema_work_left
from .words import in_words

__all__ = [
    "COUNT_UP_TO",
    "STATEMENT_SECONDS",
    "Where",
    "by_case",
    "check_where",
    "count_estimate",
    "definition",
    "differences",
    "find",
    "get",
    "history",
    "in_words",
    "need_export",
    "operators",
    "readable",
    "referring",
    "registers_visible",
    "schema_work_left",
]
