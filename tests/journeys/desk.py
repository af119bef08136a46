"""What officers do at the desk with one case."""

from playwright.sync_api import expect

from .visitor import Visitor

# The labels of a birth registration's steps, which its pack gives in both languages.
STEPS = {"receive": ("Tiếp nhận", "Receive"), "verify": ("Thẩm tra", "Verify")}


def find(officer: Visitor, code: str) -> None:
    """From the queue of the office to the case."""
    officer.open(f"/desk?q={code}")
    officer.look("queue")
    rows = officer.page.locator("[data-row]")
    expect(rows).to_have_count(1)
    officer.tap(rows.locator("a").first)
    officer.page.wait_for_url("**/desk/ho-so/*")
    officer.reads(code)


def read(officer: Visitor) -> None:
    """Each paper of the case on a page of its own, and back."""
    case = officer.page.url
    for kind in ("giay-to", "van-ban"):
        officer.tap(officer.content().locator(f'a[href*="/{kind}/"]').first)
        officer.page.wait_for_url(f"**/{kind}/**")
        officer.look(kind)
        officer.open(case)


def finish(officer: Visitor, step: str) -> None:
    """The main button of the step; the desk goes on to the next case."""
    officer.press(officer.either(*STEPS[step]))


def ask_supplement(officer: Visitor, words: str) -> None:
    """Open the fold, say what is missing, send it."""
    officer.tap(officer.page.locator("summary", has_text=officer.words("Yêu cầu bổ sung")))
    officer.page.locator("[id='id_ask-supplement.note']").fill(words)
    officer.look("what-is-missing")
    officer.press("Gửi yêu cầu bổ sung")


def sign(officer: Visitor) -> None:
    """Approve; the signature is made behind, and the page says when it is there."""
    officer.press("Phê duyệt và ký số")
    officer.page.wait_for_url("**vua=**")
    officer.look("being-signed")
    officer.reads(officer.words("Đã ký số"))
    officer.look("signed")
