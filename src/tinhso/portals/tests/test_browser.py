"""In a real browser: what a screen reader meets, what a phone has to load, what survives a closed tab."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection, transaction
from playwright.sync_api import Browser, Page, Route

from tinhso.identity.contracts import SIGNED_IN
from tinhso.kernel import events
from tinhso.kernel.actor import system

from .people import signed_in_citizen

BUDGET = 150_000


@pytest.fixture
def page(chromium: Browser) -> Page:
    return chromium.new_context(service_workers="block").new_page()


def beside(work: Callable[[], Any]) -> Any:
    """Do it in a thread of its own: Playwright's loop runs in this one, and Django does not work beside a loop."""

    def job() -> Any:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(job).result()


def test_no_serious_finding_and_no_sideways_scrolling(site: str, page: Page) -> None:
    faults: list[str] = []
    refused: list[str] = []
    page.on("console", lambda message: refused.append(message.text) if message.type == "error" else None)
    for width in (360, 1280):
        page.set_viewport_size({"width": width, "height": 800})
        for language in ("vi", "en"):
            page.context.add_cookies([{"name": "lang", "value": language, "url": site}])
            for address in ("/", "/tim", "/verify", "/data", "/offline", "/admin/design"):
                page.goto(site + address)
                page.wait_for_load_state("networkidle")
                found = Axe().run(page).response["violations"]
                faults += [
                    f"{address} {language} {width}: {one['id']} {one['nodes'][0]['html']}"
                    for one in found
                    if one["impact"] in ("serious", "critical")
                ]
                if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                    faults.append(f"{address} {language} {width}: scrolls sideways")
    assert faults == []
    assert refused == []


def test_the_home_page_fits_the_budget_of_a_phone(site: str, page: Page) -> None:
    session = page.context.new_cdp_session(page)
    session.send("Network.enable")
    received: list[int] = []
    session.on("Network.loadingFinished", lambda event: received.append(int(event["encodedDataLength"])))
    page.goto(site)
    page.wait_for_load_state("networkidle")
    assert len(received) > 4
    assert sum(received) <= BUDGET


def test_a_draft_survives_a_closed_tab(site: str, page: Page) -> None:
    form = """<form data-draft="birth" data-draft-revision="1"><input name="child"><textarea name="why"></textarea>
        <input type="radio" name="sex" value="a"><input type="radio" name="sex" value="b">
        <input type="password" name="secret"></form>
        <div data-draft-notice="birth" hidden><button data-draft-drop>x</button></div>"""

    def with_form(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('<div class="ts-above">', form + "<div>"))

    context = page.context
    context.route("**/offline", with_form)
    page.goto(site + "/offline")
    page.fill("[name=child]", "Nguyễn Bảo Ân")
    page.check("[name=sex][value=b]")
    page.fill("[name=secret]", "not to be kept")
    page.wait_for_timeout(700)
    page.close()
    again = context.new_page()
    again.goto(site + "/offline")
    again.wait_for_selector("[data-draft-notice]:not([hidden])")
    assert again.input_value("[name=child]") == "Nguyễn Bảo Ân"
    assert again.is_checked("[name=sex][value=b]")
    assert again.input_value("[name=secret]") == ""
    assert "not to be kept" not in again.evaluate("JSON.stringify({...localStorage})")
    again.click("[data-draft-drop]")
    assert again.input_value("[name=child]") == ""


def test_a_fragment_fetches_itself_when_its_topic_moves(site: str, page: Page) -> None:
    person, session = beside(signed_in_citizen)
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": site}])
    live = f'data-live="person:{person}" data-live-get="/tim?q=MOVED"'
    part = f'<div class="ts-above"><div id="part" {live}>still</div>'

    def with_part(route: Route) -> None:
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace('<div class="ts-above">', part))

    page.context.route("**/offline", with_part)
    with page.expect_response(lambda answer: "/live?" in answer.url):
        page.goto(site + "/offline")
    page.wait_for_timeout(1_500)

    def publish() -> None:
        with transaction.atomic():
            events.publish(system("test"), SIGNED_IN, f"person:{person}")

    beside(publish)
    page.wait_for_selector("#part [value=MOVED]", timeout=3_000)


def test_the_site_opens_without_a_network(site: str, chromium: Browser) -> None:
    page = chromium.new_page(locale="vi-VN")
    page.goto(site)
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_timeout(500)
    page.context.set_offline(True)
    page.goto(site + "/tim")
    assert page.inner_text("h1") == "Không có mạng"
