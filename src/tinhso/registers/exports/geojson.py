"""GeoJSON: one FeatureCollection (RFC 7946), a record a feature, written by PostgreSQL row by row."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid

from ..shape import Field
from .selection import SYSTEM, Selection, copied

DIGITS = 9
"""Decimal places of a degree: a tenth of a millimetre."""


def parts(chosen: Selection) -> Iterator[bytes]:
    """Longitude before latitude in WGS 84, outer rings against the clock (RFC 7946, 3.1.1 and 3.1.6). Raises Invalid,
    before the first byte, for a register without a place that the reader may see."""
    return _parts(chosen, _place(chosen))


def _place(chosen: Selection) -> Field:
    places = [f for f in chosen.fields if f.spec.type == "geometry"]
    drawn = [f for f in places if f.name == chosen.of.definition.map]
    if not places:
        raise Invalid(_("Sổ này không có vị trí trên bản đồ, xin lấy tệp loại khác."))
    return (drawn or places)[0]


def _parts(chosen: Selection, place: Field) -> Iterator[bytes]:
    yield b'{"type":"FeatureCollection","features":[\n'
    said = ", ".join(
        [*(f"t.{name}" for name in SYSTEM if name != "id"), *(_column(f) for f in chosen.fields if f is not place)]
    )
    # More properties than a function takes arguments: a row, and its names, become the object.
    feature = (
        f"json_build_object('type', 'Feature', 'id', t.id, 'geometry', {_geometry(place)},"  # noqa: S608  our own names
        f" 'properties', (SELECT row_to_json(said) FROM (SELECT {said}) said))"
    )
    # JSON has no control characters: with these as quote and delimiter each row comes as it is.
    query = (
        f"COPY (SELECT {feature}::text {chosen.rows})"
        " TO STDOUT WITH (FORMAT csv, QUOTE E'\\x01', ESCAPE E'\\x01', DELIMITER E'\\x02')"
    )
    yield from copied(query, chosen.params, before_row=b",")
    yield b"]}\n"


def _geometry(field: Field) -> str:
    return f'ST_AsGeoJSON(ST_ForcePolygonCCW(t."{field.name}"), {DIGITS})::json'


def _column(field: Field) -> str:
    return f'{_geometry(field)} AS "{field.name}"' if field.spec.type == "geometry" else f't."{field.name}"'
