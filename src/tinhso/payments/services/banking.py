"""What is asked of a bank over HTTP: to give money back, and what it has on our accounts; outside of transactions."""

import json
import time
from datetime import date
from typing import Any
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Conflict, NotFound

from .. import policy
from ..contracts import REFUND_MOVED
from ..methods import METHODS
from ..models import Payment, Refund, Statement
from ..payees import Provider, accounts_at, providers
from ..signatures import Rejected, signed_headers
from .hearing import enter
from .refunds import confirm_refund

log = structlog.get_logger()
PATIENCE = 10.0
State = Refund.State


def send_refund(refund_id: UUID) -> None:
    """Send an approved refund to the provider. Safe to repeat: the provider knows it by our number. A refusal of the
    provider ends it as failed; a provider that does not answer raises, so that the queue tries again."""
    actor = system("payments.send-refund")
    refund = Refund.objects.select_related("payment").get(pk=refund_id)
    if refund.state != State.APPROVED:
        return
    payment = refund.payment
    provider = providers()[payment.provider]
    method = METHODS[provider.method]
    path, body = method.refund(str(refund.pk), payment.transaction, refund.amount, _("Hoàn trả phí, lệ phí"))
    try:
        answer, trouble = _call(provider, "POST", path, str(refund.pk), body), ""
    except HTTPError as error:
        if error.code >= 500 or error.code == 429:
            _note(refund_id, f"{provider.name}: {error.code}")
            raise
        answer, trouble = {}, f"{error.code}: {error.read(300).decode(errors='replace')}"
    except URLError as error:
        _note(refund_id, f"{provider.name}: {error.reason}")
        raise
    with transaction.atomic():
        payment = Payment.objects.select_for_update().get(pk=payment.pk)
        refund = Refund.objects.select_for_update().get(pk=refund_id)
        if refund.state != State.APPROVED:  # its confirmation was quicker
            return
        if trouble:
            confirm_refund(actor, refund, payment, done=False, reason=trouble)
            return
        refund.reference, done = method.refunded(answer)
        refund.state, refund.trouble = State.SENT, ""
        refund.save(update_fields=["reference", "state", "trouble"])
        if done:
            confirm_refund(actor, refund, payment, done=True)
            return
        audit.record(actor, "refund.send", f"refund:{refund.pk}", provider=provider.name)
        events.publish(actor, REFUND_MOVED, f"refund:{refund.pk}", state=str(refund.state), agency=str(refund.agency))


def retry_refund(actor: Actor, refund_id: UUID) -> None:
    """Send an approved refund again, at once, that the bank did not answer. NotFound, Forbidden, Conflict."""
    from ..tasks import send_refund as job

    with transaction.atomic():
        refund = Refund.objects.select_for_update().filter(pk=refund_id).first()
        if refund is None:
            raise NotFound()
        policy.need(actor, policy.SETTLE, refund.agency)
        if refund.state != State.APPROVED:
            raise Conflict(_("Ngân hàng đã nhận yêu cầu này."), title=_("Không cần gửi lại"))
        job.defer(refund=str(refund.pk))
        audit.record(actor, "refund.retry", f"refund:{refund.pk}")


def fetch_statements(actor: Actor, day: date) -> int:
    """Ask each provider what it has on each of our accounts on a day; money of which no message told is entered.
    Returns how many such there were. A provider that does not answer is left out, and has no statement of the day."""
    missed = 0
    for provider in providers().values():
        for number in accounts_at(provider.name):
            query = urlencode({"account": number, "day": day.isoformat()})
            try:
                found = _call(provider, "GET", f"/statement?{query}", f"statement-{number}-{day}")
                missed += sum(_missed(actor, provider, line) for line in found["lines"])
                sums = int(found["came_in"]), int(found["went_out"]), len(found["lines"])
            except (URLError, OSError, ValueError, KeyError, TypeError) as error:
                log.warning("no statement", provider=provider.name, account=number, error=str(error))
                continue
            Statement.objects.update_or_create(
                provider=provider.name, account=number, day=day,
                defaults={
                    "came_in": sums[0], "went_out": sums[1], "count": sums[2], "fetched_at": timezone.now(),
                },
            )  # fmt: skip
    return missed


def _missed(actor: Actor, provider: Provider, line: dict[str, Any]) -> int:
    """1 where a line of a statement is money of which we did not know."""
    notice = METHODS[provider.method].notice(line)
    if notice.what != "paid":
        return 0
    try:
        return int(enter(actor, provider, notice))
    except Rejected as problem:
        log.warning("statement differs", provider=provider.name, transaction=notice.transaction, reason=problem.reason)
        return 0


def _note(refund_id: UUID, trouble: str) -> None:
    with transaction.atomic():
        Refund.objects.filter(pk=refund_id, state=State.APPROVED).update(trouble=trouble[:500])


def _call(provider: Provider, verb: str, path: str, key: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
    """A signed request to a provider. Of a request without a body its path is what is signed. HTTPError, URLError;
    ValueError where the answer is no JSON object."""
    content = json.dumps(body, ensure_ascii=False).encode() if body is not None else b""
    headers = signed_headers(provider.keys[:1], key, int(time.time()), content or path.encode())
    headers |= {"Content-Type": "application/json"} if body is not None else {}
    request = Request(provider.url + path, content or None, headers, method=verb)  # noqa: S310  set by the operator
    with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310
        found = json.loads(answer.read(1_000_000))
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found
