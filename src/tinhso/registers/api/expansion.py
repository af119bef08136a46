"""What fields refer to, beside the ids: its line, and of a record that the reader may see the values too."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from tinhso.identity import queries as identity
from tinhso.kernel.actor import Actor

from .. import queries
from ..contracts import Record
from ..look_ups import display_many
from ..looks import note_looks
from ..shape import Shape

Expansion = dict[str, dict[str, Any]]


def expand(
    actor: Actor, of: Shape, records: Sequence[Record], names: Sequence[str], *, is_look: bool = False
) -> list[Expansion]:
    """For each record what its fields `names` refer to; one query or two a field, however many records there are.

    With `is_look` those whom a referred record names are told, as they are of the record itself."""
    found: dict[str, dict[UUID, dict[str, Any]]] = {}
    for name in names:
        ids = {UUID(str(value)) for record in records if (value := record.values.get(name))}
        match of.fields[name].spec.type:
            case "person":
                found[name] = {id: {"display": ref.name} for id, ref in identity.person_refs(ids).items()}
            case "agency":
                found[name] = {ref.id: {"display": ref.words} for ref in identity.agencies(ids=ids)} if ids else {}
            case _:
                found[name] = _records(actor, of.fields[name].options.to, ids, is_look=is_look)
    return [_of(record, names, found) for record in records]


def _of(record: Record, names: Sequence[str], found: dict[str, dict[UUID, dict[str, Any]]]) -> Expansion:
    expansion = {}
    for name in names:
        if value := record.values.get(name):
            id = UUID(str(value))
            expansion[name] = {"id": id, "display": ""} | found[name].get(id, {})
    return expansion


def _records(actor: Actor, register: str, ids: set[UUID], *, is_look: bool) -> dict[UUID, dict[str, Any]]:
    if not ids:
        return {}
    to = queries.definition(register)
    page = queries.find(actor, register, where={"id": ("in", sorted(ids))}, limit=len(ids))
    if is_look:
        note_looks(actor, to, page.records)
    seen = {
        record.ref.id: {"display": record.display, "of": register, "values": to.to_json(_unsealed(to, record.values))}
        for record in page.records
    }
    lines = display_many(ids - seen.keys()) if ids - seen.keys() else {}
    return seen | {id: {"display": line, "of": register} for id, line in lines.items()}


def _unsealed(of: Shape, values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if not of.fields[name].is_secret}
