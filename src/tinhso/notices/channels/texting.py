"""SMS and Zalo, each by a provider's HTTP interface."""

import unicodedata
from dataclasses import replace

import requests
from django.conf import settings

from .outgoing import Outgoing
from .shapes import shape

SECONDS = (5, 15)
"""To connect, and to wait for the answer."""
MOST_ANSWER = 100_000


def sms_ready() -> bool:
    return bool(settings.SMS_URL)


def zalo_ready() -> bool:
    return bool(settings.ZALO_URL and settings.ZALO_TEMPLATE)


def send_sms(message: Outgoing) -> None:
    """Raises Refused, or OSError (requests' errors are) where it may be tried again."""
    if not settings.SMS_MARKS:
        message = replace(message, text=without_marks(message.text))
    _send(message, settings.SMS_URL, settings.SMS_KEY, settings.SMS_SHAPE)


def send_zalo(message: Outgoing) -> None:
    """The same by Zalo."""
    _send(message, settings.ZALO_URL, settings.ZALO_KEY, settings.ZALO_SHAPE)


def _send(message: Outgoing, url: str, key: str, name: str) -> None:
    if not url:
        raise OSError("this channel is not set up")
    provider = shape(name)
    headers, body = provider.request(message, key)
    with requests.post(
        url, json=dict(body), headers=dict(headers), timeout=SECONDS, allow_redirects=False, stream=True
    ) as answer:
        try:
            # What is no JSON says nothing more than its status does.
            found = {} if int(answer.headers.get("Content-Length") or 0) > MOST_ANSWER else answer.json()
        except ValueError:
            found = {}
        provider.accept(answer.status_code, found if isinstance(found, dict) else {})


def without_marks(text: str) -> str:
    """“Hồ sơ” as “Ho so”, for gateways that want plain letters (setting TINHSO_SMS_MARKS)."""
    plain = unicodedata.normalize("NFD", text.replace("đ", "d").replace("Đ", "D"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter))
