"""An agency stops a case, a leader opens an ended one again, and the rows stay what the timeline says."""

from datetime import timedelta

import pytest

from tinhso.cases import queries, services
from tinhso.cases.models import Case, CaseEvent, Pause, Task
from tinhso.kernel import packs
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.models import Event

from .conftest import PACKS, SYSTEM, agrees, do, open_task


def test_the_agency_stops_a_case_with_its_legal_ground(submitted, commune, mother, neighbour) -> None:
    packs.apply(SYSTEM, packs.read([PACKS / "one-stop"]))
    do(commune, submitted)
    chair, task = commune.at("chair"), open_task(submitted.id)
    with pytest.raises(Invalid) as refused:
        services.cancel(chair, submitted.id, " ", "")
    assert set(refused.value.errors) == {"note", "ground"}
    with pytest.raises(Forbidden):
        services.cancel(commune.at("civil-status"), submitted.id, "Sai thẩm quyền", "Điều 5")
    with pytest.raises(NotFound):
        services.cancel(neighbour.at("chair"), submitted.id, "Sai thẩm quyền", "Điều 5")
    services.cancel(chair, submitted.id, "Thửa đất đang tranh chấp", "Khoản 2 Điều 5")
    services.cancel(chair, submitted.id, "Thửa đất đang tranh chấp", "Khoản 2 Điều 5")
    view = queries.case(mother, submitted.id)
    assert (view.status_code, view.outcome, view.ended_at is not None) == (8, "stopped", True)
    assert view.timeline[-1].note == "Thửa đất đang tranh chấp Căn cứ: Khoản 2 Điều 5"
    names = Event.objects.filter(subject=f"case:{submitted.id}").order_by("id").values_list("name", flat=True)
    assert list(names)[-2:] == ["case.cancelled", "case.ended"]
    with pytest.raises(Conflict) as late:
        services.complete(commune.at("civil-status"), task.pk, "done")
    assert chair.name in str(late.value.detail)
    services.issue_paper(submitted.id, "refusal")
    assert [one.role for one in queries.case(mother, submitted.id).documents] == ["refusal"]
    agrees(submitted.id)


def test_a_returned_case_is_neither_stopped_nor_opened_again(submitted, commune) -> None:
    for _ in range(3):
        do(commune, submitted)
    for verb in (lambda: services.cancel(commune.at("chair"), submitted.id, "Muộn", "Điều 5"),
                 lambda: services.reopen(commune.at("chair"), submitted.id, "Muộn")):  # fmt: skip
        with pytest.raises(Conflict):
            verb()
    agrees(submitted.id)


def end_by(how: str, commune, mother, case) -> None:
    if how == "refused":
        do(commune, case, "refuse", note="Chưa đủ", ground="Điều 3")
    elif how == "stopped":
        services.cancel(commune.at("chair"), case.id, "Tranh chấp", "Điều 5")
    else:
        services.withdraw(mother, case.id, "Đổi ý")


@pytest.mark.parametrize("how", ["refused", "stopped", "withdrawn"])
def test_an_ended_case_goes_on_where_it_ended_with_the_time_that_was_left(submitted, commune, mother, how: str) -> None:
    do(commune, submitted)
    stood = Case.objects.get(pk=submitted.id)
    end_by(how, commune, mother, submitted)
    Case.objects.filter(pk=submitted.id).update(ended_at=stood.submitted_at - timedelta(days=7))
    with pytest.raises(Invalid):
        services.reopen(commune.at("chair"), submitted.id, "")
    with pytest.raises(Forbidden):
        services.reopen(commune.at("civil-status"), submitted.id, "Nhầm")
    services.reopen(commune.at("chair"), submitted.id, "Từ chối nhầm")
    row = Case.objects.get(pk=submitted.id)
    assert (row.status, row.outcome, row.ended_at, row.on_time) == (stood.status, "", None, None)
    assert row.due_at > stood.due_at + timedelta(days=4)
    assert open_task(submitted.id).step == "verify"
    assert queries.timeline(mother, submitted.id)[-1].kind == "reopened"
    agrees(submitted.id)
    with pytest.raises(Conflict):
        services.reopen(commune.at("chair"), submitted.id, "Lần nữa")
    for _ in range(2):
        do(commune, submitted)
    assert queries.case(mother, submitted.id).outcome == "returned"
    agrees(submitted.id)


def test_what_was_withdrawn_while_a_supplement_was_asked_waits_for_it_again(submitted, commune, mother) -> None:
    do(commune, submitted)
    do(commune, submitted, "ask-supplement", note="Ảnh mờ")
    asked_at = Pause.objects.get(case=submitted.id).since
    services.withdraw(mother, submitted.id, "Thôi")
    services.reopen(commune.at("chair"), submitted.id, "Người nộp muốn làm tiếp")
    row = Case.objects.get(pk=submitted.id)
    assert (row.status, row.paused_at) == (5, asked_at)
    assert (open_task(submitted.id).role, open_task(submitted.id).due_at) == ("applicant", None)
    agrees(submitted.id)
    services.answer_supplement(mother, submitted.id)
    assert open_task(submitted.id).step == "verify"
    agrees(submitted.id)
    services.cancel(commune.at("chair"), submitted.id, "Tranh chấp", "Điều 5")
    services.reopen(commune.at("chair"), submitted.id, "Đã hết tranh chấp")
    assert open_task(submitted.id).step == "verify" and Case.objects.get(pk=submitted.id).paused_at is None
    agrees(submitted.id)


def test_a_case_refused_twice_has_two_slips(submitted, commune, mother) -> None:
    packs.apply(SYSTEM, packs.read([PACKS / "one-stop"]))
    do(commune, submitted, "refuse", note="Nhầm nơi", ground="Điều 3")
    services.issue_paper(submitted.id, "refusal")
    services.reopen(commune.at("chair"), submitted.id, "Đúng nơi")
    assert (Case.objects.get(pk=submitted.id).status, open_task(submitted.id).step) == (1, "receive")
    do(commune, submitted, "refuse", note="Thiếu ảnh", ground="Điều 4")
    services.issue_paper(submitted.id, "refusal")
    services.issue_paper(submitted.id, "refusal")
    documents = queries.case(mother, submitted.id).documents
    assert len(documents) == 2 and len({one.id for one in documents}) == 2
    assert CaseEvent.objects.filter(case=submitted.id, kind="refused").count() == 2
    assert Task.objects.filter(case=submitted.id, step="receive").count() == 2
    agrees(submitted.id)
