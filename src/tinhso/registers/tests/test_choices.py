"""Which records a form may offer: all of a register whose lines are open and that is about nobody, else one's own."""

from datetime import date

from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.kernel.actor import Actor
from tinhso.kernel.ids import uuid7
from tinhso.registers import queries, services

from .conftest import GARDENS, SYSTEM

OPEN = GARDENS.replace('display: "{code} – {planted_on}"', 'display: "{code}"')
PERSON = "  - {name: owner_person, type: person, optional: true, class: personal}\nkey: [code]"


def citizen(number: str) -> Actor:
    person = NewPerson("Trần Thị Hòa", number, date(1999, 3, 4), "female", demo=True)
    identity.register_people(SYSTEM, [person])
    return Actor(account=uuid7(), person=person.id, assurance=2)


def enter(code: str, **more: object):
    values = {"code": code, "planted_on": date(2026, 1, 5)} | more
    return services.create(SYSTEM, "yard.gardens", values, unit="13225").id


def offered(actor: Actor) -> set[str]:
    return {record.values["code"] for record in queries.choices(actor, "yard.gardens", limit=50)}


def test_of_open_lines_every_record_is_offered_and_may_be_named(province, apply):
    apply(gardens=OPEN)
    record, who = enter("V-01"), citizen("099199000001")
    assert offered(who) == {"V-01"}
    assert queries.may_choose(who, "yard.gardens", record)
    assert not queries.may_choose(who, "yard.gardens", uuid7())


def test_a_line_with_a_field_that_is_not_open_is_offered_to_nobody(province, apply):
    apply(gardens=GARDENS)
    record, who = enter("V-01"), citizen("099199000001")
    assert offered(who) == set()
    assert not queries.may_choose(who, "yard.gardens", record)


def test_of_a_register_about_people_each_is_offered_their_own(province, apply):
    apply(gardens=OPEN.replace("key: [code]", PERSON))
    mine, other = citizen("099199000001"), citizen("099199000002")
    record = enter("V-01", owner_person=mine.person)
    assert (offered(mine), offered(other)) == ({"V-01"}, set())
    assert queries.may_choose(mine, "yard.gardens", record)
    assert not queries.may_choose(other, "yard.gardens", record)


def test_nothing_else_of_an_open_record_is_read_by_who_fills_a_form(province, apply):
    """The record may be named; to read it stays what it was."""
    apply(gardens=OPEN)
    enter("V-01", keeper="Trần Văn Mẫu")
    assert queries.find(citizen("099199000001"), "yard.gardens").records == []
