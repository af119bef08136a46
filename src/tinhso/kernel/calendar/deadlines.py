"""Deadlines of procedures: by working hours, working days or days, with a cut-off hour and pauses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from pydantic import Field, model_validator

from ..packs.definitions import Strict
from .days import OFFICE, Hours, is_working_day, next_working_day, stretches
from .hours import HANOI, add_working_time, at, working_time_between


class Deadline(Strict):
    """One of `working_hours`, `working_days`, `days`. What is received at or after `cut_off` ("15:00") is taken as
    received at the opening of the next working day.

    With a cut-off, `working_hours: 8` means the same day ("trong ngày"), where the day's rest is shorter than that:
    Decree 87/2020 and the civil-status procedures give an answer within the day, the next one after 15:00.
    """

    working_hours: int | None = Field(default=None, ge=1, le=8_000)
    working_days: int | None = Field(default=None, ge=1, le=1_000)
    days: int | None = Field(default=None, ge=1, le=3_650)
    cut_off: str | None = Field(default=None, pattern=r"^([01]\d|2[0-3]):[0-5]\d$")

    @model_validator(mode="after")
    def _one(self) -> "Deadline":
        if sum(part is not None for part in (self.working_hours, self.working_days, self.days)) != 1:
            raise ValueError("say one of working_hours, working_days, days")
        return self


@dataclass(frozen=True, slots=True)
class Pause:
    """A stretch in which the clock stood; `until` is None while it stands."""

    since: datetime
    until: datetime | None


def _counted_from(received: datetime, cut_off: str | None, hours: Hours) -> datetime:
    local = received.astimezone(HANOI)
    day = local.date()
    if cut_off and is_working_day(day, hours) and local.time() >= time.fromisoformat(cut_off):
        day = next_working_day(day, hours)
        return at(day, stretches(day, hours)[0][0])
    return local


def due_at(
    received: datetime, deadline: Deadline, pauses: Sequence[Pause] = (), hours: Hours = OFFICE
) -> datetime | None:
    """When the answer is due, in UTC; None while a pause has not ended.

    Hours run from the receipt; days count from the day after it (Civil Code art. 147), and a period that would end on
    a day off ends with the next working day (art. 148). Each pause moves the due time by the working time it took.
    """
    if any(pause.until is None for pause in pauses):
        return None
    start = _counted_from(received, deadline.cut_off, hours)
    if deadline.working_hours is not None:
        due = add_working_time(start, timedelta(hours=deadline.working_hours), hours)
        if deadline.cut_off and deadline.working_hours <= 8:
            day = start.date() if is_working_day(start.date(), hours) else next_working_day(start.date(), hours)
            due = min(due, at(day, stretches(day, hours)[-1][1]).astimezone(UTC))
    else:
        day = start.date()
        if deadline.days is not None:
            day += timedelta(days=deadline.days)
            if not is_working_day(day, hours):
                day = next_working_day(day, hours)
        else:
            for _ in range(deadline.working_days or 0):
                day = next_working_day(day, hours)
        due = at(day, stretches(day, hours)[-1][1]).astimezone(UTC)
    stood = sum((working_time_between(p.since, p.until, hours) for p in pauses if p.until), timedelta())
    return add_working_time(due, stood, hours) if stood else due


def remaining(now: datetime, due: datetime, hours: Hours = OFFICE) -> timedelta:
    """Working time left; negative by how much it is late."""
    return working_time_between(now, due, hours)
