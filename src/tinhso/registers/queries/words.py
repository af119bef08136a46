"""Values as people read them, a page of records at a time."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from tinhso.identity import queries as identity

from ..contracts import Record
from ..look_ups import display_many
from ..shape import Shape


def in_words(of: Shape, records: Sequence[Record], names: Sequence[str]) -> list[dict[str, str]]:
    """The fields `names` of each record as people read them; names of people, agencies and records that the fields
    refer to are asked for once, however many records there are."""
    known: dict[str, Mapping[UUID, str]] = {}
    for name in names:
        ids = (
            {UUID(str(value)) for record in records if (value := record.values.get(name))} if of.refers(name) else set()
        )
        match of.fields[name].spec.type:
            case "person":
                known[name] = {id: ref.name for id, ref in identity.person_refs(ids).items()}
            case "agency":
                known[name] = {ref.id: ref.words for ref in identity.agencies(ids=ids)}
            case "reference":
                known[name] = display_many(ids)
    found = []
    for record in records:
        words = {}
        for name in names:
            field, value = of.fields[name], record.values.get(name)
            if value is None:
                words[name] = ""
            elif name in known:
                words[name] = known[name].get(UUID(str(value)), "")
            else:
                words[name] = field.kind.display(value, field.options)
        found.append(words)
    return found
