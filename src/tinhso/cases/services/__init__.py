"""The verbs of cases: the only code that writes. One concept a file."""

from .approval import close_withdrawn, open_approval
from .drafts import attach_paper, check_draft, detach_paper, drop_draft, save_draft, start_draft
from .fees import hear_payment
from .load import load_cases, steps_to
from .reform import follow_reforms, hand_over
from .signing import finish_signing, issue_paper
from .submission import submit
from .supplement import answer_supplement, attach_supplement
from .work import claim, complete, release, withdraw

__all__ = [
    "answer_supplement",
    "attach_paper",
    "attach_supplement",
    "check_draft",
    "claim",
    "close_withdrawn",
    "complete",
    "detach_paper",
    "drop_draft",
    "finish_signing",
    "follow_reforms",
    "hand_over",
    "hear_payment",
    "issue_paper",
    "load_cases",
    "open_approval",
    "release",
    "save_draft",
    "start_draft",
    "steps_to",
    "submit",
    "withdraw",
]
