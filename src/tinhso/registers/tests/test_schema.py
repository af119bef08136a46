"""Plan and apply: what a definition's change does to the table, what it costs, and what it may not do."""

import threading
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction

from tinhso.kernel import packs
from tinhso.kernel.errors import Busy, Invalid
from tinhso.kernel.models import Definition
from tinhso.registers import ddl, models, queries, services, tasks
from tinhso.registers.contracts import NewRecord

from .conftest import GARDENS, SYSTEM, rows

DAY = date(2024, 3, 1)


def costs(changes):
    return {change.what: (change.cost, change.loses) for change in changes}


def enter(register, **values):
    return services.create(SYSTEM, register, {"code": "A1", "planted_on": DAY, "trees": 10} | values)


def columns():
    return {row[0]: row[1] for row in rows(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute"
        " WHERE attrelid = 'reg.yard_gardens'::regclass AND attnum > 0 AND NOT attisdropped"
    )}  # fmt: skip


def test_a_new_register_is_planned_and_the_plan_is_empty_after(db, apply, plan):
    assert any("create table" in change.what for change in plan(gardens=GARDENS))
    apply(gardens=GARDENS)
    assert plan(gardens=GARDENS) == []
    found = queries.definition("yard.gardens")
    assert list(ddl.steps(found.definition, found)) == []


def test_the_table_has_real_types_and_constraints(gardens):
    assert columns()["area"] == "numeric(18,2)"
    assert "remark" not in columns()
    with pytest.raises(Exception, match="violates check constraint"), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reg.yard_gardens (id, revision, valid_from, unit_on, code, planted_on, trees)"
            " VALUES (gen_random_uuid(), 1, '2024-01-01', '2024-01-01', 'Z', '2024-01-01', -3)"
        )


def test_an_added_field_leaves_old_records_and_binds_new_ones(gardens, apply, plan):
    ref = enter(gardens)
    text = GARDENS.replace("key: [code]", "  - {name: soil, type: text, max: 40}\nkey: [code]")
    assert costs(plan(gardens=text))["add column soil text"] == ("instant", "")
    apply(gardens=text)
    assert queries.get(SYSTEM, gardens, ref.id).values["soil"] is None
    with pytest.raises(Invalid) as caught:
        enter(gardens, code="B")
    assert set(caught.value.errors) == {"soil"}
    services.update(SYSTEM, gardens, ref.id, {"soil": "thịt"}, revision=1, why="bổ sung")
    assert [v.definition for v in queries.history(SYSTEM, gardens, ref.id)] == [2, 1]


def test_a_rename_is_stated_and_keeps_data_indexes_and_history(gardens, apply, plan):
    ref = enter(gardens)
    before = rows("SELECT indexrelid FROM pg_index WHERE indrelid = 'reg.yard_gardens'::regclass ORDER BY 1")
    text = GARDENS.replace("planted_on", "sown_on") + "rename: {planted_on: sown_on}\n"
    found = costs(plan(gardens=text))
    assert found["rename column planted_on to sown_on"] == ("instant", "")
    assert {cost for cost, _loses in found.values()} == {"instant"}
    apply(gardens=text)
    assert rows("SELECT indexrelid FROM pg_index WHERE indrelid = 'reg.yard_gardens'::regclass ORDER BY 1") == before
    assert queries.get(SYSTEM, gardens, ref.id).values["sown_on"] == DAY
    assert queries.history(SYSTEM, gardens, ref.id)[0].values["sown_on"] == DAY
    ref = services.update(SYSTEM, gardens, ref.id, {"trees": 11}, revision=1, why="x")
    services.restore(SYSTEM, gardens, ref.id, to_revision=1, revision=2, why="x")
    assert queries.get(SYSTEM, gardens, ref.id).values["sown_on"] == DAY


def test_a_rename_that_is_not_stated_is_a_loss(gardens, apply):
    enter(gardens)
    with pytest.raises(Invalid, match="would lose the values of planted_on"):
        apply(gardens=GARDENS.replace("planted_on", "sown_on"))
    assert "planted_on" in columns()


def test_a_drop_needs_leave_and_leaves_the_history(gardens, apply, plan):
    ref = enter(gardens)
    text = "\n".join(line for line in GARDENS.splitlines() if "name: trees" not in line).replace(", trees]", "]")
    assert any(change.loses for change in plan(gardens=text))
    with pytest.raises(Invalid, match="would lose"):
        apply(gardens=text)
    apply(gardens=text + "\ndrop: [trees]\n")
    assert "trees" not in columns()
    assert queries.history(SYSTEM, gardens, ref.id)[0].values["trees"] == 10


def test_a_wider_type_keeps_values_and_a_narrower_one_needs_leave(gardens, apply, plan):
    ref = enter(gardens)
    wider = GARDENS.replace(
        "type: integer, label: {vi: Số cây, en: Trees}, min: 0, max: 10000", "type: decimal, places: 1"
    )
    assert costs(plan(gardens=wider))["change column trees from bigint to numeric(17,1)"] == ("rewrite", "")
    apply(gardens=wider)
    assert queries.get(SYSTEM, gardens, ref.id).values["trees"] == 10
    enter(gardens, code="B", trees=Decimal("2.5"))
    assert any("1 of 2 values do not fit (2.5)" in change.what for change in plan(gardens=GARDENS))
    with pytest.raises(Invalid, match="would lose 1 values of trees"):
        apply(gardens=GARDENS)
    apply(gardens=GARDENS + "drop: [trees]\n")
    assert sorted(rows("SELECT code, trees FROM reg.yard_gardens")) == [("A1", 10), ("B", None)]


def test_a_tighter_limit_that_rows_break_is_refused_and_nothing_changes(gardens, apply):
    enter(gardens, trees=900)
    with pytest.raises(Invalid, match="trees"):
        apply(gardens=GARDENS.replace("max: 10000", "max: 100"))
    assert Definition.objects.get(kind="register", name=gardens).version == 1
    enter(gardens, code="B", trees=5_000)


def test_a_field_that_becomes_sensitive_loses_its_column_only_with_leave(gardens, apply):
    enter(gardens, keeper="Trần Thị Hòa")
    text = GARDENS.replace("class: personal", "class: sensitive").replace(", keeper: fulltext", "")
    with pytest.raises(Invalid, match="would lose the values of keeper"):
        apply(gardens=text)


def test_a_published_version_keeps_its_digest(gardens, apply):
    before = Definition.objects.get(kind="register", name=gardens)
    apply(gardens=GARDENS)
    apply(gardens=GARDENS.replace("max: 500", "max: 600"))
    after = Definition.objects.filter(kind="register", name=gardens).order_by("version")
    assert [(d.version, d.digest == before.digest) for d in after] == [(1, True), (2, False)]
    assert packs.compiled("register", gardens, 1).model.fields[5].options["max"] == 500


def test_a_retired_register_keeps_its_table_and_comes_back(gardens, apply):
    ref = enter(gardens)
    assert apply() == ["register yard.gardens retired"]
    assert rows("SELECT count(*) FROM reg.yard_gardens") == [(1,)]
    apply(gardens=GARDENS)
    assert queries.get(SYSTEM, gardens, ref.id).values["trees"] == 10


@pytest.mark.django_db(transaction=True)
def test_a_large_table_is_changed_in_the_background(gardens, apply, plan, monkeypatch, clean):
    services.create_many(SYSTEM, gardens, [NewRecord({"code": f"C{n}", "planted_on": DAY}, DAY) for n in range(50)])
    monkeypatch.setattr("tinhso.registers.ddl.parts.LARGE_ROWS", 10)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reg.yard_gardens")
    text = GARDENS.replace("search: {code: exact,", "search: {code: exact, trees: exact,").replace("10000", "20000")
    apply(gardens=text)
    assert [work.what for work in models.SchemaWork.objects.order_by("what")] == [
        "check trees",
        "index trees (exact)",
        "index trees by unit",
    ]
    assert rows("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'registers.schema-work'") != [(0,)]
    with pytest.raises(Invalid):
        enter(gardens, code="many", trees=30_000)
    tasks.schema_work()
    assert set(models.SchemaWork.objects.values_list("error", flat=True)) == {""}
    assert not models.SchemaWork.objects.filter(done_at=None).exists()
    assert rows(
        "SELECT count(*) FROM pg_constraint WHERE conrelid = 'reg.yard_gardens'::regclass AND NOT convalidated"
    ) == [(0,)]
    assert plan(gardens=text) == []


@pytest.mark.django_db(transaction=True)
def test_a_table_in_long_use_is_not_waited_for(gardens, apply, monkeypatch, clean):
    monkeypatch.setattr("tinhso.registers.ddl.locks.PAUSE", 0.01)
    monkeypatch.setattr("tinhso.registers.ddl.locks.TIMEOUT", "100ms")
    held, done = threading.Event(), threading.Event()

    def hold():
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM reg.yard_gardens")
            held.set()
            done.wait(10)
        connection.close()

    other = threading.Thread(target=hold)
    other.start()
    held.wait(10)
    try:
        with pytest.raises(Busy):
            apply(gardens=GARDENS.replace("key: [code]", "  - {name: soil, type: text, optional: true}\nkey: [code]"))
    finally:
        done.set()
        other.join()
    assert "soil" not in columns()
    assert Definition.objects.get(kind="register", name=gardens).version == 1


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("key: [code]", "key: [codes]", "there is no field 'codes'"),
        ("key: [code]", "key: [trees]", "optional"),
        ("key: [code]", "key: [remark]", "sensitive"),
        ("name: trees", "name: revision", "every record has"),
        ("name: trees", "name: code", "there twice"),
        ("type: integer", "type: whole", "not a field type"),
        ('display: "{code}', 'display: "{codes}', "there is no field 'codes'"),
        ("owner:", "ownr:", "not known here"),
    ],
)
def test_faults_of_a_definition_are_named_with_file_and_line(db, apply, old, new, message):
    with pytest.raises(Invalid, match=message) as caught:
        apply(gardens=GARDENS.replace(old, new))
    assert all(path.startswith("yard/registers/gardens.yaml:") for path in caught.value.errors)


def test_pub_shows_open_and_internal_columns_only(gardens):
    enter(gardens, keeper="Trần Thị Hòa")
    assert {row[0] for row in rows(
        "SELECT attname FROM pg_attribute WHERE attrelid = 'pub.yard_gardens'::regclass AND attnum > 0"
    )} == {
        "id", "unit", "unit_on", "valid_from", "valid_until", "case_id", "created_at", "demo",
        "code", "planted_on", "trees", "area",
    }  # fmt: skip


def test_texts_become_numbers_as_an_officer_would_type_them_and_the_plan_says_which_do_not_fit(db, apply, plan):
    text = GARDENS.replace("type: integer, label: {vi: Số cây, en: Trees}, min: 0, max: 10000", "type: text, max: 20")
    apply(gardens=text)
    for n, trees in enumerate(["12", "1.234", " 7 ", "nhiều", "20000", None]):
        enter("yard.gardens", code=f"C{n}", trees=trees)
    (change,) = [change for change in plan(gardens=GARDENS) if change.cost == "rewrite"]
    assert change.what.startswith("change column trees from text to bigint: 2 of 5 values do not fit (")
    assert "nhiều" in change.what
    assert change.loses == "2 values of trees in the current table"
    with pytest.raises(Invalid, match="would lose 2 values of trees"):
        apply(gardens=GARDENS)
    apply(gardens=GARDENS + "drop: [trees]\n")
    assert rows("SELECT trees FROM reg.yard_gardens ORDER BY code") == [(12,), (1234,), (7,), (None,), (None,), (None,)]
    lost = queries.find(SYSTEM, "yard.gardens", where={"code": "C3"}).records[0].ref
    (first,) = queries.history(SYSTEM, "yard.gardens", lost.id)
    assert (first.values.get("trees"), first.values["trees v1"]) == (None, "nhiều")


def test_what_does_not_fit_is_shown_in_the_plan_only_where_its_class_allows(db, apply, plan):
    apply(gardens=GARDENS)
    enter("yard.gardens", keeper="Trần Thị Hòa")
    text = GARDENS.replace("type: text, label: {vi: Người trông, en: Keeper}, max: 100", "type: date")
    (change,) = [change for change in plan(gardens=text.replace("keeper: fulltext", "keeper: exact")) if change.loses]
    assert "1 of 1 values do not fit and" in change.what
    assert "Hòa" not in change.what


def test_a_text_with_limits_may_become_another_type_and_loses_its_stale_checks(db, apply):
    apply(gardens=GARDENS)
    enter("yard.gardens", trees=900)
    apply(
        gardens=GARDENS.replace(
            "type: integer, label: {vi: Số cây, en: Trees}, min: 0, max: 10000", "type: text, max: 9"
        )
    )
    assert rows("SELECT trees FROM reg.yard_gardens") == [("900",)]
