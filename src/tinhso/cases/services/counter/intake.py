"""Somebody stands at the counter: an officer finds them, fills the form with them, and takes the case in. Saving,
papers and handing in are the verbs of every draft (services/drafts.py, submission.py); what differs is here."""

from datetime import date
from typing import Any, cast
from uuid import UUID

import structlog
from django.core.cache import cache
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from tinhso.identity import services as identity
from tinhso.identity.contracts import AgencyRef, PersonDetails, PersonRef
from tinhso.identity.queries import agency_by_id, own_details
from tinhso.kernel import audit
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid, NotFound
from tinhso.kernel.packs import Compiled
from tinhso.kernel.text import clean

from ... import form, policy, timeline, workflow
from ...contracts import CaseRef
from ...counter.contracts import GiveBack, Stranger
from ...counter.models import Intake, Ticket, TicketState, Window
from ...counter.rotation import intake_place
from ...models import Case, Draft, Task
from .leave import centre_of

log = structlog.get_logger()

LOOK_AGAIN = 15 * 60
"""Seconds within which the same counter's looks at one applicant, for one form, are one row of the access log."""
GIVE_BACK: tuple[GiveBack, ...] = ("person", "post", "online")


def find_applicant(actor: Actor, national_id: str, procedure: str = "") -> PersonRef | None:
    """Who has this number, by name; None where the population register knows nobody. The look is logged with its
    purpose."""
    centre_of(actor)
    return identity.find_person(actor, national_id, _purpose(procedure))


def begin_intake(actor: Actor, procedure: str, *, person: UUID | None = None, stranger: Stranger | None = None) -> UUID:
    """Open a form for who stands at the counter: a person of the population register, or a stranger to it, by the
    paper they showed. It belongs to the counter until it is sent. Returns the draft.

    Raises NotFound for an unknown procedure or person, Forbidden for one that citizens do not apply for, Invalid by
    path where the stranger's name or paper is missing.
    """
    from .queue import OPEN

    centre = centre_of(actor)
    found = workflow.procedure(procedure)
    if found.model.decides:
        raise NotFound()
    if "citizen" not in found.model.applicant:
        raise Forbidden(_("Thủ tục này không dành cho cá nhân nộp."))
    if person is None:
        stranger = _tidy(stranger)
    window = Window.objects.filter(post=actor.post, agency=centre).first()
    ticket = Ticket.objects.filter(window=window, state__in=OPEN).first() if window else None
    draft = Draft(person=person, counter=centre, procedure=procedure, version=found.version)
    draft.intake = {
        "officer": actor.name,
        "ticket": str(ticket.pk) if ticket else "",
        "give_back": "person",
        "stranger": _as_json(stranger) if stranger else None,
    }
    with transaction.atomic():
        if ticket and ticket.state == TicketState.CALLED:
            from .queue import begin

            begin(actor)
        details = applicant_at_counter(actor, draft)
        draft.prefilled = sorted(form.known(found.model, details))
        draft.save(force_insert=True)
        audit.record(actor, "counter.begin-intake", f"draft:{draft.pk}", procedure=procedure, version=found.version)
    return draft.pk


def settle_intake(actor: Actor, draft_id: UUID, *, unit: str, give_back: str) -> None:
    """Say where the case goes (a commune's code, "" for what the form says) and how its result is given back."""
    from ..drafts import own_draft

    if give_back not in GIVE_BACK:
        raise Invalid({"give_back": [_("Xin chọn cách nhận kết quả")]})
    with transaction.atomic():
        draft = own_draft(actor, draft_id, lock=True)
        if draft.person is None and give_back == "online":
            raise Invalid({"give_back": [_("Người này chưa có kho giấy tờ điện tử; xin chọn cách khác")]})
        draft.unit, draft.intake = unit, draft.intake | {"give_back": give_back}
        draft.save(update_fields=["unit", "intake", "saved_at"])


def hand_in(actor: Actor, draft_id: UUID, raw: dict[str, Any] | None = None) -> CaseRef:
    """Take the case in: as `submit`, and the receipt is there to be printed. Where typesetting fails the case stands
    all the same, and the worker makes the receipt."""
    from ..signing import issue_paper
    from ..submission import submit

    centre_of(actor)
    ref = submit(actor, draft_id, raw)
    try:
        issue_paper(ref.id, "receipt")
    except Exception:
        log.exception("receipt not made at once", case=str(ref.id))
    return ref


def applicant_at_counter(actor: Actor, draft: Draft) -> PersonDetails:
    """The details that fill the form, logged as a look for this procedure. For a stranger those of the paper shown,
    with no id: no source that speaks of the register answers for them."""
    if draft.person is not None:
        if cache.add(f"cases.counter-look:{actor.post}:{draft.person}:{draft.procedure}", 1, LOOK_AGAIN):
            identity.note_looks(actor, [draft.person], _purpose(draft.procedure))
        return own_details(Actor(person=draft.person, assurance=2))
    told = draft.intake.get("stranger") or {}
    born = told.get("born_on")
    return PersonDetails(
        id=cast(UUID, None),
        name=told.get("name", ""),
        national_id="",
        born_on=date.fromisoformat(born) if born else None,
        sex="",
        nationality=told.get("nationality", ""),
        phone=told.get("phone", ""),
        email=told.get("email", ""),
    )


def need_receivable(actor: Actor, found: Compiled, competent: AgencyRef) -> None:
    """Raise Invalid where this counter may not take the case in for that agency."""
    if found.model.receives == "province" or actor.agency is None or competent.id in policy.desks(actor.agency):
        return
    raise Invalid(
        {
            "unit": [
                _("Thủ tục này chỉ nộp tại nơi có thẩm quyền: %(agency)s. Quầy khác chưa được tiếp nhận thay.")
                % {"agency": competent.words}
            ]
        }
    )


def take_in(actor: Actor, draft: Draft, case: Case, found: Compiled) -> None:
    """The case was made at a counter: note where and by whom, and do the step of receiving, which is what the officer
    does by taking it. Inside the transaction of the submission."""
    from ..moving import move

    told = draft.intake
    assert draft.counter
    window = Window.objects.filter(post=actor.post, agency=draft.counter).first()
    stranger = told.get("stranger")
    now = timezone.now()
    Intake.objects.create(
        case=case,
        centre_id=draft.counter,
        competent_id=case.agency_id,
        window=window,
        ticket_id=UUID(told["ticket"]) if told.get("ticket") else None,
        post=actor.post,
        officer=actor.name,
        at=now,
        give_back=told.get("give_back", "person"),
        contact=identity.seal(stranger, intake_place(case.pk)) if stranger else None,
    )
    with override("vi"):
        note = agency_by_id(draft.counter).name
    timeline.write(actor, case, "taken-in", at=now, note=note, centre=str(draft.counter))
    audit.record(actor, "counter.take-in", f"case:{case.pk}", centre=str(draft.counter))
    step = found.model.steps[0] if found.model.steps else None
    first = Task.objects.filter(case=case, step=step.name, completed_at=None).first() if step else None
    if first is not None and first.role in actor.roles:
        move(actor, case, first, "done", found=found, now=now)


def _purpose(procedure: str) -> str:
    with override("vi"):  # the log is the citizen's: it does not follow the officer's language
        if not procedure:
            return _("Tìm người nộp hồ sơ tại quầy")
        name = str(workflow.procedure(procedure).model.name)
        return _("Tiếp nhận hồ sơ tại quầy: %(name)s") % {"name": name}


def _tidy(stranger: Stranger | None) -> Stranger:
    given = stranger or Stranger("", "", "")
    errors = {}
    for name, message in (
        ("name", _("Xin ghi họ tên người nộp")),
        ("paper", _("Xin ghi loại giấy tờ đã xem, ví dụ: hộ chiếu")),
        ("number", _("Xin ghi số của giấy tờ")),
        ("address", _("Xin ghi nơi ở hoặc nơi nhận giấy tờ")),
    ):
        if not clean(getattr(given, name)):
            errors[name] = [message]
    if errors:
        raise Invalid(errors)
    words = {name: clean(getattr(given, name))[:200] for name in _WORDS}
    return Stranger(**words, born_on=given.born_on)


_WORDS = ("name", "paper", "number", "nationality", "phone", "email", "address")


def _as_json(stranger: Stranger) -> dict[str, str]:
    words = {name: getattr(stranger, name) for name in _WORDS}
    return words | {"born_on": stranger.born_on.isoformat() if stranger.born_on else ""}
