"""A change of a register that waits for approval is a case: opened by the platform, in the agency that proposed it, for
the role that the register names. Its one step carries the change out, or discards it."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from tinhso.identity.queries import agency_by_id
from tinhso.kernel import audit
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.packs import in_force
from tinhso.kernel.text import fold
from tinhso.registers import queries as records
from tinhso.registers import services as registers

from .. import codes, workflow
from ..contracts import CaseRef
from ..definitions import ProcedureDefinition
from ..models import Case, Task
from .due import set_due
from .moving import begin, take_back

RECORD_CHANGE = "record-change"


def open_approval(proposal_id: UUID) -> CaseRef | None:
    """Open the case that decides on a proposal; asked again it is the same case. None where it was decided, or where no
    applied pack brings the procedure: the proposal then waits, and is seen to wait."""
    procedure = next((c.name for c in in_force("procedure") if c.model.decides == RECORD_CHANGE), None)
    found = records.proposal_by_id(proposal_id)
    if procedure is None or found.state != "waiting":
        return None
    if found.case:
        return CaseRef(found.case, found.case_code)
    compiled = workflow.procedure(procedure)
    actor, now, agency = system("cases.open-approval"), timezone.now(), agency_by_id(found.agency)
    with transaction.atomic(), override("vi"):
        title = found.title[:200]
        register = str(records.definition(found.register).definition.name)
        code = codes.next_code(agency.code, now)
        begun = workflow.start(compiled)
        case = Case(
            code=code,
            procedure=compiled.name,
            version=compiled.version,
            subject=title,
            applicant=found.by or agency.name,
            agency_id=agency.id,
            holder_id=agency.id,
            unit=agency.unit,
            level=agency.level,
            submitted_at=now,
            received_at=now,
            form={"register": register, "title": title, "why": found.why[:2_000], "approver": found.role},
            workflow=begun.state,
            search=fold(f"{code} {found.by} {title} {register}"),
            internal=True,
        )
        set_due(case, compiled.model)
        case.save(force_insert=True)
        begin(actor, case, compiled, begun, now)
        audit.record(actor, "case.submit", f"case:{case.pk}", code=code, procedure=compiled.name)
        if not registers.note_case(proposal_id, case.pk, code):  # withdrawn meanwhile
            transaction.set_rollback(True)
            return None
    return CaseRef(case.pk, code)


def close_withdrawn(proposal_id: UUID) -> None:
    """Close the case of a proposal that its author has withdrawn; done again, or where there is none, nothing."""
    found = records.proposal_by_id(proposal_id)
    if found.state != "withdrawn" or found.case is None:
        return
    actor, now = system("cases.close-approval"), timezone.now()
    with transaction.atomic(), override("vi"):
        case = Case.objects.select_for_update().get(pk=found.case)
        if case.ended_at is None:
            tasks = list(Task.objects.filter(case=case, completed_at=None))
            take_back(actor, case, tasks, _("Người đề nghị đã rút đề nghị."), now)


def decide(actor: Actor, case: Case, model: ProcedureDefinition, *, agreed: bool, why: str) -> None:
    """What the decision of a case means for the proposal it is about. Part of the transaction of the decision: what can
    no longer be carried out keeps the case open, and says why."""
    if not model.decides:
        return
    proposal = records.proposal_of_case(actor, case.pk)
    if proposal is None:
        return
    if agreed:
        registers.approve(actor, proposal.id, case=case.pk)
    else:
        registers.refuse(actor, proposal.id, case=case.pk, why=why)
