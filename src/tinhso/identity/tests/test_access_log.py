"""Who looked: each look outside one's own session is a row that the person reads and nobody changes unseen."""

import time
from dataclasses import replace
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tinhso.identity import queries, services
from tinhso.identity.models import Access
from tinhso.kernel import seal
from tinhso.kernel.actor import NOBODY
from tinhso.kernel.errors import Forbidden, Invalid, NotFound, SignInNeeded

from .conftest import SYSTEM, citizen


def test_a_look_says_who_in_what_post_what_for_and_for_which_case(family, desk) -> None:
    case = uuid4()
    seen = services.look(desk.actor.for_case(case, "đăng ký khai sinh"), family.father.id)
    assert seen.national_id == "034099999002"
    (row,) = queries.accesses_to(citizen(family.father)).rows
    assert (row.agency, row.post, row.purpose, row.case, row.fields) == (
        "Ủy ban nhân dân phường Thái Bình", "Vị trí one-stop", "đăng ký khai sinh", case, "personal",
    )  # fmt: skip
    assert queries.accesses_to(citizen(family.mother)).rows == []


def test_a_look_without_a_purpose_is_refused_and_shows_nothing(family, desk) -> None:
    with pytest.raises(Invalid):
        services.look(desk.actor, family.father.id)
    assert not Access.objects.exists()


def test_own_data_is_not_logged_and_a_relative_s_is(family) -> None:
    me = citizen(family.mother)
    queries.own_details(me)
    services.look(me, family.mother.id)
    assert not Access.objects.exists()
    relations = {one.relation: one.person.name for one in queries.relatives(me)}
    assert relations == {"spouse": "Nguyễn Văn Đức", "child": "Nguyễn Trần Minh"}
    assert set(Access.objects.values_list("person_id", flat=True)) == {family.father.id, family.child.id}


def test_strangers_may_not_look(family, desk) -> None:
    with pytest.raises(Forbidden):
        services.look(citizen(family.mother), family.child.id, "tò mò")
    with pytest.raises(SignInNeeded):
        services.look(NOBODY, family.child.id, "tò mò")
    nobody_in_particular = replace(desk.actor, permissions=frozenset())
    with pytest.raises(Forbidden):
        services.search_people(nobody_in_particular, name="Hoa", purpose="tò mò")
    with pytest.raises(NotFound):
        services.look(desk.actor, uuid4(), "tiếp nhận")
    assert not Access.objects.exists()


def test_the_log_pages_newest_first(family, desk) -> None:
    for n in range(5):
        services.look(desk.actor, family.mother.id, f"lần {n}")
    me = citizen(family.mother)
    first = queries.accesses_to(me, limit=2)
    second = queries.accesses_to(me, first.next, limit=2)
    third = queries.accesses_to(me, second.next, limit=2)
    assert [r.purpose for r in (*first.rows, *second.rows, *third.rows)] == [f"lần {n}" for n in (4, 3, 2, 1, 0)]
    assert third.next == ""
    with pytest.raises(NotFound):
        queries.accesses_to(me, "không phải con trỏ")


def test_looking_at_many_asks_as_often_as_at_one(family, desk) -> None:
    def count(ids) -> int:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            services.look_many(desk.actor, ids, "đối chiếu")
        return len(captured)

    assert count([family.mother.id]) == count([family.mother.id, family.father.id, family.child.id])


@pytest.mark.django_db(transaction=True)
def test_a_row_changed_behind_the_platform_s_back_is_named(family, desk) -> None:
    services.look(desk.actor, family.mother.id, "lần một")
    services.look(desk.actor, family.mother.id, "lần hai")
    stream = next(s for s in seal.streams() if s.name == "access")
    deadline = time.monotonic() + 60
    while seal.seal(stream) == 0 and time.monotonic() < deadline:
        time.sleep(0.2)  # a transaction anywhere in the cluster holds the mark back until it ends
    assert list(seal.verify(stream)) == []
    row = Access.objects.order_by("id").last()
    Access.objects.filter(id=row.id).update(purpose="không có gì")
    assert [(fault.row, fault.what) for fault in seal.verify(stream)] == [(str(row.id), "changed")]


def test_consent_is_given_shown_and_withdrawn(family) -> None:
    me = citizen(family.mother)
    given = services.give_consent(me, "health-record", "Trạm y tế", "Tôi đồng ý cho trạm y tế xem…")
    assert services.give_consent(me, "health-record", "Trạm y tế", "Tôi đồng ý cho trạm y tế xem…") == given
    assert [row.withdrawn_at for row in queries.consents(me)] == [None]
    with pytest.raises(NotFound):
        services.withdraw_consent(citizen(family.father), given)
    services.withdraw_consent(me, given)
    (row,) = queries.consents(me)
    assert row.withdrawn_at is not None


def test_the_inspection_reads_the_log_and_others_do_not(family, desk) -> None:
    services.look(desk.actor, family.mother.id, "tiếp nhận")
    auditor = replace(desk.actor, permissions=frozenset({"audit.see"}))
    assert len(queries.access_log(auditor, family.mother.id).rows) == 1
    with pytest.raises(Forbidden):
        queries.access_log(desk.actor, family.mother.id)
    assert queries.access_log(SYSTEM, family.father.id).rows == []
