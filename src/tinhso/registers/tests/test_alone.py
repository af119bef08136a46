"""A rule `alone` finds what is there twice at one time: the same place and kind, and periods that meet."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinhso.kernel.errors import Invalid
from tinhso.registers import queries, services
from tinhso.registers.contracts import NewRecord

from .conftest import SYSTEM, seated

HERE, ELSEWHERE = "13141", "12454"
PROJECTS = """\
register: projects
name: {vi: Sổ dự án, en: Projects}
owner: {role: civil-status, level: commune}
fields:
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 20, class: open}
  - {name: works, type: text, label: {vi: Loại, en: Kind}, max: 20, class: open, optional: true}
  - {name: site, type: text, label: {vi: Nơi, en: Place}, max: 20, class: open, optional: true}
  - {name: state, type: text, label: {vi: Trạng thái, en: State}, max: 20, optional: true}
  - {name: begins_on, type: date, label: {vi: Từ, en: From}, optional: true}
  - {name: ends_on, type: date, label: {vi: Đến, en: Until}, optional: true}
  - {name: donor, type: text, label: {vi: Người góp vốn, en: Donor}, max: 100, class: personal, optional: true}
key: [code]
search: {site: exact}
quality:
  - name: once
    label: {vi: Không đầu tư hai lần, en: Not invested twice}
    severity: error
    alone: {same: [site, works], from: begins_on, until: ends_on, among: "state IS NULL OR state <> 'stopped'"}
  - name: one-donor
    label: {vi: Mỗi người góp một lần, en: A donor gives once}
    alone: {same: [site, donor]}
"""


@pytest.fixture
def projects(province, apply) -> str:
    apply(projects=PROJECTS)
    return "yard.projects"


def project(code: str, begins: date | None, ends: date | None, place: str = "a", **values: Any) -> NewRecord:
    given = {"code": code, "works": "road", "site": place, "begins_on": begins, "ends_on": ends} | values
    return NewRecord(given, date(2025, 9, 1), unit=HERE, unit_on=date(2025, 9, 1))


def twice(register: str, rule: str = "once") -> list[str]:
    return sorted(r.values["code"] for r in queries.faulty(SYSTEM, register, rule, limit=500).records)


def test_two_projects_of_one_place_kind_and_period_are_both_found(projects):
    y25, y26, y27 = date(2025, 1, 1), date(2026, 1, 1), date(2027, 1, 1)
    services.create_many(
        SYSTEM,
        projects,
        [
            project("road 25–26", y25, y26),
            project("road 26–27", y26, y27),
            project("elsewhere", y25, y27, place="b"),
            project("school", y25, y27, works="school"),
            project("stopped", y25, y27, state="stopped"),
            project("of no kind", y25, y27, works=None),
            project("earlier", date(2020, 1, 1), date(2024, 12, 31)),
        ],
    )
    assert twice(projects) == ["road 25–26", "road 26–27"]
    report = next(one for one in queries.quality(SYSTEM, projects).rules if one.name == "once")
    assert (report.checked, report.faulty) == (5, 2)


def test_a_proposal_without_dates_meets_every_other_and_an_ended_record_meets_none(projects):
    services.create_many(
        SYSTEM, projects, [project("old", date(2020, 1, 1), date(2021, 1, 1)), project("proposal", None, None)]
    )
    assert twice(projects) == ["old", "proposal"]
    gone = next(r for r in queries.find(SYSTEM, projects).records if r.values["code"] == "proposal")
    services.end(SYSTEM, projects, gone.ref.id, on=date(2025, 9, 2), revision=1, why="rút")
    assert twice(projects) == []


def test_who_may_not_read_a_compared_field_is_told_nothing(projects):
    services.create_many(SYSTEM, projects, [project(c, None, None, donor="Trần Mẫu", works=c) for c in ("x", "y")])
    assert twice(projects, "one-donor") == ["x", "y"]
    analyst = seated("33", "analyst", level="province")
    found = next(one for one in queries.quality(analyst, projects).rules if one.name == "one-donor")
    assert (found.unknown, found.faulty) == ("masked", 0)


DAYS = st.none() | st.dates(date(2025, 1, 1), date(2025, 1, 12))


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(periods=st.lists(st.tuples(DAYS, DAYS), min_size=2, max_size=6))
def test_periods_meet_where_they_share_a_day(periods, projects):
    """Against the plain reading: a period is the set of its days, without end where an end is empty."""
    run = str(len(queries.find(SYSTEM, projects, limit=500).records))
    sound = [(first, last) for first, last in periods if not (first and last) or first <= last]
    rows = [(f"{run}/{n}", first, last) for n, (first, last) in enumerate(sound)]
    services.create_many(SYSTEM, projects, [project(code, first, last, place=run) for code, first, last in rows])

    def days(first: date | None, last: date | None) -> set[int]:
        return set(range((first or date(2024, 12, 1)).toordinal(), (last or date(2025, 2, 1)).toordinal() + 1))

    expected = [
        code for code, *period in rows if any(code != other and days(*period) & days(*its) for other, *its in rows)
    ]
    assert [code for code in twice(projects) if code.startswith(f"{run}/")] == sorted(expected)


@pytest.mark.parametrize(
    ("alone", "why"),
    [
        ("{same: [works]}", "has to be in `search`"),
        ("{same: [site], from: begins_on}", "both `from` and `until`"),
        ("{same: [site], from: code, until: ends_on}", "is of type text, not date"),
        ("{same: [site], among: \"state || 'x'\"}", "no condition"),
        ('{same: [site], among: "state > 5"}', "PostgreSQL says"),
        ("{same: []}", "at least 1 item"),
        ("{same: [nothing]}", "no field"),
    ],
)
def test_a_rule_that_cannot_be_judged_is_refused_by_name(province, apply, alone, why):
    with pytest.raises((Invalid, AssertionError)) as refused:
        apply(projects=PROJECTS.replace("{same: [site, donor]}", alone))
    assert why in str(getattr(refused.value, "errors", refused.value))
