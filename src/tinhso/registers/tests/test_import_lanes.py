"""What SQL accepts of a cell has the value that the field type gives it; nothing plain is left to the slow way."""

import json
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinhso.kernel.errors import Invalid
from tinhso.kernel.fields.base import FieldSpec
from tinhso.registers.imports.lanes import lane
from tinhso.registers.shape import Field

SPECS: dict[str, dict[str, Any]] = {
    "text": {"type": "text", "max": 12, "min": 2},
    "integer": {"type": "integer", "min": -50, "max": 70_000},
    "whole": {"type": "integer"},
    "money": {"type": "money"},
    "decimal": {"type": "decimal", "places": 3},
    "bounded": {"type": "decimal", "places": 1, "min": "-2.5", "max": 1000},
    "date": {"type": "date"},
    "past": {"type": "date", "past": True, "min": "1990-01-01"},
    "future": {"type": "date", "future": True},
    "boolean": {"type": "boolean"},
    "choice": {
        "type": "choice",
        "choices": [
            {"value": "a", "label": {"vi": "Đất cát", "en": "Sandy"}},
            {"value": "o'b", "label": {"vi": "'=1", "en": "O'B 100%"}},
        ],
    },
}
FIELDS = {
    name: Field(spec, spec.kind, spec.settings())
    for name, keys in SPECS.items()
    for spec in [FieldSpec.model_validate({"name": name, **keys})]
}
WRITTEN = st.one_of(
    st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]), min_size=1, max_size=14),
    st.text("aĐệ e\u0323\u0302'=+\u00a0 -", min_size=1, max_size=13),
    st.from_regex(r"-?[0-9]{1,17}([.,][0-9]{1,4}){0,2}", fullmatch=True),
    st.from_regex(r"[0-9]{1,2}[/-][0-9]{1,2}[/-](17|18|19|20|21|22)[0-9]{2}", fullmatch=True),
    st.from_regex(r"[1-9][0-9]{0,2}[.,][0-9]{3}", fullmatch=True),
    st.dates().map(str),
    st.sampled_from(["có", "Không", "true", "1", "0", "x", "Đất cát", "Sandy", "a", "o'b", "'=1", "O'B 100%"]),
)


def by_sql(field: Field, cell: str) -> tuple[bool, Any, Any]:
    of = lane(field, timezone.localdate())
    assert of
    of = of.of("c")
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT a, CASE WHEN a THEN {of.value} END, CASE WHEN a THEN ({of.json})::text END"
            f" FROM (SELECT c, {of.accepts} AS a FROM (SELECT p AS c"
            f" FROM json_array_elements_text((SELECT convert_from(decode('{json.dumps([cell]).encode().hex()}', 'hex'),"
            " 'UTF8')::json)) p) q) r"
        )
        return cursor.fetchone()


@pytest.mark.django_db
@pytest.mark.parametrize("name", FIELDS)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cell=WRITTEN)
def test_an_accepted_cell_has_the_value_of_its_type(name: str, cell: str) -> None:
    field = FIELDS[name]
    accepted, value, kept = by_sql(field, cell)
    if not accepted:
        return
    try:
        read = field.kind.from_cell(cell, field.options)
        field.kind.check(read, field.options)
    except Invalid as error:
        raise AssertionError(f"SQL accepts what the type refuses: {cell!r}") from error
    assert value == field.kind.to_sql(read)
    assert json.loads(kept) == field.kind.to_json(read)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("text", "Vũ Quý"), ("integer", "70000"), ("whole", "-123456789"), ("money", "1500000"), ("decimal", "12,345"),
        ("decimal", "12"), ("date", "29/02/2024"), ("date", "1/7/2025"), ("past", "2025-07-01"), ("boolean", "Có"),
        ("choice", "Đất cát"), ("choice", "o'b"),
    ],
)  # fmt: skip
def test_what_spreadsheets_mostly_hold_takes_the_fast_lane(name: str, cell: str) -> None:
    assert by_sql(FIELDS[name], cell)[0]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "cell"), [("date", "30/02/2024"), ("integer", "70001"), ("text", "a"), ("past", "1/1/2199")]
)
def test_what_the_type_would_refuse_is_left_to_it(name: str, cell: str) -> None:
    assert not by_sql(FIELDS[name], cell)[0]
