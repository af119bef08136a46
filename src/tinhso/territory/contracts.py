"""What crosses territory's border. A unit is a code on a date: codes are reused across reforms."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from tinhso.kernel import events

TERRITORY_CHANGED = events.declare(
    "territory.changed", "Units, successions or boundaries changed; subject territory:map; data: what, from (a date)."
)

UNKNOWN_SINCE = date.min
"""`UnitRef.since` of a unit whose first day the facts do not say: it holds on every earlier day."""


@dataclass(frozen=True, slots=True)
class UnitRef:
    """One administrative unit of one map. `kind` is province, city, district, ward, townlet or commune;
    `level` 1 province, 2 district or (after 2025-07-01) commune's upper level as filed, 3 commune of the old map.
    `until` is exclusive, None while in force."""

    code: str
    name: str
    kind: str
    level: int
    parent: str
    since: date
    until: date | None
    lon: float | None = None
    lat: float | None = None
    area_km2: float | None = None
    population: int | None = None

    @property
    def is_commune(self) -> bool:
        """Whether it is of the lowest tier (ward, commune, townlet), whatever level its map files it under."""
        return self.kind in {"ward", "commune", "townlet"}

    def holds_on(self, day: date) -> bool:
        return self.since <= day and (self.until is None or day < self.until)


@dataclass(frozen=True, slots=True)
class ResolvedAddress:
    """An address that was read: its unit, what is left (hamlet, street, house), how sure (0–1) and other readings.

    `written` is the unit that the words name, where `unit` is its successor on a later map."""

    unit: UnitRef
    rest: str
    confidence: float
    others: tuple[UnitRef, ...] = ()
    written: UnitRef | None = None


@dataclass(frozen=True, slots=True)
class Translation:
    """Values by unit code after a reform. `exact` is False where a share had to be used; `how` says which.

    `how` by code is full (no share), share (stated by the resolution), weights (given by the asker), population,
    area or equal: the weakest ground on which a part of that value rests."""

    values: dict[str, float]
    exact: bool
    how: dict[str, str]
    lost: dict[str, float]
    """Values of codes that the succession does not know; nothing is dropped in silence."""


HOW = {
    "full": _("trọn vẹn"),
    "share": _("theo tỷ lệ của nghị quyết"),
    "weights": _("theo trọng số đã cho"),
    "population": _("chia theo dân số"),
    "area": _("chia theo diện tích"),
    "equal": _("chia đều"),
}
"""`Translation.how` in words, from the surest ground to the weakest."""


@dataclass(frozen=True, slots=True)
class MapCell:
    """The outline of a unit for drawing: a GeoJSON geometry in WGS 84. `approximate` where it is the Voronoi cell of
    the unit's inner point, since no boundary was imported; whoever draws it says so."""

    code: str
    name: str
    geometry: dict[str, Any]
    approximate: bool


@dataclass(frozen=True, slots=True)
class NewUnit:
    """A unit that a reform makes. `level` and `parent` as in UnitRef; lon and lat of an inner point, degrees."""

    code: str
    name: str
    kind: str
    level: int
    parent: str
    area_km2: float | None = None
    population: int | None = None
    lon: float | None = None
    lat: float | None = None


@dataclass(frozen=True, slots=True)
class Share:
    """`share` (0 < share ≤ 1) of the unit `old` goes to the unit `new`."""

    old: str
    new: str
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class BoundaryReport:
    """What an import of boundaries did, by unit code; `unmatched` and `repeated` name the file's features."""

    matched: tuple[str, ...]
    repaired: tuple[str, ...]
    unmatched: tuple[str, ...]
    repeated: tuple[str, ...]
    missing: tuple[str, ...]
    """Units of the same level that have no boundary after the import."""
