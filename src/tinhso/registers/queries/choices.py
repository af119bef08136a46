"""Records that a form may offer to whoever fills it."""

from uuid import UUID

from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import NotFound

from ..contracts import Record
from ..shape import Shape, shape
from .lists import find
from .one import get

_OFFERED = system("registers.choices")


def choices(actor: Actor, register: str, *, limit: int) -> list[Record]:
    """The records that a form may offer: of a register whose lines are open to all (a school, a health facility) every
    one, to be shown by its line alone; of any other those that `actor` may see. Raises NotFound for no register."""
    of = shape(register)
    return find(_OFFERED if _is_open(of) else actor, register, limit=limit).records


def may_choose(actor: Actor, register: str, record: UUID) -> bool:
    """Whether a form of `actor` may name this record: the one rule of `choices`, for what a client sends."""
    try:
        get(_OFFERED if _is_open(shape(register)) else actor, register, record)
    except NotFound:
        return False
    return True


def _is_open(of: Shape) -> bool:
    """Whether the line that shows a record is made of open fields alone, and no record is about a person."""
    named = {*of.in_display, *of.definition.key} - {"unit"}
    return not of.definition.people and all(of.fields[name].spec.class_ == "open" for name in named)
