"""Web push: only the browser that subscribed can read it; only push services are called."""

import base64
import json
import os

import http_ece
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from py_vapid import Vapid02

from tinhso.kernel.errors import Invalid
from tinhso.notices import queries, services
from tinhso.notices.models import Address, Sending

from .conftest import go, tell


def b64(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


class Browser:
    """A browser's half of a subscription: its private key and its secret."""

    def __init__(self, endpoint: str) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.auth = os.urandom(16)
        point = self.key.public_key().public_bytes(
            serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint
        )
        self.subscription = json.dumps({"endpoint": endpoint, "keys": {"p256dh": b64(point), "auth": b64(self.auth)}})

    def read(self, body: bytes) -> dict:
        return json.loads(http_ece.decrypt(body, private_key=self.key, auth_secret=self.auth, version="aes128gcm"))


@pytest.fixture
def browser(provider, settings) -> Browser:
    settings.PUSH_HOSTS = ["127.0.0.1"]
    settings.BASE_URL = "https://tinhso.example"
    provider.status = 201
    return Browser(provider.url)


def test_the_browser_reads_what_nobody_between_can(hello, hoa, browser, provider) -> None:
    services.add_device(hoa, browser.subscription, "Chrome – Android")
    services.add_device(hoa, browser.subscription, "Chrome – Android")
    tell(hoa)
    go()
    assert len(provider.got) == 1
    headers, body = provider.got[0]
    key = queries.notices(hoa).notices[0].id
    assert browser.read(body) == {
        "id": str(Sending.objects.get().pk), "title": "Việc V-1 xong", "body": "Việc V-1 đã xong.",
        "url": f"/toi/thong-bao/{key}",
    }  # fmt: skip
    assert "Việc".encode() not in body
    assert headers["content-encoding"] == "aes128gcm" and int(headers["ttl"]) > 0
    assert Sending.objects.get().state == "sent"


def test_it_is_signed_with_the_key_that_the_page_gave_the_browser(hello, hoa, browser, provider) -> None:
    services.add_device(hoa, browser.subscription, "Chrome")
    tell(hoa)
    go()
    authorization = provider.got[0][0]["authorization"]
    parts = authorization.removeprefix("vapid ").removeprefix("WebPush ").split(",")
    named = dict(part.strip().split("=", 1) for part in parts if "=" in part)
    token = named.get("t") or authorization.split(" ")[1]
    signed, signature = token.rsplit(".", 1)
    own = queries.ways(hoa).push_key
    assert Vapid02.from_raw_public(own.encode()).verify_token(signed.encode(), signature)
    assert named.get("k", own) == own


def test_a_subscription_that_ended_is_forgotten(hello, hoa, browser, provider) -> None:
    services.add_device(hoa, browser.subscription, "Chrome")
    tell(hoa)
    provider.status = 410
    go()
    assert Sending.objects.get().state == "dead" and not Address.objects.exists()


def test_a_push_service_that_is_down_is_asked_again(hello, hoa, browser, provider) -> None:
    services.add_device(hoa, browser.subscription, "Chrome")
    tell(hoa)
    provider.status = 503
    go()
    assert Sending.objects.get().state == "waiting"


@pytest.mark.parametrize(
    "endpoint",
    ["http://10.0.0.1/", "https://169.254.169.254/latest", "https://fcm.googleapis.com.evil.example/x", "file:///etc/passwd",
     "http://fcm.googleapis.com/x"],
)  # fmt: skip
def test_a_subscription_cannot_make_the_platform_call_anything_else(hello, hoa, settings, endpoint) -> None:
    with pytest.raises(Invalid):
        services.add_device(hoa, Browser(endpoint).subscription, "x")
    assert not Address.objects.exists()


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"endpoint": "https://fcm.googleapis.com/x", "keys": {}}', "nan"])
def test_what_is_no_subscription_is_not_taken(hello, hoa, text) -> None:
    with pytest.raises(Invalid):
        services.add_device(hoa, text, "x")


def test_the_push_services_of_browsers_are_known(hello, hoa) -> None:
    services.add_device(hoa, Browser("https://updates.push.services.mozilla.com/wpush/v2/x").subscription, "Firefox")
    assert Address.objects.get().verified_at
