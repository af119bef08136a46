"""Who is told of what becomes of a case: one table from event to notice. To tell of one more event, add a line.

The texts are in packs (`packs/one-stop/notices`); what they may have filled in is `PLACEHOLDERS`. The name of a
procedure is personal here: that somebody asks for a certificate of disability is nobody's to read on a locked phone.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog

from tinhso.identity.queries import agencies, posts_by_id
from tinhso.kernel import events
from tinhso.kernel.errors import NotFound
from tinhso.kernel.ids import as_uuid
from tinhso.notices import services as notices
from tinhso.notices.definitions import Placeholder

from . import workflow
from .contracts import CASE_ENDED, CASE_MOVED, CASE_PAUSED, CASE_RESUMED, CASE_SUBMITTED
from .models import Case, CaseEvent, Pause, Status, Task

log = structlog.get_logger()

PLACEHOLDERS = (
    Placeholder("code", personal=False),
    Placeholder("agency", personal=False, kind="words"),
    Placeholder("due", personal=False, kind="time"),
    Placeholder("submitted", personal=False, kind="time"),
    Placeholder("procedure", kind="words"),
    Placeholder("matter"),
    Placeholder("applicant"),
    Placeholder("note"),
    Placeholder("ground"),
    Placeholder("amount", kind="money"),
)

Facts = Callable[[Case, events.Event], dict[str, Any]]
Readers = Callable[[Case, events.Event], Iterable[UUID]]


def _nothing(case: Case, event: events.Event) -> dict[str, Any]:
    return {}


def _asked(case: Case, event: events.Event) -> dict[str, Any]:
    pause = Pause.objects.filter(case=case, kind="supplement").first()
    return {"note": pause.note if pause else ""}


def _why(case: Case, event: events.Event) -> dict[str, Any]:
    """Reason and legal ground of a refusal, as the timeline has them."""
    found = CaseEvent.objects.filter(case=case, kind="refused").order_by("-id").first()
    data = found.data if found else {}
    return {"note": data.get("note", ""), "ground": data.get("ground", "")}


def _amount(case: Case, event: events.Event) -> dict[str, Any]:
    return {"amount": event.data.get("amount")}


def _named(case: Case, event: events.Event) -> Iterable[UUID]:
    """Whom the event names in `to`: a post's holder, or an account."""
    key = as_uuid(event.data.get("to"))
    if key is None:
        return []
    post = posts_by_id([key]).get(key)
    if post is None:
        return [key]
    return [post.account] if post.account else []


def _at_work(case: Case, event: events.Event) -> Iterable[UUID]:
    """The holders of the posts that have taken a task of the case."""
    held = Task.objects.filter(case=case, completed_at=None, claimed_by__isnull=False).values_list(
        "claimed_by", flat=True
    )
    return [post.account for post in posts_by_id(held).values() if post.account]


@dataclass(frozen=True, slots=True)
class Line:
    """`event` is told as `template` to the applicant, or to the officers that `officers` gives; `when` are the values
    that the event's data or the case must have; `facts` add placeholders to those that every case has. `again`:
    whether a later event of this kind is told again, or one case is told once."""

    event: str
    template: str
    facts: Facts = _nothing
    outcome: str = ""
    status: int = 0
    officers: Readers | None = None
    again: bool = True


# Events of engines beside or above are named, not imported: a name that nobody publishes is never heard.
TABLE = (
    Line(CASE_SUBMITTED, "one-stop.submitted", again=False),
    Line(CASE_PAUSED, "one-stop.supplement-asked", _asked),
    Line(CASE_RESUMED, "one-stop.supplement-answered"),
    Line(CASE_MOVED, "one-stop.result-ready", status=Status.PROCESSED, again=False),
    Line(CASE_ENDED, "one-stop.result-ready", outcome="returned", again=False),
    Line(CASE_ENDED, "one-stop.refused", _why, outcome="refused"),
    Line("case.late", "one-stop.late"),
    Line("case.redated", "one-stop.re-dated"),
    Line("payment.asked", "one-stop.payment-asked", _amount),
    Line("case.assigned", "one-stop.assigned", officers=_named),
    Line("case.at-risk", "one-stop.at-risk", officers=_at_work),
)


@events.subscribe(*dict.fromkeys(line.event for line in TABLE), key="cases.tell")
def tell(event: events.Event) -> None:
    """Tell whom the table says. Cases that the platform opened for itself have no applicant to tell."""
    case = _case(event)
    if case is None or case.internal:
        return
    for line in TABLE:
        if line.event != event.name or (line.outcome and event.data.get("outcome") != line.outcome):
            continue
        if line.status and case.status != line.status:
            continue
        _tell(line, case, event)


def _case(event: events.Event) -> Case | None:
    kind, _colon, key = event.subject.partition(":")
    found = as_uuid(key if kind == "case" else event.data.get("case"))
    return Case.objects.filter(pk=found).first() if found else None


def _tell(line: Line, case: Case, event: events.Event) -> None:
    data = facts(case) | line.facts(case, event)
    once = f"{line.template}:{event.id if line.again else case.pk}"
    subject = f"case:{case.pk}"
    try:
        if line.officers is not None:
            for account in set(line.officers(case, event)):
                notices.tell_officer(account, line.template, subject=subject, data=data, once=once)
        elif case.person is not None:
            notices.tell(case.person, line.template, subject=subject, data=data, once=once)
    except NotFound:
        # A province that has not applied the pack yet goes on working; that nobody is told stands in the log.
        log.warning("no applied pack has this notice", template=line.template, case=str(case.pk))


def facts(case: Case) -> dict[str, Any]:
    """What every text about a case may have filled in."""
    name = workflow.procedure(case.procedure, case.version).model.name
    holder = agencies(ids=[case.holder_id])[0]
    return {
        "code": case.code,
        "agency": {"vi": holder.name, "en": holder.name_en or holder.name},
        "due": case.due_at.isoformat() if case.due_at else "",
        "submitted": case.submitted_at.isoformat(),
        "procedure": {"vi": name.vi, "en": name.en},
        "matter": case.subject,
        "applicant": case.applicant,
        "note": "",
        "ground": "",
        "amount": None,
    }
