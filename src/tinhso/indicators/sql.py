"""A measure's SQL: parsed, so that it can only read, and only what is published.

Two walls: the text is parsed by sqlglot and refused unless it is one SELECT over views of schema `pub` with known,
harmless functions; and it runs in a read-only transaction with a time limit (queries.py, services.py).
"""

from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

SCHEMA = "pub"
NEEDED = {"id", "unit", "at"}
FORBIDDEN = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Command, exp.Into, exp.Lock)


@dataclass(frozen=True, slots=True)
class Measured:
    """`views` are the views read, `columns` the names that the SELECT gives."""

    views: frozenset[str]
    columns: frozenset[str]


@lru_cache(maxsize=1_000)
def read_measure(text: str) -> Measured:
    """Parse a measure's SELECT. ValueError, with the reason, for anything but a read of published views."""
    try:
        statements = sqlglot.parse(text, read="postgres")
    except SqlglotError as error:
        raise ValueError(f"is not SQL: {str(error).splitlines()[0]}") from None
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        raise ValueError("must be one SELECT")
    query = statements[0]
    if found := next(query.find_all(*FORBIDDEN), None):
        raise ValueError(f"may only read, and has {found.key.upper()}")
    if found := next(query.find_all(exp.Anonymous), None):
        raise ValueError(f"uses the function {found.name}(), which is not among those allowed")
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
