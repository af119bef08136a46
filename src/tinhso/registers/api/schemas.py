"""What comes in and goes out, as JSON."""

from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from ninja import Schema
from pydantic import Field


class ProblemOut(Schema):
    """RFC 9457"""

    type: str
    title: str
    status: int
    detail: str = ""
    instance: str = ""
    errors: list[dict[str, str]] = []


class RegisterOut(Schema):
    of: str = Field(serialization_alias="register")
    name: str
    plural: str
    pack: str
    version: int


class DefinitionOut(RegisterOut):
    """A name, with the JSON Schema of the values that the reader may read."""

    described: dict[str, Any] = Field(serialization_alias="schema")
    key: list[str]
    search: dict[str, str]
    columns: list[str]


class Expanded(Schema):
    """What a field refers to: its line, and of a record that the reader may see the values too."""

    id: UUID
    display: str
    of: str | None = Field(None, serialization_alias="register")
    values: dict[str, Any] | None = None


class RecordOut(Schema):
    id: UUID
    of: str = Field(serialization_alias="register")
    revision: int
    unit: str
    unit_on: date | None
    valid_from: date
    valid_until: date | None
    case: UUID | None
    demo: bool
    display: str
    created_at: datetime | None
    updated_at: datetime | None
    masked: list[str]
    merged_into: UUID | None = None
    values: dict[str, Any]
    expanded: dict[str, Expanded] = {}


class PageOut(Schema):
    """`next` is the value of `after` for the page that follows, "" at the end."""

    records: list[RecordOut]
    next: str


class VersionOut(Schema):
    revision: int
    change: str
    recorded_at: datetime
    by: str
    why: str
    case: UUID | None
    valid_from: date
    valid_until: date | None
    values: dict[str, Any]


class NewIn(Schema):
    values: dict[str, Any]
    valid_from: date | None = None
    unit: str = Field("", pattern=r"^([0-9]{2,5})?$")
    unit_on: date | None = None
    why: str = ""


class ChangeIn(Schema):
    """Only the values that change. `valid_from`: the day from which they hold; without it they correct the record."""

    values: dict[str, Any]
    why: str = Field(min_length=1)
    valid_from: date | None = None


class EndIn(Schema):
    on: date
    why: str = Field(min_length=1)


class RestoreIn(Schema):
    revision: int = Field(ge=1, le=2_147_483_647)
    why: str = Field(min_length=1)


class RefOut(Schema):
    id: UUID
    of: str = Field(serialization_alias="register")
    revision: int


class ProposedOut(Schema):
    """A change that holds only once it is approved; `Location` is where its state is told."""

    id: UUID
    of: str = Field(serialization_alias="register")
    state: Literal["waiting", "done", "refused", "withdrawn"] = "waiting"


class FieldChange(Schema):
    field: str
    label: str
    before: str
    after: str


class ProposalOut(ProposedOut):
    verb: str
    record: UUID | None
    why: str
    at: datetime
    case_code: str
    answer: str
    stale: str
    mine: bool
    changes: list[FieldChange]


class BatchRowIn(Schema):
    """`id`, else the natural key among the values, says which record it is; a row that finds none is a new record.
    `revision`: the one that was seen; without it the row changes what stands there."""

    values: dict[str, Any]
    id: UUID | None = None
    revision: int | None = Field(None, ge=1, le=2_147_483_647)
    valid_from: date | None = None
    unit: str = Field("", pattern=r"^([0-9]{2,5})?$")
    unit_on: date | None = None


class BatchIn(Schema):
    """`each`: good rows stand, bad ones are refused by themselves; `all`: one bad row, and none is written."""

    rows: list[BatchRowIn] = Field(min_length=1, max_length=1_000)
    why: str = Field(min_length=1)
    mode: Literal["each", "all"] = "each"


class RowResultOut(Schema):
    row: int
    result: Literal["created", "updated", "unchanged", "refused"]
    id: UUID | None
    revision: int | None
    problem: ProblemOut | None


class BatchOut(Schema):
    """One result a row, in the order of the rows."""

    results: list[RowResultOut]


class ChangeOut(Schema):
    record: UUID
    revision: int
    change: str
    recorded_at: datetime
    case: UUID | None
    valid_from: date
    valid_until: date | None
    masked: list[str]
    values: dict[str, Any]


class ChangesOut(Schema):
    """`next` is the value of `after` to ask with next: at once where there is `more`, else after a while."""

    changes: list[ChangeOut]
    next: str
    more: bool
