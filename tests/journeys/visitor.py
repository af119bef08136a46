"""Somebody at a browser: opens, taps, types, and holds every page to what each page promises."""

import io
import os
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from django.utils import translation
from django.utils.translation import gettext, pgettext
from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Locator, Page, StorageState, expect

from ..installation import CODE, MOTHER, PASSWORD, Installation

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "test-output"
README_PICTURES = ROOT / "docs" / "images"
HEIGHT = {360: 740, 1280: 800}
SERIOUS = {"serious", "critical"}
LARGEST_PICTURE = 300_000
# What a browser writes to its console of answers that are meant: a refused form, a case that is not there.
MEANT = re.compile(r"Failed to load resource: the server responded with a status of 4(00|03|04|09|13|22)")
AXE = Axe()
LEADS_ON = """(tapped) => {
  const at = tapped.closest("a[href], button, summary");
  if (at?.tagName === "A") return !at.getAttribute("href").startsWith("#");
  return at?.tagName === "BUTTON" && at.type === "submit" && at.form !== null;
}"""


@dataclass
class Visitor:
    """A browser of its own, in a language and at a width. `taps` and `typed` count what a person had to do."""

    installation: Installation
    context: BrowserContext
    page: Page
    language: str
    width: int
    story: str
    """The folder of its pictures under test-output/."""
    taps: int = 0
    typed: set[str] = field(default_factory=set)
    seen: int = 0
    troubles: list[str] = field(default_factory=list)

    # -- words -------------------------------------------------------------------------------------------------------

    def words(self, vietnamese: str, context: str = "") -> str:
        """What the page says for this sentence of the source, in the visitor's language."""
        with translation.override(self.language):
            return pgettext(context, vietnamese) if context else gettext(vietnamese)

    def either(self, vietnamese: str, english: str) -> str:
        """Words of a pack, which carries both languages."""
        return vietnamese if self.language == "vi" else english

    # -- doing -------------------------------------------------------------------------------------------------------

    def open(self, path: str) -> None:
        """Go to an address by typing it."""
        self.page.goto(self.installation.address + path if path.startswith("/") else path)

    def resize(self, width: int) -> None:
        """Turn to another screen, on the same page."""
        self.width = width
        self.page.set_viewport_size({"width": width, "height": HEIGHT[width]})

    def tap(self, target: Locator) -> None:
        """One tap on what is there to be tapped; the page to which a link or a form leads is waited for."""
        self.taps += 1
        if target.evaluate(LEADS_ON):
            with self.page.expect_navigation():
                target.click()
        else:
            target.click()

    def press(self, vietnamese: str, context: str = "") -> None:
        """Tap the one button or link with these words."""
        name = self.words(vietnamese, context)
        main = self.page.locator("main")
        self.tap(main.get_by_role("button", name=name, exact=True).or_(main.get_by_role("link", name=name, exact=True)))

    def type(self, name: str, text: str) -> None:
        """Fill the field; the parts of a date are one field."""
        self.typed.add(name.partition(".")[0])
        self.page.locator(f'[name="{name}"]').fill(text)

    def choose(self, name: str, value: str) -> None:
        """Choose from a list or from radio buttons."""
        self.typed.add(name)
        field_ = self.page.locator(f'select[name="{name}"]')
        if field_.count():
            field_.select_option(value)
        else:
            self.page.locator(
                f'label[for="{self.page.locator(f"""[name="{name}"][value="{value}"]""").get_attribute("id")}"]'
            ).click()

    def photograph(self, picture: Path) -> None:
        """Take `picture` with the telephone's camera; at a desk, choose its file."""
        with self.page.expect_file_chooser() as chooser:
            self.press("Chụp ảnh" if self.width < 600 else "Chọn tệp")
        chooser.value.set_files(picture)

    # -- looking -----------------------------------------------------------------------------------------------------

    def look(self, name: str) -> None:
        """Hold this page to the promises of every page, and keep a picture of it."""
        self.page.wait_for_load_state("load")
        self.page.evaluate("document.fonts.ready.then(() => true)")
        self.seen += 1
        self.judge(name)
        self.keep(f"{self.seen:02}-{name}-{self.width}")

    def judge(self, name: str) -> None:
        where = f"{name} ({self.language}, {self.width} px)"
        for found in AXE.run(self.page).response["violations"]:
            if found["impact"] in SERIOUS:
                self.troubles.append(f"{where}: {found['id']}: {found['nodes'][0]['html'][:200]}")
        if self.page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            self.troubles.append(f"{where}: scrolls sideways")
        if self.page.locator("html").get_attribute("lang") != self.language:
            self.troubles.append(f"{where}: is not in the visitor's language")

    def keep(self, name: str) -> None:
        """A picture of the whole page."""
        folder = PICTURES / self.story
        folder.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=folder / f"{name}.png", full_page=True, animations="disabled")

    def portrait(self, name: str) -> None:
        """The picture of a portal in the README, where it is asked for (TINHSO_README_IMAGES=1): citizens' on a
        telephone, the others' at a desk."""
        wanted = os.environ.get("TINHSO_README_IMAGES") == "1"
        if not wanted or (self.language, self.width) != ("vi", 360 if name == "citizen" else 1280):
            return
        README_PICTURES.mkdir(parents=True, exist_ok=True)
        self.page.evaluate("scrollTo(0, 0)")
        picture = Image.open(io.BytesIO(self.page.screenshot(animations="disabled")))
        file = README_PICTURES / f"{name}.png"
        picture.convert("P", palette=Image.Palette.ADAPTIVE, colors=128).save(file, optimize=True)
        assert file.stat().st_size < LARGEST_PICTURE, f"{file} is too large for a README"

    def content(self) -> Locator:
        return self.page.locator("main")

    def reads(self, *words: str) -> None:
        """These words stand on the page, or come to stand there within a few seconds."""
        for said in words:
            expect(self.content()).to_contain_text(said, timeout=10_000)

    # -- signing in --------------------------------------------------------------------------------------------------

    def sign_in_as_citizen(self, number: str = MOTHER) -> None:
        """From the page that asks who is there, through the national ID, back to where she was going."""
        self.press("Đăng nhập bằng VNeID")
        self.page.fill("[name=national_id]", number)
        self.page.fill("[name=code]", CODE)
        self.look("national-id")
        self.tap(self.page.locator("form:has([name=national_id]) button"))
        if self.page.url.startswith(self.installation.national_id):  # asked at the first sign-in only
            self.look("national-id-consent")
            self.tap(self.page.locator("button[name=allow]"))
        assert self.page.url.startswith(self.installation.address), self.page.url

    def sign_in_as_officer(self, user: str) -> None:
        """Password, then the code of the authenticator."""
        self.open("/dang-nhap")
        self.page.fill("[name=login]", user)
        self.page.fill("[name=password]", PASSWORD)
        self.look("password")
        self.press("Tiếp tục")
        self.look("one-time-code")
        code = ""
        for _attempt in range(3):  # a code that grew old on the way of a busy machine is followed by the next one
            while (now := self.installation.one_time_code(user)) == code:
                self.page.wait_for_timeout(1_000)
            code = now
            self.page.fill("[name=code]", code)
            self.press("Đăng nhập")
            if "/dang-nhap/ma" not in self.page.url:
                return
        raise AssertionError("the code was not taken")


@contextmanager
def visiting(
    browser: Browser,
    installation: Installation,
    story: str,
    language: str,
    width: int,
    *,
    state: StorageState | None = None,
) -> Iterator[Visitor]:
    """A visitor with a browser of its own; afterwards no page may have been in trouble."""
    context = browser.new_context(
        viewport={"width": width, "height": HEIGHT[width]},
        storage_state=state,
        service_workers="block",
        has_touch=width < 600,
        is_mobile=False,
        locale={"vi": "vi-VN", "en": "en-GB"}[language],
        timezone_id="Asia/Ho_Chi_Minh",
        reduced_motion="reduce",
    )
    context.set_default_timeout(15_000)
    urls = (installation.address, installation.national_id)
    context.add_cookies([{"name": "lang", "value": language, "url": url} for url in urls])
    page = context.new_page()
    visitor = Visitor(installation, context, page, language, width, f"{story}/{language}-{width}")
    shutil.rmtree(PICTURES / visitor.story, ignore_errors=True)

    def heard(text: str) -> None:
        if not MEANT.search(text):
            visitor.troubles.append(f"{page.url}: {text[:300]}")

    page.on("console", lambda message: heard(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: heard(str(error)))
    try:
        yield visitor
        assert not visitor.troubles, "\n".join(visitor.troubles)
    except Exception:
        visitor.keep("99-where-it-ended")
        raise
    finally:
        context.close()
