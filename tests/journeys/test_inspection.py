"""An inspector has the seals of every log checked from the browser, and leaves the page meanwhile."""

import pytest
from playwright.sync_api import Browser, expect

from ..installation import Installation
from .conftest import SignIns
from .visitor import visiting


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
