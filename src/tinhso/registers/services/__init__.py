"""What registers do. Each verb checks its permission and leaves the record, its version, audit and event in one
transaction."""

from .bulk import create_many
from .bulk_edit import prepare_bulk, run_bulk, undo_bulk
from .change import end, restore, update
from .create import create
from .drafts import approve, carry_out, hand_in, note_case, refuse
from .merge import merge, unmerge
from .samples import load_samples

__all__ = [
    "approve",
    "carry_out",
    "create",
    "create_many",
    "end",
    "hand_in",
    "load_samples",
    "merge",
    "note_case",
    "prepare_bulk",
    "refuse",
    "restore",
    "run_bulk",
    "undo_bulk",
    "unmerge",
    "update",
]
