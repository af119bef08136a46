"""Rating on the page of a case and at the counter's tablet; what officers and superiors see of it."""

from typing import Any
from uuid import UUID

import pytest
from django.test import Client

from tinhso.cases import services
from tinhso.cases.models import Case, Rating
from tinhso.documents import queries as documents

from .citizen_site import Citizen, citizen, commune, couple
from .people import browser_of

GOOD = {"welcome": "5", "guidance": "4", "time": "5", "ease": "4", "result": "5"}


@pytest.fixture
def place(db: None) -> Any:
    return commune()


@pytest.fixture
def hoa(place: Any) -> Citizen:
    return couple()


@pytest.fixture
def refused(place: Any, hoa: Citizen) -> UUID:
    """A case that was refused: it has ended, without a signature to be waited for."""
    case = hoa.submit()
    place.do(case)
    place.do(case, "refuse", note="Không thuộc thẩm quyền", ground="Điều 5")
    return case


def text(answer: Any) -> str:
    return answer.content.decode()


def test_the_page_of_a_case_asks_once(hoa, refused) -> None:
    address = f"/ho-so/{refused}/danh-gia"
    assert address in text(hoa.browser.get(f"/ho-so/{refused}"))
    page = text(hoa.browser.get(address))
    assert page.count("Rất không hài lòng") == 5
    part = hoa.post(address, GOOD | {"time": "", "comment": "Tạm được"})
    assert part.status_code == 422 and "Tạm được" in text(part) and "Xin chọn từ 1 đến 5" in text(part)
    assert hoa.post(address, GOOD | {"comment": "Tạm được"}).status_code == 302
    assert address not in text(hoa.browser.get(f"/ho-so/{refused}"))
    assert hoa.post(address, GOOD).status_code == 409
    assert citizen("Lê Thị Mai", "034195999009").browser.get(address).status_code == 404


def test_the_tablet_asks_for_the_code_of_the_receipt(hoa, refused) -> None:
    services.issue_paper(refused, "receipt")
    code = next(
        d.code for d in documents.documents_of(f"case:{refused}") if "tiếp nhận" in d.title and "từ chối" not in d.title
    )
    tablet = Client()
    assert tablet.get("/danh-gia").status_code == 200
    wrong = tablet.get("/danh-gia", {"ma": "ABCD"})
    assert wrong.status_code == 422 and 'value="ABCD"' in text(wrong)
    at = tablet.get("/danh-gia", {"ma": code})["Location"]
    page = text(tablet.get(at))
    assert "Trần Thị Hoa" not in page and Case.objects.get().code in page
    done = tablet.post(at, GOOD)
    assert done["Location"] == "/danh-gia/cam-on"
    assert "Người tiếp theo" in text(tablet.get("/danh-gia/cam-on"))
    assert tablet.post(at, GOOD).status_code == 409
    assert Rating.objects.get().how == "counter"


def test_officers_see_too_few_to_tell_and_the_chair_follows(place, hoa, refused) -> None:
    hoa.post(f"/ho-so/{refused}/danh-gia", GOOD | {"welcome": "1", "comment": "Cộc lốc"})
    key = Rating.objects.get().pk
    clerk = browser_of(place.officers["one-stop"].account)
    page = text(clerk.get("/desk/danh-gia"))
    assert "Chưa đủ đánh giá" in page and "Cộc lốc" not in page
    assert clerk.get(f"/desk/danh-gia/{key}").status_code == 403
    chair = browser_of(place.officers["chair"].account)
    page = text(chair.get("/desk/danh-gia"))
    assert "Cộc lốc" in page and "Đánh giá thấp cần xem" in page and "Trần Thị Hoa" not in page
    assert chair.post(f"/desk/danh-gia/{key}", {"note": ""}).status_code == 422
    assert chair.post(f"/desk/danh-gia/{key}", {"note": "Đã xin lỗi"}).status_code == 302
    assert "Đánh giá thấp cần xem" not in text(chair.get("/desk/danh-gia"))
    assert "Đã xin lỗi" in text(chair.get(f"/desk/danh-gia/{key}"))
