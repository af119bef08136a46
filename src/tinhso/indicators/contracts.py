"""What crosses the border of indicators."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from tinhso.kernel import events

VALUE_MOVED = events.declare("indicator.moved", "A measure has a new value; subject indicator:<name>.")


@dataclass(frozen=True, slots=True)
class Value:
    """The value of a measure for a unit and a period. `value` is 100·numerator/denominator for a share, the
    numerator for a count; None where the denominator is 0."""

    indicator: str
    unit: str
    period_start: date
    period_end: date
    numerator: Decimal
    denominator: Decimal | None
    value: Decimal | None
    target: Decimal | None
    computed_at: datetime
    revision: int
