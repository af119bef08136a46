"""A form being filled: opened, kept, thrown away. Nothing that was typed is lost, right or wrong."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import IO, Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from tinhso.documents.services import store
from tinhso.identity.contracts import PersonDetails
from tinhso.identity.queries import own_details
from tinhso.kernel import audit
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound, SignInNeeded
from tinhso.kernel.packs import Compiled

from .. import form, photos, workflow
from ..contracts import DraftView
from ..definitions import FormField
from ..models import Draft

MAX_RAW_BYTES = 200_000
PICTURES = ("image/jpeg", "image/png")


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
    draft.version, draft.prefilled = found.version, sorted(form.known(found.model, applicant_of(actor, draft)))
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
    names = {spec.name for spec in model.form if _is_own(draft, spec, by) and not spec.compute}
    draft.raw = draft.raw | {name: value for name, value in raw.items() if name in names}
    if len(str(draft.raw)) > MAX_RAW_BYTES:
        raise Invalid(_("Biểu mẫu quá dài. Xin rút gọn các mục ghi tự do."))


def _is_own(draft: Draft, spec: FormField, by: str = "") -> bool:
    """Whether a field is filled in by the applicant, or by the co-signer `by`; at the counter, where all of them stand,
    the officer writes for each."""
    return draft.counter is not None or spec.by == by


def check_draft(actor: Actor, draft_id: UUID, fields: Sequence[str] | None = None) -> None:
    """Raise Invalid, by path, where these fields (default: all, and the papers) could not be handed in."""
    draft = own_draft(actor, draft_id)
    model = workflow.procedure(draft.procedure, draft.version).model
    answers = form.known(model, applicant_of(actor, draft))
    actor = reader_of(actor, draft)
    own = {spec.name for spec in model.form if _is_own(draft, spec) and (fields is None or spec.name in fields)}
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


def attach_paper(
    actor: Actor, draft_id: UUID, name: str, stream: IO[bytes], *, file_name: str, looked: Sequence[str] | None = None
) -> DraftView:
    """Hand in a paper of the draft; a second one of the name takes the place of the first. A photograph that is hard
    to read is kept all the same, and the view says what is wrong with it (`looked`: it was looked at already).

    Raises what documents raises for a file that is empty, too large or not what it says; the draft is kept.
    """
    from ..queries import view_draft

    draft = own_draft(actor, draft_id)
    if name not in {paper.name for paper in workflow.procedure(draft.procedure, draft.version).model.papers}:
        raise NotFound()
    blob = store(actor, stream, name=file_name)
    stream.seek(0)
    if looked is None:
        looked = photos.faults(stream) if blob.media_type.startswith("image/") else []
    with transaction.atomic():
        draft = own_draft(actor, draft_id, lock=True)
        draft.papers = draft.papers | {
            name: {
                "digest": blob.digest,
                "media_type": blob.media_type,
                "size": blob.size,
                "file_name": blob.name or file_name,
                "faults": list(looked),
            }
        }
        draft.save(update_fields=["papers", "saved_at"])
        _void(draft)
    return view_draft(actor, draft)


def attach_photos(actor: Actor, draft_id: UUID, name: str, pictures: Sequence[tuple[IO[bytes], str]]) -> DraftView:
    """Several photographs of one paper, as one PDF in their order. Each is taken in as any file is (what is no picture
    is Unsupported), and then put together."""
    if len(pictures) == 1:
        return attach_paper(actor, draft_id, name, pictures[0][0], file_name=pictures[0][1])
    if len(pictures) > photos.MOST_PHOTOS:
        raise Invalid(_("Nhiều nhất %(most)d ảnh một lần.") % {"most": photos.MOST_PHOTOS})
    own_draft(actor, draft_id)
    whole = photos.one_pdf([stream for stream, _name in pictures])
    for stream, file_name in pictures:
        stream.seek(0)
        store(actor, stream, name=file_name, accept=PICTURES)
        stream.seek(0)
    found = {fault for stream, _name in pictures for fault in photos.faults(stream)}
    title = f"{Path(pictures[0][1]).stem}.pdf"
    return attach_paper(actor, draft_id, name, whole, file_name=title, looked=[f for f in photos.FAULTS if f in found])


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
