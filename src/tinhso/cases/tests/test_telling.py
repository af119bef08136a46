"""The applicant is told of what becomes of the case; officers of what is theirs."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tinhso.cases import services, telling
from tinhso.cases.models import Case, Task
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.events import Event, deliver_to_all
from tinhso.kernel.ids import uuid7
from tinhso.kernel.models import Event as Row
from tinhso.notices import queries as notices
from tinhso.notices.definitions import placeholders

from .conftest import PACKS, SYSTEM, do

ONE_STOP = PACKS / "one-stop"


@pytest.fixture
def told(submitted, mother) -> Any:
    """What the applicant was told so far, oldest first, once the worker has handed out the events (twice, as after a
    crash)."""
    packs.apply(SYSTEM, packs.read([ONE_STOP]))

    def run(actor: Actor = mother) -> list[str]:
        for event in Row.objects.filter(name__startswith="case.").order_by("seq"):
            deliver_to_all(event.id)
            deliver_to_all(event.id)
        return [one.subject for one in reversed(notices.notices(actor).notices)]

    return run


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


def heard(name: str, subject: str, **data: Any) -> Event:
    return Event(uuid7(), datetime.now(UTC), name, subject, {}, data)


@pytest.mark.parametrize(
    ("name", "words"),
    [("case.late", "trễ hẹn"), ("case.redated", "Ngày hẹn mới"), ("payment.asked", "cần nộp phí")],
)
def test_lateness_and_fees_are_told_once_an_event(told, submitted, mother, name, words) -> None:
    subject = f"order:{uuid7()}" if name.startswith("payment") else f"case:{submitted.id}"
    event = heard(name, subject, case=str(submitted.id), amount=30_000)
    telling.tell(event)
    telling.tell(event)
    assert [words in one for one in told()] == [True, False] or [words in one for one in told()] == [False, True]
    if name == "payment.asked":
        body = next(
            notices.notice(mother, one.id).body for one in notices.notices(mother).notices if words in one.subject
        )
        assert "30.000 đ" in body


def test_officers_hear_of_what_was_assigned_and_of_what_is_at_risk(told, submitted, commune) -> None:
    clerk = commune.at("civil-status")
    telling.tell(heard("case.assigned", f"case:{submitted.id}", to=str(clerk.post)))
    assert told(clerk) == [f"Được giao hồ sơ {submitted.code}"]
    desk = commune.at("one-stop")
    telling.tell(heard("case.at-risk", f"case:{submitted.id}"))
    assert told(desk) == [], "nobody has taken it yet"
    services.claim(desk, Task.objects.get().pk)
    telling.tell(heard("case.at-risk", f"case:{submitted.id}"))
    assert told(desk) == [f"Hồ sơ {submitted.code} sắp đến hạn"]
    telling.tell(heard("case.assigned", f"case:{submitted.id}", to=str(UUID(int=5))))
    telling.tell(heard("case.assigned", f"case:{submitted.id}"))


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
    assert {line.template for line in telling.TABLE} <= texts.keys()
    known = placeholders("case")
    for text in texts.values():
        officer = any(line.officers for line in telling.TABLE if line.template.endswith("." + text.notice))
        assert not officer or text.audience == "officer"
        assert set(known) >= text.needs()
    assert Path(ONE_STOP / "notices").is_dir()
