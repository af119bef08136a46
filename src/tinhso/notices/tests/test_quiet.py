"""In quiet hours nothing rings; it comes at their end."""

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from procrastinate.contrib.django.models import ProcrastinateJob

from tinhso.kernel.errors import Invalid
from tinhso.notices import quiet, services
from tinhso.notices.models import Sending, Ways

from .conftest import proved, tell

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def at(hour: int, minute: int = 0, day: int = 25) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=HANOI)


@pytest.mark.parametrize(
    ("since", "until", "now", "end"),
    [
        (time(21), time(7), at(22), at(7, day=26)),
        (time(21), time(7), at(6, 59), at(7)),
        (time(21), time(7), at(7), None),
        (time(21), time(7), at(20, 59), None),
        (time(21), time(7), at(21), at(7, day=26)),
        (time(12), time(13), at(12, 30), at(13)),
        (time(12), time(13), at(13), None),
        (None, None, at(3), None),
        (time(7), time(7), at(7), None),
    ],
)
def test_when_quiet_hours_end(since, until, now, end) -> None:
    assert quiet.end(Ways(quiet_from=since, quiet_until=until), now) == end


@given(st.times(), st.times(), st.integers(0, 525_600))
def test_the_end_is_ahead_within_a_day_and_no_longer_quiet(since: time, until: time, minute: int) -> None:
    ways = Ways(quiet_from=since.replace(second=0, microsecond=0), quiet_until=until.replace(second=0, microsecond=0))
    now = at(0) + timedelta(minutes=minute)
    end = quiet.end(ways, now)
    if end is not None:
        assert 0 < (end - now).total_seconds() <= 86_400
        assert quiet.end(ways, end) is None


def test_what_is_told_at_night_is_sent_in_the_morning(hello, hoa, postbox, monkeypatch) -> None:
    proved(hoa, "mail", "hoa@vi-du.example")
    services.set_ways(hoa, language="vi", quiet_from=time(21), quiet_until=time(7))
    monkeypatch.setattr("tinhso.notices.services.telling.timezone.now", lambda: at(23))
    tell(hoa)
    job = ProcrastinateJob.objects.get(task_name="notices.send")
    assert job.scheduled_at == at(7, day=26)
    assert job.args == {"sending": str(Sending.objects.get().pk)}


def test_one_end_of_quiet_hours_is_not_enough(hello, hoa) -> None:
    with pytest.raises(Invalid) as refused:
        services.set_ways(hoa, language="vi", quiet_from=time(21), quiet_until=None)
    assert list(refused.value.errors) == ["quiet_until"]
    assert not Ways.objects.exists()
