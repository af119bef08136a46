"""Decision tables of DMN 1.1 to 1.5: read once, decided by us.

SpiffWorkflow's own engine evaluates cells as Python, and answers by the first rule even where several hold; a pack is
data, and an officer has to see which rule decided (ADR 0023). Cells are FEEL unary tests (`feel.py`); inputs are
expressions of the language of conditions (`expressions.py`); outputs are words, numbers, truths, days or a field.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from itertools import combinations
from typing import Any

from ..bpmn.reading import Broken, xml
from . import expressions, feel
from .expressions import Expression, Facts

POLICIES = ("UNIQUE", "FIRST", "ANY", "RULE ORDER", "COLLECT")
AGGREGATIONS = ("SUM", "MIN", "MAX", "COUNT")
_NAMESPACES = (
    "http://www.omg.org/spec/DMN/20151101/dmn.xsd",
    "http://www.omg.org/spec/DMN/20180521/MODEL/",
    "https://www.omg.org/spec/DMN/20191111/MODEL/",
    "https://www.omg.org/spec/DMN/20211108/MODEL/",
    "https://www.omg.org/spec/DMN/20230324/MODEL/",
)
_LANGUAGES = re.compile(r"feel|/DMN/.*FEEL", re.IGNORECASE)


class Undecided(ValueError):
    """A table that gives no one answer where it must: rules that exclude each other both hold."""


@dataclass(frozen=True, slots=True)
class Output:
    name: str
    otherwise: Expression | None = None
    """The default, where no rule holds."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One row. `note` is what stands in its annotations: why, in the words of whoever made the table."""

    id: str
    number: int
    tests: tuple[feel.Test, ...]
    values: tuple[Expression, ...]
    note: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    id: str
    name: str
    policy: str
    aggregation: str
    inputs: tuple[Expression, ...]
    outputs: tuple[Output, ...]
    rules: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Decided:
    """An answer, and the rules that gave it."""

    table: str
    values: Mapping[str, Any]
    rules: tuple[Rule, ...]


@lru_cache(maxsize=500)
def read(text: str) -> tuple[Table, ...]:
    """The decision tables of a DMN text. Raises Broken, naming the decision, rule and column at fault."""
    root = xml(text)
    namespace = root.tag.rpartition("}")[0].removeprefix("{")
    if namespace not in _NAMESPACES or not root.tag.endswith("}definitions"):
        raise Broken(f"is not DMN 1.1 to 1.5: its root is {root.tag!r}", root.sourceline)
    reader = _Reader(namespace)
    tables = tuple(reader.table(decision) for decision in root.iterchildren(reader.tag("decision")))
    if not tables:
        raise Broken("has no decision", root.sourceline)
    return tables


def decide(table: Table, facts: Facts) -> Decided:
    """What the table answers. Raises Undecided."""
    given = [expressions.evaluate(one, facts) for one in table.inputs]
    hits = [rule for rule in table.rules if all(t.holds(v, facts) for t, v in zip(rule.tests, given, strict=True))]
    answers = [tuple(expressions.evaluate(value, facts) for value in rule.values) for rule in hits]
    numbers = ", ".join(str(rule.number) for rule in hits)
    if table.policy == "UNIQUE" and len(hits) > 1:
        raise Undecided(f"{table.name}: rules {numbers} hold together, and one alone may")
    if table.policy == "ANY" and len(set(map(repr, answers))) > 1:
        raise Undecided(f"{table.name}: rules {numbers} hold together, and answer differently")
    names = [output.name for output in table.outputs]
    if table.policy in {"RULE ORDER", "COLLECT"}:
        columns: list[list[Any]] = [[row[at] for row in answers] for at in range(len(names))]
        joined = [_joined(column, table.aggregation) for column in columns]
        return Decided(table.id, dict(zip(names, joined, strict=True)), tuple(hits))
    if not hits:
        defaults = [expressions.evaluate(o.otherwise, facts) if o.otherwise else None for o in table.outputs]
        return Decided(table.id, dict(zip(names, defaults, strict=True)), ())
    used = hits if table.policy == "ANY" else hits[:1]
    return Decided(table.id, dict(zip(names, answers[0], strict=True)), tuple(used))


def faults(table: Table) -> Iterator[str]:
    """What is wrong with a table that can be read: rules that hold together where one alone may."""
    if table.policy == "UNIQUE":
        for one, other in combinations(table.rules, 2):
            if not any(feel.apart(a, b) for a, b in zip(one.tests, other.tests, strict=True)):
                yield f"rules {one.number} and {other.number} may hold together, and the hit policy is UNIQUE"


def _joined(values: Sequence[Any], aggregation: str) -> Any:
    numbers = [value for value in values if isinstance(value, int | float | Decimal) and not isinstance(value, bool)]
    match aggregation:
        case "COUNT":
            return len(values)
        case "SUM":
            return sum(numbers)
        case "MIN":
            return min(numbers, default=None)
        case "MAX":
            return max(numbers, default=None)
    return list(values)


class _Reader:
    def __init__(self, namespace: str) -> None:
        self.namespace = namespace

    def tag(self, name: str) -> str:
        return f"{{{self.namespace}}}{name}"

    def text(self, element: Any) -> str:
        found = element.find(self.tag("text")) if element is not None else None
        return "" if found is None else str(found.text or "").strip()

    def table(self, decision: Any) -> Table:
        name = str(decision.get("name") or decision.get("id"))

        def broken(message: str, at: Any = decision) -> Broken:
            return Broken(f"decision {decision.get('id')} “{name}”: {message}", at.sourceline)

        table = decision.find(self.tag("decisionTable"))
        if table is None:
            raise broken("has no decision table; nothing else is decided here")
        if decision.find(f".//{self.tag('requiredDecision')}") is not None:
            raise broken("requires another decision: ask that one by a task of its own, and read decided.<name>")
        policy = (table.get("hitPolicy") or "UNIQUE").upper()
        if policy not in POLICIES:
            raise broken(f"the hit policy {policy} is not known here; known are {', '.join(POLICIES)}")
        aggregation = (table.get("aggregation") or "").upper()
        if aggregation and aggregation not in AGGREGATIONS:
            raise broken(f"the aggregation {aggregation} is not known here; known are {', '.join(AGGREGATIONS)}")
        inputs, outputs = [], []
        for number, column in enumerate(table.iterchildren(self.tag("input")), 1):
            expression = column.find(self.tag("inputExpression"))
            inputs.append(self.expression(expression, f"input {number}", broken))
        for number, column in enumerate(table.iterchildren(self.tag("output")), 1):
            label = (
                column.get("name") or (decision.find(self.tag("variable")) is not None and number == 1 and name) or ""
            )
            if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", str(label)):
                raise broken(f"output {number} needs a name of letters, digits and _, not {str(label)!r}", column)
            default = column.find(self.tag("defaultOutputEntry"))
            otherwise = self.expression(default, f"default of {label}", broken) if default is not None else None
            outputs.append(Output(str(label), otherwise))
        if not outputs:
            raise broken("has no output")
        rules = tuple(
            self.rule(n, r, inputs, outputs, broken) for n, r in enumerate(table.iterchildren(self.tag("rule")), 1)
        )
        if not rules:
            raise broken("has no rule")
        return Table(str(decision.get("id")), name, policy, aggregation, tuple(inputs), tuple(outputs), rules)

    def rule(self, number: int, element: Any, inputs: Sequence[Any], outputs: Sequence[Any], broken: Any) -> Rule:
        cells = list(element.iterchildren(self.tag("inputEntry")))
        answers = list(element.iterchildren(self.tag("outputEntry")))
        if len(cells) != len(inputs) or len(answers) != len(outputs):
            raise broken(f"rule {number} has {len(cells)} conditions and {len(answers)} answers", element)
        tests = []
        for at, cell in enumerate(cells, 1):
            self.language(cell, f"rule {number}, condition {at}", broken)
            try:
                tests.append(feel.read(self.text(cell)))
            except expressions.Unreadable as error:
                raise broken(f"rule {number}, condition {at}: {error}", cell) from error
        values = tuple(self.expression(a, f"rule {number}, answer {at}", broken) for at, a in enumerate(answers, 1))
        notes = [self.text(note) for note in element.iterchildren(self.tag("annotationEntry"))]
        description = element.find(self.tag("description"))
        if description is not None:
            notes.append(" ".join(str(description.text or "").split()))
        return Rule(str(element.get("id") or number), number, tuple(tests), values, "; ".join(filter(None, notes)))

    def language(self, element: Any, where: str, broken: Any) -> None:
        language = element.get("expressionLanguage") or ""
        if language and not _LANGUAGES.search(language):
            raise broken(f"{where}: the language {language!r} is not read, FEEL is", element)

    def expression(self, element: Any, where: str, broken: Any) -> Expression:
        text = self.text(element)
        if not text:
            text = "null" if where.startswith(("rule", "default")) else ""
        if element is not None:
            self.language(element, where, broken)
        try:
            return expressions.read(text)
        except expressions.Unreadable as error:
            raise broken(f"{where}: {error}", element) from error
