"""Reading a file of boundaries: GeoJSON or GeoPackage, through GDAL."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

from django.contrib.gis.gdal import CoordTransform, DataSource, GDALException, SpatialReference
from django.contrib.gis.gdal.feature import Feature
from django.contrib.gis.gdal.layer import Layer
from django.contrib.gis.geos import GEOSGeometry, MultiPolygon, Polygon
from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid
from tinhso.kernel.text import fold

from .lexicon import bare
from .models import Unit

DRIVERS = {"GeoJSON", "GPKG"}
WGS84 = 4326


@dataclass(frozen=True, slots=True)
class Found:
    """Units with their boundary, and what the file held besides."""

    geometries: list[tuple[Unit, MultiPolygon]]
    repaired: tuple[str, ...]
    unmatched: tuple[str, ...]
    repeated: tuple[str, ...]


def read(file: Path, units: Sequence[Unit]) -> Found:
    """The boundaries in `file` of `units` (those of one day). Raises Invalid where nothing can be taken."""
    layer = _open(file)
    by_code = {unit.code: unit for unit in units}
    by_name = _only(units, lambda unit: fold(unit.name)) | _only(units, lambda unit: fold(bare(unit.name, unit.kind)))
    code_field = _best_field(layer, by_code)
    name_field = _best_field(layer, by_name, fold)
    if code_field is None and name_field is None:
        raise Invalid(_("Tệp không có mã hay tên đơn vị nào của ngày này. Chưa thay đổi gì."))
    to_wgs84 = CoordTransform(layer.srs, SpatialReference(WGS84)) if layer.srs and layer.srs.srid != WGS84 else None
    found: dict[str, tuple[Unit, MultiPolygon]] = {}
    repaired, unmatched, repeated = [], [], []
    for feature in layer:
        code = _value(feature, code_field)
        unit = by_code.get(code) or by_name.get(fold(_value(feature, name_field)))
        label = " ".join(filter(None, (code, _value(feature, name_field)))) or f"#{feature.fid}"
        geometry, mended = _outline(feature, to_wgs84) if unit else (None, False)
        if unit is None or geometry is None:
            unmatched.append(label)
        elif unit.code in found:
            repeated.append(label)
        else:
            found[unit.code] = (unit, geometry)
            if mended:
                repaired.append(unit.code)
    if not found:
        raise Invalid(_("Không có ranh giới nào trong tệp dùng được. Chưa thay đổi gì."))
    return Found(list(found.values()), tuple(repaired), tuple(unmatched), tuple(repeated))


def area_km2(geometry: MultiPolygon) -> Decimal:
    """Area in km², measured in the zone of UTM 48N (EPSG:32648), which covers the Red River delta."""
    return Decimal(geometry.transform(32648, clone=True).area / 1e6).quantize(Decimal("0.01"))


def _open(file: Path) -> Layer:
    if not file.is_file():
        raise Invalid(_("Không tìm thấy tệp %(file)s.") % {"file": file.name})
    try:
        source = DataSource(str(file.resolve()))
        if source.driver.name not in DRIVERS:
            raise Invalid(_("Chỉ nhận tệp GeoJSON hoặc GeoPackage."))
        layer = max((source[n] for n in range(len(source))), key=len)
    except (GDALException, ValueError) as error:
        raise Invalid(
            _("Không đọc được tệp %(file)s: chỉ nhận GeoJSON hoặc GeoPackage.") % {"file": file.name}
        ) from error
    layer.spatial_filter = None
    return layer


def _only(units: Sequence[Unit], name: Callable[[Unit], str]) -> dict[str, Unit]:
    """Units by a name that only one of them bears."""
    counts = Counter(map(name, units))
    return {name(unit): unit for unit in units if counts[name(unit)] == 1}


def _best_field(layer: Layer, known: dict[str, Unit], key: Callable[[str], str] = str) -> str | None:
    """The field whose values name the most units, whatever it is called."""
    hits = Counter(field for feature in layer for field in layer.fields if key(_value(feature, field)) in known)
    return hits.most_common(1)[0][0] if hits else None


def _value(feature: Feature, field: str | None) -> str:
    if field is None:
        return ""
    value = feature.get(field)
    return "" if value is None else str(value).strip()


def _outline(feature: Feature, to_wgs84: CoordTransform | None) -> tuple[MultiPolygon | None, bool]:
    """The boundary in WGS 84, flat and valid, and whether it had to be mended; None where it encloses nothing."""
    try:
        shape = feature.geom
        if to_wgs84:
            shape.transform(to_wgs84)
        geometry = GEOSGeometry(shape.wkb, srid=WGS84)
    except GDALException:
        return None, False
    mended = not geometry.valid
    if mended:
        geometry = geometry.make_valid()
    polygons = [part for part in _polygons(geometry) if part.area > 0]
    return (MultiPolygon(polygons, srid=WGS84), mended) if polygons else (None, mended)


def _polygons(geometry: GEOSGeometry) -> list[Polygon]:
    if isinstance(geometry, Polygon):
        return [geometry]
    if geometry.num_geom > 1 or geometry.geom_type in {"MultiPolygon", "GeometryCollection"}:
        return [polygon for part in geometry for polygon in _polygons(part)]  # type: ignore[union-attr]
    return []
