"""How a column of PostgreSQL stands in Parquet: nothing is rounded, cut or guessed."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
from django.db import connection

from .tables import Table

_PLAIN: dict[str, pa.DataType] = {
    "boolean": pa.bool_(),
    "smallint": pa.int16(),
    "integer": pa.int32(),
    "bigint": pa.int64(),
    "real": pa.float32(),
    "double precision": pa.float64(),
    "date": pa.date32(),
    "uuid": pa.uuid(),
    "timestamp with time zone": pa.timestamp("us", "UTC"),
    "bytea": pa.binary(),
}
_NUMERIC = re.compile(r"numeric\((\d+),(\d+)\)")
MOST_DIGITS = 38


@dataclass(frozen=True, slots=True)
class Column:
    """A column: its name, its SQL type, and which column of the base table it is ("oid.number"; "" where unknown)."""

    name: str
    sql: str
    origin: str

    @property
    def identity(self) -> str:
        """What has to be the same for files written earlier to be still right."""
        return f"{self.sql} {self.origin}"

    @property
    def is_geometry(self) -> bool:
        return self.sql.startswith(("geometry", "geography"))

    @property
    def arrow(self) -> pa.DataType:
        """The type in Parquet. JSON is text; a number without bounds, and what is not known here, too."""
        if self.sql.endswith("[]"):
            return pa.list_(Column("", self.sql[:-2], "").arrow)
        if found := _NUMERIC.fullmatch(self.sql):
            digits, places = int(found[1]), int(found[2])
            return pa.decimal128(digits, places) if digits <= MOST_DIGITS else pa.string()
        if self.is_geometry:
            return pa.binary()
        return _PLAIN.get(self.sql, pa.string())

    @property
    def select(self) -> str:
        """The expression that reads it."""
        quoted = f't."{self.name}"'
        if self.is_geometry:
            return f"ST_AsBinary({quoted})"
        text = self.arrow == pa.string() and self.sql not in {"text", "character varying"}
        return f"{quoted}::text" if text else quoted

    @property
    def convert(self) -> Callable[[Any], Any] | None:
        """What a value read has to become for Arrow; None where it is right as it is."""
        if self.sql == "uuid":
            return lambda value: None if value is None else value.bytes
        return None


def columns_of(table: Table) -> tuple[Column, ...]:
    """The columns of a table as the catalogue has them now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.attname, format_type(a.atttypid, a.atttypmod), coalesce(b.attrelid || '.' || b.attnum, '')"
            " FROM pg_attribute a LEFT JOIN pg_attribute b"
            " ON b.attrelid = to_regclass(%s) AND b.attname = a.attname AND NOT b.attisdropped"
            " WHERE a.attrelid = to_regclass(%s) AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum",
            [table.base or None, table.source],
        )
        found = [Column(*row) for row in cursor.fetchall()]
    return tuple(c for c in found if not table.columns or c.name in table.columns)


def schema_of(table: Table, columns: tuple[Column, ...]) -> pa.Schema:
    """The Arrow schema, with GeoParquet 1.1 metadata where there are geometries (WKB, OGC:CRS84, the default)."""
    metadata = {"tinhso.table": table.name, "tinhso.definition": str(table.definition)}
    if geometries := [c.name for c in columns if c.is_geometry]:
        shown = {name: {"encoding": "WKB", "geometry_types": []} for name in geometries}
        metadata["geo"] = json.dumps({"version": "1.1.0", "primary_column": geometries[0], "columns": shown})
    return pa.schema([(c.name, c.arrow) for c in columns], metadata)
