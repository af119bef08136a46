"""What indicators does: recompute figures from their rows."""

from .measures import refresh
from .scores import refresh_score

__all__ = ["refresh", "refresh_score"]
