"""The lake: what may be published, as Parquet files beside the database, for measures over many years and for tools
that read no PostgreSQL (docs/decisions/0019-the-lake.md).

Engines say which tables there are (`provide`); `sync` writes what changed since the last time; `relation` is what
DuckDB reads. `<root>/<table>/part=<…>/rows.parquet` is always one whole state: a sync makes the next one beside it and
changes over by one rename.
"""

from ..actor import Actor
from .generations import Manifest, manifest, relation
from .tables import Synced, Table, provide, table, tables, withdraw

__all__ = ["Manifest", "Synced", "Table", "manifest", "provide", "relation", "sync", "table", "tables", "withdraw"]


def sync(actor: Actor, table: Table) -> Synced:
    """`syncing.sync`, loaded when it is called: pyarrow is 60 MB and a fifth of a second that no page has to pay."""
    from . import syncing

    return syncing.sync(actor, table)
