"""The YAML of a score: packs/<pack>/scores/<name>.yaml, how agencies are scored on a hundred points from their rows.

What the platform cannot measure is a criterion all the same, with the reason: it is shown as not measured, and earns
neither its points nor nothing.
"""

from decimal import Decimal

from pydantic import Field, model_validator

from tinhso.kernel.packs.definitions import Name, Strict, Words

from .definitions import Part


class Group(Strict):
    name: Name
    label: Words
    points: Decimal = Field(gt=0)


class Step(Strict):
    """From a share of `from` per cent on, so many points."""

    from_: Decimal = Field(alias="from", ge=0, le=100)
    points: Decimal = Field(ge=0)


class Criterion(Strict):
    """`points` is the most that can be had. A measured one has a numerator and a denominator, whose rows carry their
    `agency`; the share in per cent earns points in proportion up to `full_at`, or by `steps`. `assumed` says what about
    it is our own and has to be compared with the decision."""

    name: Name
    group: Name
    label: Words
    points: Decimal = Field(gt=0)
    numerator: Part | None = None
    denominator: Part | None = None
    full_at: Decimal = Field(default=Decimal(100), gt=0, le=100)
    steps: list[Step] = []
    fewest: int = Field(default=0, ge=0)
    """Of what people said: with fewer rows nothing is shown, and only months that have ended count, so that no one
    answer can be told from a figure that moves."""
    rows_for: str = ""
    """The permission without which the rows themselves are not listed."""
    unmeasured: Words | None = None
    assumed: Words | None = None

    @model_validator(mode="after")
    def _whole(self) -> "Criterion":
        if (self.unmeasured is None) == (self.numerator is None or self.denominator is None):
            raise ValueError("either a numerator and a denominator, or why it is unmeasured")
        for part in (self.numerator, self.denominator):
            if part and "agency" not in part.measured().columns:
                raise ValueError("numerator and denominator: the rows need a column named agency")
        if any(step.points > self.points for step in self.steps):
            raise ValueError("steps: none may give more than the criterion's points")
        return self

    def earned(self, numerator: Decimal, denominator: Decimal) -> Decimal | None:
        """The points, to two places; None where there was nothing to measure."""
        if not denominator:
            return None
        share = 100 * numerator / denominator
        if self.steps:
            return max((step.points for step in self.steps if share >= step.from_), default=Decimal(0))
        return round(self.points * min(share / self.full_at, Decimal(1)), 2)


class Rank(Strict):
    from_: Decimal = Field(alias="from", ge=0, le=100)
    label: Words


class ScoreDefinition(Strict):
    """`groups` and their criteria agree in points; `ranks` are by per cent of the points that could be measured."""

    score: Name
    name: Words
    about: Words
    source: Words
    groups: list[Group] = Field(min_length=1)
    criteria: list[Criterion] = Field(min_length=1)
    ranks: list[Rank] = Field(min_length=1)

    @model_validator(mode="after")
    def _adds_up(self) -> "ScoreDefinition":
        names = [criterion.name for criterion in self.criteria]
        if len(set(names)) < len(names):
            raise ValueError("criteria: two have one name")
        for group in self.groups:
            total = sum(c.points for c in self.criteria if c.group == group.name)
            if total != group.points:
                raise ValueError(f"criteria: those of {group.name} have {total} points, the group has {group.points}")
        if unknown := {c.group for c in self.criteria} - {g.name for g in self.groups}:
            raise ValueError(f"criteria: no group is named {', '.join(sorted(unknown))}")
        if min(rank.from_ for rank in self.ranks) != 0:
            raise ValueError("ranks: the lowest begins at 0")
        return self

    def measured(self) -> list[Criterion]:
        return [criterion for criterion in self.criteria if criterion.unmeasured is None]

    def rank(self, percent: Decimal) -> Words:
        """The rank of a share of the points that could be measured."""
        return max((rank for rank in self.ranks if percent >= rank.from_), key=lambda rank: rank.from_).label
