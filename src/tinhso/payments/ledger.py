"""The ledger: entries that balance. Nothing else writes one, and nothing ever changes one.

| account | what stands on it | side |
|---|---|---|
| money | at the bank, the operator, in the till: by method, number, and the agency it is for | debit |
| suspense | came, and nobody knows for what | credit |
| held | came for an order that is not wholly paid, or beyond what it asks | credit |
| revenue | earned: orders wholly paid, by budget item | credit |
| returning | given back, and not yet confirmed by the bank | credit |
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Sum
from django.utils import timezone

from .models import Account, Entry, Order, Payment, Posting, Refund

Kind = Account.Kind


@dataclass(frozen=True, slots=True)
class Part:
    """VND on an account: debit positive, credit negative; of an order, where it is about one."""

    account: Account
    vnd: int
    order: Order | None = None


def account(kind: Kind, agency: UUID, method: str = "", detail: str = "") -> Account:
    """The account of the ledger, opened when it is first needed."""
    return Account.objects.get_or_create(kind=kind, agency=agency, method=method, detail=detail)[0]


def money(payment: Payment) -> Account:
    """Where the money of a payment is."""
    return account(Kind.MONEY, payment.agency, payment.method, payment.account)


def write(
    what: str, parts: Iterable[Part], *, payment: Payment | None = None, refund: Refund | None = None
) -> Entry | None:
    """Enter a deed, in the caller's transaction. Parts of nothing are left out; None where nothing is left. ValueError
    where they do not balance: the database would refuse the transaction as well."""
    given = [part for part in parts if part.vnd]
    if not given:
        return None
    if sum(part.vnd for part in given):
        raise ValueError(f"{what}: {[part.vnd for part in given]} does not balance")
    entry = Entry.objects.create(what=what, day=timezone.localdate(), payment=payment, refund=refund)
    Posting.objects.bulk_create(
        Posting(entry=entry, account=part.account, order=part.order, vnd=part.vnd) for part in given
    )
    return entry


def balance(kind: Kind, *, order: Order | None = None, agency: UUID | None = None) -> int:
    """What stands on the accounts of a kind, in VND: debit positive."""
    rows = Posting.objects.filter(account__kind=kind)
    if order is not None:
        rows = rows.filter(order=order)
    if agency is not None:
        rows = rows.filter(account__agency=agency)
    return rows.aggregate(sum=Sum("vnd"))["sum"] or 0


def earned(order: Order) -> list[tuple[Account, int]]:
    """What of an order stands as revenue, by account: VND, positive."""
    rows = (
        Posting.objects.filter(order=order, account__kind=Kind.REVENUE)
        .values("account")
        .annotate(sum=Sum("vnd"))
        .filter(sum__lt=0)
        .order_by("account")
    )
    accounts = Account.objects.in_bulk([row["account"] for row in rows])
    return [(accounts[row["account"]], -row["sum"]) for row in rows]
