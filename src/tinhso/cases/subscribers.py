"""What cases hears: its own events that call for a paper."""

from tinhso.kernel import events

from .contracts import CASE_SUBMITTED


@events.subscribe(CASE_SUBMITTED, key="cases.receipt")
def issue_receipt(event: events.Event) -> None:
    from .tasks import issue_paper

    issue_paper.defer(case=event.subject.partition(":")[2], role="receipt")
