"""The province drawn as SVG: cells of communes, shaded in five steps. No tiles, no script; it prints."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import cos, radians
from typing import Any

from tinhso.territory.contracts import MapCell

WIDTH = 1_000
STEPS = 5


@dataclass(frozen=True, slots=True)
class Shape:
    """A cell ready for the template: `path` is SVG's, `shade` 0–5 (0: nothing), `value` what the reader is told."""

    code: str
    name: str
    path: str
    shade: int
    value: float | None


@dataclass(frozen=True, slots=True)
class Drawing:
    width: int
    height: int
    shapes: tuple[Shape, ...]
    approximate: bool
    steps: tuple[float, ...]
    """The upper bounds of the shades, at most STEPS; the last shade is always STEPS."""

    @property
    def legend(self) -> list[tuple[int, float]]:
        """Each shade with its upper bound."""
        return [(shade(step, self.steps), step) for step in self.steps]


def draw(
    cells: Iterable[MapCell], values: Mapping[str, float | None], of: Mapping[str, float | None] | None = None
) -> Drawing | None:
    """Project the cells (equirectangular at their middle latitude) into a box WIDTH wide; None without cells. The
    shades divide `of` where it is given (a day's end, while `values` are an hour's), else the values themselves."""
    cells = list(cells)
    points = [point for cell in cells for ring in _rings(cell.geometry) for point in ring]
    if not points:
        return None
    west, east = min(p[0] for p in points), max(p[0] for p in points)
    south, north = min(p[1] for p in points), max(p[1] for p in points)
    squeeze = cos(radians((south + north) / 2))
    scale = WIDTH / ((east - west) * squeeze)

    def place(lon: float, lat: float) -> str:
        return f"{(lon - west) * squeeze * scale:.1f} {(north - lat) * scale:.1f}"

    steps = _steps([value for value in (of or values).values() if value])
    return Drawing(
        width=WIDTH,
        height=round((north - south) * scale),
        shapes=tuple(
            Shape(
                cell.code,
                cell.name,
                "".join(f"M{'L'.join(place(*p[:2]) for p in ring)}Z" for ring in _rings(cell.geometry)),
                shade(values.get(cell.code), steps),
                values.get(cell.code),
            )
            for cell in cells
        ),
        approximate=any(cell.approximate for cell in cells),
        steps=steps,
    )


def shade(value: float | None, steps: tuple[float, ...]) -> int:
    """0 for nothing, else the shade whose bound is the first that `value` does not pass."""
    if not value:
        return 0
    return STEPS - sum(value <= step for step in steps[:-1])


def _rings(geometry: Mapping[str, Any]) -> list[list[list[float]]]:
    polygons = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
    return [ring for polygon in polygons for ring in polygon]


def _steps(values: list[float]) -> tuple[float, ...]:
    """Upper bounds that put as many communes into each shade."""
    ranked = sorted(values)
    if not ranked:
        return ()
    return tuple(dict.fromkeys(ranked[max(0, round(len(ranked) * n / STEPS) - 1)] for n in range(1, STEPS + 1)))
