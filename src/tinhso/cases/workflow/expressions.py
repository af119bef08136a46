"""The conditions of flows: a few words of comparison, parsed with Python's grammar and walked by us. Nothing is
evaluated as Python: what is not in the list below is refused when the pack is checked.

    outcome == "approve"                        the last answer on this path
    form.area > 500 and form.purpose in ("trade", "craft")
    decided.level == "province"                 what a decision table answered
    received.paid == true                       what a message brought
    answers.verify == "refuse"                  the last answer of that step, on whatever path

The marks that modelers put around a condition are taken off: `${…}` and `#{…}` (Camunda 7), a leading `=` (FEEL), `&&`,
`||`, `!`, a single `=`, `<>`, `eq`, `ne`, `lt`, `le`, `gt`, `ge`, `null`, `true` and `false`.
"""

import ast
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

SOURCES = ("form", "decided", "received", "answers")
MOST = 2_000
"""Characters of a condition."""

_TOKEN = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(&&|\|\||<>|==|!=|<=|>=|=|!)|(?<![.\w])([A-Za-z]+)(?![\w(])""", re.DOTALL
)
_SIGNS = {"&&": " and ", "||": " or ", "<>": "!=", "=": "==", "!": " not "}
_WORDS = {
    "true": "True", "false": "False", "null": "None", "nil": "None", "eq": "==", "ne": "!=", "lt": "<", "le": "<=",
    "gt": ">", "ge": ">=",
}  # fmt: skip
_COMPARE: Mapping[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class Unreadable(ValueError):
    """A condition that is not in the language; says what is not."""


@dataclass(frozen=True, slots=True)
class Expression:
    """A condition, read. `reads` are the (source, name) pairs that it looks at; ("outcome", "") is the last answer."""

    text: str
    tree: ast.expr
    reads: frozenset[tuple[str, str]]

    def answers_named(self) -> Iterator[str]:
        """The words that `outcome` and `answers` are compared with."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Compare) and any(_reads_answers(part) for part in (node.left, *node.comparators)):
                for part in (node.left, *node.comparators):
                    if not _reads_answers(part):
                        yield from _words(part)


@dataclass(frozen=True, slots=True)
class Facts:
    """What conditions and decision tables look at. `form` is asked for once it is needed."""

    form: Callable[[], Mapping[str, Any]]
    decided: dict[str, Any]
    received: dict[str, Any]
    answers: dict[str, str]
    outcome: str | None = None

    def look(self, source: str, name: str) -> Any:
        if source == "outcome":
            return self.outcome
        where: Mapping[str, Any] = self.form() if source == "form" else getattr(self, source)
        return where.get(name)


@lru_cache(maxsize=2_000)
def read(text: str) -> Expression:
    """Raises Unreadable."""
    if len(text) > MOST:
        raise Unreadable(f"a condition of more than {MOST} characters")
    plain = _plain(text)
    if not plain:
        raise Unreadable("an empty condition")
    try:
        tree = ast.parse(plain, mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise Unreadable(f"the condition {text!r} cannot be read: {getattr(error, 'msg', error)}") from error
    reads: set[tuple[str, str]] = set()
    _allow(tree, reads)
    return Expression(text, tree, frozenset(reads))


def evaluate(expression: Expression, facts: Facts) -> Any:
    """The value of an expression. What a form leaves open, or nothing has decided yet, is None: it equals only null,
    and is neither more nor less than anything."""
    return _value(expression.tree, facts)


def _plain(text: str) -> str:
    """Python's grammar from the words of other tools."""
    plain = text.strip()
    if match := re.fullmatch(r"[$#]\{(.*)\}", plain, re.DOTALL):
        plain = match[1].strip()
    if plain.startswith("=") and not plain.startswith("=="):
        plain = plain[1:].strip()

    def one(match: re.Match[str]) -> str:
        string, sign, word = match.groups()
        if string is not None:
            return string
        return _SIGNS.get(sign, sign) if sign is not None else _WORDS.get(word, word)

    return " ".join(_TOKEN.sub(one, plain).split("\n")).strip()


def _allow(node: ast.AST, reads: set[tuple[str, str]]) -> None:  # noqa: PLR0912  one case a kind of node
    """Walk the whole tree; raise Unreadable for what is not in the language."""
    match node:
        case ast.BoolOp(values=values):
            for value in values:
                _allow(value, reads)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            _allow(operand, reads)
        case ast.Compare(left=left, ops=ops, comparators=others):
            if any(isinstance(op, ast.Is | ast.IsNot) for op in ops):
                raise Unreadable("`is` compares nothing here; write ==")
            for part in (left, *others):
                _allow(part, reads)
        case ast.Constant(value=bool() | str() | int() | float() | None):
            pass
        case ast.Tuple(elts=items) | ast.List(elts=items):
            for item in items:
                _allow(item, reads)
        case ast.Name(id="outcome"):
            reads.add(("outcome", ""))
        case ast.Attribute(value=ast.Name(id=source), attr=name) if source in SOURCES and name[0] != "_":
            reads.add((source, name))
        case ast.Subscript(value=ast.Name(id=source), slice=ast.Constant(value=str() as name)) if source in SOURCES:
            reads.add((source, name))
        case ast.Call(func=ast.Name(id="date"), args=[ast.Constant(value=str() as day)], keywords=[]):
            try:
                date.fromisoformat(day)
            except ValueError:
                raise Unreadable(f"date({day!r}) is no day (write 2026-01-31)") from None
        case ast.Name(id=name):
            raise Unreadable(
                f"{name!r} is not known here; there are outcome, {', '.join(f'{s}.<name>' for s in SOURCES)}"
            )
        case _:
            raise Unreadable(f"{ast.unparse(node)!r} is not in the language of conditions")  # type: ignore[arg-type]


def _value(node: ast.expr, facts: Facts) -> Any:  # noqa: PLR0911  one case a kind of node
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            return all(_value(value, facts) for value in values)
        case ast.BoolOp(values=values):
            return any(_value(value, facts) for value in values)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            return not _value(operand, facts)
        case ast.UnaryOp(operand=operand):
            value = _value(operand, facts)
            return -value if isinstance(value, int | float | Decimal) else None
        case ast.Compare(left=left, ops=ops, comparators=others):
            values = [_value(part, facts) for part in (left, *others)]
            return all(compare(op, a, b) for op, a, b in zip(ops, values, values[1:], strict=False))
        case ast.Constant(value=value):
            return value
        case ast.Tuple(elts=items) | ast.List(elts=items):
            return tuple(_value(item, facts) for item in items)
        case ast.Name():
            return facts.look("outcome", "")
        case ast.Attribute(value=ast.Name(id=source), attr=name):
            return facts.look(source, name)
        case ast.Subscript(value=ast.Name(id=source), slice=ast.Constant(value=name)):
            return facts.look(source, str(name))
        case ast.Call(args=[ast.Constant(value=day)]):
            return date.fromisoformat(str(day))
    raise Unreadable(ast.unparse(node))  # read() lets nothing else through


def compare(op: ast.cmpop, left: Any, right: Any) -> bool:
    """One comparison. Values of different sorts are never equal, and none is before the other."""
    if isinstance(op, ast.In | ast.NotIn):
        there = isinstance(right, tuple | list) and any(same(left, one) for one in right)
        return there if isinstance(op, ast.In) else not there
    if isinstance(op, ast.Eq | ast.NotEq):
        return same(left, right) is isinstance(op, ast.Eq)
    left, right = alike(left, right)
    try:
        return left is not None and right is not None and _COMPARE[type(op)](left, right)
    except TypeError:
        return False


def same(left: Any, right: Any) -> bool:
    """Whether two values are equal; a truth is no number, and a word that is a day equals that day."""
    left, right = alike(left, right)
    return isinstance(left, bool) is isinstance(right, bool) and bool(left == right)


def alike(left: Any, right: Any) -> tuple[Any, Any]:
    """Both as values that can be compared: a word beside a day is read as a day, a moment as its day."""
    if isinstance(left, datetime) and not isinstance(right, datetime):
        left = left.date()
    if isinstance(right, datetime) and not isinstance(left, datetime):
        right = right.date()
    if isinstance(left, date) and isinstance(right, str):
        return left, _day(right)
    if isinstance(right, date) and isinstance(left, str):
        return _day(left), right
    if isinstance(left, Decimal) and isinstance(right, float):
        return left, Decimal(str(right))
    if isinstance(right, Decimal) and isinstance(left, float):
        return Decimal(str(left)), right
    return left, right


def _day(text: str) -> Any:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return text


def _words(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def _reads_answers(node: ast.AST) -> bool:
    match node:
        case ast.Name(id="outcome") | ast.Attribute(value=ast.Name(id="answers")):
            return True
        case ast.Subscript(value=ast.Name(id="answers")):
            return True
    return False
