"""SQL that comes from packs and from what officers make in the browser: parsed, so that it is proven harmless.

Such a text is never run as it was written. It is parsed by sqlglot, refused unless every part of it is known to be
harmless, and what runs is sqlglot's own rendering of what was understood. Two kinds are read here: a SELECT
(`one_query`, further judged by indicators) and a condition on the columns of one row (`Condition`).
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

WRITES = (exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Create, exp.Drop, exp.Command, exp.Into, exp.Lock)
MOST_LETTERS, MOST_PARTS = 2_000, 400

_BOOLEAN = (exp.And, exp.Or, exp.Not, exp.Predicate, exp.Boolean, exp.NullSafeEQ, exp.NullSafeNEQ, exp.Case)
_BOOLEAN += (exp.Column, exp.Coalesce, exp.StartsWith, exp.Overlaps, exp.ArrayContainsAll, exp.ArrayContainedBy)
_BOOLEAN += (exp.ArrayOverlaps, exp.RegexpLike, exp.RegexpILike, exp.Anonymous)

_PARTS = frozenset(
    {
        *(exp.And, exp.Or, exp.Not, exp.Paren, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In),
        *(exp.Between, exp.Like, exp.ILike, exp.Escape, exp.RegexpLike, exp.RegexpILike),
        *(exp.NullSafeEQ, exp.NullSafeNEQ, exp.Any, exp.All, exp.Tuple, exp.Array, exp.Overlaps),
        *(exp.ArrayContainsAll, exp.ArrayContainedBy, exp.ArrayOverlaps),
        *(exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.Neg, exp.DPipe, exp.Interval),
        *(exp.Case, exp.If, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Cast, exp.DataType),
        *(exp.DataTypeParam, exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Length, exp.Lower, exp.Upper, exp.Trim),
        *(exp.Left, exp.Right, exp.Substring, exp.StrPosition, exp.StartsWith, exp.Concat, exp.Extract),
        *(exp.Literal, exp.Boolean, exp.Null, exp.Column, exp.Identifier, exp.Var),
        *(exp.JSONExtractScalar, exp.JSONPath, exp.JSONPathRoot, exp.JSONPathKey),
    }
)
"""What a condition may be made of; a part of sqlglot's grammar that is not here is refused."""

_FUNCTIONS = frozenset(
    {
        *("age", "date_part", "make_date", "cardinality", "num_nonnulls", "num_nulls", "tinhso_fold"),
        *("st_area", "st_length", "st_perimeter", "st_isvalid", "st_isempty", "st_x", "st_y", "st_npoints"),
    }
)
"""Functions that sqlglot has no part of its own for; each depends on its arguments alone and takes little time."""

_TYPES = frozenset(
    {"int", "bigint", "smallint", "decimal", "double", "text", "varchar", "boolean", "date", "interval", "geography"}
)


def parsed(text: str) -> exp.Expr:
    """The one statement or expression of `text`. ValueError, with the reason, where it is none or several."""
    try:
        found = sqlglot.parse(text, read="postgres")
    except (SqlglotError, RecursionError) as error:
        raise ValueError(f"is not SQL: {(str(error).splitlines() or ['too deep'])[0]}") from None
    if len(found) != 1 or found[0] is None:
        raise ValueError("must be one expression, and nothing after it")
    return found[0]


def one_query(text: str) -> exp.Query:
    """The one SELECT of `text`, which writes nothing and calls no function that sqlglot does not know. ValueError."""
    try:
        query = parsed(text)
    except ValueError as error:
        raise ValueError("must be one SELECT" if "must be one" in str(error) else str(error)) from None
    if not isinstance(query, exp.Query):
        raise ValueError("must be one SELECT")
    if found := next(query.find_all(*WRITES), None):
        raise ValueError(f"may only read, and has {found.key.upper()}")
    if found := next(query.find_all(exp.Anonymous), None):
        raise ValueError(f"uses the function {found.name}(), which is not among those allowed")
    return query


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the columns of one row, proven harmless. `columns` are those that it names, in their order."""

    tree: exp.Expr
    columns: tuple[str, ...]

    def sql(self, named: Callable[[str], str] = '"{}"'.format) -> str:
        """The condition as PostgreSQL reads it; `named` gives a column the SQL that stands for it.

        A "%" in it is a letter: whoever runs it with parameters doubles it.
        """
        tree = self.tree.transform(lambda part: exp.Var(this=named(_column(part))) if _is_column(part) else part)
        return tree.sql(dialect="postgres", comments=False)


@lru_cache(maxsize=2_000)
def condition(text: str, columns: Collection[str], *, today: bool = False) -> Condition:
    """Read `text` as one condition over `columns` (a frozenset). With `today` it may speak of the current date, which
    a constraint must not: what was right yesterday would be wrong today.

    ValueError, with the reason, for anything but a condition that is made of known parts: no subquery, no other table,
    no function outside the list, no parameter.
    """
    if len(text) > MOST_LETTERS or "\0" in text:
        raise ValueError(f"is longer than {MOST_LETTERS} letters, or has letters that are none")
    tree = parsed(text)
    named: dict[str, None] = {}
    for count, part in enumerate(tree.walk()):
        if count > MOST_PARTS:
            raise ValueError(f"has more than {MOST_PARTS} parts")
        _harmless(part, today=today)
        if _is_column(part):
            name = _column(part)
            if name not in columns:
                raise ValueError(f"names {name!r}, which is no column of this register that SQL may read")
            named[name] = None
    root = tree.unnest()
    if not isinstance(root, _BOOLEAN):
        raise ValueError("is no condition: it has to be true or false")
    if not named:
        raise ValueError("names no column of this register")
    return Condition(tree, tuple(named))


def _harmless(part: exp.Expr, *, today: bool) -> None:
    match part:
        case exp.Anonymous() if part.name.lower() in _FUNCTIONS:
            return
        case exp.CurrentDate() if today:
            return
        case exp.CurrentDate():
            raise ValueError("speaks of the current date; what every record has to fulfil may not change by itself")
        case exp.Query() | exp.Subquery() | exp.Exists():
            raise ValueError("has a query in it; only the columns of the record itself may be named")
        case exp.Column() if part.args.get("table"):
            raise ValueError(f"names {part.sql()}; columns stand by their own names")
        case exp.DataType() if str(getattr(part.this, "value", part.this)).lower() not in _TYPES or part.args.get(
            "nested"
        ):
            raise ValueError(f"casts to {part.sql('postgres')}, which is not among the types allowed")
    if type(part) not in _PARTS:
        what = part.name if isinstance(part, exp.Anonymous) else part.key
        raise ValueError(f"uses {what}, which is not among the parts and functions allowed")


def _is_column(part: exp.Expr) -> bool:
    return isinstance(part, exp.Column)


def _column(part: exp.Expr) -> str:
    """The column's name as PostgreSQL reads it: small letters unless it is quoted."""
    return part.name if part.this.args.get("quoted") else part.name.lower()
