"""Load the demonstration province, once; say who may sign in."""

from collections.abc import Callable, Iterator
from datetime import date
from functools import cache
from random import Random
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from tinhso.cases import services as cases
from tinhso.identity import queries as identity
from tinhso.identity import services as identity_services
from tinhso.identity.contracts import AgencyRef, SignInExample
from tinhso.identity.services.accounts import DEMO_CODE, DEMO_PASSWORD
from tinhso.indicators import services as indicators
from tinhso.kernel import packs
from tinhso.kernel.actor import system
from tinhso.registers import services as registers
from tinhso.registers.contracts import NewRecord
from tinhso.territory import queries as territory
from tinhso.territory.contracts import UnitRef

from . import names
from .history import Desk, Teller
from .population import Family, families

ACTOR = system("demonstration")
SEED = 2030
BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)
PROVINCE_THEN = "34"
HOME = "13141"
"""Xã Vũ Quý: the commune whose officers and citizens are printed as sign-ins."""
USERS = {
    "one-stop": "mot-cua",
    "civil-status": "ho-tich",
    "chair": "chu-tich",
    "business": "kinh-te",
    "social": "van-xa",
    "residence": "cong-an",
    "police-chief": "truong-cong-an",
    "accountant": "ke-toan",
}
"""User names of a commune's seats, by a role that only that seat has there."""
PROVINCE_USERS = {
    "leader": "lanh-dao",
    "admin": "quan-tri",
    "auditor": "thanh-tra",
    "analyst": "phan-tich",
    "accountant": "ke-toan",
}
KEEPERS = {
    "residence": "cu-tru",
    "business": "doanh-nghiep",
    "land": "dat-dai",
    "agriculture": "nong-nghiep",
    "environment": "moi-truong",
    "transport": "giao-thong",
    "digital": "chuyen-doi-so",
    "education": "giao-duc",
    "health": "y-te",
    "culture": "van-hoa",
    "personnel": "to-chuc",
    "finance": "tai-chinh",
    "legal": "phap-che",
    "construction": "xay-dung",
    "social": "bao-tro",
    "trade": "cong-thuong",
    "science": "khoa-hoc",
    "inspector": "kiem-tra",
}
"""User names of those who keep the registers of their field, by role."""

Say = Callable[[str], None]


def is_loaded() -> bool:
    return bool(identity.sign_in_examples())


def load(people: int, count: int, say: Say) -> None:
    """Make about `people` persons and `count` cases, in one transaction. Everything is marked as demonstration."""
    units = [(u.code, u.kind in {"ward", "townlet"}) for u in _old_communes()]
    known = list(families(people, units, SEED))
    with transaction.atomic():
        everybody = (person for family in known for person in family.people)
        made = identity_services.register_people(ACTOR, everybody, [(family.id, family.unit) for family in known])
        say(f"{made} people in {len(known)} households")
        say(f"{_open_accounts()} accounts of officers")
        teller = Teller(known, _desks(), timezone.now(), SEED)
        told = teller.cases(count)
        births = registers.create_many(ACTOR, "civil-status.births", _by_day(teller.births), why="Trình diễn")
        deaths = registers.create_many(ACTOR, "civil-status.deaths", _by_day(teller.deaths), why="Trình diễn")
        say(f"{births} births and {deaths} deaths in the registers")
        say(f"{cases.load_cases(ACTOR, told)} cases")
        say(f"{load_samples()} samples of the packs' registers")
    with connection.cursor() as cursor:  # without statistics the figures' joins are planned for empty tables
        cursor.execute("ANALYZE")
    for name in packs.names("indicator"):
        indicators.refresh(ACTOR, name, date(2000, 1, 1))
    say("figures are counted")


def load_samples() -> int:
    """Enter the samples of the packs in every register that has none yet; returns how many."""
    return registers.load_samples(ACTOR, why="Dữ liệu mẫu")


def _by_day(records: list[NewRecord]) -> list[NewRecord]:
    return sorted(records, key=lambda record: record.valid_from)


def _old_communes() -> list[UnitRef]:
    return [u for u in territory.descendants(PROVINCE_THEN, BEFORE) if u.is_commune]


def _desks() -> Callable[[str, date], Desk]:
    """The desk of an old commune on a day: its own committee, and after the reform that of its successor."""
    then = {a.unit: a for a in identity.agencies(BEFORE, level="commune", kind=identity.COMMITTEE)}
    today = {a.unit: a for a in identity.agencies(level="commune", kind=identity.COMMITTEE)}
    posts: dict[AgencyRef, dict[str, tuple[UUID, str]]] = {}

    def officers(agency: AgencyRef, day: date) -> dict[str, tuple[UUID, str]]:
        if agency not in posts:
            seats = identity.posts(agency.id, at=day)
            posts[agency] = {role: (seat.id, seat.holder or seat.title) for seat in seats for role in seat.roles}
        return posts[agency]

    @cache
    def desk(unit: str, after: bool) -> Desk:
        follows = today[territory.on_map(unit, BEFORE, AFTER)[0].code]
        if after:
            return Desk(follows, None, officers(follows, timezone.localdate()))
        return Desk(then[unit], follows, officers(then[unit], BEFORE))

    return lambda unit, day: desk(unit, day >= AFTER)


def _open_accounts() -> int:
    rng = Random(SEED)  # noqa: S311
    wanted = []
    communes = {territory.on_map(u.code, BEFORE, AFTER)[0].code for u in _old_communes()}
    for agency in identity.agencies(level="commune", kind=identity.COMMITTEE):
        if agency.unit in communes:
            for seat in identity.posts(agency.id):
                role = next((role for role in USERS if role in seat.roles), "")
                if role:
                    wanted.append((f"{USERS[role]}.{agency.unit}", _officer(rng), seat.id))
    by_role = PROVINCE_USERS | KEEPERS
    for agency in identity.agencies(level="province"):
        for seat in identity.posts(agency.id):
            role = next((role for role in by_role if role in seat.roles), "")
            name = by_role.get(role, "")
            if name and name not in {user for user, _name, _post in wanted}:
                wanted.append((name, _officer(rng), seat.id))
    return identity_services.open_demo_accounts(ACTOR, wanted)


def _officer(rng: Random) -> str:
    sex = rng.choice(("male", "female"))
    return f"{names.full_name(rng, sex, names.surname(rng))} (trình diễn)"


def sign_ins() -> Iterator[SignInExample]:
    """One for each role, the commune's all of HOME, so that the whole journey can be walked."""
    for family in _home_families():
        if family.couple:
            mother = family.couple[1]
            if mother.born_on and 24 <= timezone.localdate().year - mother.born_on.year <= 38:
                yield SignInExample("citizen", mother.national_id, "", DEMO_CODE, mother.name, HOME)
                break
    agency = identity.agency_of_unit(HOME)
    for seat in identity.posts(agency.id):
        for role, user in USERS.items():
            if role in seat.roles:
                name = f"{user}.{HOME}"
                code = f"tinhso identity totp {name}"
                yield SignInExample(role, name, DEMO_PASSWORD, code, seat.holder, agency.name)
    for role, user in (PROVINCE_USERS | KEEPERS).items():
        yield SignInExample(role, user, DEMO_PASSWORD, f"tinhso identity totp {user}", "", "")


def _home_families() -> Iterator[Family]:
    """Families of the home commune, made again from the seed: the first of each old commune that went into it."""
    units = [(u.code, u.kind in {"ward", "townlet"}) for u in _old_communes()]
    came = {u.code for u in territory.same_place(HOME, AFTER)}
    return (family for family in families(len(units) * 24, units, SEED) if family.unit in came)
