"""A register with a field of every class, and one of each thing that stands beside its records, all of one commune:
what the tests of doors knock at."""

import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import connection
from django.test import Client

from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.registers import duplicates, queries, services
from tinhso.registers.contracts import Change, ViewAsks
from tinhso.registers.services import imports
from tinhso.registers.shape import shape
from tinhso.territory import services as territory

from .gardens import HERE, SYSTEM, officer

GARDENS, PLOTS = "guarded.gardens", "guarded.plots"
OPEN, NAME, SEALED = "MA-KHOA-77", "Trần Riêng Tư", "kín-9042"
"""What is told by nothing but an open, a personal and a sensitive field."""
PLANTED = date(2026, 3, 1)
PACK = """\
pack: guarded
version: 0.1.0
name: {vi: Vườn có rào, en: Fenced gardens}
summary: {vi: Chỉ để thử, en: Only for tests}
"""
FIELDS = """\
owner: {role: civil-status, level: commune}
fields:
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 20, class: open}
  - {name: planted_on, type: date, label: {vi: Ngày trồng, en: Planted on}, class: open}
  - {name: trees, type: integer, label: {vi: Số cây, en: Trees}, min: 0, optional: true, class: open}
  - {name: spot, type: geometry, shape: point, label: {vi: Vị trí, en: Place}, optional: true, class: open}
  - {name: land, type: geometry, shape: polygon, label: {vi: Ranh giới, en: Bounds}, optional: true, class: open}
  - {name: mother, type: reference, to: guarded.gardens, label: {vi: Vườn mẹ, en: Mother}, optional: true}
  - {name: tenant, type: text, label: {vi: Người thuê, en: Tenant}, max: 80, class: personal, optional: true}
  - {name: keeper, type: person, label: {vi: Người trông, en: Keeper}, class: personal, optional: true}
  - {name: remark, type: text, label: {vi: Ghi chú kín, en: Sealed remark}, max: 80, class: sensitive, optional: true}
key: [code]
search: {code: prefix, tenant: fulltext}
list: [code, planted_on, trees, tenant, keeper]
display: "{code} – {tenant}"
map: spot
duplicates: [tenant, planted_on]
quality:
  - {name: counted, label: {vi: Đã đếm cây, en: Trees are counted}, severity: warning, must: "trees > 100"}
  - {name: let, label: {vi: Có người thuê, en: Is let}, severity: warning, must: "tenant is null"}
views:
  - {name: by-tenant, label: {vi: Theo người thuê, en: By tenant}, order: tenant}
  - {name: planted, label: {vi: Đã trồng, en: Planted}, where: {planted_on__le: today}, columns: [code, tenant]}
"""


@dataclass(frozen=True)
class Place:
    """What there is, by id, and who keeps it."""

    browser: Client
    keeper: Actor
    person: UUID
    record: UUID
    double: UUID
    ended: UUID
    proposal: UUID
    bulk: UUID
    merge: UUID
    file: UUID
    tried: UUID
    blueprint: UUID
    view: UUID


def make(root: Path, settings: Any) -> Place:
    settings.BLOB_ROOT, settings.IMPORT_ROOT = root / "blobs", root / "imports"
    territory.load_facts(SYSTEM)
    identity.load_agencies(SYSTEM)
    folder = root / "guarded"
    (folder / "registers").mkdir(parents=True)
    (folder / "pack.yaml").write_text(PACK)
    for name, more in (("gardens", ""), ("plots", "approve: chair\n")):
        head = f"register: {name}\nname: {{vi: Sổ {name}, en: {name}}}\n"
        (folder / "registers" / f"{name}.yaml").write_text(head + FIELDS + more)
    packs.apply(SYSTEM, packs.read([folder]))
    person = identity.register_person(SYSTEM, NewPerson(NAME, "099199000001", date(1999, 3, 4), "female", demo=True)).id
    browser, keeper = officer()
    values = {"planted_on": PLANTED, "tenant": NAME, "keeper": person, "remark": SEALED,
              "spot": {"type": "Point", "coordinates": [106.336, 20.446]}}  # fmt: skip

    def garden(code: str, **more: Any) -> UUID:
        given = values | {"code": code} | more
        return services.create(SYSTEM, GARDENS, given, valid_from=PLANTED, unit=HERE, why=f"Vườn {OPEN}").id

    record, double, one, other = (garden(f"{OPEN}-{n}", trees=n) for n in range(4))
    garden(f"{OPEN}-5", mother=record)
    merged = Change(GARDENS, "merge", "Trùng", one, 1, {}, others={other: 1})
    services.hand_in(keeper, merged)
    kept = queries.merge_of(keeper, GARDENS, one)
    assert kept
    bulk = services.prepare_bulk(keeper, GARDENS, {"tenant": NAME}, why=f"Vườn {OPEN}", ids=[record])
    proposed = Change(PLOTS, "create", f"Vườn {OPEN}", values=values | {"code": OPEN}, on=PLANTED)
    proposal = services.hand_in(keeper, proposed).proposal
    assert proposal
    text = f"code,planted_on,tenant,remark,trees\n{OPEN}-8,1/3/2026,{NAME},{SEALED},nhiều {NAME}\n"
    file = services.keep_file(keeper, "vuon.csv", [text.encode()]).id
    mapping = {name: name for name in ("code", "planted_on", "tenant", "remark", "trees")}
    table = queries.kept_file(keeper, file)[1].tables[0].key
    tried = services.begin_import(keeper, GARDENS, file, table=table, mapping=mapping, mode="good", dry_run=True)
    imports.run(tried)
    blueprint = services.begin_blueprint(keeper, services.keep_file(keeper, "moi.csv", [text.encode()]))
    duplicates.search(shape(GARDENS))
    view = services.save_view(keeper, GARDENS, "Vườn tôi xem", ViewAsks(search=OPEN))
    return Place(browser, keeper, person, record, double, one, proposal, bulk, kept.id, file, tried, blueprint, view)


def held() -> dict[str, str]:
    """What the registers hold, each table as one digest: equal before and after, nothing was written."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
            " WHERE schemaname = 'reg' OR tablename ^@ 'registers_' OR tablename = 'record_version'"
        )
        found = {}
        for (name,) in cursor.fetchall():
            cursor.execute(f"SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), '')) FROM {name} t")
            found[name] = cursor.fetchone()[0]
    return found


def upload(text: str, name: str = "vuon.csv") -> io.BytesIO:
    file = io.BytesIO(text.encode())
    file.name = name
    return file
