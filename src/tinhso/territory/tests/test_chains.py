"""Any number of reforms, of any shape: merges, splits, ceded ground, codes taken again."""

from datetime import date, timedelta
from math import fsum

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tinhso.territory.atlas import Atlas
from tinhso.territory.contracts import UNKNOWN_SINCE, UnitRef
from tinhso.territory.translation import pieces_of, translate

FIRST = date(2000, 1, 1)


@st.composite
def histories(draw: st.DrawFn) -> Atlas:
    """A province of a few communes and up to four reforms, each replacing some of them by others."""
    alive = {f"{n}": (UNKNOWN_SINCE, draw(st.sampled_from([None, 10.0, 30.0]))) for n in range(draw(st.integers(1, 6)))}
    ended: list[tuple[str, date, date, float | None]] = []
    successions: list[tuple[date, str, str, float]] = []
    fresh = 100
    for step in range(draw(st.integers(0, 4))):
        on = FIRST + timedelta(days=365 * step)
        olds = draw(st.lists(st.sampled_from(sorted(alive)), min_size=1, max_size=4, unique=True))
        reused = draw(st.booleans())
        news = [olds[0]] if reused else []
        for _n in range(draw(st.integers(0 if news else 1, 3))):
            news.append(f"{fresh}")
            fresh += 1
        for old in olds:
            heirs = draw(st.lists(st.sampled_from(news), min_size=1, max_size=3, unique=True))
            successions += [(on, old, new, 1 / len(heirs)) for new in heirs]
            since, area = alive.pop(old)
            ended.append((old, since, on, area))
        for new in news:
            if any(day == on and heir == new for day, _o, heir, _s in successions):
                alive[new] = (on, draw(st.sampled_from([None, 5.0])))
    units = [UnitRef(c, f"Xã {c}", "commune", 2, "", since, until, area_km2=a) for c, since, until, a in ended]
    units += [UnitRef(c, f"Xã {c}", "commune", 2, "", since, None, area_km2=a) for c, (since, a) in alive.items()]
    return Atlas(None, units, successions)


@given(atlas=histories(), data=st.data())
@settings(max_examples=200, deadline=None)
def test_totals_are_kept_between_any_two_maps(atlas: Atlas, data: st.DataObject) -> None:
    source, target = data.draw(st.sampled_from(atlas.maps)), data.draw(st.sampled_from(atlas.maps))
    values = {code: data.draw(st.integers(-1000, 1000)) for code in source.units}
    carried = translate(atlas, values, source.since, target.since, "count")
    assert sum(carried.values.values()) + sum(carried.lost.values()) == sum(values.values())
    assert not carried.lost
    assert carried.values.keys() <= target.units.keys()
    assert carried.exact == all(how == "full" for how in carried.how.values())


@given(atlas=histories())
@settings(max_examples=200, deadline=None)
def test_shares_add_up_and_the_way_back_is_the_way_there(atlas: Atlas) -> None:
    for source in atlas.maps:
        for target in atlas.maps:
            for code in source.units:
                pieces = pieces_of(atlas, code, source.since, target.since)
                assert fsum(piece.fraction for piece in pieces) == pytest.approx(1)
                assert all(0 < piece.fraction <= 1 for piece in pieces)
                for piece in pieces:
                    back = pieces_of(atlas, piece.code, target.since, source.since)
                    assert code in {p.code for p in back}


@given(atlas=histories())
@settings(max_examples=100, deadline=None)
def test_an_even_rate_stays_even(atlas: Atlas) -> None:
    first, last = atlas.maps[0], atlas.maps[-1]
    weights = {code: 1.0 + n for n, code in enumerate(first.units)}
    carried = translate(atlas, dict.fromkeys(first.units, 0.3), first.since, last.since, "rate", weights=weights)
    assert list(carried.values.values()) == [pytest.approx(0.3)] * len(carried.values)
