"""A form being filled: opened, kept, thrown away. Nothing that was typed is lost, right or wrong."""

from collections.abc import Mapping, Sequence
from typing import Any, BinaryIO
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from tinhso.documents.services import store
from tinhso.identity.queries import own_details
from tinhso.kernel import audit
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound, SignInNeeded
from tinhso.kernel.packs import Compiled

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
    draft = Draft.objects.filter(person=actor.person, procedure=procedure, case=None).order_by("-id").first()
    if draft is None:
        draft = Draft(person=actor.person, procedure=procedure, unit=unit)
    if draft.version != found.version or (unit and unit != draft.unit):
        with transaction.atomic():
            draft.unit = unit or draft.unit
            bring_up(actor, draft, found)
    return view_draft(actor, draft)


def continue_draft(actor: Actor, draft_id: UUID) -> DraftView:
    """The draft in the version of the procedure that holds today: what was typed stays, the form is the new one.
    Conflict where the procedure has ended meanwhile."""
    from ..queries import view_draft

    draft = own_draft(actor, draft_id, submitted=True)
    if not draft.case and (found := newer(draft)):
        with transaction.atomic():
            draft = own_draft(actor, draft_id, lock=True)
            bring_up(actor, draft, found)
    return view_draft(actor, draft)


def newer(draft: Draft) -> Compiled | None:
    """The version that has taken over since the draft was opened; None where the draft's own holds. Conflict where the
    procedure has ended."""
    try:
        found = workflow.procedure(draft.procedure)
    except NotFound:
        raise Conflict(
            _("Thủ tục này không còn được áp dụng. Bản nháp vẫn được giữ để Ông/Bà xem lại."),
            title=_("Thủ tục đã hết hiệu lực"),
        ) from None
    return found if found.version != draft.version else None


def bring_up(actor: Actor, draft: Draft, found: Compiled) -> None:
    """Put the draft on this version of its procedure, and what its people agreed to is no longer agreed."""
    draft.version, draft.prefilled = found.version, sorted(form.known(found.model, own_details(actor)))
    draft.save()
    _void(draft)
    audit.record(actor, "case.draft", f"draft:{draft.pk}", procedure=draft.procedure, version=found.version)


def _void(draft: Draft) -> None:
    from .cosign import void

    void(draft)


def save_draft(actor: Actor, draft_id: UUID, raw: Mapping[str, Any]) -> DraftView:
    """Keep what was typed so far. Keys that are not given stay as they were; nothing is judged here."""
    from ..queries import view_draft

    with transaction.atomic():
        draft = own_draft(actor, draft_id, lock=True)
        keep(draft, raw)
        draft.save(update_fields=["raw", "saved_at"])
        _void(draft)
    return view_draft(actor, draft)


def keep(draft: Draft, raw: Mapping[str, Any], by: str = "") -> None:
    """Put what was typed into the draft: the fields of its procedure that are the applicant's to fill, or those of
    the co-signer `by`; never computed ones."""
    model = workflow.procedure(draft.procedure, draft.version).model
    names = {spec.name for spec in model.form if spec.by == by and not spec.compute}
    draft.raw = draft.raw | {name: value for name, value in raw.items() if name in names}
    if len(str(draft.raw)) > MAX_RAW_BYTES:
        raise Invalid(_("Biểu mẫu quá dài. Xin rút gọn các mục ghi tự do."))


def check_draft(actor: Actor, draft_id: UUID, fields: Sequence[str] | None = None) -> None:
    """Raise Invalid, by path, where these fields (default: all, and the papers) could not be handed in."""
    draft = own_draft(actor, draft_id)
    model = workflow.procedure(draft.procedure, draft.version).model
    answers = form.known(model, own_details(actor))
    own = {spec.name for spec in model.form if not spec.by and (fields is None or spec.name in fields)}
    errors: dict[str, Any] = {}
    for test in (
        lambda: form.read(actor, model, draft.raw, answers, own),
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
        _void(draft)
    return view_draft(actor, draft)


def detach_paper(actor: Actor, draft_id: UUID, name: str) -> DraftView:
    """Take a paper out of the draft again."""
    from ..queries import view_draft

    with transaction.atomic():
        draft = own_draft(actor, draft_id, lock=True)
        draft.papers = {key: value for key, value in draft.papers.items() if key != name}
        draft.save(update_fields=["papers", "saved_at"])
        _void(draft)
    return view_draft(actor, draft)


def drop_draft(actor: Actor, draft_id: UUID) -> None:
    """Throw a draft away."""
    with transaction.atomic():
        draft = own_draft(actor, draft_id, lock=True)
        draft.delete()
        audit.record(actor, "case.drop-draft", f"draft:{draft_id}")


def own_draft(actor: Actor, draft_id: UUID, *, lock: bool = False, submitted: bool = False) -> Draft:
    """The actor's draft. NotFound for another's; Conflict where it became a case, unless `submitted` is allowed."""
    if actor.person is None:
        raise SignInNeeded()
    rows = Draft.objects.select_for_update() if lock else Draft.objects.all()
    draft = rows.filter(pk=draft_id, person=actor.person).first()
    if draft is None:
        raise NotFound()
    if draft.case and not submitted:
        raise Conflict(_("Hồ sơ này đã nộp với mã %(code)s.") % {"code": draft.case_code}, title=_("Hồ sơ đã được nộp"))
    return draft
