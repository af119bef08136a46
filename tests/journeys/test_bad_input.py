"""What goes wrong at a keyboard: a form full of mistakes, files that are none, a button pressed twice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ..installation import Installation
from .conftest import SignIns
from .forms import OTHER_CITIZEN, START, draft_address, fill
from .visitor import Visitor, visiting

MEGABYTE = 1024 * 1024


@pytest.fixture(params=[("vi", 360), ("en", 1280)], ids=["vi-360", "en-1280"])
def citizen(
    chromium: Browser, installation: Installation, sign_ins: SignIns, request: pytest.FixtureRequest
) -> Iterator[Visitor]:
    language, width = request.param
    with visiting(
        chromium,
        installation,
        f"bad-input/{request.node.originalname}",
        language,
        width,
        state=sign_ins.of(chromium, OTHER_CITIZEN),
    ) as one:
        one.open(START)
        one.page.wait_for_url("**/ho-so/nhap/**")
        yield one


def test_every_field_wrong(citizen: Visitor) -> None:
    citizen.open(draft_address(citizen) + "/1")
    citizen.type("child_name", "  ")
    for part, value in (("day", "31"), ("month", "2"), ("year", "2026")):
        citizen.type(f"born_on.{part}", value)
    citizen.press("Tiếp tục")
    expect(citizen.page.locator(".govuk-error-summary")).to_be_visible()
    citizen.reads(citizen.words("Những gì đã nhập vẫn còn nguyên. Xin sửa các mục sau rồi gửi lại:"))
    expect(citizen.page.locator("#id_child_name")).to_be_focused()
    expect(citizen.page.locator('[name="born_on.day"]')).to_have_value("31")
    for name in ("child_name", "born_on", "sex"):
        expect(citizen.page.locator(f"[id='id_{name}-error']")).to_be_visible()
    citizen.look("every-field-wrong")
    citizen.tap(citizen.page.locator(".govuk-error-summary__list a").nth(1))
    expect(citizen.page.locator("[id='id_born_on.day']")).to_be_focused()


@pytest.fixture(scope="session")
def bad_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("bad")
    files = {name: folder / name for name in ("giấy chứng sinh.pdf", "trống.jpg", "phim.pdf")}
    files["giấy chứng sinh.pdf"].write_bytes(b"MZ\x90\x00\x03" + bytes(4096))
    files["trống.jpg"].touch()
    with files["phim.pdf"].open("wb") as film:
        film.write(b"%PDF-1.7\n")
        film.truncate(200 * MEGABYTE)
    return files


def test_files_that_are_none(citizen: Visitor, bad_files: dict[str, Path], notification: Path) -> None:
    fill(citizen, notification)
    paper = draft_address(citizen) + "/giay-to/birth_notification"
    for name in ("giấy chứng sinh.pdf", "trống.jpg"):
        citizen.open(paper)
        citizen.photograph(bad_files[name])
        citizen.press("Tiếp tục")
        expect(citizen.page.locator("[id='id_birth_notification-error']")).to_be_visible()
        citizen.look(f"refused-{bad_files[name].suffix[1:]}")
        citizen.reads(notification.name)
    citizen.open(paper)
    citizen.photograph(bad_files["phim.pdf"])
    citizen.press("Tiếp tục")
    citizen.reads("20 MB")
    citizen.look("too-large")
    citizen.press("Quay lại")
    citizen.reads(notification.name)
    citizen.press("Tiếp tục")
    citizen.reads("Trần Bảo Châu")


def test_the_button_pressed_twice_and_the_way_back(citizen: Visitor, notification: Path) -> None:
    fill(citizen, notification)
    citizen.page.get_by_role("button", name=citizen.words("Nộp hồ sơ", "citizen"), exact=True).dblclick()
    citizen.page.wait_for_url("**/da-nop")
    code = citizen.content().locator("strong.num").first.inner_text()
    citizen.page.go_back()
    button = citizen.page.get_by_role("button", name=citizen.words("Nộp hồ sơ", "citizen"), exact=True)
    if button.count():
        button.click()
        citizen.page.wait_for_url("**/da-nop")
        expect(citizen.content().locator("strong.num").first).to_have_text(code)
    citizen.open("/ho-so")
    assert citizen.content().inner_text().count(code) == 1
