"""What providers of SMS and of Zalo notices want to be sent and how they answer: one small class a provider.

A provider that speaks otherwise is a class with these two methods in any module that can be imported; the setting
names it ("my_province.sms:Shape"). Where a provider's form was not read in its own documents, its `source` says so.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from django.conf import settings
from django.utils.module_loading import import_string

from .outgoing import Outgoing, Refused


class Shape(Protocol):
    """One provider's request and answer."""

    def request(self, message: Outgoing, key: str) -> tuple[Mapping[str, str], Mapping[str, Any]]:
        """Headers and JSON body that send `message`."""
        ...

    def accept(self, status: int, answer: Mapping[str, Any]) -> None:
        """Return where the provider took it; raise Refused where it never will, OSError where it may later."""
        ...


def _by_status(status: int, answer: Mapping[str, Any]) -> None:
    """2xx is taken; 408, 429 and 5xx may be tried again; the rest is refused (RFC 9110 §15)."""
    if 200 <= status < 300:
        return
    reason = f"{status} {str(answer.get('message') or answer.get('error') or '')[:200]}".strip()
    if status in {408, 425, 429} or status >= 500:
        raise OSError(reason)
    raise Refused(reason, gone=status in {404, 410})


class Plain:
    """Our own plain form, for a gateway of the province: {"id", "to", "text"} with a bearer key. `id` is the same at
    each attempt; the gateway sends it once."""

    source = "ours"

    def request(self, message: Outgoing, key: str) -> tuple[Mapping[str, str], Mapping[str, Any]]:
        text = f"{message.text} {message.link}".strip()
        return {"Authorization": f"Bearer {key}"}, {"id": str(message.id), "to": message.to, "text": text}

    def accept(self, status: int, answer: Mapping[str, Any]) -> None:
        _by_status(status, answer)


class Zns:
    """Zalo Notification Service: a template approved by Zalo (setting TINHSO_ZALO_TEMPLATE) with the parameters
    `noi_dung` and `lien_ket`; the phone as 84…, the answer's `error` 0 where it was taken.

    The form follows common descriptions of ZNS and is to be compared with Zalo's own document before it is used;
    which errors are worth another attempt is a setting for that reason (`ZALO_TRY_AGAIN`)."""

    source = "from knowledge, to be compared"

    def request(self, message: Outgoing, key: str) -> tuple[Mapping[str, str], Mapping[str, Any]]:
        return {"access_token": key}, {
            "phone": "84" + message.to.lstrip("+").removeprefix("84").removeprefix("0"),
            "template_id": settings.ZALO_TEMPLATE,
            "template_data": {"noi_dung": message.text, "lien_ket": message.link},
            "tracking_id": str(message.id),
        }

    def accept(self, status: int, answer: Mapping[str, Any]) -> None:
        _by_status(status, answer)
        error = int(answer.get("error") or 0)
        if error == 0:
            return
        reason = f"{error} {str(answer.get('message') or '')[:200]}"
        if error in settings.ZALO_TRY_AGAIN:
            raise OSError(reason)
        raise Refused(reason)


KNOWN: dict[str, type[Shape]] = {"plain": Plain, "zns": Zns}


def shape(name: str) -> Shape:
    """The shape that a setting names: one of KNOWN, or "module:Class". Raises ImportError."""
    found = KNOWN[name] if name in KNOWN else import_string(name.replace(":", "."))
    return found()
