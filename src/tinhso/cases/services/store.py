"""What the applicant's store holds stands for a paper, with one tap and by the applicant's consent only. An officer
asks for it from the store, never from the applicant again (Decree 118/2025/ND-CP; DOMAIN: asked once)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.documents import queries as documents
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.text import fold

from .. import policy, store, timeline, workflow
from ..contracts import CASE_STORE_ANSWERED, CASE_STORE_ASKED, DraftView
from ..definitions import PaperSpec, ProcedureDefinition
from ..models import Case, CaseEvent, Paper
from .drafts import own_draft
from .moving import where


def attach_result(actor: Actor, draft_id: UUID, name: str, document: UUID) -> DraftView:
    """Put a result of the actor's own store into the draft as the paper `name`. NotFound for what is not there, is of
    another kind, or no longer holds; Conflict where its signature does not."""
    from ..queries import view_draft
    from .cosign import void

    draft = own_draft(actor, draft_id)
    taken = _taken(actor, _spec(draft.procedure, draft.version, name), document)
    with transaction.atomic():
        draft = own_draft(actor, draft_id, lock=True)
        draft.papers = draft.papers | {name: taken}
        draft.save(update_fields=["papers", "saved_at"])
        void(draft)
        audit.record(actor, "case.paper-from-store", f"draft:{draft.pk}", paper=name, document=str(document))
    return view_draft(actor, draft)


def ask_from_store(actor: Actor, case_id: UUID, name: str) -> None:
    """An officer of the agency asks the applicant's consent to take the paper `name` from the store; the clock runs
    on. Conflict where the paper is there, was asked for already, or is not in the store."""
    with transaction.atomic():
        case = policy.get(actor, case_id, lock=True)
        if not actor.is_officer or not actor.may("case.ask-supplement"):
            raise Forbidden()
        spec = _spec(case.procedure, case.version, name)
        if case.ended_at or case.person is None or name not in {one.name for one in offerable(case)}:
            raise Conflict(_("Giấy tờ này không có trong kho của người nộp, hoặc đã được hỏi."))
        timeline.write(actor, case, timeline.STORE_ASKED, name, at=timezone.now(), note=str(spec.label))
        audit.record(actor, "case.ask-from-store", f"case:{case.pk}", paper=name)
        events.publish(actor, CASE_STORE_ASKED, f"case:{case.pk}", paper=name, **where(case))


def answer_from_store(actor: Actor, case_id: UUID, name: str, document: UUID | None) -> None:
    """The applicant lets the agency take this result (None: does not). What was answered stands; Conflict where
    nothing is asked."""
    with transaction.atomic():
        case = policy.get(actor, case_id, lock=True)
        if not policy.is_applicant(actor, case):
            raise Forbidden()
        if name not in asked_from_store(case):
            raise Conflict(_("Cơ quan không hỏi lấy giấy tờ này, hoặc Ông/Bà đã trả lời."))
        now, given, spec = timezone.now(), document is not None, _spec(case.procedure, case.version, name)
        if document is not None:
            _put(actor, case, spec, document, now)
        kind = timeline.STORE_GIVEN if given else timeline.STORE_KEPT
        timeline.write(actor, case, kind, name, at=now, note=str(spec.label), document=str(document or ""))
        audit.record(actor, "case.answer-from-store", f"case:{case.pk}", paper=name, document=str(document or ""))
        events.publish(actor, CASE_STORE_ANSWERED, f"case:{case.pk}", paper=name, given=given, **where(case))


def take_in_supplement(actor: Actor, case: Case, name: str, document: UUID) -> None:
    """Within the transaction of an answer to a supplement: the result as its paper."""
    _put(actor, case, _spec(case.procedure, case.version, name), document, timezone.now())
    audit.record(actor, "case.paper-from-store", f"case:{case.pk}", paper=name, document=str(document))


def _put(actor: Actor, case: Case, spec: PaperSpec, document: UUID, now: datetime) -> None:
    taken = _taken(actor, spec, document)
    Paper.objects.filter(case=case, name=spec.name, replaced_at=None).update(replaced_at=now)
    Paper.objects.create(case=case, name=spec.name, added_at=now, **taken)


def offerable(case: Case) -> list[PaperSpec]:
    """The papers of the procedure that the applicant's store holds, that are not in the case as verified documents
    and were not asked for from it."""
    model: ProcedureDefinition = workflow.procedure(case.procedure, case.version).model
    wanted = [spec for spec in model.papers if spec.result_kind]
    if not wanted or case.person is None:
        return []
    there = set(
        Paper.objects.filter(case=case, replaced_at=None, document__isnull=False).values_list("name", flat=True)
    )
    asked = set(CaseEvent.objects.filter(case=case, kind=timeline.STORE_ASKED).values_list("step", flat=True))
    valid = [one for one in store.held(case.person) if one.state == "valid"]
    return [
        spec
        for spec in wanted
        if spec.name not in there | asked and any(store.is_kind(one.document.kind, spec.result_kind) for one in valid)
    ]


def asked_from_store(case: Case) -> list[str]:
    """The papers that the agency asked to take from the store and that the applicant has not answered yet."""
    kinds = (timeline.STORE_ASKED, timeline.STORE_GIVEN, timeline.STORE_KEPT)
    open_now: dict[str, bool] = {}
    for kind, name in timeline.of_case(case.pk).filter(kind__in=kinds).values_list("kind", "step"):
        open_now[name] = kind == timeline.STORE_ASKED
    return [name for name, still in open_now.items() if still] if not case.ended_at else []


def refuse_asking_again(case: Case, note: str) -> None:
    """Invalid where a request for a supplement names a paper that the applicant's store holds: it is taken from there
    by consent, and not asked for."""
    words = fold(note)
    again = [spec for spec in offerable(case) if fold(str(spec.label.vi)) in words]
    if again:
        words = _("%(papers)s đã có trong kho dữ liệu điện tử của người nộp. Xin lấy từ kho, không yêu cầu nộp lại.")
        raise Invalid({"note": [words % {"papers": ", ".join(str(spec.label) for spec in again)}]})


def _spec(procedure: str, version: int, name: str) -> PaperSpec:
    model: ProcedureDefinition = workflow.procedure(procedure, version).model
    spec = next((one for one in model.papers if one.name == name and one.result_kind), None)
    if spec is None:
        raise NotFound()
    return spec


def _taken(actor: Actor, spec: PaperSpec, document: UUID) -> dict[str, Any]:
    """The result as a paper of a draft or case. Its signature is validated here, once, when it is taken."""
    assert actor.person
    found = store.of_kind(actor.person, spec.result_kind)
    one = next((one for one in found if one.document.id == document), None)
    if one is None:
        raise NotFound(_("Kho của Ông/Bà không có giấy tờ này, hoặc nó đã hết hiệu lực."))
    if not documents.by_code(one.document.code).genuine:
        raise Conflict(_("Chữ ký trên giấy tờ này không còn kiểm tra được. Xin nộp bản khác."))
    blob = one.document.blob
    return {
        "digest": blob.digest,
        "media_type": blob.media_type,
        "size": blob.size,
        "file_name": f"{one.document.title}.pdf"[:200],
        "document": str(one.document.id),
        "code": one.document.code,
    }
