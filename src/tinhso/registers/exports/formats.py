"""The formats that a register leaves in."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from . import csv, geojson, parquet, xlsx
from .selection import Selection


@dataclass(frozen=True, slots=True)
class Format:
    """`parts` makes the file piece by piece; `ends` is the ending of its name."""

    ends: str
    media_type: str
    parts: Callable[[Selection], Iterator[bytes]]


FORMATS = {
    found.ends: found
    for found in (
        Format("csv", "text/csv; charset=utf-8", csv.parts),
        Format("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", xlsx.parts),
        Format("parquet", "application/vnd.apache.parquet", parquet.parts),
        Format("geojson", "application/geo+json", geojson.parts),
    )
}
