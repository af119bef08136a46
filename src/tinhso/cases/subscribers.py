"""What cases hears: its own events that call for a paper, changes of registers that wait for approval, and fees that
were paid."""

from uuid import UUID

from tinhso.kernel import events
from tinhso.kernel.calendar.queries import FRESH_SECONDS
from tinhso.kernel.calendar.services import CALENDAR_CHANGED
from tinhso.payments.contracts import PAYMENT_RECEIVED
from tinhso.registers.contracts import PROPOSAL_DECIDED, RECORD_CREATED, RECORD_PROPOSED

from . import models, services
from .contracts import CASE_ENDED, CASE_SUBMITTED
from .inspection import REMEDIATIONS


@events.subscribe(CASE_SUBMITTED, key="cases.receipt")
def issue_receipt(event: events.Event) -> None:
    from .tasks import issue_paper

    if models.Case.objects.filter(pk=event.subject.partition(":")[2], internal=True).exists():
        return
    issue_paper.defer(case=event.subject.partition(":")[2], role="receipt")


@events.subscribe(CALENDAR_CHANGED, key="cases.due-times")
def reschedule_cases(event: events.Event) -> None:
    """A day off or a day worked was set: the due times that go over it are computed anew, in the background; and once
    more when every process has the new calendar, for what was handed in to one that had not."""
    from .tasks import reschedule

    day = event.subject.partition(":")[2]
    reschedule.defer(day=day)
    reschedule.configure(schedule_in={"seconds": int(FRESH_SECONDS * 1.5)}).defer(day=day)


@events.subscribe(RECORD_PROPOSED, key="cases.approval")
def open_approval(event: events.Event) -> None:
    services.open_approval(UUID(event.subject.partition(":")[2]))


@events.subscribe(PROPOSAL_DECIDED, key="cases.approval-withdrawn")
def close_withdrawn(event: events.Event) -> None:
    services.close_withdrawn(UUID(event.subject.partition(":")[2]))


@events.subscribe(CASE_ENDED, key="cases.linked")
def carry_on(event: events.Event) -> None:
    services.carry_on(UUID(event.subject.partition(":")[2]))


@events.subscribe(PAYMENT_RECEIVED, key="cases.payment")
def hear_payment(event: events.Event) -> None:
    services.hear_payment(UUID(event.subject.partition(":")[2]))


@events.subscribe(RECORD_CREATED, key="cases.remediation")
def note_remedied(event: events.Event) -> None:
    """A remediation that was accepted says of its finding that it is remedied."""
    if event.data.get("register") == REMEDIATIONS:
        services.note_remedied(UUID(event.subject.partition(":")[2]))
