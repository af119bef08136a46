"""Audit: one row a deed, written in the deed's own transaction, sealed later (seal.py)."""

from typing import Any

from django.db import connection

from .actor import Actor
from .models import Audit


def record(actor: Actor, action: str, subject: str, **data: Any) -> None:
    """Write that `actor` did `action` ("case.submit") to `subject` ("case:0190…").

    `data` is what a reader of the audit needs besides, as JSON; no personal field belongs in it. Raises
    RuntimeError outside a transaction: a deed and its audit row stand or fall together.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"audit of {action!r} outside a transaction")
    Audit.objects.create(action=action, subject=subject, actor=actor.stamp(), data=data)
