"""What a channel is given, and how it says no."""

from dataclasses import dataclass
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Outgoing:
    """The open part of a notice on its way to one address. `id` is the same at each attempt, so that who takes it can
    tell a repetition; `link` is where the full text is read; `unsubscribe` an address that stops it (RFC 8058)."""

    id: UUID
    to: str
    subject: str
    text: str
    link: str
    language: str
    unsubscribe: str = ""


class Refused(Exception):
    """It will never be taken at this address: not to be tried again. `gone` where the address is no more."""

    def __init__(self, reason: str, *, gone: bool = False) -> None:
        super().__init__(reason)
        self.gone = gone
