"""The registers themselves: which there are, what they hold, what is still being built for them."""

from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden
from tinhso.kernel.text import fold

from .. import policy
from ..contracts import RegisterRef
from ..filters import operators_of
from ..models import SchemaWork
from ..shape import KIND, Shape, shape


def definition(register: str) -> Shape:
    """The version of a register that is in force, compiled. Raises NotFound."""
    return shape(register)


def registers_visible(actor: Actor) -> list[RegisterRef]:
    """The registers that the reader may open, by name."""
    policy.need_see(actor)
    found = [
        RegisterRef(c.name, str(c.model.name), str(c.model.plural or c.model.name), c.pack, c.version)
        for c in packs.in_force(KIND)
        if not actor.is_citizen or c.model.people
    ]
    return sorted(found, key=lambda ref: fold(ref.name))


def readable(actor: Actor, of: Shape) -> frozenset[str]:
    """The fields that the reader may read in lists, filters and records; sensitive ones stand in records alone."""
    return frozenset(f.name for f in of.visible(policy.classes(actor, of)) if not f.is_secret)


def operators(actor: Actor, of: Shape) -> dict[str, tuple[str, ...]]:
    """The fields that the reader may filter by, each with its operators (filters/operators.py)."""
    seen = readable(actor, of)
    return {name: operators_of(field) for name, field in of.fields.items() if name in seen}


def need_export(actor: Actor) -> None:
    """Raise unless the reader may take records away as a file: officers with `registers.see`."""
    policy.need_see(actor)
    if actor.is_citizen:
        raise Forbidden()


def schema_work_left() -> list[tuple[str, str, str]]:
    """What applied packs left to be done in the background: (register, what, why it failed last time or "")."""
    rows = SchemaWork.objects.filter(done_at=None).order_by("pk")
    return list(rows.values_list("register", "what", "error"))
