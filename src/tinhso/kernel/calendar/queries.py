"""The calendar in force, and the days that an administrator sees and sets."""

import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from ..models import SpecialDay
from . import deadlines
from .days import holiday_name, holidays_of, moved, office_hours, saturday_hours, swaps
from .deadlines import Clock, Deadline, Pause
from .working import WorkingCalendar

FRESH_SECONDS = 60.0
"""For so long a process trusts its copy of the special days; changes made in it are seen at once."""

_current: tuple[float, WorkingCalendar] | None = None


def current() -> WorkingCalendar:
    """The calendar of the platform with the administrator's days. A special day set in another process is known
    within a minute; the years computed are kept until one changes."""
    global _current  # noqa: PLW0603
    now = time.monotonic()
    if _current and now < _current[0] + FRESH_SECONDS:
        return _current[1]
    special = dict(SpecialDay.objects.values_list("day", "works"))
    calendar = WorkingCalendar(office_hours(), saturday_hours(), special)
    if _current and _current[1].says_the_same(calendar):
        calendar = _current[1]
    _current = (now, calendar)
    return calendar


def forget() -> None:
    """Read the special days again at the next question."""
    global _current  # noqa: PLW0603
    _current = None


def is_working_day(day: date) -> bool:
    """Whether the day counts in a term of working days."""
    return current().is_working_day(day)


def next_working_day(day: date) -> date:
    """The first working day after `day`."""
    return current().add_working_days(day, 1)


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and with `end`; 0 where `end` is not later."""
    return current().working_days_between(start, end)


def add_working_days(start: date | datetime, days: int) -> date:
    """The last day of a term of working days; the day of the event is not counted (Civil Code 91/2015 art. 147)."""
    return current().add_working_days(start, days)


def add_working_time(start: datetime, length: timedelta) -> datetime:
    """The first moment, in UTC, by which so much working time has passed since `start`."""
    return current().add_working_time(start, length)


def add_working_hours(start: datetime, hours: float) -> datetime:
    """`add_working_time` in hours."""
    return current().add_working_time(start, timedelta(hours=hours))


def working_time_between(start: datetime, end: datetime) -> timedelta:
    """Working time from `start` to `end`; negative where `end` is earlier."""
    return current().working_time_between(start, end)


def remaining(now: datetime, due: datetime) -> timedelta:
    """Working time left; negative by how much it is late."""
    return current().working_time_between(now, due)


def due_at(
    received: datetime, deadline: Deadline, pauses: Iterable[Pause] = (), *, extended: bool = False
) -> datetime | None:
    """When the answer to what was received then is due, in UTC; None while a pause has not ended. See `Deadline`."""
    return deadlines.due_at(current(), received, deadline, pauses, extended=extended)


def closing(day: date) -> datetime:
    """The end of the working hours of a day, in UTC; that of a full day where it has none."""
    return current().closing(day)


def clock(due: datetime, paused_since: datetime | None = None) -> Clock:
    """A clock that ends at `due`, and stands where `paused_since` says since when."""
    return Clock(current(), due, paused_since)


@dataclass(frozen=True, slots=True)
class Day:
    """A day that is not as its weekday: off though it is no weekend, or worked though it is. `name` and `source` say
    why; `by_hand` where the administrator set it."""

    day: date
    works: bool
    name: str
    source: str = ""
    by_hand: bool = False


def days_of(year: int) -> list[Day]:
    """Every holiday, moved day and special day of a year in order, named in the active language."""
    found = {day: Day(day, False, holiday_name(day)) for day in holidays_of(year)}
    sources = {day: swap.source for swap in swaps() for day in (swap.off, swap.works)}
    for day, works in moved(year).items():
        found[day] = Day(day, works, "" if works else holiday_name(day), sources[day])
    for row in SpecialDay.objects.filter(day__year=year):
        found[row.day] = Day(row.day, row.works, row.name, row.source, by_hand=True)
    return [found[day] for day in sorted(found)]
