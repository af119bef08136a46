"""In a real browser, on a telephone: an inspection without a network, sent once when it is back, ended with minutes."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import settings as configured
from django.db import connection
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tinhso.cases import services as cases
from tinhso.cases.inspection import PLANS
from tinhso.cases.queries import inspection as inspections
from tinhso.documents import queries as documents
from tinhso.identity import queries as people
from tinhso.identity import services as identity
from tinhso.identity.roles import permissions
from tinhso.indicators import queries as indicators
from tinhso.indicators import services as counting
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor, system
from tinhso.registers import queries, services
from tinhso.territory import services as territory

from .people import session_of
from .test_browser import beside

SYSTEM = system("test")
K10 = "inspection.inspections-digital"
LICENCE = "Có giấy phép môi trường hoặc đăng ký môi trường"
PICTURES = Path(__file__).resolve().parents[4] / "test-output" / "inspection"
FINDINGS_THAT_COUNT = {"serious", "critical"}


@pytest.fixture(autouse=True)
def _one_store(settings: Any) -> None:
    """The site under test keeps its files where this process does."""
    settings.BLOB_ROOT = settings.VAR / "blobs"


@pytest.fixture
def clean(transactional_db: None) -> Iterator[None]:
    """After a test with real transactions: what Django's flush does not know of goes too."""
    yield
    with connection.cursor() as cursor:
        cursor.execute(
            "SET session_replication_role = replica; TRUNCATE record_version; SET session_replication_role = DEFAULT"
        )
        cursor.execute("DROP SCHEMA reg CASCADE; CREATE SCHEMA reg; DROP SCHEMA pub CASCADE; CREATE SCHEMA pub")
    packs.queries.forget()


def prepare() -> tuple[Actor, UUID]:
    """An inspector, and an inspection that they began today."""
    territory.load_facts(SYSTEM)
    identity.load_agencies(SYSTEM)
    packs.queries.forget()
    packs.apply(SYSTEM, packs.read([Path(configured.PACKS) / name for name in ("one-stop", "business", "inspection")]))
    services.load_samples(SYSTEM, why="Dữ liệu mẫu")
    agency = next(a for a in people.agencies(level="province", unit="33") if a.code == "H31.2")
    post = next(p for p in people.posts(agency.id) if "inspector" in p.roles)
    account = identity.open_demo_account(SYSTEM, "kiem-tra", "Nguyễn Văn Mẫu")
    identity.assign(SYSTEM, account, post.id)
    roles = frozenset(post.roles)
    actor = Actor(
        account=account, post=post.id, agency=agency.id, unit=agency.unit, roles=roles,
        permissions=permissions(roles), assurance=2, name="Nguyễn Văn Mẫu",
    )  # fmt: skip
    today = timezone.localdate()
    plan = next(p for p in queries.find(SYSTEM, PLANS).records if p.values["number"] == "KH-2026-02")
    moved = {"starts_on": today, "ends_on": today, "year": today.year}
    services.update(SYSTEM, PLANS, plan.ref.id, moved, revision=plan.ref.revision, why="dời")
    return actor, plan.ref.id


def telephone(chromium: Browser, site: str, actor: Actor, **more: Any) -> BrowserContext:
    given = {"viewport": {"width": 360, "height": 740}, "locale": "vi-VN", "timezone_id": "Asia/Ho_Chi_Minh"} | more
    context = chromium.new_context(**given)
    key = beside(lambda: session_of(actor.account))  # type: ignore[arg-type]
    context.add_cookies([{"name": "sessionid", "value": key, "url": site}])
    return context


def look(page: Page, name: str) -> None:
    """A picture at both widths and in both languages; nothing scrolls sideways, axe finds nothing serious."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    troubles = []
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 740})
        page.screenshot(path=PICTURES / f"{name}-{width}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            troubles.append(f"{name} scrolls sideways at {width}")
        found = Axe().run(page).response["violations"]
        troubles += [f"{name} {one['id']}: {one['nodes'][0]['html'][:150]}" for one in found
                     if one["impact"] in FINDINGS_THAT_COUNT]  # fmt: skip
    page.set_viewport_size({"width": 360, "height": 740})
    assert troubles == []


@pytest.fixture
def photograph(tmp_path: Path) -> Path:
    """As a telephone takes it, with what cameras write beside it."""
    told = Image.Exif()
    told[0x0110] = "Máy ảnh"
    Image.effect_noise((1600, 1200), 40).convert("RGB").save(tmp_path / "anh.jpg", quality=85, exif=told)
    return tmp_path / "anh.jpg"


def test_an_inspection_without_a_network_is_sent_once_when_it_is_back(
    clean: None, site: str, chromium: Browser, photograph: Path
) -> None:
    actor, _plan = beside(prepare)
    context = telephone(
        chromium, site, actor, geolocation={"longitude": 106.35, "latitude": 20.48}, permissions=["geolocation"]
    )
    page = context.new_page()
    page.goto(f"{site}/desk/kiem-tra")
    look(page, "home-vi")
    page.locator("main").get_by_role("link", name="Mẫu").last.click()
    page.wait_for_url("**/ke-hoach/*")
    look(page, "begin-vi")
    page.get_by_role("button", name="Bắt đầu hôm nay").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("Xin nhập mục này")
    page.fill("[name=number]", "07/QĐ-KT")
    page.get_by_text("DM-MT-01").click()
    page.get_by_role("button", name="Bắt đầu hôm nay").click()
    page.wait_for_selector("form[data-inspection]")
    id = UUID(page.url.rpartition("/")[2])
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_timeout(500)
    page.reload()
    page.click("[data-offline-keep]")
    page.wait_for_selector("[data-offline-kept]:not([hidden])")

    context.set_offline(True)
    page.goto(page.url)  # a closed and reopened tab
    page.locator('label[for="id_answer.0.yes"]').click()
    page.locator('label[for="id_answer.1.no"]').click()
    page.fill('[name="note.1"]', "Máy bơm tạm dừng")
    page.locator('[name="note.1"]').blur()
    page.locator("[data-shot]").nth(1).set_input_files(photograph)
    expect(page.locator("[data-held]").nth(1)).to_contain_text("giữ trên máy, chờ gửi, có nơi chụp")
    expect(page.locator("[data-sync]")).to_contain_text("2 mục đang chờ")
    look(page, "offline-vi")
    page.goto(page.url)  # once more: what was done stays on the device
    expect(page.locator("[data-held]").nth(1)).to_contain_text("giữ trên máy, chờ gửi")
    assert page.is_checked('[id="id_answer.1.no"]')
    assert page.input_value('[name="note.1"]') == "Máy bơm tạm dừng"
    assert beside(lambda: inspections.inspection(actor, id)).revision == 1, "nothing was sent"

    context.set_offline(False)
    page.wait_for_selector('[data-sync-state="sent"]:not([hidden])')
    sheet = beside(lambda: inspections.inspection(actor, id))
    assert [(q.answer, q.note) for q in sheet.questions] == [("yes", ""), ("no", "Máy bơm tạm dừng")]
    [kept] = sheet.questions[1].photos
    assert kept.values["location"]["coordinates"] == [106.35, 20.48]
    assert kept.values["compared"] and timezone.now() - kept.values["taken_at"] < timedelta(minutes=5)

    def told() -> bool:
        with documents.open_blob(kept.values["photo"]["digest"]) as file, Image.open(file) as image:
            return bool(image.getexif())

    assert not beside(told), "nothing of the camera's is kept"
    page.reload()
    page.wait_for_timeout(500)
    assert beside(lambda: inspections.inspection(actor, id)).revision == sheet.revision, "it is sent once"
    assert page.locator("[data-held] li").count() == 0

    page.fill("[name=conclusion]", "Phải chạy lại hệ thống")
    page.get_by_role("button", name="Kết thúc và lập biên bản").click()
    expect(page.locator("main")).to_contain_text("Biên bản 01/BB-KT")
    expect(page.locator("main")).to_contain_text("07/QĐ-KT/1")
    look(page, "done-vi")
    answer = context.request.get(f"{page.url}/bien-ban")
    assert answer.ok and answer.body().startswith(b"%PDF")

    def figure() -> Any:
        counting.refresh(SYSTEM, K10, date(2026, 1, 1))
        year = timezone.localdate().year
        return indicators.standing(SYSTEM, K10, indicators.Period(date(year, 1, 1), date(year + 1, 1, 1)))

    standing = beside(figure)
    assert standing.numerator == standing.denominator == 2
    context.add_cookies([{"name": "lang", "value": "en", "url": site}])
    for name, address in (("home-en", "/desk/kiem-tra"), ("done-en", f"/desk/kiem-tra/{id}")):
        page.goto(site + address)
        look(page, name)


def test_what_a_colleague_answered_meanwhile_is_shown_and_a_place_is_kept_by_leave_only(
    clean: None, site: str, chromium: Browser, photograph: Path
) -> None:
    actor, plan = beside(prepare)

    def begin() -> UUID:
        [checklist] = inspections.checklists(actor)
        return cases.begin_inspection(actor, plan, "07/QĐ-KT", checklist.ref.id).id

    id = beside(begin)
    context = telephone(chromium, site, actor, service_workers="block", permissions=[])
    page = context.new_page()
    page.goto(f"{site}/desk/kiem-tra/{id}")
    page.wait_for_selector("[data-take]:not([hidden])")
    context.set_offline(True)
    page.locator('label[for="id_answer.0.no"]').click()
    page.wait_for_selector('[data-sync-state="waiting"]:not([hidden])')
    beside(lambda: cases.answer_inspection(actor, id, {LICENCE: ("yes", "Đã xem bản gốc")}, revision=1))
    context.set_offline(False)
    page.wait_for_selector('[data-sync-state="conflict"]:not([hidden])')
    look(page, "conflict-vi")
    assert beside(lambda: inspections.inspection(actor, id)).questions[0].answer == "yes"
    page.click("[data-sync-mine]")
    page.wait_for_selector('[data-sync-state="sent"]:not([hidden])')
    assert beside(lambda: inspections.inspection(actor, id)).questions[0].answer == "no"
    page.locator("[data-shot]").first.set_input_files(photograph)
    expect(page.locator("[data-held]").first).to_contain_text("đã gửi, không có nơi chụp", timeout=15_000)
    [kept] = beside(lambda: inspections.inspection(actor, id)).questions[0].photos
    assert kept.values["location"] is None and kept.values["no_place"]
    context.add_cookies([{"name": "lang", "value": "en", "url": site}])
    page.goto(f"{site}/desk/kiem-tra/{id}")
    look(page, "form-en")


def test_without_script_answers_and_a_picture_are_sent_by_forms(
    clean: None, site: str, chromium: Browser, photograph: Path
) -> None:
    actor, plan = beside(prepare)

    def begin() -> UUID:
        [checklist] = inspections.checklists(actor)
        return cases.begin_inspection(actor, plan, "07/QĐ-KT", checklist.ref.id).id

    id = beside(begin)
    page = telephone(chromium, site, actor, java_script_enabled=False).new_page()
    page.goto(f"{site}/desk/kiem-tra/{id}")
    page.locator('label[for="id_answer.0.yes"]').click()
    page.get_by_role("button", name="Lưu kết quả").click()
    expect(page.locator("main")).to_contain_text("Đã lưu kết quả")
    page.set_input_files("[name=photo]", photograph)
    page.get_by_role("button", name="Gửi ảnh").click()
    expect(page.locator("main")).to_contain_text("Ảnh chụp")
    page.get_by_role("button", name="Kết thúc và lập biên bản").click()
    expect(page.locator(".govuk-error-summary")).to_contain_text("Mục 2 chưa trả lời")
    sheet = beside(lambda: inspections.inspection(actor, id))
    assert sheet.questions[0].answer == "yes" and not sheet.questions[0].photos[0].values["compared"]
