"""Who sees what: a commune its ground on every map, the province all, leaders no person's field, citizens their own."""

from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tinhso.identity import queries as identity
from tinhso.identity import services as identity_services
from tinhso.identity.contracts import NewPerson
from tinhso.kernel.actor import NOBODY, Actor
from tinhso.kernel.errors import Forbidden, Invalid, NotFound, SignInNeeded
from tinhso.registers import queries, services

from .conftest import GARDENS, SYSTEM, seated

PEOPLE = GARDENS.replace(
    "key: [code]", "  - {name: owner_person, type: person, optional: true, class: personal}\nkey: [code]"
)
OLD, NEW = date(2024, 5, 1), date(2025, 8, 1)


def enter(code, unit, on, **more):
    values = {"code": code, "planted_on": OLD, "keeper": "Trần Thị Hòa"} | more
    return services.create(SYSTEM, "yard.gardens", values, valid_from=on, unit=unit)


def codes(actor, **asked):
    return {record.values["code"] for record in queries.find(actor, "yard.gardens", **asked).records}


@pytest.fixture
def mother(province):
    person = NewPerson("Trần Thị Hòa", "099199000001", date(1999, 3, 4), "female", demo=True)
    identity_services.register_people(SYSTEM, [person])
    return person


def test_a_commune_sees_its_ground_on_every_map_and_nothing_else(province, apply):
    apply(gardens=GARDENS)
    enter("old-part", "12433", OLD)  # a ward that went into the new ward 13225
    enter("same-code-before", "13225", OLD)  # the commune Tân Bình of the old map, also part of it
    enter("now", "13225", NEW)
    elsewhere = enter("elsewhere", "12466", NEW)
    here, there = seated("13225", "civil-status"), seated("12466", "civil-status")
    assert codes(here) == {"old-part", "same-code-before", "now"}
    assert codes(there) == {"elsewhere"}
    with pytest.raises(NotFound):
        queries.get(here, "yard.gardens", elsewhere.id)
    with pytest.raises(NotFound):
        queries.history(here, "yard.gardens", elsewhere.id)
    with pytest.raises(NotFound):
        services.update(here, "yard.gardens", elsewhere.id, {"trees": 1}, revision=1, why="x")
    with pytest.raises(Forbidden):
        services.create(here, "yard.gardens", {"code": "X", "planted_on": OLD}, unit="12466", unit_on=NEW)
    assert b"elsewhere" not in b"".join(services.export(here, "yard.gardens", "csv").parts)


def test_place_finds_a_record_from_either_map(province, apply):
    apply(gardens=GARDENS)
    enter("old", "12433", OLD)
    enter("new", "13225", NEW)
    assert codes(SYSTEM, where={"place": "13225"}) == {"old", "new"}
    assert codes(SYSTEM, where={"unit": "12433"}) == {"old"}


def test_the_province_sees_all_but_no_person(province, apply):
    apply(gardens=GARDENS)
    ref = enter("a", "13225", NEW, remark="kín")
    leader = seated("33", "leader", level="province")
    record = queries.get(leader, "yard.gardens", ref.id)
    assert "keeper" not in record.values
    assert set(record.masked) == {"keeper", "remark"}
    assert queries.history(leader, "yard.gardens", ref.id)[0].values.keys() == {"code", "planted_on", "trees", "area"}
    with pytest.raises(Invalid):
        queries.find(leader, "yard.gardens", where={"keeper": "Trần Thị Hòa"})
    with pytest.raises(Invalid):
        queries.find(leader, "yard.gardens", order="keeper")
    assert queries.find(leader, "yard.gardens", search="hoa").records == []
    assert "Hòa".encode() not in b"".join(services.export(leader, "yard.gardens", "csv").parts)


def test_the_counter_sees_persons_but_only_the_keeper_what_is_sensitive(province, apply):
    apply(gardens=GARDENS)
    ref = enter("a", "13225", NEW, remark="kín")
    assert queries.get(seated("13225", "one-stop"), "yard.gardens", ref.id).masked == ("remark",)
    assert queries.get(seated("13225", "civil-status"), "yard.gardens", ref.id).values["remark"] == "kín"
    with pytest.raises(Forbidden):
        services.update(seated("13225", "chair"), "yard.gardens", ref.id, {"trees": 1}, revision=1, why="x")


def test_a_citizen_sees_the_records_that_name_them_and_who_looked(mother, apply):
    apply(gardens=PEOPLE)
    mine = enter("mine", "13225", NEW, owner_person=mother.id)
    other = enter("other", "13225", NEW)
    me = Actor(account=identity_services.account_of_person(SYSTEM, mother.id), person=mother.id, assurance=2)
    assert codes(me) == {"mine"}
    assert queries.get(me, "yard.gardens", mine.id).masked == ()
    with pytest.raises(NotFound):
        queries.get(me, "yard.gardens", other.id)
    with pytest.raises(Forbidden):
        services.update(me, "yard.gardens", mine.id, {"trees": 1}, revision=1, why="x")
    assert identity.accesses_to(me).rows == []
    queries.get(seated("13225", "one-stop"), "yard.gardens", mine.id)
    [look] = identity.accesses_to(me).rows
    assert (look.agency, look.purpose) == ("Ủy ban nhân dân phường Thái Bình", "Sổ vườn")


def test_nobody_has_to_sign_in(gardens):
    with pytest.raises(SignInNeeded):
        queries.find(NOBODY, gardens)
    with pytest.raises(SignInNeeded):
        services.create(NOBODY, gardens, {"code": "X", "planted_on": OLD})


def test_queries_do_not_grow_with_rows(province, apply):
    apply(gardens=GARDENS)
    officer = seated("13225", "civil-status")
    counts = []
    for many in (1, 30):
        for n in range(many):
            enter(f"{many}-{n}", "13225", NEW)
        queries.find(officer, "yard.gardens")  # the map of units is looked at again every two seconds
        with CaptureQueriesContext(
            connection,
        ) as captured:
            queries.find(officer, "yard.gardens", limit=100)
        counts.append(len(captured))
    assert counts[0] == counts[1] <= 5


def test_pages_by_key_show_each_record_once_in_order(gardens):
    for n in range(25):
        enter(f"G{n:02}", "13225", NEW, trees=None if n % 5 == 0 else n % 7)
    for order in ("id", "-id", "trees", "-trees", "-created_at", "code"):
        seen, after = [], ""
        while True:
            page = queries.find(SYSTEM, gardens, order=order, after=after, limit=4)
            seen += [record.values["code"] for record in page.records]
            if not (after := page.next):
                break
        assert len(seen) == len(set(seen)) == 25, order
    with pytest.raises(Invalid):
        queries.find(SYSTEM, gardens, after="không-phải-dấu-trang")


def test_filters_and_search(gardens):
    enter("A", "13225", NEW, trees=5, keeper="Nguyễn Thị Hồng Nhung")
    enter("B", "13225", NEW, trees=9, keeper="Lê Văn Đạt")
    assert codes(SYSTEM, search="nhung hong") == {"A"}
    assert codes(SYSTEM, search="đạt") == {"B"}
    assert codes(SYSTEM, search="'; DROP TABLE x; --") == set()
    assert codes(SYSTEM, where={"trees": ("ge", "9")}) == {"B"}
    assert codes(SYSTEM, where={"trees": ("in", ["5", "9"]), "code": ("ne", "A")}) == {"B"}
    assert codes(SYSTEM, where={"keeper": ("contains", "hồng")}) == {"A"}
    assert codes(SYSTEM, where={"area": ("empty", True)}) == {"A", "B"}
    assert queries.count_estimate(SYSTEM, gardens, where={"trees": 5}).rows == 1
    for wrong in ({"nothing": 1}, {"trees": ("ge", "nhiều")}, {"trees": ("roughly", 1)}, {"remark": "x"}):
        with pytest.raises(Invalid):
            queries.find(SYSTEM, gardens, where=wrong)


def test_csv_is_safe_for_spreadsheets(gardens):
    enter("=HYPERLINK(1)", "13225", NEW, keeper='Trần "Bé", Hòa')
    text = b"".join(services.export(SYSTEM, gardens, "csv", purpose="thử").parts).decode("utf-8-sig")
    head, line = text.splitlines()
    assert head == "id,unit,valid_from,valid_until,code,planted_on,trees,area,keeper"
    assert "'=HYPERLINK(1)" in line
    assert '"Trần ""Bé"", Hòa"' in line


def test_a_personal_field_that_was_dropped_stays_personal_in_the_history(province, apply):
    apply(gardens=GARDENS)
    ref = enter("A", "13225", NEW)
    keeper = "  - {name: keeper, type: text, label: {vi: Người trông, en: Keeper}, max: 100, class: personal,"
    keeper += " optional: true}\n"
    without = GARDENS.replace(keeper, "").replace(", keeper: fulltext", "")
    assert "keeper" not in without.replace("Keeper", "")
    apply(gardens=without + "drop: [keeper]\n")
    leader, officer = seated("33", "leader", level="province"), seated("13225", "civil-status")
    assert queries.history(officer, "yard.gardens", ref.id)[0].values["keeper"] == "Trần Thị Hòa"
    assert "keeper" not in queries.history(leader, "yard.gardens", ref.id)[0].values
