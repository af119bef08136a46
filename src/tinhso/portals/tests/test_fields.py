"""The fields of forms: what a widget posts is what its type reads."""

import re
from typing import Any

import pytest
from django.http import QueryDict
from django.template import engines
from django.utils import translation

from tinhso.kernel.fields import FieldSpec, bind, field_types, raw_of, read_all

OPTIONS: dict[str, dict[str, Any]] = {
    "choice": {"choices": [{"code": "a", "vi": "Một", "en": "One"}, {"code": "b", "vi": "Hai", "en": "Two"}]},
    "reference": {"to": "demo.things"},
    "table": {"columns": [{"name": "item", "type": "text"}, {"name": "count", "type": "integer"}]},
}


def spec(kind: str, **more: Any) -> FieldSpec:
    return FieldSpec.model_validate(
        {"name": "thing", "type": kind, "label": {"vi": "Một mục", "en": "A field"}} | OPTIONS.get(kind, {}) | more
    )


def show(bound: Any) -> str:
    return engines["django"].from_string("{% field f %}").render({"f": bound})


def usable(kind: str) -> FieldSpec:
    try:
        return spec(kind)
    except ValueError:
        OPTIONS["choice"] = {"of": "sex"}
        return spec(kind)


@pytest.mark.parametrize("kind", sorted(field_types()))
def test_every_type_has_a_widget_that_posts_its_parts(kind: str) -> None:
    made = usable(kind)
    (bound,) = bind([made], {}, {"thing": ["Xin xem lại"]})
    page = show(bound)
    names = set(re.findall(r'name="([^"]+)"', page))
    parts = made.kind.parts
    assert names >= ({f"thing.{part}" for part in parts} or ({"thing"} if kind != "table" else set())), names
    assert "Một mục" in page
    assert "Xin xem lại" in page
    assert 'id="id_thing-error"' in page
    assert not re.search(r"<h1", page)


def test_a_date_comes_back_as_it_was_typed() -> None:
    made = spec("date")
    raw = raw_of(QueryDict("thing.day=31&thing.month=2&thing.year=2025"), made)
    (bound,) = bind([made], {"thing": raw})
    page = show(bound)
    assert re.findall(r'value="(\d+)"', page) == ["31", "2", "2025"]


def test_a_text_is_escaped() -> None:
    (bound,) = bind([spec("text")], {"thing": '"><script>alert(1)</script>'})
    assert "<script" not in show(bound)


def test_what_a_register_answered_is_shown_and_not_asked() -> None:
    (bound,) = bind([spec("date")], {"thing": {"day": "2", "month": "9", "year": "1990"}}, prefilled=["thing"])
    page = show(bound)
    assert "<input" not in page
    assert "02/09/1990" in page
    assert "không phải nhập lại" in page


def test_rows_of_a_table_are_numbered_as_they_are_read() -> None:
    made = spec("table")
    rows = [{"item": "Căn cước", "count": "1"}, {"item": "Hộ chiếu", "count": "2"}]
    page = show(bind([made], {"thing": rows})[0])
    body = page[page.index("<tbody") : page.index("</tbody")]
    posted = QueryDict(mutable=True)
    for name, value in re.findall(r'name="([^"]+)"[^>]*value="([^"]*)"', body):
        posted[name] = value
    assert raw_of(posted, made) == rows
    assert read_all([made], lambda name: raw_of(posted, made))["thing"][1]["count"] == 2


def test_the_summary_leads_to_the_first_part_of_each_field() -> None:
    bound = bind([spec("date"), spec("text")], {}, {"thing": ["Xin nhập ngày"]})[:1]
    page = engines["django"].from_string("{% error_summary f %}").render({"f": bound})
    assert 'href="#id_thing.day"' in page
    assert engines["django"].from_string("{% error_summary f %}").render({"f": []}).strip() == ""


@pytest.mark.parametrize(
    ("template", "value", "vietnamese", "english"),
    [
        ("{{ v|vn_number }}", 1234567.8, "1.234.567,8", "1,234,567.8"),
        ("{{ v|vn_number:2 }}", -0.125, "−0,13", "−0.13"),
        ("{{ v|vn_number }}", None, "", ""),
        ("{{ v|percent }}", 79.46, "79,5\xa0%", "79.5\xa0%"),
        ("{{ v|vnd }}", 15000, "15.000\xa0₫", "15,000\xa0₫"),
        ("{{ v|vnd }}", 0, "Không thu phí", "No fee"),
    ],
)
def test_numbers_are_written_as_the_reader_writes_them(
    template: str, value: Any, vietnamese: str, english: str
) -> None:
    made = engines["django"].from_string(template)
    with translation.override("vi"):
        assert made.render({"v": value}) == vietnamese
    with translation.override("en"):
        assert made.render({"v": value}) == english
