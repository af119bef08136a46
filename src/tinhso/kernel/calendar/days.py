"""Which days are worked.

Public holidays with the lunar ones and their substitutes come from `holidays` (Labour Code 45/2019/QH14 art. 112),
Saturdays worked in exchange from made_up.yaml, and the province's administrator overrides both (SpecialDay).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache
from pathlib import Path
from time import monotonic

import holidays
from ruamel.yaml import YAML

SATURDAY, SUNDAY = 5, 6


@dataclass(frozen=True, slots=True)
class Hours:
    """The hours of a working day, as stretches of clock time. `saturday` is the half day of a one-stop counter; empty,
    as by default, means that Saturdays are free."""

    weekday: tuple[tuple[time, time], ...] = ((time(7, 30), time(11, 30)), (time(13, 0), time(17, 0)))
    saturday: tuple[tuple[time, time], ...] = ()


OFFICE = Hours()
COUNTER_WITH_SATURDAY = Hours(saturday=((time(7, 30), time(11, 30)),))


@lru_cache(maxsize=1)
def _made_up() -> Mapping[date, str]:
    rows = YAML(typ="safe").load((Path(__file__).parent / "made_up.yaml").read_text(encoding="utf-8"))
    return {row["day"]: row["source"] for row in rows}


FRESH_SECONDS = 60


def _of(year: int) -> tuple[Mapping[date, str], Mapping[date, str]]:
    """The year's days; a special day set in another process is known within a minute."""
    return _year(year, int(monotonic() // FRESH_SECONDS))


@lru_cache(maxsize=64)
def _year(year: int, minute: int) -> tuple[Mapping[date, str], Mapping[date, str]]:
    """(days off by name, days worked in exchange by source) of one year."""
    from ..models import SpecialDay

    known = holidays.country_holidays("VN", years=year, language="vi")
    off = {day: name for day, name in known.items() if day.year == year}
    worked = {day: source for day, source in _made_up().items() if day.year == year}
    for special in SpecialDay.objects.filter(day__year=year):
        (off if special.works else worked).pop(special.day, None)
        (worked if special.works else off)[special.day] = special.name
    return off, worked


def forget() -> None:
    """Read special days again."""
    _year.cache_clear()


def holiday(day: date) -> str:
    """The name of the public holiday, "" where the day is none."""
    return _of(day.year)[0].get(day, "")


def stretches(day: date, hours: Hours = OFFICE) -> tuple[tuple[time, time], ...]:
    """The hours worked on a day; empty on a day off."""
    off, worked = _of(day.year)
    if day in worked:
        return hours.weekday
    if day in off or day.weekday() == SUNDAY:
        return ()
    return hours.saturday if day.weekday() == SATURDAY else hours.weekday


def is_working_day(day: date, hours: Hours = OFFICE) -> bool:
    return bool(stretches(day, hours))


def next_working_day(day: date, hours: Hours = OFFICE) -> date:
    """The first working day after `day`."""
    day += timedelta(days=1)
    while not is_working_day(day, hours):
        day += timedelta(days=1)
    return day


def working_days_between(start: date, end: date, hours: Hours = OFFICE) -> int:
    """Working days after `start` up to and with `end`: the first day is not counted (Civil Code 91/2015 art. 147)."""
    return sum(is_working_day(start + timedelta(days=n), hours) for n in range(1, (end - start).days + 1))
