"""What a form may say beyond its fields: conditions, computed values, co-signers, papers, dates in force."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tinhso.cases import compute, form, queries, services
from tinhso.cases.definitions import FormField, ProcedureDefinition
from tinhso.kernel import packs
from tinhso.kernel.errors import Invalid
from tinhso.kernel.fields.base import FieldSpec

from .conftest import PROCEDURE, SYSTEM, photograph, write

FORM = """\
form:
  - {name: owner, type: person, label: {vi: Chủ, en: Owner}, from: population.self}
  - {name: stall, type: text, label: {vi: Tên quầy, en: Stall}, max: 40}
  - name: goods
    type: table
    label: {vi: Hàng hóa, en: Goods}
    optional: true
    columns:
      - {name: what, type: text, label: {vi: Tên, en: What}}
      - {name: quantity, type: integer, label: {vi: Số lượng, en: Quantity}, min: 0}
      - {name: price, type: money, label: {vi: Đơn giá, en: Price}}
  - name: total
    type: money
    label: {vi: Tổng giá trị, en: Total}
    compute: sum(goods.quantity * goods.price)
    max: 100000000
  - {name: origin, type: text, label: {vi: Nguồn gốc, en: Origin}, when: {total: {ge: 1000000}}}
  - {name: opens_on, type: date, label: {vi: Ngày mở, en: Opens on}}
  - {name: closes_on, type: date, label: {vi: Ngày hết hạn, en: Closes on}, compute: "opens_on + 30"}
"""
ROWS = [{"what": "Rau", "quantity": "20", "price": "30.000"}, {"what": "Cá", "quantity": "5", "price": "200.000"}]
DAY = {"day": "1", "month": "12", "year": "2026"}


def with_form(text: str = FORM, more: str = "") -> str:
    head, rest = PROCEDURE.split("form:\n")
    return head + text + "papers:\n" + rest.split("papers:\n")[1] + more


def spec(**keys: object) -> FieldSpec:
    return FieldSpec.model_validate(keys)


FIELDS = {
    "a": spec(name="a", type="integer"),
    "b": spec(name="b", type="decimal"),
    "t": spec(name="t", type="table", columns=[{"name": "n", "type": "integer"}, {"name": "d", "type": "date"}]),
    "d": spec(name="d", type="date"),
    "e": spec(name="e", type="date"),
    "s": spec(name="s", type="text"),
}
VALUES = {
    "a": 7, "b": Decimal("2.5"), "d": date(2000, 2, 29), "e": date(2026, 2, 28),
    "t": [{"n": 3, "d": date(2020, 1, 1)}, {"n": None, "d": date(2019, 1, 1)}, {"n": 4, "d": None}],
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("a * b - 1", Decimal("16.5")),
        ("(a + 1) / 2", Decimal(4)),
        ("-a", Decimal(-7)),
        ("sum(t.n)", Decimal(7)),
        ("sum(t.n * b)", Decimal("17.5")),
        ("sum(t.n, a)", Decimal(14)),
        ("count(t)", Decimal(3)),
        ("min(a, b)", Decimal("2.5")),
        ("max(t.d)", date(2020, 1, 1)),
        ("max(t.d, e)", date(2026, 2, 28)),
        ("years(d, e)", Decimal(25)),
        ("years(d, e + 1)", Decimal(26)),
        ("e - d", Decimal(9496)),
        ("days(d, e)", Decimal(9496)),
        ("round(b)", Decimal(3)),
        ("floor(b)", Decimal(2)),
        ("a / 0", None),
        ("a / (a - 7)", None),
        ("a + missing", None),
        ("sum(missing, a)", Decimal(7)),
    ],
)
def test_an_expression_gives_what_the_hand_computes(text: str, value: object) -> None:
    assert compute.evaluate(text, VALUES) == value


@pytest.mark.parametrize(
    "text",
    ["__import__('os')", "a.__class__", "a ** 9", "a if b else 1", "[a]", "a < b", "'x'", "True", "sum(x for x in t)",
     "a and b", "lambda: 1", "(a", "", "sum(t.n, key=1)", "t[0]", "f(a)", "a" * 501, "-" * 60 + "a"],
)  # fmt: skip
def test_nothing_else_of_python_is_an_expression(text: str) -> None:
    with pytest.raises(compute.Wrong):
        compute.type_of(text, FIELDS)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("a + d + d", "days may be subtracted"),
        ("d * 2", "days may be subtracted"),
        ("a + s", "of type text"),
        ("a + z", "'z' is not a field"),
        ("t.n + 1", "stands for many values"),
        ("sum(t.x)", "'t.x' is not a field"),
        ("sum(a.n)", "'a' is not a table"),
        ("sum(t.d)", "one kind"),
        ("min(a, d)", "one kind"),
        ("years(d)", "takes 2 values"),
        ("years(a, d)", "a day is wanted"),
        ("count(a)", "name of a table"),
        ("sum()", "at least one"),
    ],
)
def test_types_that_do_not_fit_are_named(text: str, why: str) -> None:
    with pytest.raises(compute.Wrong, match=why):
        compute.type_of(text, FIELDS)


@given(
    st.recursive(
        st.sampled_from(["a", "b", "d", "e", "sum(t.n)", "3", "0"]),
        lambda inner: st.tuples(inner, st.sampled_from("+-*/"), inner).map(lambda p: f"({p[0]} {p[1]} {p[2]})"),
        max_leaves=8,
    )
)
def test_what_check_lets_pass_computes_without_an_error(text: str) -> None:
    try:
        kind = compute.type_of(text, FIELDS)
    except compute.Wrong:
        return
    value = compute.evaluate(text, VALUES)
    assert value is None or isinstance(value, date) == (kind == "day")


def one(form_text: str) -> ProcedureDefinition:
    return ProcedureDefinition.model_validate(yaml.safe_load(with_form(form_text)))


def asked(model: ProcedureDefinition, **raw: object) -> set[str]:
    return set(form.settle(model, raw).names)


def test_conditions_are_lists_negations_and_comparisons() -> None:
    model = one(
        """\
form:
  - name: kind
    type: choice
    label: {vi: K, en: K}
    choices:
      - {value: a, label: {vi: A, en: A}}
      - {value: b, label: {vi: B, en: B}}
      - {value: c, label: {vi: C, en: C}}
  - {name: floors, type: integer, label: {vi: F, en: F}}
  - {name: listed, type: text, label: {vi: X, en: X}, when: {kind: [a, b]}}
  - {name: other, type: text, label: {vi: X, en: X}, when: {kind: {not: a}}}
  - {name: neither, type: text, label: {vi: X, en: X}, when: {kind: {not: [a, b]}}}
  - {name: tall, type: text, label: {vi: X, en: X}, when: {floors: {ge: 3, lt: 10}}}
  - {name: unsaid, type: text, label: {vi: X, en: X}, when: {kind: {empty: true}}}
  - {name: behind, type: text, label: {vi: X, en: X}, when: {listed: {empty: false}}}
"""
    )
    always = {"kind", "floors"}
    assert asked(model) == always | {"unsaid"}
    assert asked(model, kind="a", floors="2") == always | {"listed"}
    assert asked(model, kind="c", floors="3") == always | {"other", "neither", "tall"}
    assert asked(model, kind="b", floors="10", listed="x") == always | {"listed", "other", "behind"}
    assert "behind" not in asked(model, kind="c", listed="x")  # what is not asked is no answer


def faults(tmp_path: Path, text: str) -> list[str]:
    return [str(fault) for fault in packs.check(packs.read([write(tmp_path, text)])) if "permit.yaml" in str(fault)]


@pytest.mark.parametrize(
    ("line", "key", "why"),
    [
        ("{name: x, type: text, label: {vi: X, en: X}, when: {nothing: 1}}", "when", "not another field"),
        ("{name: x, type: text, label: {vi: X, en: X}, when: {stall: {above: 1}}}", "when", "is no comparison"),
        ("{name: x, type: text, label: {vi: X, en: X}, when: {stall: {ge: a}}}", "when", "no more and less"),
        ("{name: x, type: text, label: {vi: X, en: X}, when: {opens_on: {ge: soon}}}", "when", "no answer"),
        ("{name: x, type: text, label: {vi: X, en: X}, compute: 'total'}", "compute", "type text"),
        ("{name: x, type: date, label: {vi: X, en: X}, compute: 'total'}", "compute", "gives a number"),
        ("{name: x, type: money, label: {vi: X, en: X}, compute: 'y + 1', optional: true}", "compute", "'y' is not"),
        ("{name: x, type: money, label: {vi: X, en: X}, compute: 'x + 1'}", "compute", "circle"),
        ("{name: x, type: money, label: {vi: X, en: X}, compute: 'total', when: {x: {ge: 1}}}", "when", "another"),
        ("{name: x, type: text, label: {vi: X, en: X}, by: stall}", "by", "co_sign"),
    ],
)
def test_check_names_the_file_line_and_key_of_each_fault(
    commune, tmp_path: Path, line: str, key: str, why: str
) -> None:
    text = with_form(f"{FORM}  - {line}\n")
    number = text.splitlines().index(f"  - {line}") + 1
    found = faults(tmp_path, text)
    assert any(f":{number}" in fault and key in fault and why in fault for fault in found), found


def test_a_circle_of_a_condition_and_a_computed_value_is_refused(commune, tmp_path: Path) -> None:
    more = "  - {name: y, type: money, label: {vi: Y, en: Y}, when: {z: {ge: 1}}}\n"
    more += "  - {name: z, type: money, label: {vi: Z, en: Z}, compute: y * 2}\n"
    assert any("circle" in fault for fault in faults(tmp_path, with_form(FORM + more)))


def test_co_signers_papers_and_dates_are_checked(commune, tmp_path: Path) -> None:
    more = "co_sign: [owner, stall]\nform_paper: nowhere\nvalid: {from: 2026-05-01, until: 2026-04-01}\n"
    text = with_form(FORM, more).replace("else: upload", "else: upload, from: result.none, template: none")
    found = "\n".join(faults(tmp_path, text))
    for why in ("'owner' is the applicant", "'stall' is not a field of type person", "no paper 'nowhere'",
                "ends before it begins"):  # fmt: skip
        assert why in found
    assert found.count("no paper 'none'") == 2


def test_what_is_computed_is_the_server_s_whatever_a_client_posts(apply, mother) -> None:
    apply(with_form())
    draft = services.start_draft(mother, "trial.permit")
    raw = {"stall": "Quầy", "opens_on": DAY, "goods": ROWS, "total": "1", "closes_on": "1/1/2030", "origin": "Nhà"}
    view = services.save_draft(mother, draft.id, raw)
    assert (view.raw["total"], view.raw["closes_on"]["day"]) == ("1600000", "31")
    assert set(view.computed) == {"total", "closes_on"} and "origin" in view.typed
    assert {"total", "closes_on"}.isdisjoint(view.typed)
    services.attach_paper(mother, draft.id, "photo", photograph(), file_name="anh.png")
    case = services.submit(mother, draft.id, {"total": "5"})
    rows = {row.name: row.text for section in queries.case(SYSTEM, case.id).sections for row in section.rows}
    assert rows["total"] == "1.600.000 đ" and rows["closes_on"] == "31/12/2026" and rows["origin"] == "Nhà"


def test_a_computed_value_out_of_its_bounds_is_refused_at_its_field(apply, mother) -> None:
    apply(with_form())
    draft = services.start_draft(mother, "trial.permit")
    many = [{"what": "Vàng", "quantity": "9", "price": "90.000.000"}]
    services.save_draft(mother, draft.id, {"stall": "Q", "opens_on": DAY, "goods": many, "origin": "x"})
    with pytest.raises(Invalid) as refused:
        services.check_draft(mother, draft.id)
    assert set(refused.value.errors) == {"total", "papers.photo"}


def test_a_missing_input_leaves_the_computed_field_empty_and_blames_the_input(apply, mother) -> None:
    apply(with_form())
    draft = services.start_draft(mother, "trial.permit")
    view = services.save_draft(mother, draft.id, {"stall": "Q"})
    assert view.computed == ("total", "closes_on") and "total" not in view.raw and "origin" not in view.typed
    with pytest.raises(Invalid) as refused:
        services.check_draft(mother, draft.id)
    assert set(refused.value.errors) == {"opens_on", "papers.photo"}


def test_own_keys_are_no_options_of_the_type() -> None:
    found = FormField.model_validate({"name": "x", "type": "money", "compute": "a", "by": "b", "when": {"c": 1}})
    assert (found.compute, found.by, found.when, found.options) == ("a", "b", {"c": 1}, {})
