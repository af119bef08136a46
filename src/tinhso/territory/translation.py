"""Carrying figures from one map to another.

Each value flows along the successions, reform by reform; where one unit became several, or several became one and
the way is backward, the flow is divided. What no succession carries is kept apart as lost: nothing disappears.
"""

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from typing import Literal, NamedTuple

from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid

from .atlas import Atlas, Map
from .contracts import HOW, Translation, UnitRef

Kind = Literal["sum", "count", "rate"]
GROUNDS = tuple(HOW)


class Piece(NamedTuple):
    """`fraction` of the value goes to `code`, or is lost there."""

    code: str
    fraction: float
    how: str
    lost: bool = False


def translate(
    atlas: Atlas,
    values: Mapping[str, float],
    from_date: date,
    to_date: date,
    kind: Kind = "sum",
    *,
    weights: Mapping[str, float] | None = None,
    level: int | None = None,
) -> Translation:
    """See `queries.translate`."""
    for code, value in values.items():
        _check(code, value, kind, weights)
    split_by = weights if kind != "rate" else None
    target = atlas.map(to_date)
    how: dict[str, str] = {}
    exact = True
    inflow: dict[str, list[tuple[float, float]]] = defaultdict(list)
    lost: dict[str, float] = defaultdict(float)
    for source, value in values.items():
        pieces = _roll_up(target, pieces_of(atlas, source, from_date, to_date, split_by), level)
        for piece, amount in zip(pieces, _amounts(value, pieces, kind), strict=True):
            if piece.lost:
                lost[piece.code] = value if kind == "rate" else lost[piece.code] + amount
                continue
            exact = exact and piece.how == "full"
            how[piece.code] = max(how.get(piece.code, "full"), piece.how, key=GROUNDS.index)
            weight = weights[source] * piece.fraction if kind == "rate" and weights else 1.0
            inflow[piece.code].append((amount, weight))
    carried: dict[str, float] = {}
    for code, parts in inflow.items():
        if kind != "rate":
            carried[code] = math.fsum(amount for amount, _w in parts)
            continue
        total = math.fsum(weight for _a, weight in parts)
        if not total:  # nobody to count: the plain mean stands, and says that it is a guess
            how[code], exact = "equal", False
            carried[code] = math.fsum(amount for amount, _w in parts) / len(parts)
        else:
            carried[code] = math.fsum(amount * weight for amount, weight in parts) / total
    return Translation(values=carried, exact=exact, how=how, lost=dict(lost))


def _check(code: str, value: float, kind: Kind, weights: Mapping[str, float] | None) -> None:
    if not math.isfinite(value):
        raise Invalid({code: [_("Giá trị không phải là số")]})
    if kind == "count" and value != int(value):
        raise Invalid({code: [_("Số đếm phải là số nguyên")]})
    if kind == "rate" and (not weights or not weights.get(code, -1) >= 0):
        raise Invalid({code: [_("Tỷ lệ cần có mẫu số của đơn vị này để gộp")]})


def pieces_of(
    atlas: Atlas, code: str, from_date: date, to_date: date, weights: Mapping[str, float] | None = None
) -> tuple[Piece, ...]:
    """Where one unit's value of `from_date` goes on the map of `to_date`; the fractions add up to 1."""
    source, target = atlas.map(from_date), atlas.map(to_date)
    key = (code, source.since, target.since)
    if weights is None and key in atlas.translations:
        return atlas.translations[key]
    if code not in source.units:
        return (Piece(code, 1.0, "full", lost=True),)
    pieces: tuple[Piece, ...] = (Piece(code, 1.0, "full"),)
    if source.since <= target.since:
        for on in (day for day in atlas.reforms if source.since < day <= target.since):
            pieces = _step(pieces, lambda unit, on=on: _forward(atlas, unit, on, weights))
    else:
        for on in (day for day in reversed(atlas.reforms) if target.since < day <= source.since):
            pieces = _step(pieces, lambda unit, on=on: _backward(atlas, unit, on, weights))
    pieces = _merge(piece if piece.code in target.units else piece._replace(lost=True) for piece in pieces)
    if weights is None:
        atlas.translations[key] = pieces
    return pieces


def _step(pieces: tuple[Piece, ...], go: Callable[[str], tuple[Piece, ...]]) -> tuple[Piece, ...]:
    found: list[Piece] = []
    for piece in pieces:
        if piece.lost:
            found.append(piece)
            continue
        for part in go(piece.code):
            how = max(piece.how, part.how, key=GROUNDS.index)
            found.append(Piece(part.code, piece.fraction * part.fraction, how, part.lost))
    return tuple(found)


def _forward(atlas: Atlas, code: str, on: date, weights: Mapping[str, float] | None) -> tuple[Piece, ...]:
    ground = atlas.becomes(code, on)
    if ground:
        total = math.fsum(share for _c, share in ground)
        return tuple(Piece(new, share / total, "full" if len(ground) == 1 else "share") for new, share in ground)
    return _through_children(atlas.before(on), code, weights, lambda child: _forward(atlas, child, on, weights))


def _backward(atlas: Atlas, code: str, on: date, weights: Mapping[str, float] | None) -> tuple[Piece, ...]:
    ground = atlas.came_from(code, on)
    if ground:
        before = atlas.before(on)
        return _divide([(before.units[old], share) for old, share in ground], weights)
    return _through_children(atlas.map(on), code, weights, lambda child: _backward(atlas, child, on, weights))


def _through_children(
    of: Map, code: str, weights: Mapping[str, float] | None, go: Callable[[str], tuple[Piece, ...]]
) -> tuple[Piece, ...]:
    """A unit that no succession names (an old district) goes where its children go."""
    children = of.children.get(code, ())
    if not children:
        return (Piece(code, 1.0, "full", lost=True),)
    return _step(_divide([(child, 1.0) for child in children], weights), go)


def _divide(units: list[tuple[UnitRef, float]], weights: Mapping[str, float] | None) -> tuple[Piece, ...]:
    """Divide 1 among units by what is asked for, else population, else area, else equally."""
    if len(units) == 1:
        return (Piece(units[0][0].code, 1.0, "full"),)
    for how, measure in (
        ("weights", lambda unit: weights.get(unit.code) if weights else None),
        ("population", lambda unit: unit.population),
        ("area", lambda unit: unit.area_km2),
        ("equal", lambda unit: 1.0),
    ):
        parts = [size * share for unit, share in units if (size := measure(unit)) is not None and size >= 0]
        if len(parts) < len(units):
            continue
        total = math.fsum(parts)
        if total > 0:
            return tuple(
                Piece(unit.code, part / total, how) for (unit, _s), part in zip(units, parts, strict=True) if part
            )
    return ()


def _merge(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """One piece a code. What comes together whole again was never divided."""
    together: dict[tuple[str, bool], list[Piece]] = defaultdict(list)
    for piece in pieces:
        together[piece.code, piece.lost].append(piece)
    merged = [
        Piece(code, math.fsum(p.fraction for p in parts), max((p.how for p in parts), key=GROUNDS.index), lost)
        for (code, lost), parts in together.items()
    ]
    if len(merged) == 1:
        return (merged[0]._replace(fraction=1.0, how="full"),)
    return tuple(merged)


def _roll_up(target: Map, pieces: tuple[Piece, ...], level: int | None) -> tuple[Piece, ...]:
    if level is None:
        return pieces
    moved = []
    for piece in pieces:
        above = None if piece.lost else target.at_level(piece.code, level)
        moved.append(piece._replace(code=above) if above else piece._replace(lost=True))
    return _merge(moved)


def _amounts(value: float, pieces: tuple[Piece, ...], kind: Kind) -> list[float]:
    """The value's parts. They add up to it: for counts by largest remainders, so that each part is whole."""
    if kind == "rate":
        return [value] * len(pieces)
    if len(pieces) == 1:
        return [value]
    parts = [value * piece.fraction for piece in pieces]
    if kind == "sum":
        largest = max(range(len(parts)), key=lambda n: pieces[n].fraction)
        parts[largest] += value - math.fsum(parts)
        return parts
    whole = [math.floor(part) for part in parts]
    left = int(value) - sum(whole)
    for n in sorted(range(len(parts)), key=lambda n: (whole[n] - parts[n], pieces[n].code))[:left]:
        whole[n] += 1
    return [float(part) for part in whole]
