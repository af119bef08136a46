"""What cases is asked. Each read is named after its question; what may not be seen is NotFound."""

from .applications import application, application_of
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
from .catalogue import information, informed, life_events, procedure, procedures
from .cosign import co_signers, invitation, invitation_paper, invitations
from .drafts import draft, drafts, view_draft
from .drawing import (
    check_drawing,
    drawing,
    drawings,
    propose_drawing,
    published_drawing,
    templates,
    vocabulary,
    zipped_drawing,
)
from .formpaper import blank_paper, form_paper
from .inbox import desks, inbox, inbox_counts, neighbours, next_task, reminder
from .lists import agency_cases, cases_in, counts_by_unit, my_cases, statuses, track, visible_refs
from .parts import own_part, parts, sent
from .performance import KINDS as PERFORMANCE_KINDS
from .performance import performance, performance_cases
from .ratings import last_year, rating, rating_figures, ratings, survey_of, survey_of_code
from .running import running_case, running_versions
from .store import from_store, my_results, results_for
from .trial import try_drawing

__all__ = [
    "PERFORMANCE_KINDS",
    "able_colleagues",
    "agency_cases",
    "application",
    "application_of",
    "around",
    "asked_again",
    "batch",
    "batch_colleagues",
    "batches",
    "blank_paper",
    "case",
    "case_ref",
    "cases_in",
    "check_drawing",
    "co_signers",
    "colleagues",
    "counts_by_unit",
    "desks",
    "desks_of_agency",
    "diagram",
    "draft",
    "drafts",
    "drawing",
    "drawings",
    "form_paper",
    "from_store",
    "inbox",
    "inbox_counts",
    "information",
    "informed",
    "invitation",
    "invitation_paper",
    "invitations",
    "last_year",
    "life_events",
    "my_cases",
    "my_results",
    "neighbours",
    "next_task",
    "opinion",
    "opinions_asked",
    "opinions_waiting",
    "own_part",
    "paper",
    "parts",
    "performance",
    "performance_cases",
    "procedure",
    "procedures",
    "propose_drawing",
    "published_drawing",
    "rating",
    "rating_figures",
    "ratings",
    "related",
    "reminder",
    "result_preview",
    "results_for",
    "running_case",
    "running_versions",
    "sent",
    "shares_cases",
    "statuses",
    "survey_of",
    "survey_of_code",
    "templates",
    "timeline",
    "track",
    "try_drawing",
    "view_draft",
    "visible_refs",
    "vocabulary",
    "zipped_drawing",
]
