"""Who has to agree to a draft, as the applicant and as they themselves see it."""

from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from tinhso.identity.queries import agency_of_unit, own_details
from tinhso.identity.services import note_looks_daily
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound, SignInNeeded

from .. import form, workflow
from ..contracts import CoSigner, InvitationView, PaperView, Procedure
from ..definitions import ProcedureDefinition
from ..models import Invitation
from ..services import cosign
from ..services.drafts import own_draft
from .drafts import paper_views

MOST = 50


def co_signers(actor: Actor, draft_id: UUID) -> tuple[CoSigner, ...]:
    """Everybody who has to agree to the actor's draft as it stands, in the order of the form. Empty where nobody
    has."""
    draft = own_draft(actor, draft_id, submitted=True)
    model: ProcedureDefinition = workflow.procedure(draft.procedure, draft.version).model
    rows = {row.field: row for row in Invitation.objects.filter(draft=draft)} if model.co_sign else {}
    found = []
    for field, person in cosign.named(draft).items():
        spec, row = model.field(field), rows.get(field)
        if row is not None and row.person != person:
            row = None
        found.append(
            CoSigner(
                field=field,
                label=spec.words,
                name=spec.kind.display(person, spec.settings()),
                state=row.state if row else "",
                at=(row.answered_at or row.asked_at) if row else None,
                reason=row.reason if row else "",
                voided=bool(row and row.voided_at and row.state == Invitation.State.ASKED),
            )
        )
    return tuple(found)


def invitations(actor: Actor) -> tuple[InvitationView, ...]:
    """What the actor was asked to agree to and is not handed in yet, newest first; without what the drafts hold."""
    if actor.person is None:
        raise SignInNeeded()
    rows = Invitation.objects.select_related("draft").filter(person=actor.person, draft__case=None).order_by("-id")
    return tuple(_head(row) for row in rows[:MOST])


def invitation(actor: Actor, invitation_id: UUID) -> InvitationView:
    """One of them with what it concerns; NotFound for anybody but the person invited. What was handed in is no longer
    shown, only under which code. The look stands in the applicant's access log."""
    row = cosign.invited(actor, invitation_id)
    draft, head = row.draft, _head(row)
    if draft.case:
        return head
    model: ProcedureDefinition = head.procedure.definition
    person = own_details(Actor(person=draft.person, assurance=2))
    answers = form.known(model, person)
    settled = form.settle(model, draft.raw | answers)
    mine = [spec for spec in settled.specs if spec.by == row.field]
    shown = {spec.name for spec in cosign.visible_to(model, row.field)} - {spec.name for spec in mine}
    with transaction.atomic(), override("vi"):
        note_looks_daily(actor, [draft.person], _("Xem bản nháp được mời cùng nộp"))
    try:
        agency = agency_of_unit(draft.unit or form.place_of(model, settled.raw) or person.address_unit).words
    except NotFound:
        agency = ""
    return InvitationView(
        id=head.id, procedure=head.procedure, applicant=head.applicant, role=head.role, state=head.state,
        asked_at=head.asked_at, answered_at=head.answered_at, voided=head.voided, reason=head.reason,
        sections=form.shown(model, settled, shown), specs=tuple(mine),
        raw={spec.name: settled.raw.get(spec.name, "") for spec in mine},
        papers=paper_views(model.papers, draft.papers),
        agency=agency, digest=cosign.content(draft, row.field),
    )  # fmt: skip


def invitation_paper(actor: Actor, invitation_id: UUID, name: str) -> PaperView:
    """A paper of the draft, for who is asked to agree to it. NotFound."""
    found = next((one for one in invitation(actor, invitation_id).papers if one.name == name and one.given), None)
    if found is None:
        raise NotFound()
    return found


def _head(row: Invitation) -> InvitationView:
    draft = row.draft
    found = workflow.procedure(draft.procedure, draft.version)
    return InvitationView(
        id=row.pk,
        procedure=Procedure(found.name, found.version, found.model),
        applicant=own_details(Actor(person=draft.person, assurance=2)).name,
        role=found.model.field(row.field).words,
        state=row.state,
        asked_at=row.asked_at,
        answered_at=row.answered_at,
        voided=bool(row.voided_at and row.state == Invitation.State.ASKED),
        reason=row.reason,
        case_code=draft.case_code,
    )
