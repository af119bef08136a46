"""The vocabulary of `payees/*.yaml`: which account of which agency gets the money, at which bank."""

from collections.abc import Iterable, Sequence
from typing import Any

from pydantic import Field

from tinhso.kernel.packs.definitions import Name, Strict, Words


class PayeeAccount(Strict):
    """An account that gets money. `agency` is its code (QCVN 102:2016); an agency without one of its own collects on
    that of the agency above it. `provider` is the bank or operator whose messages tell of it (settings.
    PAYMENT_PROVIDERS); `bank` the six-digit BIN, for a bank."""

    agency: str = Field(min_length=1, max_length=35)
    provider: Name
    bank: str = Field(default="", pattern=r"^(\d{6})?$")
    number: str = Field(pattern=r"^[0-9A-Za-z]{1,19}$")
    holder: str = Field(min_length=1, max_length=120)
    """As it is written at the bank."""


class PayeeDefinition(Strict):
    """payees/<name>.yaml: `source` says where the numbers were taken from."""

    payee: Name
    name: Words
    source: str = Field(min_length=1)
    accounts: list[PayeeAccount] = Field(min_length=1)


def check(definition: Any, context: Any) -> Iterable[tuple[Sequence[str | int], str]]:
    """An agency has one account at a provider, else it would be chance which one is shown."""
    seen: set[tuple[str, str]] = set()
    for number, one in enumerate(definition.model.accounts):
        if (one.agency, one.provider) in seen:
            yield ["accounts", number], f"{one.agency} has two accounts at {one.provider}"
        seen.add((one.agency, one.provider))
