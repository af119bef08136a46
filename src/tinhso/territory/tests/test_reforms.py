"""What became of a unit, where it came from, and reforms recorded by hand."""

from datetime import date

import pytest

from tinhso.kernel.actor import NOBODY, Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid
from tinhso.kernel.models import Audit
from tinhso.territory import facts as figures
from tinhso.territory import queries, services
from tinhso.territory.contracts import NewUnit, Share

from .conftest import NEW, OLD

LATER = date(2030, 1, 1)


def codes(units: tuple) -> list[str]:
    return sorted(u.code for u in units)


def test_every_old_commune_is_found_from_its_heir_and_the_reverse(facts: None) -> None:
    for share in figures.successions():
        old, new = queries.unit(share.old, OLD), queries.unit(share.new, NEW)
        assert old and new
        assert {old, new} <= set(queries.same_place(share.old, OLD))
        assert {old, new} <= set(queries.same_place(share.new, NEW))
        assert queries.successors(share.old, OLD) == (new,)
        assert old in queries.predecessors(share.new, NEW)


def test_neighbours_that_share_an_heir_are_not_the_same_place(facts: None) -> None:
    assert codes(queries.same_place("12433", OLD)) == ["12433", "13225"]
    here = queries.same_place("13225", NEW)
    assert len(here) == 1 + len(queries.predecessors("13225", NEW))
    assert [u.until for u in here[:-1]] == [NEW] * (len(here) - 1)
    assert here[-1].name == "Phường Thái Bình"
    assert queries.same_place("00000", NEW) == ()


def test_an_abolished_district_has_the_heirs_of_its_communes(facts: None) -> None:
    heirs = queries.successors("336", OLD)
    assert codes(heirs) == ["12452", "12454", "12466", "12817", "13225"]
    assert set(queries.on_map("336", OLD, NEW)) == set(heirs)
    assert queries.successors("13141", NEW) == ()
    assert queries.on_map("13141", NEW, NEW) == (queries.unit("13141", NEW),)


def test_a_unit_that_grows_goes_on_and_keeps_its_place(facts: None, actor: Actor) -> None:
    services.record_reform(actor, LATER, shares=[Share("13141", "13075")], source="thử")
    grown = queries.unit("13075", LATER)
    assert grown == queries.unit("13075", NEW) and grown and grown.until is None
    assert queries.unit("13141", LATER) is None
    assert "13141" in codes(queries.predecessors("13075", LATER))
    assert queries.translate({"13141": 3, "13075": 4}, NEW, LATER, kind="count").values == {"13075": 7}
    back = queries.translate({"13075": 7}, LATER, NEW, kind="count")
    assert back.values.keys() == {"13141", "13075"} and set(back.how.values()) == {"area"}
    old = {s.old for s in figures.successions() if s.new in {"13141", "13075"}}
    assert old <= set(codes(queries.same_place("13075", LATER)))
    assert Audit.objects.filter(action="territory.record-reform").get().data["end"] == ["13141"]


def test_a_unit_that_cedes_ground_goes_on_smaller(facts: None, actor: Actor) -> None:
    services.record_reform(actor, LATER, shares=[Share("13141", "13075", 0.1), Share("13141", "13141", 0.9)])
    assert queries.unit("13141", LATER) == queries.unit("13141", NEW)
    carried = queries.translate({"13141": 100, "13075": 50}, NEW, LATER, kind="count")
    assert carried.values == {"13141": 90, "13075": 60} and not carried.exact
    assert carried.how == {"13141": "share", "13075": "share"}


def test_a_code_may_be_taken_again_by_a_new_unit(facts: None, actor: Actor) -> None:
    ward = NewUnit("13141", "Phường  Vũ Quý", "ward", 2, "33", area_km2=51.82)
    services.record_reform(actor, LATER, [ward], [Share("13141", "13141"), Share("13075", "13141")])
    before, after = queries.unit("13141", NEW), queries.unit("13141", LATER)
    assert before and after and before.until == after.since == LATER
    assert (after.name, after.kind) == ("Phường Vũ Quý", "ward")
    assert queries.translate({"13141": 1, "13075": 1}, NEW, LATER).values == {"13141": 2}


def test_a_tier_may_be_abolished(facts: None, actor: Actor) -> None:
    services.record_reform(actor, LATER, ended=[u.code for u in queries.units(level=2, at=NEW)])
    assert codes(queries.units(at=LATER)) == ["33"]


UNIT = NewUnit("90001", "Xã Mới", "commune", 2, "33")


@pytest.mark.parametrize(
    ("units", "shares", "ended", "code"),
    [
        ([], [Share("00000", "13141")], [], "00000"),
        ([], [Share("13141", "90001")], [], "90001"),
        ([UNIT], [Share("13141", "90001", 0.4)], [], "13141"),
        ([UNIT], [Share("13141", "90001", 1.5)], [], "13141"),
        ([UNIT], [Share("13141", "90001", 0.5), Share("13141", "90001", 0.5)], [], ""),
        ([UNIT, UNIT], [Share("13141", "90001")], [], ""),
        ([NewUnit("90001", " ", "commune", 2, "33")], [Share("13141", "90001")], [], "90001"),
        ([NewUnit("90001", "Xã Mới", "hamlet", 2, "33")], [Share("13141", "90001")], [], "90001"),
        ([NewUnit("90001", "Xã Mới", "commune", 2, "34")], [Share("13141", "90001")], [], "90001"),
        ([NewUnit("90001", "Xã Mới", "commune", 2, "33", lon=106.0)], [Share("13141", "90001")], [], "90001"),
        ([], [], ["33"], "33"),
    ],
)
def test_a_reform_that_does_not_add_up_is_refused_whole(
    facts: None, actor: Actor, units: list, shares: list, ended: list, code: str
) -> None:
    with pytest.raises(Invalid) as refused:
        services.record_reform(actor, LATER, units, shares, ended=ended)
    assert code in refused.value.errors
    assert len(queries.maps()) == 2 and queries.unit("90001", LATER) is None


def test_what_is_recorded_for_a_later_day_is_not_undone(facts: None, actor: Actor) -> None:
    services.record_reform(actor, LATER, [UNIT], [Share("13141", "90001")])
    with pytest.raises(Conflict, match="13141"):
        services.record_reform(actor, date(2028, 1, 1), shares=[Share("13141", "13075")])
    with pytest.raises(Conflict, match="90001"):
        services.record_reform(actor, date(2028, 1, 1), [UNIT], [Share("13075", "90001")])


def test_only_who_may_records_a_reform(facts: None) -> None:
    with pytest.raises(Forbidden):
        services.record_reform(NOBODY, LATER, shares=[Share("13141", "13075")])


def test_reforms_can_be_listed(facts: None) -> None:
    assert queries.reforms() == (NEW,)
    assert len(queries.shares(NEW)) == 244
    assert Share("13225", "13225") in queries.shares(NEW)
    assert queries.shares(OLD) == ()


def test_ancestors_and_levels(facts: None) -> None:
    assert [u.code for u in queries.ancestors("13141", OLD)] == ["343", "34"]
    assert [u.code for u in queries.ancestors("13141", NEW)] == ["33"]
    commune = queries.unit("13141", NEW)
    assert commune and commune.is_commune and commune.holds_on(NEW) and not commune.holds_on(OLD)
    assert len(queries.units(kind="ward", parent="336", at=OLD)) == 10
