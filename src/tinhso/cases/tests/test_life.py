"""The life of a case, from the form to its end."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from tinhso.cases import queries, services
from tinhso.cases.models import Case, CaseEvent, Pause, Task
from tinhso.identity.models import Access
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StaleRevision
from tinhso.kernel.models import Event

from .conftest import RAW, agrees, do, filled, open_task, photograph


def test_a_form_is_filled_from_the_registers_and_asks_the_rest(permit, mother) -> None:
    draft = services.start_draft(mother, permit)
    assert draft.prefilled == {"owner"}
    assert draft.typed == ("stall", "opens_on", "note")
    assert draft.agency == "Ủy ban nhân dân phường Thái Bình"
    services.save_draft(mother, draft.id, {"stall": "Quầy"})
    again = services.start_draft(mother, permit)
    assert (again.id, again.raw["stall"]) == (draft.id, "Quầy")


def test_everything_wrong_is_said_at_once_and_nothing_is_lost(permit, mother) -> None:
    draft = services.start_draft(mother, permit)
    with pytest.raises(Invalid) as refused:
        services.submit(mother, draft.id, {"stall": "x" * 41, "opens_on": {"day": "31", "month": "2", "year": "2026"}})
    assert set(refused.value.errors) == {"stall", "opens_on", "papers.photo"}
    assert queries.draft(mother, draft.id).raw["stall"] == "x" * 41
    assert not Case.objects.exists()


def test_a_register_s_answer_cannot_be_posted_over(permit, mother) -> None:
    draft = filled(mother, raw=RAW | {"owner": "0190a000-0000-7000-8000-000000000000"})
    case = queries.case(mother, services.submit(mother, draft).id)
    assert str(mother.person) == Case.objects.get().form["owner"]
    assert [row.name for section in case.sections for row in section.rows if row.prefilled] == ["owner"]


def test_from_submission_to_the_returned_result(submitted, commune, mother) -> None:
    assert submitted.code.startswith("H31.15-") and submitted.code.endswith("-0001")
    agrees(submitted.id)
    for step in ("receive", "verify", "decide"):
        assert open_task(submitted.id).step == step
        do(commune, submitted)
        agrees(submitted.id)
    view = queries.case(mother, submitted.id)
    assert (view.status_code, view.outcome, view.on_time) == (10, "returned", True)
    assert view.received_at and view.ended_at and view.procedure.version == 1
    assert Case.objects.get().workflow is None
    kinds = [entry.kind for entry in view.timeline]
    assert kinds == ["submitted", "received", "completed", "completed", "returned"]


def test_the_same_draft_twice_is_one_case(permit, mother) -> None:
    draft = filled(mother)
    assert services.submit(mother, draft) == services.submit(mother, draft, RAW)
    assert Case.objects.count() == 1
    with pytest.raises(Conflict):
        services.save_draft(mother, draft, RAW)


def test_codes_count_the_day(permit, mother) -> None:
    codes = [services.submit(mother, filled(mother)).code for _ in range(3)]
    assert [code[-4:] for code in codes] == ["0001", "0002", "0003"]


def test_a_supplement_stops_the_clock_and_moves_the_due_time(submitted, commune, mother) -> None:
    do(commune, submitted)
    do(commune, submitted, "ask-supplement", note="Ảnh mờ\nThiếu ngày mở")
    case = Case.objects.get()
    assert (case.status, case.paused_at is not None) == (5, True)
    agrees(submitted.id)
    # As though it had been asked a week ago, with the rest of the time still ahead.
    week = timedelta(days=7)
    Case.objects.update(due_at=case.due_at - week)
    Pause.objects.update(since=case.paused_at - week)
    before = Case.objects.get().due_at
    services.attach_supplement(mother, submitted.id, "photo", photograph("red"), file_name="moi.png")
    services.answer_supplement(mother, submitted.id, {"stall": "Quầy Hoa Sen"}, note="Đã chụp lại")
    case = Case.objects.get()
    assert case.due_at > before + timedelta(days=5)
    assert (case.status, case.paused_at, case.subject) == (4, None, "Quầy Hoa Sen")
    assert open_task(submitted.id).step == "verify"
    agrees(submitted.id)
    view = queries.case(commune.at("civil-status"), submitted.id)
    assert view.supplement and view.supplement.answered_at
    assert view.papers[0].file_name == "moi.png"
    assert {choice.outcome for choice in view.open_task.choices} == {"done", "refuse"}


def test_what_a_register_answered_is_not_corrected_by_hand(submitted, commune, mother) -> None:
    do(commune, submitted)
    do(commune, submitted, "ask-supplement", note="Tên quầy")
    before = Case.objects.get().form
    with pytest.raises(Invalid) as refused:
        services.answer_supplement(mother, submitted.id, {"stall": "x" * 41})
    assert set(refused.value.errors) == {"stall"}
    assert Case.objects.get().paused_at
    services.answer_supplement(mother, submitted.id, {"owner": str(submitted.id), "stall": "Quầy Sen"})
    assert Case.objects.get().form == before | {"stall": "Quầy Sen"}


def test_a_supplement_is_asked_once(submitted, commune, mother) -> None:
    do(commune, submitted)
    do(commune, submitted, "ask-supplement", note="Ảnh mờ")
    services.answer_supplement(mother, submitted.id)
    with pytest.raises(Conflict):
        do(commune, submitted, "ask-supplement", note="Thiếu nữa")
    with pytest.raises(Conflict):
        services.answer_supplement(mother, submitted.id)


def test_what_is_asked_must_be_said(submitted, commune) -> None:
    do(commune, submitted)
    with pytest.raises(Invalid) as refused:
        do(commune, submitted, "ask-supplement", note=" ")
    assert "note" in refused.value.errors
    with pytest.raises(Invalid) as refused:
        do(commune, submitted, "refuse", note="Không được")
    assert "ground" in refused.value.errors
    with pytest.raises(Invalid):
        do(commune, submitted, "approve")


@pytest.mark.parametrize(("steps", "status"), [(0, 3), (1, 8)])
def test_a_refusal_ends_with_its_ground(submitted, commune, mother, steps: int, status: int) -> None:
    for _ in range(steps):
        do(commune, submitted)
    do(commune, submitted, "refuse", note="Chưa đủ điều kiện.", ground="Điều 3")
    view = queries.case(mother, submitted.id)
    assert (view.status_code, view.outcome) == (status, "refused")
    assert view.timeline[-1].note == "Chưa đủ điều kiện. Căn cứ: Điều 3"
    agrees(submitted.id)


def test_the_applicant_withdraws(submitted, commune, mother) -> None:
    do(commune, submitted)
    task = open_task(submitted.id)
    assert queries.case(mother, submitted.id).may_withdraw
    services.withdraw(mother, submitted.id, "Đổi ý")
    services.withdraw(mother, submitted.id, "Đổi ý")
    agrees(submitted.id)
    with pytest.raises(Conflict) as late:
        services.complete(commune.at("civil-status"), task.pk, "done")
    assert "rút" in str(late.value.detail)
    with pytest.raises(Forbidden):
        services.withdraw(commune.at("civil-status"), submitted.id, "Thay")


def test_who_is_second_is_told_who_was_first(submitted, commune) -> None:
    task = open_task(submitted.id)
    officer = commune.at("one-stop")
    services.complete(officer, task.pk, "done")
    colleague = replace(officer, name="Đồng nghiệp cùng vị trí")
    for second, outcome in ((colleague, "done"), (officer, "refuse")):
        with pytest.raises(Conflict) as late:
            services.complete(second, task.pk, outcome)
        assert "Cán bộ one-stop 13225" in str(late.value.detail)


def test_what_one_officer_sends_twice_is_done_once(submitted, commune) -> None:
    task = open_task(submitted.id)
    first = services.complete(commune.at("one-stop"), task.pk, "done", revision=1)
    assert services.complete(commune.at("one-stop"), task.pk, "done", revision=1) == first == submitted
    assert Task.objects.filter(case=submitted.id).count() == 2
    agrees(submitted.id)


def test_a_claim_keeps_colleagues_off(submitted, commune) -> None:
    task = open_task(submitted.id)
    officer = commune.at("one-stop")
    colleague = type(officer)(**{f: getattr(officer, f) for f in officer.__slots__} | {"post": task.pk, "name": "Bạn"})
    services.claim(officer, task.pk)
    services.claim(officer, task.pk)
    with pytest.raises(Conflict) as taken:
        services.complete(colleague, task.pk, "done")
    assert "Cán bộ one-stop" in str(taken.value.detail)
    services.release(officer, task.pk)
    services.complete(colleague, task.pk, "done")


def test_a_page_shown_before_a_change_is_refused(submitted, commune, mother) -> None:
    do(commune, submitted)
    seen = queries.case(commune.at("civil-status"), submitted.id)
    do(commune, submitted, "ask-supplement", note="Ảnh mờ")
    services.answer_supplement(mother, submitted.id)
    with pytest.raises(StaleRevision):
        services.complete(commune.at("civil-status"), open_task(submitted.id).pk, "done", revision=seen.revision)


def test_another_commune_does_not_learn_that_the_case_exists(submitted, neighbour, commune) -> None:
    stranger = neighbour.at("one-stop")
    with pytest.raises(NotFound):
        queries.case(stranger, submitted.id)
    with pytest.raises(NotFound):
        queries.case_ref(stranger, submitted.code)
    with pytest.raises(NotFound):
        services.complete(stranger, open_task(submitted.id).pk, "done")
    assert queries.inbox(stranger, "all").rows == ()
    with pytest.raises(Forbidden):
        services.complete(commune.at("chair"), open_task(submitted.id).pk, "done")


def test_a_running_case_keeps_its_version(submitted, apply, commune, mother) -> None:
    from .conftest import PROCEDURE

    shorter = PROCEDURE.replace("  - {name: decide, label: {vi: Quyết định, en: Decide}, by: chair, hours: 2}\n", "")
    apply(shorter)
    do(commune, submitted)
    do(commune, submitted)
    assert open_task(submitted.id).step == "decide"
    fresh = services.submit(mother, filled(mother))
    do(commune, fresh)
    do(commune, fresh)
    assert (Case.objects.get(pk=fresh.id).version, Case.objects.get(pk=fresh.id).status) == (2, 10)


def test_an_officer_s_look_is_in_the_applicant_s_log(submitted, commune, mother) -> None:
    from tinhso.identity.queries import accesses_to

    for _ in range(2):
        queries.case(commune.at("one-stop"), submitted.id)
    rows = accesses_to(mother).rows
    assert [(row.case, row.post) for row in rows] == [(submitted.id, "Vị trí one-stop")]


def test_the_timeline_is_sealed(submitted) -> None:
    events = CaseEvent.objects.filter(case=submitted.id)
    assert events.count() == 1 and events.get().seq and events.get().txid


def test_no_query_grows_with_rows(permit, mother, commune, django_assert_max_num_queries) -> None:
    for _ in range(5):
        services.submit(mother, filled(mother))
    for read in (
        lambda: queries.inbox(commune.at("one-stop"), "unit"),
        lambda: queries.my_cases(mother),
        lambda: queries.cases_in(commune.at("one-stop"), "13225"),
    ):
        read()
        with django_assert_max_num_queries(3):
            read()


def test_the_inbox_pages_by_due_time(permit, mother, commune) -> None:
    refs = [services.submit(mother, filled(mother)) for _ in range(5)]
    officer = commune.at("one-stop")
    seen, cursor = [], ""
    while True:
        page = queries.inbox(officer, "unit", after=cursor, limit=2)
        seen += [row.code for row in page.rows]
        cursor = page.next
        if not cursor:
            break
    assert sorted(seen) == sorted(ref.code for ref in refs)
    assert [t.due_at for t in Task.objects.filter(case__code__in=seen).order_by("due_at", "id")] == sorted(
        Task.objects.values_list("due_at", flat=True)
    )
    assert len(queries.inbox(officer, "unit", search="tran thi hoa").rows) == 5
    assert len(queries.inbox(officer, "unit", search=refs[2].code).rows) == 1
    assert queries.inbox_counts(officer) == {"mine": "0", "unit": "5", "all": "5"}
    first = queries.next_task(officer)
    assert first and queries.next_task(officer, after=first.id).id != first.id


def test_anybody_with_the_code_sees_the_status_only(submitted) -> None:
    tracked = queries.track(submitted.code.lower())
    assert (tracked.procedure, tracked.status) == ("Cấp phép thử", "Mới đăng ký")
    assert "Hoa" not in str(tracked)
    with pytest.raises(NotFound):
        queries.track("H31.15-990101-0001")


def test_a_claim_and_its_return_are_heard_on_the_desks_of_the_agency(submitted, commune) -> None:
    task = open_task(submitted.id)
    services.claim(commune.at("one-stop"), task.pk)
    services.release(commune.at("one-stop"), task.pk)
    heard = Event.objects.filter(name="case.claimed", subject=f"case:{submitted.id}").order_by("id")
    assert [event.data["claimed"] for event in heard] == [True, False]
    assert {event.data["agency"] for event in heard} == {str(commune.agency.pk)}


def test_the_inbox_is_narrowed_by_procedure_state_claim_and_due_time(permit, mother, commune) -> None:
    refs = [services.submit(mother, filled(mother)) for _ in range(4)]
    officer = commune.at("one-stop")
    tasks = [open_task(ref.id) for ref in refs]
    now = timezone.localtime()
    midnight = now.replace(hour=23, minute=59, second=59, microsecond=999_999)
    dues = (now - timedelta(days=1), midnight, now + timedelta(days=4), now + timedelta(days=9))
    for task, due in zip(tasks, dues, strict=True):
        Task.objects.filter(pk=task.pk).update(due_at=due)
    services.claim(officer, tasks[2].pk)

    def codes(**asked: Any) -> list[str]:
        return [row.code for row in queries.inbox(officer, "unit", **asked).rows]

    everything = [ref.code for ref in refs]
    assert codes() == everything
    assert (codes(due="late"), codes(due="today")) == (everything[:1], everything[1:2])
    assert codes(due="week") == everything[1:3]
    assert codes(claimed=True) == everything[2:3]
    assert codes(claimed=False) == everything[:2] + everything[3:]
    assert (codes(status=1), codes(status=4)) == (everything, [])
    assert (codes(procedure=permit), codes(procedure="trial.other")) == (everything, [])


def test_neighbours_are_those_due_around_a_task(permit, mother, commune) -> None:
    refs = [services.submit(mother, filled(mother)) for _ in range(6)]
    officer = commune.at("one-stop")
    order = [row.code for row in queries.inbox(officer, "unit").rows]
    middle = next(open_task(ref.id) for ref in refs if ref.code == order[3])
    assert [row.code for row in queries.neighbours(officer, middle.pk, before=2, after=1)] == order[1:5]
    services.complete(officer, middle.pk, "done")
    assert [row.code for row in queries.neighbours(officer, middle.pk, before=2, after=1)] == [*order[1:3], *order[4:6]]
    assert [row.code for row in queries.neighbours(officer, None, before=1, after=1)] == [*order[:3]]


def test_all_cases_of_an_agency_stay_with_it(permit, mother, commune, neighbour) -> None:
    refs = [services.submit(mother, filled(mother)) for _ in range(3)]
    officer = commune.at("civil-status")
    page = queries.agency_cases(officer, limit=2)
    rest = queries.agency_cases(officer, limit=2, after=page.next)
    assert [c.code for c in (*page.cases, *rest.cases)] == [ref.code for ref in reversed(refs)]
    assert [c.code for c in queries.agency_cases(officer, search=refs[1].code).cases] == [refs[1].code]
    assert queries.agency_cases(officer, status=10).cases == ()
    assert queries.agency_cases(neighbour.at("one-stop")).cases == ()
    with pytest.raises(NotFound):
        queries.agency_cases(mother)


def test_each_paper_that_is_opened_is_a_look_of_its_own(submitted, commune, mother) -> None:
    queries.case(commune.at("one-stop"), submitted.id)
    queries.paper(commune.at("one-stop"), submitted.id, "photo")
    seen = Access.objects.filter(person_id=mother.person, post_id=commune.at("one-stop").post)
    assert sorted(seen.values_list("fields", flat=True)) == ["papers", "personal"]
