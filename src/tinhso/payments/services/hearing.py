"""A bank's message: believed or not, understood or not, new or known. Every one is kept, and why it was rejected."""

import json
import time
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from tinhso.identity import services as identity
from tinhso.kernel import audit
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Busy, NotFound
from tinhso.kernel.ids import first_at, uuid7

from ..contracts import Heard, Notice
from ..methods import METHODS
from ..models import Message, Payment, Refund
from ..payees import Provider, payee_of, providers
from ..signatures import HEADERS, Rejected, verify
from .refunds import confirm_refund
from .taking import Came, take

log = structlog.get_logger()
Outcome = Message.Outcome

LARGEST = 16_384
"""Bytes of a message; what is longer is no message of a bank."""
MOST_REJECTED = 1_000
"""Rejected messages that are kept in an hour: a flood of forged ones does not fill the disk."""
KEPT_DAYS = 90
"""Days for which a rejected message is kept."""
AHEAD = timedelta(minutes=10)


def hear(provider: str, headers: Mapping[str, str], body: bytes) -> Heard:
    """Take a message of a provider: `headers` by their names in small letters, `body` as it came.

    What is new is entered, matched and answered with `taken`; what is known with `repeated`; anything else with
    `rejected` and its reason (unsigned, stale, forged, unreadable, other-amount, other-account, no-refund, too-large),
    and stands in the accountant's list. NotFound for a provider that is not set up; Busy where more is rejected than
    can be kept.
    """
    known = providers().get(provider)
    if known is None:
        raise NotFound()
    actor = system(f"payments.hear:{provider}")
    try:
        if len(body) > LARGEST:
            raise Rejected("too-large")
        key = verify(known.keys, headers, body, time.time())
        notice = _read(known, body)
        with transaction.atomic():
            outcome, payment = _enter(actor, known, notice)
            row = _keep(known, headers, body, outcome=outcome, key=key, payment=payment)
        return Heard(str(outcome), "", row)
    except Rejected as problem:
        log.warning("payment message rejected", provider=provider, reason=problem.reason)
        return Heard(str(Outcome.REJECTED), problem.reason, _reject(actor, known, headers, body, problem.reason))


def enter(actor: Actor, provider: Provider, notice: Notice) -> bool:
    """Enter what a provider's statement tells, and no message did. True where it was new. Raises Rejected."""
    with transaction.atomic():
        return _enter(actor, provider, notice)[0] == Outcome.TAKEN


def _read(provider: Provider, body: bytes) -> Notice:
    try:
        found = json.loads(body)
        if not isinstance(found, dict):
            raise ValueError("no object")
        return METHODS[provider.method].notice(found)
    except (ValueError, KeyError, TypeError, OverflowError, RecursionError) as error:
        raise Rejected("unreadable") from error


def _enter(actor: Actor, provider: Provider, notice: Notice) -> tuple[Outcome, Payment]:
    if notice.what != "paid":
        return _refunded(actor, provider, notice)
    agency = payee_of(provider.name, notice.account)
    if agency is None:
        raise Rejected("other-account")
    if notice.at > timezone.now() + AHEAD:
        raise Rejected("unreadable")
    came = Came(
        method=provider.method, provider=provider.name, transaction=notice.transaction, amount=notice.amount,
        at=notice.at, agency=agency, account=notice.account, content=notice.content,
    )  # fmt: skip
    payment, new = take(actor, came)
    if not new and (payment.amount, payment.account) != (came.amount, came.account):
        raise Rejected("other-amount")
    return (Outcome.TAKEN if new else Outcome.REPEATED), payment


def _refunded(actor: Actor, provider: Provider, notice: Notice) -> tuple[Outcome, Payment]:
    try:
        key = UUID(notice.refund)
    except ValueError:
        raise Rejected("no-refund") from None
    found = Refund.objects.filter(pk=key).values_list("payment", flat=True).first()
    payment = Payment.objects.select_for_update().filter(pk=found, provider=provider.name).first()
    if payment is None:
        raise Rejected("no-refund")
    refund = Refund.objects.select_for_update().get(pk=key)
    if refund.amount != notice.amount:
        raise Rejected("other-amount")
    if refund.state not in {Refund.State.APPROVED, Refund.State.SENT}:
        return Outcome.REPEATED, payment
    confirm_refund(actor, refund, payment, done=notice.what == "returned", reason=notice.reason)
    return Outcome.TAKEN, payment


def _keep(
    provider: Provider,
    headers: Mapping[str, str],
    body: bytes,
    *,
    outcome: Outcome,
    reason: str = "",
    key: str = "",
    payment: Payment | None = None,
) -> UUID:
    made = uuid7()
    kept: dict[str, Any] = {name: headers.get(name, "")[:500] for name in HEADERS}
    kept["body"] = body[:LARGEST].decode("utf-8", errors="backslashreplace")
    Message.objects.create(
        id=made, provider=provider.name, key=key[:120], outcome=outcome, reason=reason, payment=payment, size=len(body),
        sealed=identity.seal(kept, place(made)),
    )  # fmt: skip
    return made


def place(message: UUID) -> str:
    """Where a message is sealed to."""
    return f"payments_message:{message}"


def _reject(actor: Actor, provider: Provider, headers: Mapping[str, str], body: bytes, reason: str) -> UUID:
    since = timezone.now() - timedelta(hours=1)
    with transaction.atomic():
        if Message.objects.filter(outcome=Outcome.REJECTED, id__gte=first_at(since)).count() >= MOST_REJECTED:
            raise Busy()
        key = headers.get(HEADERS[0], "")
        row = _keep(provider, headers, body, outcome=Outcome.REJECTED, reason=reason, key=key)
        audit.record(actor, "payment.reject", f"message:{row}", reason=reason)
    return row


def forget_rejected(days: int = KEPT_DAYS) -> int:
    """Drop rejected messages of long ago; returns how many."""
    past = timezone.now() - timedelta(days=days)
    return Message.objects.filter(outcome=Outcome.REJECTED, came_at__lt=past).delete()[0]
