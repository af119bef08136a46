"""What crosses the border of registers."""

from collections.abc import Mapping
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
