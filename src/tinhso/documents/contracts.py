"""What crosses the border of documents."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from tinhso.kernel import events

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
