"""Layers of maps: GeoPackage and small GeoJSON through GDAL, big GeoJSON streamed; places come out in WGS 84.

Vietnamese survey data is in VN-2000 (EPSG:3405, 3406, 4756 and the provinces' zones of 3°, such as 9210); axes are
taken as x then y, as every program writes them, whatever the register of coordinate systems says.
"""

import json
import re
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from django.contrib.gis.gdal import AxisOrder, CoordTransform, DataSource, GDALException, SpatialReference, SRSException
from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid

from . import habits, limits
from .layout import unique
from .model import GEOMETRY, FileRow, Source, Table

_WGS84 = 4326
UNKNOWN = (GDALException, SRSException)
"""What GDAL raises, which knows two families of troubles."""
_CHUNK = 1024 * 1024
_EPSG = re.compile(r"(?:EPSG:{1,2}|EPSG/0/)(?:[\d.]*:)?(\d{4,6})|CRS:?84|OGC:1\.3:CRS84", re.IGNORECASE)


def _system(code: int | str) -> SpatialReference:
    return SpatialReference(code, axis_order=AxisOrder.TRADITIONAL)


def open_package(path: Path) -> Source:
    """The layers of a GeoPackage that have features. Raises Invalid in words."""
    try:
        with _opened(path) as source:
            found = [source[n] for n in range(source.layer_count)]
            layers = [(n, x.name, list(x.fields), x.num_feat, x.srs) for n, x in enumerate(found)]
    except (*UNKNOWN, UnicodeError, ValueError):
        raise _broken() from None
    tables = []
    for place, name, fields, count, srs in layers[: limits.MOST_TABLES]:
        if not count:
            continue
        columns = unique([*fields, GEOMETRY])
        reader = _PackageReader(path, place, len(fields))
        known = habits.learn(columns, (row.cells for _n, row in zip(range(limits.HEAD_ROWS), reader(0), strict=False)))
        reader.known = known
        tables.append(
            Table(
                key=name,
                title=name,
                columns=tuple(columns),
                first_row=1,
                rows_estimate=count,
                notes=(*_system_note(srs), *known.notes),
                reader=reader,
            )
        )
    if not tables:
        raise Invalid(_("Tệp bản đồ không có lớp nào chứa đối tượng."))
    return Source("gpkg", tuple(tables), "", "", "", ())


@contextmanager
def _opened(path: Path) -> Iterator[DataSource]:
    """The file under a name that ends as GDAL expects of a GeoPackage."""
    with tempfile.TemporaryDirectory() as folder:
        link = Path(folder) / "layers.gpkg"
        link.symlink_to(path.resolve())
        yield DataSource(str(link))


def _system_note(srs: SpatialReference | None) -> list[str]:
    if srs is None:
        return [_("không ghi hệ toạ độ; được đọc là WGS 84")]
    if _is_wgs84(srs):
        return []
    if _turn(srs) is None:
        return [_("không rõ hệ toạ độ “%(system)s”; được đọc là WGS 84") % {"system": srs.name or "?"}]
    return [_("toạ độ hệ “%(system)s” được chuyển sang WGS 84") % {"system": srs.name or srs.srid}]


def _is_wgs84(srs: SpatialReference) -> bool:
    try:
        return srs.srid == _WGS84
    except (*UNKNOWN, TypeError, ValueError):
        return False


def _turn(srs: SpatialReference) -> CoordTransform | None:
    """From a system to WGS 84; None where nobody knows how ("undefined" of a GeoPackage)."""
    try:
        return CoordTransform(_system(srs.wkt), _system(_WGS84))
    except UNKNOWN:
        return None


class _PackageReader:
    def __init__(self, path: Path, layer: int, fields: int) -> None:
        self._path, self._layer, self._fields = path, layer, fields
        self.known: habits.Habits | None = None

    def __call__(self, after: int) -> Iterator[FileRow]:
        try:
            with _opened(self._path) as source:
                yield from self._rows(source[self._layer], after)
        except (*UNKNOWN, UnicodeError):
            raise _broken() from None

    def _rows(self, layer: Any, after: int) -> Iterator[FileRow]:
        turn = None
        if layer.srs is not None and not _is_wgs84(layer.srs):
            turn = _turn(layer.srs)
        for number, feature in enumerate(layer, 1):
            if number <= after:
                continue
            cells: list[Any] = [_plain(feature[n].value) for n in range(self._fields)]
            if self.known:
                cells = self.known.mend(cells)
            yield FileRow(number, (*cells, _place(feature, turn)))


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return None if value == "" else value


def _place(feature: Any, turn: CoordTransform | None) -> dict[str, Any] | None:
    try:
        geometry = feature.geom
    except UNKNOWN:
        return None
    if geometry is None or geometry.empty:
        return None
    if turn is not None:
        geometry.transform(turn)
    return json.loads(geometry.json)


def open_geojson(path: Path, name: str) -> Source:
    """A GeoJSON collection (RFC 7946; the older `crs` member is honoured), streamed. Raises Invalid in words."""
    head = _head(path)
    code = _crs(head)
    names: dict[str, None] = {}
    count = 0
    sample = []
    for feature in _features(path):
        count += 1
        if count > limits.HEAD_ROWS:
            break
        names |= dict.fromkeys(_properties(feature))
        sample.append(feature)
    if not count:
        raise Invalid(_("Tệp bản đồ không có lớp nào chứa đối tượng."))
    keys = list(names)[: limits.MOST_COLUMNS]
    columns = unique([*keys, GEOMETRY])
    reader = _JsonReader(path, keys, code)
    rows = [[_flat(_properties(f).get(key)) for key in keys] for f in sample]
    reader.known = habits.learn(columns, rows)
    estimate = count
    if count > limits.HEAD_ROWS:
        size = sum(len(json.dumps(f, ensure_ascii=False).encode()) for f in sample[:200]) / len(sample[:200])
        estimate = max(count, int(path.stat().st_size / max(1.0, size)))
    title = Path(name).stem
    srs = _system(code) if code else None
    notes = [*(_system_note(srs) if srs else []), *reader.known.notes]
    table = Table(title, title, tuple(columns), 1, estimate, tuple(notes), reader)
    return Source("geojson", (table,), "UTF-8", "", reader.known.decimal, ())


def _head(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(65_536).decode("utf-8", "replace")


def _crs(head: str) -> int:
    """The EPSG code of a `crs` member before the features; 0 where there is none. Raises Invalid where unknown."""
    before = head.split('"features"', maxsplit=1)[0]
    if '"crs"' not in before:
        return 0
    found = _EPSG.search(before)
    if found is None:
        raise Invalid(_("Không biết hệ toạ độ của tệp bản đồ; xin xuất lại theo WGS 84."))
    try:
        code = int(found[1] or _WGS84)
        _system(code)
    except (*UNKNOWN, TypeError, ValueError):
        raise Invalid(_("Không biết hệ toạ độ của tệp bản đồ; xin xuất lại theo WGS 84.")) from None
    return code


class _JsonReader:
    def __init__(self, path: Path, keys: list[str], code: int) -> None:
        self._path, self._keys, self._code = path, keys, code
        self.known = habits.Habits(())

    def __call__(self, after: int) -> Iterator[FileRow]:
        turn = CoordTransform(_system(self._code), _system(_WGS84)) if self._code not in {0, _WGS84} else None
        for number, feature in enumerate(_features(self._path), 1):
            if number <= after:
                continue
            properties = _properties(feature)
            cells = self.known.mend([_flat(properties.get(key)) for key in self._keys])
            geometry = feature.get("geometry")
            if turn is not None and geometry:
                geometry = _turned(geometry, turn, number)
            yield FileRow(number, (*cells, geometry or None))


def _turned(geometry: dict[str, Any], turn: CoordTransform, number: int) -> dict[str, Any]:
    from django.contrib.gis.gdal import OGRGeometry

    try:
        found = OGRGeometry(json.dumps(geometry))
        found.transform(turn)
        return json.loads(found.json)
    except (*UNKNOWN, ValueError):
        raise Invalid(_("Đối tượng thứ %(number)d có hình không đọc được.") % {"number": number}) from None


def _properties(feature: dict[str, Any]) -> dict[str, Any]:
    """The properties of a feature; none where they are no object, as RFC 7946 wants it."""
    found = feature.get("properties")
    return found if isinstance(found, dict) else {}


def _flat(value: Any) -> Any:
    """A property as a cell: lists and mappings as their JSON."""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return None if value == "" else value


def _features(path: Path) -> Iterator[dict[str, Any]]:
    """The features one after the other, each parsed by itself; a single feature is one."""
    decoder = json.JSONDecoder()
    with closing(path.open("r", encoding="utf-8-sig")) as file:
        try:
            buffer = file.read(_CHUNK)
            start = re.search(r'"features"\s*:\s*\[', buffer)
            while start is None and len(buffer) < limits.LARGEST_FEATURE and (more := file.read(_CHUNK)):
                buffer += more
                start = re.search(r'"features"\s*:\s*\[', buffer)
            if start is None:
                yield from _single(buffer)
                return
            place = start.end()
            while True:
                place = _skip(buffer, place)
                while place >= len(buffer) and (more := file.read(_CHUNK)):
                    buffer, place = more, _skip(more, 0)
                if place >= len(buffer):
                    raise _cut()
                if buffer[place] == "]":
                    return
                try:
                    feature, place = decoder.raw_decode(buffer, place)
                except ValueError:
                    more = file.read(max(_CHUNK, len(buffer) - place))
                    if not more or len(buffer) - place > limits.LARGEST_FEATURE:
                        raise _cut() from None
                    buffer, place = buffer[place:] + more, 0
                    continue
                if not isinstance(feature, dict) or feature.get("type") != "Feature":
                    raise _cut()
                yield feature
        except (UnicodeDecodeError, RecursionError):
            raise _cut() from None


def _skip(buffer: str, place: int) -> int:
    while place < len(buffer) and buffer[place] in " \t\r\n,":
        place += 1
    return place


def _single(text: str) -> Iterator[dict[str, Any]]:
    try:
        found = json.loads(text)
    except ValueError:
        raise _cut() from None
    if not isinstance(found, dict):
        raise _cut()
    if found.get("type") == "Feature":
        yield found
    elif "coordinates" in found or "geometries" in found:
        yield {"type": "Feature", "properties": {}, "geometry": found}
    else:
        raise Invalid(_("Tệp là JSON nhưng không phải bản đồ GeoJSON; xin gửi CSV, XLSX hoặc GeoJSON."))


def _cut() -> Invalid:
    return Invalid(_("Tệp GeoJSON hỏng hoặc bị cắt ngang; xin xuất lại rồi gửi."))


def _broken() -> Invalid:
    return Invalid(_("Không mở được tệp bản đồ này: tệp hỏng hoặc không phải GeoPackage."))
