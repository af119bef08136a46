"""A case that crosses agencies: one code, each part with its own clock, and each agency sees what it needs."""

from datetime import date, timedelta

import pytest
from django.utils import timezone

from tinhso.cases import queries, services
from tinhso.cases.models import Case, Task
from tinhso.cases.timeline import of_case, replay
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound

from .conftest import PROCEDURE, SYSTEM, agrees, do, filled, make_commune, open_task
from .office import department, officer

ELSEWHERE = PROCEDURE.replace(
    "by: civil-status, hours: 4, may: [ask-supplement, refuse]",
    "by: finance, at: {office: finance}, hours: 3, may: [ask-supplement, refuse]",
)


@pytest.fixture
def justice(commune):
    return officer(department(), "finance", "finance", name="Ông Pháp")


@pytest.fixture
def crossing(apply, mother, justice):
    """A case whose second step is the department's."""
    apply(ELSEWHERE)
    return services.submit(mother, filled(mother))


def test_a_step_opens_in_the_department_with_its_own_clock_and_the_case_stays_the_communes(
    crossing, commune, justice
) -> None:
    before = Case.objects.get(pk=crossing.id)
    with pytest.raises(NotFound):
        queries.case(justice, crossing.id)
    do(commune, crossing)
    task = open_task(crossing.id)
    row = Case.objects.get(pk=crossing.id)
    assert task.agency_id == justice.agency and task.due_at < row.due_at
    assert (row.code, row.agency_id, row.holder_id) == (before.code, commune.agency.pk, commune.agency.pk)
    assert [one.task for one in queries.inbox(justice).rows] == [task.pk]
    agrees(crossing.id)


def test_the_department_sees_the_case_while_it_works_and_afterwards_only_its_part(
    crossing, commune, justice, neighbour
) -> None:
    do(commune, crossing)
    view = queries.case(justice, crossing.id)
    assert view.open_task and view.papers[0].given
    assert not queries.around(justice, crossing.id).lent
    assert queries.agency_cases(justice).cases == ()
    with pytest.raises(NotFound):
        queries.case(neighbour.at("one-stop"), crossing.id)
    services.complete(justice, open_task(crossing.id).pk, "done", note="Đủ điều kiện")
    agrees(crossing.id)
    with pytest.raises(NotFound):
        queries.case(justice, crossing.id)
    with pytest.raises(NotFound):
        queries.paper(justice, crossing.id, "photo")
    own = queries.own_part(justice, crossing.id)
    assert own.code == crossing.code and [(step, note) for step, _at, _who, note in own.done] == [
        ("Thẩm tra", "Đủ điều kiện")
    ]
    assert {part.agency_id for part in own.parts} == {justice.agency}
    with pytest.raises(NotFound):
        queries.own_part(neighbour.at("one-stop"), crossing.id)
    assert open_task(crossing.id).agency_id == commune.agency.pk


def test_each_agency_answers_for_its_own_time(crossing, commune, justice) -> None:
    do(commune, crossing)
    task = open_task(crossing.id)
    Task.objects.filter(pk=task.pk).update(
        opened_at=timezone.now() - timedelta(days=9), due_at=timezone.now() - timedelta(days=7)
    )
    Task.objects.exclude(pk=task.pk).filter(case=crossing.id).update(opened_at=timezone.now() - timedelta(days=10))
    services.complete(justice, task.pk, "done")
    first, second, third = queries.parts(commune.at("chair"), crossing.id)
    assert [one.agency_id for one in (first, second, third)] == [
        commune.agency.pk, justice.agency, commune.agency.pk
    ]  # fmt: skip
    assert second.late and second.late_by == "Ông Pháp" and not third.late
    assert second.until and third.until is None and second.used_minutes > 8 * 60


def test_a_supplement_asked_by_the_department_goes_back_to_it(crossing, commune, justice, mother) -> None:
    do(commune, crossing)
    services.complete(justice, open_task(crossing.id).pk, "ask-supplement", note="Thiếu ảnh mặt trước")
    agrees(crossing.id)
    services.answer_supplement(mother, crossing.id, note="Đã chụp lại")
    assert open_task(crossing.id).agency_id == justice.agency
    agrees(crossing.id)


def test_a_refusal_of_the_department_is_reopened_where_it_was(crossing, commune, justice) -> None:
    do(commune, crossing)
    services.complete(justice, open_task(crossing.id).pk, "refuse", note="Không đủ", ground="Quy định thử")
    agrees(crossing.id)
    services.reopen(commune.at("chair"), crossing.id, "Xét lại")
    assert open_task(crossing.id).agency_id == justice.agency
    agrees(crossing.id)


def test_where_the_province_has_no_such_department_nothing_changes(apply, commune, mother) -> None:
    apply(ELSEWHERE)
    case = services.submit(mother, filled(mother))
    with pytest.raises(Conflict) as problem:
        do(commune, case)
    assert "Thẩm tra" in str(problem.value.detail)
    assert open_task(case.id).step == "receive"
    agrees(case.id)


def test_sent_to_the_competent_agency_the_case_goes_with_its_task_and_keeps_its_code(
    submitted, commune, neighbour, mother
) -> None:
    first = open_task(submitted.id)
    with pytest.raises(Invalid):
        services.send_on(commune.at("one-stop"), first.pk, neighbour.agency.pk, " ")
    with pytest.raises(Invalid):
        services.send_on(commune.at("one-stop"), first.pk, commune.agency.pk, "Về đây")
    with pytest.raises(Forbidden):
        services.send_on(commune.at("chair"), first.pk, neighbour.agency.pk, "Không phải việc của tôi")
    services.send_on(commune.at("one-stop"), first.pk, neighbour.agency.pk, "Quầy thuộc phường Trần Lãm")
    agrees(submitted.id)
    task = open_task(submitted.id)
    (waiting,) = queries.sent(neighbour.at("one-stop"), submitted.id)
    assert waiting.mine and waiting.why == "Quầy thuộc phường Trần Lãm"
    with pytest.raises(Conflict):
        services.complete(neighbour.at("one-stop"), task.pk, "done")
    services.accept_sent(neighbour.at("one-stop"), task.pk)
    services.accept_sent(neighbour.at("one-stop"), task.pk)
    agrees(submitted.id)
    row = Case.objects.get(pk=submitted.id)
    assert (row.holder_id, row.agency_id, row.code) == (neighbour.agency.pk, commune.agency.pk, submitted.code)
    with pytest.raises(NotFound):
        queries.case(commune.at("chair"), submitted.id)
    for _step in ("receive", "verify", "decide"):
        do(neighbour, submitted)
    agrees(submitted.id)
    assert queries.case(mother, submitted.id).outcome == "returned"
    words = [entry.what for entry in queries.timeline(mother, submitted.id)]
    assert any("phường Trần Lãm" in one for one in words)


def test_what_was_sent_by_mistake_comes_back(submitted, commune, neighbour) -> None:
    services.send_on(commune.at("one-stop"), open_task(submitted.id).pk, neighbour.agency.pk, "Nhầm")
    with pytest.raises(Invalid):
        services.send_back(neighbour.at("one-stop"), open_task(submitted.id).pk, "")
    services.send_back(neighbour.at("one-stop"), open_task(submitted.id).pk, "Quầy ở phường Thái Bình")
    task = open_task(submitted.id)
    assert task.agency_id == commune.agency.pk and task.payload == {}
    agrees(submitted.id)
    with pytest.raises(NotFound):
        queries.case(neighbour.at("one-stop"), submitted.id)
    do(commune, submitted)
    agrees(submitted.id)


def test_a_reform_of_the_other_agency_moves_its_part_alone(crossing, commune, justice) -> None:
    do(commune, crossing)
    new = officer(department("H31.9", "Sở Nội vụ tỉnh Hưng Yên"), "finance-2", "finance", name="Bà Nội")
    services.hand_over(SYSTEM, justice.agency, new.agency)
    assert open_task(crossing.id).agency_id == new.agency
    assert replay(of_case(crossing.id)).holder == str(commune.agency.pk)
    agrees(crossing.id)
    services.complete(new, open_task(crossing.id).pk, "done")
    agrees(crossing.id)


def test_a_reform_of_the_commune_leaves_the_department_its_part(crossing, commune, justice) -> None:
    do(commune, crossing)
    heir = make_commune("H31.99", "Ủy ban nhân dân phường mới", "12454", date(2025, 8, 1))
    services.hand_over(SYSTEM, commune.agency.pk, heir.agency.pk)
    assert open_task(crossing.id).agency_id == justice.agency
    agrees(crossing.id)
    services.complete(justice, open_task(crossing.id).pk, "done")
    assert open_task(crossing.id).agency_id == heir.agency.pk
    agrees(crossing.id)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ("{office: finance}, signs: certificate", "signs its result"),
        ("{office: nobody}", "no role"),
        ("{unit: stall}", "names a place"),
        ("{}", "either"),
    ],
)
def test_a_place_that_leads_nowhere_is_named(apply, wrong: str, said: str) -> None:
    with pytest.raises(Invalid) as problem:
        apply(ELSEWHERE.replace("{office: finance}", wrong))
    assert said in str(problem.value.errors)
