"""What registers do. Each verb checks its permission and leaves the record, its version, audit and event in one
transaction."""

from .bulk import create_many
from .change import end, restore, update
from .create import create
from .duplicates import find_duplicates
from .samples import load_samples

__all__ = ["create", "create_many", "end", "find_duplicates", "load_samples", "restore", "update"]
