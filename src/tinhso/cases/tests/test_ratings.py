"""Applicants rate once, after the result; officers learn how they do and never who said so; superiors follow."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.db import IntegrityError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinhso.cases import queries, services
from tinhso.cases.contracts import CaseRef
from tinhso.cases.models import CaseEvent, Rating
from tinhso.cases.queries.ratings import FEWEST, _unknown
from tinhso.documents import queries as documents
from tinhso.identity.roles import permissions
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.models import Audit, Event
from tinhso.notices import queries as notices

from .conftest import PACKS, SYSTEM, do, filled

GOOD = {"welcome": 5, "guidance": 4, "time": 5, "ease": 4, "result": 5}
EVER = (date(2020, 1, 1), date(2100, 1, 1))


def ended(commune: Any, mother: Actor) -> CaseRef:
    case = services.submit(mother, filled(mother))
    for _step in ("receive", "verify", "decide"):
        do(commune, case)
    return case


@pytest.fixture
def one_stop(permit: str) -> None:
    packs.apply(SYSTEM, packs.read([PACKS / "one-stop"]))


@pytest.fixture
def leader() -> Actor:
    roles = frozenset(["leader"])
    return Actor(account=UUID(int=1), post=UUID(int=2), agency=UUID(int=3), roles=roles,
                 permissions=permissions(roles), assurance=2, name="Lãnh đạo")  # fmt: skip


def test_once_and_only_after_the_result(one_stop, commune, mother) -> None:
    case = services.submit(mother, filled(mother))
    assert queries.survey_of(mother, case.id) is None
    with pytest.raises(Conflict):
        services.rate(mother, case.id, GOOD)
    for _step in ("receive", "verify", "decide"):
        do(commune, case)
    asked = queries.survey_of(mother, case.id)
    assert asked and not asked.done and len(asked.questions) == 5
    services.rate(mother, case.id, GOOD, "Cảm ơn")
    assert queries.survey_of(mother, case.id).done
    with pytest.raises(Conflict):
        services.rate(mother, case.id, GOOD)
    row = Rating.objects.get()
    with pytest.raises(IntegrityError), transaction.atomic():
        Rating.objects.create(**{f.attname: getattr(row, f.attname) for f in Rating._meta.fields if f.name != "id"})


@pytest.mark.parametrize("wrong", [{"time": ""}, {"time": "0"}, {"time": "6"}, {"time": "²"}, {"time": "tốt"}])
def test_each_question_has_a_mark_from_one_to_five(one_stop, commune, mother, wrong) -> None:
    case = ended(commune, mother)
    with pytest.raises(Invalid) as refused:
        services.rate(mother, case.id, GOOD | wrong)
    assert list(refused.value.errors) == ["time"]
    assert not Rating.objects.exists()


def test_nobody_rates_another_s_case_nor_their_own_work(one_stop, commune, mother) -> None:
    case = ended(commune, mother)
    with pytest.raises(NotFound):
        services.rate(replace(mother, person=UUID(int=9)), case.id, GOOD)
    with pytest.raises(Forbidden):
        services.rate(commune.at("one-stop"), case.id, GOOD)
    assert queries.survey_of(commune.at("one-stop"), case.id) is None


def test_a_withdrawn_case_is_not_rated(one_stop, commune, mother) -> None:
    case = services.submit(mother, filled(mother))
    services.withdraw(mother, case.id, "nhầm")
    with pytest.raises(Conflict):
        services.rate(mother, case.id, GOOD)


def test_at_the_counter_the_code_of_the_receipt_is_enough(one_stop, commune, mother) -> None:
    case = ended(commune, mother)
    services.issue_paper(case.id, "receipt")
    code = next(d.code for d in documents.documents_of(f"case:{case.id}"))
    assert queries.survey_of_code(code.lower()).case == case.id
    services.rate_by_code(code, GOOD)
    assert Rating.objects.get().how == "counter"
    with pytest.raises(Conflict):
        services.rate(mother, case.id, GOOD)
    for wrong in ("", case.code, "AAAA" + code[4:]):
        with pytest.raises(NotFound):
            services.rate_by_code(wrong, GOOD)


def test_who_rated_stands_nowhere_that_officers_look(one_stop, commune, mother) -> None:
    case = ended(commune, mother)
    before = CaseEvent.objects.count()
    services.rate(mother, case.id, GOOD, "Cán bộ rất tốt")
    assert CaseEvent.objects.count() == before, "the timeline, which the desk shows, says nothing"
    event, audit = Event.objects.get(name="case.rated"), Audit.objects.get(action="case.rate")
    for row in (event, audit):
        assert str(case.id) not in f"{row.subject} {row.data}" and str(mother.account) not in str(row.actor)
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(r)::text FROM pub.ratings r")
        assert str(case.id) not in cursor.fetchone()[0]
        cursor.execute("SELECT sealed FROM cases_rating")
        assert "rất tốt".encode() not in bytes(cursor.fetchone()[0])


def test_officers_see_figures_from_five_on_and_they_move_by_fives(one_stop, commune, mother) -> None:
    clerk, chair = commune.at("one-stop"), commune.at("chair")
    for number in range(1, 8):
        services.rate(mother, ended(commune, mother).id, GOOD | {"time": 5 if number <= 5 else 1})
        seen = queries.rating_figures(clerk, *EVER)
        assert [line.count for line in seen.lines] == ([5] if number >= 5 else [])
        assert seen.hidden == (number not in {5})
        assert queries.rating_figures(chair, *EVER).lines[0].count == number
    assert seen.lines[0].by_question[2] == 5.0, "the two latest low ones cannot be told from it"
    assert queries.rating_figures(chair, *EVER).lines[0].by_question[2] == round((5 * 5 + 2) / 7, 2)


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 12), min_size=1, max_size=8))
def test_nothing_shown_stands_on_fewer_than_five(counts: list[int]) -> None:
    groups = {
        str(n): [Rating(pk=UUID(int=n * 100 + i)) for i in range(count)] for n, count in enumerate(counts) if count
    }
    shown = _unknown(groups)
    assert all(len(rows) >= FEWEST and len(rows) % FEWEST == 0 for rows in shown.values())
    assert {row.pk for rows in shown.values() for row in rows} <= {row.pk for rows in groups.values() for row in rows}


def test_the_superior_reads_what_was_said_and_follows_a_low_one(one_stop, commune, neighbour, mother, leader) -> None:
    case = ended(commune, mother)
    key = services.rate(mother, case.id, GOOD | {"welcome": 1}, "Nói năng cộc lốc")
    chair = commune.at("chair")
    assert [one.subject for one in notices.notices(chair).notices] == ["Có đánh giá thấp cần Ông/Bà xem"]
    for stranger in (commune.at("one-stop"), mother):
        with pytest.raises(NotFound):
            queries.ratings(stranger)
        with pytest.raises(NotFound):
            services.follow(stranger, key, "x")
    assert queries.ratings(neighbour.at("chair")).ratings == ()
    waiting = queries.ratings(chair, open_only=True).ratings
    assert [(one.id, one.comment, one.case.id) for one in waiting] == [(key, "Nói năng cộc lốc", case.id)]
    assert queries.rating(leader, key).comment == "Nói năng cộc lốc"
    with pytest.raises(Invalid):
        services.follow(chair, key, "  ")
    services.follow(chair, key, "Đã nhắc nhở và xin lỗi")
    assert queries.ratings(chair, open_only=True).ratings == ()
    assert queries.rating(chair, key).follow_note == "Đã nhắc nhở và xin lỗi"
    with pytest.raises(Conflict):
        services.follow(leader, key, "nữa")


def test_a_good_one_calls_nobody(one_stop, commune, mother) -> None:
    key = services.rate(mother, ended(commune, mother).id, GOOD)
    assert notices.notices(commune.at("chair")).notices == ()
    with pytest.raises(NotFound):
        services.follow(commune.at("chair"), key, "x")
    assert queries.ratings(commune.at("chair")).ratings == ()
    assert Rating.objects.get().satisfied


def test_a_province_s_leader_compares_agencies(one_stop, commune, mother, leader) -> None:
    services.rate(mother, ended(commune, mother).id, GOOD)
    figures = queries.rating_figures(leader, *EVER)
    assert [line.name for line in figures.lines] == ["Ủy ban nhân dân phường Thái Bình"]
    with pytest.raises(NotFound):
        queries.rating_figures(mother, *EVER)


def test_comments_stay_readable_when_keys_are_rotated(one_stop, commune, mother, settings) -> None:
    from tinhso.cases.services.rating import rotate_ratings

    key = services.rate(mother, ended(commune, mother).id, GOOD, "Cảm ơn")
    settings.FIELD_KEYS = ["cd" * 32, *settings.FIELD_KEYS]
    assert (rotate_ratings(), rotate_ratings()) == (1, 0)
    assert queries.rating(commune.at("chair"), key).comment == "Cảm ơn"
