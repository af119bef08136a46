"""Web push (RFC 8030, 8291, 8292): encrypted to the browser's own keys, signed with ours (VAPID)."""

import base64
import json
from functools import lru_cache
from urllib.parse import urlsplit

import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.conf import settings
from py_vapid import Vapid
from pywebpush import WebPushException, webpush

from tinhso.kernel.errors import Invalid

from .outgoing import Outgoing, Refused

SECONDS = 15
DAY = 86_400
"""For how long the push service keeps it for a device that is off."""


def ready() -> bool:
    return bool(settings.VAPID_KEY)


@lru_cache(maxsize=4)
def _vapid(pem: str) -> Vapid:
    key = serialization.load_pem_private_key(pem.encode(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise ValueError("the VAPID key is a P-256 key (RFC 8292 §2)")
    return Vapid(key)


def public_key() -> str:
    """Our key as browsers want it when they subscribe (applicationServerKey: base64url, uncompressed)."""
    point = (
        _vapid(settings.VAPID_KEY)
        .private_key.public_key()
        .public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    )
    return base64.urlsafe_b64encode(point).rstrip(b"=").decode()


def read_subscription(text: str) -> str:
    """A browser's subscription as we keep it. Raises Invalid: the address is one that we shall call, and so it must be
    of a push service that the installation knows (setting TINHSO_PUSH_HOSTS), and nothing else of the network."""
    try:
        given = json.loads(text)
        endpoint, keys = str(given["endpoint"]), given["keys"]
        at = urlsplit(endpoint)
        host, secure = at.hostname or "", at.scheme == "https"
        point = base64.urlsafe_b64decode(str(keys["p256dh"]) + "==")
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
        if len(base64.urlsafe_b64decode(str(keys["auth"]) + "==")) != 16 or len(endpoint) > 1_000:
            raise ValueError("not a subscription")
    except (ValueError, KeyError, TypeError) as error:
        raise Invalid({"subscription": ["not a subscription"]}) from error
    known = any(host == name or host.endswith(f".{name}") for name in settings.PUSH_HOSTS)
    if not known or not (secure or host in {"127.0.0.1", "localhost"}):
        raise Invalid({"subscription": ["not a push service that is known here"]})
    kept = {"endpoint": endpoint, "keys": {"p256dh": str(keys["p256dh"]), "auth": str(keys["auth"])}}
    return json.dumps(kept, sort_keys=True)


def send(message: Outgoing) -> None:
    """Push to one browser. Refused (gone) where the subscription has ended (404, 410); OSError where it may be tried
    again."""
    body = json.dumps(
        {"id": str(message.id), "title": message.subject, "body": message.text, "url": urlsplit(message.link).path},
        ensure_ascii=False,
    )
    session = requests.Session()
    session.max_redirects = 0
    try:
        webpush(
            json.loads(message.to),
            body,
            vapid_private_key=_vapid(settings.VAPID_KEY),
            vapid_claims={"sub": settings.VAPID_CONTACT},
            ttl=DAY,
            timeout=SECONDS,
            requests_session=session,
        )
    except WebPushException as error:
        status = error.response.status_code if error.response is not None else 0
        if status in {404, 410}:
            raise Refused(f"{status}: the subscription has ended", gone=True) from error
        if 400 <= status < 500 and status not in {408, 425, 429}:
            raise Refused(f"{status} {error.message[:200]}") from error
        raise OSError(f"{status} {error.message[:200]}") from error
