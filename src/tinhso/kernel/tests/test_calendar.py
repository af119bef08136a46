"""Working time, against due times computed by hand (due_times.yaml)."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from pydantic import ValidationError
from ruamel.yaml import YAML

from tinhso.kernel import calendar
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.calendar import (
    Deadline,
    Pause,
    WorkingCalendar,
    add_working_days,
    add_working_hours,
    add_working_time,
    due_at,
    duration_words,
    is_working_day,
    length_words,
    remaining_words,
    working_days_between,
    working_time_between,
)
from tinhso.kernel.calendar.days import read_hours
from tinhso.kernel.calendar.services import clear_special_day, set_special_day
from tinhso.kernel.errors import Forbidden, Invalid, NotFound
from tinhso.kernel.models import Audit, Event

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
TABLE = YAML(typ="safe").load((Path(__file__).parent / "due_times.yaml").read_text(encoding="utf-8"))


def vn(text: str | datetime) -> datetime:
    moment = text if isinstance(text, datetime) else datetime.fromisoformat(text)
    return moment.replace(tzinfo=HANOI)


@pytest.mark.django_db
@pytest.mark.parametrize(("received", "deadline", "due", "why"), TABLE)
def test_due_times(received: str, deadline: dict[str, object], due: str, why: str) -> None:
    found = due_at(vn(received), Deadline.model_validate(deadline))
    assert found and found.astimezone(HANOI) == vn(due), why


@pytest.mark.django_db
def test_a_pause_moves_the_due_time_by_its_working_time() -> None:
    received, deadline = vn("2026-11-25 08:00"), Deadline(working_hours=8)
    assert due_at(received, deadline) == vn("2026-11-26 08:00")
    asked = vn("2026-11-25 09:00")
    assert due_at(received, deadline, [Pause(asked, None)]) is None
    # From Wednesday 09:00 to Friday 10:00: 6.5 h + 8 h + 2.5 h of working time.
    answered = Pause(asked, vn("2026-11-27 10:00"))
    assert due_at(received, deadline, [answered]) == vn("2026-11-30 09:00")


@pytest.mark.django_db
def test_a_pause_over_a_weekend_costs_nothing() -> None:
    received = vn("2026-11-27 09:00")
    pause = Pause(vn("2026-11-27 17:30"), vn("2026-11-30 07:00"))
    assert due_at(received, Deadline(working_days=1), [pause]) == due_at(received, Deadline(working_days=1))


def test_half_saturday_of_a_counter_has_hours_but_is_no_working_day() -> None:
    counter = WorkingCalendar(read_hours("07:30-11:30 13:00-17:00"), read_hours("07:30-11:30"))
    assert counter.add_working_time(vn("2026-11-28 08:30"), timedelta(hours=4)) == vn("2026-11-30 08:30")
    assert counter.working_time_between(vn("2026-11-27 16:00"), vn("2026-11-30 08:30")) == timedelta(hours=6)
    assert not counter.is_working_day(date(2026, 11, 28))
    assert counter.add_working_days(date(2026, 11, 27), 1) == date(2026, 11, 30)
    # A Saturday inside Tết is free; one that was moved is worked in full.
    assert counter.hours_of(date(2027, 2, 6)) == ()
    assert len(counter.hours_of(date(2026, 8, 22))) == 2


@pytest.mark.parametrize("text", ["08:00", "11:30-07:30", "07:30-11:30 11:00-17:00", "7h-9h"])
def test_hours_that_cannot_be_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        read_hours(text)


@pytest.mark.django_db
def test_terms_in_days() -> None:
    assert add_working_days(date(2026, 2, 13), 3) == date(2026, 2, 25)
    assert add_working_days(vn("2026-02-13 23:30"), 1) == date(2026, 2, 23)
    assert add_working_days(date(2026, 11, 24), 0) == date(2026, 11, 25)
    assert working_days_between(date(2026, 12, 30), date(2027, 1, 4)) == 2
    assert working_days_between(date(2026, 12, 30), date(2026, 12, 1)) == 0
    assert add_working_hours(vn("2026-12-31 16:30"), 1) == vn("2027-01-04 08:00")


@pytest.mark.django_db
def test_a_clock_stops_and_goes_on() -> None:
    clock = calendar.clock(vn("2026-11-26 10:00"))
    asked = clock.pause(vn("2026-11-26 08:00"))
    assert asked.remaining(vn("2026-11-28 12:00")) == timedelta(hours=2)
    assert asked.pause(vn("2026-11-27 08:00")) == asked
    answered = asked.resume(vn("2026-11-27 09:00"))
    assert answered.due == vn("2026-11-27 11:00")
    assert answered.resume(vn("2026-11-30 08:00")) == answered


@pytest.fixture
def days_forgotten() -> Iterator[None]:
    yield
    calendar.forget()


@pytest.mark.django_db(transaction=True)
def test_the_administrator_s_day_overrides_the_rule(days_forgotten: None) -> None:
    day, saturday = date(2026, 12, 14), date(2026, 12, 12)
    actor = system("test")
    assert is_working_day(day)
    set_special_day(actor, day, works=False, name="Nghỉ bù")
    set_special_day(actor, saturday, works=True, name="Làm bù", source="Công văn 1")
    assert not is_working_day(day)
    assert is_working_day(saturday)
    assert due_at(vn("2026-12-11 16:00"), Deadline(working_hours=9)) == vn("2026-12-12 17:00")
    found = {d.day: d for d in calendar.days_of(2026)}
    assert (found[day].name, found[day].works, found[day].by_hand) == ("Nghỉ bù", False, True)
    assert (found[saturday].works, found[saturday].source) == (True, "Công văn 1")
    assert found[date(2026, 8, 22)].works
    clear_special_day(actor, day)
    assert is_working_day(day)


@pytest.mark.django_db
def test_setting_a_day_leaves_its_trace_and_refuses_nonsense() -> None:
    day = date(2026, 12, 14)
    set_special_day(system("test"), day, works=False, name="Nghỉ bù")
    set_special_day(system("test"), day, works=False, name="Nghỉ bù")
    assert list(Audit.objects.values_list("action", "subject")) == [("calendar.set", "day:2026-12-14")]
    assert Event.objects.get().data == {"works": False}
    with pytest.raises(Forbidden):
        set_special_day(Actor(account=uuid4(), post=uuid4()), day, works=True, name="Làm bù")
    with pytest.raises(Invalid) as refused:
        set_special_day(system("test"), date(1999, 1, 1), works=True, name=" ", source="x" * 201)
    assert set(refused.value.errors) == {"day", "name", "source"}
    with pytest.raises(NotFound):
        clear_special_day(system("test"), date(2026, 12, 15))


def test_a_term_is_stated_once() -> None:
    for wrong in (
        {},
        {"days": 1, "working_days": 1},
        {"working_hours": 0},
        {"days": 1, "cut_off": "24:00"},
        {"weeks": 1},
    ):
        with pytest.raises(ValidationError):
            Deadline.model_validate(wrong)


def test_moments_without_a_zone_are_refused() -> None:
    office = WorkingCalendar(read_hours("07:30-11:30 13:00-17:00"))
    with pytest.raises(ValueError, match="time zone"):
        office.add_working_time(datetime(2026, 11, 25, 8), timedelta(hours=1))  # noqa: DTZ001


@pytest.mark.django_db
def test_words_in_both_languages() -> None:
    now = vn("2026-11-25 08:00")
    assert remaining_words(now, vn("2026-11-25 11:10")) == "còn 3 giờ làm việc"
    assert remaining_words(now, vn("2026-11-25 08:20")) == "còn 20 phút"
    assert remaining_words(vn("2026-11-30 09:00"), vn("2026-11-25 17:00")) == "trễ 2 ngày làm việc"
    with override("en"):
        assert remaining_words(now, vn("2026-11-25 11:10")) == "3 working hours left"
        assert remaining_words(vn("2026-11-25 16:59"), vn("2026-11-25 17:00")) == "1 minute left"
        assert remaining_words(vn("2026-11-26 07:00"), vn("2026-11-25 17:00")) == "just overdue"
        assert remaining_words(vn("2026-11-26 10:00"), vn("2026-11-25 17:00")) == "2 working hours late"
        assert duration_words(timedelta(hours=8)) == "1 working day"
        assert length_words(Deadline(working_hours=8, cut_off="15:00")) == "within the working day"
    assert remaining_words(vn("2026-11-26 07:00"), vn("2026-11-25 17:00")) == "vừa quá hạn"
    assert remaining_words(now, now) == "đến hạn bây giờ"
    assert length_words(Deadline(days=10)) == "10 ngày"


class Laws(TestCase):
    moments = st.datetimes(datetime(2024, 1, 1), datetime(2027, 6, 1)).map(lambda m: m.replace(tzinfo=HANOI))  # noqa: DTZ001

    @given(moments, st.integers(1, 400))
    def test_what_was_added_is_between(self, start: datetime, quarters: int) -> None:
        span = timedelta(minutes=15 * quarters)
        assert working_time_between(start, add_working_time(start, span)) == span

    @given(moments, moments, moments)
    def test_time_adds_up(self, a: datetime, b: datetime, c: datetime) -> None:
        assert working_time_between(a, b) + working_time_between(b, c) == working_time_between(a, c)

    @given(moments, st.integers(1, 60))
    def test_due_is_later_and_worked(self, start: datetime, hours: int) -> None:
        due = due_at(start, Deadline(working_hours=hours))
        assert due and due > start.astimezone(UTC)
        assert is_working_day(due.astimezone(HANOI).date())
