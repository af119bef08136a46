"""What cases is asked. Each read is named after its question; what may not be seen is NotFound."""

from .asked import asked_again
from .casepage import case, case_ref, diagram, paper, timeline
from .catalogue import life_events, procedure, procedures
from .drafts import draft, drafts, view_draft
from .inbox import desks, inbox, inbox_counts, neighbours, next_task
from .lists import agency_cases, cases_in, counts_by_unit, my_cases, statuses, track, visible_refs
from .running import running_case, running_versions

__all__ = [
    "agency_cases",
    "asked_again",
    "case",
    "case_ref",
    "cases_in",
    "counts_by_unit",
    "desks",
    "diagram",
    "draft",
    "drafts",
    "inbox",
    "inbox_counts",
    "life_events",
    "my_cases",
    "neighbours",
    "next_task",
    "paper",
    "procedure",
    "procedures",
    "running_case",
    "running_versions",
    "statuses",
    "timeline",
    "track",
    "view_draft",
    "visible_refs",
]
