"""One case, with everything that its page shows."""

from datetime import timedelta
from uuid import UUID

from django.core.cache import cache
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from tinhso.documents import queries as documents
from tinhso.identity.queries import agencies
from tinhso.identity.services import note_looks
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound
from tinhso.kernel.packs import Compiled

from .. import bpmn, clock, form, policy, workflow
from .. import timeline as line
from ..bpmn import APPLICANT, PLATFORM, SIGN, SUPPLEMENT
from ..contracts import (
    CaseDocument,
    CaseRef,
    CaseView,
    Choice,
    Diagram,
    PaperView,
    Procedure,
    RecordLink,
    Supplement,
    TaskView,
    TimelineEntry,
)
from ..definitions import ProcedureDefinition
from ..models import Case, CaseEvent, Paper, Pause, Status, Task
from ..services.redate import may_redate
from ..services.work import ASK, REFUSE, outcomes
from .drafts import paper_views

PAPER_KEYS = ("digest", "file_name", "media_type", "size", "added_at", "document", "code")
LOOK_AGAIN = timedelta(minutes=15)


def case(actor: Actor, case_id: UUID) -> CaseView:
    """The case as the actor may see it; NotFound where the actor may not.

    An officer's look is a row in the access log of each person named, once for a post, case and 15 minutes.
    """
    row = policy.get(actor, case_id)
    found = workflow.procedure(row.procedure, row.version)
    model: ProcedureDefinition = found.model
    log_look(actor, row, model)
    held = {ref.id: ref for ref in agencies(ids={row.agency_id, row.holder_id})}
    tasks = list(Task.objects.filter(case=row).order_by("opened_at", "id"))
    pause = Pause.objects.filter(case=row, kind="supplement").first()
    papers = {
        paper.name: {key: getattr(paper, key) for key in PAPER_KEYS}
        for paper in Paper.objects.filter(case=row, replaced_at=None)
    }
    due_words, late, soon = clock.due_words(
        row.due_at,
        since=row.submitted_at,
        stood=clock.stood(Pause.objects.filter(case=row).values_list("since", "until")),
        ended=row.ended_at is not None,
        on_time=row.on_time,
        margin=row.margin,
        paused=row.paused_at is not None,
    )
    open_tasks = [task for task in tasks if task.completed_at is None]
    is_applicant = policy.is_applicant(actor, row)
    return CaseView(
        id=row.pk,
        code=row.code,
        procedure=Procedure(found.name, found.version, model),
        title=title(model, row.subject),
        applicant=row.applicant,
        person=row.person,
        agency=held[row.agency_id].words,
        holder=held[row.holder_id].words,
        unit=row.unit,
        status=str(Status(row.status).label),
        status_code=row.status,
        submitted_at=row.submitted_at,
        received_at=row.received_at,
        due_at=row.due_at,
        due_words=due_words,
        late=late,
        paused=row.paused_at is not None,
        ended_at=row.ended_at,
        outcome=row.outcome,
        on_time=row.on_time,
        revision=row.revision,
        sections=form.sections(model, row.form, row.prefilled),
        papers=paper_views(model.papers, papers),
        tasks=tuple(_task_view(actor, model, row, task) for task in tasks),
        timeline=timeline(actor, case_id),
        documents=_documents(actor, row),
        records=_records(row),
        supplement=Supplement(pause.since, pause.note, pause.until) if pause else None,
        diagram=_diagram(found, row, tasks),
        mine=is_applicant,
        may_withdraw=is_applicant
        and row.ended_at is None
        and row.on_time is None
        and not any(task.role == PLATFORM for task in open_tasks),
        demo=row.demo,
        soon=soon,
        redated_to=row.redated_to,
        may_redate=may_redate(actor, row),
    )


def case_ref(actor: Actor, code: str) -> CaseRef:
    """The case with this dossier code, as far as the actor may see it. Raises NotFound."""
    row = Case.objects.filter(policy.reachable(actor), code=code.strip().upper()).first()
    if row is None:
        raise NotFound()
    return CaseRef(row.pk, row.code)


def timeline(actor: Actor, case_id: UUID) -> tuple[TimelineEntry, ...]:
    """What happened, oldest first. The applicant does not read who claimed what, nor what officers say to one another;
    notes stay with the agency that wrote them."""
    row = policy.get(actor, case_id)
    model = workflow.procedure(row.procedure, row.version).model
    officer = not policy.is_applicant(actor, row)
    return tuple(
        _entry(model, event)
        for event in line.of_case(row.pk)
        if event.kind not in line.AMONG_OFFICERS or (officer and policy.reads_note(actor, event))
    )


def diagram(actor: Actor, case_id: UUID) -> Diagram:
    """The process with the token's place."""
    row = policy.get(actor, case_id)
    found = workflow.procedure(row.procedure, row.version)
    return _diagram(found, row, list(Task.objects.filter(case=row).order_by("opened_at", "id")))


def paper(actor: Actor, case_id: UUID, name: str) -> PaperView:
    """A paper handed in with the case; its bytes are documents' (by digest). Raises NotFound."""
    row = policy.get(actor, case_id)
    model = workflow.procedure(row.procedure, row.version).model
    given = Paper.objects.filter(case=row, name=name, replaced_at=None).first()
    if given is None:
        raise NotFound()
    log_look(actor, row, model, name)
    values = {key: getattr(given, key) for key in PAPER_KEYS}
    return paper_views([spec for spec in model.papers if spec.name == name], {name: values})[0]


def title(model: ProcedureDefinition, subject: str) -> str:
    return f"{model.name}: {subject}" if subject else str(model.name)


def step_label(model: ProcedureDefinition, step: str) -> str:
    """A step's name for people, with those that the compiler added."""
    if step.endswith(SUPPLEMENT):
        return _("Bổ sung hồ sơ")
    if step.endswith(SIGN):
        return _("Ký số")
    slips = {
        "receipt": _("giấy tiếp nhận và hẹn trả kết quả"),
        "supplement": _("phiếu yêu cầu bổ sung"),
        "refusal": _("phiếu từ chối"),
        "apology": _("phiếu xin lỗi và hẹn lại ngày trả"),
    }
    if step in slips:
        return slips[step]
    return (
        next((str(found.label) for found in model.steps if found.name == step), "")
        or workflow.label(model, step)
        or step
    )


def log_look(actor: Actor, row: Case, model: ProcedureDefinition, part: str = "") -> None:
    """Leave a row in the access log of each person whom the case names, the applicant first. `part` is the paper
    that was opened; each is a look of its own."""
    if not actor.is_officer:
        return
    key = f"cases.look:{actor.post}:{row.pk}:{part}"
    if cache.add(key, 1, LOOK_AGAIN.total_seconds()):
        values = form.from_json(model, row.form)
        named = [row.person, *(form.person_of(values[spec.name]) for spec in model.form if spec.type == "person")]
        with override("vi"):  # the log is the citizen's: it does not follow the officer's language
            purpose = _("Giải quyết hồ sơ %(code)s") % {"code": row.code}
        named_once = list(dict.fromkeys(one for one in named if one))
        note_looks(actor.for_case(row.pk, purpose), named_once, purpose, "papers" if part else "personal")


def _task_view(actor: Actor, model: ProcedureDefinition, row: Case, task: Task) -> TaskView:
    choices: tuple[Choice, ...] = ()
    mine = task.claimed_by is not None and task.claimed_by == actor.post
    free = task.claimed_by is None or mine
    if task.completed_at is None and free and task.role not in {APPLICANT, PLATFORM} and policy.may_do(actor, task):
        step = model.step(task.step)
        words = {ASK: _("Yêu cầu bổ sung"), REFUSE: _("Từ chối")} | {o.value: str(o.label) for o in step.outcomes}
        needs = {ASK: "note", REFUSE: "ground"}
        choices = tuple(
            Choice(
                outcome,
                words.get(outcome) or (_("Phê duyệt và ký số") if step.signs else str(step.label)),
                "note" if model.decides and outcome == REFUSE else needs.get(outcome, ""),
            )
            for outcome in outcomes(model, row, step)
            if (outcome not in {ASK, REFUSE} or model.decides or actor.may(f"case.{outcome}"))
            and (row.status != Status.PAYMENT or outcome == REFUSE)
        )
    return TaskView(
        id=task.pk,
        case=row.pk,
        step=task.step,
        label=step_label(model, task.step),
        role=task.role,
        opened_at=task.opened_at,
        due_at=task.due_at,
        claimed_by=task.claimed_name,
        mine=mine,
        completed_at=task.completed_at,
        completed_by=task.completed_name,
        outcome=task.outcome,
        choices=choices,
        trouble=task.payload.get("trouble", ""),
    )


def _entry(model: ProcedureDefinition, event: CaseEvent) -> TimelineEntry:
    by = event.actor.get("name", "") or event.data.get("by", "")
    if not by:
        by = _("Người nộp hồ sơ") if event.actor.get("applicant") else _("Hệ thống")
    elif holder := event.actor.get("for"):
        by = _("%(name)s, thay mặt %(holder)s") % {"name": by, "holder": holder}
    told = {"step": step_label(model, event.step), "to": event.data.get("to", ""), "old": event.data.get("old", "")}
    words = str(line.KINDS[event.kind]) % told
    note = " ".join(filter(None, (event.data.get("note", ""), event.data.get("why", ""))))
    if ground := event.data.get("ground"):
        note = _("%(note)s Căn cứ: %(ground)s") % {"note": note, "ground": ground}
    if rules := event.data.get("rules"):
        note = " ".join(_("Dòng %(number)s: %(why)s") % {"number": number, "why": why or "–"} for number, why in rules)
    return TimelineEntry(event.at, event.kind, words, by, note)


def _documents(actor: Actor, row: Case) -> tuple[CaseDocument, ...]:
    """The papers of the case; the result only once it is signed."""
    found = []
    before = sorted(role for role in row.results if role.startswith("refusal-"))
    for role in ("receipt", "supplement", *before, "refusal", "apology", "result"):
        if role in row.results:
            ref = documents.document(actor, UUID(row.results[role]))
            if role != "result" or (ref.signed_at and row.status != Status.PAYMENT):
                found.append(CaseDocument(ref.id, role, ref.title, ref.blob.digest, ref.code, ref.signed_at))
    return tuple(found)


def _records(row: Case) -> tuple[RecordLink, ...]:
    record = row.results.get("record")
    done = row.status in {Status.PROCESSED, Status.RETURNED}
    return (RecordLink(record["register"], UUID(record["id"])),) if record and done else ()


def _diagram(found: Compiled, row: Case, tasks: list[Task]) -> Diagram:
    done = workflow.passed(found, row.workflow) if row.workflow else tuple(dict.fromkeys(t.step for t in tasks))
    now = tuple(task.step for task in tasks if task.completed_at is None)
    if row.workflow:
        now = tuple(dict.fromkeys((*now, *workflow.resting(found, row.workflow))))
    return Diagram(_drawing(found), now, tuple(step for step in done if step not in now))


_drawings: dict[tuple[str, str], str] = {}


def _drawing(found: Compiled) -> str:
    key = (found.digest, get_language() or "vi")
    if key not in _drawings:
        _drawings[key] = bpmn.drawn(found.model)
    return _drawings[key]
