"""People: sealed at rest, found by keyed hash, moved on the map, under a new key when the key is changed."""

import secrets
from dataclasses import replace
from datetime import date
from functools import partial

import pytest
from django.db import connection

from tinhso.identity import crypto, people, queries, services
from tinhso.identity.contracts import NewPerson
from tinhso.identity.models import Person
from tinhso.kernel.errors import Forbidden, Invalid
from tinhso.kernel.fields.base import field_type
from tinhso.kernel.text import fold

from .conftest import SYSTEM, citizen


def raw_bytes() -> bytes:
    """Everything that the database holds of people and where they live, as bytes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT row_to_json(p)::text FROM identity_person p"
            " UNION ALL SELECT row_to_json(r)::text FROM identity_residence r"
        )
        texts = [row[0] for row in cursor.fetchall()]
        cursor.execute("SELECT sealed FROM identity_person UNION ALL SELECT sealed FROM identity_residence")
        return "\n".join(texts).encode() + b"".join(bytes(row[0]) for row in cursor.fetchall())


def test_no_personal_field_stands_readable_in_the_database(family) -> None:
    raw = raw_bytes()
    readable = ["Trần Thị Hoa", fold("Trần Thị Hoa"), "Hoa", "034199999001", "0912345678", "1999-03-04", "Kinh", "Tổ 5"]
    assert [text for text in readable if text.encode() in raw or text.encode().hex().encode() in raw] == []


def test_a_sealed_value_does_not_open_on_another_person_s_row(family) -> None:
    mother, father = Person.objects.get(id=family.mother.id), Person.objects.get(id=family.father.id)
    father.sealed = mother.sealed
    with pytest.raises(crypto.CannotOpen):
        people.open_fields(father)


@pytest.mark.parametrize("name", ["Trần Thị Hoa", "tran thi hoa", "HOA trần", "Hoa"])
def test_people_are_found_by_words_of_their_name_with_and_without_diacritics(family, desk, name: str) -> None:
    found = services.search_people(desk.actor, name=name, purpose="tiếp nhận hồ sơ")
    assert [one.name for one in found] == ["Trần Thị Hoa"]


def test_people_are_found_by_number_and_phone(family, desk) -> None:
    assert services.find_person(desk.actor, "034 199 999 001", "tiếp nhận").id == family.mother.id
    assert [p.id for p in services.search_people(desk.actor, phone="0912345678", purpose="tiếp nhận")] == [
        family.mother.id
    ]
    assert services.search_people(desk.actor, purpose="tiếp nhận") == []


def test_own_details_name_the_family_and_the_home(family) -> None:
    mine = queries.own_details(citizen(family.mother))
    assert (mine.name, mine.national_id, mine.born_on, mine.spouse) == (
        "Trần Thị Hoa", "034199999001", date(1999, 3, 4), family.father.id,
    )  # fmt: skip
    assert (mine.address_unit, mine.address_line) == ("13225", "Tổ 5")


def test_the_same_number_is_registered_once(family) -> None:
    with pytest.raises(Invalid) as caught:
        services.register_person(SYSTEM, NewPerson("Người Khác", "034199999001"))
    assert list(caught.value.errors) == ["national_id"]


def test_only_who_keeps_the_population_registers_people(desk) -> None:
    with pytest.raises(Forbidden):
        services.register_person(desk.actor, NewPerson("Người Mới"))


def test_a_move_ends_the_stay_before_and_keeps_it(family) -> None:
    services.move_residence(SYSTEM, family.mother.id, "12454", "Ngõ 2", date(2026, 1, 1))
    stays = queries.own_stays(citizen(family.mother))
    assert [(s.unit, s.line, s.since, s.until) for s in stays] == [
        ("12454", "Ngõ 2", date(2026, 1, 1), None),
        ("13225", "Tổ 5", date(2025, 7, 1), date(2026, 1, 1)),
    ]
    with pytest.raises(Invalid):
        services.move_residence(SYSTEM, family.mother.id, "12454", "", date(2025, 1, 1))


def test_a_citizen_changes_only_phone_and_email(family) -> None:
    me = citizen(family.mother)
    services.change_person(me, family.mother.id, phone="0987654321")
    assert queries.own_details(me).phone == "0987654321"
    with pytest.raises(Forbidden):
        services.change_person(me, family.mother.id, name="Tên Khác")
    with pytest.raises(Forbidden):
        services.change_person(me, family.father.id, phone="0987654321")


def test_a_new_key_takes_over_and_the_old_one_may_go(family, desk, settings) -> None:
    old = settings.FIELD_KEYS
    new = secrets.token_hex(32)
    before = {row.id: bytes(row.sealed) for row in Person.objects.all()}
    settings.FIELD_KEYS = [new, *old]
    assert services.find_person(desk.actor, "034199999001", "còn khóa cũ").name == "Trần Thị Hoa"
    assert services.rotate_keys(SYSTEM, batch=2) == 4  # three people, one stay
    assert services.rotate_keys(SYSTEM) == 0
    settings.FIELD_KEYS = [new]
    assert all(bytes(row.sealed) != before[row.id] for row in Person.objects.all())
    assert queries.own_details(citizen(family.mother)).address_line == "Tổ 5"
    assert services.find_person(desk.actor, "034199999001", "khóa mới").id == family.mother.id
    assert [p.id for p in services.search_people(desk.actor, name="duc", purpose="khóa mới")] == [family.father.id]
    settings.FIELD_KEYS = old
    with pytest.raises(crypto.CannotOpen):
        queries.own_details(citizen(family.mother))


def test_many_people_at_once_keep_their_links(db) -> None:
    people_made = [NewPerson(f"Người Số {n}", f"034{n:09d}", date(1990, 1, 1), "male", demo=True) for n in range(500)]
    chain = [replace(one, father=people_made[n - 1].id if n else None) for n, one in enumerate(people_made)]
    assert services.register_people(SYSTEM, reversed(chain)) == 500
    assert Person.objects.get(id=chain[7].id).father_id == chain[6].id


def test_a_form_finds_a_person_by_number_and_name_together(family) -> None:
    person = field_type("person")
    read = partial(person.read, options=person.Options())
    assert read({"name": "tran thi hoa", "national_id": "034199999001"}) == family.mother.id
    for name, number in (("Nguyễn Văn Đức", "034199999001"), ("Trần Thị Hoa", "034199999008"), ("", "034199999001")):
        with pytest.raises(Invalid):
            read({"name": name, "national_id": number})
    assert person.display(family.mother.id, person.Options()) == "Trần Thị Hoa"
