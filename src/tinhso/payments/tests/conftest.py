"""A commune that collects on its province's account, its officers, and the pack of payments applied."""

import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.identity.models import Agency, Post
from tinhso.identity.roles import permissions
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor, system
from tinhso.kernel.fields import lists
from tinhso.kernel.ids import uuid7
from tinhso.payments import policy, services
from tinhso.payments.contracts import Heard, Line, OrderRef
from tinhso.payments.signatures import signed_headers
from tinhso.territory import services as territory

PACKS = Path(__file__).resolve().parents[4] / "packs"
SYSTEM = system("tests")
KEY = "whsec_" + "dGhlLWtleS10aGF0LXRlc3RzLXNpZ24td2l0aC0wMDE="
OLD_KEY = "whsec_" + "dGhlLWtleS10aGF0LXRlc3RzLXVzZWQtYmVmb3JlLTA="
BANK, ACCOUNT = "stand-in-bank", "9990000003301"
VALID = DateRange(date(2025, 7, 1), None)


@dataclass(frozen=True)
class Office:
    """A commune with one officer in each role."""

    agency: UUID
    officers: dict[str, Actor]

    def at(self, role: str) -> Actor:
        return self.officers[role]


def make_office(code: str, name: str, unit: str, parent: Agency | None) -> Office:
    agency = Agency.objects.create(
        code=code, name=name, kind="people-committee", level="commune", unit=unit, valid=VALID, parent=parent
    )
    officers = {}
    for role in ("one-stop", "accountant", "chair"):
        post = Post.objects.create(agency=agency, key=role, title=f"Vị trí {role}", roles=[role], valid=VALID)
        account = identity.open_demo_account(SYSTEM, f"{code}-{role}", f"Cán bộ {role}")
        identity.assign(SYSTEM, account, post.id)
        roles = frozenset([role])
        officers[role] = Actor(
            account=account, post=post.id, agency=agency.id, unit=unit, roles=roles, permissions=permissions(roles),
            assurance=2, name=f"Cán bộ {role}",
        )  # fmt: skip
    return Office(agency.id, officers)


@pytest.fixture(autouse=True)
def _fresh(tmp_path: Path, settings: Any) -> Iterator[None]:
    settings.BLOB_ROOT = tmp_path / "blobs"
    settings.PAYMENT_PROVIDERS = {
        BANK: {"method": "bank", "url": "http://127.0.0.1:9", "page": "http://bank.example/pay", "keys": [KEY]},
        "stand-in-telecom": {
            "method": "telecom", "url": "http://127.0.0.1:9", "page": "http://wallet.example/vi", "keys": [KEY],
        },
    }  # fmt: skip
    for forget in (packs.queries.forget, lists.forget, policy._tills.cache_clear):
        forget()
    yield
    for forget in (packs.queries.forget, lists.forget, policy._tills.cache_clear):
        forget()


def furnish() -> tuple[Office, Office]:
    """The map, the pack, a province and two communes: all that payments needs around it."""
    territory.load_facts(SYSTEM)
    packs.apply(SYSTEM, packs.read([PACKS / "payments"]))
    province = Agency.objects.create(
        code="H31", name="Ủy ban nhân dân tỉnh Hưng Yên", kind="people-committee", level="province", unit="33",
        valid=VALID,
    )  # fmt: skip
    return (
        make_office("H31.15", "Ủy ban nhân dân phường Thái Bình", "13225", province),
        make_office("H31.16", "Ủy ban nhân dân phường Trần Lãm", "12454", province),
    )


@pytest.fixture
def offices(db: None) -> tuple[Office, Office]:
    return furnish()


@pytest.fixture
def office(offices: tuple[Office, Office]) -> Office:
    return offices[0]


@pytest.fixture
def neighbour(offices: tuple[Office, Office]) -> Office:
    return offices[1]


@pytest.fixture
def citizen(office: Office) -> Actor:
    person = uuid7()
    identity.register_people(
        SYSTEM, [NewPerson("Trần Thị Hoa", "099199999001", date(1999, 3, 4), id=person, demo=True)]
    )
    return Actor(account=identity.account_of_person(SYSTEM, person), person=person, assurance=2, name="Trần Thị Hoa")


LINES = [Line("Lệ phí cấp bản sao trích lục", 16_000, "charge", "2801", "Charge for copies")]


def ask(office: Office, payer: Actor | None = None, subject: str = "", **more: Any) -> OrderRef:
    return services.ask(
        SYSTEM, payer=payer.person if payer else None, subject=subject or f"thing:{uuid7()}", purpose="submit",
        lines=more.pop("lines", LINES), due_at=more.pop("due_at", None), agency=office.agency,
        payer_name="Trần Thị Hoa", title="Cấp bản sao", **more,
    )  # fmt: skip


def credit(
    content: str, amount: int = 16_000, transaction: str = "", at: datetime | None = None, account: str = ACCOUNT
) -> dict[str, Any]:
    """A bank's words for money that came."""
    return {
        "event": "credit", "transaction_id": transaction or f"FT{uuid7().hex[-12:]}", "account_number": account,
        "amount": amount, "content": content, "transaction_time": (at or timezone.now()).isoformat(),
    }  # fmt: skip


def tell(
    told: dict[str, Any], *, key: str = KEY, seconds: int | None = None, message: str = "", provider: str = BANK
) -> Heard:
    """Send it signed, as the bank would."""
    body = json.dumps(told).encode()
    head = signed_headers([key], message or f"msg_{uuid7().hex}", seconds or int(time.time()), body)
    return services.hear(provider, head, body)
