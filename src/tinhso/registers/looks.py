"""Who is named in a record that an officer opens learns of it: one row of the access log a person and page view; of a
list that shows personal fields, one row a person, post and day (ADR 0017)."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from tinhso.identity import services as identity
from tinhso.kernel.actor import Actor

from .contracts import Record
from .shape import Shape


def people_in(of: Shape, values: Mapping[str, Any]) -> list[UUID]:
    """The people that these values of a record name, once each, in the order of its fields: all of them, also those who
    may not read the record themselves (`subjects`)."""
    found = (values.get(name) for name, field in of.fields.items() if field.spec.type == "person")
    return list(dict.fromkeys(UUID(str(getattr(one, "id", one))) for one in found if one))


def note_looks(actor: Actor, of: Shape, records: Sequence[Record], purpose: str = "") -> None:
    """Leave the rows of the access log for what `actor` is being shown."""
    if not actor.is_officer:
        return
    people = list(dict.fromkeys(one for record in records for one in people_in(of, record.values)))
    if people:
        identity.note_looks(actor, people, purpose or str(of.definition.name))


def note_exported(actor: Actor, people: Iterable[Sequence[UUID]], purpose: str) -> int:
    """Leave the rows for everybody whom an export names, who come some at a time; returns how many they are."""
    count = 0
    for ids in people:
        if actor.is_officer:
            identity.note_looks(actor, ids, purpose)
        count += len(ids)
    return count


def note_list(actor: Actor, of: Shape, records: Sequence[Record], shows: Collection[str] | None = None) -> None:
    """Leave the rows of the access log for a list in which `actor` is shown the fields `shows` (None: all that they may
    read). A list without a personal field in clear leaves none."""
    if not actor.is_officer or not records:
        return
    clear = of.fields.keys() - set(records[0].masked) if shows is None else set(shows) - set(records[0].masked)
    if not any(of.fields[name].spec.class_ in {"personal", "sensitive"} for name in clear):
        return
    people = list(dict.fromkeys(one for record in records for one in people_in(of, record.values)))
    if people:
        identity.note_looks_daily(actor, people, str(of.definition.name))


def note_told(actor: Actor, of: Shape, told: Iterable[Mapping[str, Any]]) -> None:
    """Leave the rows for values that stand beside a record: its earlier versions, a change that waits. Whoever is in
    the log for the record itself today is not noted again."""
    if not actor.is_officer:
        return
    people = list(dict.fromkeys(one for values in told for one in people_in(of, values)))
    if people:
        identity.note_looks_daily(actor, people, str(of.definition.name))
