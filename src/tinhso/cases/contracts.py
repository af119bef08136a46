"""What crosses the border of cases."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tinhso.kernel import events

CASE_SUBMITTED = events.declare("case.submitted", "An application was handed in; data: procedure, agency, unit.")
CASE_RECEIVED = events.declare("case.received", "The one-stop counter took the application; the clock runs.")
CASE_MOVED = events.declare("case.moved", "A task was completed; data: task, outcome.")
CASE_PAUSED = events.declare("case.paused", "The applicant is asked for a supplement; the clock stands.")
CASE_RESUMED = events.declare("case.resumed", "The applicant answered; the clock runs again.")
CASE_ENDED = events.declare("case.ended", "Result returned, refused or withdrawn; data: outcome, on_time.")


@dataclass(frozen=True, slots=True)
class CaseRef:
    """`code` is the dossier code of Circular 01/2018/TT-VPCP art. 19 ("H31.15-261124-0001")."""

    id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class Summary:
    """A case as a line of a list."""

    id: UUID
    code: str
    procedure: str
    title: str
    applicant: str
    agency: str
    status: str
    submitted_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    demo: bool = False
