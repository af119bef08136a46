"""Load many ratings at once, beside the cases that they rate (`load_cases`)."""

from collections.abc import Iterable
from itertools import islice

from django.db import transaction

from tinhso.identity.services import seal
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid

from .. import survey
from ..contracts import CASES_LOADED, LoadedRating
from ..models import Case, Rating
from .rating import made, open_to_rating

CHUNK = 2_000


def load_ratings(actor: Actor, rows: Iterable[LoadedRating]) -> int:
    """Load ratings of demonstration cases; returns how many. All or none. One audit row and one event (`case.loaded`)
    speak of all of them, and nobody is called for a low one.

    Raises Forbidden for anybody but the platform, Invalid where no pack asks for ratings, where a case has no result
    that can be rated or is no demonstration, or marks that the survey does not know.
    """
    if not actor.system:
        raise Forbidden()
    asked = survey.survey()
    if asked is None:
        raise Invalid({"rating": ["no applied pack asks for ratings"]})
    stream, count = iter(rows), 0
    with transaction.atomic():
        while chunk := list(islice(stream, CHUNK)):
            cases = {case.pk: case for case in Case.objects.filter(pk__in=[row.case for row in chunk], demo=True)}
            ratings = []
            for row in chunk:
                case = cases.get(row.case)
                if case is None or not open_to_rating(case):
                    raise Invalid({"case": [f"{row.case}: no demonstration case with a result"]})
                rating = made(case, asked, asked.model.read(row.marks), how="online", at=row.at)
                rating.sealed = seal(row.comment, f"rating:{rating.pk}") if row.comment else b""
                ratings.append(rating)
            Rating.objects.bulk_create(ratings)
            count += len(ratings)
        audit.record(actor, "case.load-ratings", "cases:loaded", count=count)
        events.publish(actor, CASES_LOADED, "cases:loaded", count=count)
    return count
