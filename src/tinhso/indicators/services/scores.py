"""Recompute the parts of a score: a count for each criterion, agency and month, from the rows themselves."""

from datetime import date

from django.db import connection, transaction

from tinhso.kernel import events
from tinhso.kernel.actor import Actor
from tinhso.kernel.packs import compiled

from ..contracts import SCORE_MOVED
from ..definitions import Part
from ..scoring import ScoreDefinition
from .measures import _MONTH, STATEMENT_SECONDS

_STORE = """
INSERT INTO indicators_scorefigure (score, criterion, month, agency, numerator, denominator, revision, computed_at)
SELECT %(score)s, %(criterion)s, month, agency, coalesce(n.value, 0), coalesce(d.value, 0), 1, now()
FROM ({numerator}) AS n
FULL JOIN ({denominator}) AS d USING (agency, month)
FULL JOIN (
    SELECT agency, month FROM indicators_scorefigure
    WHERE score = %(score)s AND criterion = %(criterion)s AND month >= %(since)s
) AS before USING (agency, month)
ON CONFLICT (score, criterion, month, agency) DO UPDATE
SET numerator = excluded.numerator, denominator = excluded.denominator,
    revision = indicators_scorefigure.revision + 1, computed_at = now()
WHERE (indicators_scorefigure.numerator, indicators_scorefigure.denominator)
    IS DISTINCT FROM (excluded.numerator, excluded.denominator)
"""


def _by_agency(part: Part) -> str:
    return (
        f"SELECT agency, {_MONTH} AS month, count(*) AS value FROM ({part.sql}) AS measured"  # noqa: S608
        " WHERE at >= %(since)s AND agency IS NOT NULL GROUP BY 1, 2"
    )


def refresh_score(actor: Actor, score: str, since: date) -> int:
    """Recompute the figures of a score for the months from `since` on; returns how many changed.

    A criterion whose rows are gone becomes 0 of 0. Publishes SCORE_MOVED where a figure changed. Raises NotFound.
    """
    definition: ScoreDefinition = compiled("score", score).model
    changed = 0
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL statement_timeout = '{STATEMENT_SECONDS}s'")
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('tinhso.scores'), hashtext(%s))", [score])
        for criterion in definition.measured():
            assert criterion.numerator and criterion.denominator
            sql = _STORE.format(
                numerator=_by_agency(criterion.numerator), denominator=_by_agency(criterion.denominator)
            )
            cursor.execute(sql, {"score": score, "criterion": criterion.name, "since": since.replace(day=1)})
            changed += cursor.rowcount
        if changed:
            events.publish(actor, SCORE_MOVED, f"score:{score}", changed=changed)
    return changed
