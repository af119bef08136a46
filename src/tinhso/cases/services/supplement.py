"""The applicant answers a request for a supplement; the clock runs again."""

from collections.abc import Mapping
from typing import Any, BinaryIO
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.documents.services import store
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, NotFound
from tinhso.kernel.text import fold

from .. import form, policy, workflow
from ..bpmn import APPLICANT
from ..contracts import CASE_RESUMED, CaseRef
from ..definitions import ProcedureDefinition
from ..models import Case, Paper, Pause, Task
from .due import run_on
from .moving import move, where
from .store import take_in_supplement


def attach_supplement(actor: Actor, case_id: UUID, name: str, stream: BinaryIO, *, file_name: str) -> None:
    """Hand in a paper while a supplement is asked for. It takes the place of the one of that name; the old one is
    kept in the history of the case."""
    case = _asked(actor, case_id)
    if name not in {paper.name for paper in workflow.procedure(case.procedure, case.version).model.papers}:
        raise NotFound()
    blob = store(actor, stream, name=file_name)
    with transaction.atomic():
        case = _asked(actor, case_id, lock=True)
        now = timezone.now()
        Paper.objects.filter(case=case, name=name, replaced_at=None).update(replaced_at=now)
        Paper.objects.create(
            case=case,
            name=name,
            digest=blob.digest,
            media_type=blob.media_type,
            size=blob.size,
            file_name=blob.name or file_name,
            added_at=now,
        )
        audit.record(actor, "case.supplement-paper", f"case:{case.pk}", paper=name, digest=blob.digest)


def answer_supplement(
    actor: Actor,
    case_id: UUID,
    raw: Mapping[str, Any] | None = None,
    papers: Mapping[str, tuple[BinaryIO, str]] | None = None,
    *,
    stored: Mapping[str, UUID] | None = None,
    note: str = "",
) -> CaseRef:
    """Send the answer: corrected fields (`raw`), papers (name: stream and file name; `stored`: name and result of the
    applicant's store), a note. The case goes back to
    the step that asked, and both due times move by the working time that stood still.

    Invalid by path where a corrected field is wrong; Conflict where nothing is asked for.
    """
    for name, (stream, file_name) in (papers or {}).items():
        attach_supplement(actor, case_id, name, stream, file_name=file_name)
    with transaction.atomic():
        case = _asked(actor, case_id, lock=True)
        found = workflow.procedure(case.procedure, case.version)
        changed = _correct(actor, case, found.model, raw) if raw else []
        for name, document in (stored or {}).items():
            take_in_supplement(actor, case, name, document)
        now = timezone.now()
        run_on(case, found.model, now)
        task = Task.objects.get(case=case, completed_at=None, role=APPLICANT)
        told: dict[str, Any] = {"changed": changed, "due": case.due_at.isoformat() if case.due_at else None}
        move(actor, case, task, "done", found=found, now=now, **told | ({"note": note.strip()} if note.strip() else {}))
        audit.record(actor, "case.answer-supplement", f"case:{case.pk}", changed=changed)
        events.publish(actor, CASE_RESUMED, f"case:{case.pk}", **where(case))
    return CaseRef(case.pk, case.code)


def _asked(actor: Actor, case_id: UUID, *, lock: bool = False) -> Case:
    case = policy.get(actor, case_id, lock=lock)
    if not policy.is_applicant(actor, case):
        raise Forbidden(_("Chỉ người nộp được bổ sung hồ sơ."))
    if case.paused_at is None or not Pause.objects.filter(case=case, kind="supplement", until=None).exists():
        raise Conflict(
            _("Hồ sơ này hiện không cần bổ sung gì thêm."), title=_("Không có yêu cầu bổ sung"), code=case.code
        )
    return case


def _correct(actor: Actor, case: Case, model: ProcedureDefinition, raw: Mapping[str, Any]) -> list[str]:
    """Put corrected answers into the case; returns the names of the fields that changed. What a register answered is
    not the applicant's to correct, nor what several people agreed on; what was sent back as it stood stays so."""
    before = form.to_raw(model, case.form)
    computed = {spec.name for spec in model.form if spec.compute}
    locked = {*case.prefilled, *computed} | {spec.name for spec in model.form if model.co_sign or spec.by}
    fixed = {name: value for name, value in raw.items() if name not in locked and value != before.get(name)}
    kept = {name: value for name, value in before.items() if name not in fixed}
    asked = form.settle(model, before | fixed).names
    opened = asked - form.settle(model, before).names
    values = form.from_json(model, case.form) | form.read(actor, model, fixed, kept, {*fixed, *computed, *opened})
    after = form.to_json(model, {name: value for name, value in values.items() if name in asked})
    changed = sorted(name for name in after.keys() | case.form.keys() if after.get(name) != case.form.get(name))
    case.form, case.subject = after, form.subject(model, values)
    case.search = fold(f"{case.code} {case.applicant} {case.subject}")
    return changed
