"""The working calendar of Viet Nam's administration: days off, working hours, terms, clocks that pause.

    due = due_at(received, Deadline(working_days=3))
    remaining_words(timezone.now(), due)  # "còn 2 ngày làm việc"

The hours are the settings WORKING_HOURS and SATURDAY_HOURS. `services` sets special days.
"""

from .deadlines import Clock, Deadline, Extension, Pause, shift
from .queries import (
    Day,
    add_working_days,
    add_working_hours,
    add_working_time,
    clock,
    closing,
    current,
    days_of,
    due_at,
    forget,
    is_working_day,
    next_working_day,
    remaining,
    working_days_between,
    working_time_between,
)
from .words import duration_words, length_words, remaining_words
from .working import WorkingCalendar

__all__ = [
    "Clock",
    "Day",
    "Deadline",
    "Extension",
    "Pause",
    "WorkingCalendar",
    "add_working_days",
    "add_working_hours",
    "add_working_time",
    "clock",
    "closing",
    "current",
    "days_of",
    "due_at",
    "duration_words",
    "forget",
    "is_working_day",
    "length_words",
    "next_working_day",
    "remaining",
    "remaining_words",
    "shift",
    "working_days_between",
    "working_time_between",
]
