"""Questions about scores: how does each agency stand, on which figures, from which rows."""

from collections import defaultdict
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, Sum
from django.utils import timezone

from tinhso.identity.queries import agencies
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound
from tinhso.kernel.packs import compiled, in_force

from ..contracts import AgencyScore, CriterionScore, GroupScore, Row, Score, ScoreCard
from ..models import ScoreFigure
from ..policy import require
from ..scoring import Criterion, ScoreDefinition
from .measures import STATEMENT_SECONDS, Period, _midnight

Sums = dict[str, tuple[Decimal, Decimal]]
"""Numerator and denominator by criterion."""


def scores() -> list[Score]:
    """The scores in force. What agencies are scored by is public."""
    return [_score(found.name, found.model) for found in in_force("score")]


def _score(name: str, model: ScoreDefinition) -> Score:
    computed = ScoreFigure.objects.filter(score=name).aggregate(last=Max("computed_at"))["last"]
    points = sum((criterion.points for criterion in model.measured()), Decimal(0))
    total = sum((group.points for group in model.groups), Decimal(0))
    return Score(name, str(model.name), str(model.about), str(model.source), points, total, computed)


def agencies_ranked(score: str, period: Period, *, level: str = "") -> list[AgencyScore]:
    """Every agency with something to be scored in the period, the best first; of one level ("commune", "province",
    "district") where said. Agencies with the same share stand at one place. Public. Raises NotFound."""
    model: ScoreDefinition = compiled("score", score).model
    sums = _sums(score, model, period)
    found = []
    for ref in agencies(ids=sums.keys()):
        earned, most = _total(model, sums[ref.id])
        if most and level in {"", ref.level}:
            percent = 100 * earned / most
            rank = str(model.rank(percent))
            found.append(AgencyScore(ref.id, ref.code, ref.words, ref.level, earned, most, round(percent, 1), rank, 0))
    found.sort(key=lambda one: (-one.percent, one.name))
    places: dict[Decimal, int] = {}
    for place, one in enumerate(found, 1):
        places.setdefault(one.percent, place)
    return [_placed(one, places[one.percent]) for one in found]


def _sums(score: str, model: ScoreDefinition, period: Period, **of: UUID) -> dict[UUID, Sums]:
    """The parts of each criterion in a period, by agency. Where a criterion says how many rows it takes at least, what
    has fewer is left out, and so is the month that has not ended."""
    fewest = {criterion.name: criterion.fewest for criterion in model.measured() if criterion.fewest}
    rows = (
        ScoreFigure.objects.filter(score=score, month__gte=period.start, month__lt=period.end, **of)
        .exclude(criterion__in=fewest, month__gte=timezone.localdate().replace(day=1))
        .values("agency", "criterion")
        .annotate(n=Sum("numerator"), d=Sum("denominator"))
    )
    found: defaultdict[UUID, Sums] = defaultdict(dict)
    for row in rows:
        if row["d"] >= fewest.get(row["criterion"], 0):
            found[row["agency"]][row["criterion"]] = (row["n"], row["d"])
    return found


def _placed(one: AgencyScore, place: int) -> AgencyScore:
    return AgencyScore(
        one.agency, one.code, one.name, one.level, one.earned, one.measured, one.percent, one.rank, place
    )


def _total(model: ScoreDefinition, sums: Sums) -> tuple[Decimal, Decimal]:
    """The points earned, and the most that could be had of what was measured."""
    earned = most = Decimal(0)
    for criterion in model.measured():
        points = criterion.earned(*sums.get(criterion.name, (Decimal(0), Decimal(0))))
        if points is not None:
            earned, most = earned + points, most + criterion.points
    return earned, most


def score_card(score: str, agency: UUID, period: Period) -> ScoreCard:
    """One agency, criterion by criterion: what was measured, from how many rows; what was not, and why. Public. Raises
    NotFound for a score or an agency that is not."""
    found = compiled("score", score)
    model: ScoreDefinition = found.model
    refs = agencies(ids=[agency])
    if not refs:
        raise NotFound()
    sums = _sums(score, model, period, agency=agency).get(agency, {})
    earned, most = _total(model, sums)
    groups = tuple(
        GroupScore(
            name=str(group.label),
            points=group.points,
            criteria=tuple(_criterion(one, sums) for one in model.criteria if one.group == group.name),
        )
        for group in model.groups
    )
    percent = round(100 * earned / most, 1) if most else None
    rank = str(model.rank(percent)) if percent is not None else ""
    return ScoreCard(_score(score, model), agency, refs[0].words, groups, earned, most, percent, rank)


def _criterion(criterion: Criterion, sums: Sums) -> CriterionScore:
    numerator, denominator = sums.get(criterion.name, (Decimal(0), Decimal(0)))
    measured = criterion.unmeasured is None
    return CriterionScore(
        name=criterion.name,
        label=str(criterion.label),
        points=criterion.points,
        earned=criterion.earned(numerator, denominator) if measured else None,
        numerator=numerator if measured else None,
        denominator=denominator if measured else None,
        numerator_label=str(criterion.numerator.label) if criterion.numerator else "",
        denominator_label=str(criterion.denominator.label) if criterion.denominator else "",
        unmeasured=str(criterion.unmeasured or ""),
        fewest=criterion.fewest,
        rows_for=criterion.rows_for,
        assumed=str(criterion.assumed or ""),
    )


def score_rows(
    actor: Actor,
    score: str,
    criterion: str,
    agency: UUID,
    period: Period,
    *,
    part: str = "numerator",
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[Row]:
    """The rows behind one figure of a card, newest first, for who may see figures: the criterion's own SELECT, cut to
    the agency and the period. Raises NotFound."""
    require(actor)
    model: ScoreDefinition = compiled("score", score).model
    found = next((one for one in model.measured() if one.name == criterion), None)
    chosen = (found.denominator if part == "denominator" else found.numerator) if found else None
    if found is None or chosen is None or (found.rows_for and not actor.may(found.rows_for)):
        raise NotFound()
    conditions = ["agency = %(agency)s", "at >= %(start)s", "at < %(end)s"]
    values: dict[str, Any] = {
        "agency": agency, "start": _midnight(period.start), "end": _midnight(period.end), "limit": limit
    }  # fmt: skip
    if after:
        conditions.append("(at, id) < (%(after_at)s, %(after_id)s)")
        values |= {"after_at": after[0], "after_id": after[1]}
    source = next(iter(chosen.measured().views))
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
        cursor.execute(
            "SELECT id, unit, at FROM (SELECT id, unit, agency, at::timestamptz AS at"  # noqa: S608
            f" FROM ({chosen.sql}) AS m) AS measured WHERE {' AND '.join(conditions)}"
            " ORDER BY at DESC, id DESC LIMIT %(limit)s",
            values,
        )
        return [Row(id=key, unit=unit, at=at, whole_day=False, source=source) for key, unit, at in cursor.fetchall()]
