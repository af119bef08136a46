"""The ways in which money comes. What a provider understands is a `Method`; cash and card are taken at a counter.

A new way is one class with these four functions, added to METHODS: nothing else asks which one it is.
"""

from collections.abc import Mapping
from typing import Any, Protocol

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from ..contracts import Notice, OrderRef, Way
from ..payees import Payee
from .bank import BankTransfer
from .telecom import TelecomAccount


class Method(Protocol):
    """How a provider is told what to do, and how its words are read."""

    @property
    def name(self) -> str: ...

    @property
    def words(self) -> str | Promise: ...

    def way(self, order: OrderRef, payee: Payee) -> Way:
        """What the payer of an order is shown."""
        ...

    def notice(self, body: Mapping[str, Any]) -> Notice:
        """What a message of the provider says. ValueError or KeyError where it says nothing that is understood."""
        ...

    def refund(self, refund: str, transaction: str, amount: int, reason: str) -> tuple[str, dict[str, Any]]:
        """Path and body of the request to give `amount` VND of a transaction back; `refund` is our own number of it,
        by which the provider knows a repeated request."""
        ...

    def refunded(self, body: Mapping[str, Any]) -> tuple[str, bool]:
        """The provider's number of the refund in its answer, and whether it is done already."""
        ...


METHODS: dict[str, Method] = {method.name: method for method in (BankTransfer(), TelecomAccount())}
COUNTER = {"cash": _("Tiền mặt"), "card": _("Thẻ tại quầy")}
"""What a counter takes itself."""


def words(method: str) -> str:
    """A method as people read it."""
    return str(COUNTER.get(method) or METHODS[method].words)


__all__ = ["COUNTER", "METHODS", "Method", "words"]
