"""What crosses the border of payments."""

from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Literal
from uuid import UUID

from django.utils.translation import get_language

from tinhso.kernel import events

PAYMENT_ASKED = events.declare("payment.asked", "Somebody is asked to pay; subject order:<id>; data: amount, case.")
PAYMENT_TAKEN = events.declare(
    "payment.taken", "Money came for an order; subject order:<id>; data: payment, amount, state."
)
PAYMENT_RECEIVED = events.declare(
    "payment.received", "An order is wholly paid; subject order:<id>; data: amount, purpose, case."
)
PAYMENT_REFUNDED = events.declare(
    "payment.refunded", "Money was given back; subject order:<id> or payment:<id>; data: amount, case."
)
PAYMENT_UNSETTLED = events.declare(
    "payment.unsettled", "Money came that the accountant must look at; subject payment:<id>; data: outcome, agency."
)
REFUND_MOVED = events.declare(
    "payment.refund-moved", "A refund was asked, decided, sent or ended; subject refund:<id>; data: state, agency."
)
ORDER_CLOSED = events.declare("payment.closed", "An order was cancelled or expired; subject order:<id>; data: state.")


@dataclass(frozen=True, slots=True)
class Line:
    """One fee ("fee": phí) or charge ("charge": lệ phí) to be paid, in VND. `account` is the budget item whose revenue
    it is; "" leaves it to the kind."""

    name: str
    vnd: int
    kind: Literal["fee", "charge"] = "fee"
    account: str = ""
    name_en: str = ""

    @property
    def words(self) -> str:
        """The name in the reader's language; receipts use `name`."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name


@dataclass(frozen=True, slots=True)
class OrderRef:
    """An order. `state` is one of `models.State`; `rest` is what is still to be paid, in VND."""

    id: UUID
    code: str
    subject: str
    purpose: str
    agency: UUID
    payer: UUID | None
    payer_name: str
    title: str
    lines: tuple[Line, ...]
    amount: int
    paid: int
    state: str
    state_words: str
    asked_at: datetime
    due_at: datetime | None
    paid_at: datetime | None
    receipt: UUID | None
    demo: bool = False

    @property
    def is_whole(self) -> bool:
        """What was asked is there (and was not given back)."""
        return self.state in {"paid", "overpaid"}

    @property
    def is_open(self) -> bool:
        """Somebody still has to pay."""
        return self.state in {"asked", "partly"}

    @property
    def rest(self) -> int:
        return max(0, self.amount - self.paid) if self.is_open else 0


@dataclass(frozen=True, slots=True)
class Way:
    """One way to pay an order: by a bank or a telecom account. `qr` is the payload of a QR code where the way has one;
    `link` opens the payer's app or page; the rest is what one would type by hand."""

    method: str
    words: str
    provider: str
    bank: str
    account: str
    holder: str
    amount: int
    content: str
    qr: str = ""
    link: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """What a provider's message says, whatever its own words for it.

    `what` is paid, returned (a refund was done) or not-returned. `transaction` is the provider's own number; `refund`
    ours, where it is about one. Times are aware; `amount` in VND.
    """

    what: Literal["paid", "returned", "not-returned"]
    transaction: str
    amount: int
    at: datetime
    account: str = ""
    content: str = ""
    refund: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Heard:
    """The answer to a message: `outcome` is taken, repeated or rejected; `reason` a word for the last."""

    outcome: str
    reason: str = ""
    message: UUID | None = None


@dataclass(frozen=True, slots=True)
class PaymentView:
    """Money that came, as the accountant sees it. `left` is what may still be given back, in VND."""

    id: UUID
    method: str
    method_words: str
    provider: str
    transaction: str
    account: str
    agency: UUID
    order: UUID | None
    order_code: str
    amount: int
    excess: int
    left: int
    paid_at: datetime
    came_at: datetime
    outcome: str
    outcome_words: str
    waits: bool
    note: str
    content: str = ""
    by: str = ""
    demo: bool = False


@dataclass(frozen=True, slots=True)
class RefundView:
    """A refund. `mine`: the reader asked for it, and so may not decide it."""

    id: UUID
    payment: UUID
    order: UUID | None
    order_code: str
    agency: UUID
    amount: int
    reason: str
    state: str
    state_words: str
    asked_at: datetime
    asked_name: str
    decided_at: datetime | None
    decided_name: str
    decision: str
    ended_at: datetime | None
    reference: str
    trouble: str
    method_words: str
    mine: bool = False


@dataclass(frozen=True, slots=True)
class MessageView:
    """A rejected message: when, from whom it said it was, why it was not believed."""

    id: UUID
    provider: str
    came_at: datetime
    reason: str
    reason_words: str
    size: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """A keyset page of anything here: `next` is the cursor of the page after, "" at the end."""

    rows: tuple[Any, ...] = ()
    next: str = ""


@dataclass(frozen=True, slots=True)
class DayRow:
    """What one account holds for one agency, on a day, in VND."""

    method: str
    method_words: str
    account: str
    agency: UUID
    agency_name: str
    opening: int
    came_in: int
    went_out: int
    closing: int
    count: int


@dataclass(frozen=True, slots=True)
class StatedRow:
    """A bank account as a whole on a day: what our ledger says came in and went out, and what the bank says."""

    provider: str
    account: str
    came_in: int
    went_out: int
    stated_in: int
    stated_out: int

    @property
    def difference(self) -> int:
        """The bank's change of the day less ours, in VND; 0 where they agree."""
        return (self.stated_in - self.stated_out) - (self.came_in - self.went_out)


@dataclass(frozen=True, slots=True)
class Trouble:
    """A difference of the day by its name: what it is, how many, how much."""

    what: str
    words: str
    count: int
    vnd: int


@dataclass(frozen=True, slots=True)
class RevenueRow:
    """What was earned on a day for one budget item, in VND, less what was given back of it."""

    account: str
    agency: UUID
    agency_name: str
    vnd: int


@dataclass(frozen=True, slots=True)
class DayReport:
    """The end of a day: the money by method and account, the revenue by budget item, and every difference named.

    `balances` says that money = what is held, unclear, on its way back, and earned, over the whole of the ledger.
    """

    day: date
    rows: tuple[DayRow, ...]
    revenue: tuple[RevenueRow, ...]
    stated: tuple[StatedRow, ...] = ()
    troubles: tuple[Trouble, ...] = field(default_factory=tuple)
    balances: bool = True

    @property
    def came_in(self) -> int:
        return sum(row.came_in for row in self.rows)

    @property
    def went_out(self) -> int:
        return sum(row.went_out for row in self.rows)

    @property
    def closing(self) -> int:
        return sum(row.closing for row in self.rows)
