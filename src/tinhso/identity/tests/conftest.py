"""A small commune: two agencies, an officer, and a family whose number range no real card uses."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest
from django.core.cache import cache
from django.db.backends.postgresql.psycopg_any import DateRange

from tinhso.identity import services
from tinhso.identity.contracts import NewPerson
from tinhso.identity.models import Account, Agency, Post
from tinhso.identity.roles import permissions
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.ids import uuid7

PASSWORD = "lúa-chín-vàng-đồng"
SYSTEM = system("tests")


@dataclass(frozen=True)
class Family:
    mother: NewPerson
    father: NewPerson
    child: NewPerson


@pytest.fixture
def family(db) -> Family:
    mother, father, child = uuid7(), uuid7(), uuid7()
    made = Family(
        NewPerson("Trần Thị Hoa", "034199999001", date(1999, 3, 4), "female", "Kinh", phone="0912345678", id=mother,
                  spouse=father, demo=True, address_unit="13225", address_line="Tổ 5", address_since=date(2025, 7, 1)),
        NewPerson("Nguyễn Văn Đức", "034099999002", date(1996, 1, 2), "male", "Kinh", id=father, spouse=mother,
                  demo=True),
        NewPerson("Nguyễn Trần Minh", "", date(2023, 5, 6), "male", "Kinh", id=child, mother=mother, father=father,
                  demo=True),
    )  # fmt: skip
    services.register_people(SYSTEM, [made.mother, made.father, made.child])
    return made


@pytest.fixture(autouse=True)
def nothing_counted(db) -> None:
    """Failed sign-ins of an earlier test count no more: no fixture rolls an unlogged table back after a flush."""
    cache.clear()


def make_agency(code: str, name: str, unit: str = "13225") -> Agency:
    return Agency.objects.create(
        code=code,
        name=name,
        kind="people-committee",
        level="commune",
        unit=unit,
        valid=DateRange(date(2025, 7, 1), None),
    )


def make_post(agency: Agency, key: str, roles: list[str]) -> Post:
    return Post.objects.create(
        agency=agency, key=key, title=f"Vị trí {key}", roles=roles, valid=DateRange(date(2025, 7, 1), None)
    )


def actor_in(post: Post, account: UUID, purpose: str = "") -> Actor:
    roles = frozenset(post.roles)
    return Actor(
        account=account, post=post.id, agency=post.agency_id, unit=post.agency.unit, roles=roles,
        permissions=permissions(roles), assurance=2, purpose=purpose,
    )  # fmt: skip


@dataclass(frozen=True)
class Desk:
    agency: Agency
    post: Post
    account: Account
    actor: Actor


@pytest.fixture
def desk(db) -> Desk:
    """An officer of the one-stop counter, with a password and no second factor yet."""
    agency = make_agency("H31.999", "Ủy ban nhân dân phường Thái Bình")
    post = make_post(agency, "one-stop", ["one-stop"])
    account = services.open_account(SYSTEM, "mot-cua", "Phạm Thị Lan", PASSWORD)
    services.assign(SYSTEM, account, post.id)
    return Desk(agency, post, Account.objects.get(id=account), actor_in(post, account))


def citizen(person: NewPerson) -> Actor:
    return Actor(account=services.account_of_person(SYSTEM, person.id), person=person.id, assurance=2)
