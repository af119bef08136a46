"""Where `from:` finds what a form need not ask. Each source is a function of the applicant's own details."""

from collections.abc import Callable
from typing import Any

from tinhso.identity.contracts import PersonDetails

Source = Callable[[PersonDetails], Any]

_sources: dict[str, Source] = {}


def source(name: str) -> Callable[[Source], Source]:
    """Register a source ("population.spouse"); it returns the raw value of the field, None where unknown."""

    def register(function: Source) -> Source:
        if _sources.setdefault(name, function) is not function:
            raise ValueError(f"two sources are named {name!r}")
        return function

    return register


def known(name: str) -> bool:
    return name in _sources


def names() -> list[str]:
    return sorted(_sources)


def ask(name: str, person: PersonDetails) -> Any:
    """The raw value that fills the field's widget; None where the register does not know."""
    return _sources[name](person)


for _relation in ("mother", "father", "spouse", "household"):
    source(f"population.{_relation}")(lambda person, relation=_relation: getattr(person, relation))
source("population.self")(lambda person: person.id)
for _field in ("name", "national_id", "sex", "ethnicity", "nationality", "phone", "email"):
    source(f"population.{_field}")(lambda person, name=_field: getattr(person, name) or None)


@source("population.born_on")
def _born_on(person: PersonDetails) -> Any:
    return person.born_on


@source("population.address")
def _address(person: PersonDetails) -> Any:
    return {"unit": person.address_unit, "line": person.address_line} if person.address_unit else None


@source("population.woman")
def _woman(person: PersonDetails) -> Any:
    """The woman of the applicant's couple: the applicant, or the spouse."""
    return person.id if person.sex == "female" else person.spouse


@source("population.man")
def _man(person: PersonDetails) -> Any:
    return person.id if person.sex == "male" else person.spouse
