"""What crosses identity's border."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from tinhso.kernel import events

SIGNED_IN = events.declare("identity.signed-in", "An account signed in; data: assurance.")


@dataclass(frozen=True, slots=True)
class AgencyRef:
    """An agency as it stands on a date. `code` is of QCVN 102:2016 ("H31.15.3"); `level` is province, district
    or commune; `unit` is the code of its territory."""

    id: UUID
    code: str
    name: str
    level: str
    unit: str
    parent: UUID | None = None


@dataclass(frozen=True, slots=True)
class PersonRef:
    """A person of the population register as other engines may hold them: the id, and the name to show."""

    id: UUID
    name: str


@dataclass(frozen=True, slots=True)
class PersonDetails:
    """The personal fields, decrypted. Reading them outside one's own session is a row of the access log."""

    id: UUID
    name: str
    national_id: str
    born_on: date | None
    sex: str  # male, female
    ethnicity: str = ""
    nationality: str = "VN"
    phone: str = ""
    email: str = ""
    address_unit: str = ""
    """The code of the commune of residence, on the map of today."""
    address_line: str = ""
    mother: UUID | None = None
    father: UUID | None = None
    spouse: UUID | None = None
    household: UUID | None = None
    demo: bool = False


@dataclass(frozen=True, slots=True)
class PostRef:
    """A post: its holder signs and decides in the agency's name."""

    id: UUID
    agency: UUID
    title: str
    roles: tuple[str, ...]
    holder: str = ""
