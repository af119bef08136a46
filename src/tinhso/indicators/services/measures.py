"""Recompute figures from their rows."""

from datetime import date

from django.db import connection, transaction

from tinhso.kernel import events
from tinhso.kernel.actor import Actor
from tinhso.kernel.packs import compiled

from ..contracts import VALUE_MOVED
from ..definitions import IndicatorDefinition, Part

STATEMENT_SECONDS = 60

_MONTH = "date_trunc('month', at::timestamptz AT TIME ZONE 'Asia/Ho_Chi_Minh')::date"

# A figure whose rows are gone becomes 0, not yesterday's value; one that did not change keeps its revision.
_STORE = """
INSERT INTO indicators_figure (indicator, month, unit, numerator, denominator, revision, computed_at)
SELECT %(name)s, month, unit, coalesce(n.value, 0), {denominator}, 1, now()
FROM (SELECT unit, month, value FROM ({numerator_sql}) AS parts) AS n
FULL JOIN (SELECT unit, month, value FROM ({denominator_sql}) AS parts) AS d USING (unit, month)
FULL JOIN (
    SELECT unit, month FROM indicators_figure WHERE indicator = %(name)s AND month >= %(since)s
) AS before USING (unit, month)
ON CONFLICT (indicator, month, unit) DO UPDATE
SET numerator = excluded.numerator, denominator = excluded.denominator,
    revision = indicators_figure.revision + 1, computed_at = now()
WHERE (indicators_figure.numerator, indicators_figure.denominator)
    IS DISTINCT FROM (excluded.numerator, excluded.denominator)
"""

_EMPTY = "SELECT NULL::text AS unit, NULL::date AS month, NULL::numeric AS value WHERE false"


def _by_month(part: Part, value: str) -> str:
    return (
        f"SELECT unit, {_MONTH} AS month, {value}::numeric AS value FROM ({part.sql}) AS measured"  # noqa: S608
        f" WHERE at >= %(since)s AND unit <> '' GROUP BY 1, 2"
    )


def refresh(actor: Actor, indicator: str, since: date) -> int:
    """Recompute the figures of `indicator` for the months from `since` on; returns how many changed.

    The SELECT of the measure runs in the same snapshot for numerator and denominator, with a time limit.
    Publishes VALUE_MOVED where a figure changed.
    """
    definition: IndicatorDefinition = compiled("indicator", indicator).model
    value = "sum(amount)" if definition.operator == "sum" else "count(*)"
    sql = _STORE.format(
        numerator_sql=_by_month(definition.numerator, value),
        denominator_sql=_by_month(definition.denominator, "count(*)") if definition.denominator else _EMPTY,
        denominator="coalesce(d.value, 0)" if definition.denominator else "NULL",
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
        # One recomputation of a measure at a time: of two that overlap, the later would write the older count.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tinhso.indicators'), hashtext(%s))", [indicator])
        cursor.execute(sql, {"name": indicator, "since": since.replace(day=1)})
        changed = cursor.rowcount
        if changed:
            events.publish(actor, VALUE_MOVED, f"indicator:{indicator}", changed=changed)
    return changed
