"""Which records refer to a record."""

from uuid import UUID

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Busy

from ..contracts import Referring
from ..shape import shape
from .lists import find
from .registers import readable, registers_visible

FIRST = 10


def referring(actor: Actor, register: str, id: UUID) -> list[Referring]:
    """The records that the reader may see of each register that refers to this record, by each of its fields that the
    reader may read: the first ten, newest first. Fields by which nobody refers to it are left out."""
    found = []
    for ref in registers_visible(actor):
        of = shape(ref.register)
        for name in sorted(readable(actor, of)):
            field = of.fields[name]
            if field.spec.type != "reference" or field.options.to != register:
                continue
            try:
                page = find(actor, ref.register, where={name: id}, limit=FIRST, shows=of.in_display)
            except Busy:
                found.append(Referring(ref, name, field.spec.words, failed=True))
                continue
            if page.records:
                found.append(Referring(ref, name, field.spec.words, tuple(page.records), bool(page.next)))
    return found
