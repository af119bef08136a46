"""Two officers at one case, and one who has no business with it."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Browser, StorageState, expect

from ..installation import HOME, NEXT_DOOR, Installation
from . import desk
from .conftest import SignIns
from .forms import OTHER_CITIZEN, START, draft_address, fill
from .visitor import visiting


@pytest.fixture
def case(chromium: Browser, installation: Installation, sign_ins: SignIns, notification: Path) -> str:
    """The dossier code of a case that waits at the counter of HOME."""
    with visiting(
        chromium, installation, "two-officers/citizen", "vi", 1280, state=sign_ins.of(chromium, OTHER_CITIZEN)
    ) as citizen:
        citizen.open(START)
        citizen.page.wait_for_url("**/ho-so/nhap/**")
        fill(citizen, notification)
        citizen.open(draft_address(citizen) + "/noi-nop")
        citizen.choose("unit", HOME)
        citizen.press("Tiếp tục")
        citizen.page.wait_for_url("**/kiem-tra")
        citizen.press("Nộp hồ sơ", "citizen")
        citizen.page.wait_for_url("**/da-nop")
        return citizen.content().locator("strong.num").first.inner_text()


@pytest.fixture(scope="module")
def stand_in(installation: Installation) -> str:
    """An officer of next door who stands in at HOME's counter."""
    user = f"ho-tich.{NEXT_DOOR}"
    installation.tinhso(
        "shell",
        "-c",
        "from tinhso.identity import queries, services\n"
        "from tinhso.identity.models import Account\n"
        "from tinhso.kernel.actor import system\n"
        f"seat = next(s for s in queries.posts(queries.agency_of_unit({HOME!r}).id) if 'one-stop' in s.roles)\n"
        f"account = Account.objects.get(username={user!r})\n"
        "services.assign(system('journeys'), account.id, seat.id, acting=True)",
    )
    return user


@pytest.mark.parametrize(("language", "width"), [("vi", 360), ("en", 1280)])
def test_the_second_of_two_officers_is_told_who_was_first(
    chromium: Browser,
    installation: Installation,
    sign_ins: SignIns,
    case: str,
    stand_in: str,
    language: str,
    width: int,
) -> None:
    with (
        visiting(
            chromium,
            installation,
            "two-officers/first",
            language,
            width,
            state=sign_ins.of(chromium, f"mot-cua.{HOME}"),
        ) as first,
        visiting(
            chromium, installation, "two-officers/second", language, width, state=sign_ins.of(chromium, stand_in)
        ) as second,
    ):
        second.open("/dang-nhap/vi-tri")
        second.look("which-post")
        second.tap(second.content().get_by_role("button").filter(has_text=re.compile("V[uũ] Qu[yý]")))
        for officer in (first, second):
            desk.find(officer, case)
        desk.finish(first, "receive")
        desk.finish(second, "receive")
        second.reads(second.words("Việc này đã có người làm"))
        who = first.page.locator("header").inner_text()
        told = second.content().inner_text()
        assert any(line.strip() and line.strip() in told for line in who.splitlines()), (who, told)
        second.look("told-who-was-first")


def test_an_officer_of_another_commune_finds_nothing(
    chromium: Browser, installation: Installation, sign_ins: SignIns, case: str
) -> None:
    def state(user: str) -> StorageState:
        return sign_ins.of(chromium, user)

    with (
        visiting(chromium, installation, "two-officers/here", "vi", 1280, state=state(f"mot-cua.{HOME}")) as here,
        visiting(
            chromium, installation, "two-officers/next-door", "vi", 1280, state=state(f"mot-cua.{NEXT_DOOR}")
        ) as stranger,
    ):
        here.open(f"/desk/ho-so?q={case}")
        here.tap(here.content().locator('a[href*="/desk/ho-so/"]').first)
        here.reads(case)
        address = here.page.url.removeprefix(installation.address).partition("?")[0]
        links = here.page.locator(f'main a[href^="{address}/"]').evaluate_all(
            "all => all.map(a => a.getAttribute('href'))"
        )
        assert any("/giay-to/" in link for link in links)
        for link in [address, f"{address}/tinh-hinh", f"{address}/quy-trinh", *links]:
            assert stranger.context.request.get(installation.address + link).status == 404, link
        stranger.open(address)
        expect(stranger.content()).not_to_contain_text(case)
        stranger.look("nothing")
        stranger.open(f"/desk?xem=all&q={case}")
        expect(stranger.page.locator("[data-row]")).to_have_count(0)
        stranger.look("empty-queue")
