"""Units, addresses, geometry. Territory says which unit a code or a name means (hooks.py)."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import shapely
from django.utils.translation import gettext as _
from shapely.geometry import shape
from shapely.validation import explain_validity

from ..errors import Invalid
from ..text import clean
from . import hooks
from .base import Column, FieldType, Options, field, text_of
from .text import visible

SRID = 4326


def _unit_code(raw: Any) -> str | None:
    text = clean(visible(raw, 200))
    if not text:
        return None
    if re.fullmatch(r"[0-9]{2,5}", text):
        return text
    known = hooks.look_up("unit")
    found = known.read(text) if known else None
    if found is None:
        raise Invalid(_("Không tìm thấy xã, phường này"))
    return found


def unit_words(code: str) -> str:
    """The name of a unit, or its code where nobody knows it."""
    known = hooks.look_up("unit")
    return (known.display(code) if known else "") or code


def _unit_known(code: Any) -> None:
    known = hooks.look_up("unit")
    if not isinstance(code, str) or not re.fullmatch(r"[0-9]{2,5}", code) or (known and not known.exists(code)):
        raise Invalid(_("Không tìm thấy xã, phường này"))


@field
class Unit(FieldType):
    """The code of an administrative unit on the map of the day of writing; shown by name."""

    name: ClassVar[str] = "unit"
    widget: ClassVar[str] = "unit"

    def column(self, options: Options) -> Column:
        return Column("text", ("{column} ~ '^[0-9]{{2,5}}$'",))

    def json_schema(self, options: Options) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\d{2,5}$"}

    def read(self, raw: Any, options: Options) -> str | None:
        return _unit_code(raw)

    def check(self, value: Any, options: Options) -> None:
        _unit_known(value)

    def display(self, value: Any, options: Options) -> str:
        return unit_words(value) if value else ""

    def to_raw(self, value: Any) -> str:
        return unit_words(value) if value else ""

    def to_cell(self, value: Any, options: Options) -> Any:
        return value or ""


@dataclass(frozen=True, slots=True)
class Address:
    """`unit` is the code of the commune on the map of the day of writing, `line` the rest: house, street, hamlet."""

    unit: str
    line: str


@field
class AddressField(FieldType):
    name: ClassVar[str] = "address"
    widget: ClassVar[str] = "address"
    parts: ClassVar[tuple[str, ...]] = ("line", "unit")

    def column(self, options: Options) -> Column:
        return Column("jsonb", ("{column} ? 'unit'",))

    def json_schema(self, options: Options) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {
                "unit": {"type": "string", "pattern": r"^\d{2,5}$"},
                "line": {"type": "string", "maxLength": 200},
            },
            "required": ["unit"],
            "additionalProperties": False,
        }

    def read(self, raw: Any, options: Options) -> Address | None:
        if isinstance(raw, Address):
            return raw
        if isinstance(raw, Mapping):
            line, unit = clean(visible(raw.get("line"), 1_000)), clean(visible(raw.get("unit"), 400))
            if not line and not unit:
                return None
            if not unit:
                raise Invalid({"unit": [_("Xin nhập xã, phường")]})
            try:
                return Address(_unit_code(unit) or "", line)
            except Invalid as error:
                raise Invalid({"unit": error.errors[""]}) from None
        text = clean(visible(raw, 1_000))
        if not text:
            return None
        known = hooks.look_up("address")
        found = known.read(text) if known else None
        if found is None:
            raise Invalid(_("Không tìm thấy xã, phường trong địa chỉ này"))
        return Address(*found)

    def check(self, value: Any, options: Options) -> None:
        if not isinstance(value, Address):
            raise Invalid(_("Không tìm thấy xã, phường trong địa chỉ này"))
        if len(visible(value.line, 1_000)) > 200:
            raise Invalid({"line": [_("Địa chỉ dài quá 200 ký tự")]})
        _unit_known(value.unit)

    def to_json(self, value: Any) -> Any:
        return {"unit": value.unit, "line": value.line} if value else None

    def from_json(self, data: Any) -> Any:
        if data is None or isinstance(data, Address):
            return data
        if (
            not isinstance(data, Mapping)
            or not isinstance(data.get("unit"), str)
            or not isinstance(data.get("line", ""), str)
        ):
            raise Invalid(_("Không tìm thấy xã, phường trong địa chỉ này"))
        return Address(data["unit"], data.get("line", ""))

    def to_sql(self, value: Any) -> Any:
        return json.dumps(self.to_json(value), ensure_ascii=False) if value else None

    def from_sql(self, value: Any) -> Any:
        return self.from_json(json.loads(value) if isinstance(value, str) else value)

    def display(self, value: Any, options: Options) -> str:
        return ", ".join(part for part in (value.line, unit_words(value.unit)) if part) if value else ""

    def to_raw(self, value: Any) -> Any:
        return {"unit": unit_words(value.unit), "line": value.line} if value else {}


_LAT_LON = re.compile(r"(-?[0-9]{1,3}(?:[.,][0-9]{1,20})?)\s*[;,\s]\s*(-?[0-9]{1,3}(?:[.,][0-9]{1,20})?)")
_POSTGIS = {"point": "Point", "line": "MultiLineString", "polygon": "MultiPolygon", "any": "Geometry"}
_MULTI = {"LineString": shapely.MultiLineString, "Polygon": shapely.MultiPolygon}
_AT = re.compile(r"\[(-?[\d.]+) (-?[\d.]+)")
_MADE_OF = {"point": {"Point"}, "line": {"LineString", "MultiLineString"}, "polygon": {"Polygon", "MultiPolygon"}}


class GeometryOptions(Options):
    shape: Literal["point", "line", "polygon", "any"] = "point"


@field
class Geometry(FieldType):
    """GeoJSON geometry in WGS 84 (RFC 7946), checked for validity; lines and polygons are kept as their Multi kinds, as
    the columns are. A point may be typed as "20.446, 106.336" or "20,446; 106,336" (latitude first, as phones show)."""

    name: ClassVar[str] = "geometry"
    Options = GeometryOptions
    widget: ClassVar[str] = "map"

    def column(self, options: GeometryOptions) -> Column:
        return Column(f"geometry({_POSTGIS[options.shape]},{SRID})", ("ST_IsValid({column})",))

    def json_schema(self, options: GeometryOptions) -> dict[str, Any]:
        kinds = sorted(
            _MADE_OF.get(options.shape, set().union(*_MADE_OF.values()) | {"MultiPoint", "GeometryCollection"})
        )
        return {"type": "object", "properties": {"type": {"enum": kinds}}, "required": ["type"]}

    def read(self, raw: Any, options: GeometryOptions) -> dict[str, Any] | None:
        if raw is None:
            return None
        if isinstance(raw, Mapping):
            return self._geojson(raw, options)
        text = text_of(raw).strip()
        if not text:
            return None
        if len(text) > 2_000_000:
            raise Invalid(_("Hình vẽ quá lớn"))
        if text.startswith("{"):
            try:
                return self._geojson(json.loads(text), options)
            except (ValueError, RecursionError):
                raise Invalid(_("Không đọc được hình GeoJSON này")) from None
        found = _LAT_LON.fullmatch(text)
        if not found:
            raise Invalid(_("Vị trí ghi vĩ độ, kinh độ; ví dụ 20.446, 106.336"))
        lat, lon = (float(part.replace(",", ".")) for part in found.groups())
        return self._geojson({"type": "Point", "coordinates": [lon, lat]}, options)

    def _geojson(self, data: Mapping[str, Any], options: GeometryOptions) -> dict[str, Any]:
        try:
            geometry = shape(dict(data))
            if geometry.is_empty:
                raise Invalid(_("Hình vẽ không có điểm nào"))
            west, south, east, north = geometry.bounds
        except Invalid:
            raise
        except Exception:
            raise Invalid(_("Không đọc được hình GeoJSON này")) from None
        if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
            raise Invalid(_("Toạ độ nằm ngoài trái đất; có thể vĩ độ và kinh độ bị đổi chỗ"))
        if options.shape != "any" and geometry.geom_type not in _MADE_OF[options.shape]:
            raise Invalid(_("Loại hình không đúng: cần điểm, đường hoặc vùng như mục này yêu cầu"))
        if not geometry.is_valid:
            found = _AT.search(explain_validity(geometry))
            place = f"{found[2]}, {found[1]}" if found else "?"
            raise Invalid(_("Hình vẽ không hợp lệ (tự cắt nhau) ở gần %(place)s") % {"place": place})
        if geometry.geom_type in _MULTI:
            geometry = _MULTI[geometry.geom_type]([geometry])
        return json.loads(shapely.to_geojson(shapely.force_2d(geometry)))

    def check(self, value: Any, options: GeometryOptions) -> None:
        if not isinstance(value, Mapping):
            raise Invalid(_("Không đọc được hình GeoJSON này"))
        self._geojson(value, options)

    def from_json(self, data: Any) -> Any:
        return self.read(data, GeometryOptions(shape="any"))

    def to_sql(self, value: Any) -> Any:
        """EWKB as hex, which PostGIS casts to the column's type; no digit is lost."""
        return shapely.to_wkb(shapely.set_srid(shape(value), SRID), hex=True, include_srid=True) if value else None

    def from_sql(self, value: Any) -> Any:
        if value is None or isinstance(value, Mapping):
            return value
        return json.loads(shapely.to_geojson(shapely.from_wkb(value)))

    def display(self, value: Any, options: GeometryOptions) -> str:
        if not value:
            return ""
        if value["type"] == "Point":
            lon, lat = value["coordinates"][:2]
            return f"{lat:.6f}, {lon:.6f}"
        return _("Hình trên bản đồ")

    def to_raw(self, value: Any) -> str:
        if not value:
            return ""
        if value["type"] == "Point":
            lon, lat = value["coordinates"][:2]
            typed = f"{lat!r}, {lon!r}"
            return typed if _LAT_LON.fullmatch(typed) else json.dumps(value)
        return json.dumps(value)

    def to_cell(self, value: Any, options: GeometryOptions) -> Any:
        return self.to_raw(value)
