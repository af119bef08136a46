"""What cases is asked. Each read is named after its question; what may not be seen is NotFound."""

from .around import (
    able_colleagues,
    around,
    colleagues,
    desks_of_agency,
    opinion,
    opinions_asked,
    opinions_waiting,
    related,
    result_preview,
    shares_cases,
)
from .asked import asked_again
from .batches import batch, batch_colleagues, batches
from .casepage import case, case_ref, diagram, paper, timeline
from .catalogue import life_events, procedure, procedures
from .drafts import draft, drafts, view_draft
from .inbox import desks, inbox, inbox_counts, neighbours, next_task
from .lists import agency_cases, cases_in, counts_by_unit, my_cases, statuses, track, visible_refs

__all__ = [
    "able_colleagues",
    "agency_cases",
    "around",
    "asked_again",
    "batch",
    "batch_colleagues",
    "batches",
    "case",
    "case_ref",
    "cases_in",
    "colleagues",
    "counts_by_unit",
    "desks",
    "desks_of_agency",
    "diagram",
    "draft",
    "drafts",
    "inbox",
    "inbox_counts",
    "life_events",
    "my_cases",
    "neighbours",
    "next_task",
    "opinion",
    "opinions_asked",
    "opinions_waiting",
    "paper",
    "procedure",
    "procedures",
    "related",
    "result_preview",
    "shares_cases",
    "statuses",
    "timeline",
    "track",
    "view_draft",
    "visible_refs",
]
