"""Changes of a table that is large and in use: nobody waits long, nothing is lost, and what stood stands again."""

import threading
from contextlib import contextmanager
from datetime import date
from decimal import Decimal

import pytest
from django.db import connection, transaction

from tinhso.kernel.errors import Busy
from tinhso.registers import models, queries, services, tasks
from tinhso.registers.contracts import NewRecord
from tinhso.registers.ddl import locks, rebuild
from tinhso.registers.shape import shape

from .catalogue import catalogue
from .conftest import GARDENS, SYSTEM, rows

DAY = date(2024, 3, 1)
pytestmark = pytest.mark.django_db(transaction=True)
TREES = "type: integer, label: {vi: Số cây, en: Trees}, min: 0, max: 10000"
WITH_SOIL = GARDENS.replace("key: [code]", "  - {name: soil, type: text, optional: true}\nkey: [code]")
VISITS = """\
register: visits
name: {vi: Lượt thăm, en: Visits}
fields:
  - {name: garden, type: reference, to: yard.gardens}
"""


@contextmanager
def another(work):
    """`work` in a thread with a connection of its own; what it raised is raised here."""
    failed = []

    def run():
        try:
            work()
        except BaseException as error:
            failed.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield thread
    finally:
        thread.join(20)
    if failed:
        raise failed[0]


@pytest.fixture
def large(gardens, monkeypatch, clean):
    """Fifty gardens, in a table that counts as large."""
    services.create_many(
        SYSTEM, gardens, [NewRecord({"code": f"C{n}", "planted_on": DAY, "trees": n}, DAY) for n in range(50)]
    )
    monkeypatch.setattr("tinhso.registers.ddl.parts.LARGE_ROWS", 10)
    monkeypatch.setattr("tinhso.registers.ddl.rebuild.LARGE_ROWS", 10)
    rows("SELECT 1")
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reg.yard_gardens")
    return gardens


def test_the_plan_says_how_many_rows_a_step_reads_and_that_this_is_done_in_the_background(large, plan):
    text = GARDENS.replace("search: {", "search: {trees: exact, ").replace(TREES, "type: decimal, places: 1")
    found = {change.what: change.cost for change in plan(gardens=text)}
    assert found["index trees (exact); in the background, 50 rows"] == "scan"
    copied = "change column trees from bigint to numeric(17,1); 50 rows are copied while the table is in use"
    assert found[copied] == "rewrite"


def test_a_type_change_of_a_large_table_keeps_values_history_and_all_that_stood(large, apply):
    ref = queries.find(SYSTEM, large, where={"code": "C7"}).records[0].ref
    apply(gardens=GARDENS.replace(TREES, "type: decimal, places: 1"))
    retyped = catalogue("yard_gardens")
    record = queries.get(SYSTEM, large, ref.id)
    assert (record.values["trees"], record.ref.revision) == (7, 1)
    assert queries.history(SYSTEM, large, ref.id)[0].values["trees"] == 7
    services.update(SYSTEM, large, ref.id, {"trees": Decimal(8)}, revision=1, why="x")
    assert rows("SELECT count(*), sum(trees) FROM reg.yard_gardens") == [(50, 50 * 49 // 2 + 1)]
    tasks.schema_work()
    rows("SELECT 1")
    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE reg.yard_gardens CASCADE")
    apply()
    apply(gardens=GARDENS.replace(TREES, "type: decimal, places: 1"))
    assert retyped == catalogue("yard_gardens")


def test_what_is_written_while_a_table_is_made_anew_is_in_the_new_one(large, monkeypatch):
    of, first = shape(large), queries.find(SYSTEM, large, where={"code": "C0"}).records[0].ref
    copied, written = threading.Event(), threading.Event()
    waiting = locks.patiently

    def pause(sql, register):
        if sql.startswith("LOCK"):
            copied.set()
            assert written.wait(10), "the writer had to wait for the copy"
        waiting(sql, register)

    def write():
        assert copied.wait(10)
        services.update(SYSTEM, large, first.id, {"trees": 999}, revision=1, why="meanwhile")
        services.create(SYSTEM, large, {"code": "new", "planted_on": DAY})
        assert queries.find(SYSTEM, large, where={"code": "C9"}).records
        written.set()

    monkeypatch.setattr(rebuild, "patiently", pause)
    before = catalogue("yard_gardens")
    with another(write), transaction.atomic():
        rebuild.rebuild(of)
    assert catalogue("yard_gardens") == before
    assert queries.get(SYSTEM, large, first.id).values["trees"] == 999
    assert rows("SELECT count(*), count(DISTINCT id) FROM reg.yard_gardens") == [(51, 51)]


def test_references_to_a_table_made_anew_hold_as_before(large, apply):
    apply(gardens=GARDENS, visits=VISITS)
    garden = queries.find(SYSTEM, large, where={"code": "C0"}).records[0].ref
    services.create(SYSTEM, "yard.visits", {"garden": garden.id})
    with transaction.atomic():
        rebuild.rebuild(shape(large))
    tasks.schema_work()
    assert rows("SELECT confrelid::regclass::text, convalidated FROM pg_constraint WHERE conrelid = "
                "'reg.yard_visits'::regclass AND contype = 'f'") == [("reg.yard_gardens", True)]  # fmt: skip
    with pytest.raises(Exception, match="violates foreign key"):
        rows("DELETE FROM reg.yard_gardens RETURNING id")


def test_a_table_that_stays_in_use_is_given_up_after_a_few_short_waits(large, apply, monkeypatch):
    monkeypatch.setattr(locks, "PAUSE", 0.05)
    monkeypatch.setattr(locks, "TIMEOUT", "100ms")
    held, done, asked = threading.Event(), threading.Event(), []

    def hold():
        with transaction.atomic():
            rows("SELECT count(*) FROM reg.yard_gardens")
            held.set()
            done.wait(10)

    def read():
        for _ in range(5):
            rows("SELECT count(*) FROM reg.yard_gardens")
            asked.append(1)

    with another(hold):
        assert held.wait(10)
        try:
            with another(read), pytest.raises(Busy):
                apply(
                    gardens=GARDENS.replace("key: [code]", "  - {name: soil, type: text, optional: true}\nkey: [code]")
                )
        finally:
            done.set()
    assert len(asked) == 5, "those who read meanwhile were let through"
    assert "soil" not in {name for name, *_rest in catalogue("yard_gardens")["columns"]}
    assert queries.definition(large).version == 1


def test_a_table_that_is_free_again_after_a_moment_is_waited_for(large, apply, monkeypatch):
    monkeypatch.setattr(locks, "PAUSE", 0.2)
    monkeypatch.setattr(locks, "TIMEOUT", "50ms")
    held = threading.Event()

    def hold():
        with transaction.atomic():
            rows("SELECT count(*) FROM reg.yard_gardens")
            held.set()
            rows("SELECT pg_sleep(0.3)")

    with another(hold):
        assert held.wait(10)
        apply(gardens=WITH_SOIL)
    assert queries.definition(large).version == 2


def test_an_index_that_could_not_be_finished_is_begun_again(large, apply):
    services.create(SYSTEM, large, {"code": "double", "planted_on": DAY, "trees": 7})
    apply(gardens=GARDENS + "unique: [[trees]]\n")
    tasks.schema_work()
    (work,) = models.SchemaWork.objects.all()
    assert "C7" in work.error or "duplicate" in work.error or "could not create unique index" in work.error
    twin = queries.find(SYSTEM, large, where={"code": "double"}).records[0].ref
    services.update(SYSTEM, large, twin.id, {"trees": 500}, revision=1, why="x")
    tasks.schema_work()
    assert models.SchemaWork.objects.filter(done_at=None).count() == 0
    assert rows("SELECT count(*) FROM pg_index WHERE indrelid = 'reg.yard_gardens'::regclass AND NOT indisvalid") == [
        (0,)
    ]


def test_work_that_a_later_definition_does_not_want_is_forgotten(large, apply):
    apply(gardens=GARDENS.replace("search: {", "search: {trees: exact, "))
    apply(gardens=GARDENS.replace("search: {", "search: {trees: exact, ").replace("max: 500", "max: 600"))
    assert models.SchemaWork.objects.count() == 2, "each of the two indexes is put off once"
    apply(gardens=GARDENS)
    assert models.SchemaWork.objects.count() == 0
