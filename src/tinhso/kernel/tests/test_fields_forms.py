"""Fields together: a form that is read, refused and shown again."""

from typing import Any

import pytest
from django.http import QueryDict
from django.utils.translation import override

from tinhso.kernel.actor import NOBODY, Actor, system
from tinhso.kernel.errors import Invalid
from tinhso.kernel.fields import FieldSpec, asked, bind, demo_national_id, faults, hooks, raw_of, read_all
from tinhso.kernel.fields.dates import read_day

COUNTRIES = [
    {"value": "VN", "label": {"vi": "Việt Nam", "en": "Viet Nam"}},
    {"value": "LA", "label": {"vi": "Lào", "en": "Laos"}},
    {"value": "FR", "label": {"vi": "Pháp", "en": "France"}},
]
LABEL = {"vi": "Ngày sinh", "en": "Date of birth"}


def form(*fields: dict[str, Any]) -> list[FieldSpec]:
    return [FieldSpec.model_validate(field) for field in fields]


MARRIAGE = form(
    {"name": "married", "type": "boolean"},
    {"name": "spouse", "type": "text", "when": {"married": True}},
    {"name": "country", "type": "choice", "choices": COUNTRIES, "when": {"married": True}},
    {"name": "visa", "type": "text", "when": {"country": ["LA", "FR"]}},
)


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        ({"married": "no", "country": "FR"}, ["married"]),
        ({"married": "yes", "country": "VN"}, ["married", "spouse", "country"]),
        ({"married": "yes", "country": "FR"}, ["married", "spouse", "country", "visa"]),
        ({}, ["married"]),
    ],
)
def test_a_field_is_asked_on_the_answers_that_it_names(raw: dict[str, str], names: list[str]) -> None:
    assert [spec.name for spec in asked(MARRIAGE, raw.get)] == names


def test_what_is_not_asked_is_neither_wanted_nor_kept() -> None:
    values = read_all(MARRIAGE, {"married": "không", "spouse": "Ai Đó", "visa": "\x00"}.get)
    assert values == {"married": False, "spouse": None, "country": None, "visa": None}
    with pytest.raises(Invalid) as refused:
        read_all(MARRIAGE, {"married": "có", "country": "FR"}.get)
    assert set(refused.value.errors) == {"spouse", "visa"}


def test_a_page_of_a_form_knows_the_answers_of_the_others() -> None:
    assert read_all(MARRIAGE[3:], {"country": "VN"}.get) == {"visa": None}
    with pytest.raises(Invalid):
        read_all(MARRIAGE[3:], {"country": "FR"}.get)


def test_an_empty_field_is_named_in_its_message() -> None:
    specs = form(
        {"name": "born_on", "type": "date", "label": LABEL},
        {"name": "sex", "type": "choice", "of": "sex", "label": {"vi": "Giới tính", "en": "Sex"}},
    )
    for language, words in (
        ("vi", ["Xin nhập ngày sinh", "Xin chọn giới tính"]),
        ("en", ["Enter: date of birth", "Choose: sex"]),
    ):
        with override(language), pytest.raises(Invalid) as refused:
            read_all(specs, {}.get)
        assert [m for messages in refused.value.errors.values() for m in messages] == words


def test_a_refused_form_comes_back_filled_in() -> None:
    specs = form(
        {"name": "born_on", "type": "date", "label": LABEL},
        {
            "name": "tools",
            "type": "table",
            "columns": [{"name": "tool", "type": "text"}, {"name": "count", "type": "integer"}],
        },
    )
    posted = QueryDict(
        "born_on.day=31&born_on.month=&born_on.year=2025"
        "&tools.0.tool=Cuốc&tools.0.count=hai&tools.3.tool=&tools.3.count=&tools.10.tool=Xẻng&tools.10.count=1"
    )
    raw = {spec.name: raw_of(posted, spec) for spec in specs}
    assert raw["tools"] == [{"tool": "Cuốc", "count": "hai"}, {"tool": "Xẻng", "count": "1"}]
    with pytest.raises(Invalid) as refused:
        read_all(specs, raw.get)
    assert set(refused.value.errors) == {"born_on.month", "tools.0.count"}
    day, tools = bind(specs, raw, refused.value.errors)
    assert (day.id, day.widget, day.label, day.raw["day"], day.errors) == (
        "id_born_on", "date", "Ngày sinh", "31", ["Thiếu tháng"],
    )  # fmt: skip
    assert day.parts == {"month": ["Thiếu tháng"]}
    cells = tools.rows[0]
    assert [(cell.name, cell.raw, bool(cell.errors)) for cell in cells] == [
        ("tool", "Cuốc", False),
        ("count", "hai", True),
    ]


def test_several_answers_are_all_read() -> None:
    (spec,) = form({"name": "countries", "type": "choice", "choices": COUNTRIES, "multiple": True})
    posted = QueryDict("countries=VN&countries=LA")
    assert read_all([spec], lambda name: raw_of(posted, spec)) == {"countries": ["VN", "LA"]}
    assert bind([spec], {})[0].widget == "checkboxes"


def test_an_identity_number_agrees_with_birthday_and_sex() -> None:
    specs = form(
        {"name": "number", "type": "national_id", "born": "born_on", "sex": "sex"},
        {"name": "born_on", "type": "date"},
        {"name": "sex", "type": "choice", "of": "sex"},
    )
    born = read_day("8/3/1990")
    assert born
    raw = {"number": demo_national_id(7, born, "female"), "born_on": "8/3/1990", "sex": "female"}
    assert read_all(specs, raw.get)["sex"] == "female"
    for wrong in ({"born_on": "8/3/1991"}, {"sex": "male"}):
        with pytest.raises(Invalid) as refused:
            read_all(specs, (raw | wrong).get)
        assert set(refused.value.errors) == {"number"}


def test_names_that_lead_nowhere_are_faults() -> None:
    wrong = form(
        {"name": "a", "type": "boolean", "when": {"b": True}},
        {"name": "b", "type": "boolean", "when": {"a": "perhaps", "z": 1}},
        {"name": "number", "type": "national_id", "born": "birthday"},
        {"name": "number", "type": "text"},
    )
    assert set(faults(wrong)) == {
        ((0, "when"), "'a' is asked when itself is answered"),
        ((1, "when"), "'perhaps' is no answer to 'a'"),
        ((1, "when"), "'b' is asked when itself is answered"),
        ((1, "when"), "'z' is not another field"),
        ((2,), "'birthday' is not a field"),
        ((3, "name"), "'number' is there twice"),
    }
    assert list(faults(MARRIAGE)) == []


@pytest.mark.django_db
def test_lists_and_registers_that_are_not_here_are_faults() -> None:
    column = {"name": "soil", "type": "choice", "of": "soil"}
    specs = form(
        {"name": "sex", "type": "choice", "of": "sex"},
        {"name": "garden", "type": "reference", "to": "demo.gardens"},
        {"name": "beds", "type": "table", "columns": [column]},
    )
    assert list(faults(specs)) == [
        ((1,), "there is no register 'demo.gardens'"),
        ((2, "columns", 0), "there is no list 'soil'"),
    ]
    assert list(faults(specs, {("register", "demo.gardens"), ("list", "soil")})) == []


def test_a_source_answers_for_the_actor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "_sources", {})
    spec, other, plain = form(
        {"name": "name", "type": "text", "from": "post.name"},
        {"name": "name", "type": "text", "from": "post.nobody"},
        {"name": "name", "type": "text"},
    )

    def name(actor: Actor, spec: FieldSpec) -> str | None:
        return actor.system or None

    hooks.prefill_source("post.name", name)
    with pytest.raises(ValueError, match="two sources"):
        hooks.prefill_source("post.name", lambda actor, spec: None)
    assert hooks.prefill_sources() == ["post.name"]
    assert hooks.prefill(system("demo"), spec) == "demo"
    assert hooks.prefill(NOBODY, spec) is None
    assert hooks.prefill(NOBODY, plain) is None
    with pytest.raises(LookupError):
        hooks.prefill(NOBODY, other)
