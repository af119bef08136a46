"""What pages ask of a list of records: a stretch of days, words for its cells, which fields may be read."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.kernel.errors import Invalid
from tinhso.registers import queries, services
from tinhso.registers.models import SchemaWork

from .conftest import SYSTEM, seated

PLANTED = {"a": date(2024, 1, 1), "b": date(2024, 2, 1), "c": date(2024, 3, 1)}
TREES = """\
register: trees
name: {vi: Sổ cây, en: Trees}
fields:
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 20}
  - {name: keeper, type: person, label: {vi: Người trông, en: Keeper}, optional: true, class: personal}
  - {name: parent, type: reference, label: {vi: Cây mẹ, en: Parent}, to: yard.trees, optional: true}
key: [code]
"""


@pytest.mark.parametrize(
    ("between", "found"),
    [
        (("2024-01-15", "2024-03-01"), "bc"),
        (("1/2/2024", ""), "bc"),
        (("", date(2024, 2, 1)), "ab"),
        (("", ""), "abc"),
    ],
)
def test_a_stretch_has_both_its_ends(gardens, between, found):
    for code, day in PLANTED.items():
        services.create(SYSTEM, gardens, {"code": code, "planted_on": day})
    page = queries.find(SYSTEM, gardens, where={"planted_on": ("between", between)}, order="code")
    assert "".join(record.values["code"] for record in page.records) == found


def test_an_end_that_is_no_day_is_named_by_its_field(gardens):
    with pytest.raises(Invalid) as refused:
        queries.find(SYSTEM, gardens, where={"planted_on": ("between", ("32/1/2024", ""))})
    assert list(refused.value.errors) == ["planted_on"]


def test_words_of_people_and_records_are_asked_for_once(db, apply):
    apply(trees=TREES)
    keepers = [identity.register_person(SYSTEM, NewPerson(name, demo=True)).id for name in ("Trần Thị Hoa", "Lê Đức")]
    mother = services.create(SYSTEM, "yard.trees", {"code": "mother"})
    for number in range(6):
        values = {"code": f"t{number}", "keeper": keepers[number % 2], "parent": mother.id}
        services.create(SYSTEM, "yard.trees", values)
    of = queries.definition("yard.trees")
    records = queries.find(SYSTEM, "yard.trees", order="code").records
    names = ["code", "keeper", "parent"]
    with CaptureQueriesContext(connection) as few:
        queries.in_words(of, records[1:2], names)
    with CaptureQueriesContext(connection) as many:
        words = queries.in_words(of, records, names)
    assert len(many) == len(few)
    assert words[0] == {"code": "mother", "keeper": "", "parent": ""}
    assert words[1] == {"code": "t0", "keeper": "Trần Thị Hoa", "parent": "mother"}


def test_what_a_post_may_read_stands_in_lists_but_for_what_is_sensitive(gardens, province):
    of = queries.definition(gardens)
    assert queries.readable(seated("13225", "civil-status"), of) == {"code", "planted_on", "trees", "area", "keeper"}
    assert "keeper" not in queries.readable(seated("33", "leader", level="province"), of)


def test_work_that_a_pack_left_for_later(db):
    SchemaWork.objects.create(register="yard.trees", what="index on code", sql="SELECT 1")
    assert queries.schema_work_left() == [("yard.trees", "index on code", "")]
