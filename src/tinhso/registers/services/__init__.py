"""What registers do. Each verb checks its permission and leaves the record, its version, audit and event in one
transaction."""

from .bulk import create_many
from .change import end, restore, update
from .create import create
from .imports import begin_import, import_tried, keep_file, stop_import
from .samples import load_samples

__all__ = [
    "begin_import",
    "create",
    "create_many",
    "end",
    "import_tried",
    "keep_file",
    "load_samples",
    "restore",
    "stop_import",
    "update",
]
