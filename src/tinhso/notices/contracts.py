"""What crosses the border of notices."""

from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from tinhso.kernel import events
from tinhso.kernel.errors import Words

NOTICE_TOLD = events.declare(
    "notice.told", "Somebody has a new notice, or read one; subject person:<id> or account:<id>."
)
NOTICE_DEAD = events.declare("notice.dead", "A notice could not be sent; subject sending:<id>; data: channel.")
CHANNELS_CHOSEN = events.declare(
    "notice.channels-chosen", "Somebody chose how they are told; subject person:<id> or account:<id>; data: channel."
)

CHANNELS: dict[str, Words] = {
    "mail": _("Thư điện tử"),
    "sms": _("Tin nhắn SMS"),
    "zalo": _("Zalo"),
    "push": _("Thông báo trên thiết bị"),
}
"""Beside the reader's own list, which is always there."""


@dataclass(frozen=True, slots=True)
class NoticeView:
    """A notice as its reader sees it, in the reader's language. `body` is "" in lists. `about` and `thing` are the
    kind and the id of what it tells of ("case", its id)."""

    id: UUID
    at: datetime
    subject: str
    body: str
    about: str
    thing: str
    unread: bool


@dataclass(frozen=True, slots=True)
class NoticePage:
    """A keyset page, newest first: `next` is the cursor of the page after, "" at the end."""

    notices: tuple[NoticeView, ...] = ()
    next: str = ""


@dataclass(frozen=True, slots=True)
class AddressView:
    """Where somebody is told besides their own list. `value` is the address as its owner reads it (of a device: its
    name). Unverified ones get nothing but the message that verifies them."""

    id: UUID
    channel: str
    value: str
    verified: bool
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Ways:
    """How somebody is told: `offered` are the channels that this installation has; `suggested` what the population
    register knows (channel to address)."""

    language: str
    quiet_from: time | None
    quiet_until: time | None
    digest: bool
    addresses: tuple[AddressView, ...]
    offered: tuple[str, ...]
    suggested: dict[str, str]
    push_key: str = ""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A sending that was given up, for the administrator: no address, no text."""

    id: UUID
    template: str
    channel: str
    attempts: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class DeadPage:
    letters: tuple[DeadLetter, ...] = ()
    next: str = ""
