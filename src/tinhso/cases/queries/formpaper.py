"""Official forms as PDF: filled in with the answers of a draft, or blank."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any
from uuid import UUID

from django.utils.translation import override

from tinhso.documents import queries as documents
from tinhso.identity.queries import agency_of_unit, own_details
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound
from tinhso.kernel.packs import Compiled, compiled, names

from .. import form, papers, workflow
from ..definitions import FormField
from ..services.drafts import own_draft


def form_paper(actor: Actor, draft_id: UUID) -> bytes:
    """The official form (`form_paper`) as the actor's draft fills it, as PDF. What is not filled in yet is left
    open. Of other people it says what the form says: their details stay in the population register until an officer
    has to look. NotFound where the procedure has no such form."""
    draft = own_draft(actor, draft_id, submitted=True)
    found = workflow.procedure(draft.procedure, draft.version)
    if not found.model.form_paper or draft.case:
        raise NotFound()
    with override("vi"):
        return documents.preview(_kind(found, found.model.form_paper), form_data(actor, found, draft.raw, draft.unit))


def form_data(actor: Actor, found: Compiled, raw: Mapping[str, Any], unit: str) -> dict[str, Any]:
    """The data that a form's template reads: `form` by field (days as ISO, people and rows as mappings, all else in
    words), `applicant`, `issuer` (who receives it), `procedure`."""
    person = own_details(actor)
    settled = form.settle(found.model, {**raw, **form.known(found.model, person)})
    place = unit or form.place_of(found.model, settled.raw) or person.address_unit
    try:
        issuer = documents.issuer(agency_of_unit(place).id)
    except NotFound:
        issuer = {}
    applicant = papers.person_words(person)
    return {
        "form": {spec.name: _written(spec, settled, actor, applicant) for spec in settled.specs},
        "applicant": applicant,
        "issuer": issuer,
        "procedure": {"name": found.model.name.vi, "code": found.model.code},
    }


def _written(spec: FormField, settled: form.Settled, actor: Actor, applicant: dict[str, Any]) -> Any:
    value = form.value_of(spec, settled)
    if value is None:
        return {} if spec.type == "person" else [] if spec.type == "table" else ""
    options = spec.settings()
    if spec.type == "person":
        return applicant if value == actor.person else {"name": spec.kind.display(value, options)}
    if spec.type == "table":
        columns = {column.name: column for column in options.columns}
        return [
            {name: columns[name].kind.display(cell, columns[name].settings()) for name, cell in row.items()}
            for row in value
        ]
    return value.isoformat() if spec.type == "date" else spec.kind.display(value, options)


def blank_paper(procedure: str, paper: str) -> tuple[str, bytes]:
    """Name and PDF of the blank form that a procedure's paper is handed in on (`template`). NotFound."""
    found = workflow.procedure(procedure)
    spec = next((one for one in found.model.papers if one.name == paper and one.template), None)
    if spec is None or not spec.template:
        raise NotFound()
    kind = compiled("paper", _kind(found, spec.template))
    return str(kind.model.name), _blank(kind.name, kind.digest)


@lru_cache(maxsize=50)
def _blank(kind: str, digest: str) -> bytes:
    return documents.preview(kind, {})


def _kind(found: Compiled, name: str) -> str:
    """The whole name of a paper that a procedure names: its own pack's, else the one pack's that has such."""
    if "." in name:
        return name
    own, there = f"{found.pack}.{name}", names("paper")
    return own if own in there else next((one for one in there if one.rpartition(".")[2] == name), own)
