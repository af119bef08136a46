"""A draft that several people answer for: the applicant invites those whom the form names, each sees what it concerns,
fills its own part, agrees or declines. What is changed after an agreement voids it."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.identity.queries import own_details
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound, SignInNeeded

from .. import form, timeline, workflow
from ..contracts import CO_SIGN_ANSWERED, CO_SIGN_ASKED
from ..definitions import FormField, ProcedureDefinition
from ..models import Case, CaseEvent, Draft, Invitation
from .drafts import check_draft, keep, own_draft

State = Invitation.State


def invite(actor: Actor, draft_id: UUID) -> int:
    """Ask everybody whom the form names as co-signer and who has not agreed to what stands there now; returns how
    many were asked. Asking again asks those who declined again.

    Invalid by path while the applicant's own part could not be handed in, or names the applicant as co-signer.
    """
    check_draft(actor, draft_id)
    with transaction.atomic():
        draft = own_draft(actor, draft_id, lock=True)
        people = named(draft)
        for field, person in people.items():
            if person == draft.person:
                raise Invalid({field: [_("Người cùng ký phải là người khác, không phải chính Ông/Bà.")]})
        Invitation.objects.filter(draft=draft).exclude(field__in=people).delete()
        now, asked = timezone.now(), 0
        for field, person in people.items():
            row = Invitation.objects.filter(draft=draft, field=field).first()
            if row is not None and row.person == person and row.state in {State.ASKED, State.AGREED}:
                continue
            if row is not None:
                row.delete()
            Invitation.objects.create(draft=draft, field=field, person=person, asked_at=now)
            events.publish(
                actor, CO_SIGN_ASKED, f"person:{person}", draft=str(draft.pk), procedure=draft.procedure, field=field
            )
            asked += 1
        audit.record(actor, "case.co-sign-ask", f"draft:{draft.pk}", asked=asked)
    return asked


def save_part(actor: Actor, invitation_id: UUID, raw: Mapping[str, Any]) -> None:
    """Keep what the co-signer typed of the fields that are theirs (`by`), right or wrong; no others are touched. It
    voids what this person agreed to before, and nothing of other people's, who do not see it."""
    with transaction.atomic():
        row, draft = _open(actor, invitation_id)
        keep(draft, raw, by=row.field)
        draft.save(update_fields=["raw", "saved_at"])
        void(draft)


def agree(actor: Actor, invitation_id: UUID, seen: str) -> None:
    """Agree to what was shown: `seen` is its digest. Conflict where the draft was changed since; Invalid by path where
    the person's own part is not filled in rightly. A second time it is done already."""
    with transaction.atomic():
        row, draft = _open(actor, invitation_id)
        found = workflow.procedure(draft.procedure, draft.version)
        if content(draft, row.field) != seen:
            raise Conflict(
                _("Người nộp vừa sửa bản nháp. Xin xem lại nội dung mới rồi quyết định."), title=_("Nội dung đã đổi")
            )
        if row.state == State.AGREED:
            return
        form.read(actor, found.model, draft.raw, _applicant_s(draft), _part(found.model, row.field))
        _answer(actor, row, State.AGREED, digest=seen)


def decline(actor: Actor, invitation_id: UUID, reason: str) -> None:
    """Decline, with the reason that the applicant reads. Also after having agreed, until it is handed in."""
    reason = reason.strip()[:1_000]
    if not reason:
        raise Invalid({"reason": [_("Xin ghi lý do để người nộp biết")]})
    with transaction.atomic():
        row, _draft = _open(actor, invitation_id)
        _answer(actor, row, State.DECLINED, reason=reason)


def _answer(actor: Actor, row: Invitation, state: str, *, digest: str = "", reason: str = "") -> None:
    row.state, row.digest, row.reason = state, digest, reason
    row.answered_at, row.stamp = timezone.now(), actor.stamp()
    row.save()
    audit.record(actor, f"case.co-sign-{state}", f"draft:{row.draft_id}", field=row.field, content=digest)
    events.publish(
        actor,
        CO_SIGN_ANSWERED,
        f"person:{row.draft.person}",
        draft=str(row.draft_id),
        procedure=row.draft.procedure,
        field=row.field,
        agreed=state == State.AGREED,
    )


def _open(actor: Actor, invitation_id: UUID) -> tuple[Invitation, Draft]:
    """The invitation and its draft, locked as the applicant's own verbs lock it. NotFound for anybody but the person
    invited, and where the draft names somebody else by now; Conflict where it was handed in."""
    row = invited(actor, invitation_id)
    draft = Draft.objects.select_for_update().filter(pk=row.draft_id).first()
    row = Invitation.objects.select_related("draft").filter(pk=row.pk).first()
    if draft is None or row is None:
        raise NotFound()
    if draft.case:
        raise Conflict(_("Hồ sơ này đã nộp với mã %(code)s.") % {"code": draft.case_code}, title=_("Hồ sơ đã được nộp"))
    return row, draft


def invited(actor: Actor, invitation_id: UUID) -> Invitation:
    """The invitation, for whom it is meant; NotFound for anybody else, the applicant too."""
    if actor.person is None:
        raise SignInNeeded()
    row = Invitation.objects.select_related("draft").filter(pk=invitation_id, person=actor.person).first()
    if row is None:
        raise NotFound()
    return row


def named(draft: Draft) -> dict[str, UUID]:
    """The people whom the draft names as co-signers now, by field. Whom a register named there, and is the applicant,
    agrees by handing in: of a couple either may apply."""
    model: ProcedureDefinition = workflow.procedure(draft.procedure, draft.version).model
    if not model.co_sign:
        return {}
    answers = _applicant_s(draft)
    settled = form.settle(model, draft.raw | answers)
    found = {}
    for spec in settled.specs:
        if spec.name in model.co_sign:
            try:
                person = form.person_of(spec.kind.read(settled.raw.get(spec.name), spec.settings()))
            except Invalid:
                continue
            if person and not (person == draft.person and spec.name in answers):
                found[spec.name] = person
    return found


def visible_to(model: ProcedureDefinition, field: str) -> list[FormField]:
    """What concerns the co-signer: the applicant's answers, and its own part; not other co-signers' parts."""
    return [spec for spec in model.form if spec.by in {"", field}]


def content(draft: Draft, field: str) -> str:
    """The digest of what the co-signer is shown: answers, papers, place, the version of the form."""
    model = workflow.procedure(draft.procedure, draft.version).model
    settled = form.settle(model, draft.raw | _applicant_s(draft))
    shown = {spec.name: settled.raw.get(spec.name) for spec in visible_to(model, field) if spec.name in settled.names}
    papers = {name: paper["digest"] for name, paper in draft.papers.items()}
    body = [draft.version, draft.unit, shown, papers]
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def void(draft: Draft) -> None:
    """Agreements to something else than what stands there now are no longer agreements: the people are asked again."""
    people = named(draft)
    for row in Invitation.objects.filter(draft=draft):
        if people.get(row.field) != row.person:
            row.delete()
        elif row.state == State.AGREED and row.digest != content(draft, row.field):
            row.state, row.digest, row.answered_at = State.ASKED, "", None
            row.voided_at = timezone.now()
            row.save()


def check_agreed(draft: Draft) -> None:
    """Invalid by "co_sign.<field>" for everybody whose agreement to exactly this is missing."""
    rows = {row.field: row for row in Invitation.objects.filter(draft=draft)}
    errors: dict[str, Any] = {}
    model: ProcedureDefinition = workflow.procedure(draft.procedure, draft.version).model
    for field, person in named(draft).items():
        row = rows.get(field)
        if row and row.person == person and row.state == State.AGREED and row.digest == content(draft, field):
            continue
        spec = model.field(field)
        words = {"who": spec.kind.display(person, spec.settings())}
        declined = row and row.person == person and row.state == State.DECLINED
        errors[f"co_sign.{field}"] = [
            _("%(who)s đã từ chối cùng nộp") % words if declined else _("Còn chờ %(who)s đồng ý") % words
        ]
    if errors:
        raise Invalid(errors)


def note_agreements(draft: Draft, case: Case, model: ProcedureDefinition) -> None:
    """Put into the case's timeline who agreed, and when."""
    for row in Invitation.objects.filter(draft=draft, state=State.AGREED).order_by("answered_at"):
        spec = model.field(row.field)
        name = spec.kind.display(row.person, spec.settings())
        told = {"by": name, "field": row.field, "seen": row.digest}
        event = CaseEvent(case_id=case.pk, at=row.answered_at, kind=timeline.CO_SIGNED, actor=row.stamp, data=told)
        event.save(force_insert=True)


def _applicant_s(draft: Draft) -> form.Raw:
    """What the registers answer about the applicant, whoever asks."""
    model = workflow.procedure(draft.procedure, draft.version).model
    return form.known(model, own_details(Actor(person=draft.person, assurance=2)))


def _part(model: ProcedureDefinition, field: str) -> frozenset[str]:
    return frozenset(spec.name for spec in model.form if spec.by == field)
