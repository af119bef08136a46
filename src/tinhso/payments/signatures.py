"""Signed messages between the platform and a bank, both ways: Standard Webhooks 1.0 (standardwebhooks.com).

    webhook-id: <id>   webhook-timestamp: <seconds>   webhook-signature: v1,<base64> v1a,<base64> …

`v1` is HMAC-SHA256 under a shared secret (`whsec_` + base64), `v1a` Ed25519 under a key pair (`whpk_` the public half).
Signed is "<id>.<seconds>.<body>". A sender may sign with several keys, a receiver may accept several: so a key is
rotated without a pause. What was signed longer ago than `WINDOW` is a replay.
"""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Iterable, Mapping
from datetime import timedelta

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

WINDOW = timedelta(minutes=5)
"""How far the sender's clock may be from ours, either way."""
HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")
SECRET, PUBLIC = "whsec_", "whpk_"


class Rejected(Exception):
    """A message that is not to be believed; `reason` is unsigned, stale or forged."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def _raw(key: str) -> bytes:
    try:
        return base64.b64decode(key.partition("_")[2], validate=True)
    except binascii.Error:
        raise ValueError("a key of a provider is whsec_ or whpk_ and base64") from None


def sign(key: str, message: str, seconds: int, body: bytes) -> str:
    """The value of `webhook-signature` by one shared secret."""
    mac = hmac.new(_raw(key), f"{message}.{seconds}.".encode() + body, hashlib.sha256)
    return "v1," + base64.b64encode(mac.digest()).decode()


def signed_headers(keys: Iterable[str], message: str, seconds: int, body: bytes) -> dict[str, str]:
    """The three headers, signed by each shared secret of `keys`."""
    made = [sign(key, message, seconds, body) for key in keys if key.startswith(SECRET)]
    return dict(zip(HEADERS, (message, str(seconds), " ".join(made)), strict=True))


def verify(keys: Iterable[str], headers: Mapping[str, str], body: bytes, now: float) -> str:
    """The id of a message that one of `keys` signed within the window around `now` (seconds). Raises Rejected."""
    message, stamp, given = (headers.get(name, "") for name in HEADERS)
    if not message or not given or not re.fullmatch(r"\d{1,12}", stamp):
        raise Rejected("unsigned")
    if abs(now - int(stamp)) > WINDOW.total_seconds():
        raise Rejected("stale")
    if not any(_fits(key, given, message, int(stamp), body) for key in keys):
        raise Rejected("forged")
    return message


def _fits(key: str, given: str, message: str, seconds: int, body: bytes) -> bool:
    parts = [part.partition(",") for part in given.split()]
    if key.startswith(SECRET):
        right = sign(key, message, seconds, body)
        return any(hmac.compare_digest(right, f"{version},{value}") for version, _c, value in parts)
    public = Ed25519PublicKey.from_public_bytes(_raw(key))
    for version, _comma, value in parts:
        if version == "v1a":
            try:
                public.verify(base64.b64decode(value), f"{message}.{seconds}.".encode() + body)
                return True
            except (InvalidSignature, ValueError):
                continue
    return False
