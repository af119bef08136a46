"""Households of a commune: a couple, their children, now and then a grandparent or somebody alone."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from uuid import UUID

from tinhso.identity.contracts import NewPerson, Sex
from tinhso.kernel.fields import demo_national_id

from . import names

BORN_LATEST = date(2026, 9, 30)
STORY_BEGINS = date(2021, 1, 1)


@dataclass(frozen=True, slots=True)
class Family:
    """A household: `people[0]` is its head."""

    id: UUID
    unit: str
    """The commune on the old map, in which the household lived when the story begins."""
    line: str
    people: tuple[NewPerson, ...]

    @property
    def couple(self) -> tuple[NewPerson, NewPerson] | None:
        """Husband and wife, where the household has a couple."""
        return (self.people[0], self.people[1]) if self.people[0].spouse else None

    @property
    def children(self) -> tuple[NewPerson, ...]:
        return tuple(p for p in self.people if p.mother and p.father)


class _Maker:
    def __init__(self, seed: int) -> None:
        self.rng = Random(seed)  # noqa: S311  a reproducible demonstration, not a secret
        self.made = 0

    def uuid(self) -> UUID:
        return UUID(int=self.rng.getrandbits(128), version=4)

    def person(self, sex: Sex, family: str, born: date, home: tuple[UUID, str, str]) -> NewPerson:
        household, unit, line = home
        self.made += 1
        adult = born.year < 2009
        return NewPerson(
            id=self.uuid(),
            name=names.full_name(self.rng, sex, family),
            national_id=demo_national_id(self.made, born, sex),
            born_on=born,
            sex=sex,
            ethnicity="kinh",
            # 0999 xxx xxx is not given out to subscribers.
            phone=f"+84999{self.made % 1_000_000:06d}" if adult else "",
            address_unit=unit,
            address_line=line,
            address_since=STORY_BEGINS,
            household=household,
            demo=True,
        )

    def born(self, first: int, last: int) -> date:
        start = date(first, 1, 1)
        return min(start + timedelta(days=self.rng.randrange((date(last + 1, 1, 1) - start).days)), BORN_LATEST)

    def family(self, unit: str, urban: bool) -> Family:
        rng, household = self.rng, self.uuid()
        line = f"số nhà {rng.randint(1, 180)}, {rng.choice(names.STREETS)}" if urban else rng.choice(names.HAMLETS)
        home = (household, unit, line)
        if rng.random() < 0.12:
            alone = self.person(rng.choice(("male", "female")), names.surname(rng), self.born(1936, 2002), home)
            return Family(household, unit, line, (alone,))
        name = names.surname(rng)
        husband = self.person("male", name, self.born(1955, 1999), home)
        year = husband.born_on.year if husband.born_on else 1980
        wife = self.person("female", names.surname(rng), self.born(year - 3, min(year + 6, 2002)), home)
        husband, wife = replace(husband, spouse=wife.id), replace(wife, spouse=husband.id)
        people = [husband, wife]
        wife_year = wife.born_on.year if wife.born_on else 1980
        for _ in range(rng.choices((0, 1, 2, 3), (12, 30, 46, 12))[0]):
            first, last = wife_year + 20, min(wife_year + 38, 2026)
            if first > last:
                continue
            child = self.person(rng.choice(("male", "female")), name, self.born(first, last), home)
            people.append(replace(child, father=husband.id, mother=wife.id))
        if rng.random() < 0.22 and year > 1962:
            sex = rng.choice(("male", "female"))
            elder = self.person(
                sex, name if sex == "male" else names.surname(rng), self.born(year - 30, year - 22), home
            )
            people.append(elder)
            people[0] = replace(husband, father=elder.id) if sex == "male" else replace(husband, mother=elder.id)
        return Family(household, unit, line, tuple(people))


def families(people: int, units: list[tuple[str, bool]], seed: int) -> Iterator[Family]:
    """About `people` persons in households over `units` [(code of the old map, urban)], each commune in turn.

    The same arguments give the same families, whatever the machine.
    """
    maker = _Maker(seed)
    while maker.made < people:
        for code, urban in units:
            if maker.made >= people:
                return
            yield maker.family(code, urban)
