"""Somebody who puts a form off, takes it up again, thinks of another office, and in the end takes the case back."""

from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ..installation import HOME, Installation
from .conftest import SignIns
from .forms import OTHER_CITIZEN, START, draft_address, fill
from .visitor import visiting


@pytest.mark.parametrize(("language", "width"), [("vi", 360), ("en", 1280)])
def test_a_case_is_put_off_moved_and_taken_back(
    chromium: Browser, installation: Installation, sign_ins: SignIns, notification: Path, language: str, width: int
) -> None:
    state = sign_ins.of(chromium, OTHER_CITIZEN)
    with visiting(chromium, installation, "second-thoughts", language, width, state=state) as citizen:
        citizen.open(START)
        citizen.page.wait_for_url("**/ho-so/nhap/**")
        fill(citizen, notification)
        draft = draft_address(citizen)
        citizen.press("Lưu và làm tiếp sau")
        citizen.reads(citizen.words("Đã lưu. Ông/Bà điền tiếp lúc nào cũng được, trên máy này hoặc máy khác."))
        citizen.look("put-off")
        citizen.tap(citizen.page.locator(f'a[href="{draft}"]'))
        citizen.page.wait_for_url("**/kiem-tra")
        citizen.press("Nộp ở nơi khác")
        citizen.look("another-office")
        citizen.choose("unit", HOME)
        citizen.press("Tiếp tục")
        citizen.page.wait_for_url("**/kiem-tra")
        citizen.reads("Vũ Quý")
        citizen.press("Bỏ bản nháp này")
        citizen.look("drop")
        citizen.press("Giữ lại")
        citizen.page.wait_for_url("**/kiem-tra")
        citizen.press("Nộp hồ sơ", "citizen")
        citizen.page.wait_for_url("**/da-nop")
        code = citizen.content().locator("strong.num").first.inner_text()
        citizen.press("Xem hồ sơ")
        citizen.look("case")
        citizen.press("Rút hồ sơ", "citizen")
        citizen.press("Rút hồ sơ", "citizen")
        expect(citizen.page.locator("#id_reason")).to_be_focused()
        citizen.look("no-reason")
        citizen.type("reason", "Nộp nhầm nơi")
        citizen.press("Rút hồ sơ", "citizen")
        citizen.reads(citizen.words("Đã rút hồ sơ."))
        citizen.look("taken-back")
        citizen.open(f"/theo-doi/{code}")
        citizen.reads(code)
