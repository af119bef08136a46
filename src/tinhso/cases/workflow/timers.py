"""When a timer of a process goes off. Durations count working time, as every term here does: PT8H is eight working
hours, P3D three working days of eight hours, P1W five of them. Days of the calendar are told as dates."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Literal

from django.utils import timezone

from tinhso.kernel.calendar import add_working_time

from . import expressions
from .expressions import Expression, Facts, Unreadable

DAY = timedelta(hours=8)
LONGEST = timedelta(days=10_000)
_DURATION = re.compile(r"P(?:(\d+)W)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_CYCLE = re.compile(r"R(\d*)/(P[^/]+)")


@dataclass(frozen=True, slots=True)
class Timer:
    """`length` is working time; `moment` a day or moment, written or asked for; `times` how often a cycle comes, None
    without end."""

    kind: Literal["duration", "date", "cycle"]
    text: str
    length: timedelta = timedelta()
    moment: Expression | datetime | None = None
    times: int | None = None

    def due(self, since: datetime, facts: Facts) -> datetime | None:
        """The moment (UTC) at which it goes off, counted from `since`; None for a date that is not known."""
        if self.kind != "date":
            return add_working_time(since, self.length)
        value = expressions.evaluate(self.moment, facts) if isinstance(self.moment, Expression) else self.moment
        return _moment(value)


@lru_cache(maxsize=1_000)
def read(text: str) -> Timer:
    """A timer of a drawing: "duration PT8H", "date 2026-01-31", "cycle R3/PT8H". Raises Unreadable."""
    kind, _space, told = text.partition(" ")
    told = told.strip().strip("\"'")
    if kind == "duration":
        return Timer("duration", told, length=_length(told))
    if kind == "date":
        if told[:1].isdigit():
            moment = _moment(told)
            if moment is None:
                raise Unreadable(f"{told!r} is no day and no moment (write 2026-01-31 or 2026-01-31T08:00)")
            return Timer("date", told, moment=moment)
        return Timer("date", told, moment=expressions.read(told))
    if kind == "cycle":
        match = _CYCLE.fullmatch(told)
        if match is None:
            raise Unreadable(f"{told!r} is no cycle that is known here (write R3/PT8H, or R/P1D without end)")
        return Timer("cycle", told, length=_length(match[2]), times=int(match[1]) if match[1] else None)
    raise Unreadable("a timer says timeDate, timeDuration or timeCycle")


def _length(text: str) -> timedelta:
    match = _DURATION.fullmatch(text)
    parts = [int(part or 0) for part in match.groups()] if match else []
    if not any(parts):
        raise Unreadable(f"{text!r} is no duration that is known here (write PT8H, P3D or P1W; working time)")
    weeks, days, hours, minutes, seconds = parts
    length = (5 * weeks + days) * DAY + timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if length > LONGEST:
        raise Unreadable(f"{text!r} is longer than any term")
    return length


def _moment(value: Any) -> datetime | None:
    """A day is its first moment in the province's time; a moment without zone is the province's too."""
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)
        except ValueError:
            return None
    if isinstance(value, date) and not isinstance(value, datetime):
        value = datetime.combine(value, time.min)
    if not isinstance(value, datetime):
        return None
    return (timezone.make_aware(value) if timezone.is_naive(value) else value).astimezone(UTC)
