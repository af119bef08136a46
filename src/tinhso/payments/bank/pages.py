"""The stand-in's pages and its side of the platform's requests, as one WSGI application."""

import json
import secrets
import time
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from django.core.handlers.wsgi import WSGIRequest
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.template import Context, Engine
from django.utils import translation
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext as _

from ..methods.telecom import signature
from ..settings import BANK, WALLET
from ..signatures import HEADERS, Rejected, verify
from .reading import read
from .store import Movement, Store

MOST = 10**12
HERE = ZoneInfo("Asia/Ho_Chi_Minh")
ENGINE = Engine(
    dirs=[str(Path(__file__).with_name("templates"))],
    builtins=["django.templatetags.i18n", "django.contrib.humanize.templatetags.humanize"],
)
Answer = Callable[[str, list[tuple[str, str]]], Any]


class Pages:
    """`key` signs what goes between the platform and the bank; `platform` is the platform's address, to lead back."""

    def __init__(self, store: Store, key: str, platform: str) -> None:
        self.store, self.key, self.platform = store, key, platform
        self.routes: dict[tuple[str, str], Callable[[WSGIRequest], HttpResponse]] = {
            ("GET", "/"): self.home,
            ("GET", "/health/ready"): lambda request: HttpResponse("ready\n", content_type="text/plain"),
            ("GET", "/chuyen-tien"): self.transfer,
            ("POST", "/chuyen-tien"): self.pay,
            ("GET", "/da-chuyen"): self.done,
            ("GET", "/vi"): self.wallet,
            ("POST", "/vi"): self.debit,
            ("POST", "/api/refunds"): self.refund,
            ("POST", "/api/reversals"): self.reverse,
            ("GET", "/api/statement"): self.statement,
        }

    def __call__(self, environ: dict[str, Any], start: Answer) -> Iterable[bytes]:
        request = WSGIRequest(environ)
        view = self.routes.get((request.method or "GET", request.path))
        with translation.override(translation.get_language_from_request(request)):
            response = view(request) if view else HttpResponse("not found\n", status=404, content_type="text/plain")
        response.headers["Content-Security-Policy"] = (
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'; "
            "form-action 'self'"
        )
        start(f"{response.status_code} {response.reason_phrase}", list(response.headers.items()))
        return [response.content]

    # -- the customer's app ------------------------------------------------------------------------------------------

    def home(self, request: WSGIRequest) -> HttpResponse:
        """A place to paste what a camera would have read, and the last movements."""
        return self._page("home.html", rows=[_row(one) for one in self.store.last()])

    def transfer(self, request: WSGIRequest) -> HttpResponse:
        """What the code asks for; the payer may change amount and words, as in a real app."""
        text = request.GET.get("qr", "")
        try:
            asked = read(text)
        except (ValueError, KeyError):
            return self._page("home.html", 422, text=text, wrong=True, rows=[_row(one) for one in self.store.last()])
        return self._page("transfer.html", asked=asked, once=secrets.token_hex(8))

    def pay(self, request: WSGIRequest) -> HttpResponse:
        """Transfer: book it, and have the platform told. The same form sent twice is one transfer."""
        given = request.POST
        amount = _amount(given.get("amount", ""))
        if not amount or not given.get("account") or not given.get("once", "").isalnum():
            return self._page("home.html", 422, wrong=True, rows=[])
        now = time.time()
        key = f"FT{given['once'][:32].upper()}"
        content = given.get("content", "")[:200]
        account = given["account"][:19]
        body = {
            "event": "credit", "transaction_id": key, "account_number": account, "amount": amount, "content": content,
            "transaction_time": _iso(now),
        }  # fmt: skip
        self.store.add(Movement(key, BANK, account, amount, content, now), body)
        return HttpResponseRedirect(f"/da-chuyen?ma={key}")

    def wallet(self, request: WSGIRequest) -> HttpResponse:
        """A debit of a telecom account that the platform's link asks for: the amount stands."""
        query, _mark, given = request.META.get("QUERY_STRING", "").rpartition("&signature=")
        if not query or not constant_time_compare(signature(self.key, query), given):
            return self._page("home.html", 422, wrong=True, rows=[])
        asked = request.GET
        return self._page(
            "wallet.html", merchant=asked["merchant"], amount=int(asked["amount"]), code=asked["code"],
            query=query, signature=given, once=secrets.token_hex(8),
        )  # fmt: skip

    def debit(self, request: WSGIRequest) -> HttpResponse:
        """Confirm it."""
        from django.http import QueryDict

        query, given = request.POST.get("query", ""), request.POST.get("signature", "")
        once = request.POST.get("once", "")
        if not once.isalnum() or not constant_time_compare(signature(self.key, query), given):
            return self._page("home.html", 422, wrong=True, rows=[])
        asked = QueryDict(query)
        now, key = time.time(), f"MM{once[:32].upper()}"
        movement = Movement(key, WALLET, asked["merchant"], int(asked["amount"]), asked["code"], now)
        self.store.add(movement, _told(movement))
        return HttpResponseRedirect(f"/da-chuyen?ma={key}")

    def done(self, request: WSGIRequest) -> HttpResponse:
        """What was transferred."""
        movement = self.store.one(request.GET.get("ma", ""))
        if movement is None:
            return self._page("home.html", 404, wrong=True, rows=[])
        return self._page("done.html", row=_row(movement))

    # -- the platform's requests -------------------------------------------------------------------------------------

    def refund(self, request: WSGIRequest) -> HttpResponse:
        """{"refund_id", "transaction_id", "amount", "reason"}: booked at once, confirmed by a message."""
        if refusal := self._unsigned(request, request.body):
            return refusal
        asked = json.loads(request.body)
        movement, refusal = self._give_back(BANK, asked["refund_id"], asked["transaction_id"], int(asked["amount"]))
        return refusal or JsonResponse({"reference": movement.id}, status=202)  # type: ignore[union-attr]

    def reverse(self, request: WSGIRequest) -> HttpResponse:
        """{"request_id", "trans_id", "amount", "note"}: done in the answer."""
        if refusal := self._unsigned(request, request.body):
            return refusal
        asked = json.loads(request.body)
        movement, refusal = self._give_back(WALLET, asked["request_id"], asked["trans_id"], int(asked["amount"]))
        return refusal or JsonResponse({"reversal_id": movement.id, "status": "done"})  # type: ignore[union-attr]

    def _give_back(
        self, provider: str, refund: str, of: str, amount: int
    ) -> tuple[Movement | None, HttpResponse | None]:
        if (there := self.store.refund(refund)) is not None:
            return there, None
        paid = self.store.one(of)
        if paid is None or paid.provider != provider:
            return None, JsonResponse({"error": "no such transaction"}, status=404)
        if not 0 < amount <= paid.vnd - self.store.given_back(of):
            return None, JsonResponse({"error": "more than is left of it"}, status=409)
        now = time.time()
        key = f"RF{secrets.token_hex(8).upper()}"
        movement = Movement(key, provider, paid.account, -amount, paid.content, now, of=of, refund=refund)
        told = {
            "event": "refund", "refund_id": refund, "transaction_id": of, "status": "done", "amount": amount,
            "time": _iso(now),
        }  # fmt: skip
        self.store.add(movement, told if provider == BANK else None)
        return self.store.refund(refund), None

    def statement(self, request: WSGIRequest) -> HttpResponse:
        """?account=&day=: the movements of a day in Vietnam, in the words of the messages."""
        if refusal := self._unsigned(request, request.get_full_path().removeprefix("/api").encode()):
            return refusal
        day = datetime.combine(date.fromisoformat(request.GET["day"]), datetime.min.time(), HERE)
        rows = self.store.of_account(request.GET["account"], day.timestamp(), (day + timedelta(days=1)).timestamp())
        return JsonResponse(
            {
                "came_in": sum(one.vnd for one in rows if one.vnd > 0),
                "went_out": -sum(one.vnd for one in rows if one.vnd < 0),
                "lines": [_told(one) for one in rows if one.vnd > 0],
            }
        )

    def _unsigned(self, request: WSGIRequest, signed: bytes) -> HttpResponse | None:
        """The refusal of a request that the platform has not signed just now."""
        headers = {name: request.headers.get(name, "") for name in HEADERS}
        try:
            verify([self.key], headers, signed, time.time())
        except Rejected as problem:
            return JsonResponse({"error": problem.reason}, status=401)
        return None

    def _page(self, template: str, status: int = 200, **context: Any) -> HttpResponse:
        context |= {"platform": self.platform, "language": translation.get_language()}
        return HttpResponse(ENGINE.get_template(f"bank/{template}").render(Context(context)), status=status)


def _told(one: Movement) -> dict[str, Any]:
    if one.provider == BANK:
        return {
            "event": "credit", "transaction_id": one.id, "account_number": one.account, "amount": one.vnd,
            "content": one.content, "transaction_time": _iso(one.at),
        }  # fmt: skip
    return {
        "type": "payment", "trans_id": one.id, "merchant": one.account, "order_code": one.content, "amount": one.vnd,
        "paid_at": int(one.at * 1000),
    }  # fmt: skip


def _iso(moment: float) -> str:
    return datetime.fromtimestamp(moment, UTC).isoformat()


def _amount(text: str) -> int:
    digits = text.replace(".", "").replace(",", "").replace(" ", "")
    return int(digits) if digits.isdecimal() and 0 < int(digits) < MOST else 0


def _row(one: Movement) -> dict[str, Any]:
    return {
        "id": one.id, "account": one.account, "vnd": f"{abs(one.vnd):,}".replace(",", "."), "content": one.content,
        "what": _("Hoàn trả") if one.vnd < 0 else _("Chuyển đi"), "at": datetime.fromtimestamp(one.at, HERE),
    }  # fmt: skip
