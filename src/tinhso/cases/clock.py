"""The clocks of cases in working time, and their words. The calendar itself is the kernel's."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel.calendar import (
    Deadline,
    Pause,
    add_working_time,
    due_at,
    duration_words,
    remaining_words,
    working_time_between,
)

SOON = timedelta(hours=2)
"""Working time before its due time at which a task is shown as urgent, where nobody knows how long it takes."""
MINUTE = timedelta(minutes=1)


def due(
    submitted: datetime,
    deadline: Deadline,
    answers: Mapping[str, Any] | None = None,
    pauses: Iterable[tuple[datetime, datetime]] = (),
) -> datetime:
    """When the answer to what was submitted then is due. `answers` of the form (JSON values) may extend the term; each
    pause that has ended moves it by its working time."""
    stood = [Pause(since, until) for since, until in pauses]
    moment = due_at(submitted, deadline, stood, extended=deadline.is_extended(answers or {}))
    assert moment is not None  # no pause is open
    return moment


def later(start: datetime, hours: int) -> datetime:
    """`hours` of working time after `start`."""
    return add_working_time(start, timedelta(hours=hours))


def shift(moment: datetime, since: datetime, until: datetime) -> datetime:
    """A due time after a pause: moved by the working time that stood still; by none where the clock of the server was
    set back meanwhile, so that the pause seems to end before it began."""
    stood = working_time_between(since, until)
    return add_working_time(moment, stood) if stood > timedelta() else moment


def stood(pauses: Iterable[tuple[datetime, datetime | None]]) -> timedelta:
    """The working time of the pauses that have ended."""
    spans = (working_time_between(since, until) for since, until in pauses if until is not None)
    return sum((max(span, timedelta()) for span in spans), timedelta())


def at_risk_at(since: datetime, due: datetime, stood: timedelta = timedelta()) -> datetime:
    """The moment from which what began at `since` is at risk: when AT_RISK_PERCENT of its working time is left. `stood`
    is the working time in which its clock stood."""
    span = working_time_between(since, due)
    left = max(span - stood, timedelta()) * settings.AT_RISK_PERCENT / 100
    return add_working_time(since, span - left) if span > left else since


def escalated_at(due: datetime) -> datetime:
    """When a step that was due then goes to the superior too."""
    return later(due, settings.ESCALATE_AFTER_HOURS)


def margin(due: datetime | None, at: datetime) -> int | None:
    """Working minutes left of a due time, negative by how much it is late; None where nothing was due."""
    return None if due is None else working_time_between(at, due) // MINUTE


def early(margin: int | None) -> bool:
    """Whether a result with so many working minutes left came early, and not merely on time."""
    return margin is not None and margin >= settings.EARLY_HOURS * 60


def due_words(
    moment: datetime | None,
    *,
    now: datetime | None = None,
    since: datetime | None = None,
    stood: timedelta = timedelta(),
    ended: bool = False,
    on_time: bool | None = None,
    margin: int | None = None,
    paused: bool = False,
) -> tuple[str, bool, bool]:
    """The words beside a due time, whether it is late, and whether it is at risk. `since` is when its time began and
    `stood` for how long it stood; without `since` the last two hours are at risk. What has ended was early by so many
    hours, on time, or late by so many (`margin`, in working minutes)."""
    now = now or timezone.now()
    if ended:
        return _ended_words(on_time, margin), on_time is False, False
    if paused:
        return _("đang tạm dừng"), False, False
    if moment is None:
        return "", False, False
    late = now > moment
    if since is None:
        soon = not late and working_time_between(now, moment) <= SOON
    else:
        soon = not late and now >= at_risk_at(since, moment, stood)
    return remaining_words(now, moment), late, soon


def _ended_words(on_time: bool | None, margin: int | None) -> str:
    if early(margin):
        return _("sớm %(span)s") % {"span": duration_words((margin or 0) * MINUTE)}
    if on_time is not False:
        return _("đúng hạn")
    if margin is None or margin > -1:
        return _("trễ hạn")
    return _("trễ hạn %(span)s") % {"span": duration_words(-margin * MINUTE)}
