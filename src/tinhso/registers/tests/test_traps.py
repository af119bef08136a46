"""The traps into which others with tables made at run time fell, each with the test that keeps us out of it."""

import re
from datetime import date, timedelta

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from tinhso.kernel.errors import Invalid
from tinhso.registers import queries, services
from tinhso.registers.contracts import NewRecord
from tinhso.registers.ddl import rebuild
from tinhso.registers.filters.searched import searched
from tinhso.registers.shape import Shape, shape

from .catalogue import catalogue
from .conftest import GARDENS, SYSTEM, rows

DAY = date(2024, 3, 1)
NUMBERS = "SELECT count(*), count(*) FILTER (WHERE attisdropped) FROM pg_attribute WHERE attnum > 0 AND attrelid = "


def many_fields(cycle, count=60):
    """Fields that no other cycle has, and leave to drop those of the cycle before."""
    lines = "".join(f"  - {{name: f{cycle}_{n}, type: integer, optional: true}}\n" for n in range(count))
    text = GARDENS.replace("key: [code]", f"{lines}key: [code]")
    return text + f"drop: [{', '.join(f'f{cycle - 1}_{n}' for n in range(count))}]\n" if cycle else text


def enter(code, **values):
    return services.create(SYSTEM, "yard.gardens", {"code": code, "planted_on": DAY} | values, valid_from=DAY)


def attributes():
    return rows(f"{NUMBERS} 'reg.yard_gardens'::regclass")[0]


def test_dead_columns_that_pile_up_are_counted_and_the_table_is_made_anew(gardens, apply, plan):
    ref = enter("A", trees=5)
    for cycle in range(8):
        text = many_fields(cycle)
        said = [change.what for change in plan(gardens=text)]
        dead = attributes()[1]
        assert not dead or any(f"{dead} dropped columns still count" in line for line in said)
        apply(gardens=text)
        is_due = cycle > 0 and dead + 60 > rebuild.MOST_DEAD and dead + 60 > rebuild.TIMES_LIVE * 75
        assert any("make the table anew" in line for line in said) == is_due
    total, dead = attributes()
    assert dead <= 3 * (total - dead), "420 columns were dropped on the way"
    versions = queries.history(SYSTEM, gardens, ref.id)
    assert [(v.revision, v.definition, v.values["trees"]) for v in versions] == [(1, 1, 5)]
    assert queries.get(SYSTEM, gardens, ref.id).values["trees"] == 5
    grown = catalogue("yard_gardens")
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("DROP TABLE reg.yard_gardens CASCADE")
    apply()
    apply(gardens=many_fields(7))
    assert grown == catalogue("yard_gardens")


@pytest.mark.slow
def test_dead_columns_of_a_field_that_comes_and_goes_hundreds_of_times(gardens, apply):
    enter("A", trees=5)
    for turn in range(400):
        apply(gardens=GARDENS.replace("key: [code]", f"  - {{name: x{turn}, type: text, optional: true}}\nkey: [code]"))
        apply(gardens=GARDENS + f"drop: [x{turn}]\n")
    total, _dead = attributes()
    assert total < 200
    assert rows("SELECT code, trees FROM reg.yard_gardens") == [("A", 5)]


def test_dead_columns_near_the_limit_of_postgresql_are_cleared_before_more_come(gardens, apply, monkeypatch):
    monkeypatch.setattr("tinhso.registers.ddl.rebuild.MOST_COLUMNS", 100)
    for cycle in range(3):
        apply(gardens=many_fields(cycle, 30))
    assert attributes()[0] <= 100


def test_lock_queue_no_step_reads_a_large_table_while_it_keeps_others_out(gardens, apply, plan, monkeypatch):
    enter("A", trees=5)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reg.yard_gardens")
    monkeypatch.setattr("tinhso.registers.ddl.parts.LARGE_ROWS", 0)
    text = GARDENS.replace("max: 10000", "max: 20000").replace("search: {", "search: {trees: exact, ")
    with CaptureQueriesContext(
        connection,
    ) as seen:
        apply(gardens=text + "unique: [[trees]]\n")
    run = [q["sql"] for q in seen if "yard_gardens" in q["sql"]]
    assert not [sql for sql in run if re.match(r"CREATE (UNIQUE )?INDEX", sql)]
    assert all(sql.endswith("NOT VALID") for sql in run if "ADD CONSTRAINT" in sql)
    assert rows("SELECT count(*) FROM registers_schemawork") == [(4,)]


def test_class_generation_a_definition_is_compiled_once_a_version_and_never_in_a_request(gardens, apply):
    first = shape(gardens)
    enter("A")
    with CaptureQueriesContext(connection) as seen:
        assert shape(gardens) is first
    assert len(seen) == 1, "which version is in force is asked; its body is not read again"
    apply(gardens=GARDENS.replace("max: 500", "max: 600"))
    assert shape(gardens) is not first
    assert shape(gardens, 1) is first


def test_class_generation_another_process_that_applied_is_heard_at_once(gardens, apply):
    """The cache is keyed by digest: nothing that another process publishes is missed, a rollback leaves no trace."""
    before = shape(gardens)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        apply(gardens=GARDENS.replace("max: 500", "max: 600"))
        assert shape(gardens).version == 2
        raise ZeroDivisionError
    assert shape(gardens) is before
    apply(gardens=GARDENS.replace("max: 500", "max: 700"))
    assert shape(gardens).definition.fields[-1].settings().max == 700


def test_only_declared_searches_are_indexed(gardens):
    [words] = searched(shape(gardens))
    indexed = {re.search(r"\((.*)\)", text)[1] for (text,) in rows(
        "SELECT indexdef FROM pg_indexes WHERE schemaname = 'reg' AND tablename = 'yard_gardens'"
    )}  # fmt: skip
    assert indexed == {
        "id", "unit, id", "case_id) WHERE (case_id IS NOT NULL", "code", "code, id", "planted_on, id",
        "unit, planted_on, id", f'unit, "{words.name}"',
    }  # fmt: skip


def test_count_is_bounded(gardens, monkeypatch):
    services.create_many(SYSTEM, gardens, [NewRecord({"code": f"C{n}", "planted_on": DAY}, DAY) for n in range(30)])
    monkeypatch.setattr(queries.lists, "COUNT_UP_TO", 10)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reg.yard_gardens")
    with CaptureQueriesContext(connection) as seen:
        count = queries.count_estimate(SYSTEM, gardens)
    assert (count.rows, count.exact) == (30, False)
    assert all("LIMIT 11" in q["sql"] or "EXPLAIN" in q["sql"] for q in seen if "yard_gardens" in q["sql"])


def test_history_is_never_rewritten_by_a_change_of_the_schema(gardens, apply):
    enter("A", trees=5)
    before = rows("SELECT ctid, xmin, tableoid, * FROM record_version ORDER BY seq")
    locked = "SELECT relation::regclass::text, mode FROM pg_locks WHERE relation::regclass::text ^@ 'record_version'"
    with transaction.atomic():
        apply(gardens=GARDENS.replace("name: trees", "name: plants").replace(", trees]", "]")
              + "rename: {trees: plants}\n")  # fmt: skip
        apply(gardens="\n".join(line for line in GARDENS.splitlines() if "name: area" not in line).replace(
            ", trees]", "]") + "\ndrop: [area, plants]\nrename: {plants: trees}\n")  # fmt: skip
        assert {mode for _table, mode in rows(locked)} <= {"AccessShareLock", "RowExclusiveLock", "RowShareLock"}
    assert rows("SELECT ctid, xmin, tableoid, * FROM record_version ORDER BY seq") == before


def test_history_of_a_record_is_found_by_an_index(gardens):
    """Of the very questions that a record's page asks of it, each partition answers by an index."""
    ref = enter("A")
    with CaptureQueriesContext(connection) as seen:
        queries.history(SYSTEM, gardens, ref.id)
        queries.get(SYSTEM, gardens, ref.id, at=DAY)
        queries.by_case(ref.id)
    asked = [q["sql"] for q in seen if 'FROM "record_version"' in q["sql"] or "FROM record_version" in q["sql"]]
    assert len(asked) == 3
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        for sql in asked:
            cursor.execute("EXPLAIN " + sql.replace("%", "%%"))
            plan = "\n".join(row[0] for row in cursor)
            assert "Index" in plan
            assert "Seq Scan" not in plan, plan


def test_typed_lookups_have_real_columns_and_no_json(gardens):
    enter("A", trees=5)
    with CaptureQueriesContext(connection) as seen:
        page = queries.find(SYSTEM, gardens, where={"trees": ("ge", 5), "planted_on": DAY}, order="trees")
    assert [r.values["code"] for r in page.records] == ["A"]
    (select,) = [q["sql"] for q in seen if "yard_gardens" in q["sql"]]
    assert '"trees" >= 5' in select
    assert "->" not in select
    assert "record_version" not in select


def test_ranges_are_half_open_and_the_database_refuses_two_truths_for_one_day(gardens):
    ref = enter("A", trees=5)
    services.update(SYSTEM, gardens, ref.id, {"trees": 6}, revision=1, why="x", valid_from=DAY + timedelta(10))
    assert rows("SELECT valid::text FROM registers_period ORDER BY valid") == [
        ("[2024-03-01,2024-03-11)",), ("[2024-03-11,)",),
    ]  # fmt: skip
    assert queries.get(SYSTEM, gardens, ref.id, at=DAY + timedelta(9)).values["trees"] == 5
    assert queries.get(SYSTEM, gardens, ref.id, at=DAY + timedelta(10)).values["trees"] == 6
    with pytest.raises(Exception, match="registers_period_one_truth"):
        rows("INSERT INTO registers_period (register, record, revision, valid) SELECT register, record, 9,"
             " '[2024-03-10,2024-03-12)' FROM registers_period LIMIT 1 RETURNING id")  # fmt: skip


def test_compile_once_a_large_form_is_not_walked_again_for_each_record(db, apply, monkeypatch):
    apply(gardens=many_fields(0, 137))
    enter("A")
    walked = []
    monkeypatch.setattr(Shape, "__init__", lambda self, *args: walked.append(args))
    for n in range(5):
        enter(f"B{n}", f0_136=n)
    assert walked == []


def test_a_new_search_is_said_beforehand_to_index_every_row(gardens, plan):
    found = {
        change.what: change.cost for change in plan(gardens=GARDENS.replace("search: {", "search: {trees: exact, "))
    }
    assert found == {"index trees (exact)": "scan", "index trees by unit": "scan"}


def test_a_rename_is_stated_never_guessed(gardens, apply, plan):
    enter("A", trees=5)
    text = GARDENS.replace("name: trees", "name: plants").replace(", trees]", "]")
    assert [change.loses for change in plan(gardens=text) if change.loses] == [
        "the values of trees in the current table"
    ]
    with pytest.raises(Invalid, match="would lose the values of trees"):
        apply(gardens=text)
    apply(gardens=text + "rename: {trees: plants}\n")
    assert rows("SELECT plants FROM reg.yard_gardens") == [(5,)]


def test_today_is_the_day_of_the_province(gardens):
    assert queries.get(SYSTEM, gardens, services.create(
        SYSTEM, gardens, {"code": "A", "planted_on": DAY}).id).valid_from == timezone.localdate()  # fmt: skip
