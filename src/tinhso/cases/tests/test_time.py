"""Due times: the working calendar, the cut-off hour, steps inside the case."""

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from tinhso.cases import clock
from tinhso.kernel.calendar import Deadline

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
SAME_DAY = Deadline(working_hours=8, cut_off="15:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("submitted", "due"),
    [
        ("2026-11-25 09:30", "2026-11-25 17:00"),
        ("2026-11-25 14:59", "2026-11-25 17:00"),
        ("2026-11-25 15:00", "2026-11-26 17:00"),
        ("2026-11-27 16:10", "2026-11-30 17:00"),
        ("2026-11-28 10:00", "2026-11-30 17:00"),
    ],
)
def test_the_same_day_or_the_next_after_three(submitted: str, due: str) -> None:
    assert clock.due(at(submitted), SAME_DAY) == at(due)


@pytest.mark.django_db
def test_a_pause_over_a_weekend_moves_the_due_time_by_working_time() -> None:
    due = clock.shift(at("2026-11-27 17:00"), at("2026-11-27 15:00"), at("2026-11-30 09:30"))
    assert due == at("2026-11-30 11:30")


@pytest.mark.django_db
def test_words_say_what_is_left_and_what_is_late() -> None:
    due = at("2026-11-25 17:00")
    assert clock.due_words(due, now=at("2026-11-25 14:00")) == ("còn 3 giờ làm việc", False, False)
    assert clock.due_words(due, now=at("2026-11-25 16:00"))[1:] == (False, True)
    assert clock.due_words(due, now=at("2026-11-26 09:30")) == ("trễ 2 giờ làm việc", True, False)
    assert clock.due_words(due, paused=True)[0] == "đang tạm dừng"
    assert clock.due_words(due, ended=True, on_time=False)[:2] == ("trễ hạn", True)
