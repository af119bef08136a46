"""At the counter: a number from the kiosk, called on the screen and the phone; a birth taken in for somebody who never
signed in; the receipt; and the certificate given into their hand."""

import io
import re
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from pyzbar.pyzbar import decode

from ..installation import HOME, MOTHER, Installation
from . import desk
from .conftest import SignIns
from .test_birth import codes_in, fetched, words_in
from .visitor import Visitor, visiting

SOON = 2.0
WAYS = [("vi", 1280), ("en", 360)]


def kiosk_of(officer: Visitor) -> str:
    """Open window 1 where there is none yet, and a kiosk; returns the address that makes a device one."""
    officer.open("/desk/quay/cai-dat")
    officer.look("setup")
    if not officer.content().locator("#groups-1-land").count():
        officer.page.locator("#id_number").fill("1")
        officer.press("Mở quầy")
        officer.reads(officer.words("Đã mở quầy %(number)s.") % {"number": 1})
    officer.page.locator("#id_name").fill("Máy ở cửa chính")
    officer.press("Thêm máy")
    officer.look("kiosk-made")
    return officer.page.locator("code.ts-address").inner_text()


def number_from(kiosk: Visitor, address: str) -> str:
    """Two taps and a number; the QR on the paper opens it on a phone. Returns that address."""
    kiosk.open(address)
    kiosk.look("kiosk")
    kiosk.page.locator("input[name=noi]").fill("khai sinh")
    kiosk.page.keyboard.press("Enter")
    kiosk.reads(kiosk.words("Có phải việc này không?"))
    kiosk.look("said")
    kiosk.tap(kiosk.content().locator('a[href*="nhom=civil-status"]').first)
    kiosk.look("priority")
    kiosk.press("Lấy số")
    kiosk.page.wait_for_url("**/so/**")
    kiosk.look("ticket")
    picture = Image.open(io.BytesIO(kiosk.page.locator(".ts-qr svg").screenshot()))
    large = picture.resize((picture.width * 3, picture.height * 3))
    (found,) = decode(large)
    return found.data.decode()


def take_in(officer: Visitor, child: str, notification: Path) -> str:
    """From the number on the identity card to the receipt, on one page; returns the dossier code."""
    officer.press("Nhận hồ sơ mới")
    officer.page.locator("#id_procedure").select_option("civil-status.birth-registration")
    officer.page.locator("#id_national_id").fill(MOTHER)
    officer.look("who")
    officer.press("Mở biểu mẫu")
    officer.page.wait_for_url("**/ban-nhap/**")
    officer.reads("Hà Thanh Anh", "Bùi Gia Anh")
    officer.press("Tiếp nhận, in giấy hẹn")
    officer.look("refused")
    officer.type("child_name", child)
    for part, value in (("day", "10"), ("month", "11"), ("year", "2026")):
        officer.type(f"born_on.{part}", value)
    officer.choose("sex", "male")
    officer.choose("ethnicity", "kinh")
    officer.type("birth_place", "Bệnh viện Phụ sản Thái Bình")
    officer.type("home_town", "Xã Vũ Quý, tỉnh Hưng Yên")
    officer.page.locator('input[type="file"]').first.set_input_files([notification, notification])
    officer.look("form")
    officer.press("Tiếp nhận, in giấy hẹn")
    officer.page.wait_for_url("**/da-nhan/**")
    officer.look("taken-in")
    return officer.content().locator("strong.num").first.inner_text()


@pytest.mark.parametrize(("language", "width"), WAYS, ids=[f"{language}-{width}" for language, width in WAYS])
def test_a_birth_is_taken_in_at_the_counter_and_given_into_the_hand(
    chromium: Browser,
    installation: Installation,
    sign_ins: SignIns,
    notification: Path,
    tmp_path: Path,
    told: Callable[[str], None],
    language: str,
    width: int,
) -> None:
    child = f"Bùi Gia {'Khang' if language == 'vi' else 'Long'}"

    def come(who: str, user: str = "", at: int = width) -> AbstractContextManager[Visitor]:
        state = sign_ins.of(chromium, user)
        return visiting(chromium, installation, f"counter/{who}", language, at, state=state)

    with (
        come("one-stop", f"mot-cua.{HOME}") as officer,
        come("kiosk", at=1280) as kiosk,
        come("screen", at=1280) as screen,
        come("phone", at=360) as phone,
        come("civil-status", f"ho-tich.{HOME}") as registrar,
        come("chair", f"chu-tich.{HOME}") as chair,
    ):
        pairing = kiosk_of(officer)
        ticket = number_from(kiosk, pairing)
        centre = re.search(r"/quay/([^/]+)/", pairing)
        assert centre
        screen.open(f"/quay/{centre[1]}/man-hinh")
        screen.look("nobody-called")
        phone.open(ticket)
        phone.look("waiting")
        number = phone.page.locator(".ts-ticket__code").inner_text()

        officer.open("/desk/quay")
        if officer.content().locator('form[action$="/ngoi"]').count():
            officer.look("which-window")
            officer.tap(officer.content().locator('form[action$="/ngoi"] button').first)
        officer.look("window")
        officer.press("Gọi số tiếp theo")
        pressed = time.monotonic()
        expect(screen.page.locator(".ts-call__code")).to_have_text(number)
        delay = time.monotonic() - pressed
        told(f"{language}, {width} px: {number} stood on the call screen {delay:.1f} s after the press")
        assert delay < SOON
        screen.look("called")
        phone.reads(phone.words("Mời Ông/Bà đến quầy %(window)s") % {"window": 1})
        phone.look("called")
        officer.look("called")
        officer.press("Bắt đầu")

        officer.typed.clear()
        before = officer.taps
        code = take_in(officer, child, notification)
        told(f"{language}, {width} px: {officer.taps - before} taps, {len(officer.typed)} fields at the counter")
        link = officer.content().locator('a[href*="/van-ban/"]').first.get_attribute("href") or ""
        receipt = fetched(officer, link, tmp_path / "receipt.pdf")
        assert code in words_in(receipt)
        assert f"{installation.address}/theo-doi/{code}" in codes_in(receipt)

        desk.find(registrar, code)
        desk.finish(registrar, "verify")
        desk.find(chair, code)
        desk.sign(chair)

        officer.open(f"/desk/quay/tra?q={installation.address}/theo-doi/{code}")
        officer.reads(code)
        officer.look("shelf")
        officer.tap(officer.content().locator("tbody th a").first)
        officer.look("give")
        officer.page.locator("#id_number").fill(MOTHER)
        officer.press("Đã giao")
        officer.reads(officer.words("Không có kết quả nào chờ trả")[:20])
        officer.open(f"/desk/ho-so?q={code}")
        officer.reads(officer.words("Đã trả kết quả"))
        officer.open("/desk/quay")
        officer.press("Xong")
        officer.open("/desk/quay/ngay")
        officer.reads(code)
        officer.look("day")
        officer.open("/desk/quay/thong-ke")
        officer.look("figures")
        officer.open("/desk/quay/buu-chinh")
        officer.look("parcels")
        screen.reads(screen.words("Chưa gọi số nào"))
