"""Terms: how packs state them, when they end, and what a pause does to them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Literal

from pydantic import Field, model_validator

from ..packs.definitions import Strict
from .working import HANOI, WorkingCalendar

Unit = Literal["working_hours", "working_days", "days"]


class Term(Strict):
    """A length of time, in one of three units."""

    working_hours: int | None = Field(default=None, ge=1, le=8_000)
    working_days: int | None = Field(default=None, ge=1, le=1_000)
    days: int | None = Field(default=None, ge=1, le=3_650)

    @model_validator(mode="after")
    def _one(self) -> "Term":
        if sum(part is not None for part in (self.working_hours, self.working_days, self.days)) != 1:
            raise ValueError("say one of working_hours, working_days, days")
        return self

    @property
    def unit(self) -> Unit:
        """Which of the three it is given in."""
        if self.working_hours is not None:
            return "working_hours"
        return "working_days" if self.working_days is not None else "days"

    @property
    def number(self) -> int:
        return self.working_hours or self.working_days or self.days or 0


class Extension(Term):
    """How much longer a term is where the answers of the form are so: marriage is registered on the day, and within
    five working days more where its conditions have to be verified (Law on Civil Status 60/2014/QH13 art. 18.2)."""

    when: dict[str, Any] = Field(min_length=1)
    """`{field: value}`, all of them; a list of values means any of these."""

    def holds(self, answers: Mapping[str, Any]) -> bool:
        """Whether the answers (JSON values by field name) are so."""
        return all(_is(answers.get(name), wanted) for name, wanted in self.when.items())


def _is(given: Any, wanted: Any) -> bool:
    return any(str(given) == str(one) for one in (wanted if isinstance(wanted, list) else [wanted]))


class Deadline(Term):
    """The term of a procedure, one of `working_hours`, `working_days` or `days` (of the calendar).

    Days count from the day after receipt and end with the last day's working hours. Hours count from the minute of
    receipt. What comes at or after `cut_off` ("15:00") is taken as received on the next working day; and with a
    cut-off, up to 8 hours are "the same day": due when it closes (Law on Civil Status 60/2014/QH13 art. 16.2, 34.2: an
    answer on the day, on the next working day for what comes after 15:00).
    """

    cut_off: str | None = Field(default=None, pattern=r"^([01]\d|2[0-3]):[0-5]\d$")
    extended: Extension | None = None

    @property
    def same_day(self) -> bool:
        return self.cut_off is not None and self.working_hours is not None and self.working_hours <= 8

    def is_extended(self, answers: Mapping[str, Any]) -> bool:
        """Whether these answers of the form make the term longer."""
        return self.extended is not None and self.extended.holds(answers)


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which the clock stood; `until` is None while it stands."""

    since: datetime
    until: datetime | None


def due_at(
    calendar: WorkingCalendar,
    received: datetime,
    deadline: Deadline,
    pauses: Iterable[Pause] = (),
    *,
    extended: bool = False,
) -> datetime | None:
    """When the answer is due, in UTC; None while a pause has not ended. Each pause moves it by its working time. With
    `extended` the term is longer by the deadline's extension: in the same unit the two are one term, in another the
    extension counts from the day on which the first would have ended."""
    local = received.astimezone(HANOI)
    day, start = local.date(), received
    if deadline.cut_off:
        late = local.time() >= time.fromisoformat(deadline.cut_off)
        counted = calendar.add_working_days(day, 1) if late else calendar.working_day_from(day)
        if counted != day:
            day, start = counted, calendar.opening(counted)
    more = deadline.extended if extended else None
    together = more.number if more and more.unit == deadline.unit else 0
    due = _end(calendar, day, start, deadline.unit, deadline.number + together)
    if deadline.same_day and not together:
        due = min(due, calendar.closing(day))
    if more and not together:
        due = _end(calendar, due.astimezone(HANOI).date(), due, more.unit, more.number)
    for pause in pauses:
        if pause.until is None:
            return None
        due = shift(calendar, due, pause.since, pause.until)
    return due


def _end(calendar: WorkingCalendar, day: date, start: datetime, unit: Unit, number: int) -> datetime:
    """The end of a term that begins at `start` on `day`."""
    if unit == "working_hours":
        return calendar.add_working_time(start, timedelta(hours=number))
    last = calendar.add_working_days(day, number) if unit == "working_days" else calendar.add_days(day, number)
    return calendar.closing(last)


def shift(calendar: WorkingCalendar, due: datetime, since: datetime, until: datetime) -> datetime:
    """The end of a term after a pause: later by the pause's working time."""
    stood = calendar.working_time_between(since, until)
    return calendar.add_working_time(due, stood) if stood > timedelta() else due


@dataclass(frozen=True, slots=True)
class Clock:
    """A running term that can be stopped and started again; each change gives a new clock."""

    calendar: WorkingCalendar
    due: datetime
    paused_since: datetime | None = None

    def pause(self, at: datetime) -> "Clock":
        """Stop it; one that stands stays as it is."""
        return self if self.paused_since else replace(self, paused_since=at)

    def resume(self, at: datetime) -> "Clock":
        """Let it run again, its end moved by the working time for which it stood."""
        if self.paused_since is None:
            return self
        return replace(self, due=shift(self.calendar, self.due, self.paused_since, at), paused_since=None)

    def remaining(self, now: datetime) -> timedelta:
        """Working time left, negative where late; while it stands, what was left when it stopped."""
        return self.calendar.working_time_between(self.paused_since or now, self.due)
