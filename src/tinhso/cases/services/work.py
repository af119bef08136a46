"""What officers do with a task, and the applicant with the case: claim, release, complete, withdraw."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StaleRevision

from .. import policy, timeline, workflow
from ..bpmn import PLATFORM
from ..contracts import CASE_CLAIMED, CASE_PAUSED, CaseRef
from ..definitions import ProcedureDefinition, Step
from ..models import Case, Pause, Status, Task
from . import fees, opinions
from .approval import decide
from .due import stand
from .moving import move, take_back, where
from .store import refuse_asking_again

DONE, APPROVE, ASK, REFUSE = "done", "approve", "ask-supplement", "refuse"


def claim(actor: Actor, task_id: UUID) -> CaseRef:
    """Take a task, so that colleagues see who is at it. Conflict where somebody else has it."""
    with transaction.atomic():
        case, task = task_of(actor, task_id)
        if task.claimed_by == actor.post:
            return CaseRef(case.pk, case.code)
        not_taken(actor, task)
        task.claimed_by, task.claimed_name = actor.post, actor.name
        task.save(update_fields=["claimed_by", "claimed_name"])
        timeline.write(actor, case, "claimed", task.step, at=timezone.now())
        audit.record(actor, "case.claim", f"case:{case.pk}", task=str(task.pk), step=task.step)
        events.publish(actor, CASE_CLAIMED, f"case:{case.pk}", task=task.step, claimed=True, **where(case))
    return CaseRef(case.pk, case.code)


def release(actor: Actor, task_id: UUID) -> CaseRef:
    """Give a task back to the unit."""
    with transaction.atomic():
        case, task = task_of(actor, task_id)
        if task.claimed_by is None:
            return CaseRef(case.pk, case.code)
        not_taken(actor, task)
        task.claimed_by, task.claimed_name = None, ""
        task.save(update_fields=["claimed_by", "claimed_name"])
        timeline.write(actor, case, "released", task.step, at=timezone.now())
        audit.record(actor, "case.release", f"case:{case.pk}", task=str(task.pk), step=task.step)
        events.publish(actor, CASE_CLAIMED, f"case:{case.pk}", task=task.step, claimed=False, **where(case))
    return CaseRef(case.pk, case.code)


def complete(
    actor: Actor, task_id: UUID, outcome: str, *, note: str = "", ground: str = "", revision: int | None = None
) -> CaseRef:
    """Do a task: `done` (`approve` at the step that signs), `ask-supplement` with a note, `refuse` with a note and
    the legal `ground`.

    A supplement is asked once, fully and in writing: it stops the clock. Approval records the decision; the paper
    is made and signed in the background, and the case shows that until it is so. NotFound for another agency's
    case, Forbidden for another role's task, Conflict naming who did it where it is done, StaleRevision where the
    case changed after the page (`revision`) was shown. What the same officer sends a second time has been done.
    """
    with transaction.atomic():
        try:
            case, task = task_of(actor, task_id)
        except Conflict:
            if (again := _sent_again(actor, task_id, outcome)) is None:
                raise
            return again
        if "sent" in task.payload:
            raise Conflict(
                _("Cơ quan khác chuyển việc này sang. Xin nhận, hoặc chuyển lại kèm lý do, rồi mới làm."),
                title=_("Việc chuyển đến chưa được nhận"),
            )
        if task.claimed_by:
            not_taken(actor, task)
        if revision is not None and revision != case.revision:
            raise StaleRevision(_("Hồ sơ đã thay đổi từ lúc Ông/Bà mở trang. Xin xem lại rồi làm tiếp."))
        found = workflow.procedure(case.procedure, case.version)
        step, internal = found.model.step(task.step), found.model.decides is not None
        _check_outcome(actor, case, step, outcome, note=note, ground=ground, internal=internal)
        if outcome != ASK:
            opinions.need_answers(case)
        now = timezone.now()
        lifted = fees.free_to_work(case, refusing=outcome == REFUSE, now=now)
        due = {"due": case.due_at.isoformat()} if lifted and case.due_at else {}
        if outcome == ASK:
            refuse_asking_again(case, note)
            stand(case, "supplement", task.step, now, note)
            move(actor, case, task, outcome, found=found, now=now, note=note)
            events.publish(actor, CASE_PAUSED, f"case:{case.pk}", task=task.step, **where(case))
        elif outcome == REFUSE:
            decide(actor, case, found.model, agreed=False, why=" ".join(filter(None, (note.strip(), ground.strip()))))
            move(actor, case, task, outcome, found=found, now=now, note=note, ground=ground, **due)
        else:
            decide(actor, case, found.model, agreed=True, why=note)
            opened = move(actor, case, task, outcome, found=found, now=now, **({"note": note} if note else {}))
            _defer_signature(actor, opened)
        audit.record(actor, "case.complete", f"case:{case.pk}", task=str(task.pk), step=task.step, outcome=outcome)
        if outcome == ASK and not internal:
            from ..tasks import issue_paper

            issue_paper.defer(case=str(case.pk), role="supplement")
    return CaseRef(case.pk, case.code)


def outcomes(model: ProcedureDefinition, case: Case, step: Step) -> list[str]:
    """What may come of a step now: a supplement only where none was asked before."""
    allowed = [answer for answer in step.answers if answer not in {ASK, REFUSE}]
    if ASK in step.may and not Pause.objects.filter(case=case, kind="supplement").exists():
        allowed.append(ASK)
    if REFUSE in step.may:
        allowed.append(REFUSE)
    return allowed


def withdraw(actor: Actor, case_id: UUID, reason: str) -> CaseRef:
    """The applicant takes the case back. Invalid without a reason, Conflict once it was approved or has ended."""
    if not reason.strip():
        raise Invalid({"reason": [_("Xin cho biết lý do rút hồ sơ")]})
    with transaction.atomic():
        case = policy.get(actor, case_id, lock=True)
        if not policy.is_applicant(actor, case):
            raise Forbidden(_("Chỉ người nộp được rút hồ sơ."))
        if case.outcome == "withdrawn":
            return CaseRef(case.pk, case.code)
        open_now = list(Task.objects.filter(case=case, completed_at=None))
        if (
            case.ended_at
            or case.on_time is not None
            or case.status == Status.PROCESSED
            or any(t.role == PLATFORM for t in open_now)
        ):
            raise Conflict(_("Hồ sơ đã được giải quyết nên không rút được nữa."), title=_("Không rút được hồ sơ này"))
        take_back(actor, case, open_now, reason.strip(), timezone.now())
    return CaseRef(case.pk, case.code)


def task_of(actor: Actor, task_id: UUID) -> tuple[Case, Task]:
    """The task with its case locked; what may not be seen is not found, what is done has been done by somebody."""
    case_id = Task.objects.filter(pk=task_id).values_list("case_id", flat=True).first()
    if case_id is None:
        raise NotFound()
    case = policy.get(actor, case_id, lock=True)
    task = Task.objects.get(pk=task_id)
    if task.completed_at:
        raise done_already(case, task)
    if not policy.may_do(actor, task):
        raise Forbidden(_("Bước này do vị trí khác thực hiện."))
    return case, task


def _sent_again(actor: Actor, task_id: UUID, outcome: str) -> CaseRef | None:
    """The case, where this very officer has completed the task so already: a button pressed twice, a lost answer."""
    row = Task.objects.filter(pk=task_id, outcome=outcome, completed_by=actor.post or actor.account)
    case = row.values_list("case_id", "case__code", "completed_name").first()
    return CaseRef(case[0], case[1]) if case and case[2] == actor.name else None


def done_already(case: Case, task: Task) -> Conflict:
    """The problem that tells the second who was first."""
    at = date_format(timezone.localtime(task.completed_at), "H:i d/m/Y")
    if task.outcome == "withdrawn":
        return Conflict(
            _("Người nộp đã rút hồ sơ lúc %(at)s.") % {"at": at}, title=_("Hồ sơ đã được rút"), code=case.code
        )
    if task.outcome == "cancelled":
        said = _("%(who)s đã dừng giải quyết hồ sơ lúc %(at)s.") % {"who": task.completed_name, "at": at}
        return Conflict(said, title=_("Hồ sơ đã dừng"), code=case.code)
    who = task.completed_name or _("hệ thống")
    return Conflict(
        _("%(who)s đã hoàn thành bước này lúc %(at)s. Không có gì bị ghi đè.") % {"who": who, "at": at}, by=who
    )


def not_taken(actor: Actor, task: Task) -> None:
    if task.claimed_by and task.claimed_by != actor.post and not actor.system:
        raise Conflict(
            _("%(who)s đang xử lý việc này.") % {"who": task.claimed_name},
            title=_("Việc này đã có người nhận"),
            by=task.claimed_name,
        )


def _check_outcome(
    actor: Actor, case: Case, step: Step, outcome: str, *, note: str, ground: str, internal: bool
) -> None:
    """What the step allows and what has to be said with it. Within an agency a refusal needs its reason alone, and is
    for whoever decides."""
    if outcome == ASK and ASK in step.may and Pause.objects.filter(case=case, kind="supplement").exists():
        raise Conflict(
            _("Hồ sơ này đã được yêu cầu bổ sung một lần; việc bổ sung chỉ được yêu cầu một lần, đầy đủ."),
            title=_("Không thể yêu cầu bổ sung lần nữa"),
        )
    if outcome not in step.answers:
        raise Invalid({"outcome": [_("Bước này không có kết quả đó")]})
    if outcome in {ASK, REFUSE} and not internal and not actor.may(f"case.{outcome}"):
        raise Forbidden()
    errors = {}
    if outcome == ASK and not note.strip():
        errors["note"] = [_("Xin ghi đầy đủ những gì người nộp cần bổ sung")]
    if outcome == REFUSE and not note.strip():
        errors["note"] = [_("Xin ghi lý do từ chối")]
    if outcome == REFUSE and not ground.strip() and not internal:
        errors["ground"] = [_("Xin ghi căn cứ pháp lý của việc từ chối")]
    if errors:
        raise Invalid(errors)


def _defer_signature(actor: Actor, opened: list[Task]) -> None:
    """Ask for the signature after this transaction: it needs the network. The decision and who made it stay with
    the platform's task."""
    from ..tasks import finish_signing

    for task in opened:
        if task.role == PLATFORM:
            task.payload = {
                "account": str(actor.account or ""),
                "post": str(actor.post or ""),
                "agency": str(actor.agency or ""),
                "name": actor.name,
            }
            task.save(update_fields=["payload"])
            finish_signing.defer(task=str(task.pk))
