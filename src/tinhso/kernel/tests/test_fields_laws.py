"""What holds for every field type and every value."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.db import connection
from django.utils.translation import override
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from tinhso.kernel.errors import Invalid
from tinhso.kernel.fields import field_types

from .fields import SAMPLES, Sample, known

pytestmark = [pytest.mark.usefixtures("known")]
__all__ = ["known"]
every = pytest.mark.parametrize("sample", SAMPLES.values(), ids=SAMPLES.keys())
often = settings(max_examples=30, deadline=None, suppress_health_check=list(HealthCheck))


def test_every_type_has_a_sample() -> None:
    assert {sample.spec.type for sample in SAMPLES.values()} == set(field_types())


@every
@often
@given(data=st.data())
def test_json_comes_back_and_fits_its_schema(sample: Sample, data: st.DataObject) -> None:
    value, kind, options = data.draw(sample.values), sample.spec.kind, sample.spec.settings()
    kind.check(value, options)
    text = json.dumps(kind.to_json(value))
    Draft202012Validator(kind.json_schema(options), format_checker=Draft202012Validator.FORMAT_CHECKER).validate(
        json.loads(text)
    )
    assert kind.from_json(json.loads(text)) == value


@every
@often
@given(data=st.data())
def test_what_fills_a_form_is_read_again(sample: Sample, data: st.DataObject) -> None:
    value, kind, options = data.draw(sample.values), sample.spec.kind, sample.spec.settings()
    for language in ("vi", "en"):
        with override(language):
            assert kind.read(kind.to_raw(value), options) == value
            assert kind.read(kind.to_line(value, options), options) == value


@every
@often
@given(data=st.data())
def test_a_cell_is_read_again_and_never_runs(sample: Sample, data: st.DataObject) -> None:
    value, kind, options = data.draw(sample.values), sample.spec.kind, sample.spec.settings()
    cell = kind.to_cell(value, options)
    assert not (isinstance(cell, str) and cell.startswith(("=", "+", "-", "@", "\t", "\r")))
    assert kind.from_cell(cell, options) == value


@every
@often
@given(data=st.data())
def test_people_read_something_in_both_languages(sample: Sample, data: st.DataObject) -> None:
    value, kind, options = data.draw(sample.values), sample.spec.kind, sample.spec.settings()
    for language in ("vi", "en"):
        with override(language):
            assert kind.display(value, options).strip()
            assert kind.display(None, options) == ""


@pytest.mark.django_db
@every
def test_postgresql_keeps_it(sample: Sample) -> None:
    """The column and its checks take every value, and give it back."""
    kind, options = sample.spec.kind, sample.spec.settings()
    column = kind.column(options)
    checks = " AND ".join(f"({check.format(column='f')})" for check in column.checks) or "true"
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMPORARY TABLE kept (f {column.sql} CHECK ({checks})) ON COMMIT DROP".replace("%", "%%")
        )

        @often
        @given(sample.values)
        def keeps(value: Any) -> None:
            cursor.execute("TRUNCATE kept")
            cursor.execute("INSERT INTO kept VALUES (%s), (NULL)", [kind.to_sql(value)])
            cursor.execute("SELECT f FROM kept ORDER BY f IS NULL")
            assert [None if f is None else kind.from_sql(f) for (f,) in cursor.fetchall()] == [value, None]

        keeps()


NASTY = [
    "\x00", "a\u202eb", "\ud800", "=1+1", "--", "''", "%s", "{", "[" * 5_000, "9" * 500, "٣٤", "0x10", "1e999",
    True, -1, 0.5, -0.0, 1e13, 10**400, -(10**400), float("nan"), float("inf"), -float("inf"), b"\xff",
    '{"type": "Point"}', '{"type":"Point","coordinates":[1e400,0]}', {"type": "Point", "coordinates": [1]},
    "١/٢/٢٠٢٥", "31/02/2025", "25:61 1/1/2025", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00",
    datetime.min, datetime.max,  # noqa: DTZ901
    {"day": [], "month": {}, "year": 10**400}, {"unit": "\x00", "line": {}}, [None, [], {}],
]  # fmt: skip
hostile = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=60)
    | st.binary(max_size=10)
    | st.dates()
    | st.datetimes()
    | st.sampled_from(NASTY),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(("day", "month", "year", "time", "unit", "line", "name", "national_id", "type", "tool")),
            inner,
            max_size=4,
        )
    ),
    max_leaves=8,
)


@every
@often
@given(raw=hostile)
def test_whatever_is_sent_is_read_or_refused(sample: Sample, raw: Any) -> None:
    takes_or_refuses(sample, raw)


@every
def test_what_attackers_send_is_read_or_refused(sample: Sample) -> None:
    for raw in NASTY:
        takes_or_refuses(sample, raw)


def takes_or_refuses(sample: Sample, raw: Any) -> None:
    """Reading raises nothing but Invalid, and what it lets through can be shown and stored."""
    kind, options = sample.spec.kind, sample.spec.settings()
    for read in (lambda: kind.read(raw, options), lambda: kind.from_cell(raw, options), lambda: kind.from_json(raw)):
        try:
            value = read()
            if value is not None:
                kind.check(value, options)
        except Invalid as refused:
            assert all(str(message) for messages in refused.errors.values() for message in messages)
        else:
            assert isinstance(kind.display(value, options), str)
            kind.to_raw(value)
            json.dumps(kind.to_json(value))
            assert "\x00" not in str(kind.to_sql(value))
