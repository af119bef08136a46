"""What the public ranking and the leaders' page share: the score, period and level that the address asks for."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tinhso.indicators import queries as indicators
from tinhso.indicators.contracts import Score
from tinhso.indicators.queries import Period
from tinhso.kernel.errors import NotFound, Words

from .ioc import asked

LEVELS: dict[str, Words] = {"": _("Tất cả"), "commune": _("Xã, phường"), "province": _("Sở, ban, ngành và tỉnh")}


def score_of(request: HttpRequest) -> Score | None:
    """The score asked for (`?diem=`), else the first; None where no pack brings one. Raises NotFound."""
    found = indicators.scores()
    name = request.GET.get("diem", "")
    if name:
        one = next((score for score in found if score.name == name), None)
        if one is None:
            raise NotFound()
        return one
    return found[0] if found else None


def level_of(request: HttpRequest) -> str:
    """The level asked for (`?cap=`). Raises NotFound."""
    level = request.GET.get("cap", "")
    if level not in LEVELS:
        raise NotFound()
    return level


def period_of(request: HttpRequest) -> tuple[str, Period]:
    return asked.period(request)


def ranking(request: HttpRequest) -> dict[str, Any]:
    """What a page of the ranking shows."""
    score = score_of(request)
    words, period = period_of(request)
    level = level_of(request)
    query = f"?ky={words}" if words else "?"
    return {
        "score": score,
        "rows": indicators.agencies_ranked(score.name, period, level=level) if score else [],
        "levels": [(f"{query}&cap={name}" if name else query, label) for name, label in LEVELS.items()],
        "level": f"{query}&cap={level}" if level else query,
        "cap": level,
        "asked": words,
        "year": period.start.year,
        "years": asked.years(),
    }
