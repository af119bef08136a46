"""Who may see figures: posts whose roles carry `indicators.see` (leaders, analysts, administrators)."""

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound


def require(actor: Actor) -> None:
    """Raise NotFound where the actor may not see the province's figures."""
    if not actor.may("indicators.see"):
        raise NotFound()
