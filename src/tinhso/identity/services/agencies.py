"""The agencies of the province as data: departments from data/agencies.yaml, committees from the map."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from ruamel.yaml import YAML

from tinhso.kernel import audit
from tinhso.kernel.actor import Actor
from tinhso.territory import queries as territory
from tinhso.territory.contracts import UnitRef

from ..models import Agency, AgencySuccession, Post
from ..policy import need

DATA = Path(__file__).resolve().parents[1] / "data" / "agencies.yaml"
REFORM = date(2025, 7, 1)
_BEFORE = date(2025, 6, 30)


@dataclass(slots=True)
class _Wanted:
    """An agency as the data say it stands; `posts` names its seats in the data, `to` the keys of its successors."""

    key: str
    code: str
    name: str
    name_en: str
    kind: str
    level: str
    unit: str
    parent: str
    since: date | None
    until: date | None
    posts: str = ""
    to: list[str] = field(default_factory=list)
    assumed: bool = True
    keeps: tuple[str, ...] = ()
    """The roles of the registers' keepers who sit in it."""


def load_agencies(actor: Actor) -> int:
    """Bring agencies, successions and posts into the database; returns how many rows were added or corrected.

    May be run at every start. Needs the map (`tinhso territory load`); what people changed since (a new agency, a
    post's holder) stays.
    """
    need(actor, "agencies.edit")
    data = YAML(typ="safe").load(DATA.read_text(encoding="utf-8"))
    wanted = {agency.key: agency for agency in _wanted(data)}
    with transaction.atomic():
        rows, changed = _store_agencies(wanted)
        links = [
            AgencySuccession(old=rows[agency.key], new=rows[to], since=agency.until)
            for agency in wanted.values()
            for to in agency.to
        ]
        before = AgencySuccession.objects.count()
        AgencySuccession.objects.bulk_create(links, ignore_conflicts=True)
        changed += AgencySuccession.objects.count() - before
        changed += _store_posts(rows, wanted, data["posts"], data["keepers"])
        if changed:
            audit.record(actor, "identity.load-agencies", "agencies", changed=changed)
    return changed


def _store_agencies(wanted: dict[str, _Wanted]) -> tuple[dict[str, Agency], int]:
    standing = {(row.code, row.valid.lower): row for row in Agency.objects.all()}
    rows: dict[str, Agency] = {}
    fresh: list[Agency] = []
    corrected: list[Agency] = []
    for agency in wanted.values():  # parents come before their children
        values = {
            "name": agency.name,
            "name_en": agency.name_en,
            "kind": agency.kind,
            "level": agency.level,
            "unit": agency.unit,
            "parent_id": rows[agency.parent].id if agency.parent else None,
            "valid": DateRange(agency.since, agency.until),
            "assumed": agency.assumed,
        }
        row = standing.get((agency.code, agency.since))
        if row is None:
            row = Agency(code=agency.code, **values)
            fresh.append(row)
        elif any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            corrected.append(row)
        rows[agency.key] = row
    Agency.objects.bulk_create(fresh)
    Agency.objects.bulk_update(corrected, ["name", "name_en", "kind", "level", "unit", "parent", "valid", "assumed"])
    return rows, len(fresh) + len(corrected)


def _store_posts(
    rows: dict[str, Agency],
    wanted: dict[str, _Wanted],
    seats: dict[str, list[dict[str, Any]]],
    keepers: dict[str, dict[str, Any]],
) -> int:
    standing = set(Post.objects.values_list("agency_id", "key"))
    fresh = [
        Post(agency=rows[agency.key], valid=rows[agency.key].valid, **seat)
        for agency in wanted.values()
        for seat in [
            *seats.get(agency.posts, []),
            *({"key": f"keeper-{role}", "roles": [role], **keepers[role]} for role in agency.keeps),
        ]
        if (rows[agency.key].id, seat["key"]) not in standing
    ]
    Post.objects.bulk_create(fresh)
    return len(fresh)


def _wanted(data: dict[str, Any]) -> Iterator[_Wanted]:
    units: dict[str, str] = {}
    for row in data["provinces"]:
        units[row["key"]] = row["unit"]
        yield _Wanted(
            row["key"], row["code"], row["name"], row["name_en"], "people-committee", "province", row["unit"],
            "", row["since"], row.get("until"), "province", row.get("to", []), assumed=False,
        )  # fmt: skip
    for row in data["agencies"]:
        yield _Wanted(
            row["key"], row["code"], row["name"], row["name_en"], row["kind"], "province", units[row["of"]],
            row["of"], row["since"], row.get("until"), row["kind"], row.get("to", []),
            keeps=tuple(row.get("keeps", ())),
        )  # fmt: skip
    yield from _committees_before(data["generated"]["district"])
    yield from _committees_after(data["generated"]["commune"])


def _committees_before(first: int) -> Iterator[_Wanted]:
    """Thái Bình until 2025-06-30: districts, and the communes under each."""
    for number, district in enumerate(territory.units(level=2, at=_BEFORE), first):
        yield _committee(district, "district", f"H54.{number}", "tb")
        for place, commune in enumerate(territory.children(district.code, _BEFORE), 1):
            yield _committee(commune, "commune", f"H54.{number}.{place}", f"before-{district.code}")


def _committees_after(first: int) -> Iterator[_Wanted]:
    """Hưng Yên from 2025-07-01: communes right under the province, each with its service centre (Decree 118/2025)."""
    for number, unit in enumerate(territory.units(level=2, at=REFORM), first):
        committee = _committee(unit, "commune", f"H31.{number}", "hy")
        yield committee
        yield _Wanted(
            f"{committee.key}-centre", f"{committee.code}.1", f"Trung tâm Phục vụ hành chính công {_lower(unit.name)}",
            f"{_english(unit)} Public Administration Service Centre", "one-stop-centre", "commune", unit.code,
            committee.key, REFORM, None,
        )  # fmt: skip


def _committee(unit: UnitRef, level: str, code: str, parent: str) -> _Wanted:
    ended = unit.until is not None
    return _Wanted(
        key=f"{'before' if ended else 'after'}-{unit.code}",
        code=code,
        name=f"Ủy ban nhân dân {_lower(unit.name)}",
        name_en=f"{_english(unit)} People's Committee",
        kind="people-committee",
        level=level,
        unit=unit.code,
        parent=parent,
        since=None if unit.since == date.min else unit.since,
        until=unit.until,
        posts="" if level != "commune" else "commune" if ended else "commune-now",
        to=[f"after-{new.code}" for new in territory.on_map(unit.code, _BEFORE, REFORM)] if ended else [],
    )


def _lower(name: str) -> str:
    """ "Xã Vũ Quý" inside a name: "xã Vũ Quý"."""
    return name[:1].lower() + name[1:]


def _english(unit: UnitRef) -> str:
    kinds = {"city": "City", "district": "District", "ward": "Ward", "townlet": "Township", "commune": "Commune"}
    bare = unit.name
    for prefix in ("Thành phố ", "Huyện ", "Phường ", "Thị trấn ", "Xã "):
        bare = bare.removeprefix(prefix)
    return f"{bare} {kinds.get(unit.kind, '')}".strip()
