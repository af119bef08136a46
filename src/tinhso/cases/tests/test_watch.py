"""What time brings by itself: at risk, late, the superior, the letter of apology, a calendar that changes."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from tinhso.cases import queries, services, tasks
from tinhso.cases.contracts import CaseRef
from tinhso.cases.models import Case, CaseEvent, id_at
from tinhso.cases.timeline import of_case
from tinhso.identity.models import Agency, Post
from tinhso.identity.queries import superior
from tinhso.kernel import calendar
from tinhso.kernel.actor import Actor
from tinhso.kernel.calendar.services import clear_special_day, set_special_day
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.ids import uuid7
from tinhso.kernel.models import Event

from .conftest import PROCEDURE, SYSTEM, Commune, agrees, do, filled, open_task

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


def vn(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=HANOI)


@pytest.fixture(autouse=True)
def _days_forgotten() -> Iterator[None]:
    calendar.forget()
    yield
    calendar.forget()


class At:
    """The server's clock at a moment of Viet Nam's time."""

    def __init__(self, text: str) -> None:
        self.patch = patch("django.utils.timezone.now", lambda: vn(text))

    def __enter__(self) -> None:
        self.patch.start()

    def __exit__(self, *_: Any) -> None:
        self.patch.stop()


@pytest.fixture
def case(permit: str, mother: Actor) -> CaseRef:
    """Handed in on Wednesday 25 November 2026 at 08:00: due on Thursday at 08:00, its first step on Wednesday at 9."""
    with At("2026-11-25 08:00"):
        return services.submit(mother, filled(mother))


def heard(name: str, case: CaseRef) -> list[Event]:
    return list(Event.objects.filter(name=name, subject=f"case:{case.id}").order_by("at", "id"))


def kinds(case: CaseRef) -> list[str]:
    return list(of_case(case.id).values_list("kind", flat=True))


def test_a_step_at_risk_is_told_once_and_shown_in_the_queue(case: CaseRef, commune: Commune) -> None:
    officer = commune.at("one-stop")
    with At("2026-11-25 08:44"):
        assert services.watch() == 0
        assert not queries.inbox(officer).rows[0].soon
        assert queries.reminder(officer).at_risk == 0
    with At("2026-11-25 08:46"):  # a quarter of the hour is left
        assert queries.inbox(officer, due="risk").rows[0].soon
        for _again in range(3):
            services.watch()
        assert [event.data["step"] for event in heard("case.at-risk", case)] == ["receive"]
        assert queries.reminder(officer).at_risk == 1
        assert queries.inbox(officer, due="risk").rows[0].code == case.code


def test_a_case_becomes_late_once_with_an_event_on_its_timeline(case: CaseRef, commune: Commune, mother: Actor) -> None:
    with At("2026-11-26 07:59"):
        services.watch()
        assert not heard("case.late", case)
        assert queries.case(mother, case.id).soon
    with At("2026-11-26 08:01"):
        for _again in range(3):
            services.watch()
        assert len(heard("case.late", case)) == 1
        assert kinds(case).count("late") == 1
        assert queries.case(mother, case.id).late
        agrees(case.id)
        assert services.watch() == 0


def test_a_step_that_stays_late_goes_to_the_head_and_stays_the_officer_s(case: CaseRef, commune: Commune) -> None:
    officer, chair = commune.at("one-stop"), commune.at("chair")
    with At("2026-11-25 08:30"):
        services.claim(officer, open_task(case.id).pk)
    with At("2026-11-26 08:59"):  # late since Wednesday 09:00; eight working hours later is Thursday 09:00
        services.watch()
        assert queries.inbox(chair, "escalated").rows == ()
    with At("2026-11-26 09:01"):
        for _again in range(3):
            services.watch()
        (row,) = queries.inbox(chair, "escalated").rows
        assert (row.code, row.late) == (case.code, True)
        assert row.late_of == "Cán bộ one-stop 13225, Ủy ban nhân dân phường Thái Bình"
        assert queries.inbox_counts(chair)["escalated"] == "1"
        assert "escalated" not in queries.inbox_counts(officer)
        assert queries.inbox(officer, "escalated").rows == ()
        assert queries.inbox(officer, "mine").rows[0].code == case.code
        assert len(heard("case.escalated", case)) == 1
        assert kinds(case).count("escalated") == 1
        agrees(case.id)
        do(commune, case)
        assert queries.inbox(chair, "escalated").rows == ()


def test_the_applicant_does_not_read_who_was_reported_to_whom(case: CaseRef, commune: Commune, mother: Actor) -> None:
    with At("2026-11-27 09:01"):
        services.watch()
        assert "escalated" in {entry.kind for entry in queries.timeline(commune.at("chair"), case.id)}
        assert "escalated" not in {entry.kind for entry in queries.timeline(mother, case.id)}


def test_the_superior_of_a_head_sits_in_the_agency_above(commune: Commune) -> None:
    valid = DateRange(date(2025, 7, 1), None)
    above = Agency.objects.create(
        code="H31", name="Ủy ban nhân dân tỉnh", kind="people-committee", level="province", unit="33", valid=valid
    )
    here = commune.agency
    assert superior(here.pk, "civil-status").id == here.pk  # type: ignore[union-attr]
    assert superior(here.pk, "chair") is None
    Agency.objects.filter(pk=here.pk).update(parent=above)
    assert superior(here.pk, "chair") is None  # nobody sits there
    Post.objects.create(agency=above, key="leader", title="Lãnh đạo", roles=["leader"], valid=valid)
    assert superior(here.pk, "chair").id == above.pk  # type: ignore[union-attr]
    centre = Agency.objects.create(
        code="H31.15.1", name="Trung tâm", kind="one-stop-centre", level="commune", unit="13225", valid=valid,
        parent=here,
    )  # fmt: skip
    assert superior(centre.pk, "one-stop").id == here.pk  # type: ignore[union-attr]


def test_while_the_clock_stands_nothing_is_told_and_afterwards_all_moves(
    case: CaseRef, commune: Commune, mother: Actor
) -> None:
    with At("2026-11-25 08:30"):
        do(commune, case)
    with At("2026-11-25 16:00"):
        do(commune, case, "ask-supplement", note="Ảnh mờ")
    with At("2026-12-07 09:00"):
        services.watch()
        assert not heard("case.late", case)
        services.answer_supplement(mother, case.id, note="Đây")
        # Wed 1 h, Thu 26 to Fri 4 December seven days of 8 h, Mon 7 December 1.5 h: 58.5 h after Thu 26 at 08:00
        assert Case.objects.get(pk=case.id).due_at == vn("2026-12-07 10:30")
        agrees(case.id)
        assert open_task(case.id).due_at == vn("2026-12-07 10:30")
        assert queries.case(mother, case.id).soon  # an hour and a half of eight is left
    with At("2026-12-07 10:31"):
        services.watch()
        assert len(heard("case.late", case)) == 1


def test_an_answer_that_seems_to_come_before_the_question_is_taken(
    case: CaseRef, commune: Commune, mother: Actor
) -> None:
    """The clock of the server was set back while the case stood still."""
    with At("2026-11-25 14:00"):
        do(commune, case)
        do(commune, case, "ask-supplement", note="Ảnh mờ")
    with At("2026-11-25 09:00"):
        services.answer_supplement(mother, case.id, note="Đây")
    row = Case.objects.get(pk=case.id)
    assert (row.due_at, row.paused_at) == (vn("2026-11-26 08:00"), None)
    agrees(case.id)
    assert kinds(case) == ["submitted", "received", "supplement-asked", "supplement-answered"]


def test_the_timeline_keeps_its_order_though_another_machine_s_clock_is_slow(
    case: CaseRef, commune: Commune, mother: Actor
) -> None:
    do(commune, case)
    services.claim(commune.at("civil-status"), open_task(case.id).pk)
    slow = timezone.now() - timedelta(hours=3)
    last = of_case(case.id).last()
    CaseEvent.objects.filter(pk=last.pk).update(id=id_at(slow), at=slow)  # type: ignore[union-attr]
    assert kinds(case) == ["submitted", "received", "claimed"]
    assert [entry.kind for entry in queries.timeline(commune.at("chair"), case.id)] == kinds(case)
    agrees(case.id)


# --- The letter of apology ---------------------------------------------------------------------------------------


def test_an_apology_gives_one_new_date_and_the_case_stays_late_by_the_first(
    case: CaseRef, commune: Commune, mother: Actor
) -> None:
    officer = commune.at("one-stop")
    with At("2026-11-26 09:00"):
        services.watch()
        assert queries.case(officer, case.id).may_redate
        services.redate(officer, case.id, date(2026, 11, 30), "Chưa có kết quả xác minh.")
        services.redate(officer, case.id, date(2026, 11, 30), "Chưa có kết quả xác minh.")
        with pytest.raises(Conflict) as again:
            services.redate(commune.at("chair"), case.id, date(2026, 12, 1), "Thêm")
        assert "30/11/2026" in str(again.value.detail)
        view = queries.case(mother, case.id)
        assert (view.due_at, view.redated_to) == (vn("2026-11-26 08:00"), vn("2026-11-30 17:00"))
        assert (view.redated_why, view.late) == ("Chưa có kết quả xác minh.", True)
        assert not queries.case(officer, case.id).may_redate
        assert [event.data["until"][:10] for event in heard("case.redated", case)] == ["2026-11-30"]
        agrees(case.id)
        letter = {"case": str(case.id), "role": "apology"}
        assert ProcrastinateJob.objects.filter(task_name="cases.issue_paper", args=letter).count() == 1
    with At("2026-11-27 10:00"):
        for _step in range(3):
            do(commune, case)
    row = Case.objects.get(pk=case.id)
    assert (row.outcome, row.on_time) == ("returned", False)
    assert row.margin == -10 * 60  # Thursday 08:00 to Friday 10:00
    with At("2026-11-27 11:00"):
        assert queries.case(mother, case.id).due_words == "trễ hạn 1 ngày làm việc"


def test_the_letter_says_what_was_promised_why_and_who_promises_anew(
    case: CaseRef, commune: Commune, mother: Actor
) -> None:
    from tinhso.cases import papers, workflow

    with At("2026-11-26 09:00"):
        services.redate(commune.at("chair"), case.id, date(2026, 11, 30), "Chưa có kết quả xác minh.")
    row = Case.objects.get(pk=case.id)
    title, data = papers.slip("apology", row, workflow.procedure(row.procedure, row.version))
    assert title == "Phiếu xin lỗi và hẹn lại ngày trả kết quả"
    assert (data["due_at"], data["new_due_at"]) == ("2026-11-26T08:00", "2026-11-30T17:00")
    assert data["reason"] == "Chưa có kết quả xác minh."
    assert data["signer"] == {"title": "Vị trí chair", "name": "Cán bộ chair 13225"}


@pytest.mark.parametrize(
    ("until", "reason", "field"),
    [
        (None, "Lý do", "until"),
        (date(2026, 11, 28), "Lý do", "until"),  # Saturday
        (date(2026, 11, 25), "Lý do", "until"),  # before the time promised
        (date(2028, 3, 1), "Lý do", "until"),  # more than a year
        (date(2026, 11, 30), "  ", "reason"),
    ],
)
def test_a_new_date_is_a_working_day_later_than_the_promise_and_has_its_reason(
    case: CaseRef, commune: Commune, until: date | None, reason: str, field: str
) -> None:
    with At("2026-11-26 09:00"), pytest.raises(Invalid) as refused:
        services.redate(commune.at("one-stop"), case.id, until, reason)
    assert set(refused.value.errors) == {field}
    assert Case.objects.get(pk=case.id).redated_to is None


def test_only_who_works_on_a_case_or_leads_may_promise(
    case: CaseRef, commune: Commune, neighbour: Commune, mother: Actor
) -> None:
    monday = date(2026, 11, 30)
    with At("2026-11-26 09:00"):
        with pytest.raises(NotFound):
            services.redate(neighbour.at("chair"), case.id, monday, "Lý do")
        for other in (commune.at("civil-status"), mother):  # not their turn; the applicant
            with pytest.raises(Forbidden):
                services.redate(other, case.id, monday, "Lý do")
        do(commune, case)
        do(commune, case, "ask-supplement", note="Ảnh mờ")
        with pytest.raises(Conflict):
            services.redate(commune.at("chair"), case.id, monday, "Lý do")


# --- A calendar that changes -------------------------------------------------------------------------------------


def change(day: date, *, works: bool | None) -> None:
    """Set a day (None: clear it) and let the jobs that follow from it run."""
    if works is None:
        clear_special_day(SYSTEM, day)
    else:
        set_special_day(SYSTEM, day, works=works, name="Nghỉ bão" if not works else "Làm bù")
    calendar.forget()
    tasks.reschedule(day.isoformat())


def test_a_holiday_added_moves_what_was_promised_over_it_and_says_why(
    case: CaseRef, commune: Commune, mother: Actor
) -> None:
    with At("2026-11-25 09:30"):
        change(date(2026, 11, 26), works=False)
        row = Case.objects.get(pk=case.id)
        assert row.due_at == vn("2026-11-27 08:00")
        agrees(case.id)
        (event,) = heard("case.rescheduled", case)
        assert (event.data["day"], event.data["before"][:10]) == ("2026-11-26", "2026-11-26")
        last = queries.timeline(mother, case.id)[-1]
        assert last.note == (
            "Ngày 26/11/2026 (Nghỉ bão) nay là ngày nghỉ: hạn trả từ 08:00 26/11/2026 chuyển sang 08:00 27/11/2026."
        )
        change(date(2026, 11, 26), works=False)
        assert len(heard("case.rescheduled", case)) == 1
        change(date(2026, 11, 26), works=None)
        assert Case.objects.get(pk=case.id).due_at == vn("2026-11-26 08:00")
        assert kinds(case).count("rescheduled") == 2  # made shorter again: told as well
        agrees(case.id)


def test_a_late_case_that_a_holiday_makes_timely_may_become_late_again(case: CaseRef) -> None:
    with At("2026-11-26 10:00"):
        services.watch()
        assert kinds(case)[-1] in {"late", "escalated"}
        change(date(2026, 11, 26), works=False)
        services.watch()
        assert len(heard("case.late", case)) == 1
    with At("2026-11-27 08:01"):
        services.watch()
        assert len(heard("case.late", case)) == 2


def test_a_day_outside_its_time_leaves_a_case_alone(case: CaseRef, mother: Actor) -> None:
    with At("2026-11-25 09:30"):
        change(date(2026, 12, 1), works=False)
        change(date(2026, 11, 20), works=False)
    assert heard("case.rescheduled", case) == []


def test_a_paused_case_learns_of_a_holiday_when_it_goes_on(case: CaseRef, commune: Commune, mother: Actor) -> None:
    with At("2026-11-25 08:30"):
        do(commune, case)
        do(commune, case, "ask-supplement", note="Ảnh mờ")  # 7.5 h are left
        change(date(2026, 11, 27), works=False)
        agrees(case.id)
    with At("2026-11-30 08:30"):
        services.answer_supplement(mother, case.id, note="Đây")
    # Wed 7 h, Thu 8 h, Fri off, Mon 1 h stood still: 16 h after Thu 26 at 08:00, with Friday off
    assert Case.objects.get(pk=case.id).due_at == vn("2026-12-01 08:00")


def test_recomputing_goes_on_where_it_stopped(permit: str, mother: Actor) -> None:
    with At("2026-11-25 08:00"):
        refs = [services.submit(mother, filled(mother)) for _ in range(5)]
        set_special_day(SYSTEM, date(2026, 11, 26), works=False, name="Nghỉ bão")
        day = date(2026, 11, 26)
        first = services.reschedule(day, limit=2)
        assert (first.looked, first.moved) == (2, 2)
        done = services.reschedule(day, limit=2)  # the worker died before it noted the place: nothing twice
        assert (done.looked, done.moved, done.last) == (2, 0, first.last)
        second = services.reschedule(day, after=first.last, limit=2)
        third = services.reschedule(day, after=second.last, limit=2)
        assert (second.moved, third.moved, third.last) == (2, 1, None)
    assert set(Case.objects.values_list("due_at", flat=True)) == {vn("2026-11-27 08:00")}
    assert all(kinds(ref).count("rescheduled") == 1 for ref in refs)


def test_the_job_is_asked_for_by_the_event_of_the_calendar(db: None) -> None:
    from tinhso.kernel import events

    set_special_day(SYSTEM, date(2026, 11, 26), works=False, name="Nghỉ bão")
    events.deliver_to_all(Event.objects.get(name="calendar.changed").pk)
    now, later = ProcrastinateJob.objects.filter(task_name="cases.reschedule").order_by("id")
    assert now.args == later.args == {"day": "2026-11-26"}
    # Once more when every process knows the day: what was handed in to one that did not is put right.
    assert (now.scheduled_at, later.scheduled_at > timezone.now()) == (None, True)


# --- Terms that the form extends ---------------------------------------------------------------------------------


def test_an_answer_that_extends_the_term_is_counted(apply: Any, mother: Actor) -> None:
    longer = PROCEDURE.replace(
        "deadline: {working_hours: 8}",
        'deadline: {working_hours: 8, extended: {when: {note: "xác minh"}, working_days: 5}}',
    )
    apply(longer)
    raw = {"stall": "Quầy", "opens_on": {"day": "1", "month": "12", "year": "2026"}, "note": "xác minh"}
    with At("2026-11-25 08:00"):
        plain = services.submit(mother, filled(mother))
        extended = services.submit(mother, filled(mother, raw=raw))
    assert Case.objects.get(pk=plain.id).due_at == vn("2026-11-26 08:00")
    # Thu 26 08:00 is the end of the first term; Fri 27, Mon 30, Tue 1, Wed 2, Thu 3
    assert Case.objects.get(pk=extended.id).due_at == vn("2026-12-03 17:00")


def test_a_pack_that_extends_by_a_field_that_is_not_there_is_refused(apply: Any) -> None:
    wrong = PROCEDURE.replace(
        "deadline: {working_hours: 8}",
        "deadline: {working_hours: 8, extended: {when: {nothing: true}, working_days: 5}}",
    )
    with pytest.raises(Invalid, match="nothing"):
        apply(wrong)


# --- How agencies keep their terms -------------------------------------------------------------------------------


def test_figures_of_an_agency_lead_to_the_cases_behind_them(
    permit: str, mother: Actor, commune: Commune, neighbour: Commune
) -> None:
    chair = commune.at("chair")
    with At("2026-11-25 08:00"):
        refs = [services.submit(mother, filled(mother)) for _ in range(6)]
    early, on_time, late, running, paused, gone = refs
    with At("2026-11-25 10:00"):
        for _step in range(3):
            do(commune, early)
        do(commune, paused)
        do(commune, paused, "ask-supplement", note="Ảnh mờ")
        services.withdraw(mother, gone.id, "Đổi ý")
    with At("2026-11-26 07:45"):
        for _step in range(3):
            do(commune, on_time)
        found = queries.performance(chair)
        assert (found.total.open, found.total.at_risk, found.total.late, found.total.paused) == (3, 2, 0, 1)
    with At("2026-11-26 09:00"):
        for _step in range(3):
            do(commune, late)
        found = queries.performance(chair)
        assert (found.total.open, found.total.late, found.total.paused) == (2, 1, 1)
        assert (found.total.early, found.total.on_time, found.total.ended_late) == (1, 1, 1)
        assert found.total.in_time_percent == 66.7
        assert [(one.key, one.name) for one in found.procedures] == [("trial.permit", "Cấp phép thử")]
        behind = {kind: queries.performance_cases(chair, kind).cases for kind in queries.PERFORMANCE_KINDS}
        assert {kind: [one.code for one in cases] for kind, cases in behind.items()} == {
            "open": [paused.code, running.code], "at-risk": [], "late": [running.code], "paused": [paused.code],
            "early": [early.code], "on-time": [on_time.code], "ended-late": [late.code],
        }  # fmt: skip
        assert queries.performance_cases(chair, "early", month=date(2026, 10, 3)).cases == ()
        assert queries.performance(neighbour.at("chair")).total.open == 0
        with pytest.raises(NotFound):
            queries.performance(commune.at("one-stop"))
        with pytest.raises(NotFound):
            queries.performance_cases(chair, "late", agency=neighbour.agency.pk)


def test_a_leader_of_the_province_sees_every_agency(permit: str, mother: Actor, commune: Commune) -> None:
    from tinhso.identity.roles import permissions

    valid = DateRange(date(2025, 7, 1), None)
    above = Agency.objects.create(
        code="H31", name="Ủy ban nhân dân tỉnh", kind="people-committee", level="province", unit="33", valid=valid
    )
    extra = Agency.objects.create(
        code="H31.1", name="Văn phòng", kind="office", level="province", unit="33", valid=valid, parent=above
    )
    roles = frozenset(["leader"])
    leader = Actor(
        account=uuid7(), post=uuid7(), agency=above.pk, roles=roles, permissions=permissions(roles), assurance=2
    )
    services.submit(mother, filled(mother))
    found = queries.performance(leader)
    assert [(one.name, one.open) for one in found.agencies] == [("Ủy ban nhân dân phường Thái Bình", 1)]
    assert queries.performance_cases(leader, "open", agency=commune.agency.pk).cases
    assert queries.performance_cases(leader, "open", agency=extra.pk).cases == ()
