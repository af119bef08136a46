"""Linked procedures and parts of other agencies, through the pages."""

from typing import Any
from uuid import UUID

import pytest

from tinhso.cases import services
from tinhso.cases.models import Application, Case, Task
from tinhso.identity.models import Agency
from tinhso.kernel import packs

from .citizen_site import CHILD, ORIGIN, PACKS, PAPER, SYSTEM, Citizen, Commune, commune, couple, photograph
from .people import browser_of
from .reading import text
from .test_desk_deeds import browser, seat, task_of

BUNDLE = "linked.child-under-six"


@pytest.fixture
def office(db: None, settings: Any, tmp_path: Any) -> Commune:
    settings.BLOB_ROOT = tmp_path / "blobs"
    here = commune()
    packs.apply(SYSTEM, packs.read([PACKS / name for name in ("post", "population", "social", "linked")]))
    return here


@pytest.fixture
def insurance(office: Commune) -> Agency:
    first = Agency.objects.get(pk=office.agency)
    return Agency.objects.create(
        code="H31.20", name="Bảo hiểm xã hội tỉnh Hưng Yên", kind="department", level="province", unit="33",
        valid=first.valid,
    )  # fmt: skip


@pytest.fixture
def mother(office: Commune) -> Citizen:
    return couple()


def test_a_mother_finds_fills_and_follows_three_procedures_as_one(
    office: Commune, insurance: Agency, mother: Citizen
) -> None:
    seat(insurance.pk, "bao-hiem", ["social"], "Bà Hiểm")
    assert f"/thu-tuc/{BUNDLE}" in mother.browser.get("/thu-tuc?su-kien=birth").content.decode()
    assert "Thẩm định" in text(mother.browser.get(f"/thu-tuc/{BUNDLE}"))
    draft = mother.begin(BUNDLE)
    answers = CHILD | ORIGIN | {"head_name": "Nguyễn Văn Đức", "hospital": "Trạm y tế phường Thái Bình"}
    for number in range(1, 7):
        if mother.browser.get(f"{draft}/{number}").status_code == 200:
            mother.post(f"{draft}/{number}", answers)
    mother.post(f"{draft}/giay-to/{PAPER}", {PAPER: photograph()})
    mother.post(f"{draft}/kiem-tra", {})
    application = Application.objects.get()
    page = mother.browser.get(f"{draft}/da-nop", follow=True)
    assert page.redirect_chain[-1][0] == f"/ho-so/lien-thong/{application.pk}"
    shown = text(page)
    for words in (application.code, "Đăng ký khai sinh", "Bảo hiểm xã hội tỉnh Hưng Yên", "Chờ kết quả trước"):
        assert words in shown
    case = Case.objects.get()
    assert f"/ho-so/lien-thong/{application.pk}" in mother.browser.get(f"/ho-so/{case.pk}").content.decode()
    desk = text(browser(office, "one-stop").get(f"/desk/ho-so/{case.pk}"))
    assert "Hồ sơ liên thông" in desk and "Bảo hiểm xã hội tỉnh Hưng Yên" in desk
    assert "Chặng xử lý" in desk


def test_a_case_is_sent_to_the_competent_agency_and_back(office: Commune, insurance: Agency, mother: Citizen) -> None:
    case = mother.submit()
    there = seat(insurance.pk, "mot-cua", ["one-stop"], "Bà Hiểm")
    assert there.account is not None
    other, here = browser_of(there.account), browser(office, "one-stop")
    address = f"/desk/ho-so/{case}/viec/{task_of(case).pk}/chuyen"
    assert f'href="{address}"' in here.get(f"/desk/ho-so/{case}").content.decode()
    assert "Bảo hiểm xã hội" in text(here.get(address))
    wrong = here.post(address, {"to": str(insurance.pk), "note": ""})
    assert wrong.status_code == 422 and "Xin ghi lý do chuyển" in text(wrong)
    assert other.get(f"/desk/ho-so/{case}").status_code == 404
    assert here.post(address, {"to": str(insurance.pk), "note": "Việc của bảo hiểm"}).status_code == 302
    page = other.get(f"/desk/ho-so/{case}")
    assert "Việc của bảo hiểm" in text(page)
    back = f"/desk/ho-so/{case}/viec/{task_of(case).pk}/chuyen-lai"
    assert f'href="{back}"' in page.content.decode()
    assert other.post(back, {"note": ""}).status_code == 422
    assert other.post(back, {"note": "Không phải việc của bảo hiểm"}).status_code == 302
    left = other.get(f"/desk/ho-so/{case}")
    assert left.status_code == 200 and "Không phải việc của bảo hiểm" in text(left)
    assert "Trần Thị Hoa" not in text(left)
    assert task_of(case).agency_id == office.agency
    services.send_on(office.officers["one-stop"], task_of(case).pk, insurance.pk, "Lần nữa")
    taken = f"/desk/ho-so/{case}/viec/{task_of(case).pk}/nhan"
    assert other.post(taken).status_code == 302
    assert Case.objects.get(pk=case).holder_id == insurance.pk
    assert Task.objects.filter(case=case).count() == 4


def test_another_person_does_not_find_an_application(office: Commune, mother: Citizen) -> None:
    assert mother.browser.get(f"/ho-so/lien-thong/{UUID(int=7)}").status_code == 404
