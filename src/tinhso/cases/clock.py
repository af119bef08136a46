"""The clocks of cases in working time, and their words. The calendar itself is the kernel's."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel.calendar import Deadline, add_working_time, due_at, remaining_words, working_time_between

SOON = timedelta(hours=2)
"""Working time before its due time at which a task is shown as urgent."""


def due(submitted: datetime, deadline: Deadline) -> datetime:
    """When the answer to what was submitted then is due."""
    moment = due_at(submitted, deadline)
    assert moment is not None  # no pause is open
    return moment


def later(start: datetime, hours: int) -> datetime:
    """`hours` of working time after `start`."""
    return add_working_time(start, timedelta(hours=hours))


def shift(moment: datetime, since: datetime, until: datetime) -> datetime:
    """A due time after a pause: moved by the working time that stood still."""
    return add_working_time(moment, working_time_between(since, until))


def due_words(
    moment: datetime | None,
    *,
    now: datetime | None = None,
    ended: bool = False,
    on_time: bool | None = None,
    paused: bool = False,
) -> tuple[str, bool, bool]:
    """The words beside a due time, whether it is late, and whether it soon will be."""
    now = now or timezone.now()
    if ended:
        return (_("trễ hạn") if on_time is False else _("đúng hạn")), on_time is False, False
    if paused:
        return _("đang tạm dừng"), False, False
    if moment is None:
        return "", False, False
    late = now > moment
    soon = not late and working_time_between(now, moment) <= SOON
    return remaining_words(now, moment), late, soon
