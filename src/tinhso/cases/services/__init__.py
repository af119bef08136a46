"""The verbs of cases: the only code that writes. One concept a file."""

from .approval import close_withdrawn, open_approval
from .catalogue import Compared, take_catalogue
from .cosign import agree, decline, invite, save_part
from .drafts import (
    attach_paper,
    attach_photos,
    check_draft,
    continue_draft,
    detach_paper,
    drop_draft,
    save_draft,
    start_draft,
)
from .load import load_cases, steps_to
from .reform import follow_reforms, hand_over
from .signing import finish_signing, issue_paper
from .store import answer_from_store, ask_from_store, attach_result
from .submission import submit
from .supplement import answer_supplement, attach_supplement
from .work import claim, complete, release, withdraw

__all__ = [
    "Compared",
    "agree",
    "answer_from_store",
    "answer_supplement",
    "ask_from_store",
    "attach_paper",
    "attach_photos",
    "attach_result",
    "attach_supplement",
    "check_draft",
    "claim",
    "close_withdrawn",
    "complete",
    "continue_draft",
    "decline",
    "detach_paper",
    "drop_draft",
    "finish_signing",
    "follow_reforms",
    "hand_over",
    "invite",
    "issue_paper",
    "load_cases",
    "open_approval",
    "release",
    "save_draft",
    "save_part",
    "start_draft",
    "steps_to",
    "submit",
    "take_catalogue",
    "withdraw",
]
