"""From a row of the population register to its personal fields and back: the one place that opens what is sealed."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone

from tinhso.kernel.errors import Invalid, NotFound
from tinhso.kernel.text import clean
from tinhso.territory import queries as territory

from . import crypto
from .contracts import NewPerson, PersonDetails, PersonRef, Stay
from .models import Person, Residence

PERSONAL = ("name", "national_id", "born_on", "sex", "ethnicity", "nationality", "phone", "email", "died_on")


def place(person: UUID) -> str:
    """Where a person's sealed fields stand (crypto.py)."""
    return f"person:{person}"


def stay_place(residence: UUID) -> str:
    return f"residence:{residence}"


def sealed_fields(person: UUID, fields: dict[str, Any]) -> bytes:
    kept = {key: value.isoformat() if isinstance(value, date) else value for key, value in fields.items() if value}
    return crypto.seal(kept, place(person))


def open_fields(row: Person) -> dict[str, Any]:
    """The personal fields of a row as they were sealed, with dates as dates."""
    fields = crypto.open_sealed(row.sealed, place(row.id))
    for key in ("born_on", "died_on"):
        if fields.get(key):
            fields[key] = date.fromisoformat(fields[key])
    return fields


def search_columns(fields: dict[str, Any]) -> dict[str, Any]:
    """The keyed hashes by which a person is found."""
    return {
        "national_id_hash": crypto.index("national_id", fields.get("national_id") or ""),
        "phone_hash": crypto.index("phone", fields.get("phone") or ""),
        "email_hash": crypto.index("email", (fields.get("email") or "").casefold()),
        "name_hashes": crypto.name_index(fields["name"]),
    }


def tidy(person: NewPerson) -> dict[str, Any]:
    """The personal fields of somebody to be registered, cleaned. Raises Invalid where the name is missing."""
    fields = {key: getattr(person, key, None) for key in PERSONAL}
    fields["name"] = clean(person.name)
    if not fields["name"]:
        raise Invalid({"name": ["a person has a name"]})
    fields["national_id"] = person.national_id.replace(" ", "")
    return fields


def rows(persons: Collection[UUID]) -> dict[UUID, Person]:
    return {row.id: row for row in Person.objects.filter(id__in=set(persons))}


def row(person: UUID, *, lock: bool = False) -> Person:
    found = (Person.objects.select_for_update() if lock else Person.objects).filter(id=person).first()
    if found is None:
        raise NotFound()
    return found


def by_national_id(national_id: str) -> Person | None:
    """The person of a national ID number, whichever key their entry stands under."""
    hashes = crypto.hashes("national_id", national_id.replace(" ", ""))
    return Person.objects.filter(national_id_hash__in=hashes).first() if hashes else None


def matching(*, name: str = "", phone: str = "", email: str = "") -> Any:
    """The rows that may be meant: all words of the name, and the phone, and the e-mail, where given."""
    asked = Q()
    if name:
        words = Q()
        for tokens in crypto.name_hashes(name):
            words |= Q(name_hashes__contains=tokens)
        asked &= words
    if phone:
        asked &= Q(phone_hash__in=crypto.hashes("phone", phone.replace(" ", "")))
    if email:
        asked &= Q(email_hash__in=crypto.hashes("email", email.casefold()))
    return Person.objects.filter(asked) if asked else Person.objects.none()


def details(found: Sequence[Person]) -> list[PersonDetails]:
    """The personal fields of rows, in their order; two queries however many they are."""
    homes = _homes([one.id for one in found])
    return [_details(one, homes.get(one.id)) for one in found]


def _homes(persons: Collection[UUID]) -> dict[UUID, Residence]:
    today = timezone.localdate()
    return {one.person_id: one for one in Residence.objects.filter(person__in=persons, valid__contains=today)}


def _details(found: Person, home: Residence | None) -> PersonDetails:
    fields = open_fields(found)
    return PersonDetails(
        id=found.id,
        name=fields["name"],
        national_id=fields.get("national_id", ""),
        born_on=fields.get("born_on"),
        sex=fields.get("sex", ""),
        ethnicity=fields.get("ethnicity", ""),
        nationality=fields.get("nationality", ""),
        phone=fields.get("phone", ""),
        email=fields.get("email", ""),
        address_unit=unit_today(home.unit, home.valid.lower) if home else "",
        address_line=crypto.open_sealed(home.sealed, stay_place(home.id)) if home else "",
        mother=found.mother_id,
        father=found.father_id,
        spouse=found.spouse_id,
        household=found.household_id,
        demo=found.demo,
        died_on=fields.get("died_on"),
    )


def unit_today(code: str, since: date | None) -> str:
    """The code, on the map of today, of the unit that had `code` on the day `since`; the code itself where the map
    does not know it."""
    units = territory.on_map(code, since or date.min, timezone.localdate())
    return units[0].code if units else code


def refs(persons: Iterable[UUID]) -> dict[UUID, PersonRef]:
    return {one.id: PersonRef(one.id, open_fields(one)["name"]) for one in rows(set(persons)).values()}


def stays(person: UUID) -> list[Stay]:
    """Where a person lived, newest first."""
    found = Residence.objects.filter(person=person).order_by("-valid")
    return [Stay(s.unit, crypto.open_sealed(s.sealed, stay_place(s.id)), s.valid.lower, s.valid.upper) for s in found]
