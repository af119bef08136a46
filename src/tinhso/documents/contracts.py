"""What crosses the border of documents."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from tinhso.kernel import events

DOCUMENT_ISSUED = events.declare("document.issued", "A paper was issued; subject document:<id>; data: kind, number.")
DOCUMENT_SIGNED = events.declare("document.signed", "A document was signed; subject document:<id>.")


@dataclass(frozen=True, slots=True)
class BlobRef:
    """Bytes by their SHA-256 (hex). `name` is what the sender called them."""

    digest: str
    size: int
    media_type: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class DocumentRef:
    """An issued paper. `number` is "" for papers without one; `code` opens /verify/<code>."""

    id: UUID
    kind: str
    title: str
    blob: BlobRef
    code: str
    number: str = ""
    signed_at: datetime | None = None
    subject: str = ""
    issued_on: date | None = None


@dataclass(frozen=True, slots=True)
class SignatureCheck:
    """What the validation of one signature found, for people: `trusted` is the verdict."""

    trusted: bool
    intact: bool
    signer: str
    signed_at: datetime | None
    timestamped_at: datetime | None
    has_revocation_data: bool
    message: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What anybody who holds the code of a paper may know: no personal field, no title, no subject.

    `genuine` says that the bytes we keep are unchanged and, where the paper is signed, that every signature is
    trusted; `message` says the same in words.
    """

    kind: str
    name: str
    number: str
    agency: str
    issued_on: date
    signed_at: datetime | None
    genuine: bool
    message: str
    signatures: tuple[SignatureCheck, ...]
