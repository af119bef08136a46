"""What indicators is asked: of measures, and of scores made of them."""

from .measures import Period, by_hour, by_unit, rows, standing, wall
from .scores import agencies_ranked, score_card, score_rows, scores

__all__ = [
    "Period",
    "agencies_ranked",
    "by_hour",
    "by_unit",
    "rows",
    "score_card",
    "score_rows",
    "scores",
    "standing",
    "wall",
]
