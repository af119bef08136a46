"""The verbs of payments: the only code that writes. One concept a file."""

from .asking import ask, cancel, expire
from .banking import fetch_statements, retry_refund, send_refund
from .hearing import forget_rejected, hear
from .receipts import issue_receipt
from .refunds import ask_refund, decide_refund, settle_payment
from .rotation import rewrap_messages, rewrap_payments
from .taking import assign, take_at_counter

__all__ = [
    "ask",
    "ask_refund",
    "assign",
    "cancel",
    "decide_refund",
    "expire",
    "fetch_statements",
    "forget_rejected",
    "hear",
    "issue_receipt",
    "retry_refund",
    "rewrap_messages",
    "rewrap_payments",
    "send_refund",
    "settle_payment",
    "take_at_counter",
]
