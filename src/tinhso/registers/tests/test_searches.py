"""What is searched is kept folded, beside the fields: found as before, by tables with and without these columns, and
kept through every change of the schema."""

from datetime import date

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinhso.kernel.errors import Invalid
from tinhso.kernel.text import fold
from tinhso.registers import ddl, models, queries, services, tasks
from tinhso.registers.contracts import NewRecord
from tinhso.registers.ddl.steps import REBUILD
from tinhso.registers.filters import searched
from tinhso.registers.shape import shape

from .catalogue import catalogue
from .conftest import SYSTEM, rows

REGISTER, DAY = "yard.people", date(2024, 3, 1)
PEOPLE = """\
register: people
name: {vi: Người trông, en: Keepers}
fields:
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 20, class: open}
  - {name: keeper, type: text, label: {vi: Họ tên, en: Name}, max: 100, optional: true}
  - {name: licence, type: text, label: {vi: Giấy phép, en: Licence}, max: 40, optional: true}
  - {name: phone, type: phone, label: {vi: Điện thoại, en: Telephone}, optional: true}
  - {name: story, type: text, label: {vi: Chuyện, en: Story}, max: 200, optional: true}
key: [code]
search: {keeper: contains, licence: prefix, phone: contains, story: fulltext}
"""
RENAMED = PEOPLE.replace("name: keeper", "name: warden").replace("keeper:", "warden:") + "rename: {keeper: warden}\n"
NAMES = [
    "Hoàng Thị Hoàng",
    "Hoàng Hoàng Thị",
    "Đỗ Quyên",
    "hoang  thi",
    "100% Quý_ba",
    r"a\b",
    "Thi\u01c0Hoang",
    "Ê Đê",
]
LETTERS = "hoàngthịđêQ %_\\\u01c0"


@pytest.fixture
def people(db, apply):
    apply(people=PEOPLE)
    services.create_many(
        SYSTEM,
        REGISTER,
        [
            NewRecord(
                {"code": f"P{n}", "keeper": name, "licence": name, "story": name, "phone": f"+8491234567{n}"}, DAY
            )
            for n, name in enumerate(NAMES)
        ],
    )
    return REGISTER


def found(search="", **where):
    return {record.values["code"] for record in queries.find(SYSTEM, REGISTER, where=where, search=search).records}


def kept():
    return searched.standing(shape(REGISTER))


def as_of_earlier_software():
    """The table as software made it that kept no folded texts: searched, and indexed, by expressions."""
    of = shape(REGISTER)
    with connection.cursor() as cursor:
        for name in kept():
            cursor.execute(f'ALTER TABLE {of.table} DROP COLUMN "{name}"')
        for thing in ddl.objects(of, stored=False):
            if thing.of:
                cursor.execute(f"CREATE INDEX {thing.name(of)} ON {of.table} {thing.body}")


def test_texts_are_found_in_what_is_kept_with_and_without_marks(people):
    assert len(kept()) == 4
    with CaptureQueriesContext(connection) as asked:
        assert found(keeper__contains="hoang thi") == {"P0", "P1"}
        assert found(keeper__contains="Hoàng Thị Hoàng") == found(keeper__contains="HOANG THI HOANG") == {"P0"}
        assert found(licence__prefix="do q") == found(licence__contains="quyen") == {"P2"}
        assert found(keeper__contains="%") == found(licence__prefix="100%") == {"P4"}
        assert found(phone__contains="0912 345 672") == {"P2"}
        assert found("quyên đỗ") == {"P2"}
    assert not [one["sql"] for one in asked if "tinhso_fold" in one["sql"]], "nothing is folded as it is asked"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    asked=st.lists(st.one_of(st.text(LETTERS, min_size=1, max_size=6), st.sampled_from(NAMES)), min_size=4, max_size=4)
)
def test_a_table_without_the_columns_answers_the_same(people, asked):
    keeper, licence, phone, search = (text if fold(text) else "hoang" for text in asked)
    questions = [
        {"keeper__contains": keeper},
        {"licence__prefix": licence},
        {"licence__contains": licence},
        {"phone__contains": phone},
        {"search": search},
    ]
    kept_of = dict(rows("SELECT keeper, tinhso_fold(keeper) FROM reg.yard_people"))
    now = [found(**question) for question in questions]
    assert now[0] == {f"P{n}" for n, name in enumerate(NAMES) if fold(keeper) in kept_of[name]}
    with transaction.atomic():
        as_of_earlier_software()
        assert [found(**question) for question in questions] == now
        transaction.set_rollback(True)


def test_they_are_written_again_with_the_text_and_shown_nowhere(people, apply):
    record = queries.find(SYSTEM, REGISTER, where={"code": "P2"}).records[0]
    services.update(SYSTEM, REGISTER, record.ref.id, {"keeper": "Lò Văn Ứng"}, revision=1, why="x")
    assert (found(keeper__contains="van ung"), found(keeper__contains="quyen")) == ({"P2"}, set())
    assert set(queries.get(SYSTEM, REGISTER, record.ref.id).values) == {"code", "keeper", "licence", "phone", "story"}
    published = rows("SELECT attname FROM pg_attribute WHERE attrelid = 'pub.yard_people'::regclass AND attnum > 0")
    versions = rows("SELECT DISTINCT jsonb_object_keys(values) FROM record_version WHERE register = %s", (REGISTER,))
    assert not [name for (name,) in [*published, *versions] if name.startswith(searched.MARK)]
    assert {known for (known,) in rows(
        "SELECT attstattarget FROM pg_attribute WHERE attrelid = 'reg.yard_people'::regclass AND attgenerated <> ''"
    )} == {searched.KNOWN, -1}  # fmt: skip


def test_a_rename_keeps_them_and_a_drop_lets_them_go(people, apply, plan):
    before = kept()
    steps = [change.what for change in plan(people=RENAMED)]
    assert "keep the folded texts of a renamed column" in steps and not [s for s in steps if "to search by" in s]
    apply(people=RENAMED)
    assert len(kept() & before) == 3 and len(kept()) == 4
    assert found(warden__contains="quyen") == {"P2"}
    without = PEOPLE.replace("keeper: contains, ", "").replace("  - {name: keeper", "  - {name: other")
    apply(people=without + "drop: [warden]\n")
    assert len(kept()) == 3 and kept() < before


def test_a_type_change_of_a_text_that_was_searched(people, apply):
    numbers = PEOPLE.replace("licence: prefix, ", "").replace(
        "name: licence, type: text, label: {vi: Giấy phép, en: Licence}, max: 40", "name: licence, type: integer"
    )
    with pytest.raises(Invalid, match="licence"):
        apply(people=numbers)
    assert len(kept()) == 4
    apply(people=numbers + "drop: [licence]\n")
    assert len(kept()) == 3
    apply(people=PEOPLE)
    assert len(kept()) == 4 and list(ddl.steps(None, shape(REGISTER))) == []


def test_a_small_table_of_earlier_software_is_brought_up_in_a_night(people):
    before = catalogue("yard_people")
    as_of_earlier_software()
    assert (kept(), found(keeper__contains="quyen")) == (frozenset(), {"P2"})
    tasks.bring_up(0)
    assert catalogue("yard_people") == before
    assert models.SchemaWork.objects.count() == 0
    assert ddl.bring_up(REGISTER) == []


@pytest.mark.django_db(transaction=True)
def test_a_large_table_is_searched_by_its_old_indexes_until_it_is_copied(people, apply, monkeypatch, clean):
    before = catalogue("yard_people")
    as_of_earlier_software()
    old = {row for row in catalogue("yard_people")["indexes"] if "tinhso_fold" in row[1]}
    monkeypatch.setattr("tinhso.registers.ddl.parts.LARGE_ROWS", 4)
    monkeypatch.setattr("tinhso.registers.ddl.rebuild.LARGE_ROWS", 4)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reg.yard_people")
    tasks.bring_up(0)
    tasks.bring_up(0)
    assert [work.sql for work in models.SchemaWork.objects.all()] == [REBUILD], "put off once"
    assert len(old) == 4 and old <= set(catalogue("yard_people")["indexes"])
    assert (kept(), found(keeper__contains="quyen")) == (frozenset(), {"P2"})
    tasks.schema_work()
    assert set(models.SchemaWork.objects.values_list("error", flat=True)) == {""}
    assert catalogue("yard_people") == before
    assert (len(kept()), found(keeper__contains="quyen")) == (4, {"P2"})
    assert ddl.bring_up(REGISTER) == []


@pytest.mark.django_db(transaction=True)
def test_a_rename_in_a_large_table_of_earlier_software_keeps_its_old_indexes(people, apply, monkeypatch, clean):
    as_of_earlier_software()
    monkeypatch.setattr("tinhso.registers.ddl.parts.LARGE_ROWS", 4)
    monkeypatch.setattr("tinhso.registers.ddl.rebuild.LARGE_ROWS", 4)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reg.yard_people")
    apply(people=RENAMED)
    assert len([row for row in catalogue("yard_people")["indexes"] if "tinhso_fold" in row[1]]) == 4
    assert found(warden__contains="quyen") == {"P2"}
    tasks.schema_work()
    assert list(ddl.steps(None, shape(REGISTER))) == []
    assert len(kept()) == 4 and found(warden__contains="quyen") == {"P2"}


@pytest.mark.django_db(transaction=True)
def test_a_type_change_of_a_large_table_copies_what_is_kept(people, apply, monkeypatch, clean):
    monkeypatch.setattr("tinhso.registers.ddl.parts.LARGE_ROWS", 4)
    monkeypatch.setattr("tinhso.registers.ddl.rebuild.LARGE_ROWS", 4)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reg.yard_people")
    text = PEOPLE.replace("licence: prefix, ", "").replace(
        "name: licence, type: text, label: {vi: Giấy phép, en: Licence}, max: 40", "name: licence, type: integer"
    )
    apply(people=text + "drop: [licence]\n")
    assert len(kept()) == 3 and found(keeper__contains="quyen") == found("quyên") == {"P2"}
    grown = catalogue("yard_people")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE reg.yard_people CASCADE")
    apply()
    apply(people=text)
    assert {name for name, *_rest in grown["columns"]} == {name for name, *_rest in catalogue("yard_people")["columns"]}
    assert grown["indexes"] == catalogue("yard_people")["indexes"]


def test_the_kept_texts_have_names_that_no_field_can_have(people):
    for one in searched.searched(shape(REGISTER)):
        with pytest.raises(Exception, match="should match pattern"):
            shape(REGISTER).definition.fields[0].model_validate({"name": one.name, "type": "text"})
