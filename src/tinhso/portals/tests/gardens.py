"""Registers of a test's own pack, and officers who keep them: what the tests of writing on the desk stand on."""

from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from tinhso.identity import queries as identity_queries
from tinhso.identity import services as identity
from tinhso.identity.models import Post
from tinhso.identity.roles import permissions
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor, system
from tinhso.registers import services as registers
from tinhso.territory import services as territory

from .people import browser_of

SYSTEM = system("tests")
REPOSITORY_PACKS = Path(__file__).resolve().parents[4] / "packs"
REGISTER = "garden-tests.gardens"
FRUITS_REGISTER = "garden-tests.fruits"
LIST = f"/desk/so/{REGISTER}"
HERE, ELSEWHERE = "13225", "12454"
PLANTED = date(2026, 3, 1)
PACK = """\
pack: garden-tests
version: 0.1.0
name: {vi: Vườn thử, en: Trial gardens}
summary: {vi: Chỉ để thử, en: Only for tests}
"""
GARDENS = """\
register: gardens
name: {vi: Sổ vườn, en: Register of gardens}
owner: {role: civil-status, level: commune}
sections:
  - {name: place, title: {vi: Nơi trồng, en: Place}}
fields:
  - {name: code, type: text, label: {vi: Mã vườn, en: Code}, max: 20, class: open}
  - {name: planted_on, type: date, label: {vi: Ngày trồng, en: Planted on}, past: true, class: open}
  - {name: trees, type: integer, label: {vi: Số cây, en: Trees}, min: 0, max: 1000, optional: true, class: open}
  - {name: area, type: decimal, label: {vi: Diện tích, en: Area}, places: 2, optional: true}
  - name: soil
    type: choice
    label: {vi: Loại đất, en: Soil}
    choices:
      - {value: sand, label: {vi: Đất cát, en: Sand}}
      - {value: other, label: {vi: Loại khác, en: Another}}
    optional: true
  - {name: soil_words, type: text, label: {vi: Đất gì, en: Which}, max: 40, optional: true, when: {soil: other}}
  - {name: spot, type: geometry, label: {vi: Vị trí, en: Place}, section: place, optional: true, class: open}
  - {name: ward, type: unit, label: {vi: Phường, en: Ward}, section: place, optional: true, class: open}
  - {name: home, type: address, label: {vi: Địa chỉ, en: Address}, section: place, optional: true}
  - {name: keeper, type: person, label: {vi: Người trông, en: Keeper}, optional: true, class: personal}
  - {name: lender, type: agency, label: {vi: Cơ quan giao, en: Lender}, optional: true}
  - {name: mother, type: reference, label: {vi: Vườn mẹ, en: Mother}, to: garden-tests.gardens, optional: true}
  - name: tools
    type: table
    label: {vi: Dụng cụ, en: Tools}
    columns:
      - {name: tool, type: text, label: {vi: Tên, en: Name}, max: 20}
      - {name: count, type: integer, label: {vi: Số lượng, en: Number}, min: 1}
    optional: true
  - {name: photo, type: file, label: {vi: Ảnh, en: Photograph}, accept: ["image/*"], optional: true}
  - {name: remark, type: text, label: {vi: Ghi chú kín, en: Sealed remark}, max: 100, class: sensitive, optional: true}
key: [code]
search: {code: prefix}
list: [code, planted_on, trees, soil]
display: "{code} – {planted_on}"
"""
FRUITS = """\
register: fruits
name: {vi: Sổ quả, en: Fruits}
owner: {role: civil-status, level: commune}
fields:
  - {name: garden, type: reference, label: {vi: Vườn, en: Garden}, to: garden-tests.gardens}
  - {name: name, type: text, label: {vi: Tên, en: Name}, max: 40}
"""
GOOD = {
    "code": "V-1", "planted_on.day": "1", "planted_on.month": "3", "planted_on.year": "2026", "trees": "12",
    "valid_from": "01/03/2026",
}  # fmt: skip


def prepare(root: Path, *, approve: str = "") -> None:
    """The map, the province's agencies, and the two registers, of which the gardens may need approval."""
    territory.load_facts(SYSTEM)
    identity.load_agencies(SYSTEM)
    folder = root / "garden-tests"
    (folder / "registers").mkdir(parents=True)
    (folder / "pack.yaml").write_text(PACK)
    (folder / "registers" / "gardens.yaml").write_text(GARDENS + (f"approve: {approve}\n" if approve else ""))
    (folder / "registers" / "fruits.yaml").write_text(FRUITS)
    packs.apply(SYSTEM, packs.read([folder]))


def officer(role: str = "civil-status", unit: str = HERE, name: str = "") -> tuple[Client, Actor]:
    """Somebody in a post of this role of the unit's committee, with a browser."""
    agency = identity_queries.agency_of_unit(unit)
    post = next(one for one in identity_queries.posts(agency.id) if role in one.roles)
    if post.account:  # a colleague beside the one who is there
        post = Post.objects.create(
            agency_id=agency.id, key=f"{role}-2", title=f"Vị trí {role} 2", roles=[role], valid=DateRange(agency.since)
        )
    name = name or f"Cán bộ {role}"
    account = identity.open_demo_account(SYSTEM, f"{name}-{unit}", name)
    identity.assign(SYSTEM, account, post.id)
    actor = Actor(
        account=account, post=post.id, agency=agency.id, unit=agency.unit, roles=frozenset(post.roles),
        permissions=permissions(post.roles), assurance=2, name=name,
    )  # fmt: skip
    return browser_of(account), actor


def garden(code: str, *, unit: str = HERE, **values: Any) -> UUID:
    given = {"code": code, "planted_on": PLANTED, "trees": 5} | values
    return registers.create(SYSTEM, REGISTER, given, valid_from=PLANTED, unit=unit).id
