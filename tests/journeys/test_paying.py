"""A charge, from the form to the receipt: the QR code on the screen is read by a program that we did not write, paid in
a bank that is another process, and the page turns to paid by itself."""

import io
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Browser, expect
from pyzbar.pyzbar import decode

from tinhso.project.embedded.places import PYTHON, ROOT

from ..contracts.signatures import verdict
from ..installation import HOME, Installation
from .conftest import SignIns
from .visitor import Visitor, visiting

WAYS = [("vi", 360), ("en", 1280)]
QUICK = 10_000
"""Milliseconds within which the page says that the money came."""


@pytest.fixture(scope="module")
def parent(installation: Installation) -> str:
    """Somebody who may ask for a copy: a parent in the register of births."""
    command = [PYTHON, ROOT / "tests" / "journeys" / "parent.py"]
    said = subprocess.run(command, env=installation.env, capture_output=True, text=True, check=True, timeout=120)
    return said.stdout.split()[-1]


@pytest.fixture
def bank_app(chromium: Browser, installation: Installation) -> Iterator[Visitor]:
    """The customer's telephone."""
    with visiting(chromium, installation, "paying/bank", "vi", 360) as visitor:
        yield visitor


def read_by_a_camera(visitor: Visitor) -> str:
    """What a telephone's camera reads on this very screen."""
    code = visitor.content().locator(".ts-pay__code img")
    code.scroll_into_view_if_needed()
    expect(code).to_be_visible()
    visitor.page.wait_for_function("document.querySelector('.ts-pay__code img').complete")
    (found,) = decode(Image.open(io.BytesIO(visitor.page.screenshot())))
    return found.data.decode()


@pytest.mark.parametrize(("language", "width"), WAYS, ids=[f"{language}-{width}" for language, width in WAYS])
def test_a_copy_is_asked_for_and_paid(
    chromium: Browser, installation: Installation, sign_ins: SignIns, parent: str, bank_app: Visitor, tmp_path: Path,
    language: str, width: int,
) -> None:  # fmt: skip
    state = sign_ins.of(chromium, parent)
    with visiting(chromium, installation, "paying", language, width, state=state) as citizen:
        ask_for_a_copy(citizen, copies=2)
        citizen.press("Xem hồ sơ")
        citizen.reads(citizen.words("Cần nộp phí, lệ phí"), "16.000" if language == "vi" else "16,000")
        citizen.look("case-with-its-charge")
        case = citizen.page.url
        citizen.press("Nộp ngay")
        citizen.page.wait_for_url("**/nop-phi/*")
        citizen.look("to-pay")
        text = read_by_a_camera(citizen)
        assert text.startswith("000201010212")
        assert "5405" + "16000" in text

        bank_app.open(f"http://localhost:{installation.env['TINHSO_BANK_PORT']}/")
        bank_app.page.fill("[name=qr]", text)
        bank_app.tap(bank_app.page.get_by_role("button", name="Đọc mã"))
        bank_app.look("transfer")
        assert bank_app.page.input_value("[name=amount]") == "16000"
        code = bank_app.page.input_value("[name=content]")
        assert re.fullmatch(r"TS[0-9A-Z]{8}", code)
        bank_app.tap(bank_app.page.get_by_role("button", name="Chuyển tiền"))
        bank_app.reads("Đã chuyển tiền", code)
        bank_app.look("transferred")

        expect(citizen.content()).to_contain_text(citizen.words("Đã nhận đủ tiền"), timeout=QUICK)
        receipt = citizen.content().get_by_role("link", name=citizen.words("Biên lai thu phí, lệ phí (PDF)"))
        expect(receipt).to_be_visible(timeout=30_000)
        citizen.look("paid")
        answer = citizen.context.request.get(installation.address + (receipt.get_attribute("href") or ""))
        file = tmp_path / "receipt.pdf"
        file.write_bytes(answer.body())
        genuine, said = verdict(file, installation.root_certificate)
        assert genuine, said
        words = subprocess.run(["pdftotext", file, "-"], check=True, capture_output=True, text=True).stdout
        assert "Mười sáu nghìn đồng" in re.sub(r"\s+", " ", words)
        assert code in words

        citizen.open(case)
        citizen.reads(citizen.words("Biên lai thu phí, lệ phí (PDF)"), citizen.words("Đã nộp phí, lệ phí"))
        expect(citizen.content()).not_to_contain_text(citizen.words("Cần nộp phí, lệ phí"))
        citizen.look("case-paid")
        citizen.open("/toi/giay-to")
        citizen.reads("Biên lai thu phí, lệ phí")


def ask_for_a_copy(citizen: Visitor, copies: int) -> None:
    """From the procedure to the submitted case."""
    citizen.open("/thu-tuc/civil-status.extract-copy/nop")
    citizen.page.wait_for_url("**/ho-so/nhap/**")
    citizen.open("/ho-so/nhap/" + citizen.page.url.rpartition("/nhap/")[2].partition("/")[0] + "/1")
    citizen.page.locator('label[for="id_birth"]').click()
    citizen.type("copies", str(copies))
    citizen.press("Tiếp tục")
    citizen.page.wait_for_url("**/kiem-tra")
    citizen.press("Nộp hồ sơ", "citizen")
    citizen.page.wait_for_url("**/da-nop")


@pytest.mark.parametrize(("language", "width"), WAYS, ids=[f"{language}-{width}" for language, width in WAYS])
def test_the_accountant_gives_back_what_was_too_much_and_closes_the_day(
    chromium: Browser, installation: Installation, sign_ins: SignIns, parent: str, bank_app: Visitor, language: str,
    width: int,
) -> None:  # fmt: skip
    with visiting(
        chromium, installation, "paying/citizen", language, width, state=sign_ins.of(chromium, parent)
    ) as citizen:
        ask_for_a_copy(citizen, copies=1)
        citizen.press("Xem hồ sơ")
        citizen.press("Nộp ngay")
        link = citizen.content().get_by_role("link", name=citizen.words("Mở app ngân hàng")).get_attribute("href") or ""
        bank_app.open(link)
        bank_app.page.fill("[name=amount]", "80.000")
        code = bank_app.page.input_value("[name=content]")
        bank_app.tap(bank_app.page.get_by_role("button", name="Chuyển tiền"))
        citizen.reads(citizen.words("Nộp thừa"))
        citizen.reads("Vũ Quý" if language == "vi" else "Vu Quy")
        citizen.look("too-much")

    def come(who: str, name: str) -> Visitor:
        return visiting(chromium, installation, f"paying/{who}", language, width, state=sign_ins.of(chromium, name))

    with come("accountant", f"ke-toan.{HOME}") as accountant, come("chair", f"chu-tich.{HOME}") as chair:
        accountant.open("/desk/thu-phi")
        accountant.look("waiting")
        row = accountant.page.locator("[data-row]", has_text=code)
        accountant.tap(row.locator("a").first)
        accountant.look("too-much")
        accountant.page.fill("[name=reason]", "")
        accountant.tap(accountant.content().get_by_role("button", name=accountant.words("Đề nghị hoàn trả")))
        accountant.reads(accountant.words("Xin ghi lý do hoàn trả"))
        accountant.look("no-reason")
        accountant.page.fill("[name=reason]", "Nộp thừa")
        accountant.tap(accountant.content().get_by_role("button", name=accountant.words("Đề nghị hoàn trả")))
        accountant.reads(accountant.words("đã xử lý"))

        chair.open("/desk/thu-phi/hoan-tra")
        chair.look("refunds")
        chair.tap(chair.page.locator("[data-row]", has_text=code).locator("a").first)
        chair.look("refund")
        chair.press("Duyệt hoàn trả")
        chair.reads("Nộp thừa")
        for _ in range(20):
            if chair.words("Đã hoàn trả") in chair.content().inner_text():
                break
            chair.page.wait_for_timeout(500)
            chair.page.reload()
        chair.reads(chair.words("Đã hoàn trả"))
        chair.look("refunded")

        for address, name in (
            ("/desk/thu-phi/khoan-thu", "orders"), ("/desk/thu-phi/tien-den", "came"),
            ("/desk/thu-phi/tin-bao", "messages"), ("/desk/thu-phi/cuoi-ngay", "day"),
        ):  # fmt: skip
            accountant.open(address)
            accountant.look(name)
        accountant.reads(accountant.words("Sổ kép cân"))
        forged = accountant.context.request.post(
            installation.address + "/payments/stand-in-bank/messages", data='{"event": "credit"}'
        )
        assert forged.status == 401
        table = accountant.context.request.get(installation.address + "/desk/thu-phi/cuoi-ngay.csv")
        assert "80000" in table.text() or "96000" in table.text()
    with come("inspector", "thanh-tra") as inspector:
        inspector.open("/desk/thu-phi/tin-bao")
        inspector.reads(inspector.words("Không có chữ ký"))
        inspector.look("messages")
        inspector.tap(inspector.page.locator("[data-row] a").first)
        inspector.reads('{"event": "credit"}')
        inspector.look("message")
