"""One application for linked procedures: a case for each part, each in its own agency with its own clock.

A part that is `after` others starts when their results are there. Ends one without a result, then what depends on it
ends with that reason, and the rest goes on; opened again and answered, it starts what waited for it.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from tinhso.documents import queries as documents
from tinhso.identity.contracts import AgencyRef, PersonDetails
from tinhso.identity.queries import agency_by_id, successor_agencies
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.packs import Compiled
from tinhso.kernel.text import fold

from .. import bundles, codes, form, versions, workflow
from ..contracts import APPLICATION_MOVED
from ..definitions import ProcedureDefinition
from ..models import Application, ApplicationPart, Case, Draft, Paper
from . import fees
from .due import set_due
from .moving import begin

GOOD = "returned"
WAITING, RUNNING, DONE, ENDED = "waiting", "running", "done", "ended"


def open_application(
    actor: Actor,
    draft: Draft,
    values: Mapping[str, Any],
    *,
    answers: form.Raw,
    person: PersonDetails,
    place: str,
) -> Case:
    """Make the application and the cases that need not wait; returns the first. Part of the submission's
    transaction. Invalid where a part has no agency at the place."""
    from .submission import receiving_agency

    model = bundles.definition(draft.procedure)
    now = timezone.now()
    application = Application(
        person=person.id, bundle=draft.procedure, version=draft.version, applicant=person.name, demo=person.demo,
        submitted_at=now, papers=draft.papers,
    )  # fmt: skip
    application.save(force_insert=True)
    filled: dict[str, dict[str, Any]] = {}
    parts: dict[str, ApplicationPart] = {}
    for spec in model.order:
        found = versions.current(spec.procedure)
        own: ProcedureDefinition = found.model
        filled[spec.key] = _values(spec, own, values, filled)
        there = filled[spec.key].get(own.unit or "")
        unit = str(getattr(there, "unit", there) or "") or place
        parts[spec.key] = ApplicationPart(
            application=application,
            key=spec.key,
            place=[one.key for one in model.parts].index(spec.key),
            procedure=found.name,
            version=found.version,
            after=spec.after,
            agency=receiving_agency(found, unit).id,
            form=form.to_json(own, filled[spec.key]),
            prefilled=sorted(
                name for name in filled[spec.key] if name in spec.values or (name in answers and own.field(name))
            ),
            state=WAITING,
        )
    ApplicationPart.objects.bulk_create(parts.values())
    started = [_start(actor, application, part) for part in _in_order(application) if not part.after]
    application.code = f"LT.{started[0].code}"
    application.save(update_fields=["code"])
    audit.record(actor, "application.submit", f"application:{application.pk}", code=application.code)
    events.publish(actor, APPLICATION_MOVED, f"application:{application.pk}", state="submitted")
    return started[0]


def carry_on(case_id: UUID) -> None:
    """A case ended: if it is a part of an application, start what waited for its result, or end what depends on it.
    Safe to repeat."""
    own = ApplicationPart.objects.filter(case=case_id).first()
    if own is None:
        return
    actor = system("cases.linked")
    with transaction.atomic():
        application = Application.objects.select_for_update().get(pk=own.application_id)
        parts = {part.key: part for part in _in_order(application)}
        case = Case.objects.get(pk=case_id)
        mine = parts[own.key]
        mine.state = DONE if case.outcome == GOOD else ENDED if case.ended_at else RUNNING
        mine.save(update_fields=["state"])
        for key in (part.key for part in bundles.definition(application.bundle).order if part.key in parts):
            part = parts[key]
            if part.case is not None:
                continue
            states = [parts[other].state for other in part.after]
            if all(state == DONE for state in states):
                _start(actor, application, part)
            else:
                part.state = ENDED if ENDED in states else WAITING
                part.because = next((other for other in part.after if parts[other].state == ENDED), "")
                part.save(update_fields=["state", "because"])
        audit.record(actor, "application.carry-on", f"application:{application.pk}", part=own.key, state=mine.state)
        events.publish(actor, APPLICATION_MOVED, f"application:{application.pk}", state=mine.state)


def _in_order(application: Application) -> list[ApplicationPart]:
    return list(ApplicationPart.objects.filter(application=application).order_by("place"))


def _values(
    spec: bundles.BundlePart,
    model: ProcedureDefinition,
    values: Mapping[str, Any],
    filled: Mapping[str, Mapping[str, Any]],
) -> dict[str, Any]:
    """The answers of a part: its own, those of other parts, and what follows from them. Records come when it starts."""
    found: dict[str, Any] = {}
    for one in model.form:
        source = spec.values.get(one.name)
        if one.compute:
            continue
        if source is None:
            found[one.name] = values.get(one.name)
        elif source.startswith("="):
            found[one.name] = one.kind.read(source[1:], one.settings())
        elif source.endswith(".record"):
            continue
        else:
            part, _form, field = source.split(".")
            found[one.name] = filled[part].get(field)
    found = {name: value for name, value in found.items() if value is not None}
    settled = form.settle(model, {name: model.field(name).kind.to_raw(value) for name, value in found.items()})
    return {name: value for name, value in (found | settled.computed).items() if name in settled.names}


def _start(actor: Actor, application: Application, part: ApplicationPart) -> Case:
    """Make the case of a part, at the agency that is competent today."""
    now = timezone.now()
    found = workflow.procedure(part.procedure, part.version)
    model: ProcedureDefinition = found.model
    agency = _agency(part)
    spec = bundles.definition(application.bundle).part(part.key)
    part.form = part.form | _records(application, spec)
    values = form.from_json(model, part.form)
    begun = workflow.start(found, lambda: values, now=now)
    code = codes.next_code(agency.code, now)
    subject = form.subject(model, values)
    case = Case(
        code=code,
        procedure=found.name,
        version=found.version,
        subject=subject,
        person=application.person,
        applicant=application.applicant,
        agency_id=agency.id,
        holder_id=agency.id,
        unit=agency.unit,
        level=agency.level,
        submitted_at=now,
        form=part.form,
        prefilled=part.prefilled,
        typed=[name for name in part.form if name not in part.prefilled and not model.field(name).compute],
        workflow=begun.state,
        wakes_at=begun.wakes,
        search=fold(f"{code} {application.applicant} {subject}"),
        demo=application.demo,
    )
    set_due(case, model)
    case.save(force_insert=True)
    _papers(application, spec, model, case)
    part.case, part.state, part.because = case.pk, RUNNING, ""
    part.save(update_fields=["case", "state", "because", "form"])
    begin(actor, case, found, begun, now)
    _ask_fees(actor, case, found)
    audit.record(actor, "case.submit", f"case:{case.pk}", code=code, procedure=found.name, version=found.version)
    return case


def _ask_fees(actor: Actor, case: Case, found: Compiled) -> None:
    fees.ask(actor, case, found, "submit")


def _agency(part: ApplicationPart) -> AgencyRef:
    """The agency to which the part was addressed, or what does that one's work today."""
    today = successor_agencies(part.agency)
    return today[0] if today else agency_by_id(part.agency)


def _records(application: Application, spec: bundles.BundlePart) -> dict[str, Any]:
    """The records that other parts made, by the field that takes them."""
    found: dict[str, Any] = {}
    for name, source in spec.values.items():
        key, _dot, what = source.partition(".")
        if what == "record" and (record := _result(application, key).get("record")):
            found[name] = record["id"]
    return found


def _papers(application: Application, spec: bundles.BundlePart, model: ProcedureDefinition, case: Case) -> None:
    """What was handed in for this part, and the signed results of the parts that it is after."""
    own = {paper.name for paper in bundles.wanted(spec, model)}
    rows = [
        Paper(case=case, name=name, **{key: value for key, value in paper.items() if key != "faults"})
        for name, paper in application.papers.items()
        if name in own
    ]
    for name, source in spec.papers.items():
        given = _result(application, source.partition(".")[0]).get("result")
        if given:
            document = documents.document(system("cases.linked"), UUID(given))
            rows.append(
                Paper(
                    case=case,
                    name=name,
                    digest=document.blob.digest,
                    media_type=document.blob.media_type,
                    size=document.blob.size,
                    file_name=f"{document.title}.pdf"[:200],
                    document=document.id,
                    code=document.code,
                )
            )
    Paper.objects.bulk_create(rows)


def _result(application: Application, key: str) -> dict[str, Any]:
    part = ApplicationPart.objects.get(application=application, key=key)
    results: dict[str, Any] = Case.objects.values_list("results", flat=True).get(pk=part.case)
    return results
