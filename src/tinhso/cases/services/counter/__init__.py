"""The verbs of the one-stop counter (README, "The counter")."""

from ...counter.contracts import Address, GiveBack, Stranger, Taker
from .handing import hand_results, post_moved, post_results
from .intake import begin_intake, find_applicant, hand_in, settle_intake
from .queue import (
    begin,
    call,
    call_next,
    finish,
    give_ticket,
    no_show,
    recall,
    skip,
    take_ticket,
    transfer,
)
from .windows import add_device, change_window, close_window, end_device, leave, open_window, sit

__all__ = [
    "Address",
    "GiveBack",
    "Stranger",
    "Taker",
    "add_device",
    "begin",
    "begin_intake",
    "call",
    "call_next",
    "change_window",
    "close_window",
    "end_device",
    "find_applicant",
    "finish",
    "give_ticket",
    "hand_in",
    "hand_results",
    "leave",
    "no_show",
    "open_window",
    "post_moved",
    "post_results",
    "recall",
    "settle_intake",
    "sit",
    "skip",
    "take_ticket",
    "transfer",
]
