"""Figures follow their rows, and the rows behind a figure are exactly those counted."""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection

from tinhso.indicators import queries, services
from tinhso.indicators.models import Figure
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import NotFound
from tinhso.kernel.models import Event
from tinhso.kernel.packs import apply, read

ACTOR = system("test")
LEADER = Actor(account=uuid4(), post=uuid4(), permissions=frozenset({"indicators.see"}), assurance=2)
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
YEAR = queries.Period(date(2026, 1, 1), date(2027, 1, 1))
MEASURE = """
indicator: done-share
name: {vi: Xong, en: Done}
about: {vi: Phần đã xong, en: The share done}
unit: {vi: "%", en: "%"}
operator: share
numerator:
  label: {vi: Việc xong, en: Done}
  sql: SELECT id, unit, at FROM pub.chores WHERE done
denominator:
  label: {vi: Việc, en: All}
  sql: SELECT id, unit, at FROM pub.chores
targets:
  - {value: 60, by: 2026, source: {vi: Thử, en: Trial}}
wall: 99
"""


@pytest.fixture
def chores(db: None, tmp_path: Path) -> Iterator[None]:
    folder = tmp_path / "chores"
    (folder / "indicators").mkdir(parents=True)
    (folder / "pack.yaml").write_text(
        "pack: chores\nversion: 1.0.0\nname: {vi: Việc, en: Chores}\nsummary: {vi: Thử, en: Trial}\n"
    )
    (folder / "indicators" / "done-share.yaml").write_text(MEASURE)
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS pub")
        cursor.execute("CREATE TABLE pub.chores (id uuid, unit text, at timestamptz, done bool)")
        apply(ACTOR, read([folder]))
        yield
        cursor.execute("DROP TABLE pub.chores")


def chore(unit: str, at: datetime, done: bool) -> None:
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO pub.chores VALUES (%s, %s, %s, %s)", [uuid4(), unit, at, done])


def refresh() -> int:
    return services.refresh(ACTOR, "chores.done-share", date(2020, 1, 1))


def test_a_share_its_target_and_its_rows(chores: None) -> None:
    for day in range(1, 5):
        chore("13225", datetime(2026, 3, day, 9, tzinfo=HANOI), done=day != 1)
    assert refresh() == 1
    standing = queries.standing(LEADER, "chores.done-share", YEAR)
    assert (standing.numerator, standing.denominator, standing.value) == (3, 4, Decimal(75))
    assert (standing.target, standing.met) == (60, True)
    assert len(queries.rows(LEADER, "chores.done-share", YEAR)) == 3
    assert len(queries.rows(LEADER, "chores.done-share", YEAR, part="denominator")) == 4


def test_midnight_belongs_to_the_day_in_viet_nam(chores: None) -> None:
    chore("13225", datetime(2026, 4, 1, 0, 30, tzinfo=HANOI), done=True)  # still 31 March in UTC
    refresh()
    assert Figure.objects.get().month == date(2026, 4, 1)
    assert len(queries.rows(LEADER, "chores.done-share", queries.Period.month(date(2026, 4, 9)))) == 1
    assert queries.rows(LEADER, "chores.done-share", queries.Period.month(date(2026, 3, 9))) == []


def test_unchanged_keeps_its_revision_and_gone_becomes_nought(chores: None) -> None:
    chore("13225", datetime(2026, 3, 1, tzinfo=HANOI), done=True)
    assert refresh() == 1
    told = Event.objects.filter(name="indicator.moved").count()
    assert refresh() == 0
    assert Event.objects.filter(name="indicator.moved").count() == told
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pub.chores")
    assert refresh() == 1
    figure = Figure.objects.get()
    assert (figure.numerator, figure.denominator, figure.revision) == (0, 0, 2)
    assert queries.standing(LEADER, "chores.done-share", YEAR).value is None


def test_strangers_learn_nothing(chores: None) -> None:
    with pytest.raises(NotFound):
        queries.wall(Actor(account=uuid4(), post=uuid4(), assurance=2), YEAR)


def test_rows_page_by_key(chores: None) -> None:
    for day in range(1, 8):
        chore("13225", datetime(2026, 3, day, tzinfo=HANOI), done=True)
    first = queries.rows(LEADER, "chores.done-share", YEAR, limit=4)
    rest = queries.rows(LEADER, "chores.done-share", YEAR, after=(first[-1].at, first[-1].id), limit=4)
    assert [row.at.astimezone(HANOI).day for row in first + rest] == [7, 6, 5, 4, 3, 2, 1]
