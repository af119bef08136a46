"""What moves a case without an officer: a timer of its process goes off, a message comes."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.errors import Conflict, Forbidden, Invalid
from tinhso.kernel.packs import Compiled

from .. import placing, policy, timeline, workflow
from ..contracts import CASE_MOVED, CASE_RESUMED, CaseRef
from ..definitions import ProcedureDefinition
from ..models import Case, Status
from . import process
from .moving import end, open_tasks, say_ended, where

log = structlog.get_logger()
AT_ONCE = 500
MOST_KEYS, MOST_TEXT = 20, 500


def wake_due(*, now: datetime | None = None) -> int:
    """Let the timers go off whose time has come, case by case, each in its own transaction; returns how many cases
    moved. A case that another transaction holds is left for the next minute, one that fails is logged and tried again
    in an hour."""
    moment = now or timezone.now()
    due = list(
        Case.objects.filter(wakes_at__lte=moment).order_by("wakes_at", "id").values_list("pk", flat=True)[:AT_ONCE]
    )
    moved = 0
    for case_id in due:
        try:
            moved += wake(case_id, now=moment)
        except Exception:
            log.warning("a case did not wake", case=str(case_id), exc_info=True)
            later = moment + timedelta(hours=1)
            Case.objects.filter(pk=case_id, wakes_at__lte=moment).update(wakes_at=later)
    return moved


def wake(case_id: UUID, *, now: datetime | None = None) -> bool:
    """Let the timers of one case go off; whether one did. Done twice at once, or again, it is done once."""
    moment = now or timezone.now()
    actor = system("cases.wake")
    with transaction.atomic(), override("vi"):
        rows = Case.objects.select_for_update(skip_locked=True)
        case = rows.filter(pk=case_id, wakes_at__lte=moment).first()
        if case is None or case.workflow is None:
            return False
        found = workflow.procedure(case.procedure, case.version)
        moved = workflow.wake(found, case.workflow, process.values_of(case, found.model), now=moment)
        if not moved.fired:
            case.wakes_at = moved.wakes
            case.save(update_fields=["wakes_at"])
            return False
        _settle(actor, case, found, moved, moment, kind="time-came", step=moved.fired[0], outcome="timer")
    return True


def receive_message(actor: Actor, case_id: UUID, name: str, payload: Mapping[str, Any] | None = None) -> CaseRef:
    """A message has come for a case: whoever waits for it goes on, and what it brings is `received.<key>` in conditions
    and decision tables.

    For the platform, and for officers of the agency that has the case (`case.verify` or `case.receive`). `payload` has
    at most 20 short scalars by names of letters, digits and _. Raises NotFound, Forbidden, Invalid by key, and Conflict
    where the process does not wait for it now.
    """
    given = dict(payload or {})
    wrong = {
        str(key): [_("Giá trị này không nhận được")]
        for key, value in given.items()
        if not str(key).isidentifier() or not isinstance(value, str | int | float | bool | None)
        or (isinstance(value, str) and len(value) > MOST_TEXT)
    }  # fmt: skip
    if wrong or len(given) > MOST_KEYS:
        raise Invalid(wrong or {"payload": [_("Tin báo có quá nhiều mục")]})
    with transaction.atomic():
        case = policy.get(actor, case_id, lock=True)
        if not actor.system and not (actor.is_officer and (actor.may("case.verify") or actor.may("case.receive"))):
            raise Forbidden()
        if case.workflow is None:
            raise Conflict(_("Hồ sơ đã kết thúc nên không nhận tin báo nữa."), code=case.code)
        found, now = workflow.procedure(case.procedure, case.version), timezone.now()
        try:
            moved = workflow.receive(found, case.workflow, name, given, process.values_of(case, found.model), now=now)
        except workflow.NotAwaited as error:
            raise Conflict(_("Hồ sơ hiện không chờ tin báo này."), code=case.code) from error
        except workflow.Undecided as error:
            raise process.undecided(error) from error
        _settle(actor, case, found, moved, now, kind="message-received", step=name, outcome="message", payload=given)
        audit.record(actor, "case.receive-message", f"case:{case.pk}", message=name)
    return CaseRef(case.pk, case.code)


def _settle(
    actor: Actor, case: Case, found: Compiled, moved: workflow.Moved, now: datetime, *, kind: str, step: str,
    outcome: str, **told: Any
) -> None:  # fmt: skip
    """Rows, timeline and events after a move that no task made. Saves the case."""
    model: ProcedureDefinition = found.model
    was_paused = case.paused_at is not None
    before = case.workflow
    gone = process.follow(case, moved, now)
    resumed = was_paused and case.paused_at is None
    opened = open_tasks(case, model, moved, now) if moved.open else []
    if moved.ended:
        ending = process.ending(model, moved, "")
        case.status = Status.STOPPED if ending == "refused" else Status.RETURNED
        end(case, ending, now)
    elif resumed:
        case.status = Status.PROCESSING
    case.revision += 1
    case.save()
    told |= {"closes": [t.step for t in gone], "opens": [t.step for t in opened], "status": int(case.status)}
    told |= placing.told(case, opened)
    if moved.ended:
        told["outcome"] = case.outcome
        if case.outcome == "refused":
            told["why"] = process.why_refused(model, moved)
            if not moved.fired:  # a time that has come would come again at once
                told["before"] = before
    told |= {"resumed": True, "due": case.due_at.isoformat() if case.due_at else None} if resumed else {}
    timeline.write(actor, case, kind, step, at=now, **told)
    process.tell(actor, case, moved, now)
    events.publish(actor, CASE_MOVED, f"case:{case.pk}", task=step, outcome=outcome, **where(case))
    if resumed:
        events.publish(actor, CASE_RESUMED, f"case:{case.pk}", why="process", **where(case))
    if moved.ended:
        say_ended(actor, case)
