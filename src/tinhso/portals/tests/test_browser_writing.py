"""In a real browser: a record entered wrong, mended, changed by a colleague meanwhile, merged, and parted again."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from django.utils import translation
from django.utils.translation import gettext
from playwright.sync_api import Browser, Page

from tinhso.kernel import packs
from tinhso.registers import queries, services

from .gardens import GOOD, LIST, REGISTER, SYSTEM, garden, officer, prepare
from .test_browser import beside

PICTURES = Path(__file__).resolve().parents[4] / "test-output" / "writing"


@pytest.fixture
def clean(transactional_db: None) -> Iterator[None]:
    """After a test with real transactions: what Django's flush does not know of goes too."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "SET session_replication_role = replica; TRUNCATE record_version; SET session_replication_role = DEFAULT"
        )
        cursor.execute("DROP SCHEMA reg CASCADE; CREATE SCHEMA reg")
    packs.queries.forget()


class Desk:
    """An officer at a screen, who holds each page to what every page promises."""

    def __init__(self, site: str, page: Page, language: str, width: int) -> None:
        self.site, self.page, self.language, self.width = site, page, language, width
        self.troubles: list[str] = []

    def open(self, path: str) -> None:
        self.page.goto(self.site + path)

    def words(self, vietnamese: str) -> str:
        with translation.override(self.language):
            return gettext(vietnamese)

    def press(self, vietnamese: str) -> None:
        name, main = self.words(vietnamese), self.page.locator("main")
        target = main.get_by_role("button", name=name, exact=True).or_(main.get_by_role("link", name=name, exact=True))
        with self.page.expect_navigation():
            target.last.click()

    def look(self, name: str) -> None:
        self.page.wait_for_load_state("load")
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=PICTURES / f"{name}-{self.language}-{self.width}.png", full_page=True)
        self.troubles += [
            f"{name}: {one['id']} {one['nodes'][0]['html'][:160]}"
            for one in Axe().run(self.page).response["violations"]
            if one["impact"] in {"serious", "critical"}
        ]
        if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.troubles.append(f"{name}: scrolls sideways")


@pytest.mark.parametrize(("language", "width"), [("vi", 360), ("en", 1280)])
def test_writing_from_a_wrong_form_to_a_merge_undone(
    site: str,
    clean: None,
    chromium: Browser,
    tmp_path: Path,
    language: str,
    width: int,
) -> None:
    def begin() -> Any:
        prepare(tmp_path)
        browser, actor = officer()
        return browser.cookies["sessionid"].value, actor, garden("V-0", soil="sand")

    session, actor, double = beside(begin)
    page = chromium.new_context(service_workers="block", viewport={"width": width, "height": 800}).new_page()
    page.context.add_cookies(
        [{"name": "sessionid", "value": session, "url": site}, {"name": "lang", "value": language, "url": site}]
    )
    desk = Desk(site, page, language, width)
    desk.open(LIST)
    desk.look("list")
    desk.press("Bản ghi mới")
    for name, text in {"trees": "nhiều", "area": "rộng", "spot": "đâu đó", "planted_on.day": "40"}.items():
        page.fill(f'[name="{name}"]', text)
    desk.press("Ghi")
    desk.look("wrong")
    assert page.input_value('[name="trees"]') == "nhiều" and page.input_value('[name="spot"]') == "đâu đó"
    assert page.evaluate("document.activeElement.id") == "id_code", "the focus is on the first field at fault"
    for name, text in (GOOD | {"area": "12,5", "spot": "20.446, 106.336"}).items():
        page.fill(f'[name="{name}"]', text)
    desk.press("Ghi")
    record = UUID(page.url.rpartition("/")[2])
    desk.look("entered")
    desk.press("Sửa")
    page.fill('[name="trees"]', "13")
    page.check('[name="_kind"][value="correct"]')
    page.fill('[name="why"]', "Đếm lại")
    beside(lambda: services.update(SYSTEM, REGISTER, record, {"trees": 20}, revision=1, why="Đồng nghiệp"))
    desk.press("Ghi")
    desk.look("conflict")
    assert page.input_value('[name="trees"]') == "13"
    desk.press("Ghi trên bản mới")
    assert beside(lambda: queries.get(actor, REGISTER, record).values["trees"]) == 13
    desk.open(f"{LIST}/gop?ids={record},{double}")
    page.fill('[name="why"]', "Một vườn")
    desk.look("merge")
    desk.press("Gộp")
    assert beside(lambda: queries.merged_into(double)) == record
    assert beside(lambda: queries.get(actor, REGISTER, record).values["soil"]) == "sand"
    desk.look("merged")
    desk.press("Hoàn tác")
    desk.press("Hoàn tác gộp")
    assert beside(lambda: queries.merged_into(double)) is None
    desk.open(f"{LIST}/sua-nhieu?ids={record}")
    desk.look("bulk")
    assert desk.troubles == []
