"""A pack written into a folder, applied for real."""

from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import connection

from tinhso.identity import queries as identity
from tinhso.identity import services as identity_services
from tinhso.identity.roles import permissions
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor, system
from tinhso.territory import services as territory

PACK = """\
pack: yard
version: 0.1.0
name: {vi: Sân thử, en: Test yard}
summary: {vi: Chỉ để thử, en: Only for tests}
"""
GARDENS = """\
register: gardens
name: {vi: Sổ vườn, en: Gardens}
owner: {role: civil-status, level: commune}
fields:
  - {name: code, type: text, label: {vi: Mã vườn, en: Code}, max: 20, class: open}
  - {name: planted_on, type: date, label: {vi: Ngày trồng, en: Planted on}, past: true}
  - {name: trees, type: integer, label: {vi: Số cây, en: Trees}, min: 0, max: 10000, optional: true}
  - {name: area, type: decimal, label: {vi: Diện tích, en: Area}, places: 2, optional: true}
  - {name: keeper, type: text, label: {vi: Người trông, en: Keeper}, max: 100, class: personal, optional: true}
  - {name: remark, type: text, label: {vi: Ghi chú, en: Remark}, max: 500, class: sensitive, optional: true}
key: [code]
search: {code: exact, planted_on: exact, keeper: fulltext}
list: [code, planted_on, trees]
display: "{code} – {planted_on}"
"""
SYSTEM = system("test")


Apply = Callable[..., list[str]]


@pytest.fixture
def apply(tmp_path: Path) -> Apply:
    """Write registers (name → YAML) into the pack `yard`, and apply it."""

    def run(**registers: str) -> list[str]:
        return packs.apply(SYSTEM, packs.read([write(tmp_path, registers)]))

    return run


@pytest.fixture
def plan(tmp_path: Path) -> Callable[..., list[packs.Change]]:
    def run(**registers: str) -> list[packs.Change]:
        found = packs.plan(packs.read([write(tmp_path, registers)]))
        return [change for *_rest, changes in found for change in changes]

    return run


def write(root: Path, registers: dict[str, str]) -> Path:
    folder = root / "yard"
    (folder / "registers").mkdir(parents=True, exist_ok=True)
    (folder / "pack.yaml").write_text(PACK)
    for file in (folder / "registers").glob("*.yaml"):
        file.unlink()
    for name, text in registers.items():
        (folder / "registers" / f"{name}.yaml").write_text(text)
    return folder


@pytest.fixture
def gardens(db: None, apply: Apply) -> str:
    apply(gardens=GARDENS)
    return "yard.gardens"


def rows(sql: str, params: tuple = ()) -> list[tuple]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        return cursor.fetchall()


@pytest.fixture
def clean():
    """After a test with real transactions: what Django's flush does not know of goes too."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "SET session_replication_role = replica; TRUNCATE record_version; SET session_replication_role = DEFAULT"
        )
        cursor.execute("DROP SCHEMA reg CASCADE; CREATE SCHEMA reg; DROP SCHEMA pub CASCADE; CREATE SCHEMA pub")
    packs.queries.forget()


@pytest.fixture
def province(db: None) -> None:
    """Both maps, and the agencies and posts on them."""
    territory.load_facts(SYSTEM)
    identity_services.load_agencies(SYSTEM)


def seated(unit: str, role: str, *, level: str = "commune") -> Actor:
    """Somebody in a post of this role: of the unit's people's committee, or of one of the province's agencies."""
    agencies = [identity.agency_of_unit(unit)] if level == "commune" else identity.agencies(level=level, unit=unit)
    agency, post = next((a, p) for a in agencies for p in identity.posts(a.id) if role in p.roles)
    account = identity_services.open_demo_account(SYSTEM, f"{role}-{unit}", f"Cán bộ {role}")
    identity_services.assign(SYSTEM, account, post.id)
    return Actor(
        account=account,
        post=post.id,
        agency=agency.id,
        unit=agency.unit,
        roles=frozenset(post.roles),
        permissions=permissions(post.roles),
        assurance=2,
    )
