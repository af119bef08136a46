"""What the field type `reference` asks: is there such a record, and what is its line."""

from collections.abc import Iterable
from uuid import UUID

from tinhso.kernel.fields.hooks import LookUp

from .models import RecordVersion
from .shape import shape

_SHOWN = {"open", "internal"}


def exists(id: UUID) -> bool:
    return RecordVersion.objects.filter(record=id).exists()


def display(id: UUID) -> str:
    """The record's line, of its open and internal fields; its register's name where that leaves nothing."""
    return display_many([id]).get(id, "")


def display_many(ids: Iterable[UUID]) -> dict[UUID, str]:
    """The lines of many records by id, in one query; those that there are none of are left out."""
    last = RecordVersion.objects.filter(record__in=set(ids)).order_by("record", "-revision").distinct("record")
    return {version.record: _line(version) for version in last}


def _line(version: RecordVersion) -> str:
    of = shape(version.register, version.definition)
    values = {n: v for n, v in of.read_json(version.values).items() if of.fields[n].spec.class_ in _SHOWN}
    return of.display(values) or f"{of.definition.name} {str(version.record)[:8]}"


LOOK_UP = LookUp(display=display, exists=exists)
