"""Chromium, and the rooms in which the journeys are made."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Browser, StorageState, sync_playwright

from ..installation import Installation
from .visitor import visiting

FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"]
FLAGS += ["--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A browser, ended with the module: its loop must not be there when other tests ask the database."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=FLAGS)
        yield browser
        browser.close()


class SignIns:
    """Who has signed in so far: an officer's one-time code is good for one sign-in, and half a minute."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.states: dict[str, StorageState] = {}

    def of(self, browser: Browser, user: str) -> StorageState:
        """The cookies of somebody signed in: an officer by name, a citizen by the 12 digits; "" is nobody."""
        if user and user not in self.states:
            with visiting(browser, self.installation, f"signing-in/{user}", "vi", 1280) as visitor:
                if user.isdigit():
                    visitor.open("/dang-nhap?next=/ho-so")
                    visitor.sign_in_as_citizen(user)
                else:
                    visitor.sign_in_as_officer(user)
                self.states[user] = visitor.context.storage_state()
        return self.states.get(user, {"cookies": [], "origins": []})


@pytest.fixture(scope="session")
def sign_ins(installation: Installation) -> SignIns:
    return SignIns(installation)


@pytest.fixture(scope="session")
def notification(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A photograph of a birth notification, of the size that a telephone takes."""
    picture = Image.new("RGB", (3000, 4000), "#d8d2c4")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((250, 300, 2750, 3700), fill="#fbfaf5", outline="#8a8577", width=6)
    draw.text((700, 520), "GIAY CHUNG SINH", fill="#222222", font_size=180)
    for line in range(12):
        draw.line((450, 1150 + 190 * line, 2550, 1150 + 190 * line), fill="#9a9a9a", width=4)
    file = tmp_path_factory.mktemp("camera") / "IMG_20261124_0815.jpg"
    picture.save(file, quality=85)
    return file


@pytest.fixture
def told(request: pytest.FixtureRequest) -> Callable[[str], None]:
    """Say a line that stands in the summary at the end, whether or not the test passes."""
    return lambda line: request.node.user_properties.append(("said", line))
