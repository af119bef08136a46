"""The verbs of cases: the only code that writes. One concept a file."""

from .approval import close_withdrawn, open_approval
from .assigning import assign, take_over
from .batches import confirm_batch, drop_batch, prepare_batch, prepare_hand_over, retry_batch, run_batch
from .between import accept_sent, places, send_back, send_on
from .bundles import carry_on
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
from .ending import cancel, reopen
from .fees import hear_payment
from .load import load_cases, steps_to
from .migration import migrate_cases
from .notes import note
from .opinions import Asked, answer_opinion, ask_opinions, drop_opinion
from .rating import follow, rate, rate_by_code
from .redate import may_redate, redate
from .reform import follow_reforms, hand_over
from .reschedule import reschedule
from .signing import finish_signing, issue_paper
from .store import answer_from_store, ask_from_store, attach_result
from .submission import submit
from .supplement import answer_supplement, attach_supplement
from .waking import receive_message, wake, wake_due
from .watch import watch
from .work import claim, complete, release, withdraw

__all__ = [
    "Asked",
    "accept_sent",
    "agree",
    "answer_from_store",
    "answer_opinion",
    "answer_supplement",
    "ask_from_store",
    "ask_opinions",
    "assign",
    "attach_paper",
    "attach_photos",
    "attach_result",
    "attach_supplement",
    "cancel",
    "carry_on",
    "check_draft",
    "claim",
    "close_withdrawn",
    "complete",
    "confirm_batch",
    "continue_draft",
    "decline",
    "detach_paper",
    "drop_batch",
    "drop_draft",
    "drop_opinion",
    "finish_signing",
    "follow",
    "follow_reforms",
    "hand_over",
    "hear_payment",
    "invite",
    "issue_paper",
    "load_cases",
    "may_redate",
    "migrate_cases",
    "note",
    "open_approval",
    "places",
    "prepare_batch",
    "prepare_hand_over",
    "rate",
    "rate_by_code",
    "receive_message",
    "redate",
    "release",
    "reopen",
    "reschedule",
    "retry_batch",
    "run_batch",
    "save_draft",
    "save_part",
    "send_back",
    "send_on",
    "start_draft",
    "steps_to",
    "submit",
    "take_over",
    "wake",
    "wake_due",
    "watch",
    "withdraw",
]
