"""The YAML of a measure: packs/<pack>/indicators/<name>.yaml"""

from decimal import Decimal
from typing import Literal

from pydantic import Field, field_validator, model_validator

from tinhso.kernel.packs.definitions import Name, Strict, Words

from .sql import Measured, read_measure


class Part(Strict):
    """A numerator or a denominator: rows, and what they are.

    `sql` is one SELECT over published views (schema `pub`) that gives `id`, `unit` (code of the commune on the
    map of its day), `at` (date or time) and, for a sum, `amount`. The figure is counted from these very rows, and
    the same SELECT lists them: a figure cannot part from its lineage.
    """

    sql: str
    label: Words

    @field_validator("sql")
    @classmethod
    def _reads_only(cls, text: str) -> str:
        read_measure(text)
        return text

    def measured(self) -> Measured:
        return read_measure(self.sql)


class Target(Strict):
    """What a resolution or plan asks: `by` is the year at whose end it must be reached."""

    value: Decimal
    by: int = Field(ge=2000, le=2100)
    source: Words


class IndicatorDefinition(Strict):
    """`operator` is count (rows of the numerator), sum (of `amount`) or share (100 · numerator ÷ denominator)."""

    indicator: Name
    name: Words
    about: Words
    unit: Words
    """The unit of measure: "hồ sơ", "%"."""
    operator: Literal["count", "sum", "share"]
    numerator: Part
    denominator: Part | None = None
    better: Literal["higher", "lower"] = "higher"
    targets: list[Target] = []
    systems: list[str] = []
    codes: list[str] = []
    """Ids of the resolution's targets (K03…) that this measure answers."""
    wall: int | None = None
    """The place on the leaders' wall, 1 first; absent: not shown there."""

    @model_validator(mode="after")
    def _whole(self) -> "IndicatorDefinition":
        if (self.operator == "share") != (self.denominator is not None):
            raise ValueError("denominator: a share has one, a count or sum has none")
        if self.operator == "sum" and "amount" not in self.numerator.measured().columns:
            raise ValueError("numerator: a sum needs a column named amount")
        return self

    def views(self) -> frozenset[str]:
        """Names of the published views that the measure reads."""
        parts = [self.numerator] + ([self.denominator] if self.denominator else [])
        return frozenset().union(*(part.measured().views for part in parts))
