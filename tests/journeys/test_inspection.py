"""An inspector has the seals of every log checked from the browser, and leaves the page meanwhile. Another inspects on
the spot without a network: what was answered and photographed is sent when it is back, and becomes minutes, findings
and a figure."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ..installation import Installation
from .conftest import SignIns
from .visitor import visiting

K10 = "/ioc/chi-tieu/inspection.inspections-digital"


@pytest.mark.parametrize(("language", "width"), [("vi", 360), ("en", 1280)])
def test_the_seals_are_checked_and_hold(
    chromium: Browser, installation: Installation, sign_ins: SignIns, language: str, width: int
) -> None:
    state = sign_ins.of(chromium, "thanh-tra")
    with visiting(chromium, installation, "inspection", language, width, state=state) as inspector:
        inspector.open("/admin/nhat-ky")
        inspector.look("audit")
        inspector.press("Kiểm tra niêm phong ngay")
        inspector.page.wait_for_url("**/niem-phong/*")
        asked = inspector.page.url
        inspector.open("/admin/nhat-ky")
        inspector.open(asked)
        done = inspector.content().locator(".govuk-notification-banner--success")
        expect(done).to_be_visible(timeout=60_000)
        expect(inspector.content().locator("table")).to_have_count(0)
        inspector.look("seals-hold")


def test_an_inspection_without_a_network_is_sent_when_it_is_back_and_counted(
    chromium: Browser, installation: Installation, sign_ins: SignIns, notification: Path, told: Callable[[str], None]
) -> None:
    state = sign_ins.of(chromium, "kiem-tra")
    with visiting(chromium, installation, "inspecting", "vi", 360, state=state) as inspector:
        inspector.context.grant_permissions(["geolocation"])
        inspector.context.set_geolocation({"longitude": 106.3533, "latitude": 20.4811})
        page = inspector.page
        inspector.open("/desk/kiem-tra")
        inspector.look("inspections")
        inspector.tap(inspector.content().locator('li:has-text("03/QĐ-KT") a').first)
        page.wait_for_selector("[data-take]:not([hidden])")
        inspection = page.url.rpartition("/")[2]
        inspector.look("checklist")
        inspector.context.set_offline(True)
        page.locator('label[for="id_answer.0.yes"]').click()
        page.locator('label[for="id_answer.1.no"]').click()
        page.locator("[data-shot]").nth(1).set_input_files(notification)
        expect(page.locator("[data-sync]")).to_contain_text("2 mục đang chờ")
        inspector.keep("without-a-network")
        inspector.context.set_offline(False)
        page.wait_for_selector('[data-sync-state="sent"]:not([hidden])')
        inspector.type("conclusion", "Phải chạy lại hệ thống")
        inspector.press("Kết thúc và lập biên bản")
        inspector.reads("03/QĐ-KT/1", "Biên bản 0")
        for _attempt in range(30):  # the worker signs
            if "đã ký số" in inspector.content().inner_text():
                break
            page.wait_for_timeout(1_000)
            page.reload()
        inspector.reads("đã ký số")
        inspector.look("ended")
        told(f"an inspection on the spot: {inspector.taps} taps beside the checklist's own")
    with visiting(chromium, installation, "inspecting", "en", 1280, state=sign_ins.of(chromium, "lanh-dao")) as leader:
        leader.open(K10)
        expect(leader.content().locator(f'a[href*="{inspection}"]').first).to_be_visible()
        leader.look("k10")
