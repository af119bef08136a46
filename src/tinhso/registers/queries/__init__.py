"""Reads of registers. Each takes the actor and shows what policy.py leaves to them; what it does not is not there."""

from ..filters import Where
from ..imports.corrections import error_file
from ..imports.preview import DELIMITERS, ENCODINGS, import_fields, mapped, preview
from ..imports.reads import file_path, import_state, imports_of, kept_file
from ..pending import (
    bulk,
    editable,
    find_for_reference,
    keeps,
    may_approve,
    merge,
    merge_of,
    merged_into,
    pointing,
    proposal,
    proposal_by_id,
    proposal_of_case,
    proposals,
    waiting,
)
from .blueprints import blueprint, blueprints, held, tables_of
from .choices import choices, may_choose
from .history import by_case, differences, history
from .lists import COUNT_UP_TO, check_where, count_estimate, find
from .one import get
from .quality import duplicates, faulty, quality
from .reading import STATEMENT_SECONDS
from .references import referring
from .registers import definition, need_export, operators, readable, registers_visible, schema_work_left
from .views import saved_view, saved_views
from .words import in_words

__all__ = [
    "COUNT_UP_TO",
    "DELIMITERS",
    "ENCODINGS",
    "STATEMENT_SECONDS",
    "Where",
    "blueprint",
    "blueprints",
    "bulk",
    "by_case",
    "check_where",
    "choices",
    "count_estimate",
    "definition",
    "differences",
    "duplicates",
    "editable",
    "error_file",
    "faulty",
    "file_path",
    "find",
    "find_for_reference",
    "get",
    "held",
    "history",
    "import_fields",
    "import_state",
    "imports_of",
    "in_words",
    "keeps",
    "kept_file",
    "mapped",
    "may_approve",
    "may_choose",
    "merge",
    "merge_of",
    "merged_into",
    "need_export",
    "operators",
    "pointing",
    "preview",
    "proposal",
    "proposal_by_id",
    "proposal_of_case",
    "proposals",
    "quality",
    "readable",
    "referring",
    "registers_visible",
    "saved_view",
    "saved_views",
    "schema_work_left",
    "tables_of",
    "waiting",
]
