"""What crosses the border of registers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tinhso.kernel import events

RECORD_CREATED = events.declare("record.created", "A register got a record; data: register, revision, case.")
RECORD_UPDATED = events.declare("record.updated", "A record got a new revision; data: register, revision, case.")
RECORD_ENDED = events.declare("record.ended", "A record ended; data: register, revision, case.")
RECORDS_LOADED = events.declare(
    "record.loaded", "A register got many records at once; subject register:<name>; data: register, count."
)
RECORD_PROPOSED = events.declare(
    "record.proposed", "A change waits for approval; subject proposal:<id>; data: register, verb, agency, unit, role."
)
PROPOSAL_DECIDED = events.declare(
    "record.decided",
    "A proposal was carried out, refused or withdrawn; subject proposal:<id>; data: register, state, case.",
)
BULK_EDITED = events.declare(
    "record.bulk-edited",
    "A bulk edit ended or was taken back; subject bulk:<id>; data: register, state, done, refused.",
)
RECORDS_MERGED = events.declare(
    "record.merged", "Records became one, or were parted; subject record:<survivor>; data: register, merge, undone."
)


@dataclass(frozen=True, slots=True)
class RecordRef:
    """`register` is "civil-status.births"; `revision` counts from 1 and is the ETag."""

    register: str
    id: UUID
    revision: int


@dataclass(frozen=True, slots=True)
class Record:
    """A record now or as of a date; `values` by field name, as the field types' Python values.

    `unit` is a code of the map of `unit_on`. Fields that the reader may not read are not in `values`; `masked` names
    them."""

    ref: RecordRef
    values: dict[str, Any]
    valid_from: date
    valid_until: date | None
    case: UUID | None
    display: str = ""
    demo: bool = False
    unit: str = ""
    unit_on: date | None = None
    created_at: datetime | None = None
    updated_at: datetime | None = None
    masked: tuple[str, ...] = ()


VERBS = ("create", "update", "end", "restore", "merge", "unmerge", "bulk", "unbulk")


@dataclass(frozen=True, slots=True)
class Change:
    """A change to a register as somebody wants it; `verb` is one of `VERBS`.

    `record` with the `revision` seen; `values` the new values by field (for update and merge only those that change);
    `on` the first day for which they hold (None: a correction), for an end the day of it; `unit` of a new record
    where no field says it, a code of the map of `unit_on` (default: of `on`); `to_revision` what is restored. `others`
    are the records that a merge ends, with the revision seen of each; `of` is the bulk edit, or the merge that is taken
    back.
    """

    register: str
    verb: str
    why: str = ""
    record: UUID | None = None
    revision: int = 0
    values: Mapping[str, Any] = field(default_factory=dict)
    on: date | None = None
    unit: str = ""
    unit_on: date | None = None
    to_revision: int = 0
    others: Mapping[UUID, int] = field(default_factory=dict)
    of: UUID | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """What came of a change that was handed in: the record at its new revision, or the proposal that waits."""

    ref: RecordRef | None = None
    proposal: UUID | None = None


@dataclass(frozen=True, slots=True)
class ProposalView:
    """A change that waits for approval, or was decided. `changes` says it field by field, as far as the reader may
    read; `stale` in words why it can no longer be carried out as it was seen ("" while it can)."""

    id: UUID
    register: str
    verb: str
    record: UUID | None
    title: str
    why: str
    by: str
    agency: UUID
    unit: str
    role: str
    at: datetime
    state: str
    case: UUID | None
    case_code: str
    answer: str
    stale: str
    changes: tuple["Difference", ...]
    on: date | None = None
    mine: bool = False
    """Whether the reader proposed it, and so may not decide it."""
    hidden: int = 0
    """How many changed fields the reader may not read."""
    rows: int = 0
    """How many records a bulk edit or a merge touches."""
    of: UUID | None = None


@dataclass(frozen=True, slots=True)
class BulkView:
    """A bulk edit: what it sets, how far it is, and the records that were refused, with their lines."""

    id: UUID
    register: str
    state: str
    why: str
    by: str
    at: datetime
    total: int
    done: int
    same: int
    refused: int
    waiting: int
    undone: int
    kept: int
    changes: tuple[tuple[str, str], ...]
    """(field, new value in words)"""
    sample: tuple[tuple["Record", tuple["Difference", ...]], ...] = ()
    faults: tuple[tuple[UUID, str, str], ...] = ()
    """(record, its line, why it is refused or was kept)"""
    tried: int = 0
    case: UUID | None = None


@dataclass(frozen=True, slots=True)
class Pointing:
    """How many records of a register refer to records that are about to be merged, and whether the reader may write
    them."""

    register: str
    name: str
    count: int
    writable: bool


@dataclass(frozen=True, slots=True)
class MergeView:
    id: UUID
    register: str
    survivor: UUID
    ended: tuple[UUID, ...]
    pointed: int
    why: str
    at: datetime
    undone_at: datetime | None


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record about to be loaded by `create_many`. `unit_on` says on which map `unit` is a code; without it, on the
    map of `valid_from`."""

    values: Mapping[str, Any]
    valid_from: date
    unit: str = ""
    unit_on: date | None = None
    case: UUID | None = None
    id: UUID | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable version of a record. `change` is create, update, end or restore; `by` says the post in words."""

    revision: int
    values: dict[str, Any]
    recorded_at: datetime
    by: str
    why: str
    case: UUID | None
    valid_from: date
    valid_until: date | None
    change: str = ""
    definition: int = 0


@dataclass(frozen=True, slots=True)
class Difference:
    """One field of a change, in words: what it was and what it became ("" where it was empty)."""

    name: str
    label: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Page:
    """A keyset page: `next` is the cursor of the page after, "" at the end."""

    records: list[Record] = field(default_factory=list)
    next: str = ""


@dataclass(frozen=True, slots=True)
class Count:
    """How many records: `exact`, or the estimate of PostgreSQL's planner."""

    rows: int
    exact: bool


@dataclass(frozen=True, slots=True)
class RegisterRef:
    """A register that the reader may open. `name` and `plural` in the reader's language."""

    register: str
    name: str
    plural: str
    pack: str
    version: int


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of rows that waits to be imported; `size` in bytes."""

    id: UUID
    name: str
    size: int


@dataclass(frozen=True, slots=True)
class ImportFault:
    """Why a row was refused. `row` is its number as the spreadsheet counts it, `field` the register's ("" for the row
    as a whole), `text` what the cell says, shortened, "" for a sensitive one."""

    row: int
    field: str
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class ImportState:
    """An import as it stands. `state` is waiting, running, done, failed or stopped; `total` an estimate until it has
    ended; `faults` the first of them; `why` in words what ended it before its time."""

    id: UUID
    register: str
    file_name: str
    mode: str
    dry_run: bool
    state: str
    total: int
    read: int
    created: int
    updated: int
    unchanged: int
    refused: int
    faults: tuple[ImportFault, ...]
    started_at: datetime | None
    finished_at: datetime | None
    why: str
    file_kept: bool = True
    """Whether the file is still there: what was refused is read from it."""

    @property
    def is_over(self) -> bool:
        return self.finished_at is not None


@dataclass(frozen=True, slots=True)
class PreviewRow:
    """A row of a file before it is imported: its cells in words, by column, and what is wrong with it as far as that
    can be told without the rest of the file."""

    number: int
    cells: tuple[str, ...]
    faults: tuple[ImportFault, ...]


@dataclass(frozen=True, slots=True)
class ErrorFile:
    """The refused rows of an import, on their way; `parts` are read once."""

    name: str
    media_type: str
    parts: Iterator[bytes]


@dataclass(frozen=True, slots=True)
class ChangeEntry:
    """One version in the change feed. `values` are those that the reader may have, whole, not only what changed;
    `masked` names the others."""

    record: UUID
    revision: int
    change: str
    recorded_at: datetime
    case: UUID | None
    valid_from: date
    valid_until: date | None
    values: dict[str, Any]
    masked: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChangePage:
    """`next` is always there: what is asked for next, at once where there is `more`, else after a while."""

    changes: list[ChangeEntry]
    next: str
    more: bool


@dataclass(frozen=True, slots=True)
class BatchRow:
    """A record to enter or change; `values` as the API's JSON has them. It is the record `id`, else the one with the
    natural key among the values, else a new one. `revision`: the one that the sender saw."""

    values: Mapping[str, Any]
    id: UUID | None = None
    revision: int | None = None
    valid_from: date | None = None
    unit: str = ""
    unit_on: date | None = None


@dataclass(frozen=True, slots=True)
class RowResult:
    """What became of a row: created, updated, unchanged, or refused with its `problem` (an RFC 9457 document)."""

    row: int
    result: str
    id: UUID | None = None
    revision: int | None = None
    problem: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Referring:
    """Records of a register that refer to another record by one field: the first of them, and whether there are more.
    `failed` says that they could not be found in time."""

    of: RegisterRef
    by: str
    label: str
    records: tuple[Record, ...] = ()
    more: bool = False
    failed: bool = False


@dataclass(frozen=True, slots=True)
class RuleQuality:
    """How one rule of quality is kept: of how many records in force it speaks, how many break it. `unknown` says why it
    could not be judged ("boundaries": none are loaded; "masked": not for this reader; "sensitive"), "" where it was.
    Texts in the reader's language."""

    name: str
    label: str
    severity: str
    advice: str
    checked: int
    faulty: int
    unknown: str = ""

    @property
    def share(self) -> float | None:
        """The share of the records judged that break it, 0 to 1; None where none was judged."""
        return self.faulty / self.checked if self.checked else None


@dataclass(frozen=True, slots=True)
class UnitQuality:
    """The same by commune of today: rule to (checked, faulty). `code` is "" on ground that a reform divided."""

    code: str
    name: str
    rows: int
    rules: Mapping[str, tuple[int, int]]

    @property
    def faulty(self) -> int:
        return sum(faulty for _checked, faulty in self.rules.values())

    @property
    def score(self) -> float | None:
        """The share of all judgements that found nothing, 0 to 1; None where there was none."""
        checked = sum(checked for checked, _faulty in self.rules.values())
        return 1 - self.faulty / checked if checked else None


@dataclass(frozen=True, slots=True)
class QualityReport:
    """The records in force that the reader may see, judged by the register's rules; communes with most faults first."""

    register: str
    rows: int
    rules: list[RuleQuality]
    units: list[UnitQuality]

    @property
    def score(self) -> float | None:
        """The share of all judgements that found nothing, 0 to 1; None where there was none."""
        checked = sum(rule.checked for rule in self.rules)
        return 1 - sum(rule.faulty for rule in self.rules) / checked if checked else None


@dataclass(frozen=True, slots=True)
class DuplicatePair:
    """Two records that may be of the same thing; `score` is the probability, 0 to 1."""

    one: Record
    other: Record
    score: float


@dataclass(frozen=True, slots=True)
class Duplicates:
    """The pairs of a register that the reader may see, the likeliest first. `done_at` is when the last search ended,
    None while one runs (then the pairs are those of the one before) and where none was ever asked for (`asked`)."""

    pairs: list[DuplicatePair]
    asked: bool
    done_at: datetime | None
    records: int = 0


LAYOUTS = ("table", "both", "map")
"""How a list of a register with places is laid out: the table, the table with the map beside it, the map."""


@dataclass(frozen=True, slots=True)
class ViewAsks:
    """What a saved view asks of a list. `where` is for `queries.find`, keys and values as addresses write them;
    `columns` are fields, in their order; `layout` is one of `LAYOUTS`, "" where it does not matter."""

    where: tuple[tuple[str, str], ...] = ()
    search: str = ""
    order: str = ""
    columns: tuple[str, ...] = ()
    layout: str = ""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A part of a saved view that its reader does not get. `part` is condition, search, order or column, `label` the
    field's in the reader's language; `why` is gone (the register has the field no more), changed (what was asked no
    longer fits the field) or masked (not for this reader)."""

    part: str
    label: str
    why: str


@dataclass(frozen=True, slots=True)
class SavedViewRef:
    """A view that an officer saved. `mine`: it is the reader's own; `by` says whose a shared one is."""

    id: UUID
    register: str
    name: str
    shared: bool
    mine: bool
    by: str


@dataclass(frozen=True, slots=True)
class SavedView:
    """A saved view as its reader may have it today, under the names that the fields have now, and what is missing."""

    ref: SavedViewRef
    asks: ViewAsks
    left_out: tuple[LeftOut, ...] = ()
