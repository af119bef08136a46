"""Who is told of what becomes of a case: one table from event to notice. To tell of one more event, add a line.

The texts are in packs (`packs/one-stop/notices`); what they may have filled in is `PLACEHOLDERS`. The name of a
procedure is personal here: that somebody asks for a certificate of disability is nobody's to read on a locked phone.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import structlog

from tinhso.identity.queries import agencies, posts_by_id
from tinhso.kernel import events
from tinhso.kernel.errors import NotFound
from tinhso.kernel.ids import as_uuid
from tinhso.notices import services as notices
from tinhso.notices.definitions import Placeholder
from tinhso.payments.contracts import PAYMENT_ASKED

from . import timeline, workflow
from .contracts import (
    CASE_ASSIGNED,
    CASE_AT_RISK,
    CASE_CANCELLED,
    CASE_ENDED,
    CASE_LATE,
    CASE_MOVED,
    CASE_PAUSED,
    CASE_REDATED,
    CASE_REOPENED,
    CASE_RESUMED,
    CASE_STORE_ASKED,
    CASE_SUBMITTED,
    OPINION_ANSWERED,
    OPINION_ASKED,
)
from .counter.contracts import CASE_RESULT_HANDED
from .models import Case, Opinion, Pause, Status, Task

log = structlog.get_logger()

PLACEHOLDERS = (
    Placeholder("code", personal=False),
    Placeholder("agency", personal=False, kind="words"),
    Placeholder("due", personal=False, kind="time"),
    Placeholder("submitted", personal=False, kind="time"),
    Placeholder("procedure", kind="words"),
    Placeholder("what", kind="words"),
    Placeholder("matter"),
    Placeholder("applicant"),
    Placeholder("who"),
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
    """Reason and legal ground of an ending, as the timeline has them."""
    found = timeline.ending(case.pk)
    return {"note": timeline.why(found), "ground": found.data.get("ground", "")} if found else {}


def _reopened(case: Case, event: events.Event) -> dict[str, Any]:
    found = timeline.of_case(case.pk).filter(kind="reopened").last()
    return {"note": found.data.get("note", "") if found else ""}


def _amount(case: Case, event: events.Event) -> dict[str, Any]:
    return {"amount": event.data.get("amount")}


def _new_date(case: Case, event: events.Event) -> dict[str, Any]:
    return {"due": event.data["until"]}


def _due(case: Case, event: events.Event) -> dict[str, Any]:
    """The time that the event speaks of: of a step it is another than the case's."""
    return {"due": event.data["due"]}


def _paper(case: Case, event: events.Event) -> dict[str, Any]:
    model = workflow.procedure(case.procedure, case.version).model
    label = next((paper.label for paper in model.papers if paper.name == event.data["paper"]), None)
    return {"what": {"vi": label.vi, "en": label.en} if label else event.data["paper"]}


def _question(case: Case, event: events.Event) -> dict[str, Any]:
    asked = Opinion.objects.filter(pk=as_uuid(event.data.get("opinion"))).first()
    if asked is None:
        return {}
    return {"note": asked.question, "due": asked.due_at.isoformat()}


def _opinion(case: Case, event: events.Event) -> dict[str, Any]:
    given = Opinion.objects.filter(pk=as_uuid(event.data.get("opinion"))).first()
    return {"note": given.answer, "who": given.post_words} if given else {}


def _named(case: Case, event: events.Event) -> Iterable[UUID]:
    """Who sits in the post that the event names in `to`; nobody where that is the unit, or the post is empty."""
    post = posts_by_id([key] if (key := as_uuid(event.data.get("to"))) else []).values()
    return [one.account for one in post if one.account]


def _at_work(case: Case, event: events.Event) -> Iterable[UUID]:
    """Who has taken the task that the event is about."""
    held = Task.objects.filter(
        case=case, pk=as_uuid(event.data["task"]), completed_at=None, claimed_by__isnull=False
    ).values_list("claimed_by", flat=True)
    return [post.account for post in posts_by_id(held).values() if post.account]


def _any(case: Case) -> bool:
    return True


def _processed(case: Case) -> bool:
    return case.status == Status.PROCESSED


def _without_new_date(case: Case) -> bool:
    """Who was apologised to and given a new date already is not told of the old one."""
    return case.redated_to is None


@dataclass(frozen=True, slots=True)
class Line:
    """`event` is told as `template` to the applicant, or to the officers that `officers` gives. `when` are the values
    that the event's data must have ("" also where it has none), `only` is what must be true of the case. `facts` add
    placeholders to those that every case has. `again`: whether a later event of this kind is told again, or one case is
    told once. `about`: the page that the notice leads to, by the key of the event's data; the case's own unless given.
    """

    event: str
    template: str
    facts: Facts = _nothing
    when: Mapping[str, Any] = field(default_factory=dict)
    only: Callable[[Case], bool] = _any
    officers: Readers | None = None
    again: bool = True
    about: str = ""

    def holds(self, case: Case, event: events.Event) -> bool:
        return self.only(case) and all(event.data.get(name, "") == value for name, value in self.when.items())


SUPPLEMENT, PAYMENT = {"why": ""}, {"why": "payment"}

TABLE = (
    Line(CASE_SUBMITTED, "one-stop.submitted", again=False),
    Line(CASE_PAUSED, "one-stop.supplement-asked", _asked, when=SUPPLEMENT),
    Line(CASE_RESUMED, "one-stop.supplement-answered", when=SUPPLEMENT),
    Line(CASE_RESUMED, "one-stop.supplement-over", when={"why": "process"}),
    Line(CASE_STORE_ASKED, "one-stop.store-asked", _paper),
    Line(PAYMENT_ASKED, "one-stop.payment-asked", _amount),
    Line(CASE_MOVED, "one-stop.result-ready", only=_processed, again=False),
    Line(CASE_RESUMED, "one-stop.result-ready", when=PAYMENT, only=_processed, again=False),
    Line(CASE_ENDED, "one-stop.result-ready", when={"outcome": "returned"}, again=False),
    Line(CASE_ENDED, "one-stop.refused", _why, when={"outcome": "refused"}),
    Line(CASE_CANCELLED, "one-stop.cancelled", _why),
    Line(CASE_REOPENED, "one-stop.reopened", _reopened),
    Line(CASE_LATE, "one-stop.late", _due, only=_without_new_date),
    Line(CASE_REDATED, "one-stop.re-dated", _new_date),
    Line(CASE_RESULT_HANDED, "one-stop.result-handed", when={"how": "person"}),
    Line(CASE_RESULT_HANDED, "one-stop.result-posted", when={"how": "post"}),
    Line(CASE_ASSIGNED, "one-stop.assigned", officers=_named),
    Line(CASE_AT_RISK, "one-stop.at-risk", _due, officers=_at_work),
    Line(OPINION_ASKED, "one-stop.opinion-asked", _question, officers=_named, about="opinion"),
    Line(OPINION_ANSWERED, "one-stop.opinion-answered", _opinion, when={"answered": True}, officers=_named),
)


@events.subscribe(*dict.fromkeys(line.event for line in TABLE), key="cases.tell")
def tell(event: events.Event) -> None:
    """Tell whom the table says. Cases that the platform opened for itself have no applicant to tell."""
    case = _case(event)
    if case is None or case.internal:
        return
    for line in TABLE:
        if line.event == event.name and line.holds(case, event):
            _tell(line, case, event)


def _case(event: events.Event) -> Case | None:
    kind, _colon, key = event.subject.partition(":")
    found = as_uuid(key if kind == "case" else event.data.get("case"))
    return Case.objects.filter(pk=found).first() if found else None


def _tell(line: Line, case: Case, event: events.Event) -> None:
    data = facts(case) | line.facts(case, event)
    once = f"{line.template}:{event.id if line.again else case.pk}"
    page = event.data.get(line.about) if line.about else None
    subject = f"{line.about}:{page}" if page else f"case:{case.pk}"
    with known(line.template):
        if line.officers is not None:
            for account in set(line.officers(case, event)):
                if str(account) != event.actor.get("account"):  # nobody is told of what they did
                    notices.tell_officer(account, line.template, subject=subject, data=data, once=once)
        elif case.person is not None:
            notices.tell(case.person, line.template, subject=subject, data=data, once=once)


@contextmanager
def known(template: str) -> Iterator[None]:
    """Around telling: a province that has not applied the pack yet goes on working; that nobody is told stands in the
    log."""
    try:
        yield
    except NotFound:
        log.warning("no applied pack has this notice", template=template)


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
        "what": "",
        "who": "",
        "note": "",
        "ground": "",
        "amount": None,
    }
