"""Working time of Viet Nam's administration: days, hours, deadlines, clocks that pause."""

from .days import Hours, is_working_day, next_working_day, working_days_between
from .deadlines import Deadline, Pause, due_at, remaining
from .hours import add_working_time, working_time_between
from .words import duration_words, remaining_words

__all__ = [
    "Deadline",
    "Hours",
    "Pause",
    "add_working_time",
    "due_at",
    "duration_words",
    "is_working_day",
    "next_working_day",
    "remaining",
    "remaining_words",
    "working_days_between",
    "working_time_between",
]
