"""Records that `apart` names never share a day, whoever writes them and in whatever way: the database refuses the
second and the refusal names the first."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinhso.kernel.errors import Conflict, Invalid
from tinhso.registers import queries, services
from tinhso.registers.contracts import Change, NewRecord, RecordRef
from tinhso.registers.ddl import rebuild
from tinhso.registers.shape import shape

from .conftest import SYSTEM
from .test_imports import imported

VISITS = """\
register: visits
name: {vi: Sổ đoàn, en: Visits}
owner: {role: civil-status, level: commune}
fields:
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 20, class: open}
  - {name: firm, type: text, label: {vi: Cơ sở, en: Firm}, max: 20, class: open, optional: true}
  - {name: begins_on, type: date, label: {vi: Từ, en: From}, optional: true}
  - {name: ends_on, type: date, label: {vi: Đến, en: Until}, optional: true}
key: [code]
display: "{code}"
"""
APART = """\
apart: {fields: [firm], period: [begins_on, ends_on], label: {vi: Cơ sở đã có đoàn khác, en: Another visit is there}}
"""
VISITS_APART = "yard.visits"
HEAD = "Mã,Cơ sở,Từ,Đến"
MAPPING = {"code": "Mã", "firm": "Cơ sở", "begins_on": "Từ", "ends_on": "Đến"}


def day(n: int) -> date:
    return date(2026, 3, n)


@pytest.fixture
def visits(db: None, apply: Any) -> str:
    apply(visits=VISITS + APART)
    return VISITS_APART


def enter(code: str, begins: date | None, ends: date | None, firm: str | None = "a") -> RecordRef:
    values = {"code": code, "firm": firm, "begins_on": begins, "ends_on": ends}
    return services.create(SYSTEM, VISITS_APART, values, unit="13141")


def codes() -> list[str]:
    return sorted(r.values["code"] for r in queries.find(SYSTEM, VISITS_APART, limit=500).records)


def test_the_second_of_two_that_share_a_day_is_refused_and_the_first_is_named(visits: str) -> None:
    first = enter("one", day(2), day(5))
    with pytest.raises(Conflict, match="Cơ sở đã có đoàn khác: “one”, từ 02/03/2026 đến 05/03/2026") as caught:
        enter("two", day(5), day(8))
    assert caught.value.document()["record"] == str(first.id)
    assert enter("two", day(6), day(8)).revision == enter("other", day(2), day(5), "b").revision == 1
    assert enter("of none", day(2), day(5), None).revision == 1, "what is empty agrees with none"


def test_a_change_may_not_move_one_into_another_but_within_its_own_days(visits: str) -> None:
    first, second = enter("one", day(2), day(5)), enter("two", day(7), day(8))
    with pytest.raises(Conflict, match="“one”") as caught:
        services.update(SYSTEM, visits, second.id, {"begins_on": day(4)}, revision=1, why="sớm hơn")
    assert caught.value.document()["record"] == str(first.id), "never the record itself"
    assert services.update(SYSTEM, visits, second.id, {"begins_on": day(6)}, revision=1, why="sớm hơn").revision == 2


def test_what_was_ended_is_in_nobodys_way_and_comes_back_only_where_there_is_room(visits: str) -> None:
    first = enter("one", day(2), day(5))
    ended = services.end(SYSTEM, visits, first.id, on=timezone.localdate() + timedelta(days=1), revision=1, why="hủy")
    enter("two", day(3), day(4))
    with pytest.raises(Conflict, match="“two”"):
        services.restore(SYSTEM, visits, first.id, to_revision=1, revision=ended.revision, why="khôi phục")


def test_a_period_that_ends_before_it_begins_is_refused_by_its_fields(visits: str) -> None:
    with pytest.raises(Invalid) as caught:
        enter("one", day(5), day(2))
    assert set(caught.value.errors) == {"begins_on", "ends_on"}


def test_a_file_names_its_rows_that_meet_each_other_or_what_stands(visits: str) -> None:
    enter("there", day(10), day(12))
    lines = ["A,a,1/3/2026,3/3/2026", "B,a,3/3/2026,4/3/2026", "C,a,12/3/2026,13/3/2026", "D,a,20/3/2026,",
             "E,b,1/3/2026,3/3/2026", "F,b,9/3/2026,5/3/2026"]  # fmt: skip
    found = imported(lines, head=HEAD, mapping=MAPPING, register=visits)
    assert codes() == ["A", "D", "E", "there"]
    assert {fault.row for fault in found.faults} == {3, 4, 7}
    assert (found.created, found.refused) == (3, 3)


def test_two_are_merged_over_the_days_of_both_and_parted_again(visits: str) -> None:
    one, two = enter("one", day(2), day(5)), enter("two", day(6), day(9))
    enter("far", day(20), day(21))
    both = Change(visits, "merge", record=one.id, values={"ends_on": day(9)}, revision=1, why="x", others={two.id: 1})
    merged = services.merge(SYSTEM, both)
    with pytest.raises(Conflict, match="“one”"):
        enter("new", day(8), day(8))
    row = queries.merge_of(SYSTEM, visits, one.id)
    assert row is not None
    undo = Change(visits, "unmerge", record=one.id, revision=merged.revision, why="nhầm", of=row.id)
    services.unmerge(SYSTEM, undo)
    with pytest.raises(Conflict, match="“two”"):
        enter("new", day(8), day(8))
    too_far = Change(
        visits, "merge", record=one.id, values={"ends_on": day(20)}, revision=3, why="x", others={two.id: 3}
    )
    with pytest.raises(Conflict, match="đoàn khác"):
        services.merge(SYSTEM, too_far)


def test_a_table_made_anew_still_keeps_them_apart(visits: str) -> None:
    enter("one", day(2), day(5))
    rebuild.rebuild(shape(visits))
    with pytest.raises(Conflict, match="“one”"):
        enter("two", day(5), day(8))


def test_it_comes_to_a_register_that_has_records_only_where_they_are_apart(db: None, apply: Any, plan: Any) -> None:
    apply(visits=VISITS)
    enter("one", day(2), day(5))
    second = enter("two", day(4), day(8))
    with pytest.raises(Invalid, match="keep apart firm"):
        apply(visits=VISITS + APART)
    services.update(SYSTEM, VISITS_APART, second.id, {"begins_on": day(6)}, revision=1, why="dời")
    apply(visits=VISITS + APART)
    assert plan(visits=VISITS + APART) == [], "what stands is not made again"
    apply(visits=VISITS)
    assert enter("three", day(1), day(31)).revision == 1, "what is no longer declared is gone"


def test_it_follows_a_renamed_field(visits: str, apply: Any) -> None:
    enter("one", day(2), day(5))
    text = (VISITS + APART).replace("begins_on", "opens_on") + "rename: {begins_on: opens_on}\n"
    apply(visits=text)
    with pytest.raises(Conflict, match="“one”"):
        services.create(
            SYSTEM, visits, {"code": "two", "firm": "a", "opens_on": day(5), "ends_on": day(5)}, unit="13141"
        )


@pytest.mark.parametrize(
    ("apart", "why"),
    [
        ("{fields: [firm], period: [begins_on, code]}", "is of type text, not date"),
        ("{fields: [nothing], period: [begins_on, ends_on]}", "no field"),
        ("{fields: [], period: [begins_on, ends_on]}", "at least 1 item"),
        ("{fields: [firm], period: [begins_on]}", "period"),
        ("{fields: [done], period: [begins_on, ends_on]}", "keeps no two apart"),
    ],
)
def test_one_that_cannot_be_kept_is_refused_by_name(db: None, apply: Any, apart: str, why: str) -> None:
    text = VISITS.replace("key:", "  - {name: done, type: boolean, optional: true}\nkey:")
    with pytest.raises((Invalid, AssertionError)) as refused:
        apply(visits=f"{text}apart: {apart}\n")
    assert why in str(getattr(refused.value, "errors", refused.value))


DAYS = st.none() | st.dates(day(1), day(12))


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(periods=st.lists(st.tuples(DAYS, DAYS), min_size=2, max_size=5))
def test_of_any_periods_those_are_taken_that_meet_none_before(periods: list[tuple[Any, Any]], visits: str) -> None:
    """Against the plain reading: a period is the set of its days, without end where an end is empty."""
    run = str(len(codes()))
    taken: list[set[int]] = []
    for n, (first, last) in enumerate(p for p in periods if not (p[0] and p[1]) or p[0] <= p[1]):
        days = set(range((first or date(2026, 2, 1)).toordinal(), (last or date(2026, 4, 1)).toordinal() + 1))
        if any(days & other for other in taken):
            with pytest.raises(Conflict):
                enter(f"{run}/{n}", first, last, run)
        else:
            enter(f"{run}/{n}", first, last, run)
            taken.append(days)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM reg.yard_visits WHERE firm = %s", [run])
        assert cursor.fetchone()[0] == len(taken)


def test_many_at_once_are_refused_whole(visits: str) -> None:
    rows = [NewRecord({"code": c, "firm": "a", "begins_on": day(n), "ends_on": day(n + 1)}, day(1), "13141")
            for c, n in (("one", 1), ("two", 2))]  # fmt: skip
    with pytest.raises(Conflict, match="đoàn khác"):
        services.create_many(SYSTEM, visits, rows)
    assert codes() == []
