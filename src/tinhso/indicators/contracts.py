"""What crosses the border of indicators."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from tinhso.kernel import events

VALUE_MOVED = events.declare("indicator.moved", "A measure has new figures; subject indicator:<name>, data: changed.")


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a measure stands. `value` is 100·numerator/denominator for a share, the numerator for a count or sum,
    None where the denominator is 0. `series` has up to 24 months, oldest first. `met` is None without a target."""

    indicator: str
    name: str
    unit: str
    about: str
    numerator_label: str
    denominator_label: str
    numerator: Decimal
    denominator: Decimal | None
    value: Decimal | None
    target: Decimal | None
    target_by: int | None
    target_source: str
    met: bool | None
    codes: tuple[str, ...]
    series: tuple[tuple[date, Decimal | None], ...]
    computed_at: datetime | None


@dataclass(frozen=True, slots=True)
class UnitValue:
    """A measure for one commune; `how` says how a value came over a reform, "" where it did not have to."""

    unit: str
    name: str
    numerator: Decimal
    denominator: Decimal | None
    value: Decimal | None
    how: str


@dataclass(frozen=True, slots=True)
class Row:
    """One row behind a figure. `source` is the published view: "cases" or "<pack>_<register>". Where the measure dates
    its rows by day, `whole_day` is set and `at` is that day's midnight in Vietnam."""

    id: UUID
    unit: str
    at: datetime
    whole_day: bool
    source: str


SCORE_MOVED = events.declare("score.moved", "A score has new figures; subject score:<name>, data: changed.")


@dataclass(frozen=True, slots=True)
class Score:
    """A way of scoring agencies. `measured` of `total` points can be measured from the platform."""

    name: str
    title: str
    about: str
    source: str
    measured: Decimal
    total: Decimal
    computed_at: datetime | None


@dataclass(frozen=True, slots=True)
class AgencyScore:
    """An agency in the ranking: `earned` of `measured` points, which is `percent`, and its place by that."""

    agency: UUID
    code: str
    name: str
    level: str
    earned: Decimal
    measured: Decimal
    percent: Decimal
    rank: str
    place: int


@dataclass(frozen=True, slots=True)
class CriterionScore:
    """`earned` is None where nothing was measured: `unmeasured` says why it cannot be, and is "" where the agency had
    no row in the period, or fewer than `fewest`. `rows_for`: the permission that its rows need. `assumed`: what about it is to be compared with the decision."""

    name: str
    label: str
    points: Decimal
    earned: Decimal | None
    numerator: Decimal | None
    denominator: Decimal | None
    numerator_label: str
    denominator_label: str
    unmeasured: str
    assumed: str
    fewest: int = 0
    rows_for: str = ""


@dataclass(frozen=True, slots=True)
class GroupScore:
    name: str
    points: Decimal
    criteria: tuple[CriterionScore, ...]


@dataclass(frozen=True, slots=True)
class ScoreCard:
    """One agency's score. `percent` of the points that could be measured; None where none could."""

    score: Score
    agency: UUID
    name: str
    groups: tuple[GroupScore, ...]
    earned: Decimal
    measured: Decimal
    percent: Decimal | None
    rank: str
