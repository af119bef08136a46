"""Working time in words: "còn 3 giờ làm việc"."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .days import OFFICE, Hours
from .deadlines import remaining

DAY = timedelta(hours=8)


def duration_words(span: timedelta) -> str:
    """A span of working time, rounded down to minutes, hours or days of 8 hours."""
    if span >= DAY:
        days = span // DAY
        return ngettext("%(n)d ngày làm việc", "%(n)d ngày làm việc", days) % {"n": days}
    if span >= timedelta(hours=1):
        hours = span // timedelta(hours=1)
        return ngettext("%(n)d giờ làm việc", "%(n)d giờ làm việc", hours) % {"n": hours}
    minutes = span // timedelta(minutes=1)
    return ngettext("%(n)d phút", "%(n)d phút", minutes) % {"n": minutes}


def remaining_words(now: datetime, due: datetime, hours: Hours = OFFICE) -> str:
    """What a queue shows: how long is left, or how late it is."""
    left = remaining(now, due, hours)
    if left >= timedelta(minutes=1):
        return _("còn %(span)s") % {"span": duration_words(left)}
    if now <= due:
        return _("đến hạn bây giờ")
    if left > -timedelta(minutes=1):
        return _("vừa quá hạn")
    return _("trễ %(span)s") % {"span": duration_words(-left)}
