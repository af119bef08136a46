"""The letter of apology: a case that is late, or will be, gets a new date, once (form 04 of Circular
01/2018/TT-VPCP). The case stays late by the date that was promised first."""

from datetime import date, datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel import audit, calendar, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid

from .. import policy, timeline
from ..bpmn import APPLICANT, PLATFORM
from ..contracts import CASE_REDATED, CaseRef
from ..models import Case, Task
from .moving import where

LONGEST = timedelta(days=366)
MOST_WORDS = 1_000


def may_redate(actor: Actor, case: Case) -> bool:
    """Whether the actor could give this case a new date now: it runs, has none yet, and is the work of the actor's post
    or of those that the actor leads."""
    running = case.ended_at is None and case.paused_at is None and case.due_at is not None and not case.internal
    return running and case.redated_to is None and _is_theirs(actor, case)


def _is_theirs(actor: Actor, case: Case) -> bool:
    if not actor.is_officer or actor.agency is None or case.holder_id not in policy.desks(actor.agency):
        return False
    if actor.may("case.supervise"):
        return True
    tasks = Task.objects.filter(case=case, completed_at=None).exclude(role__in=(APPLICANT, PLATFORM))
    return any(policy.may_do(actor, task) for task in tasks)


def redate(actor: Actor, case_id: UUID, until: date | None, reason: str) -> CaseRef:
    """Apologise to the applicant and promise the result by the end of the working day `until`, with the reason. The
    letter is made in the background. Sent again as it was, it is done already.

    NotFound for another agency's case, Forbidden for whoever neither works on it nor leads those who do, Conflict where
    it has ended, stands, or got a new date before; Invalid by field for a day that is off, is not later than the time
    promised, or lies more than a year ahead, and without a reason.
    """
    with transaction.atomic():
        case = policy.get(actor, case_id, lock=True)
        if not _is_theirs(actor, case):
            raise Forbidden(_("Việc hẹn lại ngày trả do người đang xử lý hồ sơ hoặc lãnh đạo cơ quan thực hiện."))
        if until and case.redated_to == calendar.closing(until):
            return CaseRef(case.pk, case.code)
        _refuse(case)
        reason = " ".join(reason.split())
        moment = _moment(case, until, reason)
        case.redated_to = moment
        case.save(update_fields=["redated_to"])
        promised = case.due_at.isoformat() if case.due_at else ""
        timeline.write(
            actor, case, "redated", at=timezone.now(), note=reason, redated=moment.isoformat(), promised=promised
        )
        audit.record(actor, "case.redate", f"case:{case.pk}", due=promised, until=moment.isoformat())
        events.publish(actor, CASE_REDATED, f"case:{case.pk}", due=promised, until=moment.isoformat(), **where(case))
        from ..tasks import issue_paper

        issue_paper.defer(case=str(case.pk), role="apology")
    return CaseRef(case.pk, case.code)


def _refuse(case: Case) -> None:
    title = _("Không hẹn lại được ngày trả")
    if case.redated_to is not None:
        said = _("Hồ sơ đã được hẹn lại một lần, trả ngày %(day)s. Ngày trả chỉ được hẹn lại một lần.")
        raise Conflict(said % {"day": f"{timezone.localdate(case.redated_to):%d/%m/%Y}"}, title=title)
    if case.ended_at is not None:
        raise Conflict(_("Hồ sơ đã kết thúc."), title=title)
    if case.paused_at is not None:
        raise Conflict(_("Hồ sơ đang tạm dừng; hạn trả sẽ được tính tiếp khi người nộp trả lời."), title=title)
    if case.internal or case.due_at is None:
        raise Conflict(_("Hồ sơ nội bộ không có người nộp để xin lỗi."), title=title)


def _moment(case: Case, until: date | None, reason: str) -> datetime:
    """The new time, or Invalid."""
    errors: dict[str, list[str]] = {}
    if not reason:
        errors["reason"] = [_("Xin ghi lý do chậm trễ; người nộp đọc đúng lời này")]
    elif len(reason) > MOST_WORDS:
        errors["reason"] = [_("Xin ghi lý do trong %(most)d chữ cái") % {"most": MOST_WORDS}]
    if until is None:
        errors["until"] = [_("Xin chọn ngày trả mới")]
    elif not calendar.is_working_day(until):
        next_day = calendar.next_working_day(until)
        said = _("Ngày này là ngày nghỉ. Ngày làm việc kế tiếp là %(day)s")
        errors["until"] = [said % {"day": f"{next_day:%d/%m/%Y}"}]
    elif until > timezone.localdate() + LONGEST:
        errors["until"] = [_("Ngày trả mới không được xa hơn một năm")]
    elif case.due_at and calendar.closing(until) <= max(case.due_at, timezone.now()):
        errors["until"] = [_("Ngày trả mới phải sau hạn đã hẹn và sau lúc này")]
    if errors or until is None:
        raise Invalid(errors)
    return calendar.closing(until)
