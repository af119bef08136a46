"""The second factor: what allauth stores of it is sealed, and demonstration accounts have one that can be computed."""

import base64
import hmac
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from django.conf import settings
from django.db import transaction

from tinhso.kernel.errors import Forbidden

from .. import crypto
from ..models import Account

PLACE = "second-factor"
_SECRETS = ("secret", "seed")


def encrypt(text: str) -> str:
    return base64.b64encode(crypto.seal(text, PLACE)).decode()


def decrypt(text: str) -> str:
    return crypto.open_sealed(base64.b64decode(text), PLACE)


def rotate_secrets() -> int:
    """Bring the stored second factors under the newest key; returns how many changed."""
    changed = 0
    with transaction.atomic():
        for row in Authenticator.objects.select_for_update().exclude(type=Authenticator.Type.WEBAUTHN):
            stale = {k: base64.b64decode(v) for k, v in row.data.items() if k in _SECRETS}
            stale = {k: v for k, v in stale.items() if v[1:5] != crypto.key_id()}
            if stale:
                row.data |= {k: base64.b64encode(crypto.rewrap(v, PLACE)).decode() for k, v in stale.items()}
                row.save(update_fields=["data"])
                changed += 1
    return changed


def demo_totp_secret(account: Account) -> str:
    """The TOTP secret (base32) of a demonstration account: the same after every start of one installation, and
    known to nobody without its secret key. Raises Forbidden for an account of a real person."""
    if not account.demo:
        raise Forbidden()
    digest = hmac.digest(settings.SECRET_KEY.encode(), b"demo totp\0" + account.username.encode(), "sha256")
    return base64.b32encode(digest[:20]).decode()


def demo_totp_code(username: str) -> str:
    """The code that a demonstration account's authenticator would show now. Raises Forbidden for any other."""
    secret = demo_totp_secret(Account.objects.get(username=username))
    counter = next(iter(yield_hotp_counters_from_time()))
    return format_hotp_value(hotp_value(secret, counter))


def enrol_demo(account: Account) -> None:
    """Give a demonstration account its second factor, unless it has one."""
    if not Authenticator.objects.filter(user=account, type=Authenticator.Type.TOTP).exists():
        TOTP.activate(account, demo_totp_secret(account))
        RecoveryCodes.activate(account)


def forget(account: UUID) -> None:
    """Take away the second factor of an account, and its recovery codes."""
    Authenticator.objects.filter(user=account).delete()
