"""Reads. All of them answer from the atlas in memory, save `find` and the first drawing of a map."""

from collections.abc import Mapping
from datetime import date

from django.contrib.postgres.search import TrigramWordSimilarity
from django.utils import timezone

from tinhso.kernel.text import fold

from . import addresses, cells, translation
from .atlas import Atlas, atlas, forget
from .contracts import MapCell, ResolvedAddress, Share, Translation, UnitRef
from .models import Unit
from .translation import Kind

__all__ = [
    "ancestors",
    "boundaries_known",
    "children",
    "descendants",
    "find",
    "forget",
    "last",
    "map_cells",
    "maps",
    "on_map",
    "predecessors",
    "reforms",
    "resolve",
    "same_place",
    "shares",
    "successors",
    "translate",
    "unit",
    "units",
]


def _day(at: date | None) -> date:
    return at or timezone.localdate()


def maps() -> tuple[tuple[date, date | None], ...]:
    """The stretches of days, in order, on which the map was one: (first day, day of the next map or None)."""
    return tuple((of.since, of.until) for of in atlas().maps)


def reforms() -> tuple[date, ...]:
    """The days on which units became others, in order."""
    return tuple(atlas().reforms)


def shares(on: date) -> tuple[Share, ...]:
    """What became of units on the day of a reform, by old code."""
    return tuple(Share(old, new, share) for day, old, new, share in atlas().successions if day == on)


def unit(code: str, at: date | None = None) -> UnitRef | None:
    """The unit that bore `code` on `at` (today); None where none did."""
    return atlas().unit(code, _day(at))


def last(code: str) -> UnitRef | None:
    """The unit that bears `code`, or was the last to bear it; None where none ever did."""
    history = atlas().history.get(code, ())
    return history[-1] if history else None


def units(
    *, level: int | None = None, kind: str | None = None, parent: str | None = None, at: date | None = None
) -> tuple[UnitRef, ...]:
    """The units in force on `at` (today), by code."""
    found = atlas().map(_day(at)).units.values()
    return tuple(
        u
        for u in sorted(found, key=lambda u: u.code)
        if (level is None or u.level == level)
        and (kind is None or u.kind == kind)
        and (parent is None or u.parent == parent)
    )


def children(code: str, at: date | None = None) -> tuple[UnitRef, ...]:
    """The units directly under `code` on `at` (today), by code."""
    return atlas().map(_day(at)).children.get(code, ())


def descendants(code: str, at: date | None = None) -> tuple[UnitRef, ...]:
    """All units under `code` on `at` (today), nearest first."""
    of = atlas().map(_day(at))
    found: list[UnitRef] = list(of.children.get(code, ()))
    for below in found:
        found += of.children.get(below.code, ())
    return tuple(found)


def ancestors(code: str, at: date | None = None) -> tuple[UnitRef, ...]:
    """The units above `code` on `at` (today), nearest first."""
    return atlas().map(_day(at)).ancestors(code)


def successors(code: str, at: date | None = None) -> tuple[UnitRef, ...]:
    """The units to which the unit that bore `code` on `at` gave ground, at its end or while it lasted.

    An abolished district has those of its communes; a unit untouched since has none.
    """
    of, here = atlas(), atlas().unit(code, _day(at))
    found: dict[UnitRef, None] = {}
    if here:
        for on in of.reforms:
            if here.since < on and (here.until is None or on <= here.until):
                found |= dict.fromkeys(_turned_into(of, code, on))
    return tuple(u for u in found if u != here)


def predecessors(code: str, at: date | None = None) -> tuple[UnitRef, ...]:
    """The units whose ground the unit that bears `code` on `at` took, at its beginning or while it lasted."""
    of, here = atlas(), atlas().unit(code, _day(at))
    found: dict[UnitRef, None] = {}
    if here:
        for on in of.reforms:
            if here.since <= on and (here.until is None or on < here.until):
                found |= dict.fromkeys(_made_from(of, code, on))
    return tuple(u for u in found if u != here)


def _turned_into(of: Atlas, code: str, on: date) -> list[UnitRef]:
    after = of.map(on).units
    ground = of.becomes(code, on)
    if ground:
        return [after[new] for new, _share in ground if new in after]
    return [u for child in of.before(on).children.get(code, ()) for u in _turned_into(of, child.code, on)]


def _made_from(of: Atlas, code: str, on: date) -> list[UnitRef]:
    before = of.before(on).units
    ground = of.came_from(code, on)
    if ground:
        return [before[old] for old, _share in ground if old in before]
    return [u for child in of.map(on).children.get(code, ()) for u in _made_from(of, child.code, on)]


def on_map(code: str, at: date, day: date) -> tuple[UnitRef, ...]:
    """The units that on `day` hold ground of the unit that bore `code` on `at`; itself where nothing changed."""
    of = atlas()
    there = of.map(day).units
    pieces = translation.pieces_of(of, code, at, day)
    return tuple(there[piece.code] for piece in pieces if not piece.lost)


def same_place(code: str, at: date | None = None) -> tuple[UnitRef, ...]:
    """The unit and all that came before or after it on its ground, on every map, oldest first.

    A case filed with `u.code` on a day from `u.since` up to (not with) `u.until`, for any `u` of these, is a case of
    this place; the days matter, since codes are reused. Empty where no unit bore `code` on `at` (today).
    """
    here = unit(code, at)
    if here is None:
        return ()
    found = {here}
    for step in (successors, predecessors):
        ahead = [here]
        while ahead:
            u = ahead.pop()
            fresh = [v for v in step(u.code, u.since) if v not in found]
            found.update(fresh)
            ahead += fresh
    return tuple(sorted(found, key=lambda u: (u.since, u.code)))


def translate(
    values: Mapping[str, float],
    from_date: date,
    to_date: date,
    kind: Kind = "sum",
    *,
    weights: Mapping[str, float] | None = None,
    level: int | None = None,
) -> Translation:
    """Carry values by unit code from the map of `from_date` to that of `to_date`, over any number of reforms.

    A unit that went whole into another carries its value in full. Where it was divided, or where several became one
    and the way leads back, the value is divided by the stated share, or by `weights` (by code of the finer map), else
    population, else area, else equally; `how` says which and `exact` is False. `level` adds the result up to the units
    of that level on the target map, which makes exact again what was divided below it.

    `kind`: *sum* divides freely; *count* keeps whole numbers (largest remainders); *rate* is averaged by `weights`, its
    denominators by code of `from_date`, which it needs. For sums and counts the values and what is lost add up to what
    was given. Raises Invalid by code for a value that is no number or a rate without its weight.
    """
    return translation.translate(atlas(), values, from_date, to_date, kind, weights=weights, level=level)


def resolve(text: str, at: date | None = None, today: date | None = None) -> ResolvedAddress | None:
    """Read an address in words: "thôn Đông, xã Vũ Quý, Kiến Xương, Thái Bình", with or without diacritics.

    On the map of `at`, or without it on whichever map reads best, the newer where they read alike. With `today` the
    unit is carried to the map of that day (`written` keeps the one that was named). What is not the unit's chain comes
    back as `rest`. None where no unit is recognised.
    """
    return addresses.resolve(atlas(), text, at, today)


def find(words: str, at: date | None = None, limit: int = 10) -> tuple[UnitRef, ...]:
    """Units on `at` (today) whose name begins with, holds or resembles `words`, the best first: for a search box."""
    needle = fold(words)
    if not needle:
        return ()
    of = atlas().map(_day(at))
    near = TrigramWordSimilarity(needle, "search")
    rows = Unit.objects.filter(valid__contains=of.since, search__trigram_word_similar=needle).annotate(near=near)
    codes = rows.order_by("-near", "level", "name").values_list("code", flat=True)[:limit]
    return tuple(of.units[code] for code in codes if code in of.units)


def map_cells(at: date | None = None, level: int = 2, tolerance: float = 0.0002) -> tuple[MapCell, ...]:
    """The outlines of the units of `level` on `at` (today), simplified to `tolerance` degrees with shared borders kept.

    Drawn once a map. Where a unit has no imported boundary its cell is the Voronoi cell of its inner point and says
    `approximate`; a unit with neither has none.
    """
    return cells.cells(atlas().map(_day(at)), level, tolerance)


def boundaries_known(at: date | None = None, level: int = 2) -> bool:
    """Whether every unit of `level` on `at` (today) has an imported boundary."""
    drawn = map_cells(at, level)
    return bool(drawn) and len(drawn) == len(units(level=level, at=at)) and not any(c.approximate for c in drawn)
