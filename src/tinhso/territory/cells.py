"""Outlines to draw: imported boundaries, or Voronoi cells of the units' inner points where there are none."""

import json

import shapely
from shapely.geometry.base import BaseGeometry

from .atlas import Map
from .contracts import MapCell
from .models import Unit

_REACH = 0.035
"""How far, in degrees (about 3.7 km), the hull of the inner points is widened to stand for the province's outline."""


def cells(of: Map, level: int, tolerance: float) -> tuple[MapCell, ...]:
    """One cell for each unit of `level` that has a boundary or an inner point, by code."""
    if (level, tolerance) not in of.cells:
        of.cells[level, tolerance] = _draw(of, level, tolerance)
    return of.cells[level, tolerance]


def _draw(of: Map, level: int, tolerance: float) -> tuple[MapCell, ...]:
    units = {unit.code: unit for unit in of.units.values() if unit.level == level}
    rows = Unit.objects.filter(valid__contains=of.since, level=level).exclude(geometry=None)
    known = {row.code: shapely.from_wkb(bytes(row.geometry.wkb)) for row in rows.only("code", "geometry")}
    points = {
        code: shapely.Point(unit.lon, unit.lat)
        for code, unit in units.items()
        if unit.lon is not None and unit.lat is not None
    }
    shapes: dict[str, BaseGeometry] = dict(known)
    if points.keys() - known.keys():
        taken = shapely.union_all(list(known.values())) if known else None
        for code, cell in _voronoi(points).items():
            if code not in known:
                shapes[code] = shapely.difference(cell, taken) if taken else cell
    codes = sorted(code for code, shape in shapes.items() if not shape.is_empty)
    simpler = shapely.coverage_simplify([shapes[code] for code in codes], tolerance) if codes else []
    return tuple(
        MapCell(code, units[code].name, json.loads(shapely.to_geojson(_rounded(shape))), approximate=code not in known)
        for code, shape in zip(codes, simpler, strict=True)
    )


def _voronoi(points: dict[str, shapely.Point]) -> dict[str, BaseGeometry]:
    """The cell of each point within the widened hull of all."""
    outline = shapely.buffer(shapely.convex_hull(shapely.MultiPoint(list(points.values()))), _REACH, quad_segs=4)
    if len(set(points.values())) < len(points) or len(points) == 1:
        return dict.fromkeys(points, outline) if len(points) == 1 else _voronoi(_apart(points))
    drawn = shapely.voronoi_polygons(
        shapely.MultiPoint(list(points.values())), extend_to=outline, ordered=True, only_edges=False
    )
    return {code: shapely.intersection(cell, outline) for code, cell in zip(points, drawn.geoms, strict=True)}


def _apart(points: dict[str, shapely.Point]) -> dict[str, shapely.Point]:
    """Points that coincide, moved about 10 m aside, so that each has a cell."""
    taken: set[tuple[float, float]] = set()
    moved = {}
    for code, point in points.items():
        x, y = point.x, point.y
        while (x, y) in taken:
            x += 0.0001
        taken.add((x, y))
        moved[code] = shapely.Point(x, y)
    return moved


def _rounded(shape: BaseGeometry) -> BaseGeometry:
    """Five decimals of a degree: a metre."""
    return shapely.set_precision(shape, 1e-5, mode="pointwise")
