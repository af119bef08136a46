"""Arithmetic of working time. Days are Viet Nam's; moments go in with any zone and come out in UTC.

Each year is laid out once as its working days with the working time before them, so that a question is two binary
searches, however long the term.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from .days import SATURDAY, SUNDAY, Intervals, holidays_of, moved

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
MICRO = 1_000_000


@dataclass(frozen=True, slots=True)
class _Year:
    """A year, computed once. `ordinals` are the days with any working hours; `before[n]` the working microseconds
    of the year up to day n, `after[n]` up to its end; `full` are the days that count as working days."""

    ordinals: list[int]
    hours: list[Intervals]
    before: list[int]
    after: list[int]
    full: list[int]

    @property
    def total(self) -> int:
        return self.after[-1] if self.after else 0


class WorkingCalendar:
    """Working days and hours. Immutable but for the years it remembers; share it between threads.

    `special` are the administrator's days (True: worked in full), which override the Government's moved days, which
    override the law's holidays and the week. Half a Saturday has working hours but is not a working day: terms in
    days are those of the 40-hour week, Monday to Friday.
    """

    def __init__(self, hours: Intervals, saturday: Intervals = (), special: Mapping[date, bool] | None = None) -> None:
        if not hours:
            raise ValueError("a working day has hours")
        self.hours, self.saturday, self.special = hours, saturday, dict(special or {})
        self.day_length = timedelta(seconds=sum(end - start for start, end in hours))
        self._years: dict[int, _Year] = {}

    def says_the_same(self, other: "WorkingCalendar") -> bool:
        return (self.hours, self.saturday, self.special) == (other.hours, other.saturday, other.special)

    def is_working_day(self, day: date) -> bool:
        """Whether the day counts in a term of working days."""
        return self._is_full(day, moved(day.year), holidays_of(day.year))

    def hours_of(self, day: date) -> Intervals:
        """The working hours of a day, () for a day off."""
        return self._hours_of(day, moved(day.year), holidays_of(day.year))

    def closing(self, day: date) -> datetime:
        """The end of the working hours of a day; that of a full day where it has none."""
        hours = self.hours_of(day) or self.hours
        return _moment(day.toordinal(), hours[-1][1] * MICRO)

    def opening(self, day: date) -> datetime:
        hours = self.hours_of(day) or self.hours
        return _moment(day.toordinal(), hours[0][0] * MICRO)

    def working_day_from(self, day: date) -> date:
        """The day itself where it is worked in full, else the next such day."""
        return day if self.is_working_day(day) else self.add_working_days(day, 1)

    def add_working_days(self, start: date | datetime, days: int) -> date:
        """The last day of a term of `days` working days; the day of the event is not counted (Civil Code 2015
        art. 147.2). 0 gives the day itself, or the next working day. ValueError for a negative number."""
        day = _local(start).date() if isinstance(start, datetime) else start
        if days < 0:
            raise ValueError("a term has no negative length")
        if days == 0:
            return self.working_day_from(day)
        year = day.year
        at = bisect_right(self._year(year).full, day.toordinal()) + days - 1
        while at >= len(self._year(year).full):
            at -= len(self._year(year).full)
            year += 1
        return date.fromordinal(self._year(year).full[at])

    def working_days_between(self, start: date, end: date) -> int:
        """Working days after `start` up to and with `end`; 0 where `end` is not later."""
        years = range(start.year, end.year + 1)
        full = [ordinal for year in years for ordinal in self._year(year).full]
        return max(0, bisect_right(full, end.toordinal()) - bisect_right(full, start.toordinal()))

    def add_days(self, start: date | datetime, days: int) -> date:
        """The last day of a term of calendar days, the day of the event not counted; where it is a day off, the next
        working day (Civil Code 2015 art. 147.2, 148.5)."""
        day = _local(start).date() if isinstance(start, datetime) else start
        if days < 0:
            raise ValueError("a term has no negative length")
        return self.working_day_from(day + timedelta(days=days))

    def add_working_time(self, start: datetime, length: timedelta) -> datetime:
        """The first moment, in UTC, by which so much working time has passed since `start`: 4 hours from 13:00 is 17:00
        and not the next morning. ValueError for a negative length or a moment without zone."""
        left = length // timedelta(microseconds=1)
        if left < 0:
            raise ValueError("a term has no negative length")
        year, position = self._position(start)
        if left == 0:
            return start.astimezone(UTC)
        left += position
        while left > (table := self._year(year)).total:
            left -= table.total
            year += 1
        at = bisect_left(table.after, left)
        into = left - table.before[at]
        for since, until in table.hours[at]:
            length_here = (until - since) * MICRO
            if into <= length_here:
                return _moment(table.ordinals[at], since * MICRO + into)
            into -= length_here
        raise AssertionError("a day's hours add up to its length")

    def working_time_between(self, a: datetime, b: datetime) -> timedelta:
        """The working time from `a` to `b`; negative where `b` is the earlier."""
        first, start = self._position(a)
        last, end = self._position(b)
        for year in range(first, last):
            end += self._year(year).total
        for year in range(last, first):
            start += self._year(year).total
        return timedelta(microseconds=end - start)

    def _position(self, moment: datetime) -> tuple[int, int]:
        """The year of a moment, and the working microseconds of that year before it."""
        local = _local(moment)
        table = self._year(local.year)
        ordinal = local.toordinal()
        at = bisect_left(table.ordinals, ordinal)
        if at == len(table.ordinals):
            return local.year, table.total
        worked = table.before[at]
        if table.ordinals[at] == ordinal:
            now = ((local.hour * 60 + local.minute) * 60 + local.second) * MICRO + local.microsecond
            for since, until in table.hours[at]:
                worked += max(0, min(now, until * MICRO) - since * MICRO)
        return local.year, worked

    def _year(self, year: int) -> _Year:
        found = self._years.get(year)
        if found is None:
            found = self._years[year] = self._compute(year)
        return found

    def _compute(self, year: int) -> _Year:
        swapped, off = moved(year), holidays_of(year)
        table = _Year([], [], [], [], [])
        worked = 0
        for ordinal in range(date(year, 1, 1).toordinal(), date(year, 12, 31).toordinal() + 1):
            day = date.fromordinal(ordinal)
            if self._is_full(day, swapped, off):
                table.full.append(ordinal)
            hours = self._hours_of(day, swapped, off)
            if hours:
                table.ordinals.append(ordinal)
                table.hours.append(hours)
                table.before.append(worked)
                worked += sum(end - start for start, end in hours) * MICRO
                table.after.append(worked)
        return table

    def _is_full(self, day: date, swapped: Mapping[date, bool], off: Mapping[date, str]) -> bool:
        for given in (self.special, swapped):
            if day in given:
                return given[day]
        return day not in off and day.weekday() not in {SATURDAY, SUNDAY}

    def _hours_of(self, day: date, swapped: Mapping[date, bool], off: Mapping[date, str]) -> Intervals:
        if self._is_full(day, swapped, off):
            return self.hours
        free = day in off or day in self.special or day in swapped
        return self.saturday if day.weekday() == SATURDAY and not free else ()


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a moment without a time zone")
    return moment.astimezone(HANOI)


def _moment(ordinal: int, microseconds: int) -> datetime:
    midnight = datetime.combine(date.fromordinal(ordinal), time(), HANOI)
    return (midnight + timedelta(microseconds=microseconds)).astimezone(UTC)
