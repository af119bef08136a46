"""Working time, against due times computed by hand (due_times.yaml)."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase
from ruamel.yaml import YAML

from tinhso.kernel.actor import Actor, system
from tinhso.kernel.calendar import (
    Deadline,
    Pause,
    add_working_time,
    due_at,
    duration_words,
    is_working_day,
    remaining_words,
    working_time_between,
)
from tinhso.kernel.calendar.days import COUNTER_WITH_SATURDAY, holiday
from tinhso.kernel.calendar.services import set_special_day
from tinhso.kernel.errors import Forbidden

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


@pytest.mark.django_db
def test_half_saturday_of_a_counter() -> None:
    saturday = vn("2026-11-28 08:30")
    assert add_working_time(saturday, timedelta(hours=4), COUNTER_WITH_SATURDAY) == vn("2026-11-30 08:30")


@pytest.mark.django_db(transaction=True)
def test_the_administrator_s_day_overrides_the_rule() -> None:
    day = date(2026, 12, 14)
    assert is_working_day(day)
    set_special_day(system("test"), day, works=False, name="Nghỉ bù")
    assert not is_working_day(day)
    assert holiday(day) == "Nghỉ bù"
    set_special_day(system("test"), date(2026, 12, 12), works=True, name="Làm bù")
    assert is_working_day(date(2026, 12, 12))
    with pytest.raises(Forbidden):
        set_special_day(Actor(account=uuid4(), post=uuid4()), day, works=True, name="")


@pytest.mark.django_db
def test_words_in_both_languages() -> None:
    now = vn("2026-11-25 08:00")
    assert remaining_words(now, vn("2026-11-25 11:10")) == "còn 3 giờ làm việc"
    assert remaining_words(now, vn("2026-11-25 08:20")) == "còn 20 phút"
    assert remaining_words(vn("2026-11-30 09:00"), vn("2026-11-25 17:00")) == "trễ 2 ngày làm việc"
    with override("en"):
        assert remaining_words(now, vn("2026-11-25 11:10")) == "3 working hours left"
        assert duration_words(timedelta(hours=8)) == "1 working day"


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
