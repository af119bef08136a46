"""From a register's definition to its table: plan and apply.

The truth about what is there is PostgreSQL's catalogue, not an earlier definition: a register that was retired and
comes back, or whose apply was rolled back, is planned rightly. A column carries the SQL type it was declared with as
its comment; a check, key, index or view carries the digest of its own definition in its name or comment, so that
"is it the same?" is a comparison of names.

`steps` the way from what is there to what is declared · `objects` checks, keys, indexes, code lists · `convert` a
column's values in another type · `rebuild` a table made anew · `codes` the tables of code lists · `locks` waiting.
"""

from .objects import named, objects, period
from .parts import Object, Step, existing
from .run import apply, bring_up, changes, do_later
from .steps import steps

__all__ = [
    "Object",
    "Step",
    "apply",
    "bring_up",
    "changes",
    "do_later",
    "existing",
    "named",
    "objects",
    "period",
    "steps",
]
