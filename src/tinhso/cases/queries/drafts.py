"""Forms being filled, as their owner sees them."""

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from tinhso.identity.contracts import PersonDetails
from tinhso.identity.queries import own_details
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import SignInNeeded

from .. import form, workflow
from ..contracts import CaseRef, DraftView, PaperView, Procedure
from ..definitions import PaperSpec, ProcedureDefinition
from ..models import Draft
from ..routing import office


def draft(actor: Actor, draft_id: UUID) -> DraftView:
    """The draft, also one that became a case (`case` says which). NotFound for another's."""
    from ..services.drafts import own_draft

    return view_draft(actor, own_draft(actor, draft_id, submitted=True))


def drafts(actor: Actor) -> tuple[DraftView, ...]:
    """Forms begun and not yet handed in, newest first."""
    if actor.person is None:
        raise SignInNeeded()
    rows = list(Draft.objects.filter(person=actor.person, counter=None, case=None).order_by("-id")[:50])
    if not rows:
        return ()
    person, names = own_details(actor), {}
    return tuple(_view(row, person, names) for row in rows)


def view_draft(actor: Actor, row: Draft) -> DraftView:
    from ..services.drafts import applicant_of

    return _view(row, applicant_of(actor, row), {})


def _view(row: Draft, person: PersonDetails, names: dict[str, str]) -> DraftView:
    """`names` remembers the agencies' names by unit, so that a list asks once a place."""
    found = workflow.procedure(row.procedure, row.version)
    answers = form.known(found.model, person)
    settled = form.settle(found.model, row.raw | answers)
    raw = settled.raw
    unit = row.unit or form.place_of(found.model, raw) or person.address_unit
    model: ProcedureDefinition = found.model
    place = f"{unit} {' '.join(model.levels)} {model.office or ''}"
    if place not in names:
        agency = office(model, unit)
        names[place] = agency.words if agency else ""
    return DraftView(
        id=row.pk,
        procedure=Procedure(found.name, found.version, found.model),
        raw=raw,
        prefilled=frozenset(answers),
        typed=tuple(
            spec.name
            for spec in settled.specs
            if spec.name not in answers and not spec.compute and (row.counter or not spec.by)
        ),
        computed=tuple(spec.name for spec in settled.specs if spec.compute),
        papers=paper_views(found.model.papers, row.papers),
        unit=unit,
        agency=names[place],
        saved_at=row.saved_at,
        case=CaseRef(row.case, row.case_code) if row.case else None,
    )


def paper_views(specs: Iterable[PaperSpec], given: Mapping[str, Mapping[str, Any]]) -> tuple[PaperView, ...]:
    return tuple(
        PaperView(
            name=spec.name,
            label=str(spec.label),
            hint=str(spec.hint or ""),
            optional=spec.optional,
            copies=spec.copies,
            original=spec.original,
            result_kind=spec.result_kind,
            **given.get(spec.name, {}),
        )
        for spec in specs
    )
