"""The verbs of cases: the only code that writes. One concept a file."""

from .approval import close_withdrawn, open_approval
from .assigning import assign, take_over
from .batches import confirm_batch, drop_batch, prepare_batch, prepare_hand_over, retry_batch, run_batch
from .drafts import attach_paper, check_draft, detach_paper, drop_draft, save_draft, start_draft
from .ending import cancel, reopen
from .load import load_cases, steps_to
from .notes import note
from .opinions import Asked, answer_opinion, ask_opinions, drop_opinion
from .reform import follow_reforms, hand_over
from .sharing import share_cases
from .signing import finish_signing, issue_paper
from .submission import submit
from .supplement import answer_supplement, attach_supplement
from .work import claim, complete, release, withdraw

__all__ = [
    "Asked",
    "answer_opinion",
    "answer_supplement",
    "ask_opinions",
    "assign",
    "attach_paper",
    "attach_supplement",
    "cancel",
    "check_draft",
    "claim",
    "close_withdrawn",
    "complete",
    "confirm_batch",
    "detach_paper",
    "drop_batch",
    "drop_draft",
    "drop_opinion",
    "finish_signing",
    "follow_reforms",
    "hand_over",
    "issue_paper",
    "load_cases",
    "note",
    "open_approval",
    "prepare_batch",
    "prepare_hand_over",
    "release",
    "reopen",
    "retry_batch",
    "run_batch",
    "save_draft",
    "share_cases",
    "start_draft",
    "steps_to",
    "submit",
    "take_over",
    "withdraw",
]
