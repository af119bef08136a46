"""Parquet: typed columns in row groups, geometry as GeoParquet has it (WKB, version 1.1)."""

import io
import json
from collections.abc import Iterator
from typing import Any

from ..shape import Field
from .selection import SYSTEM, Selection, reading

CELLS = 500_000
"""Cells of a row group: what is in memory at once."""
MOST_ROWS = 50_000
_SHAPES = {"point": ["Point"], "line": ["MultiLineString"], "polygon": ["MultiPolygon"], "any": []}


class _Sink(io.RawIOBase):
    """What pyarrow writes into, taken away after each row group."""

    def __init__(self) -> None:
        self.waiting: list[bytes] = []
        self.written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        block = bytes(data)
        self.waiting.append(block)
        self.written += len(block)
        return len(block)

    def tell(self) -> int:
        return self.written

    def taken(self) -> bytes:
        block = b"".join(self.waiting)
        self.waiting.clear()
        return block


def parts(chosen: Selection) -> Iterator[bytes]:
    import pyarrow as pa  # 60 MB that only who asks for this format pays
    from pyarrow.parquet import ParquetWriter

    columns = [*_system(pa), *(_column(pa, f) for f in chosen.fields)]
    schema = pa.schema([column for column, _sql in columns], metadata=_geo(chosen))
    query = f"SELECT {', '.join(sql for _column, sql in columns)} {chosen.rows}"
    rows = max(1_000, min(MOST_ROWS, CELLS // len(columns)))
    sink = _Sink()
    with reading(query, chosen.params) as cursor, ParquetWriter(sink, schema, compression="zstd") as writer:
        while found := cursor.fetchmany(rows):
            arrays = [
                pa.array(cells, field.type) for cells, field in zip(zip(*found, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(arrays, schema=schema), row_group_size=rows)
            yield sink.taken()
    yield sink.taken()


def _system(pa: Any) -> Iterator[tuple[Any, str]]:
    for name in SYSTEM:
        is_day = name.startswith("valid_")
        yield pa.field(name, pa.date32() if is_day else pa.string()), f"t.{name}{'' if is_day else '::text'}"


def _column(pa: Any, field: Field) -> tuple[Any, str]:
    """The column's Arrow field, and its SQL."""
    sql, column = field.kind.column(field.options).sql, f't."{field.name}"'
    base = sql.split("(")[0]
    if base == "numeric":
        precision, scale = map(int, sql[len("numeric(") : -1].split(","))
        kind = pa.decimal128(precision, scale)
    elif base == "geometry":
        kind, column = pa.binary(), f"ST_AsBinary({column})"
    else:
        kinds = {
            "bigint": pa.int64(),
            "date": pa.date32(),
            "boolean": pa.bool_(),
            "timestamptz": pa.timestamp("us", tz="UTC"),
            "text[]": pa.list_(pa.string()),
        }
        kind = kinds.get(base, pa.string())
        if base in {"jsonb", "uuid"}:
            column = f"{column}::text"
    return pa.field(field.name, kind, metadata={"title": field.spec.words}), column


def _geo(chosen: Selection) -> dict[str, str]:
    """The key `geo` of GeoParquet 1.1; without `crs` coordinates are longitude, latitude in WGS 84 (OGC:CRS84)."""
    places = {
        f.name: {"encoding": "WKB", "geometry_types": _SHAPES[f.options.shape]}
        for f in chosen.fields
        if f.spec.type == "geometry"
    }
    if not places:
        return {}
    on_map = chosen.of.definition.map
    primary = on_map if on_map in places else next(iter(places))
    return {"geo": json.dumps({"version": "1.1.0", "primary_column": primary, "columns": places})}
