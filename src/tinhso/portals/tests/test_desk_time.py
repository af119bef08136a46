"""Time on the pages: what presses, what is late, the letter of apology, and the situation of an agency."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from tinhso.cases import services
from tinhso.cases.models import Case, Task

from .citizen_site import Citizen, Commune, commune, couple
from .people import browser_of
from .reading import text

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")


@pytest.fixture
def office(db: None, settings: Any, tmp_path: Any) -> Commune:
    settings.BLOB_ROOT = tmp_path / "blobs"
    return commune()


@pytest.fixture
def mother(office: Commune) -> Citizen:
    return couple()


@pytest.fixture
def desks(office: Commune) -> dict[str, Client]:
    return {role: browser_of(actor.account) for role, actor in office.officers.items() if actor.account}


@pytest.fixture
def late(mother: Citizen) -> Iterator[UUID]:
    """A case handed in on Wednesday 25 November 2026 at 9, due that day; now it is Friday, 10 o'clock."""
    with patch("django.utils.timezone.now", lambda: datetime(2026, 11, 25, 9, tzinfo=HANOI)):
        case = mother.submit()
    friday = datetime(2026, 11, 27, 10, tzinfo=HANOI)
    with patch("django.utils.timezone.now", lambda: friday):
        mother.browser = browser_of(mother.account)
        services.watch()
        yield case


def browser(office: Commune, role: str) -> Client:
    """Signed in at the time of the test."""
    account = office.officers[role].account
    assert account
    return browser_of(account)


def test_the_queue_says_in_words_and_with_an_icon_what_presses(office: Commune, late: UUID) -> None:
    page = browser(office, "one-stop").get("/desk")
    assert "1 việc của bộ phận đã quá hạn" in text(page)
    assert re.search(r'ts-time--late"><svg.*?</svg><span>trễ 2 ngày làm việc', page.content.decode(), re.S)
    risky = browser(office, "one-stop").get("/desk?han=risk")
    assert "Không có việc nào như vậy" in text(risky)


def test_what_is_soon_due_is_no_matter_of_colour_alone(mother: Citizen, desks: dict[str, Client]) -> None:
    case = mother.submit()
    now = timezone.now()
    Task.objects.filter(case=case).update(opened_at=now - timedelta(days=60), due_at=now + timedelta(minutes=5))
    shown = desks["one-stop"].get("/desk").content.decode()
    assert re.search(r'ts-time--soon"><svg.*?</svg><span>sắp đến hạn, ', shown, re.S)


def test_a_head_sees_whose_work_is_late_and_the_officer_keeps_it(office: Commune, late: UUID) -> None:
    head = browser(office, "chair")
    assert "1 việc quá hạn của người Ông/Bà phụ trách" in text(head.get("/desk"))
    queue = text(head.get("/desk?xem=escalated"))
    assert "quá hạn của Bộ phận một cửa, Ủy ban nhân dân phường Thái Bình" in queue
    own = browser(office, "one-stop").get("/desk?xem=escalated")
    assert "Quá hạn của cấp dưới" not in text(own)
    assert "Nguyễn Bảo An" in text(browser(office, "one-stop").get("/desk"))


def test_an_apology_with_a_new_date_reaches_the_applicant(office: Commune, mother: Citizen, late: UUID) -> None:
    officer, address = browser(office, "one-stop"), f"/desk/ho-so/{late}/hen-lai"
    assert address in officer.get(f"/desk/ho-so/{late}").content.decode()
    form = officer.get(address)
    assert 'value="30/11/2026"' in form.content.decode()  # the next working day is proposed
    wrong = officer.post(address, {"until": "28/11/2026", "reason": "Máy chủ hỏng."})
    assert wrong.status_code == 422
    assert "Ngày làm việc kế tiếp là 30/11/2026" in text(wrong)
    assert "Máy chủ hỏng." in wrong.content.decode()
    assert officer.post(address, {"until": "31/02/2027", "reason": "x"}).status_code == 422
    sent = officer.post(address, {"until": "01/12/2026", "reason": "Máy chủ hỏng."}, follow=True)
    assert "Đã xin lỗi người nộp và hẹn trả ngày 01/12/2026" in text(sent)
    assert "Hồ sơ vẫn tính hạn theo ngày hẹn đầu" in text(sent)
    services.issue_paper(late, "apology")
    shown = mother.browser.get(f"/ho-so/{late}")
    assert "Cơ quan xin lỗi Ông/Bà vì trả kết quả chậm" in text(shown)
    assert "Máy chủ hỏng." in text(shown)
    assert "Phiếu xin lỗi và hẹn lại ngày trả" in text(shown)
    assert "01/12/2026" in text(Client().get(f"/theo-doi/{Case.objects.get(pk=late).code}", follow=True))
    assert officer.get(address).status_code == 404  # once
    again = officer.post(address, {"until": "02/12/2026", "reason": "Nữa"}, follow=True)
    assert "Ngày trả chỉ được hẹn lại một lần" in text(again)


def test_nobody_promises_for_others(office: Commune, mother: Citizen, late: UUID) -> None:
    address = f"/desk/ho-so/{late}/hen-lai"
    assert browser(office, "civil-status").get(address).status_code == 404
    assert browser(office, "civil-status").post(address, {"until": "01/12/2026", "reason": "x"}).status_code == 403
    assert mother.browser.get(address).status_code in {302, 403, 404}


def test_each_figure_of_an_agency_opens_the_cases_that_it_counts(office: Commune, late: UUID) -> None:
    head = browser(office, "chair")
    page = head.get("/desk/tinh-hinh")
    assert "Tình hình giải quyết" in text(page)
    links = re.findall(r'href="(/desk/tinh-hinh/ho-so\?[^"]*loai=late[^"]*)"', page.content.decode())
    assert links
    for link in links:
        assert Case.objects.get(pk=late).code in text(head.get(link.replace("&amp;", "&")))
    assert "Không có hồ sơ nào như vậy" in text(head.get("/desk/tinh-hinh/ho-so?loai=early"))
    assert "/desk/tinh-hinh" in head.get("/desk").content.decode()


@pytest.mark.parametrize(
    "asked", ["?thang=2026-13", "?thang=x", "?thang=9999-12", "/ho-so?loai=all", "/ho-so?co-quan=x"]
)
def test_what_is_no_month_kind_or_agency_is_not_there(office: Commune, desks: dict[str, Client], asked: str) -> None:
    assert desks["chair"].get(f"/desk/tinh-hinh{asked}").status_code == 404


def test_only_who_leads_sees_the_situation(office: Commune, desks: dict[str, Client]) -> None:
    for role in ("one-stop", "civil-status"):
        assert desks[role].get("/desk/tinh-hinh").status_code in {403, 404}
        assert "/desk/tinh-hinh" not in desks[role].get("/desk").content.decode()
    empty = text(desks["chair"].get("/desk/tinh-hinh?thang=2026-01"))
    assert "Chưa có hồ sơ nào" in empty


def test_the_pages_are_read_in_english_too(office: Commune, late: UUID) -> None:
    head = browser(office, "chair")
    head.cookies["lang"] = "en"
    for address, words in (
        ("/desk/tinh-hinh", "How cases are kept on time"),
        (f"/desk/ho-so/{late}/hen-lai", "Apologise and give a new date"),
        ("/desk?xem=escalated", "late work of"),
    ):
        assert words in text(head.get(address))
