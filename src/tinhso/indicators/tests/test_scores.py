"""The score of agencies: from their cases, to the point, with what is not measured said."""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.db.backends.postgresql.psycopg_any import DateRange
from hypothesis import given
from hypothesis import strategies as st

from tinhso.identity.models import Agency
from tinhso.indicators import queries, services
from tinhso.indicators.models import ScoreFigure
from tinhso.indicators.scoring import Criterion, ScoreDefinition
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import NotFound
from tinhso.kernel.packs import apply, check, read

ACTOR = system("test")
LEADER = Actor(account=uuid4(), post=uuid4(), permissions=frozenset({"indicators.see"}), assurance=2)
HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
YEAR = queries.Period(date(2026, 1, 1), date(2027, 1, 1))
STEERING = Path(__file__).resolve().parents[4] / "packs" / "steering"
SCORE = """
score: service
name: {vi: Phục vụ, en: Service}
about: {vi: Thử, en: Trial}
source: {vi: Thử, en: Trial}
groups:
  - {name: speed, label: {vi: Nhanh, en: Speed}, points: 60}
  - {name: rest, label: {vi: Khác, en: Rest}, points: 40}
criteria:
  - name: done
    group: speed
    label: {vi: Xong, en: Done}
    points: 60
    numerator:
      label: {vi: Việc xong, en: Done}
      sql: SELECT id, unit, agency, at FROM pub.errands WHERE done
    denominator:
      label: {vi: Việc, en: All}
      sql: SELECT id, unit, agency, at FROM pub.errands
  - name: manners
    group: rest
    label: {vi: Thái độ, en: Manners}
    points: 40
    unmeasured: {vi: Chưa có ai đo, en: Nobody measures}
ranks:
  - {from: 80, label: {vi: Tốt, en: Good}}
  - {from: 0, label: {vi: Yếu, en: Weak}}
"""


def folder(root: Path, text: str = SCORE) -> Path:
    at = root / "errands"
    (at / "scores").mkdir(parents=True, exist_ok=True)
    (at / "pack.yaml").write_text(
        "pack: errands\nversion: 1.0.0\nname: {vi: Việc, en: Errands}\nsummary: {vi: Thử, en: Trial}\n"
    )
    (at / "scores" / "service.yaml").write_text(text)
    return at


@pytest.fixture
def errands(db: None, tmp_path: Path) -> Any:
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS pub")
        cursor.execute("CREATE TABLE pub.errands (id uuid, unit text, agency uuid, at timestamptz, done bool)")
        apply(ACTOR, read([folder(tmp_path)]))
        yield
        cursor.execute("DROP TABLE pub.errands")


def agency(code: str, name: str, level: str = "commune") -> UUID:
    valid = DateRange(date(2025, 7, 1), None)
    return Agency.objects.create(
        code=code, name=name, kind="people-committee", level=level, unit="13225", valid=valid
    ).pk


def errand(of: UUID, done: bool, month: int = 3) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO pub.errands VALUES (%s, '13225', %s, %s, %s)",
            [uuid4(), of, datetime(2026, month, 5, 9, tzinfo=HANOI), done],
        )


def refresh() -> int:
    return services.refresh_score(ACTOR, "errands.service", date(2020, 1, 1))


def test_agencies_are_ranked_by_what_could_be_measured(errands) -> None:
    good, poor, idle = agency("H31.1", "Xã A"), agency("H31.2", "Xã B"), agency("H31.3", "Xã C")
    for number in range(4):
        errand(good, done=number < 3)
        errand(poor, done=number < 1)
    assert refresh() == 2
    ranked = queries.agencies_ranked("errands.service", YEAR)
    assert [(one.name, one.earned, one.measured, one.percent, one.rank, one.place) for one in ranked] == [
        ("Xã A", Decimal(45), 60, 75, "Yếu", 1),
        ("Xã B", Decimal(15), 60, 25, "Yếu", 2),
    ]
    assert queries.score_card("errands.service", idle, YEAR).percent is None
    assert queries.agencies_ranked("errands.service", YEAR, level="province") == []
    assert queries.agencies_ranked("errands.service", queries.Period.month(date(2026, 5, 1))) == []


def test_what_is_not_measured_earns_nothing_and_is_said(errands) -> None:
    good = agency("H31.1", "Xã A")
    errand(good, done=True)
    refresh()
    card = queries.score_card("errands.service", good, YEAR)
    assert (card.earned, card.measured, card.score.total) == (60, 60, 100)
    assert (card.percent, card.rank) == (100, "Tốt")
    manners = card.groups[1].criteria[0]
    assert (manners.earned, manners.numerator, manners.unmeasured) == (None, None, "Chưa có ai đo")


def test_each_figure_is_its_rows(errands) -> None:
    good, other = agency("H31.1", "Xã A"), agency("H31.2", "Xã B")
    for number in range(5):
        errand(good, done=number < 2, month=number + 1)
        errand(other, done=True)
    refresh()
    one = queries.score_card("errands.service", good, YEAR).groups[0].criteria[0]
    assert (one.numerator, one.denominator) == (2, 5)
    ask = ("errands.service", "done", good, YEAR)
    assert len(queries.score_rows(LEADER, *ask)) == one.numerator
    assert len(queries.score_rows(LEADER, *ask, part="denominator")) == one.denominator
    first = queries.score_rows(LEADER, *ask, part="denominator", limit=3)
    rest = queries.score_rows(LEADER, *ask, part="denominator", after=(first[-1].at, first[-1].id))
    assert [row.at.astimezone(HANOI).month for row in first + rest] == [5, 4, 3, 2, 1]
    with pytest.raises(NotFound):
        queries.score_rows(Actor(account=uuid4(), post=uuid4(), assurance=2), *ask)
    with pytest.raises(NotFound):
        queries.score_rows(LEADER, "errands.service", "manners", good, YEAR)


def test_rows_that_are_gone_count_no_more_and_nothing_moves_for_nothing(errands) -> None:
    good = agency("H31.1", "Xã A")
    errand(good, done=True)
    assert (refresh(), refresh()) == (1, 0)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM pub.errands")
    assert refresh() == 1
    figure = ScoreFigure.objects.get()
    assert (figure.numerator, figure.denominator, figure.revision) == (0, 0, 2)
    assert queries.agencies_ranked("errands.service", YEAR) == []


def test_equal_ones_stand_at_one_place(errands) -> None:
    for name in ("Xã A", "Xã B", "Xã C"):
        key = agency(f"H31.{name[-1]}", name)
        errand(key, done=True)
        if name == "Xã C":
            errand(key, done=False)
    refresh()
    assert [one.place for one in queries.agencies_ranked("errands.service", YEAR)] == [1, 1, 3]


def test_what_people_said_counts_from_five_on_and_once_the_month_has_ended(errands, tmp_path, monkeypatch) -> None:
    said = SCORE.replace("points: 60\n    num", "points: 60\n    fewest: 5\n    rows_for: x.y\n    num")
    apply(ACTOR, read([folder(tmp_path, said)]))
    good = agency("H31.1", "Xã A")
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2026, 4, 9))
    for _one in range(4):
        errand(good, done=True)
    for _one in range(3):
        errand(good, done=False, month=4)
    refresh()
    assert queries.agencies_ranked("errands.service", YEAR) == [], "four of March, and April has not ended"
    errand(good, done=True)
    refresh()
    assert queries.agencies_ranked("errands.service", YEAR)[0].percent == 100
    monkeypatch.setattr("django.utils.timezone.localdate", lambda: date(2026, 5, 1))
    assert queries.score_card("errands.service", good, YEAR).groups[0].criteria[0].denominator == 8
    with pytest.raises(NotFound):
        queries.score_rows(LEADER, "errands.service", "done", good, YEAR)


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (SCORE.replace("points: 60\n    numerator", "points: 50\n    numerator"), "the group has 60"),
        (SCORE.replace("group: rest", "group: other"), "the group has 40"),
        (SCORE.replace("agency, at FROM pub.errands WHERE", "at FROM pub.errands WHERE"), "column named agency"),
        (SCORE.replace("    unmeasured: {vi: Chưa có ai đo, en: Nobody measures}", ""), "unmeasured"),
        (SCORE.replace("from: 0,", "from: 10,"), "begins at 0"),
        (SCORE.replace("pub.errands WHERE done", "kernel_audit"), "only views of schema pub"),
    ],
)  # fmt: skip
def test_check_names_what_does_not_add_up(db, tmp_path, broken, said) -> None:
    assert any(said in str(fault) for fault in check(read([folder(tmp_path, broken)])))


def criterion(**more: Any) -> Criterion:
    part = {"label": {"vi": "x", "en": "x"}, "sql": "SELECT id, unit, agency, at FROM pub.cases"}
    return Criterion.model_validate(
        {
            "name": "x",
            "group": "g",
            "label": {"vi": "x", "en": "x"},
            "points": 20,
            "numerator": part,
            "denominator": part,
        }
        | more
    )


@given(st.integers(0, 1_000), st.integers(0, 1_000), st.integers(1, 100))
def test_points_never_pass_the_most_and_rise_with_the_share(part: int, rest: int, full_at: int) -> None:
    one = criterion(full_at=full_at)
    earned = one.earned(Decimal(part), Decimal(part + rest))
    assert (earned is None) == (part + rest == 0)
    if earned is not None:
        assert 0 <= earned <= one.points
        better = one.earned(Decimal(part + 1), Decimal(part + rest + 1))
        assert better is not None and better >= earned


def test_steps_give_the_highest_that_is_reached() -> None:
    one = criterion(steps=[{"from": 90, "points": 20}, {"from": 50, "points": 10}])
    assert [one.earned(Decimal(n), Decimal(100)) for n in (49, 50, 89, 90)] == [0, 10, 10, 20]


def test_the_score_of_decision_766_has_its_five_groups() -> None:
    pack = read([STEERING])[0]
    model: ScoreDefinition = next(d.model for d in pack.definitions if d.kind.name == "score")
    assert [group.points for group in model.groups] == [18, 20, 22, 22, 18]
    assert [str(model.rank(Decimal(n))) for n in (95, 90, 89, 79, 69, 49)] == [
        "Xuất sắc", "Xuất sắc", "Tốt", "Khá", "Trung bình", "Yếu",
    ]  # fmt: skip
    measured = sum(c.points for c in model.measured())
    assert measured == 65 and sum(c.points for c in model.criteria) == 100
