"""What registers do. Each verb checks its permission and leaves the record, its version, audit and event in one
transaction."""

from .batch import upsert
from .bulk import create_many
from .change import end, restore, update
from .create import create
from .export import Export, export
from .requests import once
from .samples import load_samples

__all__ = ["Export", "create", "create_many", "end", "export", "load_samples", "once", "restore", "update", "upsert"]
