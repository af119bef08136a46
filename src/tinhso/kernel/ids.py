"""Identifiers of records, cases, documents: UUID version 7 (RFC 9562 §5.7)."""

import os
import threading
import time
from uuid import UUID

_lock = threading.Lock()
_last = 0


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
