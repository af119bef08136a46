"""The journey that the platform is for: a birth, from a mother's telephone to a signed certificate."""

import re
import subprocess
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from pyzbar.pyzbar import decode

from ..contracts.signatures import TRUSTED, changed, parts, verdict
from ..installation import HOME, Installation
from . import desk
from .conftest import SignIns
from .visitor import Visitor, visiting
from .wall import SOON, Wall

WAYS = [("vi", 360), ("en", 1280), ("en", 360), ("vi", 1280)]
NAMES = {("vi", 360): "An", ("en", 1280): "Bình", ("en", 360): "Chi", ("vi", 1280): "Diệp"}
MOST_TYPED = 6
MISSING = "Ảnh Giấy chứng sinh bị mờ ở góc dưới, xin chụp lại."


def codes_in(document: Path) -> list[str]:
    """What a telephone's camera reads of the QR codes in a PDF."""
    subprocess.run(["pdftoppm", "-r", "150", "-png", document, document.with_suffix("")], check=True)
    pages = sorted(document.parent.glob(f"{document.stem}-*.png"))
    return [found.data.decode() for page in pages for found in decode(Image.open(page))]


def words_in(document: Path) -> str:
    """What the PDF says, in one line."""
    said = subprocess.run(["pdftotext", document, "-"], check=True, capture_output=True, text=True).stdout
    return re.sub(r"\s+", " ", said)


def fetched(visitor: Visitor, address: str, file: Path) -> Path:
    """A document as the visitor's browser gets it."""
    answer = visitor.context.request.get(visitor.installation.address + address)
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/pdf"
    file.write_bytes(answer.body())
    return file


def hand_in(mother: Visitor, child: str, notification: Path) -> str:
    """From the home page to the submitted case; returns its dossier code."""
    mother.open("/")
    mother.look("home")
    mother.tap(mother.page.locator('a[href$="su-kien=birth"]'))
    mother.look("event")
    mother.tap(mother.page.locator('a[href="/thu-tuc/civil-status.birth-registration"]').first)
    mother.look("procedure")
    mother.tap(mother.page.locator('main a[href$="/nop"]').first)
    mother.look("who-is-there")
    mother.sign_in_as_citizen()

    mother.page.wait_for_url("**/ho-so/nhap/*/1")
    mother.reads("Hà Thanh Anh", "Bùi Gia Anh", "Vũ Quý")
    mother.type("child_name", child)
    for part, value in (("day", "10"), ("month", "11"), ("year", "2026")):
        mother.type(f"born_on.{part}", value)
    mother.choose("sex", "female")
    mother.look("child")
    mother.portrait("citizen")
    mother.press("Tiếp tục")
    mother.choose("ethnicity", "kinh")
    mother.type("birth_place", "Bệnh viện Phụ sản Thái Bình")
    mother.type("home_town", "Xã Vũ Quý, tỉnh Hưng Yên")
    mother.look("origin")
    mother.press("Tiếp tục")
    mother.photograph(notification)
    mother.look("photograph")
    mother.press("Tiếp tục")
    mother.reads(child, "10/11/2026", "Bệnh viện Phụ sản Thái Bình")
    mother.look("check")
    mother.press("Nộp hồ sơ", "citizen")
    mother.page.wait_for_url("**/da-nop")
    assert len(mother.typed) <= MOST_TYPED, mother.typed
    code = mother.content().locator("strong.num").first.inner_text()
    assert re.fullmatch(r"H31\.\d+-\d{6}-\d{4}", code)
    return code


def receipt(mother: Visitor, code: str, folder: Path) -> None:
    """The receipt appears by itself; its QR leads anybody to where the case stands."""
    link = mother.content().locator('a[href^="/van-ban/"]')
    expect(link).to_be_visible(timeout=20_000)
    mother.look("submitted")
    file = fetched(mother, link.get_attribute("href") or "", folder / "receipt.pdf")
    assert code in words_in(file)
    assert f"{mother.installation.address}/theo-doi/{code}" in codes_in(file)
    anybody = mother.context.browser.new_context().new_page() if mother.context.browser else None
    assert anybody is not None
    anybody.goto(f"{mother.installation.address}/theo-doi/{code}")
    expect(anybody.locator("main")).to_contain_text(code)
    anybody.context.close()


def supplement(mother: Visitor, picture: Path) -> None:
    """She reads what is missing on the page of her case, photographs it again, and the clock runs on."""
    mother.reads(mother.words("Cần Ông/Bà bổ sung"), MISSING, mother.words("đang tạm dừng"))
    mother.look("asked-for-a-supplement")
    mother.press("Bổ sung hồ sơ")
    mother.page.wait_for_url("**/bo-sung")
    mother.photograph(picture)
    mother.type("note", "Đã chụp lại.")
    mother.look("supplement")
    mother.press("Gửi bổ sung")
    mother.reads(mother.words("Đã gửi bổ sung. Cơ quan tiếp tục giải quyết hồ sơ."))
    expect(mother.content()).not_to_contain_text(mother.words("đang tạm dừng"))
    mother.look("supplement-sent")


def certificate(mother: Visitor, child: str, folder: Path) -> None:
    """The result on the page of her case and among her papers; a stranger's program trusts it."""
    mother.reads(mother.words("Đã có kết quả"))
    mother.look("result")
    link = mother.content().locator('.ts-button[href^="/van-ban/"], a[href^="/van-ban/"].ts-button').first
    address = link.get_attribute("href") or ""
    file = fetched(mother, address, folder / "certificate.pdf")
    assert child.upper() in words_in(file).upper()
    genuine, said = verdict(file, mother.installation.root_certificate)
    assert genuine, said
    assert TRUSTED in said
    assert parts(file)["form"] == "/ETSI.CAdES.detached"
    genuine, said = verdict(changed(file, file.stat().st_size // 2), mother.installation.root_certificate)
    assert not genuine
    mother.open("/toi/giay-to")
    expect(mother.content().locator(f'a[href="{address}"]')).to_be_visible()
    mother.look("my-papers")
    check = next(code for code in codes_in(file) if "/verify/" in code)
    mother.open(check)
    mother.reads(mother.words("Văn bản thật"))
    mother.look("genuine")


def register_row(leader: Visitor, registrar: Visitor, wall: Wall, child: str, code: str) -> None:
    """From the figure to its rows, from the row to the record: two taps. The record names the case; who is in it is
    for the officer of the register, not for the leader."""
    page, before = leader.page, leader.taps
    leader.look("wall")
    leader.portrait("ioc")
    leader.tap(page.locator(".ts-stat", has_text=wall.births).first)
    leader.look("rows-of-the-figure")
    leader.tap(page.locator("section[aria-labelledby=rows] tbody tr a").first)
    page.wait_for_url("**/desk/so/civil-status.births/*")
    assert leader.taps - before == 2
    leader.reads(code)
    expect(leader.content()).not_to_contain_text(child)
    leader.look("record")
    registrar.open(page.url)
    registrar.reads(child, code)
    registrar.look("record")


def who_looked(mother: Visitor, code: str) -> None:
    mother.open("/toi/ai-da-xem")
    mother.reads("Vũ Quý", code)
    mother.look("who-looked")


@pytest.mark.parametrize(("language", "width"), WAYS, ids=[f"{language}-{width}" for language, width in WAYS])
def test_a_birth_is_registered(
    chromium: Browser,
    installation: Installation,
    sign_ins: SignIns,
    notification: Path,
    tmp_path: Path,
    told: Callable[[str], None],
    language: str,
    width: int,
) -> None:
    child = f"Nguyễn Bảo {NAMES[language, width]}"

    def come(who: str, user: str = "") -> AbstractContextManager[Visitor]:
        state = sign_ins.of(chromium, user)
        return visiting(chromium, installation, f"birth/{who}", language, width, state=state)

    with (
        come("leader", "lanh-dao") as leader,
        come("mother") as mother,
        come("one-stop", f"mot-cua.{HOME}") as counter,
        come("civil-status", f"ho-tich.{HOME}") as registrar,
        come("chair", f"chu-tich.{HOME}") as chair,
    ):
        wall = Wall(leader, births=leader.either("Trẻ được đăng ký khai sinh", "Births registered"))
        handed_in = leader.either("Hồ sơ đã nộp", "Applications handed in")
        applications, births = wall.figure(handed_in), wall.figure(wall.births)

        code = hand_in(mother, child, notification)
        told(f"{language}, {width} px: {mother.taps} taps and {len(mother.typed)} fields from home to submitted")
        delays = [wall.moved(handed_in, applications, installation.time_of("case.submitted"))]
        receipt(mother, code, tmp_path)
        mother.press("Xem hồ sơ")
        mother.look("case")

        desk.find(counter, code)
        counter.look("received")
        desk.finish(counter, "receive")
        desk.find(registrar, code)
        registrar.look("to-verify")
        registrar.portrait("desk")
        desk.read(registrar)
        desk.ask_supplement(registrar, MISSING)
        supplement(mother, notification)
        desk.find(registrar, code)
        desk.finish(registrar, "verify")
        desk.find(chair, code)
        chair.look("to-sign")
        desk.sign(chair)

        delays.append(wall.moved(wall.births, births, installation.time_of("record.created")))
        told(f"{language}, {width} px: the wall moved after {' and '.join(f'{delay:.1f} s' for delay in delays)}")
        assert max(delays) < SOON, delays
        certificate(mother, child, tmp_path)
        register_row(leader, registrar, wall, child, code)
        who_looked(mother, code)
