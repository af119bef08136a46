"""Doubles that were planted are found, and what only looks alike is not."""

from datetime import date

import pytest

from tinhso.kernel.errors import Forbidden, Invalid
from tinhso.registers import duplicates, queries, services
from tinhso.registers.contracts import NewRecord

from .conftest import GARDENS, SYSTEM, rows, seated

HERE, ELSEWHERE, NOW = "13141", "12454", date(2025, 9, 1)
FAMILY = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ")
MIDDLE = ("Văn", "Thị", "Bảo", "Minh", "Ngọc")
GIVEN = ("An", "Bình", "Chi", "Dũng", "Giang", "Hạnh", "Khánh", "Lan")


@pytest.fixture
def people(province, apply) -> str:
    apply(gardens=GARDENS + "duplicates: [keeper, planted_on]\n")
    return "yard.gardens"


def entry(code: str, keeper: str, on: date, unit: str = HERE) -> NewRecord:
    return NewRecord({"code": code, "keeper": keeper, "planted_on": on}, NOW, unit=unit, unit_on=NOW)


def strangers() -> list[NewRecord]:
    names = [f"{a} {b} {c}" for a in FAMILY for b in MIDDLE for c in GIVEN]
    return [entry(f"s{n}", name, date(1950 + n % 60, 1 + n % 12, 1 + n % 28)) for n, name in enumerate(names)]


def found(register: str, actor=SYSTEM) -> set[frozenset[str]]:
    pairs = queries.duplicates(actor, register).pairs
    return {frozenset((p.one.values["code"], p.other.values["code"])) for p in pairs}


def test_planted_doubles_are_found_and_what_only_looks_alike_is_not(people):
    day = date(2019, 5, 17)
    planted = [
        entry("marks1", "Đặng Thùy Dương", day),
        entry("marks2", "DANG THUY DUONG", day),
        entry("typo1", "Bùi Quang Huy", date(2018, 3, 9)),
        entry("typo2", "Bùi Quang Hyu", date(2018, 3, 9)),
        entry("digit1", "Đinh Tiến Lực", date(2017, 11, 21)),
        entry("digit2", "Đinh Tiến Lực", date(2017, 11, 22)),
        entry("namesake1", "Phan Thế Vinh", date(1961, 2, 3)),
        entry("namesake2", "Phan Thế Vinh", date(1997, 10, 28)),
        entry("twin1", "Lương Hải Yến", date(2016, 8, 8)),
        entry("twin2", "Lương Quốc Trung", date(2016, 8, 8)),
    ]
    services.create_many(SYSTEM, people, [*strangers(), *planted])
    duplicates.search(queries.definition(people))
    assert found(people) == {
        frozenset(("marks1", "marks2")),
        frozenset(("typo1", "typo2")),
        frozenset(("digit1", "digit2")),
    }


def test_asking_leaves_a_job_and_an_audit_row_and_the_result_says_when_it_was(people):
    assert queries.duplicates(SYSTEM, people).asked is False
    services.create_many(SYSTEM, people, [*strangers(), entry("s1b", "Nguyen Van Binh", date(1951, 2, 2))])
    services.find_duplicates(SYSTEM, people)
    services.find_duplicates(SYSTEM, people)
    assert rows("SELECT count(*) FROM procrastinate_jobs WHERE task_name = 'registers.duplicates'") == [(1,)]
    assert queries.duplicates(SYSTEM, people).done_at is None
    duplicates.search(queries.definition(people))
    result = queries.duplicates(SYSTEM, people)
    assert result.done_at is not None and result.records == 241
    assert found(people) == {frozenset(("s1", "s1b"))}


def test_an_officer_sees_pairs_of_which_they_see_both_records_and_a_merged_one_goes(people):
    day = date(2019, 5, 17)
    same = [entry(f"p{n}", "Đặng Thùy Dương", day, unit) for n, unit in enumerate((HERE, HERE, ELSEWHERE))]
    services.create_many(SYSTEM, people, [*strangers(), *same])
    duplicates.search(queries.definition(people))
    assert len(found(people)) == 3
    officer = seated(HERE, "civil-status")
    assert found(people, officer) == {frozenset(("p0", "p1"))}
    gone = next(p.one for p in queries.duplicates(officer, people).pairs)
    services.end(SYSTEM, people, gone.ref.id, on=date(2025, 9, 2), revision=1, why="trùng")
    assert found(people, officer) == set()


def test_who_may_not_read_the_fields_or_write_the_register_is_refused(people, apply):
    analyst = seated("33", "analyst", level="province")
    with pytest.raises(Forbidden):
        queries.duplicates(analyst, people)
    with pytest.raises(Forbidden):
        services.find_duplicates(analyst, people)
    apply(gardens=GARDENS)
    with pytest.raises(Invalid):
        services.find_duplicates(SYSTEM, people)
