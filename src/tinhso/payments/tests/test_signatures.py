"""Messages that are signed, and messages that are not to be believed: each kept with its reason."""

import base64
import json
import time
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client

from tinhso.kernel.errors import Busy, NotFound
from tinhso.payments import queries, services
from tinhso.payments.models import Message, Payment
from tinhso.payments.services import hearing
from tinhso.payments.signatures import Rejected, sign, signed_headers, verify

from .conftest import BANK, KEY, OLD_KEY, SYSTEM, Office, ask, credit, tell

SPEC_KEY = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SPEC = ("msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
SPEC_SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
"""The reference example of Standard Webhooks."""


def test_the_reference_example_of_the_standard() -> None:
    assert sign(SPEC_KEY, *SPEC) == SPEC_SIGNATURE
    head = dict(zip(("webhook-id", "webhook-timestamp"), (SPEC[0], str(SPEC[1])), strict=True))
    assert verify([SPEC_KEY], head | {"webhook-signature": SPEC_SIGNATURE}, SPEC[2], SPEC[1] + 60) == SPEC[0]


def test_a_key_is_rotated_without_a_pause() -> None:
    now = int(time.time())
    by_old = signed_headers([OLD_KEY], "m", now, b"{}")
    by_both = signed_headers([KEY, OLD_KEY], "m", now, b"{}")
    assert verify([KEY, OLD_KEY], by_old, b"{}", now) == "m"
    assert verify([KEY], by_both, b"{}", now) == verify([OLD_KEY], by_both, b"{}", now) == "m"
    with pytest.raises(Rejected, match="forged"):
        verify([KEY], by_old, b"{}", now)


def test_ed25519_of_a_bank_that_shares_no_secret() -> None:
    private = Ed25519PrivateKey.generate()
    public = "whpk_" + base64.b64encode(private.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()
    now = int(time.time())
    made = base64.b64encode(private.sign(f"m.{now}.".encode() + b"{}")).decode()
    head = {"webhook-id": "m", "webhook-timestamp": str(now), "webhook-signature": f"v1,AAAA v1a,{made}"}
    assert verify([KEY, public], head, b"{}", now) == "m"
    with pytest.raises(Rejected, match="forged"):
        verify([KEY, public], head, b"{ }", now)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"webhook-signature": ""}, "unsigned"),
        ({"webhook-id": ""}, "unsigned"),
        ({"webhook-timestamp": "yesterday"}, "unsigned"),
        ({"webhook-timestamp": "1614265330"}, "stale"),
        ({"webhook-timestamp": "99999999999"}, "stale"),
        ({"webhook-signature": "v1,AAAA"}, "forged"),
        ({"webhook-signature": "v1a,%%%"}, "forged"),
        ({"webhook-id": "another"}, "forged"),
    ],
)
def test_what_is_not_signed_just_now_by_the_bank_is_kept_and_changes_nothing(
    office: Office, change: dict[str, str], reason: str
) -> None:
    order = ask(office)
    body = json.dumps(credit(order.code)).encode()
    head = signed_headers([KEY], "m", int(time.time()), body) | change
    heard = services.hear(BANK, head, body)
    assert (heard.outcome, heard.reason) == ("rejected", reason)
    assert queries.order(order.id).state == "asked"
    assert Payment.objects.count() == 0
    assert queries.messages(office.at("accountant")).rows[0].reason == reason
    assert heard.message is not None
    assert order.code in queries.message(SYSTEM, heard.message).text, "it is kept as it came"


@pytest.mark.parametrize(
    ("told", "reason"),
    [
        ({"event": "weather"}, "unreadable"), ({}, "unreadable"), ([], "unreadable"),
        ({"amount": "16000"}, "unreadable"), ({"amount": 1.5}, "unreadable"), ({"amount": True}, "unreadable"),
        ({"amount": -1}, "unreadable"), ({"transaction_time": "soon"}, "unreadable"),
        ({"transaction_time": "2026-11-25T10:00:00"}, "unreadable"), ({"transaction_id": ""}, "unreadable"),
        ({"account_number": "1"}, "other-account"), ({"transaction_time": "2099-01-01T00:00:00Z"}, "unreadable"),
    ],
)  # fmt: skip
def test_what_a_bank_signs_and_nobody_understands_is_kept(office: Office, told: Any, reason: str) -> None:
    whole = credit("x") | told if isinstance(told, dict) and told and told != {"event": "weather"} else told
    assert tell(whole).reason == reason
    assert Payment.objects.count() == 0


def test_the_body_is_sealed_in_the_table(office: Office) -> None:
    tell(credit("NGUYEN VAN BI MAT"))
    assert b"BI MAT" not in bytes(Message.objects.get().sealed)
    assert b"BI MAT" not in bytes(Payment.objects.get().sealed or b"")
    assert queries.payment(SYSTEM, Payment.objects.get().pk).content == "NGUYEN VAN BI MAT"


def test_over_http_a_bank_is_answered_and_a_stranger_is_not_believed(office: Office, client: Client) -> None:
    order = ask(office)
    body = json.dumps(credit(order.code))
    head = signed_headers([KEY], "m", int(time.time()), body.encode())
    at = f"/payments/{BANK}/messages"

    def post(headers: dict[str, str], text: str = body, to: str = at) -> int:
        return client.post(to, text, content_type="application/json", headers=headers).status_code

    assert post({}) == 401
    assert post(head, body + " ") == 401
    assert post(head, to="/payments/nobody/messages") == 404
    assert client.get(at).status_code == 405
    assert post(head) == 200
    assert post(head) == 200
    assert Payment.objects.count() == 1
    long = "x" * 20_000
    assert post(signed_headers([KEY], "m", int(time.time()), long.encode()), long) == 413


def test_a_flood_of_forged_messages_does_not_fill_the_disk(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "MOST_REJECTED", 3)
    for _ in range(3):
        services.hear(BANK, {}, b"{}")
    with pytest.raises(Busy):
        services.hear(BANK, {}, b"{}")
    assert Message.objects.count() == 3
    assert services.forget_rejected(days=-1) == 3
    with pytest.raises(NotFound):
        services.hear("nobody", {}, b"{}")


def test_a_telecom_account_pays_by_the_same_verbs(office: Office) -> None:
    order = ask(office)
    way = next(way for way in queries.ways(order) if way.method == "telecom")
    assert order.code in way.link
    assert "signature=" in way.link
    assert way.qr == ""
    told = {"type": "payment", "trans_id": "MM1", "merchant": way.account, "order_code": order.code, "amount": 16_000,
            "paid_at": int(time.time() * 1000)}  # fmt: skip
    assert tell(told, provider="stand-in-telecom").outcome == "taken"
    assert queries.order(order.id).state == "paid"
    assert queries.payments_of(order.id)[0].method == "telecom"
