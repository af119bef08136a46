"""Figures carried across reforms: totals are kept, and what is a guess says so."""

from datetime import date
from math import fsum

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid
from tinhso.territory import facts as figures
from tinhso.territory import queries, services
from tinhso.territory.contracts import NewUnit, Share
from tinhso.territory.models import Unit

from .conftest import NEW, OLD

OLD_CODES = sorted(u.code for u in figures.units_before() if u.level == 3)
NEW_CODES = sorted(u.code for u in figures.units_after() if u.level == 2)
HEIRS = sorted({s.new for s in figures.successions()} - {"33"})
ANY_OLD = sorted(u.code for u in figures.units_before())
ANY_NEW = sorted(u.code for u in figures.units_after())
many = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def counts(codes: list[str]) -> st.SearchStrategy[dict[str, int]]:
    return st.dictionaries(st.sampled_from(codes), st.integers(-1_000_000, 1_000_000), max_size=80)


def sums(codes: list[str]) -> st.SearchStrategy[dict[str, float]]:
    value = st.floats(-1e12, 1e12, allow_nan=False)
    return st.dictionaries(st.sampled_from([*codes, "99999"]), value, max_size=80)


def test_a_count_of_every_old_commune_keeps_its_total(facts: None) -> None:
    values = {code: n + 1 for n, code in enumerate(OLD_CODES)}
    carried = queries.translate(values, OLD, NEW, kind="count")
    assert len(carried.values) == 65
    assert sum(carried.values.values()) == sum(values.values())
    assert (carried.exact, carried.lost, set(carried.how.values())) == (True, {}, {"full"})
    assert carried.values["13225"] == sum(values[s.old] for s in figures.successions() if s.new == "13225")


@given(values=counts(ANY_OLD))
@many
def test_counts_forward_stay_whole_and_lose_nothing(facts: None, values: dict[str, int]) -> None:
    carried = queries.translate(values, OLD, NEW, kind="count")
    assert sum(carried.values.values()) + sum(carried.lost.values()) == sum(values.values())
    assert all(value == int(value) for value in carried.values.values())
    assert not carried.lost


@given(values=counts(ANY_NEW))
@many
def test_counts_backward_stay_whole_and_name_what_is_lost(facts: None, values: dict[str, int]) -> None:
    carried = queries.translate(values, NEW, OLD, kind="count")
    assert sum(carried.values.values()) + sum(carried.lost.values()) == sum(values.values())
    assert carried.lost.keys() <= set(NEW_CODES) - set(HEIRS)


@given(values=sums(ANY_OLD + NEW_CODES), forward=st.booleans(), level=st.sampled_from([None, 1, 2, 3]))
@many
def test_sums_keep_their_total(facts: None, values: dict[str, float], forward: bool, level: int | None) -> None:
    carried = queries.translate(values, *((OLD, NEW) if forward else (NEW, OLD)), level=level)
    total, scale = fsum(values.values()), fsum(map(abs, values.values()))
    assert fsum([*carried.values.values(), *carried.lost.values()]) == pytest.approx(total, abs=scale * 1e-12)


@given(values=counts(HEIRS))
@many
def test_back_and_forth_is_where_it_began(facts: None, values: dict[str, int]) -> None:
    back = queries.translate(values, NEW, OLD, kind="count")
    forth = queries.translate(back.values, OLD, NEW, kind="count")
    assert {code: value for code, value in forth.values.items() if value} == {c: v for c, v in values.items() if v}
    assert forth.exact


def test_on_one_map_values_stay(facts: None) -> None:
    values = {"13141": 2.5, "34": 7.0}
    carried = queries.translate(values, date(2010, 1, 1), OLD)
    assert (carried.values, carried.exact) == (values, True)


def test_backward_says_by_what_it_divides(facts: None) -> None:
    heirs = queries.predecessors("13225", NEW)
    equal = queries.translate({"13225": 900.0}, NEW, OLD)
    assert set(equal.how.values()) == {"equal"} and not equal.exact
    assert list(equal.values.values()) == [pytest.approx(900 / len(heirs))] * len(heirs)
    given_weights = queries.translate({"13225": 900.0}, NEW, OLD, weights={u.code: n for n, u in enumerate(heirs)})
    assert set(given_weights.how.values()) == {"weights"}
    assert given_weights.values.get(heirs[0].code, 0) == 0
    Unit.objects.filter(code=heirs[0].code, valid__contains=OLD).update(population=3_000)
    Unit.objects.filter(code__in=[u.code for u in heirs[1:]], valid__contains=OLD).update(population=1_000)
    queries.forget()
    peopled = queries.translate({"13225": 900.0}, NEW, OLD)
    assert set(peopled.how.values()) == {"population"}
    assert peopled.values[heirs[0].code] == pytest.approx(900 * 3 / (len(heirs) + 2))


def test_the_provinces_divide_by_their_area(facts: None) -> None:
    carried = queries.translate({"33": 2514.81}, NEW, OLD)
    assert carried.values == {"33": pytest.approx(930.20), "34": pytest.approx(1584.61)}
    assert carried.how == {"33": "area", "34": "area"}
    assert queries.translate({"34": 10, "33": 5}, OLD, NEW).values == {"33": 15}


def test_old_districts_are_exact_where_a_new_unit_lies_in_one(facts: None) -> None:
    """Four new wards lie across old districts (DOMAIN §4): there, and only there, the district is a guess."""
    across = {"13225", "12466", "12817", "12454"}
    for code in HEIRS:
        carried = queries.translate({code: 60}, NEW, OLD, kind="count", level=2)
        assert (len(carried.values) > 1) == (code in across), code
        assert carried.exact == (code not in across)
        assert sum(carried.values.values()) == 60
    whole = queries.translate(dict.fromkeys(HEIRS, 1000), NEW, OLD, kind="count", level=1)
    assert (whole.values, whole.exact) == ({"34": 65_000}, True)


def test_an_old_district_goes_where_its_communes_go(facts: None) -> None:
    carried = queries.translate({"343": 290}, OLD, NEW, kind="count")
    assert sum(carried.values.values()) == 290
    assert set(carried.how.values()) == {"equal"} and not carried.exact
    assert carried.values.keys() == {u.code for u in queries.successors("343", OLD)}
    assert queries.translate({"343": 290}, OLD, NEW, level=1).values == {"33": 290}
    assert queries.translate({"343": 290}, OLD, NEW, level=1).exact


def test_rates_are_averaged_by_their_denominators(facts: None) -> None:
    olds = [s.old for s in figures.successions() if s.new == "13141"]
    weights = {code: 100.0 * (n + 1) for n, code in enumerate(olds)}
    rates = {code: 0.1 * (n + 1) for n, code in enumerate(olds)}
    carried = queries.translate(rates, OLD, NEW, kind="rate", weights=weights)
    mean = fsum(rates[c] * weights[c] for c in olds) / fsum(weights.values())
    assert carried.values == {"13141": pytest.approx(mean)} and carried.exact
    back = queries.translate(carried.values, NEW, OLD, kind="rate", weights={"13141": 1.0})
    assert back.values == dict.fromkeys(olds, pytest.approx(mean)) and not back.exact
    nobody = queries.translate(rates, OLD, NEW, kind="rate", weights=dict.fromkeys(olds, 0.0))
    assert nobody.values["13141"] == pytest.approx(fsum(rates.values()) / len(rates)) and not nobody.exact


@given(rate=st.floats(0, 1), weight=st.lists(st.floats(0.001, 1e6), min_size=242, max_size=242))
@settings(many, max_examples=10)
def test_one_rate_everywhere_stays_that_rate(facts: None, rate: float, weight: list[float]) -> None:
    weights = dict(zip(OLD_CODES, weight, strict=True))
    carried = queries.translate(dict.fromkeys(OLD_CODES, rate), OLD, NEW, kind="rate", weights=weights)
    assert list(carried.values.values()) == [pytest.approx(rate)] * 65


@pytest.mark.parametrize(
    ("values", "kind", "weights"),
    [
        ({"13141": 0.5}, "rate", None),
        ({"13141": 0.5}, "rate", {"13144": 1.0}),
        ({"13141": 0.5}, "rate", {"13141": -1.0}),
        ({"13141": 0.5}, "count", None),
        ({"13141": float("nan")}, "sum", None),
    ],
)
def test_what_cannot_be_carried_is_refused_by_code(
    facts: None, values: dict[str, float], kind: str, weights: dict[str, float] | None
) -> None:
    with pytest.raises(Invalid) as refused:
        queries.translate(values, OLD, NEW, kind=kind, weights=weights)  # type: ignore[arg-type]
    assert refused.value.errors.keys() == {"13141"}


def test_unknown_codes_are_lost_by_name(facts: None) -> None:
    carried = queries.translate({"13141": 1, "77777": 5}, OLD, NEW)
    assert carried.lost == {"77777": 5}
    assert carried.values == {"13141": 1}


def test_values_cross_any_number_of_reforms(facts: None, actor: Actor) -> None:
    first, second = date(2030, 1, 1), date(2035, 1, 1)
    united = NewUnit("90001", "Phường Trà Giang Mới", "ward", 2, "33")
    services.record_reform(actor, first, [united], [Share("13225", "90001"), Share("12452", "90001")])
    halves = [NewUnit("90002", "Phường Bắc", "ward", 2, "33"), NewUnit("90003", "Phường Nam", "ward", 2, "33")]
    services.record_reform(actor, second, halves, [Share("90001", "90002", 0.25), Share("90001", "90003", 0.75)])
    olds = {s.old: 100 for s in figures.successions() if s.new in {"13225", "12452"}}
    carried = queries.translate(olds, OLD, second, kind="count")
    total = sum(olds.values())
    assert carried.values == {"90002": total / 4, "90003": total * 3 / 4}
    assert carried.how == {"90002": "share", "90003": "share"} and not carried.exact
    back = queries.translate(carried.values, second, OLD, kind="count")
    assert sum(back.values.values()) == total and back.values.keys() == olds.keys()
    at_first = queries.translate(olds, OLD, first, kind="count")
    assert (at_first.values, at_first.exact) == ({"90001": total}, True)
    assert queries.translate({"13141": 4}, OLD, second).values == {"13141": 4}
    assert len(queries.maps()) == 4
