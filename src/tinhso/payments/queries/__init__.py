"""What payments is asked, one question a file."""

from .orders import find_orders, order, order_ref, orders_of, qr_png, seen_order, ways
from .report import day_report, days_csv
from .worklist import message, messages, money_came, payment, payments_of, refund, refunds, suggestions, waiting

__all__ = [
    "day_report", "days_csv", "find_orders", "message", "messages", "money_came", "order", "order_ref", "orders_of",
    "payment", "payments_of", "qr_png", "refund", "refunds", "seen_order", "suggestions", "waiting", "ways",
]  # fmt: skip
