"""In a real browser: a couple co-signs, a result becomes a paper, a form goes on without a network, a paper is cut out
of its photograph."""

from io import BytesIO
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings as configured
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tinhso.cases import queries, services
from tinhso.cases.models import Case, Draft
from tinhso.documents.queries import open_blob
from tinhso.documents.testing import trust_running

from .citizen_site import Citizen, commune, couple
from .people import session_of
from .test_browser import beside
from .together import STALL, certificate_of, husband_of, publish


@pytest.fixture(autouse=True)
def _one_store(settings: Any) -> None:
    """The site under test keeps its files where this process does."""
    settings.BLOB_ROOT = settings.VAR / "blobs"


@pytest.fixture
def trust(monkeypatch: pytest.MonkeyPatch) -> Any:
    with trust_running() as root:
        monkeypatch.setenv("TINHSO_TRUST_ROOT", str(configured.TRUST_ROOT))
        monkeypatch.setenv("TINHSO_TRUST_URL", configured.TRUST_URL)
        yield root


def browser_for(chromium: Browser, site: str, who: Citizen, width: int = 360, **more: Any) -> BrowserContext:
    context = chromium.new_context(viewport={"width": width, "height": 740}, locale="vi-VN", **more)
    key = beside(lambda: session_of(who.account))
    context.add_cookies([{"name": "sessionid", "value": key, "url": site}])
    return context


def narrow(page: Page) -> None:
    assert not page.evaluate("document.documentElement.scrollWidth > innerWidth"), page.url


def test_a_couple_co_signs_and_the_certificate_comes_from_the_store(
    trust: Any, site: str, chromium: Browser, tmp_path: Path
) -> None:
    def prepare() -> tuple[Citizen, Citizen]:
        office = commune()
        publish(tmp_path)
        wife = couple()
        certificate_of(wife, office)
        return wife, husband_of(wife)

    wife, husband = beside(prepare)
    hers = browser_for(chromium, site, wife).new_page()
    hers.goto(f"{site}/thu-tuc/{STALL}/nop")
    hers.fill("[name=stall]", "Quầy Hoa")
    hers.check("[name=food]")
    hers.wait_for_selector("[name=kitchen]")  # the server says that it is asked now
    assert hers.input_value("[name=stall]") == "Quầy Hoa"
    hers.fill("[name=kitchen]", "Sân sau")
    narrow(hers)
    hers.get_by_role("button", name="Tiếp tục", exact=True).last.click()
    hers.fill('[name="goods.0.what"]', "Rau")
    hers.fill('[name="goods.0.quantity"]', "20")
    hers.fill('[name="goods.0.price"]', "30000")
    hers.get_by_role("button", name="Thêm hàng").click()
    hers.fill('[name="goods.1.what"]', "Cá")
    hers.fill('[name="goods.1.quantity"]', "2")
    hers.fill('[name="goods.1.price"]', "100000")
    hers.locator('[name="goods.1.price"]').blur()
    expect(hers.locator('[data-field="total"] output')).to_have_text("800.000 đ")
    narrow(hers)
    hers.screenshot(path=configured.VAR / "repeats-360.png", full_page=True)
    hers.get_by_role("button", name="Tiếp tục", exact=True).last.click()
    hers.wait_for_url("**/giay-to/certificate")
    hers.screenshot(path=configured.VAR / "store-paper-360.png", full_page=True)
    hers.get_by_role("button", name="Dùng giấy này").click()
    hers.wait_for_url("**/kiem-tra")
    hers.get_by_role("button", name="Mời cùng nộp").click()
    expect(hers.locator("#co-sign")).to_contain_text("Đang chờ đồng ý")
    narrow(hers)
    hers.screenshot(path=configured.VAR / "co-sign-360.png", full_page=True)

    his = browser_for(chromium, site, husband, 1280).new_page()
    his.goto(f"{site}/ho-so")
    his.get_by_role("link", name="Mở quầy chung").click()
    expect(his.locator("main")).to_contain_text("800.000")
    his.fill("[name=job]", "Thợ mộc")
    his.screenshot(path=configured.VAR / "invitation-1280.png", full_page=True)
    his.get_by_role("button", name="Đồng ý cùng nộp").click()
    expect(his.locator("main")).to_contain_text("Ông/Bà đã đồng ý lúc")

    hers.reload()
    hers.get_by_role("button", name="Nộp hồ sơ", exact=True).click()
    hers.wait_for_url("**/da-nop*")

    def kept() -> tuple[dict[str, Any], Any]:
        row = Case.objects.get(procedure=STALL)
        return row.form, queries.case(wife.actor, row.pk)

    form, view = beside(kept)
    assert (form["total"], form["job"], form["kitchen"]) == (800_000, "Thợ mộc", "Sân sau")
    assert view.papers[0].document and view.papers[0].media_type == "application/pdf"
    assert [one.by for one in view.timeline if one.kind == "co-signed"] == ["Nguyễn Văn Đức"]
    hers.goto(f"{site}/toi/kho")
    narrow(hers)
    hers.screenshot(path=configured.VAR / "store-360.png", full_page=True)


@pytest.fixture
def wife(site: str, tmp_path: Path) -> Citizen:
    def prepare() -> Citizen:
        commune()
        publish(tmp_path)
        return couple()

    return beside(prepare)


def stored(draft: UUID) -> dict[str, Any]:
    return beside(lambda: Draft.objects.get(pk=draft).raw)


def kept_page(chromium: Browser, site: str, wife: Citizen) -> tuple[Page, UUID]:
    """The whole form, opened once and kept on the device."""
    draft = beside(lambda: services.start_draft(wife.actor, STALL)).id
    page = browser_for(chromium, site, wife, 1280).new_page()
    page.goto(f"{site}/ho-so/nhap/{draft}/0")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_timeout(500)
    page.reload()
    page.click("[data-offline-keep]")
    page.wait_for_selector("[data-offline-kept]:not([hidden])")
    return page, draft


def test_a_form_opened_once_goes_on_without_a_network_and_is_sent_when_it_is_back(
    site: str, chromium: Browser, wife: Citizen
) -> None:
    page, draft = kept_page(chromium, site, wife)
    page.context.set_offline(True)
    page.goto(f"{site}/ho-so/nhap/{draft}/0")  # a closed and reopened tab
    page.fill("[name=stall]", "Quầy ngoài đồng")
    page.fill('[name="goods.0.what"]', "Rau")
    page.wait_for_timeout(700)
    page.get_by_role("button", name="Tiếp tục", exact=True).last.click()
    page.wait_for_selector('[data-outbox-state="waiting"]:not([hidden])')
    page.screenshot(path=configured.VAR / "offline-1280.png", full_page=True)
    page.goto(f"{site}/ho-so/nhap/{draft}/0")
    assert page.input_value("[name=stall]") == "Quầy ngoài đồng"
    assert stored(draft) == {}
    page.context.set_offline(False)
    page.wait_for_selector('[data-outbox-state="sent"]:not([hidden])')
    assert stored(draft)["stall"] == "Quầy ngoài đồng"
    assert page.evaluate("Object.keys(localStorage).filter((name) => name.startsWith('outbox:')).length") == 0


def test_what_changed_on_the_server_meanwhile_is_shown_and_not_overwritten(
    site: str, chromium: Browser, wife: Citizen
) -> None:
    page, draft = kept_page(chromium, site, wife)
    page.context.set_offline(True)
    page.fill("[name=stall]", "Bản trên máy")
    page.get_by_role("button", name="Tiếp tục", exact=True).last.click()
    page.wait_for_selector('[data-outbox-state="waiting"]:not([hidden])')
    beside(lambda: services.save_draft(wife.actor, draft, {"stall": "Bản ở máy khác"}))
    page.context.set_offline(False)
    page.wait_for_selector('[data-outbox-state="conflict"]:not([hidden])')
    assert stored(draft)["stall"] == "Bản ở máy khác"
    page.click("[data-outbox-mine]")
    page.wait_for_selector('[data-outbox-state="sent"]:not([hidden])')
    assert stored(draft)["stall"] == "Bản trên máy"


def test_signing_out_leaves_no_page_on_the_device(site: str, chromium: Browser, wife: Citizen) -> None:
    page, draft = kept_page(chromium, site, wife)
    page.context.clear_cookies()
    page.goto(site)
    page.wait_for_timeout(500)
    page.context.set_offline(True)
    page.goto(f"{site}/ho-so/nhap/{draft}/0")
    assert page.inner_text("h1") == "Không có mạng"


def test_a_paper_is_cut_out_of_its_photograph(site: str, chromium: Browser, wife: Citizen, tmp_path: Path) -> None:
    """A red sheet that stands askew on a blue table: between its corners nothing blue is left."""
    picture = Image.new("RGB", (900, 1200), "blue")
    corners = [(200, 150), (780, 260), (700, 1050), (120, 900)]
    ImageDraw.Draw(picture).polygon(corners, fill="red")
    picture.save(tmp_path / "anh.jpg", quality=95)
    draft = beside(lambda: services.start_draft(wife.actor, STALL)).id
    page = browser_for(chromium, site, wife).new_page()
    page.goto(f"{site}/ho-so/nhap/{draft}/giay-to/certificate")
    page.set_input_files("input[type=file]", tmp_path / "anh.jpg")
    page.get_by_role("button", name="Cắt cho vừa tờ giấy").click()
    canvas = page.locator(".ts-crop__canvas")
    page.locator(".ts-crop").scroll_into_view_if_needed()
    for number, (x, y) in enumerate(corners):
        box = canvas.bounding_box()
        handle = page.locator(".ts-crop__handle").nth(number)
        assert box
        at = handle.bounding_box()
        assert at
        page.mouse.move(at["x"] + at["width"] / 2, at["y"] + at["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + x / 900 * box["width"], box["y"] + y / 1200 * box["height"], steps=5)
        page.mouse.up()
    page.screenshot(path=configured.VAR / "crop-360.png", full_page=True)
    narrow(page)
    page.get_by_role("button", name="Dùng ảnh đã cắt").click()
    page.wait_for_selector(".ts-crop__canvas", state="detached")
    page.get_by_role("button", name="Tiếp tục", exact=True).click()
    page.wait_for_url(lambda address: "giay-to" not in address)

    def cut() -> Image.Image:
        digest = Draft.objects.get(pk=draft).papers["certificate"]["digest"]
        with open_blob(digest) as file:
            return Image.open(BytesIO(file.read())).convert("RGB")

    image = beside(cut)
    inner = image.crop((15, 15, image.width - 15, image.height - 15))
    red, _green, blue = (band.getextrema() for band in inner.split())
    assert red[0] > 150 and blue[1] < 90
    assert 500 < image.width < 700 and 700 < image.height < 900
