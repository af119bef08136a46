"""Working time in words: "còn 3 giờ làm việc"."""

from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .deadlines import Deadline, Term
from .queries import current

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def duration_words(span: timedelta) -> str:
    """A span of working time, rounded down to minutes, hours or working days."""
    if span >= (day := current().day_length):
        n = span // day
        return ngettext("%(n)d ngày làm việc", "%(n)d ngày làm việc", n) % {"n": n}
    if span >= HOUR:
        n = span // HOUR
        return ngettext("%(n)d giờ làm việc", "%(n)d giờ làm việc", n) % {"n": n}
    n = span // MINUTE
    return ngettext("%(n)d phút", "%(n)d phút", n) % {"n": n}


def remaining_words(now: datetime, due: datetime) -> str:
    """What a queue shows: how long is left, or how late it is."""
    left = current().working_time_between(now, due)
    if now <= due:
        return _("còn %(span)s") % {"span": duration_words(left)} if left >= MINUTE else _("đến hạn bây giờ")
    return _("trễ %(span)s") % {"span": duration_words(-left)} if left <= -MINUTE else _("vừa quá hạn")


def length_words(deadline: Deadline, *, extended: bool | None = None) -> str:
    """How long a procedure takes: "trong ngày làm việc", "8 giờ làm việc", "3 ngày làm việc", "10 ngày". Where answers
    may make it longer that is said too; `extended` says whether they do (None: not known yet)."""
    words = _("trong ngày làm việc") if deadline.same_day else _term_words(deadline)
    if deadline.extended is None or extended is False:
        return words
    more = _term_words(deadline.extended)
    if extended:
        return _("%(term)s và thêm %(more)s") % {"term": words, "more": more}
    return _("%(term)s, có trường hợp thêm %(more)s") % {"term": words, "more": more}


def _term_words(term: Term) -> str:
    if n := term.working_hours:
        words = ngettext("%(n)d giờ làm việc", "%(n)d giờ làm việc", n)
    elif n := term.working_days:
        words = ngettext("%(n)d ngày làm việc", "%(n)d ngày làm việc", n)
    else:
        n = term.days or 0
        words = ngettext("%(n)d ngày", "%(n)d ngày", n)
    return words % {"n": n}
