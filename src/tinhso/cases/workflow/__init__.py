"""The one run time of processes: SpiffWorkflow, on a specification parsed once a version (`specs.py`).

What a case stores is its tokens only (`state.py`). Conditions are a small language of comparisons (`expressions.py`),
decision tables are decided by us (`dmn.py`, `feel.py`), timers count working time (`timers.py`).
"""

from .dmn import Undecided
from .engine import (
    Answer,
    Form,
    Moved,
    NotAwaited,
    Open,
    advance,
    awaited,
    label,
    passed,
    receive,
    resting,
    start,
    wake,
)
from .place import NotPlaced, place
from .published import forget, procedure
from .specs import elements, role
from .state import State

__all__ = [
    "Answer",
    "Form",
    "Moved",
    "NotAwaited",
    "NotPlaced",
    "Open",
    "State",
    "Undecided",
    "advance",
    "awaited",
    "elements",
    "forget",
    "label",
    "passed",
    "place",
    "procedure",
    "receive",
    "resting",
    "role",
    "start",
    "wake",
]
