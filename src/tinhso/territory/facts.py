"""The project's own figures: the maps before and after 2025-07-01, as data/*.csv has them.

Sources: Resolution 202/2025/QH15 (provinces; 2,514.81 km²) and Resolution 1666/NQ-UBTVQH15 (communes). Codes are
those of the General Statistics Office. The areas of the old provinces, 1,584.61 km² (Thái Bình) and 930.20 km² (Hưng
Yên), are the sums over the communes that followed them.
"""

import csv
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from tinhso.kernel.text import clean

from .contracts import NewUnit, Share

FOLDER = Path(__file__).parent / "data"
REFORM = date(2025, 7, 1)
"""First day of the new map (Resolution 202/2025/QH15; Resolution 1666/NQ-UBTVQH15)."""


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (FOLDER / name).open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _number(text: str) -> float | None:
    return float(text) if text else None


def _units(name: str) -> list[NewUnit]:
    return [
        NewUnit(
            code=row["code"],
            name=clean(row["name"]),
            kind=row["kind"],
            level=int(row["level"]),
            parent=row["parent"],
            area_km2=_number(row["area_km2"]),
            lon=_number(row["lon"]),
            lat=_number(row["lat"]),
        )
        for row in _rows(name)
    ]


def units_before() -> list[NewUnit]:
    """Thái Bình's province, 8 districts and 242 communes up to 2025-06-30, and the province of Hưng Yên by itself."""
    return _units("units_until_2025-06-30.csv")


def units_after() -> list[NewUnit]:
    """Hưng Yên's province and 104 communes from 2025-07-01."""
    return _units("units_from_2025-07-01.csv")


def successions() -> list[Share]:
    """What became of Thái Bình's units on 2025-07-01; districts ended without a successor."""
    return [Share(row["old_code"], row["new_code"], float(row["share"])) for row in _rows("succession_2025-07-01.csv")]
