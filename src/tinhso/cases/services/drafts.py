"""A form being filled: opened, kept, thrown away. Nothing that was typed is lost, right or wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, BinaryIO
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from tinhso.documents.services import store
from tinhso.identity.contracts import PersonDetails
from tinhso.identity.queries import own_details
from tinhso.kernel import audit
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound, SignInNeeded

from .. import form, workflow
from ..contracts import DraftView
from ..models import Draft

MAX_RAW_BYTES = 200_000


def start_draft(actor: Actor, procedure: str, *, unit: str = "") -> DraftView:
    """Open a form of the version in force, filled from the registers. The open draft of the same procedure, if
    there is one, is continued instead. `unit` is the commune to apply to where it is not the applicant's home.

    Raises SignInNeeded without a person, NotFound for an unknown procedure, Forbidden for one not for citizens.
    """
    from ..queries import view_draft

    if actor.person is None:
        raise SignInNeeded()
    found = workflow.procedure(procedure)
    if "citizen" not in found.model.applicant:
        raise Forbidden(_("Thủ tục này không dành cho cá nhân nộp."))
    own = Draft.objects.filter(person=actor.person, counter=None, procedure=procedure, case=None)
    draft = own.order_by("-id").first()
    if draft is None:
        draft = Draft(person=actor.person, procedure=procedure, unit=unit)
    if draft.version != found.version or (unit and unit != draft.unit):
        answers = form.known(found.model, own_details(actor))
        with transaction.atomic():
            draft.version, draft.unit, draft.prefilled = found.version, unit or draft.unit, sorted(answers)
            draft.save()
            audit.record(actor, "case.draft", f"draft:{draft.pk}", procedure=procedure, version=found.version)
    return view_draft(actor, draft)


def save_draft(actor: Actor, draft_id: UUID, raw: Mapping[str, Any]) -> DraftView:
    """Keep what was typed so far. Keys that are not given stay as they were; nothing is judged here."""
    from ..queries import view_draft

    with transaction.atomic():
        draft = own_draft(actor, draft_id, lock=True)
        keep(draft, raw)
        draft.save(update_fields=["raw", "saved_at"])
    return view_draft(actor, draft)


def keep(draft: Draft, raw: Mapping[str, Any]) -> None:
    """Put what was typed into the draft, the fields of its procedure only."""
    names = {spec.name for spec in workflow.procedure(draft.procedure, draft.version).model.form}
    draft.raw = draft.raw | {name: value for name, value in raw.items() if name in names}
    if len(str(draft.raw)) > MAX_RAW_BYTES:
        raise Invalid(_("Biểu mẫu quá dài. Xin rút gọn các mục ghi tự do."))


def check_draft(actor: Actor, draft_id: UUID, fields: Sequence[str] | None = None) -> None:
    """Raise Invalid, by path, where these fields (default: all, and the papers) could not be handed in."""
    draft = own_draft(actor, draft_id)
    model = workflow.procedure(draft.procedure, draft.version).model
    answers = form.known(model, applicant_of(actor, draft))
    actor = reader_of(actor, draft)
    specs = [spec for spec in form.asked(model, draft.raw | answers) if fields is None or spec.name in fields]
    errors: dict[str, Any] = {}
    for test in (
        lambda: form.read(actor, specs, draft.raw, answers),
        lambda: form.check_papers(model, draft.papers) if fields is None else None,
    ):
        try:
            test()
        except Invalid as error:
            errors |= error.errors
    if errors:
        raise Invalid(errors)


def attach_paper(actor: Actor, draft_id: UUID, name: str, stream: BinaryIO, *, file_name: str) -> DraftView:
    """Hand in a paper of the draft; a second one of the name takes the place of the first.

    Raises what documents raises for a file that is empty, too large or not what it says; the draft is kept.
    """
    from ..queries import view_draft

    draft = own_draft(actor, draft_id)
    if name not in {paper.name for paper in workflow.procedure(draft.procedure, draft.version).model.papers}:
        raise NotFound()
    blob = store(actor, stream, name=file_name)
    with transaction.atomic():
        draft = own_draft(actor, draft_id, lock=True)
        draft.papers = draft.papers | {
            name: {
                "digest": blob.digest,
                "media_type": blob.media_type,
                "size": blob.size,
                "file_name": blob.name or file_name,
            }
        }
        draft.save(update_fields=["papers", "saved_at"])
    return view_draft(actor, draft)


def detach_paper(actor: Actor, draft_id: UUID, name: str) -> DraftView:
    """Take a paper out of the draft again."""
    from ..queries import view_draft

    with transaction.atomic():
        draft = own_draft(actor, draft_id, lock=True)
        draft.papers = {key: value for key, value in draft.papers.items() if key != name}
        draft.save(update_fields=["papers", "saved_at"])
    return view_draft(actor, draft)


def drop_draft(actor: Actor, draft_id: UUID) -> None:
    """Throw a draft away."""
    with transaction.atomic():
        draft = own_draft(actor, draft_id, lock=True)
        draft.delete()
        audit.record(actor, "case.drop-draft", f"draft:{draft_id}")


def own_draft(actor: Actor, draft_id: UUID, *, lock: bool = False, submitted: bool = False) -> Draft:
    """The actor's draft: a citizen's own, or at a counter one of that counter's. NotFound for another's; Conflict where
    it became a case, unless `submitted` is allowed."""
    if actor.person is None and not actor.is_officer:
        raise SignInNeeded()
    rows = Draft.objects.select_for_update() if lock else Draft.objects.all()
    if actor.is_officer:
        here = actor.agency if actor.may("case.intake") else None
        rows = rows.filter(counter=here, counter__isnull=False)
    else:
        rows = rows.filter(person=actor.person, counter=None)
    draft = rows.filter(pk=draft_id).first()
    if draft is None:
        raise NotFound()
    if draft.case and not submitted:
        raise Conflict(_("Hồ sơ này đã nộp với mã %(code)s.") % {"code": draft.case_code}, title=_("Hồ sơ đã được nộp"))
    return draft


def applicant_of(actor: Actor, draft: Draft) -> PersonDetails:
    """Whose form it is: whoever is signed in, or who stands at the counter."""
    if draft.counter is None:
        return own_details(actor)
    from .counter.intake import applicant_at_counter

    return applicant_at_counter(actor, draft)


def reader_of(actor: Actor, draft: Draft) -> Actor:
    """In whose name records that the form refers to are looked up: the applicant's, also where an officer fills it in,
    so that the counter offers nobody else's records."""
    return actor if draft.counter is None else replace(actor, person=draft.person, post=None, permissions=frozenset())
