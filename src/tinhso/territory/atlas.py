"""The atlas: every map there was, in memory. A few hundred units are read once a change, not once a question.

A map holds from one day on which any unit began, ended or changed its ground to the next. Reforms join the maps.
"""

import time
from bisect import bisect_right
from collections import defaultdict
from datetime import date
from functools import cached_property
from typing import Any

from django.db import transaction

from .contracts import UNKNOWN_SINCE, UnitRef
from .models import Revision, Succession, Unit

_FRESH_SECONDS = 2.0
"""For so long a process trusts its copy without asking for the stamp; its own changes it sees at once."""

Ground = tuple[tuple[str, float], ...]
"""What a unit becomes, or came from: codes with the share (0–1] of the old unit that is meant."""


class Map:
    """The units in force on each day from `since` to `until` (exclusive, None for the last map)."""

    def __init__(self, since: date, until: date | None, units: list[UnitRef]) -> None:
        self.since, self.until = since, until
        self.units = {unit.code: unit for unit in units}
        children: dict[str, list[UnitRef]] = defaultdict(list)
        for unit in units:
            children[unit.parent].append(unit)
        self.children = {code: tuple(found) for code, found in children.items()}
        self.earlier: frozenset[UnitRef] = frozenset()
        self.later: frozenset[UnitRef] = frozenset()
        """Units of the maps before and after that this one does not have."""

    def ancestors(self, code: str) -> tuple[UnitRef, ...]:
        """The units above, the nearest first."""
        found: list[UnitRef] = []
        unit = self.units.get(code)
        while unit and (unit := self.units.get(unit.parent)) and unit not in found:
            found.append(unit)
        return tuple(found)

    def at_level(self, code: str, level: int) -> str | None:
        """The unit itself or the one above it that stands at `level`."""
        unit = self.units.get(code)
        for candidate in (unit, *self.ancestors(code)) if unit else ():
            if candidate.level == level:
                return candidate.code
        return None

    @cached_property
    def reader(self) -> Any:
        """The address reader of this map, built at its first use."""
        from .addresses import Reader

        return Reader(self)

    @cached_property
    def cells(self) -> dict[Any, Any]:
        """Outlines already drawn, by level and tolerance (cells.py)."""
        return {}


class Atlas:
    """All maps in order, and what the reforms between them did."""

    def __init__(self, stamp: Any, units: list[UnitRef], successions: list[tuple[date, str, str, float]]) -> None:
        self.stamp = stamp
        days = {u.since for u in units} | {u.until for u in units if u.until} | {on for on, *_rest in successions}
        starts = sorted(days | {UNKNOWN_SINCE})
        self.maps = [
            Map(since, until, [u for u in units if u.holds_on(since)])
            for since, until in zip(starts, [*starts[1:], None], strict=True)
        ]
        self._starts = starts
        for of in self.maps:
            of.earlier = frozenset(u for u in units if u.until and u.until <= of.since)
            of.later = frozenset(u for u in units if of.until and u.since >= of.until)
        self.history: dict[str, tuple[UnitRef, ...]] = {}
        for unit in sorted(units, key=lambda u: u.since):
            self.history[unit.code] = (*self.history.get(unit.code, ()), unit)
        self.successions = sorted(successions)
        self.reforms = sorted({on for on, *_rest in successions})
        forward: dict[tuple[date, str], list[tuple[str, float]]] = defaultdict(list)
        backward: dict[tuple[date, str], list[tuple[str, float]]] = defaultdict(list)
        for on, old, new, share in self.successions:
            forward[on, old].append((new, share))
            backward[on, new].append((old, share))
        self._forward = {key: tuple(found) for key, found in forward.items()}
        self._backward = {key: tuple(found) for key, found in backward.items()}
        self.translations: dict[Any, Any] = {}

    def map(self, at: date) -> Map:
        return self.maps[bisect_right(self._starts, at) - 1]

    def before(self, on: date) -> Map:
        """The map of the day before `on`."""
        return self.maps[max(bisect_right(self._starts, on) - 2, 0)]

    def unit(self, code: str, at: date) -> UnitRef | None:
        return self.map(at).units.get(code)

    def _continues(self, code: str, on: date) -> bool:
        """Whether the unit is the same one on the day before `on` and on `on`."""
        old, new = self.before(on).units.get(code), self.map(on).units.get(code)
        return old is not None and old is new

    def becomes(self, code: str, on: date) -> Ground:
        """What the unit of the day before `on` is from `on`; () where nothing says so."""
        found = self._forward.get((on, code))
        if found is None:
            found = ((code, 1.0),) if self._continues(code, on) else ()
        return found

    def came_from(self, code: str, on: date) -> Ground:
        """The units of the day before `on` whose ground `code` has on `on`, with the share of each that it has."""
        found = self._backward.get((on, code), ())
        if self._continues(code, on) and (on, code) not in self._forward:
            found = (*found, (code, 1.0))
        return found


_atlas: Atlas | None = None
_checked = 0.0


def atlas() -> Atlas:
    """The atlas as the database has it, at most two seconds behind the changes of other processes."""
    global _atlas, _checked
    held = _atlas
    if held is not None and time.monotonic() - _checked < _FRESH_SECONDS:
        return held
    stamp = Revision.objects.values_list("stamp", flat=True).first()
    if held is None or held.stamp != stamp:
        held = _load()
    _atlas, _checked = held, time.monotonic()
    return held


def forget() -> None:
    """Read the atlas anew at the next question."""
    global _atlas  # noqa: PLW0603
    _atlas = None


def _load() -> Atlas:
    """Read all maps. The stamp is read first: where a change comes between, the next look at it tells."""
    with transaction.atomic():
        stamp = Revision.objects.values_list("stamp", flat=True).first()
        units = [
            UnitRef(
                code=row.code,
                name=row.name,
                kind=row.kind,
                level=row.level,
                parent=row.parent,
                since=row.valid.lower or UNKNOWN_SINCE,
                until=row.valid.upper,
                lon=row.centroid.x if row.centroid else None,
                lat=row.centroid.y if row.centroid else None,
                area_km2=None if row.area_km2 is None else float(row.area_km2),
                population=row.population,
            )
            for row in Unit.objects.defer("geometry", "search").order_by("code", "valid")
        ]
        successions = [
            (on, old, new, float(share))
            for on, old, new, share in Succession.objects.values_list("on", "old_code", "new_code", "share")
        ]
    return Atlas(stamp, units, successions)
