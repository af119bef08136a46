"""Agencies in time: who is in charge of a place on a day, who took over, who sits where."""

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone

from tinhso.identity import queries, services
from tinhso.identity.models import Agency
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.fields.base import field_type
from tinhso.territory import services as territory

from .conftest import PASSWORD, SYSTEM, actor_in, make_agency, make_post

BEFORE, AFTER = date(2025, 6, 30), date(2025, 7, 1)


@pytest.fixture
def province(db) -> None:
    territory.load_facts(SYSTEM)
    services.load_agencies(SYSTEM)


def test_the_province_before_and_after_the_reform(province) -> None:
    assert len(queries.agencies(BEFORE, level="commune", kind="people-committee")) == 242
    assert len(queries.agencies(BEFORE, level="district")) == 8
    assert len(queries.agencies(AFTER, level="commune", kind="people-committee")) == 104
    assert len(queries.agencies(AFTER, level="commune", kind="one-stop-centre")) == 104
    assert queries.agencies(AFTER, level="district") == []
    of_2021 = {"department", "office", "inspectorate"}
    assert sum(1 for a in queries.agencies(date(2021, 6, 1), level="province") if a.kind in of_2021) == 17
    assert services.load_agencies(SYSTEM) == 0


def test_a_reused_code_belongs_to_the_committee_of_its_day(province) -> None:
    assert queries.agency_of_unit("13225", BEFORE).name == "Ủy ban nhân dân xã Tân Bình"
    assert queries.agency_of_unit("13225", AFTER).name == "Ủy ban nhân dân phường Thái Bình"
    with pytest.raises(NotFound):
        queries.agency_of_unit("99999")


def test_successors_are_followed_through_both_reforms(province) -> None:
    planning = queries.agency("H54.5", date(2024, 1, 1))
    assert [a.name for a in queries.successor_agencies(planning.id, date(2025, 4, 1))] == [
        "Sở Tài chính tỉnh Thái Bình"
    ]
    assert [a.name for a in queries.successor_agencies(planning.id, AFTER)] == ["Sở Tài chính tỉnh Hưng Yên"]
    old = queries.agency_of_unit("13225", BEFORE)
    assert [a.unit for a in queries.successor_agencies(old.id, AFTER)] == ["13225"]
    assert [a.id for a in queries.successor_agencies(old.id, BEFORE)] == [old.id]


def test_what_was_taken_over_is_found_through_both_reforms(province) -> None:
    planning = queries.agency("H54.5", date(2024, 1, 1))
    [now] = queries.successor_agencies(planning.id, AFTER)
    assert planning.id in queries.predecessor_agencies(now.id, AFTER)
    old = queries.agency_of_unit("13225", BEFORE)
    assert old.id in queries.predecessor_agencies(queries.agency_of_unit("13225", AFTER).id, AFTER)
    assert queries.predecessor_agencies(old.id, BEFORE) == frozenset()


def test_each_commune_has_its_four_seats(province) -> None:
    seats = queries.posts(queries.agency_of_unit("13225").id)
    assert {role for seat in seats for role in seat.roles} == {"one-stop", "civil-status", "chair", "accountant"}
    assert queries.posts(queries.agency_of_unit("13225").id, "chair")[0].title == "Chủ tịch Ủy ban nhân dân"


def test_the_database_refuses_one_code_twice_in_one_time(db) -> None:
    make_agency("H31.1", "Một")
    with pytest.raises(IntegrityError), transaction.atomic():
        make_agency("H31.1", "Hai")
    Agency.objects.create(
        code="H31.1", name="Trước", kind="office", level="province", unit="33", valid=DateRange(None, date(2025, 7, 1))
    )


def test_a_post_has_one_holder_at_a_time(desk) -> None:
    other = services.open_account(SYSTEM, "nguoi-khac", "Đỗ Văn Nam", PASSWORD)
    with pytest.raises(Conflict):
        services.assign(SYSTEM, other, desk.post.id)
    services.assign(SYSTEM, other, desk.post.id, acting=True)
    assert queries.post(desk.post.id).holder == "Phạm Thị Lan"


def test_delegation_needs_a_paper_a_time_and_the_holder(desk) -> None:
    chair = make_post(desk.agency, "chair", ["chair"])
    holder = actor_in(chair, desk.account.id)
    until = timezone.localdate() + timedelta(days=3)
    with pytest.raises(Invalid) as caught:
        services.delegate(holder, chair.id, desk.account.id, until=timezone.localdate(), basis=" ")
    assert set(caught.value.errors) == {"basis", "until"}
    with pytest.raises(Forbidden):
        services.delegate(desk.actor, chair.id, desk.account.id, until=until, basis="QĐ 12")
    services.delegate(holder, chair.id, desk.account.id, until=until, basis="QĐ 12/QĐ-UBND")


@pytest.mark.parametrize("password", ["ngan", "password123", "mot-cua-moi1"])
def test_easy_passwords_are_refused(db, password: str) -> None:
    with pytest.raises(Invalid) as caught:
        services.open_account(SYSTEM, "mot-cua-moi", "Phạm Thị Lan", password)
    assert list(caught.value.errors) == ["password"]


def test_a_form_finds_an_agency_by_code_or_name(province) -> None:
    agency = field_type("agency")
    ward = queries.agency_of_unit("13225").id
    for typed in ("H31.201", "Ủy ban nhân dân phường Thái Bình", "uy ban nhan dan phuong thai binh"):
        assert agency.read(typed, agency.Options()) == ward
    assert agency.display(ward, agency.Options()) == "Ủy ban nhân dân phường Thái Bình"
    with pytest.raises(Invalid):
        agency.read("Ủy ban nhân dân xã Tân Bình", agency.Options())
