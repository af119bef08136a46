"""What the field type `reference` asks: is there such a record, and what is its line."""

from uuid import UUID

from tinhso.kernel.fields.hooks import LookUp

from .models import RecordVersion
from .shape import shape

_SHOWN = {"open", "internal"}


def exists(id: UUID) -> bool:
    return RecordVersion.objects.filter(record=id).exists()


def display(id: UUID) -> str:
    """The record's line, of its open and internal fields; its register's name where that leaves nothing."""
    version = RecordVersion.objects.filter(record=id).order_by("-revision").first()
    if version is None:
        return ""
    of = shape(version.register, version.definition)
    values = {n: v for n, v in of.read_json(version.values).items() if of.fields[n].spec.class_ in _SHOWN}
    return of.display(values) or f"{of.definition.name} {str(id)[:8]}"


LOOK_UP = LookUp(display=display, exists=exists)
