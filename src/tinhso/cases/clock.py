"""The clocks of cases in working time, and their words. The calendar itself is the kernel's."""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tinhso.kernel.calendar import Deadline, add_working_time, due_at, remaining_words, working_time_between

from .definitions import Fee

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


def length_words(deadline: Deadline) -> str:
    """How long a procedure takes: "trong ngày làm việc", "8 giờ làm việc", "3 ngày làm việc"."""
    if deadline.working_hours is not None:
        if deadline.cut_off and deadline.working_hours <= 8:
            return _("trong ngày làm việc")
        hours = deadline.working_hours
        return ngettext("%(n)d giờ làm việc", "%(n)d giờ làm việc", hours) % {"n": hours}
    if deadline.working_days is not None:
        days = deadline.working_days
        return ngettext("%(n)d ngày làm việc", "%(n)d ngày làm việc", days) % {"n": days}
    return ngettext("%(n)d ngày", "%(n)d ngày", deadline.days or 0) % {"n": deadline.days or 0}


def fee_words(fee: Fee) -> str:
    """What a procedure costs: "Miễn phí", "8.000 đồng/bản"."""
    if not fee.vnd:
        return _("Miễn phí")
    amount = f"{fee.vnd:,}".replace(",", _("."))
    words = _("%(amount)s đồng") % {"amount": amount}
    return f"{words}/{fee.per}" if fee.per else words
