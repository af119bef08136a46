"""An old telephone, a slow line: every script stays away, and a birth is registered all the same."""

from pathlib import Path

from playwright.sync_api import Browser

from ..installation import Installation
from .conftest import SignIns
from .forms import OTHER_CITIZEN, START


def test_a_case_is_handed_in_and_received_without_scripts(
    chromium: Browser, installation: Installation, sign_ins: SignIns, notification: Path
) -> None:
    context = chromium.new_context(
        java_script_enabled=False,
        storage_state=sign_ins.of(chromium, OTHER_CITIZEN),
        viewport={"width": 360, "height": 740},
        service_workers="block",
    )
    context.add_cookies([{"name": "lang", "value": "vi", "url": installation.address}])
    page = context.new_page()
    page.set_default_timeout(15_000)
    page.goto(installation.address + START)
    draft = page.url.rpartition("/nhap/")[2].partition("/")[0]
    page.goto(f"{installation.address}/ho-so/nhap/{draft}/1")
    page.fill("[name=child_name]", "Trần Bảo Khánh")
    for part, value in (("day", "8"), ("month", "11"), ("year", "2026")):
        page.fill(f"[name='born_on.{part}']", value)
    page.check("[name=sex][value=male]")
    page.click("main form .ts-actions button >> nth=0")
    page.select_option("[name=ethnicity]", "kinh")
    page.fill("[name=birth_place]", "Trạm y tế xã")
    page.fill("[name=home_town]", "Hưng Yên")
    page.click("main form .ts-actions button >> nth=0")
    chooser = page.locator("[name=birth_notification]")
    assert chooser.is_visible(), "without scripts the browser's own file field is there"
    chooser.set_input_files(notification)
    page.locator("main form:has([name=birth_notification]) .ts-actions button").first.click()
    assert page.url.endswith("/kiem-tra")
    page.locator("main form .ts-actions button").first.click()
    assert page.url.endswith("/da-nop")
    assert page.locator("main strong.num").first.inner_text().startswith("H31.")
    page.goto(f"{installation.address}/ho-so")
    assert "Trần Bảo Khánh" in page.locator("main").inner_text()
    context.close()
