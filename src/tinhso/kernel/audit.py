"""Audit: one row a deed, written in the deed's own transaction, sealed later (seal.py)."""

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import OperationalError, connection, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from .actor import Actor
from .errors import Busy, Forbidden, NotFound
from .ids import first_at, uuid7
from .models import Audit

SEE = "audit.see"
LOOK_SECONDS = 5


@dataclass(frozen=True, slots=True)
class AuditRow:
    """One deed. `actor` is the stamp of who did it (Actor.stamp), `data` what the deed says besides."""

    id: UUID
    at: datetime
    action: str
    subject: str
    actor: dict[str, str]
    data: dict[str, Any]


@dataclass(frozen=True, slots=True)
class AuditPage:
    """A keyset page, newest first: `next` is the cursor of the page after, "" at the end."""

    rows: list[AuditRow]
    next: str = ""


def record(actor: Actor, action: str, subject: str, **data: Any) -> None:
    """Write that `actor` did `action` ("case.submit") to `subject` ("case:0190…").

    `data` is what a reader of the audit needs besides, as JSON; no personal field belongs in it. Raises
    RuntimeError outside a transaction: a deed and its audit row stand or fall together.
    """
    if not connection.in_atomic_block:
        raise RuntimeError(f"audit of {action!r} outside a transaction")
    with connection.cursor() as cursor:  # one of the few statements of every deed: without the ORM's part of the time
        cursor.execute(
            "INSERT INTO kernel_audit (id, action, subject, actor, data) VALUES (%s, %s, %s, %s::jsonb, %s::jsonb)",
            [uuid7(), action, subject, json.dumps(actor.stamp()), json.dumps(data)],
        )


def deeds(
    actor: Actor,
    *,
    action: str = "",
    subject: str = "",
    by: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    after: str = "",
    limit: int = 50,
) -> AuditPage:
    """What was done, newest first. `action` and `subject` are their beginnings ("case.", "case:0190…"); `by` the id of
    an account, post or agency, or the name of a part of the platform; `since` and `until` (excluded) moments.

    Raises Forbidden without `audit.see`, NotFound for a cursor that is none, Busy where the answer would take longer
    than five seconds.
    """
    if not actor.may(SEE):
        raise Forbidden()
    rows = Audit.objects.order_by("-id")
    if action:
        rows = rows.filter(action__startswith=action)
    if subject:
        rows = rows.filter(subject__startswith=subject)
    if by:
        rows = rows.filter(Q(actor__account=by) | Q(actor__post=by) | Q(actor__agency=by) | Q(actor__system=by))
    if since:
        rows = rows.filter(id__gte=first_at(since))
    if until:
        rows = rows.filter(id__lt=first_at(until))
    if after:
        try:
            rows = rows.filter(id__lt=UUID(after))
        except ValueError:
            raise NotFound() from None
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"SET LOCAL statement_timeout = '{LOOK_SECONDS}s'")
            found = list(rows[: limit + 1])
            cursor.execute("SET LOCAL statement_timeout = 0")
    except OperationalError as error:
        if "statement timeout" not in str(error):
            raise
        raise Busy(_("Tìm như vậy lâu quá; xin chọn khoảng ngày ngắn hơn.")) from error
    shown = [AuditRow(row.id, row.at, row.action, row.subject, row.actor, row.data) for row in found[:limit]]
    return AuditPage(shown, str(shown[-1].id) if len(found) > limit else "")
