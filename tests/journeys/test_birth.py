"""The journey that the platform is for: a birth, from a mother's telephone to a signed certificate."""

import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from pyzbar.pyzbar import decode

from ..installation import Installation
from .visitor import Visitor, visiting

WAYS = [("vi", 360), ("en", 1280), ("en", 360), ("vi", 1280)]
MOST_TYPED = 6


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
    known = mother.content().inner_text()
    assert "Lê Minh" not in known
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


@pytest.mark.parametrize(("language", "width"), WAYS)
def test_a_birth_is_registered(
    chromium: Browser,
    installation: Installation,
    notification: Path,
    tmp_path: Path,
    told: Callable[[str], None],
    language: str,
    width: int,
) -> None:
    child = f"Nguyễn Bảo An {language.upper()} {width}"
    with visiting(chromium, installation, "birth", language, width) as mother:
        code = hand_in(mother, child, notification)
        told(f"{language}, {width} px: {mother.taps} taps and {len(mother.typed)} fields from home to submitted")
        receipt(mother, code, tmp_path)
