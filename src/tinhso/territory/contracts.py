"""What crosses territory's border. A unit is a code on a date: codes are reused across reforms."""

from dataclasses import dataclass
from datetime import date


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


@dataclass(frozen=True, slots=True)
class ResolvedAddress:
    """An address that was read: its unit, what is left (hamlet, street, house), how sure (0–1) and other readings."""

    unit: UnitRef
    rest: str
    confidence: float
    others: tuple[UnitRef, ...] = ()


@dataclass(frozen=True, slots=True)
class Translation:
    """Values by unit code after a reform. `exact` is False where a share had to be used; `how` says which."""

    values: dict[str, float]
    exact: bool
    how: dict[str, str]
    lost: dict[str, float]
    """Values of codes that the succession does not know; nothing is dropped in silence."""
