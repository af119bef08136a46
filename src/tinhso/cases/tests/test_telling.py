"""The applicant is told of what becomes of the case; officers of what is theirs."""

from datetime import timedelta

from django.utils.timezone import localdate, localtime, now

from tinhso.cases import services, telling, telling_drafts
from tinhso.cases.models import Case, Task
from tinhso.cases.services.rating import LOW
from tinhso.kernel import calendar, packs
from tinhso.kernel.events import deliver_to_all
from tinhso.kernel.models import Event as Row
from tinhso.notices import queries as notices
from tinhso.notices.definitions import placeholders

from .conftest import PACKS, do, open_task
from .office import at_home
from .test_watch import At

ONE_STOP = PACKS / "one-stop"


def test_from_submission_to_the_result(told, submitted, commune, mother) -> None:
    for _step in ("receive", "verify", "decide"):
        do(commune, submitted)
    code = submitted.code
    assert told() == [f"Đã nhận hồ sơ {code}", f"Hồ sơ {code} đã có kết quả"]
    first = notices.notices(mother).notices[-1]
    assert (first.about, first.thing) == ("case", str(submitted.id))
    body = notices.notice(mother, first.id).body
    assert "“Cấp phép thử”" in body and "Ủy ban nhân dân phường Thái Bình" in body


def test_a_supplement_is_told_in_full_after_sign_in_and_its_answer_too(told, submitted, commune, mother) -> None:
    do(commune, submitted)
    do(commune, submitted, "ask-supplement", note="Ảnh mờ\nThiếu ngày mở")
    services.answer_supplement(mother, submitted.id, {"note": "đã sửa"}, note="xong")
    subjects = told()
    assert subjects[1:] == [
        f"Hồ sơ {submitted.code} cần bổ sung", f"Đã nhận phần bổ sung của hồ sơ {submitted.code}",
    ]  # fmt: skip
    asked = next(one for one in notices.notices(mother).notices if "cần bổ sung" in one.subject)
    assert "Ảnh mờ\nThiếu ngày mở" in notices.notice(mother, asked.id).body


def test_a_refusal_gives_reason_and_ground(told, submitted, commune, mother) -> None:
    do(commune, submitted, "refuse", note="Không đủ điều kiện", ground="Điều 9 Quy định thử")
    assert told()[-1] == f"Hồ sơ {submitted.code} không được giải quyết"
    body = notices.notice(mother, notices.notices(mother).notices[0].id).body
    assert "Không đủ điều kiện" in body and "Điều 9 Quy định thử" in body


def test_whoever_withdraws_knows_it(told, submitted, mother) -> None:
    services.withdraw(mother, submitted.id, "nhầm")
    assert told() == [f"Đã nhận hồ sơ {submitted.code}"]


def test_a_case_stopped_by_the_agency_and_opened_again_is_told_with_reasons(told, submitted, commune, mother) -> None:
    chair = commune.at("chair")
    services.cancel(chair, submitted.id, "Thửa đất đang tranh chấp", "Khoản 2 Điều 5")
    assert told()[-1] == f"Hồ sơ {submitted.code} dừng giải quyết"
    body = notices.notice(mother, notices.notices(mother).notices[0].id).body
    assert "Thửa đất đang tranh chấp" in body and "Khoản 2 Điều 5" in body
    services.reopen(chair, submitted.id, "Đã hết tranh chấp")
    assert told()[-1] == f"Hồ sơ {submitted.code} được mở lại"
    assert "Đã hết tranh chấp" in notices.notice(mother, notices.notices(mother).notices[0].id).body


def test_who_is_late_apologises_and_the_new_date_is_the_one_that_is_told(told, submitted, commune, mother) -> None:
    due = Case.objects.get(pk=submitted.id).due_at
    assert due
    after = due + timedelta(days=3)
    until = calendar.next_working_day(localdate(after) + timedelta(days=7))
    with At(f"{localtime(after):%Y-%m-%d %H:%M}"):
        services.watch()
        assert told()[-1] == f"Hồ sơ {submitted.code} trễ hẹn"
        services.redate(commune.at("one-stop"), submitted.id, until, "Chờ xác minh")
        services.watch()
        assert told()[1:] == [f"Hồ sơ {submitted.code} trễ hẹn", f"Ngày hẹn mới của hồ sơ {submitted.code}"]
        body = notices.notice(mother, notices.notices(mother).notices[0].id).body
    assert f"{until:%d/%m/%Y}" in body and f"{localdate(due):%d/%m/%Y}" not in body


def test_who_has_a_new_date_already_is_not_told_of_the_old_one(told, submitted, commune, mother) -> None:
    due = Case.objects.get(pk=submitted.id).due_at
    assert due
    until = calendar.next_working_day(localdate(due) + timedelta(days=7))
    services.redate(commune.at("one-stop"), submitted.id, until, "Chờ xác minh")
    with At(f"{localtime(due + timedelta(days=1)):%Y-%m-%d %H:%M}"):
        services.watch()
        assert not any("trễ hẹn" in subject for subject in told())


def test_an_officer_is_told_what_the_head_gave_them_and_nobody_of_their_own_deed(told, submitted, commune) -> None:
    head, an = at_home(commune, "head", "head"), at_home(commune, "an", "one-stop", name="Bà An")
    services.assign(head, open_task(submitted.id).pk, an.post)
    assert told(an) == [f"Được giao hồ sơ {submitted.code}"]
    services.take_over(commune.at("one-stop"), open_task(submitted.id).pk, "Bà An nghỉ")
    assert told(commune.at("one-stop")) == []


def test_whoever_has_the_step_hears_that_its_time_is_nearly_over(told, submitted, commune) -> None:
    desk, clerk = commune.at("one-stop"), commune.at("civil-status")
    services.claim(desk, open_task(submitted.id).pk)
    Task.objects.update(alarm_at=now() - timedelta(seconds=1))
    services.watch()
    assert told(desk) == [f"Hồ sơ {submitted.code} sắp đến hạn"] and told(clerk) == []
    body = notices.notice(desk, notices.notices(desk).notices[0].id).body
    due = localtime(open_task(submitted.id).due_at)
    assert f"{due:%H:%M %d/%m/%Y}" in body, "by when the step has to be done, not the case"


def test_a_province_without_the_texts_goes_on(submitted, mother) -> None:
    for event in Row.objects.filter(name="case.submitted"):
        deliver_to_all(event.id)
    assert notices.notices(mother).notices == ()


def test_a_case_of_the_platform_itself_tells_nobody(told, submitted, mother) -> None:
    Case.objects.update(internal=True)
    assert told() == []


def test_every_text_of_the_table_is_in_the_pack_and_nothing_personal_is_open() -> None:
    pack = packs.read([ONE_STOP])[0]
    assert packs.check([pack]) == []
    texts = {d.name: d.model for d in pack.definitions if d.kind.name == "notice"}
    drafts = {telling_drafts.ASKED, telling_drafts.AGREED, telling_drafts.DECLINED}
    assert {line.template for line in telling.TABLE} | drafts | {LOW} == texts.keys()
    known = placeholders("case")
    for text in texts.values():
        lines = [line for line in telling.TABLE if line.template == f"one-stop.{text.notice}"]
        assert not lines or {line.officers is not None for line in lines} == {text.audience == "officer"}
        assert set(known) >= text.needs()
