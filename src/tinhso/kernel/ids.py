"""Identifiers of records, cases, documents: UUID version 7 (RFC 9562 §5.7)."""

import os
import threading
import time
from datetime import datetime
from uuid import UUID

_lock = threading.Lock()
_last = 0
_VARIANT = {digit: "89ab"[int(digit, 16) & 3] for digit in "0123456789abcdef"}


def uuid7() -> UUID:
    """A UUID of version 7: 48 bits of Unix milliseconds, then a 12-bit counter within the millisecond
    (RFC 9562 §6.2 method 1), then 62 random bits.

    Within one process each is greater than the one before, also when the clock is set back.
    """
    global _last  # noqa: PLW0603
    with _lock:
        tick = (time.time_ns() // 1_000_000) << 12
        _last = tick if tick > _last else _last + 1
        tick = _last
    high = (tick >> 12) << 16 | 0x7000 | (tick & 0xFFF)
    low = 0x8000_0000_0000_0000 | (int.from_bytes(os.urandom(8), "big") >> 2)
    return UUID(int=high << 64 | low)


def uuid7s(count: int) -> list[str]:
    """`count` UUIDs of version 7 as `uuid7` makes them, rising, each as its 32 hexadecimal digits: for many rows at
    once, at a tenth of the cost of so many objects."""
    global _last  # noqa: PLW0603
    with _lock:
        first = max((time.time_ns() // 1_000_000) << 12, _last + 1)
        _last = first + count - 1
    tails = os.urandom(8 * count).hex()
    return [
        f"{tick >> 12:012x}7{tick & 0xFFF:03x}{_VARIANT[tails[at]]}{tails[at + 1 : at + 16]}"
        for tick, at in zip(range(first, first + count), range(0, 16 * count, 16), strict=True)
    ]


def as_uuid(text: object) -> UUID | None:
    """The UUID that a text says, None where it says none."""
    try:
        return UUID(str(text))
    except ValueError:
        return None


def uuid7_at(moment: datetime, bits: int) -> UUID:
    """A UUID of version 7 for something that happened at `moment`; `bits` (74 of them are used) tell apart what
    happened within one millisecond."""
    high = int(moment.timestamp() * 1000) << 16 | 0x7000 | (bits >> 62) & 0xFFF
    return UUID(int=high << 64 | 0x8000_0000_0000_0000 | bits & 0x3FFF_FFFF_FFFF_FFFF)


def first_at(moment: datetime) -> UUID:
    """The least UUID of version 7 of a moment: ids made before it are less, those made from it on are not."""
    return UUID(int=int(moment.timestamp() * 1000) << 80)
