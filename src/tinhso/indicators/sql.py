"""A measure's SQL: parsed, so that it can only read, and only what is published.

Two walls: the text is parsed by sqlglot and refused unless it is one SELECT over views of schema `pub` with known,
harmless functions (kernel/sql.py); and it runs in a read-only transaction with a time limit (queries.py, services.py).
"""

from dataclasses import dataclass
from functools import lru_cache

from sqlglot import exp

from tinhso.kernel.sql import one_query

SCHEMA = "pub"
NEEDED = {"id", "unit", "at"}


@dataclass(frozen=True, slots=True)
class Measured:
    """`views` are the views read, `columns` the names that the SELECT gives."""

    views: frozenset[str]
    columns: frozenset[str]


@lru_cache(maxsize=1_000)
def read_measure(text: str) -> Measured:
    """Parse a measure's SELECT. ValueError, with the reason, for anything but a read of published views."""
    query = one_query(text)
    named = {cte.alias for cte in query.find_all(exp.CTE)}
    views = set()
    for table in query.find_all(exp.Table):
        if not table.db and table.name in named:
            continue
        if table.db != SCHEMA or not isinstance(table.this, exp.Identifier):
            raise ValueError(f"reads {table.sql()}; only views of schema {SCHEMA} are published")
        views.add(table.name)
    if not views:
        raise ValueError(f"reads nothing of schema {SCHEMA}")
    columns = frozenset(query.named_selects)
    if missing := NEEDED - columns:
        raise ValueError(f"must give the columns id, unit and at; missing: {', '.join(sorted(missing))}")
    return Measured(frozenset(views), columns)
