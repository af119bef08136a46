"""Verbs: the only code that writes the map."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from decimal import Decimal
from math import fsum
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.contrib.gis.geos import Point
from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils.translation import gettext as _

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid
from tinhso.kernel.text import clean

from . import boundaries, facts
from .atlas import forget
from .contracts import TERRITORY_CHANGED, BoundaryReport, NewUnit, Share
from .models import KINDS, Revision, Succession, Unit
from .policy import check_edit

__all__ = ["import_boundaries", "load_facts", "record_reform"]


def load_facts(actor: Actor) -> int:
    """Bring the facts of data/*.csv into the database; returns how many rows were added or corrected.

    May be run at every start: what is there stays as it is, and boundaries, populations and later reforms are kept.
    """
    check_edit(actor)
    with transaction.atomic():
        _one_writer()
        stored = {(unit.code, unit.valid.lower): unit for unit in Unit.objects.defer("geometry", "search")}
        said = [(fact, None, facts.REFORM) for fact in facts.units_before()]
        said += [(fact, facts.REFORM, None) for fact in facts.units_after()]
        new = [_unit(fact, since, until) for fact, since, until in said if (fact.code, since) not in stored]
        Unit.objects.bulk_create(new)
        changed = len(new)
        changed += sum(
            _correct(stored[fact.code, since], fact) for fact, since, _until in said if (fact.code, since) in stored
        )
        known = set(Succession.objects.filter(on=facts.REFORM).values_list("old_code", "new_code"))
        missing = [share for share in facts.successions() if (share.old, share.new) not in known]
        Succession.objects.bulk_create(_succession(facts.REFORM, share) for share in missing)
        changed += len(missing)
        if changed:
            _changed(actor, "load-facts", facts.REFORM, rows=changed)
    return changed


def _correct(row: Unit, fact: NewUnit) -> bool:
    """Bring a stored unit to what the facts say of it; whether anything was written."""
    said: dict[str, Any] = {"name": fact.name, "kind": fact.kind, "level": fact.level, "parent": fact.parent}
    if fact.area_km2 is not None:
        said["area_km2"] = _area(fact)
    differs = {key: value for key, value in said.items() if getattr(row, key) != value}
    if row.centroid is None and fact.lon is not None:
        differs["centroid"] = _point(fact)
    if differs:
        Unit.objects.filter(pk=row.pk).update(**differs)
    return bool(differs)


def record_reform(
    actor: Actor,
    on: date,
    units: Sequence[NewUnit] = (),
    shares: Sequence[Share] = (),
    *,
    ended: Iterable[str] = (),
    source: str = "",
) -> None:
    """Record that from the day `on` the map is another one.

    `units` begin that day. Each old unit of `shares` ends, unless a share of it goes to its own code and no new unit
    takes that code: then it goes on, smaller or larger. `ended` names units that end without a successor (a tier that
    is abolished). `source` names the resolution. The shares of an old unit add up to 1.

    Raises Invalid with a message a code, Conflict where a change of a later day is already recorded for a unit,
    Forbidden without `territory.edit`.
    """
    check_edit(actor)
    with transaction.atomic():
        _one_writer()
        current = {u.code: u for u in Unit.objects.filter(valid__contains=on).defer("geometry", "search")}
        begins = {unit.code for unit in units}
        goes_on = {share.new for share in shares} - begins
        ends = ({share.old for share in shares} | set(ended) | begins & current.keys()) - goes_on
        _check_shares(on, shares, ends | set(ended), current)
        _check_units(units, shares, current, ends)
        _check_later(on, begins, [current[code] for code in ends])
        for code in sorted(ends):
            unit = current[code]
            Unit.objects.filter(pk=unit.pk).update(valid=DateRange(unit.valid.lower, on))
        Unit.objects.bulk_create(_unit(unit, on, None) for unit in units)
        Succession.objects.bulk_create(_succession(on, share) for share in shares)
        _changed(actor, "record-reform", on, begin=sorted(begins), end=sorted(ends), source=source)


def _check_shares(on: date, shares: Sequence[Share], ends: set[str], current: dict[str, Unit]) -> None:
    """What a reform says of the old units."""
    errors: dict[str, list[str]] = defaultdict(list)
    parts: dict[str, list[float]] = defaultdict(list)
    for share in shares:
        parts[share.old].append(share.share)
    for code in sorted(parts.keys() | ends):
        if code not in current or current[code].valid.lower == on:
            errors[code].append(_("Không có đơn vị này vào ngày trước khi sắp xếp"))
    for code, portions in parts.items():
        if not all(0 < portion <= 1 for portion in portions):
            errors[code].append(_("Tỷ lệ phải lớn hơn 0 và không quá 1"))
        elif abs(fsum(portions) - 1) > 1e-6:
            errors[code].append(_("Các tỷ lệ của một đơn vị cũ phải cộng lại bằng 1"))
    if len({(share.old, share.new) for share in shares}) < len(shares):
        errors[""].append(_("Có cặp đơn vị cũ và mới được nêu hai lần"))
    if errors:
        raise Invalid(errors)


def _check_units(units: Sequence[NewUnit], shares: Sequence[Share], current: dict[str, Unit], ends: set[str]) -> None:
    """What a reform says of the map that it leaves."""
    errors: dict[str, list[str]] = defaultdict(list)
    begins = {unit.code for unit in units}
    stay = current.keys() - ends
    for code in sorted({share.new for share in shares} - stay - begins):
        errors[code].append(_("Không có đơn vị này từ ngày sắp xếp"))
    for code in sorted({current[code].parent for code in stay} & ends - begins):
        errors[code].append(_("Đơn vị này còn đơn vị trực thuộc"))
    for unit in units:
        if unit.kind not in KINDS:
            errors[unit.code].append(_("Loại đơn vị không được biết"))
        if unit.parent and unit.parent not in stay | begins:
            errors[unit.code].append(_("Không có đơn vị cấp trên từ ngày sắp xếp"))
        if not clean(unit.name):
            errors[unit.code].append(_("Xin nhập tên đơn vị"))
        if (unit.lon is None) != (unit.lat is None) or abs(unit.lon or 0) > 180 or abs(unit.lat or 0) > 90:
            errors[unit.code].append(_("Toạ độ không đúng"))
    if len(begins) < len(units):
        errors[""].append(_("Có mã đơn vị mới được nêu hai lần"))
    if errors:
        raise Invalid(errors)


def _check_later(on: date, begins: set[str], ending: Iterable[Unit]) -> None:
    """Reforms are recorded in the order of their days: what is recorded for a later day is not undone."""
    later = {unit.code for unit in ending if unit.valid.upper}
    later |= set(Unit.objects.filter(code__in=begins, valid__startswith__gt=on).values_list("code", flat=True))
    if later:
        names = ", ".join(sorted(later))
        raise Conflict(_("Đơn vị %(codes)s đã có thay đổi ghi nhận cho ngày sau đó. Chưa ghi gì.") % {"codes": names})


def import_boundaries(actor: Actor, file: Path, at: date) -> BoundaryReport:
    """Take the boundaries of the units in force on `at` from a GeoJSON or GeoPackage file.

    Features are matched by code, else by name; each geometry is brought to WGS 84 and made valid. A unit's inner point
    and area are taken from its boundary where the facts have none. Raises Invalid where the file cannot be read or
    matches no unit, Forbidden without `territory.edit`.
    """
    check_edit(actor)
    with transaction.atomic():
        _one_writer()
        units = list(Unit.objects.filter(valid__contains=at).defer("geometry", "search"))
        found = boundaries.read(file, units)
        for unit, geometry in found.geometries:
            unit.geometry = geometry
            unit.centroid = unit.centroid or geometry.point_on_surface
            unit.area_km2 = unit.area_km2 or boundaries.area_km2(geometry)
        Unit.objects.bulk_update([unit for unit, _g in found.geometries], ["geometry", "centroid", "area_km2"])
        levels = {unit.level for unit, _g in found.geometries}
        bare = Unit.objects.filter(valid__contains=at, level__in=levels, geometry=None)
        report = BoundaryReport(
            matched=tuple(sorted(unit.code for unit, _g in found.geometries)),
            repaired=found.repaired,
            unmatched=found.unmatched,
            repeated=found.repeated,
            missing=tuple(bare.order_by("code").values_list("code", flat=True)),
        )
        _changed(actor, "import-boundaries", at, file=file.name, matched=len(report.matched))
    return report


def _unit(fact: NewUnit, since: date | None, until: date | None) -> Unit:
    return Unit(
        code=fact.code,
        name=clean(fact.name),
        kind=fact.kind,
        level=fact.level,
        parent=fact.parent,
        valid=DateRange(since, until),
        area_km2=_area(fact),
        population=fact.population,
        centroid=_point(fact),
    )


def _area(fact: NewUnit) -> Decimal | None:
    return None if fact.area_km2 is None else Decimal(str(fact.area_km2)).quantize(Decimal("0.01"))


def _point(fact: NewUnit) -> Point | None:
    return None if fact.lon is None or fact.lat is None else Point(fact.lon, fact.lat, srid=4326)


def _succession(on: date, share: Share) -> Succession:
    portion = Decimal(str(share.share)).quantize(Decimal("0.00000001"))
    extent = "full" if portion == 1 else "part"
    return Succession(on=on, old_code=share.old, new_code=share.new, share=portion, extent=extent)


def _one_writer() -> None:
    """Changes of the map follow one another, since each is checked against the whole of it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tinhso.territory'))")


def _changed(actor: Actor, what: str, on: date, **data: Any) -> None:
    """Audit, event and the new stamp; this process forgets its copy now and again once others may see the change."""
    Revision.objects.update_or_create(id=1, defaults={"stamp": uuid4()})
    audit.record(actor, f"territory.{what}", "territory:map", on=on.isoformat(), **data)
    events.publish(actor, TERRITORY_CHANGED, "territory:map", **{"what": what, "from": on.isoformat()})
    forget()
    transaction.on_commit(forget)
