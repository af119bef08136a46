"""What crosses the border of registers."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from tinhso.kernel import events

RECORD_CREATED = events.declare("record.created", "A register got a record; data: register, revision, case.")
RECORD_UPDATED = events.declare("record.updated", "A record got a new revision; data: register, revision, case.")
RECORD_ENDED = events.declare("record.ended", "A record ended; data: register, revision, case.")


@dataclass(frozen=True, slots=True)
class RecordRef:
    """`register` is "civil-status.births"; `revision` counts from 1 and is the ETag."""

    register: str
    id: UUID
    revision: int


@dataclass(frozen=True, slots=True)
class Record:
    """A record now or as of a date; `values` by field name, as the field types' Python values."""

    ref: RecordRef
    values: dict[str, Any]
    valid_from: date
    valid_until: date | None
    case: UUID | None
    display: str = ""
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Version:
    """One immutable version of a record."""

    revision: int
    values: dict[str, Any]
    recorded_at: datetime
    by: str
    why: str
    case: UUID | None
    valid_from: date
    valid_until: date | None


@dataclass(frozen=True, slots=True)
class Page:
    """A keyset page: `next` is the cursor of the page after, "" at the end."""

    records: list[Record] = field(default_factory=list)
    next: str = ""
