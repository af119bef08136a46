"""What a lane makes of a cell is what the field type makes of it: the same in SQL, in the snapshot, in the key."""

import json
from datetime import date, datetime
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinhso.kernel.errors import Invalid
from tinhso.kernel.fields.base import FieldSpec
from tinhso.registers.imports.lanes import Lane, key_text, quick
from tinhso.registers.services.rows import dumps
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
    "phone": {"type": "phone"},
    "several": {
        "type": "choice",
        "multiple": True,
        "choices": [{"value": v, "label": {"vi": f"Loại {v}", "en": f"Kind {v}"}} for v in ('a"b', "c,d", "e\\f")],
    },
    "place": {"type": "geometry", "shape": "point"},
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
    st.integers(-(10**6), 10**6),
    st.floats(-(10**6), 10**6),
    st.booleans(),
    st.dates(date(1790, 1, 1), date(2210, 1, 1)),
    st.datetimes(datetime(1990, 1, 1), datetime(2030, 1, 1)),  # noqa: DTZ001  as a sheet has them
    st.sampled_from([{"type": "Point", "coordinates": [106.3, 20.5]}, {"type": "Point", "coordinates": [500, 0]}]),
    st.sampled_from(["0912345678", "c,d", 'a"b; c,d', "e\\f", "\\N", "a\\tb", 'một "hai" \\ ba', "\t", " ", ""]),
    st.sampled_from(["có", "Không", "true", "1", "0", "x", "Đất cát", "Sandy", "a", "o'b", "'=1", "O'B 100%"]),
)


NOTHING = object()


def by_type(field: Field, cell: Any) -> Any:
    """The value that a row read by itself has; NOTHING where it is refused."""
    if cell is None or cell == "":
        return None if field.spec.optional else NOTHING
    try:
        value = field.kind.from_cell(cell, field.options)
        if value is not None:
            field.kind.check(value, field.options)
    except (Invalid, TypeError, ValueError, AttributeError, KeyError):
        return NOTHING
    return value if value is not None or field.spec.optional else NOTHING


def lane(field: Field) -> Lane:
    return Lane(field, lambda cell: field.kind.from_cell(cell, field.options), dumps, keyed=True)


def copied(field: Field, texts: list[str]) -> list[Any]:
    """What the columns hold once COPY has read the texts."""
    sql = field.kind.column(field.options).sql
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TEMP TABLE copied (n serial, value {sql})")
        with cursor.copy("COPY copied (value) FROM STDIN") as copy:
            copy.write("".join(f"{text}\n" for text in texts))
        cursor.execute("SELECT value FROM copied ORDER BY n")
        found = [value for (value,) in cursor]
        cursor.execute("DROP TABLE copied")
        return found


def kept(texts: list[str]) -> list[Any]:
    """What the parts of snapshots say once COPY has read them."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMP TABLE kept (n serial, value jsonb)")
        with cursor.copy("COPY kept (value) FROM STDIN") as copy:
            copy.write("".join(f"{{{text}}}\n" for text in texts))
        cursor.execute("SELECT value::text FROM kept ORDER BY n")
        found = [json.loads(value) for (value,) in cursor]
        cursor.execute("DROP TABLE kept")
        return found


@pytest.mark.django_db
@pytest.mark.parametrize("optional", [False, True])
@pytest.mark.parametrize("name", FIELDS)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cells=st.lists(WRITTEN, min_size=1, max_size=40))
def test_a_lane_says_of_each_cell_what_its_type_says(name: str, optional: bool, cells: list[Any]) -> None:
    field = FIELDS[name]
    if optional:
        field = Field(field.spec.model_copy(update={"optional": True}), field.kind, field.options)
    of, cells = lane(field), cells * 5  # often enough to be kept
    for _again in range(2):  # the second time it knows them
        column = of.column(cells)
        read = [by_type(field, cell) for cell in cells]
        assert [text is None for text in column.texts] == [value is NOTHING for value in read]
        good = [
            (*cell, value)
            for *cell, value in zip(column.texts, column.kept, column.keys, read, strict=True)
            if value is not NOTHING
        ]
        stored = copied(field, [text for text, *_rest in good])
        wanted = [None if value is None else field.kind.to_sql(value) for *_rest, value in good]
        assert [None if s is None else field.kind.from_sql(s) for s in stored] == [
            None if w is None else field.kind.from_sql(w) for w in wanted
        ]
        assert kept([part for _text, part, *_rest in good]) == [
            {} if value is None else {field.name: json.loads(dumps(field.kind.to_json(value)))}
            for *_rest, value in good
        ]
        assert [key for _text, _part, key, value in good if value is not None] == [
            key_text(w) for w in wanted if w is not None
        ]


@pytest.mark.parametrize("name", [name for name in FIELDS if quick(FIELDS[name])])
@settings(max_examples=300, deadline=None)
@given(cell=WRITTEN)
def test_what_the_plainest_form_takes_is_what_the_type_reads(name: str, cell: Any) -> None:
    field, of = FIELDS[name], quick(FIELDS[name])
    assert of
    if not isinstance(cell, str) or (found := of.read([cell])) is None:
        return
    value = by_type(field, cell)
    assert value is not NOTHING, f"taken though the type refuses it: {cell!r}"
    assert found[0] == str(field.kind.to_sql(value))
    assert json.loads(f"{of.quotes}{found[0]}{of.quotes}") == field.kind.to_json(value)


@pytest.mark.parametrize(
    ("name", "cell"),
    [
        ("text", "Vũ Quý"), ("text", "P-12/34 (b)"), ("integer", "70000"), ("whole", "-123456789"),
        ("money", "1500000"), ("decimal", "12,345"), ("decimal", "12"),
    ],
)  # fmt: skip
def test_what_spreadsheets_mostly_hold_is_of_the_plainest_form(name: str, cell: str) -> None:
    of = quick(FIELDS[name])
    assert of and of.read([cell, cell])


@pytest.mark.parametrize(
    ("name", "cell"), [("integer", "70001"), ("text", "a"), ("text", "ab\ncd"), ("bounded", "-2,6")]
)
def test_one_cell_that_the_type_would_refuse_or_mend_leaves_all_to_it(name: str, cell: str) -> None:
    of = quick(FIELDS[name])
    assert of and of.read(["12", cell]) is None


def test_a_lane_asks_its_type_once_for_each_distinct_cell_and_again_for_what_it_refused() -> None:
    field, asked = FIELDS["choice"], []

    def read(cell: Any) -> Any:
        asked.append(cell)
        return field.kind.from_cell(cell, field.options)

    of = Lane(field, read, dumps)
    for _chunk in range(3):
        of.column(["Đất cát", "Sandy", "Bùn"] * 50)
    assert sorted(asked) == sorted(["Đất cát", "Sandy", "Bùn", "Bùn", "Bùn"])
