"""Parquet: typed columns in row groups, geometry as GeoParquet has it (WKB, version 1.1)."""

import binascii
import io
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from ..shape import Field
from .selection import SYSTEM, Selection, copied

GROUP = 4 * 1024 * 1024
"""Bytes of CSV that become a row group: with what is made of them they are all that is in memory at once."""
_BETWEEN = "\x1f"
"""Stands between the codes of a list while they cross; no code has it."""
_SHAPES = {"point": ["Point"], "line": ["MultiLineString"], "polygon": ["MultiPolygon"], "any": []}


@dataclass(frozen=True, slots=True)
class _Column:
    """A column of the file: its SQL, the type that its CSV is read by, and what makes the column of that."""

    field: Any
    sql: str
    read: Any
    become: Callable[[Any, Any], Any] = lambda cells, kind: cells


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
    """PostgreSQL writes its rows as CSV, and Arrow reads that into columns: no value becomes an object of Python on the
    way. An empty field is none, a quoted one an empty text."""
    import pyarrow as pa  # 60 MB that only who asks for this format pays
    from pyarrow.parquet import ParquetWriter

    columns = [*_system(pa), *(_column(pa, f) for f in chosen.fields)]
    schema = pa.schema([column.field for column in columns], metadata=_geo(chosen))
    query = f"COPY (SELECT {', '.join(column.sql for column in columns)} {chosen.rows}) TO STDOUT WITH (FORMAT csv)"
    sink = _Sink()
    with ParquetWriter(sink, schema, compression="zstd") as writer:
        for text in copied(query, chosen.params, size=GROUP):
            writer.write_table(_table(pa, text, columns, schema))
            yield sink.taken()
    yield sink.taken()


def _table(pa: Any, text: bytes, columns: Sequence[_Column], schema: Any) -> Any:
    """The rows of a piece of CSV."""
    from pyarrow import csv

    read = csv.read_csv(
        io.BytesIO(text),
        csv.ReadOptions(use_threads=False, column_names=schema.names, block_size=len(text) + 1),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types={column.field.name: column.read for column in columns},
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    ).combine_chunks()
    found = [column.become(read[at].combine_chunks(), column.field.type) for at, column in enumerate(columns)]
    return pa.Table.from_arrays(found, schema=schema)


def _as_read(cells: Any, kind: Any) -> Any:
    return cells.cast(kind)


def _from_hex(cells: Any, kind: Any) -> Any:
    """Bytes written as hexadecimal text: all of them at once, each half as long as its text."""
    import numpy as np
    import pyarrow as pa

    validity, offsets, data = cells.buffers()
    bounds = np.frombuffer(offsets, np.int32)[cells.offset : cells.offset + len(cells) + 1]
    packed = binascii.unhexlify(memoryview(data)[bounds[0] : bounds[-1]]) if data else b""
    halved = ((bounds - bounds[0]) // 2).astype(np.int32)
    return pa.BinaryArray.from_buffers(kind, len(cells), [validity, pa.py_buffer(halved), pa.py_buffer(packed)])


def _from_joined(cells: Any, kind: Any) -> Any:
    """Codes with `_BETWEEN` between them; an empty text is a list of none."""
    import pyarrow as pa
    from pyarrow import compute

    functions: Any = compute  # made when it is loaded: no type checker knows them
    found = functions.split_pattern(cells, _BETWEEN)
    if not functions.any(functions.equal(cells, "")).as_py():
        return found.cast(kind)
    return pa.array([one if one is None or one != [""] else [] for one in found.to_pylist()], kind)


def _system(pa: Any) -> Iterator[_Column]:
    for name in SYSTEM:
        kind = pa.date32() if name.startswith("valid_") else pa.string()
        yield _Column(pa.field(name, kind), f"t.{name}", kind)


def _column(pa: Any, field: Field) -> _Column:
    """The column as Arrow has it, and the way there."""
    sql, column = field.kind.column(field.options).sql, f't."{field.name}"'
    base = sql.split("(")[0]

    def made(kind: Any, sql: str = column, read: Any = None, become: Callable[[Any, Any], Any] = _as_read) -> _Column:
        return _Column(pa.field(field.name, kind, metadata={"title": field.spec.words}), sql, read or kind, become)

    match base:
        case "numeric":
            precision, scale = map(int, sql[len("numeric(") : -1].split(","))
            return made(pa.decimal128(precision, scale))
        case "geometry":
            return made(pa.binary(), f"encode(ST_AsBinary({column}), 'hex')", pa.string(), _from_hex)
        case "timestamptz":
            micros = f"(extract(epoch FROM {column}) * 1000000)::bigint"
            return made(pa.timestamp("us", tz="UTC"), micros, pa.int64())
        case "text[]":
            joined = f"array_to_string({column}, E'\\x1f')"
            return made(pa.list_(pa.string()), joined, pa.string(), _from_joined)
    return made({"bigint": pa.int64(), "date": pa.date32(), "boolean": pa.bool_()}.get(base, pa.string()))


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
