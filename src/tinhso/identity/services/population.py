"""The population: people are registered, move, marry and die. Writers of personal fields; readers are in looking.py."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import BinaryField, F, Func, Value
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.types.range import Range

from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid
from tinhso.kernel.ids import uuid7

from .. import contracts, crypto, people
from ..contracts import NewPerson, PersonRef
from ..models import Household, Person, Residence
from ..policy import need
from .sealing import rotators
from .second_factor import rotate_secrets

_PERSON_COLUMNS = (
    "id", "sealed", "national_id_hash", "phone_hash", "email_hash", "name_hashes",
    "mother_id", "father_id", "spouse_id", "household_id", "demo", "revision",
)  # fmt: skip
_PERSON_TYPES = (
    "uuid", "bytea", "bytea", "bytea", "bytea", "int8[]", "uuid", "uuid", "uuid", "uuid", "bool", "int4",
)  # fmt: skip


def register_person(actor: Actor, person: NewPerson) -> PersonRef:
    """Enter one person in the population. Raises Invalid where the national ID number is taken."""
    need(actor, "population.edit")
    if person.national_id and people.by_national_id(person.national_id):
        raise Invalid({"national_id": [_("Số định danh này đã có trong dữ liệu dân cư")]})
    with transaction.atomic():
        _copy([person])
        audit.record(actor, "identity.register-person", f"person:{person.id}")
        events.publish(actor, contracts.PEOPLE_REGISTERED, f"person:{person.id}", count=1)
    return PersonRef(person.id, people.tidy(person)["name"])


def register_people(actor: Actor, persons: Iterable[NewPerson], households: Iterable[tuple[UUID, str]] = ()) -> int:
    """Enter many people and the households (id, unit code) they name, by COPY in one transaction; returns how many.

    People may name one another as parents or spouses in any order. A national ID number that is taken raises
    IntegrityError and nothing is entered.
    """
    need(actor, "population.edit")
    persons = list(persons)
    demo = bool(persons) and all(person.demo for person in persons)
    with transaction.atomic():
        Household.objects.bulk_create(
            [Household(id=household, unit=unit, demo=demo) for household, unit in households], batch_size=5_000
        )
        _copy(persons)
        audit.record(actor, "identity.register-people", "population", count=len(persons))
        events.publish(actor, contracts.PEOPLE_REGISTERED, "population", count=len(persons))
    return len(persons)


def _copy(persons: list[NewPerson]) -> None:
    today = timezone.localdate()
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY identity_person ({', '.join(_PERSON_COLUMNS)}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(_PERSON_TYPES)
            for person in persons:
                fields = people.tidy(person)
                found = people.search_columns(fields)
                copy.write_row(
                    (
                        person.id,
                        people.sealed_fields(person.id, fields),
                        *found.values(),
                        person.mother,
                        person.father,
                        person.spouse,
                        person.household,
                        person.demo,
                        1,
                    )
                )
        with cursor.copy(
            "COPY identity_residence (id, person_id, unit, sealed, valid) FROM STDIN (FORMAT BINARY)"
        ) as copy:
            copy.set_types(("uuid", "uuid", "varchar", "bytea", "daterange"))
            for person in persons:
                if person.address_unit:
                    stay = uuid7()
                    line = crypto.seal(person.address_line, people.stay_place(stay))
                    since = person.address_since or today
                    copy.write_row((stay, person.id, person.address_unit, line, Range(since, None)))


def move_residence(actor: Actor, person: UUID, unit: str, line: str, since: date | None = None) -> None:
    """The person lives elsewhere from `since` (default: today). The stay before ends that day.

    Raises Invalid where `since` is before the start of the stay that it would end.
    """
    need(actor, "population.edit")
    since = since or timezone.localdate()
    with transaction.atomic():
        people.row(person, lock=True)
        last = Residence.objects.filter(person=person, valid__endswith=None).first()
        if last and last.valid.lower and last.valid.lower > since:
            raise Invalid({"since": [_("Ngày chuyển đến trước ngày bắt đầu cư trú hiện tại")]})
        if last and last.valid.lower == since:
            last.delete()
        elif last:
            last.valid = DateRange(last.valid.lower, since)
            last.save(update_fields=["valid"])
        stay = Residence(id=uuid7(), person_id=person, unit=unit, valid=DateRange(since, None))
        stay.sealed = crypto.seal(line, people.stay_place(stay.id))
        stay.save(force_insert=True)
        _changed(actor, person, "residence", unit=unit)


def change_person(actor: Actor, person: UUID, **fields: Any) -> None:
    """Set personal fields (`phone`, `email`, `died_on`…) or family links (`spouse`, `mother`, `father`).

    A citizen may set phone and e-mail of their own. Raises TypeError for a field that is not one.
    """
    own = actor.person == person and set(fields) <= {"phone", "email"}
    if not own:
        need(actor, "population.edit")
    links = {key: fields.pop(key) for key in ("mother", "father", "spouse", "household") if key in fields}
    if unknown := set(fields) - set(people.PERSONAL):
        raise TypeError(f"not fields of a person: {sorted(unknown)}")
    with transaction.atomic():
        row = people.row(person, lock=True)
        kept = people.open_fields(row) | fields
        row.sealed = people.sealed_fields(person, kept)
        for column, value in (people.search_columns(kept) | {f"{k}_id": v for k, v in links.items()}).items():
            setattr(row, column, value)
        row.revision += 1
        row.save()
        _changed(actor, person, ", ".join(sorted([*fields, *links])))


def marry(actor: Actor, one: UUID, other: UUID) -> None:
    """Two people are each other's spouse from now on."""
    with transaction.atomic():
        change_person(actor, one, spouse=other)
        change_person(actor, other, spouse=one)


def _changed(actor: Actor, person: UUID, what: str, **data: Any) -> None:
    audit.record(actor, "identity.change-person", f"person:{person}", what=what, **data)
    events.publish(actor, contracts.PERSON_CHANGED, f"person:{person}", what=what)


def rotate_keys(actor: Actor, batch: int = 1_000) -> int:
    """Bring every sealed value and search hash under the newest of FIELD_KEYS; returns how many rows changed.

    Runs beside readers and writers, in batches of one transaction each; may be stopped and begun again. Only when
    it has returned may the older keys be taken out of FIELD_KEYS.
    """
    need(actor, "keys.rotate")
    changed = rotate_secrets()
    for rotate in rotators().values():
        while some := rotate():
            changed += some
    while True:
        with transaction.atomic():
            rows = _stale(Person, batch)
            for row in rows:
                for column, value in people.search_columns(people.open_fields(row)).items():
                    setattr(row, column, value)
                row.sealed = crypto.rewrap(row.sealed, people.place(row.id))
            Person.objects.bulk_update(
                rows, ["sealed", "national_id_hash", "phone_hash", "email_hash", "name_hashes"], batch_size=500
            )
            stays = _stale(Residence, batch)
            for stay in stays:
                stay.sealed = crypto.rewrap(stay.sealed, people.stay_place(stay.id))
            Residence.objects.bulk_update(stays, ["sealed"], batch_size=500)
            changed += len(rows) + len(stays)
            if not rows and not stays:
                audit.record(actor, "identity.rotate-keys", "population", rows=changed)
                return changed


def _stale(model: Any, batch: int) -> list[Any]:
    """Rows whose data key is wrapped by an older master key; its id is in bytes 2–5 (crypto.py)."""
    key = Func(F("sealed"), Value(2), Value(4), function="substr", output_field=BinaryField())
    rows = model.objects.annotate(key=key).exclude(key=crypto.key_id())
    return list(rows.select_for_update(skip_locked=True)[:batch])
