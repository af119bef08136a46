"""What the field type `reference` asks: is there such a record, and what is its line."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from tinhso.identity import queries as identity
from tinhso.kernel.fields.hooks import LookUp

from .models import RecordVersion
from .shape import Shape, shape

_SHOWN = {"open", "internal"}


def exists(id: UUID) -> bool:
    return RecordVersion.objects.filter(record=id).exists()


def display(id: UUID) -> str:
    """The record's line, of its open and internal fields; its register's name where that leaves nothing."""
    return display_many([id]).get(id, "")


def display_many(ids: Iterable[UUID], depth: int = 2) -> dict[UUID, str]:
    """The lines of many records by id, in few queries; those that there are none of are left out. A line that names
    another record has its line too, as far as `depth`: records may refer to each other in a circle."""
    wanted = set(ids)
    last = RecordVersion.objects.filter(record__in=wanted).order_by("record", "-revision").distinct("record")
    versions: dict[tuple[str, int], list[RecordVersion]] = defaultdict(list)
    for version in last if wanted else ():
        versions[version.register, version.definition].append(version)
    found: dict[UUID, str] = {}
    for (register, definition), several in versions.items():
        of = shape(register, definition)
        rows = [
            {n: v for n, v in of.read_json(version.values).items() if of.fields[n].spec.class_ in _SHOWN}
            for version in several
        ]
        known = names_of(of, rows, of.in_display, depth - 1)
        for version, values in zip(several, rows, strict=True):
            line = of.display(values, known)
            found[version.record] = line or f"{of.definition.name} {str(version.record)[:8]}"
    return found


def names_of(
    of: Shape, rows: Sequence[Mapping[str, Any]], names: Iterable[str], depth: int = 2
) -> dict[str, Mapping[UUID, str]]:
    """The words of the people, agencies and records that the fields `names` of these rows refer to, by field: one
    query a field, however many rows."""
    known: dict[str, Mapping[UUID, str]] = {}
    for name in names:
        if not of.refers(name):
            continue
        ids = {UUID(str(value)) for row in rows if (value := row.get(name))}
        match of.fields[name].spec.type:
            case "person":
                known[name] = {id: ref.name for id, ref in identity.person_refs(ids).items()} if ids else {}
            case "agency":
                known[name] = {ref.id: ref.words for ref in identity.agencies(ids=ids)} if ids else {}
            case _:
                known[name] = display_many(ids, depth) if ids and depth > 0 else {}
    return known


LOOK_UP = LookUp(display=display, exists=exists)
