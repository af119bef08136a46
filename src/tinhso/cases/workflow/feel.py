"""FEEL unary tests: what stands in the cells of a decision table (DMN 1.3, section 7.3.6), as far as tables of rules
need it. No cell is evaluated as a program.

    -                       anything
    "a", "b"                one of these
    > 5    <= 10.5          compared
    [1..5]  (1..5]  ]1..5[  between, with or without the bounds
    date("2026-01-01")      a day; also @"2026-01-01", and in comparisons and intervals
    not("a", "b")           none of these
    true  false  null       the truth; what was left open
    form.limit              the value of another field
"""

import ast
import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from .expressions import SOURCES, Facts, Unreadable, alike, compare, same

_TOKEN = re.compile(
    r"""\s*(?:
        (?P<day>(?:date\s*\(\s*"(?P<iso>[^"]*)"\s*\)|@"(?P<at>[^"]*)"))
      | (?P<string>"(?:[^"\\]|\\.)*")
      | (?P<number>-?\d+(?:\.\d+)?(?!\.\d))
      | (?P<dots>\.\.)
      | (?P<sign><=|>=|!=|=|<|>)
      | (?P<punct>[\[\](),-])
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*(?:\.[A-Za-z_][A-Za-z0-9_]*)?)
    )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Reference:
    """The value of a field, of a decision or of a message, by name."""

    source: str
    name: str


@dataclass(frozen=True, slots=True)
class One:
    """One of the alternatives of a cell: a value, or a range with bounds that count or do not."""

    value: Any = None
    low: Any = None
    high: Any = None
    low_in: bool = True
    high_in: bool = True
    ranged: bool = False

    def holds(self, given: Any, facts: Facts) -> bool:
        if not self.ranged:
            return same(given, _known(self.value, facts))
        above = self.low is None or _within(given, _known(self.low, facts), ast.GtE if self.low_in else ast.Gt)
        return above and (
            self.high is None or _within(given, _known(self.high, facts), ast.LtE if self.high_in else ast.Lt)
        )


@dataclass(frozen=True, slots=True)
class Test:
    """A cell: `anything`, or one of the alternatives, or none of them (`negated`)."""

    text: str
    alternatives: tuple[One, ...] = ()
    negated: bool = False
    anything: bool = False

    def holds(self, given: Any, facts: Facts) -> bool:
        """Whether the input's value passes."""
        return self.anything or any(one.holds(given, facts) for one in self.alternatives) is not self.negated

    def reads(self) -> frozenset[tuple[str, str]]:
        found = (part for one in self.alternatives for part in (one.value, one.low, one.high))
        return frozenset((part.source, part.name) for part in found if isinstance(part, Reference))


@lru_cache(maxsize=5_000)
def read(text: str) -> Test:
    """Raises Unreadable."""
    plain = text.strip()
    if plain in {"", "-"}:
        return Test(text, anything=True)
    return _Parser(plain).test()


def apart(one: Test, other: Test) -> bool:
    """Whether no value passes both cells. False where that cannot be told."""
    if one.anything or other.anything:
        return False
    if one.negated and other.negated:
        return False
    if one.negated or other.negated:
        plain, denied = (other, one) if one.negated else (one, other)
        return all(any(_covers(d, p) for d in denied.alternatives) for p in plain.alternatives)
    return all(_disjoint(a, b) for a in one.alternatives for b in other.alternatives)


def _disjoint(a: One, b: One) -> bool:
    if any(isinstance(part, Reference) for one in (a, b) for part in (one.value, one.low, one.high)):
        return False
    if not a.ranged and not b.ranged:
        return not same(a.value, b.value)
    if not a.ranged or not b.ranged:
        point, span = (b, a) if a.ranged else (a, b)
        return not span.holds(point.value, None)  # type: ignore[arg-type]  # no reference, so that no fact is asked for
    return _ends_before(a, b) or _ends_before(b, a)


def _covers(wide: One, narrow: One) -> bool:
    """Whether each value of `narrow` is one of `wide`."""
    if wide == narrow:
        return True
    return (
        wide.ranged
        and not narrow.ranged
        and not isinstance(narrow.value, Reference)
        and wide.holds(
            narrow.value,
            None,  # type: ignore[arg-type]
        )
    )


def _ends_before(a: One, b: One) -> bool:
    if a.high is None or b.low is None:
        return False
    high, low = alike(a.high, b.low)
    try:
        return high < low or (high == low and not (a.high_in and b.low_in))
    except TypeError:
        return True


def _within(given: Any, bound: Any, op: type[ast.cmpop]) -> bool:
    return not isinstance(given, bool) and compare(op(), given, bound)


def _known(value: Any, facts: Facts) -> Any:
    return facts.look(value.source, value.name) if isinstance(value, Reference) else value


class _Parser:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0
        self.tokens: list[tuple[str, Any]] = []
        while self.at < len(text):
            match = _TOKEN.match(text, self.at)
            if match is None or match.end() == self.at:
                raise Unreadable(f"{text!r} is no test that is known here (at {text[self.at : self.at + 12]!r})")
            self.at = match.end()
            self.tokens.append(_token(match))
        self.place = 0

    def test(self) -> Test:
        negated = self.tokens[:2] == [("name", "not"), ("punct", "(")]
        if negated:
            self.place = 2
        found = [self.one()]
        while self.peek() == ("punct", ","):
            self.place += 1
            found.append(self.one())
        if negated:
            self.want(")")
        if self.place != len(self.tokens):
            raise self.odd()
        return Test(self.text, tuple(found), negated)

    def one(self) -> One:
        kind, value = self.peek()
        if kind == "sign":
            self.place += 1
            bound = self.value()
            if value == "=":
                return One(bound)
            if value in {"<", "<="}:
                return One(high=bound, high_in=value == "<=", ranged=True)
            if value in {">", ">="}:
                return One(low=bound, low_in=value == ">=", ranged=True)
            raise Unreadable(f"{self.text!r}: write not(…) for what it must not be")
        if kind == "punct" and value in "[](":
            self.place += 1
            low = self.value()
            if self.peek()[0] != "dots":
                raise self.odd()
            self.place += 1
            high = self.value()
            end = self.peek()
            if end not in {("punct", "]"), ("punct", ")"), ("punct", "[")}:
                raise self.odd()
            self.place += 1
            return One(low=low, high=high, low_in=value == "[", high_in=end[1] == "]", ranged=True)
        return One(self.value())

    def value(self) -> Any:
        kind, value = self.peek()
        self.place += 1
        if kind in {"string", "number", "day"}:
            return value
        if kind == "name":
            constant = {"true": True, "false": False, "True": True, "False": False, "null": None, "None": None}
            if value in constant:
                return constant[value]
            source, dot, name = value.partition(".")
            if dot and source in SOURCES:
                return Reference(source, name)
        self.place -= 1
        raise self.odd()

    def peek(self) -> tuple[str, Any]:
        return self.tokens[self.place] if self.place < len(self.tokens) else ("end", "")

    def want(self, sign: str) -> None:
        if self.peek() != ("punct", sign):
            raise self.odd()
        self.place += 1

    def odd(self) -> Unreadable:
        found = self.peek()[1]
        return Unreadable(f"{self.text!r} is no test that is known here" + (f" (at {found!r})" if found != "" else ""))


def _token(match: re.Match[str]) -> tuple[str, Any]:
    kind = next(
        name for name in ("day", "string", "number", "dots", "sign", "punct", "name") if match[name] is not None
    )
    text = match[kind]
    if kind == "day":
        iso = match["iso"] or match["at"] or ""
        try:
            return kind, date.fromisoformat(iso)
        except ValueError:
            raise Unreadable(f"{iso!r} is no day (write 2026-01-31)") from None
    if kind == "string":
        return kind, re.sub(r"\\(.)", r"\1", text[1:-1])
    if kind == "number":
        return kind, Decimal(text) if "." in text else int(text)
    return kind, text
