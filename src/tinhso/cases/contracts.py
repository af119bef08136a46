"""What crosses the border of cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

from tinhso.documents.contracts import DocumentRef
from tinhso.identity.contracts import AgencyRef
from tinhso.kernel import events

if TYPE_CHECKING:
    from .definitions import FormField, ProcedureDefinition

CASE_SUBMITTED = events.declare("case.submitted", "An application was handed in; data: procedure, agency, unit.")
CASE_RECEIVED = events.declare("case.received", "The one-stop counter took the application; the clock runs.")
CASE_CLAIMED = events.declare("case.claimed", "An officer took a task, or gave it back; data: task, claimed.")
CASE_MOVED = events.declare("case.moved", "A task was completed; data: task, outcome.")
CASE_PAUSED = events.declare("case.paused", "The applicant is asked for a supplement; the clock stands.")
CASE_RESUMED = events.declare("case.resumed", "The applicant answered; the clock runs again.")
CASES_LOADED = events.declare("case.loaded", "Many cases were loaded at once; subject cases:loaded; data: count.")
CASE_ENDED = events.declare("case.ended", "Result returned, refused or withdrawn; data: outcome, on_time.")

CO_SIGN_ASKED = events.declare("case.co-sign-asked", "Somebody is asked to agree to a draft; data: draft, procedure.")
CO_SIGN_ANSWERED = events.declare("case.co-sign-answered", "They agreed or declined; data: draft, procedure, agreed.")

CASE_STORE_ASKED = events.declare("case.store-asked", "The agency asks to take a paper from the store; data: paper.")
CASE_STORE_ANSWERED = events.declare("case.store-answered", "The applicant lets it, or not; data: paper, given.")


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
    status_code: int = 0
    """1–10 of the National Service Portal (see `models.Status`); `status` is its words in the reader's language."""
    unit: str = ""
    """The code of the territory where it was filed, on the map of that day."""


@dataclass(frozen=True, slots=True)
class CasePage:
    """A keyset page of cases: `next` is the cursor of the page after, "" at the end."""

    cases: tuple[Summary, ...] = ()
    next: str = ""


@dataclass(frozen=True, slots=True)
class StoredResult:
    """A signed result in its owner's store. `state`: valid, expired (after `until`), or revoked (its record ended)."""

    document: DocumentRef
    kind: str
    case: CaseRef
    until: date | None
    state: str


@dataclass(frozen=True, slots=True)
class FromStore:
    """A paper of a case that the applicant's store holds: may be asked for from there, or `asked` is; `results` are
    what the applicant may give."""

    name: str
    label: str
    asked: bool
    results: tuple[StoredResult, ...] = ()


@dataclass(frozen=True, slots=True)
class Procedure:
    """A published procedure. `name` is "civil-status.birth-registration"; words are in `definition`. `offered`: it
    holds today; an announced or ended one does not. `coming`: the day on which a version that is announced takes
    over."""

    name: str
    version: int
    definition: "ProcedureDefinition"
    offered: bool = True
    coming: date | None = None


@dataclass(frozen=True, slots=True)
class Information:
    """A procedure of the national catalogue that no pack has: shown, not handed in here. `source`: the file that it
    was taken from."""

    code: str
    name: str
    sector: str
    levels: tuple[str, ...]
    deadline: str
    fee: str
    legal_basis: tuple[str, ...]
    source: str
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class PaperView:
    """A paper that the procedure wants, and the file given for it (None: not yet)."""

    name: str
    label: str
    hint: str
    optional: bool
    digest: str = ""
    file_name: str = ""
    media_type: str = ""
    size: int = 0
    added_at: datetime | None = None
    document: UUID | str | None = None
    """The result in the applicant's store that it is: verified, no scan; `code` opens /verify/<code>."""
    code: str = ""
    copies: int = 1
    original: bool = False
    faults: Sequence[str] = ()
    """What makes the photograph hard to read (photos.FAULTS): a warning."""
    result_kind: str = ""
    """The kind of paper that the applicant's store may hold in its place."""

    @property
    def given(self) -> bool:
        return bool(self.digest)

    @property
    def warnings(self) -> list[str]:
        """The faults in the reader's words."""
        from .photos import FAULTS

        return [str(FAULTS[one]) for one in self.faults]


@dataclass(frozen=True, slots=True)
class DraftView:
    """A form being filled. `raw` is what fills the widgets (typed, or from registers); `prefilled` names the fields
    that registers answered and the applicant need not type; `typed` those that the applicant is asked; `computed`
    those that follow from others. `case` is set once it was submitted."""

    id: UUID
    procedure: Procedure
    raw: dict[str, Any]
    prefilled: frozenset[str]
    typed: tuple[str, ...]
    papers: tuple[PaperView, ...]
    unit: str
    agency: str
    saved_at: datetime
    case: CaseRef | None = None
    computed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CoSigner:
    """Somebody who has to agree before a draft is handed in, as the applicant sees it: `state` is "" (not asked yet),
    asked, agreed or declined; `voided`: had agreed to what stood there before."""

    field: str
    label: str
    name: str
    state: str = ""
    at: datetime | None = None
    reason: str = ""
    voided: bool = False


@dataclass(frozen=True, slots=True)
class FormRow:
    """One answered field as people read it. `prefilled`: it came from a register and was not typed."""

    name: str
    label: str
    text: str
    value: Any = None
    prefilled: bool = False


@dataclass(frozen=True, slots=True)
class FormSection:
    name: str
    title: str
    rows: tuple[FormRow, ...]


@dataclass(frozen=True, slots=True)
class InvitationView:
    """A draft as somebody sees it who is asked to agree: what concerns them, the part that is theirs to fill (`specs`
    of `raw`), and the digest of it all, to which they agree."""

    id: UUID
    procedure: Procedure
    applicant: str
    role: str
    """As what they are named: the label of the field."""
    state: str
    asked_at: datetime
    answered_at: datetime | None
    voided: bool
    reason: str
    sections: tuple[FormSection, ...] = ()
    specs: tuple["FormField", ...] = ()
    raw: dict[str, Any] = field(default_factory=dict)
    papers: tuple[PaperView, ...] = ()
    agency: str = ""
    digest: str = ""
    case_code: str = ""
    """Of the case that it became."""


@dataclass(frozen=True, slots=True)
class Choice:
    """An outcome that the reader may give a task. `needs` is "", "note" or "ground" (a refusal's legal ground)."""

    outcome: str
    label: str
    needs: str = ""


@dataclass(frozen=True, slots=True)
class TaskView:
    """One step's work on a case. `choices` is empty for who may not complete it."""

    id: UUID
    case: UUID
    step: str
    label: str
    role: str
    opened_at: datetime
    due_at: datetime | None
    claimed_by: str = ""
    mine: bool = False
    """Whether the reader has claimed it."""
    completed_at: datetime | None = None
    completed_by: str = ""
    outcome: str = ""
    choices: tuple[Choice, ...] = ()
    trouble: str = ""
    """Why the platform's own work (a signature) has not succeeded yet; it is being tried again."""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """`kind` is one of `timeline.KINDS`; `what` says it in words; `by` the post or "Người nộp hồ sơ"."""

    at: datetime
    kind: str
    what: str
    by: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class CaseDocument:
    """A paper of the case that the platform issued: receipt, request, refusal, result. `role` says which."""

    id: UUID
    role: str  # receipt, supplement, refusal, result
    title: str
    digest: str
    code: str
    signed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordLink:
    register: str
    id: UUID


@dataclass(frozen=True, slots=True)
class Supplement:
    """What the applicant is asked to add: stated once, in full, in writing (Decree 61/2018 art. 17)."""

    asked_at: datetime
    note: str
    answered_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Diagram:
    """The process for bpmn-js: `xml` is BPMN 2.0 with DI; `now` are the ids of elements that hold a token, `done`
    those already passed."""

    xml: str
    now: tuple[str, ...] = ()
    done: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CaseView:
    """Everything that a page of one case shows."""

    id: UUID
    code: str
    procedure: Procedure
    title: str
    applicant: str
    person: UUID | None
    agency: str
    """Name of the agency that received it, as on the day of submission."""
    holder: str
    """Name of the agency that holds it today; differs after a reform or a hand-over."""
    unit: str
    status: str
    status_code: int
    submitted_at: datetime
    received_at: datetime | None
    due_at: datetime | None
    due_words: str
    """ "còn 3 giờ làm việc", "quá hạn 2 ngày làm việc", "đang tạm dừng", "đúng hạn"…"""
    late: bool
    paused: bool
    ended_at: datetime | None
    outcome: str
    on_time: bool | None
    revision: int
    sections: tuple[FormSection, ...]
    papers: tuple[PaperView, ...]
    tasks: tuple[TaskView, ...]
    timeline: tuple[TimelineEntry, ...]
    documents: tuple[CaseDocument, ...]
    records: tuple[RecordLink, ...]
    supplement: Supplement | None
    """The supplement asked for, answered or not; None where none was."""
    diagram: Diagram
    mine: bool
    """The reader is the applicant."""
    may_withdraw: bool
    demo: bool

    @property
    def receipt(self) -> CaseDocument | None:
        """The paper "Giấy tiếp nhận hồ sơ và hẹn trả kết quả"; None for the second that it is being made."""
        return next((d for d in self.documents if d.role == "receipt"), None)

    @property
    def result(self) -> CaseDocument | None:
        return next((d for d in self.documents if d.role == "result"), None)

    @property
    def open_task(self) -> TaskView | None:
        """The task that the reader may complete now."""
        return next((t for t in self.tasks if t.choices and not t.completed_at), None)


@dataclass(frozen=True, slots=True)
class InboxRow:
    """A line of the desk's queue."""

    task: UUID
    step: str
    label: str
    case: UUID
    code: str
    procedure: str
    title: str
    applicant: str
    opened_at: datetime
    due_at: datetime | None
    due_words: str
    late: bool
    soon: bool
    claimed_by: str
    mine: bool
    demo: bool


@dataclass(frozen=True, slots=True)
class InboxPage:
    rows: tuple[InboxRow, ...] = ()
    next: str = ""


@dataclass(frozen=True, slots=True)
class Tracked:
    """What anybody who has the dossier code may know."""

    code: str
    procedure: str
    agency: str
    status: str
    submitted_at: datetime
    due_at: datetime | None
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class LoadedCase:
    """One case for `services.load_cases`: as it would stand had it been lived through the platform.

    `reached` is a step's name (open there), "supplement" (paused at the first step that may ask), or an outcome:
    returned, refused, withdrawn. `moments` are the times at which the steps of officers up to there were completed,
    in order; the last one ends the case where it has ended (for withdrawn: the receipt, then the withdrawal).
    `services.steps_to(procedure, reached)` says how many there must be, and by which roles.
    """

    procedure: str
    submitted_at: datetime
    person: UUID | None
    applicant: str
    agency: AgencyRef
    """The agency that received it, as it stood then."""
    form: Mapping[str, Any]
    """Values as JSON by field name, as `FieldType.to_json` gives them."""
    subject: str
    reached: str
    moments: Sequence[datetime] = ()
    holder: AgencyRef | None = None
    """The agency that holds it today, where a reform ended `agency`."""
    officers: Mapping[str, tuple[UUID, str]] = field(default_factory=dict)
    """Post and name of who did the steps, by role."""
    online: bool = True
    prefilled: Sequence[str] = ()
    note: str = ""
    id: UUID | None = None
