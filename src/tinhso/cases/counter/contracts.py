"""What crosses the border of cases for the one-stop counter."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from tinhso.kernel import events

COUNTER_MOVED = events.declare(
    "counter.moved", "The queue of a centre moved; subject counter:<agency>; data: what, ticket, window. No person."
)
CASE_RESULT_HANDED = events.declare(
    "case.result-handed",
    "A result was given back; data: how (person, post), handout. The post connector asks `queries.counter.parcel`.",
)
CASE_POST_MOVED = events.declare(
    "case.post-moved", "A posted result is on its way, delivered or came back; data: handout, state."
)

GiveBack = Literal["person", "post", "online"]


@dataclass(frozen=True, slots=True)
class Centre:
    """A one-stop centre: the agency at whose counters people are received."""

    id: UUID
    code: str
    name: str
    unit: str
    level: str


@dataclass(frozen=True, slots=True)
class WindowView:
    """`groups` are the labels of what it takes, empty for everything; `officer` sits at it now ("" for nobody)."""

    id: UUID
    number: int
    groups: tuple[str, ...]
    labels: tuple[str, ...]
    officer: str = ""
    mine: bool = False
    since: datetime | None = None
    ticket: "TicketView | None" = None


@dataclass(frozen=True, slots=True)
class TicketView:
    """A ticket as counters see it; nobody's name is known to the queue. `wait` is in minutes."""

    id: UUID
    code: str
    group: str
    label: str
    priority: str
    """The words of the reason for priority, "" for none."""
    state: int
    state_words: str
    taken_at: datetime
    called_at: datetime | None = None
    began_at: datetime | None = None
    ended_at: datetime | None = None
    calls: int = 0
    window: int | None = None
    moved: bool = False
    key: str = ""
    only: int | None = None

    @property
    def waiting(self) -> bool:
        return self.state == 1

    @property
    def serving(self) -> bool:
        return self.state == 3


@dataclass(frozen=True, slots=True)
class Followed:
    """A ticket as its holder follows it: how many are before it, and the minutes it may take (None once called)."""

    ticket: TicketView
    centre: Centre
    ahead: int
    minutes: int | None
    open_windows: int


@dataclass(frozen=True, slots=True)
class GroupView:
    """A group of services with its queue now: `minutes` is the estimate for who takes a ticket now, None where no
    window is open for it."""

    name: str
    letter: str
    label: str
    hint: str
    waiting: int
    minutes: int | None


@dataclass(frozen=True, slots=True)
class Board:
    """What the call screen shows: tickets called now, the newest first, and how many wait for what."""

    centre: Centre
    called: tuple[TicketView, ...]
    groups: tuple[GroupView, ...]
    latest: TicketView | None = None


@dataclass(frozen=True, slots=True)
class DeviceView:
    id: UUID
    name: str
    made_by: str
    made_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Stranger:
    """An applicant whom the population register does not know: who they are by the paper they showed."""

    name: str
    paper: str
    """The kind of paper shown: passport, residence card…"""
    number: str
    born_on: date | None = None
    nationality: str = ""
    phone: str = ""
    email: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class CounterDraft:
    """A form being filled at a counter. `draft` is as the citizens' pages know it; `choices` are the communes whose
    agency may be competent (code, name)."""

    draft: Any
    applicant: str
    known: bool
    give_back: str
    officer: str
    ticket: str = ""
    demo: bool = False


@dataclass(frozen=True, slots=True)
class Taker:
    """Who takes a result at the counter. `as_` applicant: identified by `number` (of the paper by which they applied),
    or by `receipt` (the code that its QR opens). authorised: by `number`, with `authority`, which says by what."""

    as_: Literal["applicant", "authorised"] = "applicant"
    name: str = ""
    number: str = ""
    receipt: str = ""
    authority: str = ""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a result is posted to."""

    recipient: str
    phone: str
    line: str
    unit: str
    """The code of the commune."""


@dataclass(frozen=True, slots=True)
class ShelfRow:
    """A result that waits to be given back; `days` is how long it has lain there."""

    case: UUID
    code: str
    title: str
    applicant: str
    ready_at: datetime
    days: int
    give_back: str
    holder: str
    here: bool
    came_back: bool = False
    demo: bool = False


@dataclass(frozen=True, slots=True)
class HandoutView:
    id: UUID
    case: UUID
    code: str
    at: datetime
    how: str
    to: str
    officer: str
    state: str
    state_words: str
    state_at: datetime
    tracking: str = ""


@dataclass(frozen=True, slots=True)
class Parcel:
    """What the post connector needs to send a result on: the one place that opens the address."""

    id: UUID
    case_code: str
    sender: str
    address: Address
    state: str
    tracking: str


@dataclass(frozen=True, slots=True)
class DayLine:
    """One window and officer on a day: tickets served and gone, cases taken in, results given back by hand and post,
    minutes served. `window` is None for what was done at no window."""

    window: int | None
    officer: str
    served: int = 0
    no_show: int = 0
    taken_in: int = 0
    for_others: int = 0
    handed: int = 0
    posted: int = 0
    minutes: int = 0


@dataclass(frozen=True, slots=True)
class DayReport:
    """The end of a day. `taken` and `given` list what was taken in and given back, case by case."""

    centre: Centre
    day: date
    lines: tuple[DayLine, ...]
    total: DayLine
    taken: tuple[Mapping[str, Any], ...] = ()
    given: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class DayFigures:
    """Waiting and serving of one day, in minutes; `share` of those served who waited at most 15 minutes (0–1)."""

    day: date
    taken: int
    served: int
    no_show: int
    wait: float | None
    longest: float | None
    serving: float | None
    share: float | None
    groups: Mapping[str, int] = field(default_factory=dict)
