"""Decision tables: FEEL's unary tests, the hit policies, and what is refused."""

import re
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tinhso.cases.bpmn.reading import Broken
from tinhso.cases.workflow import Undecided, dmn, expressions, feel
from tinhso.cases.workflow.expressions import Facts, Unreadable

from .processes.procedures import HERE

LEVEL = (HERE / "level.dmn").read_text()


def facts(**form) -> Facts:
    return Facts(lambda: form, {}, {}, {}, "done")


@pytest.mark.parametrize(
    ("cell", "passes", "fails"),
    [
        ("-", [None, 1, "x"], []),
        ("", [None, 1], []),
        ('"a"', ["a"], ["b", None, 1]),
        ('"a", "b"', ["a", "b"], ["c"]),
        ('not("a", "b")', ["c", None], ["a", "b"]),
        ("5", [5, Decimal(5)], [6, "5", True]),
        ("1", [1], [True]),
        ("-5", [-5], [5]),
        ("> 5", [6, Decimal("5.1")], [5, None, "6", True]),
        (">= 5", [5], [4]),
        ("< 5.5", [5, Decimal("5.4")], [Decimal("5.5")]),
        ("<= 5, > 10", [5, 11], [6, 10]),
        ("[1..5]", [1, 3, 5], [0, 6, None]),
        ("(1..5)", [2], [1, 5]),
        ("]1..5]", [5], [1]),
        ("[1..5[", [1], [5]),
        ('date("2026-07-01")', [date(2026, 7, 1), "2026-07-01"], [date(2026, 7, 2), None]),
        ('>= @"2026-07-01"', [date(2026, 7, 1)], [date(2026, 6, 30)]),
        ('[date("2026-01-01")..date("2026-12-31")]', [date(2026, 5, 5)], [date(2027, 1, 1)]),
        ("true", [True], [False, 1, None]),
        ("null", [None], [False, 0, ""]),
        ("form.limit", [7], [8]),
        ("> form.limit", [8], [7]),
    ],
)
def test_a_cell_holds_as_feel_says(cell: str, passes: list, fails: list) -> None:
    test = feel.read(cell)
    for value in passes:
        assert test.holds(value, facts(limit=7)), value
    for value in fails:
        assert not test.holds(value, facts(limit=7)), value


@pytest.mark.parametrize(
    "cell",
    [
        "foo(1)",
        "__import__('os')",
        "? > 5",
        "5 +",
        "[1..",
        "x",
        '"a',
        "1..5",
        'date("soon")',
        "not(5",
        "!= 5",
        "{a: 1}",
    ],
)
def test_a_cell_that_is_not_known_is_named(cell: str) -> None:
    with pytest.raises(Unreadable, match=re.escape(cell) if "date" not in cell else "soon"):
        feel.read(cell)


@given(
    low=st.integers(-5, 5), high=st.integers(-5, 5), a=st.sampled_from("[(]"), b=st.sampled_from("])["),
    other=st.sampled_from(["< 0", ">= 2", "[-1..1]", "3", "not(2)", "1, 4"]), value=st.integers(-7, 7),
)  # fmt: skip
def test_cells_that_are_told_apart_never_hold_together(low, high, a, b, other, value) -> None:
    one, two = feel.read(f"{a}{low}..{high}{b}"), feel.read(other)
    if feel.apart(one, two):
        assert not (one.holds(value, facts()) and two.holds(value, facts()))


def table(policy: str = "UNIQUE", more: str = "", cells: tuple[str, str] = ("&lt;= 100", "&gt; 100")) -> dmn.Table:
    text = LEVEL.replace('hitPolicy="UNIQUE"', f'hitPolicy="{policy}" {more}')
    return dmn.read(text.replace("&lt;= 100", cells[0]).replace("&gt; 100", cells[1]))[0]


def test_the_rule_that_decides_is_told_with_its_annotation() -> None:
    decided = dmn.decide(table(), facts(area=100))
    assert (decided.values, [(r.number, r.id, r.note) for r in decided.rules]) == (
        {"level": "commune"},
        [(1, "small", "Đến 100 m² do xã giải quyết")],
    )
    assert dmn.decide(table(), facts(area=101)).rules[0].note == "Trên 100 m² do tỉnh giải quyết"


def test_where_no_rule_holds_nothing_is_decided() -> None:
    assert dmn.decide(table(), facts(area=None)).values == {"level": None}
    told = '<defaultOutputEntry><text>"none"</text></defaultOutputEntry>'
    default = LEVEL.replace('typeRef="string" />', f'typeRef="string">{told}</output>')
    assert dmn.decide(dmn.read(default)[0], facts(area=None)).values == {"level": "none"}


OVERLAP = ("&lt;= 100", "&gt;= 50")


@pytest.mark.parametrize(
    ("policy", "more", "level"),
    [
        ("FIRST", "", "commune"),
        ("RULE ORDER", "", ["commune", "province"]),
        ("COLLECT", "", ["commune", "province"]),
        ("COLLECT", 'aggregation="COUNT"', 2),
    ],
)
def test_hit_policies_where_two_rules_hold(policy: str, more: str, level) -> None:
    assert dmn.decide(table(policy, more, OVERLAP), facts(area=70)).values == {"level": level}


@pytest.mark.parametrize(("more", "value"), [("SUM", 30), ("MIN", 10), ("MAX", 20)])
def test_collected_numbers_are_put_together(more: str, value: int) -> None:
    text = LEVEL.replace('hitPolicy="UNIQUE"', f'hitPolicy="COLLECT" aggregation="{more}"')
    text = text.replace('"commune"', "10").replace('"province"', "20").replace("&gt; 100", "&gt;= 50")
    assert dmn.decide(dmn.read(text)[0], facts(area=70)).values == {"level": value}


def test_rules_that_exclude_each_other_are_held_to_it() -> None:
    assert list(dmn.faults(table())) == []
    [fault] = dmn.faults(table(cells=OVERLAP))
    assert fault == "rules 1 and 2 may hold together, and the hit policy is UNIQUE"
    for policy in ("UNIQUE", "ANY"):
        with pytest.raises(Undecided, match="rules 1, 2"):
            dmn.decide(table(policy, cells=OVERLAP), facts(area=70))


REQUIRES = '<informationRequirement id="i"><requiredDecision href="#x"/></informationRequirement>'


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        ('hitPolicy="UNIQUE"', 'hitPolicy="PRIORITY"', "the hit policy PRIORITY is not known here"),
        ('hitPolicy="UNIQUE"', 'hitPolicy="OUTPUT ORDER"', "the hit policy OUTPUT ORDER is not known here"),
        ('hitPolicy="UNIQUE"', 'hitPolicy="COLLECT" aggregation="AVG"', "the aggregation AVG is not known here"),
        ("&lt;= 100", "import os", "rule 1, condition 1: 'import os' is no test"),
        ('"commune"', "exec(1)", "rule 1, answer 1"),
        ("<text>form.area</text>", "<text>area</text>", "input 1: 'area' is not known here"),
        ('name="level" typeRef', 'name="cấp độ" typeRef', "output 1 needs a name of letters"),
        ("<decisionTable", f"{REQUIRES}<decisionTable", "requires another decision"),
        ('<inputEntry id="c1">', '<inputEntry id="c1" expressionLanguage="python">', "language 'python' is not read"),
        ("https://www.omg.org/spec/DMN/20191111/MODEL/", "urn:x", "is not DMN 1.1 to 1.5"),
        ('<?xml version="1.0" encoding="UTF-8"?>', '<!DOCTYPE x [<!ENTITY a "b">]>', "document type declaration"),
        ('<inputEntry id="c1"><text>&lt;= 100</text></inputEntry>', "", "rule 1 has 0 conditions and 1 answers"),
    ],
)  # fmt: skip
def test_what_a_table_may_not_say_is_named(old: str, new: str, told: str) -> None:
    assert old in LEVEL
    with pytest.raises(Broken, match=re.escape(told)):
        dmn.read(LEVEL.replace(old, new))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("${form.area > 5 && outcome == 'done'}", True),
        ("#{form.area lt 5 || !(outcome eq 'done')}", False),
        ('=form.area = 7 and outcome != "refuse"', True),
        ("form.area in (1, 7)", True),
        ('form.kind not in ["a", "b"]', False),
        ("form.nothing == null", True),
        ("form.nothing > 5 or form.nothing <= 5", False),
        ("4 < form.area <= 7", True),
        ("form.day >= date('2026-01-01')", True),
        ("form.day == '2026-02-03'", True),
        ("form.yes == true and form.yes != 1", True),
        ("not form.yes", False),
        ('form.kind == "a && b"', False),
    ],
)
def test_conditions_of_other_modelers_mean_the_same(text: str, value: bool) -> None:
    known = facts(area=7, kind="a", day=date(2026, 2, 3), yes=True)
    assert expressions.evaluate(expressions.read(text), known) is value
