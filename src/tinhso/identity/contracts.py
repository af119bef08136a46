"""What crosses identity's border."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from django.utils.translation import get_language

from tinhso.kernel import events
from tinhso.kernel.ids import uuid7

SIGNED_IN = events.declare("identity.signed-in", "An account signed in; data: assurance.")
ASSIGNED = events.declare("identity.assigned", "An account took a post; data: post, until.")
PEOPLE_REGISTERED = events.declare("identity.people-registered", "People entered the population; data: count.")
PERSON_CHANGED = events.declare("identity.person-changed", "A person's entry changed; data: what.")
CONSENT_CHANGED = events.declare("identity.consent-changed", "Consent was given or withdrawn; data: purpose, given.")

Sex = Literal["male", "female"]


@dataclass(frozen=True, slots=True)
class AgencyRef:
    """An agency as it stands on a date. `code` is of QCVN 102:2016 ("H31.15.3"); `level` is province, district
    or commune; `unit` is the code of its territory; `assumed` where no official list gave the code."""

    id: UUID
    code: str
    name: str
    level: str
    unit: str
    parent: UUID | None = None
    kind: str = ""
    name_en: str = ""
    since: date | None = None
    until: date | None = None
    assumed: bool = False

    @property
    def words(self) -> str:
        """The name in the reader's language; official papers use `name`."""
        return self.name_en if self.name_en and (get_language() or "").startswith("en") else self.name


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
    died_on: date | None = None


@dataclass(frozen=True, slots=True)
class NewPerson:
    """A person about to be registered. Ids may be given beforehand, so that a family can name one another.

    `address_unit` is a code of the map of `address_since` (default: of today)."""

    name: str
    national_id: str = ""
    born_on: date | None = None
    sex: Sex | Literal[""] = ""
    ethnicity: str = ""
    nationality: str = "VN"
    phone: str = ""
    email: str = ""
    address_unit: str = ""
    address_line: str = ""
    address_since: date | None = None
    mother: UUID | None = None
    father: UUID | None = None
    spouse: UUID | None = None
    household: UUID | None = None
    demo: bool = False
    id: UUID = field(default_factory=uuid7)


@dataclass(frozen=True, slots=True)
class Stay:
    """A residence of a person: `unit` on the map of `since` (None: for as long as is known); `until` is exclusive,
    None while it lasts."""

    unit: str
    line: str
    since: date | None
    until: date | None


@dataclass(frozen=True, slots=True)
class Relative:
    """A relative as the population register knows them."""

    relation: Literal["mother", "father", "spouse", "child"]
    person: PersonDetails


@dataclass(frozen=True, slots=True)
class AccessRow:
    """One look at a person's data by somebody else, as the person reads it."""

    id: UUID
    at: datetime
    agency: str
    post: str
    purpose: str
    case: UUID | None
    fields: str
    system: str = ""


@dataclass(frozen=True, slots=True)
class AccessPage:
    """A keyset page, newest first: `next` is the cursor of the page after, "" at the end."""

    rows: list[AccessRow]
    next: str = ""


@dataclass(frozen=True, slots=True)
class ConsentRow:
    id: UUID
    purpose: str
    recipient: str
    text: str
    given_at: datetime
    withdrawn_at: datetime | None


@dataclass(frozen=True, slots=True)
class PostRef:
    """A post: its holder signs and decides in the agency's name."""

    id: UUID
    agency: UUID
    title: str
    roles: tuple[str, ...]
    holder: str = ""
    account: UUID | None = None


@dataclass(frozen=True, slots=True)
class Seat:
    """An account in a post, for those who place officers. `since` and `until` (exclusive) are days, None where open;
    `standing` says that it holds today."""

    id: UUID
    post: UUID
    post_title: str
    agency: UUID
    account: UUID
    username: str
    name: str
    acting: bool
    since: date | None
    until: date | None
    standing: bool


@dataclass(frozen=True, slots=True)
class StaffedPost:
    """A post with everybody who sits in it, sat in it or will: those who sit today first."""

    post: PostRef
    since: date | None
    until: date | None
    seats: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Absence:
    """A post whose holder is away from `since` to before `until`: `deputy` acts in it. `basis` says by which paper."""

    id: UUID
    post: UUID
    post_title: str
    holder: str
    account: UUID
    deputy: str
    since: date
    until: date
    basis: str

    @property
    def last(self) -> date:
        """The last day of it, as people say it."""
        return self.until - timedelta(days=1)


@dataclass(frozen=True, slots=True)
class OfficerAccount:
    """An officer's way to sign in. `is_active` is False once it was closed."""

    id: UUID
    username: str
    name: str
    is_active: bool


@dataclass(frozen=True, slots=True)
class SignInExample:
    """How to sign in to the demonstration in a role. `code` says where the second factor comes from."""

    role: str
    username: str
    password: str
    code: str
    name: str
    agency: str = ""
