"""Questions about figures: where do we stand, how did we come here, which rows are behind it."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, Sum
from django.utils import timezone

from tinhso.kernel.actor import Actor
from tinhso.kernel.packs import compiled, in_force
from tinhso.territory import queries as territory

from ..contracts import Row, Standing, UnitValue
from ..definitions import IndicatorDefinition
from ..models import Figure
from ..policy import require

STATEMENT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Period:
    """Whole months from `start` up to, not including, `end`."""

    start: date
    end: date

    @classmethod
    def this_year(cls) -> "Period":
        year = timezone.localdate().year
        return cls(date(year, 1, 1), date(year + 1, 1, 1))

    @classmethod
    def month(cls, day: date) -> "Period":
        first = day.replace(day=1)
        return cls(first, date(first.year + first.month // 12, first.month % 12 + 1, 1))


def _value(definition: IndicatorDefinition, numerator: Decimal, denominator: Decimal | None) -> Decimal | None:
    if definition.operator != "share":
        return numerator
    return 100 * numerator / denominator if denominator else None


def wall(actor: Actor, period: Period) -> list[Standing]:
    """Every measure of the leaders' wall, in its order, for the whole province."""
    require(actor)
    found = [c for c in in_force("indicator") if c.model.wall is not None]
    return [_standing(c.name, c.model, period) for c in sorted(found, key=lambda c: c.model.wall)]


def standing(actor: Actor, indicator: str, period: Period) -> Standing:
    """One measure for the whole province. Raises NotFound."""
    require(actor)
    return _standing(indicator, compiled("indicator", indicator).model, period)


def _standing(name: str, definition: IndicatorDefinition, period: Period) -> Standing:
    months = list(
        Figure.objects.filter(indicator=name, month__lt=period.end)
        .values("month")
        .annotate(n=Sum("numerator"), d=Sum("denominator"))
        .order_by("-month")[:24]
    )
    inside = [row for row in months if row["month"] >= period.start]
    numerator = sum((row["n"] for row in inside), Decimal(0))
    denominator = sum((row["d"] or Decimal(0) for row in inside), Decimal(0)) if definition.denominator else None
    target = next((t for t in sorted(definition.targets, key=lambda t: t.by) if t.by >= period.start.year), None)
    if target is None and definition.targets:
        target = max(definition.targets, key=lambda t: t.by)
    value = _value(definition, numerator, denominator)
    met = None
    if target and value is not None:
        met = value >= target.value if definition.better == "higher" else value <= target.value
    return Standing(
        indicator=name,
        name=str(definition.name),
        unit=str(definition.unit),
        about=str(definition.about),
        numerator_label=str(definition.numerator.label),
        denominator_label=str(definition.denominator.label) if definition.denominator else "",
        numerator=numerator,
        denominator=denominator,
        value=value,
        target=target.value if target else None,
        target_by=target.by if target else None,
        target_source=str(target.source) if target else "",
        met=met,
        codes=tuple(definition.codes),
        series=tuple((row["month"], _value(definition, row["n"], row["d"])) for row in reversed(months)),
        computed_at=Figure.objects.filter(indicator=name).aggregate(last=Max("computed_at"))["last"],
    )


def by_unit(actor: Actor, indicator: str, period: Period, on: date | None = None) -> list[UnitValue]:
    """The measure by commune, all on the map of `on` (today's unless said).

    Months before a reform are carried to that map by `territory.translate`; `how` tells which values were shared.
    """
    require(actor)
    definition: IndicatorDefinition = compiled("indicator", indicator).model
    on = on or timezone.localdate()
    numerators: defaultdict[str, Decimal] = defaultdict(Decimal)
    denominators: defaultdict[str, Decimal] = defaultdict(Decimal)
    how: dict[str, str] = {}
    rows = Figure.objects.filter(indicator=indicator, month__gte=period.start, month__lt=period.end)
    for month in sorted({row.month for row in rows}):
        of_month = [row for row in rows if row.month == month]
        for parts, attribute in ((numerators, "numerator"), (denominators, "denominator")):
            values = {row.unit: float(getattr(row, attribute) or 0) for row in of_month}
            moved = territory.translate(values, month, on)
            how |= moved.how
            for unit, value in (moved.values | moved.lost).items():
                parts[unit] += Decimal(str(value))
    units = {unit.code: unit for unit in territory.units(at=on)}
    return [
        UnitValue(
            unit=code,
            name=units[code].name if code in units else code,
            numerator=numerators[code],
            denominator=denominators[code] if definition.denominator else None,
            value=_value(definition, numerators[code], denominators[code]),
            how=how.get(code, ""),
        )
        for code in sorted(numerators, key=lambda code: (-numerators[code], code))
    ]


def rows(
    actor: Actor,
    indicator: str,
    period: Period,
    *,
    part: str = "numerator",
    units: Sequence[str] = (),
    after: tuple[datetime, UUID] | None = None,
    limit: int = 50,
) -> list[Row]:
    """The rows behind a figure, newest first: the measure's own SELECT, cut to the period and the units."""
    require(actor)
    definition: IndicatorDefinition = compiled("indicator", indicator).model
    chosen = definition.denominator if part == "denominator" and definition.denominator else definition.numerator
    source = next(iter(chosen.measured().views))
    conditions = ["at >= %(start)s", "at < %(end)s"]
    values: dict[str, Any] = {"start": _midnight(period.start), "end": _midnight(period.end), "limit": limit}
    if units:
        conditions.append("unit = ANY(%(units)s)")
        values["units"] = list(units)
    if after:
        conditions.append("(at, id) < (%(after_at)s, %(after_id)s)")
        values |= {"after_at": after[0], "after_id": after[1]}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
        cursor.execute(
            "SELECT id, unit, at, whole_day FROM (SELECT id, unit, at::timestamptz AS at,"  # noqa: S608
            f" pg_typeof(at) = 'date'::regtype AS whole_day FROM ({chosen.sql}) AS m) AS measured"
            f" WHERE {' AND '.join(conditions)} ORDER BY at DESC, id DESC LIMIT %(limit)s",
            values,
        )
        return [
            Row(id=key, unit=unit, at=at, whole_day=whole_day, source=source)
            for key, unit, at, whole_day in cursor.fetchall()
        ]


def by_hour(actor: Actor, indicator: str, day: date) -> list[dict[str, int]]:
    """How many rows of the numerator each commune had in each hour of a day: 24 mappings of unit code to count."""
    require(actor)
    definition: IndicatorDefinition = compiled("indicator", indicator).model
    hours: list[dict[str, int]] = [{} for _ in range(24)]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
        cursor.execute(
            "SELECT extract(hour FROM at AT TIME ZONE 'Asia/Ho_Chi_Minh')::int, unit, count(*)"  # noqa: S608
            f" FROM (SELECT unit, at::timestamptz AS at FROM ({definition.numerator.sql}) AS m) AS measured"
            " WHERE at >= %(start)s AND at < %(end)s GROUP BY 1, 2",
            {"start": _midnight(day), "end": _midnight(day + timedelta(days=1))},
        )
        for hour, unit, count in cursor.fetchall():
            hours[hour][unit] = count
    return hours


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=timezone.get_default_timezone())
