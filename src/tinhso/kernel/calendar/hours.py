"""Working time between moments. Moments are aware; clock times are Viet Nam's (UTC+7, no summer time)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .days import OFFICE, Hours, stretches

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
FURTHEST = timedelta(days=366 * 20)


def at(day: date, clock: time) -> datetime:
    return datetime.combine(day, clock, HANOI)


def _from(start: datetime, hours: Hours) -> Iterator[tuple[datetime, datetime]]:
    """The stretches worked from `start` on, the first one cut to it."""
    day = start.date()
    while day - start.date() < FURTHEST:
        for begin, end in stretches(day, hours):
            opened, closed = at(day, begin), at(day, end)
            if closed > start:
                yield max(opened, start), closed
        day += timedelta(days=1)
    raise ValueError("a deadline of more than twenty years")


def add_working_time(start: datetime, duration: timedelta, hours: Hours = OFFICE) -> datetime:
    """The moment at which `duration` of working time has passed since `start`, in UTC.

    Time ends with the working stretch: 4 hours from 13:00 is 17:00 of the same day, not 07:30 of the next.
    """
    left = duration
    for opened, closed in _from(start.astimezone(HANOI), hours):
        if left <= closed - opened:
            return (opened + left).astimezone(UTC)
        left -= closed - opened
    raise AssertionError("unreachable")


def working_time_between(start: datetime, end: datetime, hours: Hours = OFFICE) -> timedelta:
    """Working time from `start` to `end`; negative where `end` is earlier."""
    if end < start:
        return -working_time_between(end, start, hours)
    start, end = start.astimezone(HANOI), end.astimezone(HANOI)
    total = timedelta()
    for opened, closed in _from(start, hours):
        if opened >= end:
            return total
        total += min(closed, end) - opened
    return total
