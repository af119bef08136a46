"""The change feed: nothing is skipped, nothing comes twice, and nobody gets what is not theirs."""

import threading
from datetime import date

import pytest
from django.db import connection, transaction

from tinhso.identity import queries as identity
from tinhso.identity import services as identity_services
from tinhso.identity.contracts import NewPerson
from tinhso.kernel.errors import Invalid
from tinhso.registers import services
from tinhso.registers.changes import changes

from .conftest import GARDENS, SYSTEM, rows, seated

DAY = date(2024, 1, 1)
PEOPLE = GARDENS.replace(
    "key: [code]", "  - {name: owner_person, type: person, optional: true, class: personal}\nkey: [code]"
)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def register(clean, apply) -> str:
    apply(gardens=PEOPLE)
    return "yard.gardens"


def enter(code, **more):
    return services.create(SYSTEM, "yard.gardens", {"code": code, "planted_on": DAY} | more, unit="13225")


def followed(actor=SYSTEM, after="", limit=2):
    """All that the feed has from a cursor on, as (code, revision), and where it then stands."""
    found = []
    while True:
        page = changes(actor, "yard.gardens", after=after, limit=limit)
        found += [(change.values["code"], change.revision) for change in page.changes]
        after = page.next
        if not page.more:
            return found, after


def test_every_version_comes_once_in_pages(register):
    ref = enter("a")
    for code in "bcd":
        enter(code)
    services.update(SYSTEM, register, ref.id, {"trees": 1}, revision=1, why="x")
    found, after = followed()
    assert found == [("a", 1), ("b", 1), ("c", 1), ("d", 1), ("a", 2)]
    assert followed(after=after) == ([], after)
    services.end(SYSTEM, register, ref.id, on=date(2030, 1, 1), revision=2, why="x")
    assert followed(after=after)[0] == [("a", 3)]


def test_a_version_that_commits_late_is_not_skipped(register):
    """The older transaction takes its number first and commits last: the feed waits for it."""
    written, go_on = threading.Event(), threading.Event()

    def slow() -> None:
        try:
            with transaction.atomic():
                enter("late")
                written.set()
                assert go_on.wait(20)
        finally:
            connection.close()

    enter("before")
    writer = threading.Thread(target=slow)
    writer.start()
    assert written.wait(20)
    enter("after")
    found, cursor = followed()
    assert found == [("before", 1)]
    go_on.set()
    writer.join()
    assert followed(after=cursor)[0] == [("late", 1), ("after", 1)]


def test_an_older_transaction_that_only_reads_holds_nothing_back(register):
    reading, go_on = threading.Event(), threading.Event()

    def read() -> None:
        try:
            with transaction.atomic():
                rows("SELECT count(*) FROM reg.yard_gardens")
                reading.set()
                assert go_on.wait(20)
        finally:
            connection.close()

    reader = threading.Thread(target=read)
    reader.start()
    assert reading.wait(20)
    enter("a")
    assert followed()[0] == [("a", 1)]
    go_on.set()
    reader.join()


def test_what_is_rolled_back_never_comes(register):
    with pytest.raises(RuntimeError), transaction.atomic():
        enter("undone")
        raise RuntimeError
    enter("done")
    assert followed()[0] == [("done", 1)]


def test_from_now_on_nothing_is_missed(register):
    enter("old")
    page = changes(SYSTEM, register, after="now")
    assert (page.changes, page.more) == ([], False)
    enter("new")
    assert followed(after=page.next)[0] == [("new", 1)]


def test_a_commune_follows_its_own_ground_however_little_of_the_register_it_is(register, province):
    for number in range(30):
        services.create(SYSTEM, register, {"code": f"far{number}", "planted_on": DAY}, unit="12466")
    enter("here")
    assert followed(seated("13225", "civil-status"), limit=1)[0] == [("here", 1)]


def test_personal_values_come_for_a_purpose_that_is_kept_and_sensitive_ones_never(register, province):
    person = NewPerson("Trần Thị Hòa", "099199000001", date(1999, 3, 4), "female", demo=True)
    identity_services.register_people(SYSTEM, [person])
    enter("a", keeper="Trần Thị Hòa", remark="kín", owner_person=person.id)
    keeper = seated("13225", "civil-status")
    [plain] = changes(keeper, register).changes
    assert set(plain.masked) == {"keeper", "owner_person", "remark"}
    assert plain.values.keys() == {"code", "planted_on", "trees", "area"}
    [full] = changes(keeper, register, purpose="đồng bộ sổ").changes
    assert full.values["keeper"] == "Trần Thị Hòa"
    assert "remark" not in full.values
    assert [row.purpose for row in identity.access_log(SYSTEM, person.id).rows] == ["đồng bộ sổ"]
    assert rows("SELECT count(*) FROM kernel_audit WHERE action = 'record.changes'") == [(1,)]
    [leader] = changes(seated("33", "leader", level="province"), register, purpose="xem").changes
    assert "keeper" not in leader.values


def test_old_versions_come_under_the_names_of_today(register, apply):
    enter("a", trees=3)
    renamed = (
        PEOPLE.replace("{name: trees,", "{name: stems,").replace("planted_on, trees]", "planted_on]")
        + "rename: {trees: stems}\n"
    )
    apply(gardens=renamed)
    [change] = changes(SYSTEM, register).changes
    assert change.values["stems"] == 3


@pytest.mark.parametrize("after", ["x", "1", "-1--1", "9" * 40 + "-1", "1-2-3"])
def test_a_cursor_that_is_none_is_named(register, after):
    with pytest.raises(Invalid) as refused:
        changes(SYSTEM, register, after=after)
    assert set(refused.value.errors) == {"after"}


def test_a_page_is_found_by_its_index(register):
    enter("a")
    with connection.cursor() as cursor:
        cursor.execute("SET enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT txid FROM record_version WHERE register = 'x' AND (txid, seq) > (1, 1) AND txid < 9"
            " ORDER BY txid, seq LIMIT 10"
        )
        plan = "\n".join(row[0] for row in cursor)
        cursor.execute("RESET enable_seqscan")
    assert "->  Sort" not in plan, plan
    assert "txid_seq_idx" in plan, plan
