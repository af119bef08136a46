"""The ways out of the house. Each takes an `Outgoing` and sends it, or says why it could not: `Refused` for good,
anything else for now."""

from collections.abc import Callable

from . import mail, push, texting
from .outgoing import Outgoing, Refused

Send = Callable[[Outgoing], None]

SENDERS: dict[str, Send] = {"mail": mail.send, "sms": texting.send_sms, "zalo": texting.send_zalo, "push": push.send}


def offered() -> tuple[str, ...]:
    """The channels that this installation is set up for."""
    ready = {"mail": mail.ready, "sms": texting.sms_ready, "zalo": texting.zalo_ready, "push": push.ready}
    return tuple(name for name, is_ready in ready.items() if is_ready())


__all__ = ["SENDERS", "Outgoing", "Refused", "offered"]
