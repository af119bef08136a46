"""Due times: the working calendar, the cut-off hour, steps inside the case."""

from datetime import datetime, timedelta
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


@pytest.mark.django_db
def test_a_quarter_of_the_time_left_is_at_risk_whatever_the_time() -> None:
    # Ten working days from Monday 30 November 08:00: due on Monday 14 December 17:00, 87.5 h; a quarter is 21.875 h.
    since, due = at("2026-11-30 08:00"), at("2026-12-14 17:00")
    risk = clock.at_risk_at(since, due)
    assert risk == at("2026-12-10 09:37:30")  # 5 h 52.5 min of Thursday, then Friday and Monday
    assert clock.due_words(due, since=since, now=risk)[1:] == (False, True)
    assert clock.due_words(due, since=since, now=at("2026-12-10 09:37:29"))[1:] == (False, False)
    # An hour's step is at risk in its last quarter, not for all of its time.
    assert clock.at_risk_at(at("2026-11-25 08:00"), at("2026-11-25 09:00")) == at("2026-11-25 08:45")


@pytest.mark.django_db
def test_time_that_stood_still_is_no_part_of_the_time_given() -> None:
    # Eight hours of which eight more stood still: a quarter of eight is two, before Thursday 17:00.
    since, due = at("2026-11-25 07:30"), at("2026-11-26 17:00")
    assert clock.at_risk_at(since, due, stood=timedelta(hours=8)) == at("2026-11-26 15:00")
    # What was due before it began (a clock that was set back) is at risk from the first.
    assert clock.at_risk_at(due, since) == due


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("ended", "margin", "words"),
    [
        ("2026-11-25 09:30", 360, "sớm 6 giờ làm việc"),
        ("2026-11-25 16:00", 60, "sớm 1 giờ làm việc"),
        ("2026-11-25 16:01", 59, "đúng hạn"),
        ("2026-11-25 17:00", 0, "đúng hạn"),
        ("2026-11-26 07:30:30", -1, "trễ hạn 1 phút"),
        ("2026-11-26 09:30", -120, "trễ hạn 2 giờ làm việc"),
        ("2026-11-30 07:30", -960, "trễ hạn 2 ngày làm việc"),
    ],
)
def test_what_ended_was_early_on_time_or_late_by_so_many_hours(ended: str, margin: int, words: str) -> None:
    due = at("2026-11-25 17:00")
    assert clock.margin(due, at(ended)) == margin
    assert clock.due_words(due, ended=True, on_time=at(ended) <= due, margin=margin)[0] == words


@pytest.mark.django_db
def test_a_pause_that_seems_to_end_before_it_began_moves_nothing() -> None:
    due = at("2026-11-25 17:00")
    assert clock.shift(due, at("2026-11-25 14:00"), at("2026-11-25 09:00")) == due
