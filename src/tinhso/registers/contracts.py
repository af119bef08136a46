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
class Referring:
    """Records of a register that refer to another record by one field: the first of them, and whether there are more.
    `failed` says that they could not be found in time."""

    of: RegisterRef
    by: str
    label: str
    records: tuple[Record, ...] = ()
    more: bool = False
    failed: bool = False
