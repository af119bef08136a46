"""A telecom account (Mobile Money): the payer confirms on the operator's own page, opened by a signed link."""

import hmac
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext_lazy as _

from ..contracts import Notice, OrderRef, Way
from ..payees import Payee


class TelecomAccount:
    """{"type": "payment", "trans_id", "merchant", "order_code", "amount", "paid_at"} tells of money (milliseconds since
    1970); {"type": "reversal", …} only of one that came later than the answer to our request."""

    name = "telecom"
    words = _("Tài khoản viễn thông (Mobile Money)")

    def way(self, order: OrderRef, payee: Payee) -> Way:
        query = urlencode({"merchant": payee.number, "amount": order.rest, "code": order.code})
        link = f"{payee.provider.page}?{query}&signature={signature(payee.provider.keys[0], query)}"
        return Way(
            method=self.name,
            words=str(self.words),
            provider=payee.provider.name,
            bank="",
            account=payee.number,
            holder=payee.holder,
            amount=order.rest,
            content=order.code,
            link=link,
        )

    def notice(self, body: Mapping[str, Any]) -> Notice:
        reversed_ = body["type"] == "reversal"
        if not reversed_ and body["type"] != "payment":
            raise ValueError("the operator tells of something else")
        amount, at = body["amount"], body["paid_at"]
        if not all(isinstance(one, int) and not isinstance(one, bool) and 0 < one < 10**14 for one in (amount, at)):
            raise ValueError("no amount, or no moment")
        return Notice(
            what=("returned" if body.get("ok", True) else "not-returned") if reversed_ else "paid",
            transaction=str(body["trans_id"])[:120],
            amount=amount,
            at=datetime.fromtimestamp(at / 1000, UTC),
            account=str(body["merchant"])[:60],
            content=str(body.get("order_code", ""))[:500],
            refund=str(body.get("request_id", ""))[:120],
            reason=str(body.get("reason", ""))[:300],
        )

    def refund(self, refund: str, transaction: str, amount: int, reason: str) -> tuple[str, dict[str, Any]]:
        return "/reversals", {"request_id": refund, "trans_id": transaction, "amount": amount, "note": reason}

    def refunded(self, body: Mapping[str, Any]) -> tuple[str, bool]:
        return str(body["reversal_id"]), body.get("status") == "done"


def signature(key: str, query: str) -> str:
    """Ours under a link to the operator's page, so that nobody changes the amount: HMAC-SHA256, in hex."""
    return hmac.new(key.encode(), query.encode(), "sha256").hexdigest()
