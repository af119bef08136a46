"""What registers do. Each verb checks its permission and leaves the record, its version, audit and event in one
transaction."""

from .batch import upsert
from .blueprints import (
    begin_blueprint,
    choose_table,
    drop_blueprint,
    field_name,
    own_pack,
    propose_register,
    publish_register,
    save_blueprint,
)
from .bulk import create_many
from .bulk_edit import prepare_bulk, run_bulk, undo_bulk
from .change import end, restore, update
from .create import create
from .drafts import approve, carry_out, hand_in, note_case, refuse
from .drafts import withdraw as withdraw_proposal
from .duplicates import find_duplicates
from .export import Export, export
from .imports import begin_import, import_corrected, import_tried, keep_file, stop_import
from .merge import merge, unmerge
from .requests import once
from .samples import load_samples
from .views import change_view, drop_view, save_view

__all__ = [
    "Export",
    "approve",
    "begin_blueprint",
    "begin_import",
    "carry_out",
    "change_view",
    "choose_table",
    "create",
    "create_many",
    "drop_blueprint",
    "drop_view",
    "end",
    "export",
    "field_name",
    "find_duplicates",
    "hand_in",
    "import_corrected",
    "import_tried",
    "keep_file",
    "load_samples",
    "merge",
    "note_case",
    "once",
    "own_pack",
    "prepare_bulk",
    "propose_register",
    "publish_register",
    "refuse",
    "restore",
    "run_bulk",
    "save_blueprint",
    "save_view",
    "stop_import",
    "undo_bulk",
    "unmerge",
    "update",
    "upsert",
    "withdraw_proposal",
]
