"""The verbs of notices: the only code that writes."""

from .choosing import (
    add_address,
    add_device,
    confirm_code,
    confirm_link,
    drop_address,
    send_code,
    set_ways,
    unsubscribe,
)
from .sending import send, send_again, send_digests, send_verification
from .telling import read, read_all, tell, tell_officer

__all__ = [
    "add_address",
    "add_device",
    "confirm_code",
    "confirm_link",
    "drop_address",
    "read",
    "read_all",
    "send",
    "send_again",
    "send_code",
    "send_digests",
    "send_verification",
    "set_ways",
    "tell",
    "tell_officer",
    "unsubscribe",
]
