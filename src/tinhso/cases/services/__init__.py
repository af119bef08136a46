"""The verbs of cases: the only code that writes. One concept a file."""

from .approval import close_withdrawn, open_approval
from .assigning import assign, take_over
from .batches import confirm_batch, drop_batch, prepare_batch, prepare_hand_over, retry_batch, run_batch
from .between import accept_sent, places, send_back, send_on
from .bundles import carry_on
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
from .drawing import begin_drawing, begin_procedure, drop_drawing, publish_drawing, save_drawing
from .ending import cancel, reopen
from .fees import hear_payment
from .inspection import answer_inspection, begin_inspection, end_inspection, keep_photo, note_remedied, sign_minutes
from .load import load_cases, steps_to
from .load_ratings import load_ratings
from .migration import migrate_cases
from .notes import note
from .opinions import Asked, answer_opinion, ask_opinions, drop_opinion
from .rating import follow, rate, rate_by_code
from .redate import may_redate, redate
from .reform import follow_reforms, hand_over
from .reschedule import reschedule
from .sharing import share_cases
from .signing import finish_signing, issue_paper
from .store import answer_from_store, ask_from_store, attach_result
from .submission import submit
from .supplement import answer_supplement, attach_supplement
from .waking import receive_message, wake, wake_due
from .watch import watch
from .work import claim, complete, release, withdraw

__all__ = [
    "Asked",
    "Compared",
    "accept_sent",
    "agree",
    "answer_from_store",
    "answer_inspection",
    "answer_opinion",
    "answer_supplement",
    "ask_from_store",
    "ask_opinions",
    "assign",
    "attach_paper",
    "attach_photos",
    "attach_result",
    "attach_supplement",
    "begin_drawing",
    "begin_inspection",
    "begin_procedure",
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
    "drop_drawing",
    "drop_opinion",
    "end_inspection",
    "finish_signing",
    "follow",
    "follow_reforms",
    "hand_over",
    "hear_payment",
    "invite",
    "issue_paper",
    "keep_photo",
    "load_cases",
    "load_ratings",
    "may_redate",
    "migrate_cases",
    "note",
    "note_remedied",
    "open_approval",
    "places",
    "prepare_batch",
    "prepare_hand_over",
    "publish_drawing",
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
    "save_drawing",
    "save_part",
    "send_back",
    "send_on",
    "share_cases",
    "sign_minutes",
    "start_draft",
    "steps_to",
    "submit",
    "take_catalogue",
    "take_over",
    "wake",
    "wake_due",
    "watch",
    "withdraw",
]
