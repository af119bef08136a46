"""What crosses the border of cases."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from tinhso.documents.contracts import DocumentRef
from tinhso.identity.contracts import AgencyRef
from tinhso.kernel import events

from .inspection import DAYS_TO_REMEDY, MOST_NOTE, Photo, Sheet  # noqa: F401  they cross it too

if TYPE_CHECKING:
    from .definitions import FormField, ProcedureDefinition

CASE_SUBMITTED = events.declare("case.submitted", "An application was handed in; data: procedure, agency, unit.")
CASE_RECEIVED = events.declare("case.received", "The one-stop counter took the application; the clock runs.")
CASE_CLAIMED = events.declare("case.claimed", "An officer took a task, or gave it back; data: task, claimed.")
CASE_MOVED = events.declare("case.moved", "A task was completed; data: task, outcome.")
CASE_PAUSED = events.declare("case.paused", "A supplement or a fee is waited for; the clock stands; data: why.")
CASE_RESUMED = events.declare("case.resumed", "What was waited for is there, or no longer; the clock runs; data: why.")
CASE_MESSAGE_SENT = events.declare("case.message-sent", "The process sent a message; data: message.")
CASE_PAID = events.declare("case.paid", "What was asked for the case was wholly paid; data: order, amount.")
CASES_LOADED = events.declare("case.loaded", "Many cases were loaded at once; subject cases:loaded; data: count.")
CASE_AT_RISK = events.declare(
    "case.at-risk", "Little time is left for a step, told once for its due time; data: task, step, due."
)
CASE_LATE = events.declare("case.late", "The due time of a case passed; data: due.")
CASE_ESCALATED = events.declare(
    "case.escalated", "A step is late for so long that the superior sees it; data: task, step, to (agency)."
)
CASE_REDATED = events.declare("case.redated", "The applicant got an apology and a new date; data: due, until.")
CASE_RESCHEDULED = events.declare(
    "case.rescheduled", "The working calendar changed, and with it the due time; data: day, before, due."
)
CASE_ENDED = events.declare("case.ended", "Result returned, refused or withdrawn; data: outcome, on_time.")
CASE_ASSIGNED = events.declare("case.assigned", "A task was given to a post, or taken over; data: task, to.")
CASE_CANCELLED = events.declare("case.cancelled", "The agency stopped the case, with its legal ground.")
CASE_REOPENED = events.declare("case.reopened", "A leader opened an ended case again; the clock runs on.")
APPLICATION_MOVED = events.declare(
    "application.moved", "Linked procedures: handed in, or a part ended; subject application:<id>; data: state."
)
CASE_SENT_ON = events.declare(
    "case.sent-on", "A task went to another agency, was accepted or sent back; data: task, to (agency), how."
)
CASE_NOTED = events.declare("case.noted", "An officer left a note for colleagues.")
OPINION_ASKED = events.declare(
    "case.opinion-asked", "A post is asked for its opinion; data: to (post), asked (agency), opinion."
)
OPINION_ANSWERED = events.declare(
    "case.opinion-answered", "An opinion was given or taken back; data: to, answered, opinion."
)
BATCH_MOVED = events.declare("case.batch-moved", "A bulk deed began or ended; subject batch:<id>; data: kind, state.")

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
class Unplaced:
    """A running case that has no place in another version of its procedure, and why, in words."""

    case: UUID
    code: str
    version: int
    why: str


@dataclass(frozen=True, slots=True)
class Migration:
    """What moving the running cases of a procedure to a version did, or would do (`dry_run`). `moved` were (or would
    be) moved, `unplaced` stay where they are; `more` where not all cases were looked at."""

    procedure: str
    to_version: int
    dry_run: bool
    moved: int
    unplaced: tuple[Unplaced, ...] = ()
    more: bool = False


@dataclass(frozen=True, slots=True)
class Running:
    """How many cases of a procedure run on which version; `in_force` is the one that new cases begin with."""

    procedure: str
    title: str
    in_force: int
    versions: Mapping[int, int]


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
    soon: bool = False
    """Little of its time is left."""
    redated_to: datetime | None = None
    """The new date that the applicant got with an apology; the case is late all the same by `due_at`."""
    may_redate: bool = False
    """The reader may give it a new date now."""

    @property
    def apology(self) -> CaseDocument | None:
        return next((d for d in self.documents if d.role == "apology"), None)

    @property
    def redated_why(self) -> str:
        """The reason of the delay as the letter gives it."""
        return next((entry.note for entry in self.timeline if entry.kind == "redated"), "")

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
    late_of: str = ""
    """In a superior's queue: whose work is late."""


@dataclass(frozen=True, slots=True)
class InboxPage:
    rows: tuple[InboxRow, ...] = ()
    next: str = ""


@dataclass(frozen=True, slots=True)
class Reminder:
    """What presses: tasks of one's unit that are late or at risk, and late ones of those whom one leads. 100 means
    more than 99."""

    late: int = 0
    at_risk: int = 0
    escalated: int = 0


@dataclass(frozen=True, slots=True)
class Progress:
    """How the cases of one agency or one procedure stand. `open` holds at-risk, late and paused ones too; early, on
    time and late (`ended_late`) are of those answered in the month, withdrawn ones not among them."""

    key: str
    name: str
    open: int = 0
    at_risk: int = 0
    late: int = 0
    paused: int = 0
    early: int = 0
    on_time: int = 0
    ended_late: int = 0

    @property
    def ended(self) -> int:
        return self.early + self.on_time + self.ended_late

    @property
    def in_time_percent(self) -> float | None:
        """Per cent of those answered in the month that were not late; None where none was."""
        return round(100 * (self.early + self.on_time) / self.ended, 1) if self.ended else None


@dataclass(frozen=True, slots=True)
class Performance:
    """The situation of the agencies that somebody leads, today and in one month. `agencies` is empty for one agency."""

    month: date
    total: Progress
    agencies: tuple[Progress, ...]
    procedures: tuple[Progress, ...]


@dataclass(frozen=True, slots=True)
class Colleague:
    """A post that may do a task, for whoever gives it out. `away` is until when its holder is absent, `deputy` who
    stands in."""

    post: UUID
    title: str
    holder: str
    open: int
    """How many tasks it has taken, counted to 999."""
    away: date | None = None
    deputy: str = ""


@dataclass(frozen=True, slots=True)
class OpinionView:
    """An opinion asked in a case. `state` is open, late, answered, dropped, or ended with the case."""

    id: UUID
    case: UUID
    code: str
    title: str
    to: str
    question: str
    waits: bool
    asked_by: str
    asked_at: datetime
    due_at: datetime
    state: Literal["open", "late", "answered", "dropped", "ended"]
    answer: str = ""
    answered_by: str = ""
    answered_at: datetime | None = None
    mine: bool = False
    """The reader's post is asked."""
    may_drop: bool = False


@dataclass(frozen=True, slots=True)
class Note:
    """What officers of an agency tell one another about a case."""

    at: datetime
    by: str
    text: str


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a case for officers: notes, opinions, and what the reader may do with it as a whole."""

    notes: tuple[Note, ...] = ()
    opinions: tuple[OpinionView, ...] = ()
    task: UUID | None = None
    """The open task of an officer; None where the case waits for nobody here."""
    taken_by: str = ""
    may_note: bool = False
    may_ask: bool = False
    may_assign: bool = False
    may_take_over: bool = False
    may_cancel: bool = False
    may_reopen: bool = False
    may_preview: bool = False
    """The reader is about to sign: the paper can be seen as it will be."""
    has_applicant: bool = False
    may_send_on: bool = False
    lent: bool = False
    """The reader sees this case only because an opinion was asked."""


@dataclass(frozen=True, slots=True)
class Related:
    """Other cases of the applicant: those that the reader's agency holds, or all that the applicant agreed to show."""

    cases: tuple[Summary, ...] = ()
    agreed: bool = False
    hidden: bool = False
    """There are others, at other agencies, that the applicant has not agreed to show."""


@dataclass(frozen=True, slots=True)
class BatchLine:
    """One case of a batch. `state`: waiting, done, failed, left; of a signature also signing, trouble."""

    place: int
    task: UUID
    case: UUID
    code: str
    title: str
    applicant: str
    due_at: datetime | None
    state: str
    why: str = ""
    to: str = ""
    sections: tuple[FormSection, ...] = ()
    """What was asked, while the batch is reviewed."""


@dataclass(frozen=True, slots=True)
class BatchView:
    """A bulk deed as its page shows it. `kind`: approve, done, claim, assign, hand-over."""

    id: UUID
    kind: str
    state: str
    made_at: datetime
    lines: tuple[BatchLine, ...]
    counts: Mapping[str, int]
    note: str = ""
    needs_colleague: bool = False
    done_at: datetime | None = None

    @property
    def total(self) -> int:
        return len(self.lines)

    @property
    def through(self) -> int:
        """How many need nothing more of the platform."""
        return sum(number for state, number in self.counts.items() if state not in {"waiting", "signing"})

    @property
    def over(self) -> bool:
        return self.state in {"done", "dropped"} and self.through == self.total


@dataclass(frozen=True, slots=True)
class BatchRef:
    """A bulk deed as a line of the list of one's own."""

    id: UUID
    kind: str
    state: str
    made_at: datetime
    total: int
    failed: int


@dataclass(frozen=True, slots=True)
class Part:
    """A stage of a case: what one agency had of it at one time. Spans are working time in words, without pauses."""

    agency_id: UUID
    agency: str
    since: datetime
    until: datetime | None
    due_at: datetime | None
    given: str
    """From when it began until it was due."""
    used: str
    used_minutes: int
    late: bool
    late_words: str = ""
    late_by: str = ""
    """Who did, or has, what is late."""


@dataclass(frozen=True, slots=True)
class OwnPart:
    """What is left to an agency of a case of another one when its part is done. `done` are (step, when, who, note)."""

    case: UUID
    code: str
    procedure: str
    holder: str
    parts: tuple[Part, ...]
    done: tuple[tuple[str, datetime | None, str, str], ...]


@dataclass(frozen=True, slots=True)
class ApplicationPartView:
    """One of linked procedures. `case` and `code` are for the applicant; `status_code` is 0 before it starts; `here`:
    it is the case from which was asked."""

    title: str
    agency: str
    status: str
    status_code: int
    due_at: datetime | None
    ended: bool
    why: str = ""
    case: UUID | None = None
    code: str = ""
    here: bool = False


@dataclass(frozen=True, slots=True)
class ApplicationView:
    """Linked procedures that were applied for as one."""

    id: UUID
    code: str
    name: str
    submitted_at: datetime
    parts: tuple[ApplicationPartView, ...]
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Sent:
    """A task that another agency sent, and that nobody accepted yet; `mine`: the reader may accept it or send it
    back."""

    task: UUID
    sender: str
    why: str
    mine: bool


@dataclass(frozen=True, slots=True)
class Desk:
    """A post of the agency with what it has taken, for whoever hands it over."""

    post: UUID
    title: str
    agency: str
    holder: str
    open: int
    late: int


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
    redated_to: datetime | None = None


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


@dataclass(frozen=True, slots=True)
class LoadedRating:
    """One rating for `services.load_ratings`: of a loaded case that gave a result, with a mark for each question."""

    case: UUID
    at: datetime
    marks: Mapping[str, int]
    comment: str = ""


CASE_RATED = events.declare(
    "case.rated",
    "An applicant rated the service; subject rating:<id>, which names nobody; data: agency, procedure, low.",
)
RATING_FOLLOWED = events.declare(
    "case.rating-followed", "A superior noted what came of a low rating; subject rating:<id>; data: agency."
)


@dataclass(frozen=True, slots=True)
class Survey:
    """What an applicant is asked: `questions` are (name, words). `case` is what they rate, `done` whether they have."""

    case: UUID
    code: str
    procedure: str
    name: str
    questions: tuple[tuple[str, str], ...]
    done: bool


@dataclass(frozen=True, slots=True)
class RatingLine:
    """Ratings of one procedure or agency: `count`, the mean of all marks, the mean by question, the share satisfied
    (0–100). For officers `count` goes by fives, and what has fewer is in no line."""

    key: str
    name: str
    count: int
    mean: float
    by_question: tuple[float, ...]
    satisfied: float


@dataclass(frozen=True, slots=True)
class RatingFigures:
    """`questions` are the words of the columns; `total` is None where there are too few; `hidden` says that some were
    left out to keep those who rated unknown."""

    questions: tuple[str, ...] = ()
    lines: tuple[RatingLine, ...] = ()
    total: RatingLine | None = None
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class RatingView:
    """One rating, for the superior: marks are (question, mark). `case` is set where it is low."""

    id: UUID
    at: datetime
    procedure: str
    agency: str
    marks: tuple[tuple[str, int], ...]
    mean: float
    comment: str
    low: bool
    case: CaseRef | None
    followed_at: datetime | None
    followed_by: str
    follow_note: str


@dataclass(frozen=True, slots=True)
class RatingPage:
    ratings: tuple[RatingView, ...] = ()
    next: str = ""


@dataclass(frozen=True, slots=True)
class Drawing:
    """A procedure as it is being drawn in the browser: the text of its BPMN, what is told of its steps and its form (as
    YAML has them), who changed it last. `base` is the version that it began from (0: not offered yet); `own` whether
    it is published here, or leaves as a pack for its folder."""

    procedure: str
    name: Mapping[str, str]
    xml: str
    file: str
    steps: tuple[Mapping[str, Any], ...]
    form: tuple[Mapping[str, Any], ...]
    decisions: tuple[str, ...]
    author: str
    changed_at: datetime
    revision: int
    base: int
    own: bool


@dataclass(frozen=True, slots=True)
class DrawnVersion:
    """A published version of a procedure, and since when another is in force."""

    number: int
    until: datetime | None


@dataclass(frozen=True, slots=True)
class Template:
    """A procedure in force after which another may be made."""

    procedure: str
    title: str
    sector: str


@dataclass(frozen=True, slots=True)
class TrialStep:
    """A step at which a process that is tried stands: who does it, by when (None: no clock), and what may be answered
    (value, words; "" where the answer has none of its own)."""

    name: str
    label: str
    role: str
    due: datetime | None
    answers: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """Where a process that is tried stands: its open steps, the elements at which tokens rest and those passed, the
    next timer, the messages that are awaited, what was done (words, answer), the end that was reached ("" before), when
    the whole is due, and the fields of the form that it reads (name, words)."""

    steps: tuple[TrialStep, ...]
    at: tuple[str, ...]
    done: tuple[str, ...]
    wakes: datetime | None
    messages: tuple[str, ...]
    log: tuple[tuple[str, str], ...]
    end: str
    due: datetime
    asks: tuple[tuple[str, str], ...]
