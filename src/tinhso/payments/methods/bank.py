"""A transfer to a bank account, shown as VietQR; the bank tells us of what came by a signed message."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from tinhso.kernel.errors import NotFound
from tinhso.kernel.fields.lists import code_list

from .. import vietqr
from ..contracts import Notice, OrderRef, Way
from ..payees import Payee

BANKS = "banks"
"""The code list of the banks' BINs."""


class BankTransfer:
    """{"event": "credit", "transaction_id", "account_number", "amount", "content", "transaction_time"} tells of money;
    {"event": "refund", "refund_id", "transaction_id", "status": "done"|"failed", "amount", "time"} of a refund."""

    name = "bank"
    words = _("Chuyển khoản ngân hàng")

    def way(self, order: OrderRef, payee: Payee) -> Way:
        text = vietqr.payload(bank=payee.bank, account=payee.number, amount=order.rest, purpose=order.code)
        page = payee.provider.page
        return Way(
            method=self.name,
            words=str(self.words),
            provider=payee.provider.name,
            bank=bank_words(payee.bank),
            account=payee.number,
            holder=payee.holder,
            amount=order.rest,
            content=order.code,
            qr=text,
            link=f"{page}?{urlencode({'qr': text})}" if page else "",
        )

    def notice(self, body: Mapping[str, Any]) -> Notice:
        if body["event"] == "credit":
            return Notice(
                what="paid",
                transaction=_text(body["transaction_id"]),
                amount=_amount(body["amount"]),
                at=_moment(body["transaction_time"]),
                account=_text(body["account_number"]),
                content=str(body.get("content", ""))[:500],
            )
        if body["event"] != "refund" or body["status"] not in {"done", "failed"}:
            raise ValueError("the bank tells of something else")
        return Notice(
            what="returned" if body["status"] == "done" else "not-returned",
            transaction=_text(body["transaction_id"]),
            amount=_amount(body["amount"]),
            at=_moment(body["time"]),
            refund=_text(body["refund_id"]),
            reason=str(body.get("reason", ""))[:300],
        )

    def refund(self, refund: str, transaction: str, amount: int, reason: str) -> tuple[str, dict[str, Any]]:
        return "/refunds", {"refund_id": refund, "transaction_id": transaction, "amount": amount, "reason": reason}

    def refunded(self, body: Mapping[str, Any]) -> tuple[str, bool]:
        return _text(body["reference"]), False


def bank_words(bin_: str) -> str:
    """The bank's name by its BIN; the BIN itself where the list does not know it."""
    try:
        return next((str(one.label) for one in code_list(BANKS).codes if one.value == bin_), bin_)
    except NotFound:
        return bin_


def _text(value: Any) -> str:
    text = str(value)
    if not 1 <= len(text) <= 120 or not isinstance(value, str | int):
        raise ValueError("a number of the bank is missing")
    return text


def _amount(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value < 10**13:
        raise ValueError(f"{value!r} is no amount in VND")
    return value


def _moment(value: Any) -> datetime:
    moment = parse_datetime(str(value))
    if moment is None or moment.tzinfo is None:
        raise ValueError(f"{value!r} is no moment")
    return moment
