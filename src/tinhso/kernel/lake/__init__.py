"""The lake: what may be published, as Parquet files beside the database, for measures over many years and for tools
that read no PostgreSQL (docs/decisions/0019-the-lake.md).

Engines say which tables there are (`provide`); `sync` writes what changed since the last time; `relation` is what
DuckDB reads. `<root>/<table>/part=<…>/rows.parquet` is always one whole state: a sync makes the next one beside it and
changes over by one rename.
"""

from .generations import Manifest, manifest, relation
from .syncing import Synced, sync
from .tables import Table, provide, table, tables, withdraw

__all__ = ["Manifest", "Synced", "Table", "manifest", "provide", "relation", "sync", "table", "tables", "withdraw"]
