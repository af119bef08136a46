"""In a real browser: the pages of notices, ratings and scores at both widths and in both languages; the bell moves by
itself; a push that comes to the service worker is shown."""

import os
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from playwright.sync_api import Browser, Page, expect

from tinhso.cases import services as cases
from tinhso.identity import services as identity
from tinhso.identity.models import Agency, Post
from tinhso.indicators import services as indicators
from tinhso.kernel import packs
from tinhso.kernel.ids import uuid7
from tinhso.notices import services

from .citizen_site import PACKS, SYSTEM, commune, couple
from .people import session_of
from .test_browser import beside
from .test_notices_pages import facts

PICTURES = os.environ.get("TINHSO_PICTURES", "")


def cookie(site: str, account: Any) -> dict[str, str]:
    return {"name": "sessionid", "value": beside(lambda: session_of(account)), "url": site}


def seat(role: str, agency: Any) -> Any:
    valid = DateRange(date(2025, 7, 1), None)
    post = Post.objects.create(agency_id=agency, key=role, title=role, roles=[role], valid=valid)
    account = identity.open_demo_account(SYSTEM, f"browser-{role}", f"Ông {role}")
    identity.assign(SYSTEM, account, post.id)
    return account


def told(person: Any, template: str, subject: str) -> None:
    with transaction.atomic():
        services.tell(person, template, subject=subject, data=facts(), once=str(uuid7()))


def fill() -> dict[str, Any]:
    """A citizen with notices and a rated case, officers, a leader, an administrator, and the score of it all."""
    place, hoa = commune(), couple()
    packs.apply(SYSTEM, packs.read([PACKS / "steering"]))
    refused = hoa.submit()
    place.do(refused)
    place.do(refused, "refuse", note="Không thuộc thẩm quyền", ground="Điều 5")
    rated = hoa.submit()
    place.do(rated)
    place.do(rated, "refuse", note="Thiếu căn cứ", ground="Điều 5")
    marks = {"welcome": 1, "guidance": 4, "time": 5, "ease": 4, "result": 5}
    rating = cases.rate(hoa.actor, rated, marks, "Chờ lâu, nói năng cộc lốc.")
    for template in ("one-stop.submitted", "one-stop.supplement-asked", "one-stop.result-ready"):
        told(hoa.person, template, f"case:{refused}")
    indicators.refresh_score(SYSTEM, "steering.service-766", date(2020, 1, 1))
    services.add_address(hoa.actor, "mail", "hoa@vi-du.example")
    top = Agency.objects.create(
        code="H31", name="Ủy ban nhân dân tỉnh Hưng Yên", kind="people-committee", level="province", unit="33",
        valid=DateRange(date(2025, 7, 1), None),
    )  # fmt: skip
    return {
        "hoa": hoa, "refused": refused, "rating": rating, "agency": place.agency,
        "chair": place.officers["chair"].account, "leader": seat("leader", top.pk), "admin": seat("admin", top.pk),
    }  # fmt: skip


@pytest.fixture
def page(chromium: Browser) -> Page:
    return chromium.new_context(service_workers="block").new_page()


def test_the_pages_are_whole_at_both_widths_in_both_languages(site: str, page: Page) -> None:
    made = beside(fill)
    faults: list[str] = []
    wrong: list[str] = []
    page.on("console", lambda message: wrong.append(message.text) if message.type == "error" else None)
    visits = {
        made["hoa"].account: [
            "/toi", "/toi/thong-bao", "/toi/cach-nhan", f"/ho-so/{made['refused']}",
            f"/ho-so/{made['refused']}/danh-gia",
        ],
        None: ["/danh-gia", "/danh-gia/cam-on", "/xep-hang", f"/xep-hang/{made['agency']}"],
        made["chair"]: ["/desk/danh-gia", f"/desk/danh-gia/{made['rating']}", "/desk/thong-bao", "/desk/cach-nhan"],
        made["leader"]: [
            "/ioc/cham-diem", f"/ioc/cham-diem/{made['agency']}", f"/ioc/cham-diem/{made['agency']}/on-time?phan=mau",
            "/desk/danh-gia",
        ],
        made["admin"]: ["/admin/thong-bao"],
    }  # fmt: skip
    for account, addresses in visits.items():
        page.context.clear_cookies()
        if account:
            page.context.add_cookies([cookie(site, account)])
        for language in ("vi", "en"):
            page.context.add_cookies([{"name": "lang", "value": language, "url": site}])
            for address in addresses:
                for width in (360, 1280):
                    page.set_viewport_size({"width": width, "height": 800})
                    answer = page.goto(site + address)
                    assert answer and answer.status == 200, address
                    page.wait_for_load_state("load")
                    found = Axe().run(page).response["violations"]
                    faults += [
                        f"{address} {language} {width}: {one['id']} {one['nodes'][0]['html']}"
                        for one in found
                        if one["impact"] in ("serious", "critical")
                    ]
                    if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                        faults.append(f"{address} {language} {width}: scrolls sideways")
                    if PICTURES:
                        name = address.strip("/").replace("/", "_").replace("?", "_")[:60]
                        page.screenshot(path=Path(PICTURES) / f"{name}-{language}-{width}.png", full_page=True)
    assert faults == []
    assert wrong == []


def test_the_bell_moves_by_itself(site: str, page: Page) -> None:
    hoa = beside(lambda: (commune(), couple())[1])
    page.context.add_cookies([cookie(site, hoa.account), {"name": "lang", "value": "vi", "url": site}])
    page.goto(site + "/toi/thong-bao")
    expect(page.get_by_text("Chưa có thông báo")).to_be_visible()
    page.wait_for_timeout(1_000)  # until the page listens
    beside(lambda: told(hoa.person, "one-stop.result-ready", f"case:{uuid4()}"))
    expect(page.locator(".ts-bell__count")).to_contain_text("1", timeout=10_000)
    expect(page.locator(".ts-notices__item--new")).to_have_count(1)


def test_a_push_is_shown_and_leads_to_the_notice(site: str, chromium: Browser) -> None:
    context = chromium.new_context(permissions=["notifications"])
    page = context.new_page()
    page.goto(site)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    session = context.new_cdp_session(page)
    registrations: list[str] = []
    session.on("ServiceWorker.workerRegistrationUpdated", lambda event: registrations.extend(
        one["registrationId"] for one in event["registrations"]))  # fmt: skip
    session.send("ServiceWorker.enable")
    page.wait_for_timeout(500)
    told_ = '{"id": "1", "title": "Hồ sơ H31 đã có kết quả", "body": "Đã có kết quả.", "url": "/toi/thong-bao/x"}'
    session.send(
        "ServiceWorker.deliverPushMessage", {"origin": site, "registrationId": registrations[-1], "data": told_}
    )
    shown = page.wait_for_function(
        "navigator.serviceWorker.ready.then(r => r.getNotifications())"
        ".then(all => all.length && all.map(n => [n.title, n.body, n.data.url, n.tag]))"
    ).json_value()
    assert shown == [["Hồ sơ H31 đã có kết quả", "Đã có kết quả.", "/toi/thong-bao/x", "1"]]
    context.close()
