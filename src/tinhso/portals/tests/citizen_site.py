"""A commune with its posts, two mothers, and the real packs: what the tests of the citizens' pages stand on."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.uploadedfile import SimpleUploadedFile
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client
from PIL import Image

from tinhso.cases import queries, services
from tinhso.cases.models import Task
from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.identity.models import Agency, Post
from tinhso.identity.roles import permissions
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.ids import uuid7
from tinhso.territory import services as territory

from .people import browser_of

PACKS = Path(__file__).resolve().parents[4] / "packs"
SYSTEM = system("tests")
BIRTH = "civil-status.birth-registration"
CHILD = {"child_name": "Nguyễn Bảo An", "born_on.day": "10", "born_on.month": "11", "born_on.year": "2025",
         "sex": "female"}  # fmt: skip
ORIGIN = {"ethnicity": "kinh", "birth_place": "Bệnh viện Đa khoa", "home_town": "Thái Bình"}
PAPER = "birth_notification"


def photograph(colour: str = "white") -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return SimpleUploadedFile("giấy chứng sinh.png", out.getvalue(), "image/png")


@dataclass
class Citizen:
    """Somebody signed in, with a browser."""

    person: UUID
    account: UUID
    browser: Client

    @property
    def actor(self) -> Actor:
        return Actor(account=self.account, person=self.person, assurance=2)

    def begin(self, procedure: str = BIRTH) -> str:
        """Press the start button; returns the address of the draft."""
        answer = self.browser.get(f"/thu-tuc/{procedure}/nop")
        assert answer.status_code == 302
        return answer["Location"]

    def fill(self, draft: str, paper: bool = True) -> str:
        """Answer everything of a birth registration; returns the address of the check."""
        self.post(f"{draft}/1", CHILD)
        self.post(f"{draft}/2", ORIGIN)
        if paper:
            self.post(f"{draft}/giay-to/{PAPER}", {PAPER: photograph()})
        return f"{draft}/kiem-tra"

    def post(self, address: str, data: Mapping[str, Any]) -> Any:
        return self.browser.post(address, data)

    def submit(self) -> UUID:
        """A birth registration from the start button to the case."""
        draft = self.begin()
        self.post(self.fill(draft), {})
        found = queries.draft(self.actor, UUID(draft.rpartition("/")[2])).case
        assert found is not None
        return found.id


def citizen(name: str, number: str, **more: Any) -> Citizen:
    person = NewPerson(
        name, number, date(1995, 1, 2), "female", "kinh", demo=True, address_unit="13225", address_line="Tổ 5",
        address_since=date(2025, 7, 1), **more,
    )  # fmt: skip
    identity.register_people(SYSTEM, [person])
    account = identity.account_of_person(SYSTEM, person.id)
    return Citizen(person.id, account, browser_of(account))


@dataclass
class Commune:
    """`do` completes the open task of a case by whoever's turn it is."""

    agency: UUID
    officers: dict[str, Actor]

    def do(self, case: UUID, outcome: str = "done", **told: str) -> None:
        task = Task.objects.get(case=case, completed_at=None)
        services.complete(self.officers[task.role], task.pk, outcome, **told)


def commune() -> Commune:
    """The map, the packs, and a people's committee with its three posts."""
    territory.load_facts(SYSTEM)
    packs.apply(SYSTEM, packs.read([PACKS / "one-stop", PACKS / "civil-status"]))
    valid = DateRange(date(2025, 7, 1), None)
    agency = Agency.objects.create(
        code="H31.201", name="Ủy ban nhân dân phường Thái Bình", name_en="Thái Bình Ward People's Committee",
        kind="people-committee", level="commune", unit="13225", valid=valid,
    )  # fmt: skip
    officers = {}
    for role in ("one-stop", "civil-status", "chair"):
        post = Post.objects.create(agency=agency, key=role, title=f"Vị trí {role}", roles=[role], valid=valid)
        account = identity.open_demo_account(SYSTEM, f"can-bo-{role}", f"Cán bộ {role}")
        identity.assign(SYSTEM, account, post.id)
        officers[role] = Actor(
            account=account, post=post.id, agency=agency.id, unit="13225", roles=frozenset([role]),
            permissions=permissions([role]), assurance=2, name=f"Cán bộ {role}",
        )  # fmt: skip
    return Commune(agency.id, officers)


def couple() -> Citizen:
    """A mother whose husband the population register knows."""
    husband = uuid7()
    wife = citizen("Trần Thị Hoa", "034195999001", spouse=None)
    identity.register_people(SYSTEM, [NewPerson("Nguyễn Văn Đức", "034096999002", sex="male", id=husband, demo=True)])
    identity.marry(SYSTEM, wife.person, husband)
    return wife
