"""temporary: replaced by kernel.calendar"""

from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from .definitions import Deadline, Fee


def _slots(day):
    for a, b in ((8, 12), (13, 17)):
        yield (
            timezone.make_aware(datetime(day.year, day.month, day.day, a)),
            timezone.make_aware(datetime(day.year, day.month, day.day, b)),
        )


def later(start: datetime, hours: float) -> datetime:
    left = timedelta(hours=hours)
    day = timezone.localtime(start).date()
    while True:
        if day.weekday() < 5:
            for a, b in _slots(day):
                a = max(a, start)
                if a < b:
                    if b - a >= left:
                        return a + left
                    left -= b - a
        day += timedelta(days=1)


def between(a: datetime, b: datetime) -> timedelta:
    total = timedelta()
    day = timezone.localtime(a).date()
    while day <= timezone.localtime(b).date():
        if day.weekday() < 5:
            for s, e in _slots(day):
                s, e = max(s, a), min(e, b)
                if s < e:
                    total += e - s
        day += timedelta(days=1)
    return total


def due(start: datetime, deadline: Deadline) -> datetime:
    if deadline.cut_off and timezone.localtime(start).strftime("%H:%M") >= deadline.cut_off:
        start = timezone.localtime(start).replace(hour=23)
    return later(start, deadline.hours)


def shift(due: datetime, since: datetime, until: datetime) -> datetime:
    return later(until, between(since, due) / timedelta(hours=1)) if since < due else due


def due_words(due, *, now=None, ended=False, on_time=None, paused=False):
    now = now or timezone.now()
    late = bool(due and now > due and not ended)
    return _("quá hạn") if late else _("còn hạn"), late, False


def length_words(deadline: Deadline) -> str:
    return f"{deadline.hours} giờ làm việc"


def fee_words(fee: Fee) -> str:
    return _("Miễn phí") if not fee.vnd else f"{fee.vnd} đồng"
