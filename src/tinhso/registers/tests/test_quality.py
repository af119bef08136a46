"""Rules of quality: what breaks them is counted and found, in the reader's place, and nothing is guessed."""

import json
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone, translation

from tinhso.kernel.errors import Forbidden, NotFound
from tinhso.registers import queries, services
from tinhso.registers.contracts import NewRecord
from tinhso.territory import queries as territory
from tinhso.territory import services as territory_services

from .conftest import GARDENS, SYSTEM, seated

HERE, ELSEWHERE, OLD = "13141", "12454", "13150"
NOW = date(2025, 9, 1)
RULES = """
quality:
  - name: counted
    label: {vi: Đã đếm cây, en: Trees counted}
    complete: [trees, area]
  - name: dense
    label: {vi: Không quá dày, en: Not too dense}
    severity: error
    must: "trees <= area AND planted_on <= current_date"
    advice: {vi: Đếm lại cây, en: Count again}
  - name: kept
    label: {vi: Có người trông, en: Kept}
    complete: [keeper]
  - name: in-commune
    label: {vi: Nằm trong xã, en: In its commune}
    inside: spot
"""
PLACE = "  - {name: spot, type: geometry, shape: point, label: {vi: Vị trí, en: Place}, optional: true}\nkey: [code]"


@pytest.fixture
def judged(province, apply) -> str:
    apply(gardens=GARDENS.replace("key: [code]", PLACE) + RULES)
    return "yard.gardens"


def garden(code: str, unit: str = HERE, on: date = NOW, **values) -> NewRecord:
    given = {
        "code": code,
        "planted_on": date(2024, 1, 1),
        "trees": 5,
        "area": Decimal(10),
        "keeper": "Trần Mẫu",
    } | values
    return NewRecord(given, on, unit=unit, unit_on=on)


def load(register: str, *gardens: NewRecord) -> None:
    services.create_many(SYSTEM, register, gardens)


def rule(report, name: str):
    return next(one for one in report.rules if one.name == name)


def codes(page) -> list[str]:
    return sorted(record.values["code"] for record in page.records)


def test_each_rule_says_of_how_many_it_speaks_and_how_many_break_it(judged):
    load(judged, garden("a"), garden("b", trees=None), garden("c", trees=50), garden("d", keeper=None))
    report = queries.quality(SYSTEM, judged)
    assert report.rows == 4
    found = {one.name: (one.checked, one.faulty) for one in report.rules}
    assert found == {"counted": (4, 1), "dense": (3, 1), "kept": (4, 1), "in-commune": (0, 0)}
    assert rule(report, "counted").share == 0.25
    assert (rule(report, "dense").severity, rule(report, "counted").severity) == ("error", "warning")
    assert report.score == pytest.approx(1 - 3 / 11)
    with translation.override("en"):
        assert rule(queries.quality(SYSTEM, judged), "dense").advice == "Count again"


def test_the_rows_at_fault_are_those_that_were_counted_page_by_page(judged):
    load(judged, *(garden(f"x{n}", trees=50) for n in range(7)), garden("a"), garden("b", trees=None))
    found, after = [], ""
    while True:
        page = queries.faulty(SYSTEM, judged, "dense", after=after, limit=3)
        found += codes(page)
        after = page.next
        if not after:
            break
    assert sorted(found) == [f"x{n}" for n in range(7)]
    assert len(found) == rule(queries.quality(SYSTEM, judged), "dense").faulty
    with pytest.raises(NotFound):
        queries.faulty(SYSTEM, judged, "nothing")


def test_an_ended_record_is_judged_no_more_and_one_that_ends_later_still_is(judged):
    load(judged, garden("gone", trees=None), garden("going", trees=None))
    today = timezone.localdate()
    for record in queries.find(SYSTEM, judged).records:
        on = today if record.values["code"] == "gone" else today + timedelta(days=9)
        services.end(SYSTEM, judged, record.ref.id, on=on, revision=1, why="hết")
    assert codes(queries.faulty(SYSTEM, judged, "counted")) == ["going"]
    assert queries.quality(SYSTEM, judged).rows == 1


def test_an_officer_is_told_of_their_own_ground_alone_by_the_communes_of_today(judged):
    load(
        judged,
        garden("here", trees=None),
        garden("old", OLD, date(2024, 5, 1), trees=None),
        garden("far", ELSEWHERE, trees=None),
    )
    officer = seated(HERE, "civil-status")
    report = queries.quality(officer, judged)
    assert [(one.code, one.rows, one.rules["counted"]) for one in report.units] == [(HERE, 2, (2, 2))]
    assert codes(queries.faulty(officer, judged, "counted")) == ["here", "old"]
    every = queries.quality(SYSTEM, judged)
    assert {one.code: one.rows for one in every.units} == {HERE: 2, ELSEWHERE: 1}
    assert queries.quality(SYSTEM, judged, ELSEWHERE).rows == 1
    assert codes(queries.faulty(SYSTEM, judged, "counted", unit=ELSEWHERE)) == ["far"]


def test_a_rule_over_personal_fields_tells_nothing_to_who_may_not_read_them(judged):
    load(judged, garden("a", keeper=None))
    analyst = seated("33", "analyst", level="province")
    assert "keeper" not in queries.readable(analyst, queries.definition(judged))
    report = queries.quality(analyst, judged)
    assert (rule(report, "kept").unknown, rule(report, "kept").faulty) == ("masked", 0)
    assert report.units[0].rules["kept"] == (0, 0)
    with pytest.raises(NotFound):
        queries.faulty(analyst, judged, "kept")


def test_citizens_are_shown_no_figures(judged):
    from dataclasses import replace
    from uuid import uuid4

    from tinhso.kernel.actor import NOBODY

    with pytest.raises(Forbidden):
        queries.quality(replace(NOBODY, account=uuid4(), person=uuid4(), assurance=2), judged)


def test_without_boundaries_what_lies_where_cannot_be_judged(judged):
    unit = territory.unit(HERE)
    load(judged, garden("a", spot={"type": "Point", "coordinates": [105.0, 10.0]}))
    found = rule(queries.quality(SYSTEM, judged), "in-commune")
    assert unit and (found.unknown, found.checked, found.share) == ("boundaries", 0, None)
    assert queries.faulty(SYSTEM, judged, "in-commune").records == []


def test_with_boundaries_what_lies_outside_its_commune_is_found_and_others_stay_unjudged(judged, tmp_path: Path):
    square = [[[106.3, 20.4], [106.4, 20.4], [106.4, 20.5], [106.3, 20.5], [106.3, 20.4]]]
    feature = {"type": "Feature", "properties": {"code": HERE}, "geometry": {"type": "Polygon", "coordinates": square}}
    file = tmp_path / "one.geojson"
    file.write_text(json.dumps({"type": "FeatureCollection", "features": [feature]}))
    territory_services.import_boundaries(SYSTEM, file, timezone.localdate())
    load(
        judged,
        garden("in", spot={"type": "Point", "coordinates": [106.35, 20.45]}),
        garden("edge", spot={"type": "Point", "coordinates": [106.40005, 20.45]}),
        garden("out", spot={"type": "Point", "coordinates": [106.5, 20.45]}),
        garden("nowhere"),
        garden("far", ELSEWHERE, spot={"type": "Point", "coordinates": [106.5, 20.45]}),
    )
    found = rule(queries.quality(SYSTEM, judged), "in-commune")
    assert (found.unknown, found.checked, found.faulty) == ("", 3, 1)
    assert codes(queries.faulty(SYSTEM, judged, "in-commune")) == ["out"]
    assert codes(queries.faulty(SYSTEM, judged, "dense")) == []
