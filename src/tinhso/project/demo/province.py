"""Load the demonstration province, once; say who may sign in."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from functools import cache
from random import Random
from uuid import UUID

from django.db import connection, transaction
from django.utils import timezone

from tinhso.cases import services as cases
from tinhso.cases.contracts import LoadedCase
from tinhso.identity import queries as identity
from tinhso.identity import services as identity_services
from tinhso.identity.contracts import AgencyRef, SignInExample
from tinhso.identity.services.accounts import DEMO_CODE, DEMO_PASSWORD
from tinhso.indicators import services as indicators
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor, system
from tinhso.registers import services as registers
from tinhso.registers.contracts import NewRecord
from tinhso.territory import queries as territory
from tinhso.territory.contracts import UnitRef

from . import names, today
from .history import Desk, Teller
from .population import Family, families

ACTOR = system("demonstration")
SEED = 2030
BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)
PROVINCE_THEN = "34"
HOME = "13141"
"""Xã Vũ Quý: the commune whose officers and citizens are printed as sign-ins."""
BUSY = "13225"
"""Phường Thái Bình: people wait at its counters on the first day (/quay/…/man-hinh; mot-cua.13225 sits at window 1)."""
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
        teller = Teller(known, _desks(), timezone.now(), SEED, _shown())
        told = list(teller.cases(count))
        births = registers.create_many(ACTOR, "civil-status.births", _by_day(teller.births), why="Trình diễn")
        deaths = registers.create_many(ACTOR, "civil-status.deaths", _by_day(teller.deaths), why="Trình diễn")
        say(f"{births} births and {deaths} deaths in the registers")
        say(f"{cases.load_cases(ACTOR, told)} cases")
        say(f"{_load_ratings(teller, told)} ratings")
        say(f"{_today(known, teller)} deeds under way")
        say(f"{load_samples()} samples of the packs' registers")
    with connection.cursor() as cursor:  # without statistics the figures' joins are planned for empty tables
        cursor.execute("ANALYZE")
    for name in packs.names("indicator"):
        indicators.refresh(ACTOR, name, date(2000, 1, 1))
    for name in packs.names("score"):
        indicators.refresh_score(ACTOR, name, date(2000, 1, 1))
    say("figures are counted")


def _shown() -> frozenset[str]:
    """The communes of the old map that went into HOME."""
    return frozenset(u.code for u in territory.same_place(HOME, AFTER))


def _load_ratings(teller: Teller, told: Sequence[LoadedCase]) -> int:
    asked = next(iter(packs.in_force("rating")), None)
    if asked is None:
        return 0
    return cases.load_ratings(ACTOR, teller.ratings(told, [question.name for question in asked.model.questions]))


def _today(known: Sequence[Family], teller: Teller) -> int:
    """What is under way in HOME; the citizen is the one of the printed sign-ins."""
    family = _shown_family(known)
    if family is None or family.couple is None:
        return 0
    mother = family.couple[1]
    citizen = Actor(
        account=identity_services.account_of_person(ACTOR, mother.id), person=mother.id, assurance=2, name=mother.name
    )
    adviser = next((p.id for a in identity.agencies(level="province") for p in identity.posts(a.id, "legal")), None)
    came = today.queue(identity.agency_of_unit(BUSY))
    return came + today.happen(identity.agency_of_unit(HOME), citizen, teller.registered.get(family.id, []), adviser)


def _shown_family(of: Iterable[Family]) -> Family | None:
    """The first family of HOME with a young mother and a child that was registered: she is the citizen who signs in."""
    units = _shown()
    for family in of:
        if family.unit in units and family.couple and family.children:
            born = family.couple[1].born_on
            if born and 24 <= timezone.localdate().year - born.year <= 38:
                return family
    return None


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
    units = [(u.code, u.kind in {"ward", "townlet"}) for u in _old_communes()]
    family = _shown_family(families(len(units) * 24, units, SEED))
    if family and family.couple:
        mother = family.couple[1]
        yield SignInExample("citizen", mother.national_id, "", DEMO_CODE, mother.name, HOME)
    agency = identity.agency_of_unit(HOME)
    for seat in identity.posts(agency.id):
        for role, user in USERS.items():
            if role in seat.roles:
                name = f"{user}.{HOME}"
                code = f"tinhso identity totp {name}"
                yield SignInExample(role, name, DEMO_PASSWORD, code, seat.holder, agency.name)
    for role, user in (PROVINCE_USERS | KEEPERS).items():
        yield SignInExample(role, user, DEMO_PASSWORD, f"tinhso identity totp {user}", "", "")
