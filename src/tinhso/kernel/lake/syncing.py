"""Bring the lake up to what the database holds."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from django.db import connection, transaction
from django.utils import timezone

from .. import audit
from ..actor import Actor
from ..errors import NotFound
from .columns import Column, columns_of, schema_of
from .generations import ROWS, Manifest, Part, hold, locked, manifest, number
from .tables import Synced, Table

BATCH = 20_000
EMPTY = "none"
"""The partition that holds no row and all columns: a reader finds the columns that no file had cause to get yet."""


def sync(actor: Actor, table: Table) -> Synced:
    """Write the partitions of `table` whose rows or columns changed since the last sync.

    A partition is read again where its stamp differs, or where a file of it has a column that is no longer the same
    (renamed, of another type, dropped, of a class that may not be here). A new column alone rewrites nothing: where
    a file lacks it the value is NULL, as in the table. All is read in one snapshot, in batches of `BATCH` rows; what
    held before holds until all of it is on disk. A personal table leaves a row of the audit. Raises NotFound where
    the relation is not there.
    """
    root = table.root
    root.mkdir(parents=True, exist_ok=True, mode=0o700 if table.personal else 0o755)
    with locked(root, table.name) as home:
        former = manifest(root, table.name) or Manifest(table.name, 0, "")
        folder = home / str(number(root, table.name) + 1)
        try:
            with _snapshot():
                columns = columns_of(table)
                if not columns:
                    raise NotFound(table.name)
                identities = {c.name: c.identity for c in columns}
                stamps = _stamps(table)
                stale = [name for name, (stamp, _rows) in stamps.items() if not _holds(former, name, stamp, identities)]
                gone = tuple(sorted(former.parts.keys() - stamps.keys() - {EMPTY}))
                rows = sum(count for _stamp, count in stamps.values())
                if not stale and not gone and former.columns == identities:
                    return Synced(table.name, (), (), rows)
                kept = {name: part for name, part in former.parts.items() if name in stamps and name not in stale}
                for name in kept:
                    _link(root / table.name / f"part={name}", folder / f"part={name}")
                _write(table, columns, folder, stale)
            parts = kept | {name: Part(stamps[name][0], stamps[name][1], identities) for name in stale}
            types = {c.name: c.sql for c in columns}
            found = Manifest(
                table.name,
                table.definition,
                timezone.now().isoformat(),
                identities,
                former.schemas | {str(table.definition): types},
                parts,
            )
            if table.personal:
                with transaction.atomic():
                    audit.record(
                        actor, "lake.personal", f"lake:{table.name}", rows=rows, columns=sorted(identities), parts=stale
                    )
            hold(root, table.name, folder, found, keep_former=former.columns.items() <= identities.items())
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
    return Synced(table.name, tuple(sorted(stale)), gone, rows)


def _holds(former: Manifest, name: str, stamp: str, identities: dict[str, str]) -> bool:
    part = former.parts.get(name)
    return part is not None and part.stamp == stamp and part.columns.items() <= identities.items()


@contextmanager
def _snapshot() -> Iterator[None]:
    """One state of the database for all that is read in it."""
    alone = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if alone:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        cursor.execute("SET LOCAL statement_timeout = 0")
        yield


def _stamps(table: Table) -> dict[str, tuple[str, int]]:
    """Of each partition the stamp and how many rows it has.

    A mark by `updated_at` would miss a row whose transaction began before the last sync and ended after it; and
    finding it reads the whole table as well, since no index is kept for it.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT {table.part} AS part, count(*) || ' ' || coalesce({table.stamp}::text, ''), count(*)"  # noqa: S608
            f" FROM {table.stamped or table.source} t GROUP BY 1"
        )
        return {part: (stamp, rows) for part, stamp, rows in cursor.fetchall()}


def _link(before: Path, after: Path) -> None:
    after.mkdir(parents=True)
    for file in before.iterdir():
        os.link(file.resolve(), after / file.name)


def _write(table: Table, columns: tuple[Column, ...], folder: Path, parts: Sequence[str]) -> None:
    """One pass over the rows of `parts`, in their order: a file each."""
    schema = schema_of(table, columns)
    with _writer(folder, EMPTY, schema):
        pass
    if not parts:
        return
    select = ", ".join((f"{table.part} AS part", *(c.select for c in columns)))
    converts = [c.convert for c in columns]
    with connection.chunked_cursor() as cursor:
        cursor.execute(
            f"SELECT * FROM (SELECT {select} FROM {table.source} t) found"  # noqa: S608
            " WHERE part = ANY(%s) ORDER BY part",
            [list(parts)],
        )
        writer, current = None, None
        try:
            while batch := cursor.fetchmany(BATCH):
                for part, rows in _by_part(batch):
                    if part != current:
                        if writer:
                            writer.close()
                        writer, current = _writer(folder, part, schema), part
                    assert writer
                    writer.write_batch(_batch(rows, schema, converts))
        finally:
            if writer:
                writer.close()


def _by_part(batch: Sequence[tuple[Any, ...]]) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    start = 0
    for at in range(1, len(batch) + 1):
        if at == len(batch) or batch[at][0] != batch[start][0]:
            yield batch[start][0], list(batch[start:at])
            start = at


def _batch(rows: Sequence[tuple[Any, ...]], schema: pa.Schema, converts: Sequence[Any]) -> pa.RecordBatch:
    arrays = []
    for at, (kind, convert) in enumerate(zip(schema.types, converts, strict=True), 1):  # 0 is the partition
        cells = [row[at] for row in rows] if convert is None else [convert(row[at]) for row in rows]
        arrays.append(pa.array(cells, kind))
    return pa.RecordBatch.from_arrays(arrays, schema=schema)


def _writer(folder: Path, part: str, schema: pa.Schema) -> pq.ParquetWriter:
    place = folder / f"part={part}"
    place.mkdir(parents=True)
    return pq.ParquetWriter(place / ROWS, schema, compression="zstd")
