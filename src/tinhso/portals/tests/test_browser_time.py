"""In a real browser: a case becomes late, the officer apologises, the head sees it, the applicant reads why."""

from datetime import datetime
from unittest.mock import patch
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from playwright.sync_api import Browser, Page

from tinhso.cases import services
from tinhso.kernel.calendar import next_working_day

from .citizen_site import commune, couple
from .people import session_of
from .test_browser import beside

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
WHY = "Máy chủ của kho dữ liệu hộ tịch hỏng, chưa đối chiếu được."


def a_late_case() -> tuple[UUID, dict[str, str]]:
    """A birth registration of Friday 20 November 2026, and the sessions of its officers and of the mother."""
    office, mother = commune(), couple()
    with patch("django.utils.timezone.now", lambda: datetime(2026, 11, 20, 9, tzinfo=HANOI)):
        case = mother.submit()
    services.watch()
    sessions = {role: session_of(actor.account) for role, actor in office.officers.items() if actor.account}
    return case, sessions | {"mother": session_of(mother.account)}


def letter(session: str, address: str) -> bytes:
    """The paper as the applicant gets it. Asked of this process: the site's own keeps its files elsewhere."""
    browser = Client()
    browser.cookies["sessionid"] = session
    return browser.get(address).content


def opened(chromium: Browser, site: str, session: str, *, width: int = 1280, language: str = "vi") -> Page:
    context = chromium.new_context(service_workers="block", viewport={"width": width, "height": 900})
    context.add_cookies(
        [{"name": name, "value": value, "url": site} for name, value in (("sessionid", session), ("lang", language))]
    )
    return context.new_page()


def faults(page: Page) -> list[str]:
    """Serious findings of axe, and a page that scrolls sideways."""
    found = [
        f"{page.url}: {one['id']} {one['nodes'][0]['html']}"
        for one in Axe().run(page).response["violations"]
        if one["impact"] in ("serious", "critical")
    ]
    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
        found.append(f"{page.url}: scrolls sideways")
    return found


def test_late_with_apology(site: str, chromium: Browser) -> None:
    case, sessions = beside(a_late_case)
    desk = opened(chromium, site, sessions["one-stop"])
    desk.goto(f"{site}/desk")
    desk.click("text=1 việc của bộ phận đã quá hạn")
    desk.click(".ts-queue .what a")
    assert "trễ" in desk.inner_text(".ts-case__state .ts-time--late")
    desk.click("text=Xin lỗi và hẹn lại ngày trả")
    desk.fill("[name=reason]", WHY)
    desk.click("text=Gửi phiếu xin lỗi")
    assert "Đã xin lỗi người nộp" in desk.inner_text("main")
    assert WHY in desk.inner_text("#case-state")
    beside(lambda: services.issue_paper(case, "apology"))

    applicant = opened(chromium, site, sessions["mother"], width=360)
    applicant.goto(f"{site}/ho-so/{case}")
    assert "Cơ quan xin lỗi Ông/Bà vì trả kết quả chậm" in applicant.inner_text("main")
    assert WHY in applicant.inner_text("main")
    link = applicant.get_attribute("a:has-text('Phiếu xin lỗi và hẹn lại ngày trả (PDF)')", "href")
    assert link
    assert beside(lambda: letter(sessions["mother"], link)).startswith(b"%PDF-")


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("language", ["vi", "en"])
def test_the_pages_of_time_are_accessible_and_fit(site: str, chromium: Browser, width: int, language: str) -> None:
    case, sessions = beside(a_late_case)
    day = beside(lambda: next_working_day(datetime.now(HANOI).date()))
    found: list[str] = []
    for role, addresses in {
        "chair": ("/desk/tinh-hinh", "/desk/tinh-hinh/ho-so?loai=late", "/desk?xem=escalated"),
        "one-stop": ("/desk", f"/desk/ho-so/{case}/hen-lai", f"/desk/ho-so/{case}"),
        "mother": (f"/ho-so/{case}",),
    }.items():
        page = opened(chromium, site, sessions[role], width=width, language=language)
        for address in addresses:
            page.goto(site + address)
            page.wait_for_load_state("networkidle" if "tinh-hinh" in address else "load")
            found += faults(page)
            if address.endswith("hen-lai"):
                assert page.input_value("[name=until]") == f"{day:%d/%m/%Y}"
        page.context.close()
    assert found == []
