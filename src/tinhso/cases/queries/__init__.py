"""What cases is asked. Each read is named after its question; what may not be seen is NotFound."""

from .asked import asked_again
from .casepage import case, case_ref, diagram, paper, timeline
from .catalogue import information, informed, life_events, procedure, procedures
from .cosign import co_signers, invitation, invitation_paper, invitations
from .drafts import draft, drafts, view_draft
from .formpaper import blank_paper, form_paper
from .inbox import desks, inbox, inbox_counts, neighbours, next_task
from .lists import agency_cases, cases_in, counts_by_unit, my_cases, statuses, track, visible_refs
from .store import from_store, my_results, results_for

__all__ = [
    "agency_cases",
    "asked_again",
    "blank_paper",
    "case",
    "case_ref",
    "cases_in",
    "co_signers",
    "counts_by_unit",
    "desks",
    "diagram",
    "draft",
    "drafts",
    "form_paper",
    "from_store",
    "inbox",
    "inbox_counts",
    "information",
    "informed",
    "invitation",
    "invitation_paper",
    "invitations",
    "life_events",
    "my_cases",
    "my_results",
    "neighbours",
    "next_task",
    "paper",
    "procedure",
    "procedures",
    "results_for",
    "statuses",
    "timeline",
    "track",
    "view_draft",
    "visible_refs",
]
