"""One enterprise is inspected by plan at most once a year (Directive 20/CT-TTg of 2017-05-17), and two teams that are
with it at one time are shown; the share of inspections done digitally (K10) is counted from the inspections."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tinhso.identity import services as identity
from tinhso.indicators import queries as indicators
from tinhso.indicators import services as counting
from tinhso.kernel import packs
from tinhso.kernel.actor import system
from tinhso.kernel.errors import Conflict, Invalid
from tinhso.registers import queries, services
from tinhso.territory import services as territory

SYSTEM = system("test")
PLANS, INSPECTIONS = "inspection.plans", "inspection.inspections"
K10 = "inspection.inspections-digital"
NEEDED = ("one-stop", "business", "inspection")


@pytest.fixture
def plans(db: None) -> Iterator[dict[str, Any]]:
    """The samples of the pack, by their number."""
    territory.load_facts(SYSTEM)
    identity.load_agencies(SYSTEM)
    packs.queries.forget()
    packs.apply(SYSTEM, packs.read([Path(settings.PACKS) / name for name in NEEDED]))
    services.load_samples(SYSTEM, why="Dữ liệu mẫu")
    yield {record.values["number"]: record for record in queries.find(SYSTEM, PLANS).records}
    packs.queries.forget()


def test_a_second_plan_for_an_enterprise_in_a_year_is_refused(plans: dict[str, Any]) -> None:
    there = plans["KH-2026-01"].values
    with pytest.raises(Conflict):
        services.create(SYSTEM, PLANS, there | {"number": "KH-2026-09"})
    later = {"number": "KH-2027-01", "year": 2027, "starts_on": date(2027, 3, 1), "ends_on": date(2027, 3, 5)}
    assert services.create(SYSTEM, PLANS, there | later)


def test_a_plan_lies_in_its_own_year(plans: dict[str, Any]) -> None:
    there = plans["KH-2026-01"].values
    with pytest.raises(Invalid):
        services.create(SYSTEM, PLANS, there | {"number": "KH-2027-02", "year": 2027})


def test_two_teams_with_an_enterprise_at_one_time_are_shown(plans: dict[str, Any]) -> None:
    """An unplanned inspection may come at any time: it may be entered, and both are shown to the inspectorate."""
    [first] = queries.find(SYSTEM, INSPECTIONS).records
    assert queries.faulty(SYSTEM, INSPECTIONS, "no-overlap").records == []
    begun = first.values["begun_on"] + timedelta(days=1)
    services.create(SYSTEM, INSPECTIONS, first.values | {"number": "04/QĐ-KT", "begun_on": begun})
    shown = queries.faulty(SYSTEM, INSPECTIONS, "no-overlap").records
    assert {record.values["number"] for record in shown} == {"03/QĐ-KT", "04/QĐ-KT"}


def test_the_share_done_digitally_is_counted_from_inspections(plans: dict[str, Any]) -> None:
    [first] = queries.find(SYSTEM, INSPECTIONS).records
    for number in ("05/QĐ-KT", "06/QĐ-KT"):
        services.create(SYSTEM, INSPECTIONS, first.values | {"number": number, "remote": False})
    counting.refresh(SYSTEM, K10, date(2026, 1, 1))
    standing = indicators.standing(SYSTEM, K10, indicators.Period(date(2026, 1, 1), date(2027, 1, 1)))
    assert (standing.numerator, standing.denominator) == (1, 3)
