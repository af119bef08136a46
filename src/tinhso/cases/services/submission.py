"""A draft becomes a case: once, whatever is repeated."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.identity.contracts import AgencyRef, PersonDetails
from tinhso.kernel import audit
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid
from tinhso.kernel.packs import Compiled
from tinhso.kernel.text import fold

from .. import bundles, codes, form, workflow
from ..contracts import CaseRef
from ..models import Case, Draft, Paper
from ..routing import office
from . import cosign, fees
from .counter.intake import need_receivable, take_in
from .drafts import applicant_of, continue_draft, keep, newer, own_draft, reader_of
from .due import set_due
from .moving import begin


def submit(actor: Actor, draft_id: UUID, raw: Mapping[str, Any] | None = None) -> CaseRef:
    """Hand in a draft, with `raw` as the last word on its fields.

    Everything is validated first: Invalid names each field and paper by its path, and what was typed is kept. Then
    the case, its code, its process, the first task, the timeline, audit and event are one transaction. The same
    draft again gives the same case.
    """
    if raw:
        with transaction.atomic():
            draft = own_draft(actor, draft_id, lock=True, submitted=True)
            if not draft.case:
                keep(draft, raw)
                draft.save(update_fields=["raw", "saved_at"])
                cosign.void(draft)
    _of_today(actor, draft_id)
    with transaction.atomic():
        draft = own_draft(actor, draft_id, lock=True, submitted=True)
        if draft.case:
            return CaseRef(draft.case, draft.case_code)
        person = applicant_of(actor, draft)
        found = workflow.procedure(draft.procedure, draft.version)
        answers = form.known(found.model, person)
        values = _validated(reader_of(actor, draft), draft, found, answers)
        if bundles.find(draft.procedure):
            return _as_one(actor, draft, values, answers=answers, person=person)
        agency = receiving_agency(found, draft.unit or _unit_of(found, values) or person.address_unit)
        if draft.counter:
            need_receivable(actor, found, agency)
        case = _make(actor, draft, values, found=found, answers=answers, person=person, agency=agency)
        if draft.counter:
            take_in(actor, draft, case, found)
        draft.case, draft.case_code, draft.raw, draft.papers, draft.intake = case.pk, case.code, {}, {}, {}
        draft.save()
    return CaseRef(case.pk, case.code)


def _as_one(
    actor: Actor, draft: Draft, values: Mapping[str, Any], *, answers: form.Raw, person: PersonDetails
) -> CaseRef:
    """Linked procedures become a case each; the draft leads to the first."""
    if draft.counter:
        raise Conflict(_("Thủ tục liên thông nộp trực tuyến; tại quầy xin nộp từng thủ tục."))
    from .bundles import open_application

    case = open_application(
        actor, draft, values, answers=answers, person=person, place=draft.unit or person.address_unit
    )
    draft.case, draft.case_code, draft.raw, draft.papers = case.pk, case.code, {}, {}
    draft.save()
    return CaseRef(case.pk, case.code)


def _of_today(actor: Actor, draft_id: UUID) -> None:
    """A draft of a form that was replaced meanwhile is put on the new one, and has to be looked through once more."""
    draft = own_draft(actor, draft_id, submitted=True)
    if not draft.case and newer(draft):
        continue_draft(actor, draft_id)
        raise Conflict(
            _("Mẫu của thủ tục này vừa thay đổi. Những gì Ông/Bà đã điền được giữ; xin xem lại rồi nộp."),
            title=_("Biểu mẫu có bản mới"),
        )


def _validated(actor: Actor, draft: Draft, found: Compiled, answers: form.Raw) -> dict[str, Any]:
    errors: dict[str, Any] = {}
    values: dict[str, Any] = {}
    try:
        values = form.read(actor, found.model, draft.raw, answers)
    except Invalid as error:
        errors |= error.errors
    try:
        form.check_papers(found.model, draft.papers)
    except Invalid as error:
        errors |= error.errors
    try:
        if draft.counter is None:  # at the counter they are there themselves
            cosign.check_agreed(draft)
    except Invalid as error:  # what others have not filled yet is theirs: they are waited for
        others = {spec.name for spec in found.model.form if spec.by}
        errors = {path: words for path, words in errors.items() if path.partition(".")[0] not in others} | error.errors
    if errors:
        raise Invalid(errors)
    return values


def _unit_of(found: Compiled, values: Mapping[str, Any]) -> str:
    value = values.get(found.model.unit or "")
    return str(getattr(value, "unit", value) or "")


def receiving_agency(found: Compiled, unit: str) -> AgencyRef:
    """The agency that receives applications of the place today. Invalid where the place has none."""
    agency = office(found.model, unit)
    if agency is None:
        raise Invalid({"unit": [_("Xin chọn xã, phường nơi Ông/Bà muốn nộp hồ sơ.")]})
    return agency


def _make(
    actor: Actor,
    draft: Draft,
    values: Mapping[str, Any],
    *,
    found: Compiled,
    answers: form.Raw,
    person: PersonDetails,
    agency: AgencyRef,
) -> Case:
    now = timezone.now()
    subject = form.subject(found.model, values)
    code = codes.next_code(agency.code, now)
    begun = workflow.start(found, lambda: values, now=now)
    case = Case(
        code=code,
        procedure=found.name,
        version=found.version,
        subject=subject,
        person=draft.person,
        applicant=person.name,
        agency_id=agency.id,
        holder_id=agency.id,
        unit=agency.unit,
        level=agency.level,
        online=draft.counter is None,
        submitted_at=now,
        form=form.to_json(found.model, values),
        prefilled=sorted(answers.keys() & values.keys()),
        typed=[
            name
            for name, value in values.items()
            if name not in answers and value is not None and not found.model.field(name).compute
        ],
        workflow=begun.state,
        wakes_at=begun.wakes,
        search=fold(f"{code} {person.name} {subject}"),
        demo=person.demo,
    )
    set_due(case, found.model)
    case.save(force_insert=True)
    Paper.objects.bulk_create(
        Paper(case=case, name=name, **{key: value for key, value in paper.items() if key != "faults"})
        for name, paper in draft.papers.items()
    )
    cosign.note_agreements(draft, case, found.model)
    begin(actor, case, found, begun, now)
    fees.ask(actor, case, found, "submit")
    audit.record(actor, "case.submit", f"case:{case.pk}", code=code, procedure=found.name, version=found.version)
    return case
