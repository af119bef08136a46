"""Which days are worked, and at which hours: the law's holidays, the Government's moved days, the administrator's."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from pathlib import Path

import holidays
from django.conf import settings
from django.utils.translation import get_language
from ruamel.yaml import YAML

SATURDAY, SUNDAY = 5, 6
Intervals = tuple[tuple[int, int], ...]
"""Hours of one day, each from and to in seconds after midnight, in order."""


@dataclass(frozen=True, slots=True)
class Swap:
    """A working day moved by the Government: `off` is free, `works` is worked for it."""

    off: date
    works: date
    source: str


@lru_cache(maxsize=1)
def swaps() -> tuple[Swap, ...]:
    """The moved days of swaps.yaml."""
    rows = YAML(typ="safe").load(Path(__file__).with_name("swaps.yaml").read_text(encoding="utf-8"))
    return tuple(Swap(**row) for row in rows)


@lru_cache(maxsize=200)
def holidays_of(year: int, language: str = "vi") -> Mapping[date, str]:
    """Days off by law in a year, with their names: Labour Code 2019 art. 112 and its days in lieu (art. 111.3), the
    lunar ones by Viet Nam's own lunar calendar, and from 2026 the Culture Day of 24 November (80-NQ/TW)."""
    found = holidays.country_holidays("VN", years=year, language={"vi": "vi"}.get(language, "en_US"))
    return {day: name for day, name in found.items() if day.year == year}


@lru_cache(maxsize=200)
def moved(year: int) -> Mapping[date, bool]:
    """Days of a year that the Government moved: whether each is worked."""
    pairs = [(swap.off, False) for swap in swaps()] + [(swap.works, True) for swap in swaps()]
    return {day: works for day, works in pairs if day.year == year}


def holiday_name(day: date) -> str:
    """The name of a day off by law in the active language, "" for any other day."""
    language = "en" if (get_language() or "vi").startswith("en") else "vi"
    return holidays_of(day.year, language).get(day, "")


def read_hours(text: str) -> Intervals:
    """ "07:30-11:30 13:00-17:00" as intervals; () for "". ValueError where it is not so, or the hours overlap."""
    found: list[tuple[int, int]] = []
    for part in text.split():
        since, _, until = part.partition("-")
        interval = (_seconds(since), _seconds(until))
        if interval[0] >= interval[1] or (found and interval[0] < found[-1][1]):
            raise ValueError(f"{text!r}: hours come one after the other, as in 07:30-11:30 13:00-17:00")
        found.append(interval)
    return tuple(found)


def _seconds(text: str) -> int:
    moment = time.fromisoformat(text)
    return moment.hour * 3_600 + moment.minute * 60


@lru_cache(maxsize=8)
def _hours(text: str) -> Intervals:
    return read_hours(text)


def office_hours() -> Intervals:
    """Hours of a full working day (setting WORKING_HOURS)."""
    return _hours(settings.WORKING_HOURS)


def saturday_hours() -> Intervals:
    """Hours of the one-stop counters on Saturdays (setting SATURDAY_HOURS); () where they are closed."""
    return _hours(settings.SATURDAY_HOURS)
