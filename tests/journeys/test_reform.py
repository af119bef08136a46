"""The map in time: figures and cases of the 242 communes of before are read on the 65 of today, and the reverse."""

import re
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page

from ..installation import HOME, Installation
from .conftest import SignIns
from .visitor import Visitor, visiting

BEFORE = "2025-06-30"
COMMUNES_BEFORE, COMMUNES_NOW = 242, 65


def figures(page: Page) -> list[int]:
    """The values of the table of communes, which may be folded."""
    cells = page.locator("section[aria-labelledby=communes] td.num").all_text_contents()
    return [int(re.sub(r"\D", "", text)) for text in cells]


def headline(page: Page) -> int:
    return int(re.sub(r"\D", "", page.locator("main .ts-stat .value").first.inner_text()))


@pytest.fixture
def leader(chromium: Browser, installation: Installation, sign_ins: SignIns) -> Iterator[Visitor]:
    state = sign_ins.of(chromium, "lanh-dao")
    with visiting(chromium, installation, "reform/leader", "vi", 1280, state=state) as visitor:
        yield visitor


@pytest.mark.parametrize("month", ["2025-01", "2025-03", "2025-06"])
def test_a_month_before_the_reform_counts_the_same_on_both_maps(leader: Visitor, month: str) -> None:
    measure = f"/ioc/chi-tieu/steering.applications?ky={month}"
    leader.open(f"{measure}&ban-do={BEFORE}")
    then, total = figures(leader.page), headline(leader.page)
    leader.look(f"{month}-then")
    leader.open(measure)
    now = figures(leader.page)
    leader.look(f"{month}-now")
    assert headline(leader.page) == total > 0
    assert sum(then) == sum(now) == total
    assert len(then) <= COMMUNES_BEFORE and len(now) <= COMMUNES_NOW
    assert len(then) > len(now)


def test_a_year_is_read_on_every_commune_of_either_map(leader: Visitor) -> None:
    leader.open(f"/ioc/chi-tieu/steering.applications?ky=2025&ban-do={BEFORE}")
    assert len(figures(leader.page)) == COMMUNES_BEFORE
    leader.open("/ioc/chi-tieu/steering.applications?ky=2025")
    assert len(figures(leader.page)) == COMMUNES_NOW
    assert sum(figures(leader.page)) == headline(leader.page)


OLD, NEW = "Xã Vũ Trung", "Xã Vũ Quý"
"""An old commune, and the one of today that holds its ground."""


def handed_in(officer: Visitor, place: str) -> dict[str, str]:
    """The cases that a search for a place finds: dossier code, and the name of the commune where it was handed in."""
    officer.open(f"/desk/tim?{urlencode({'noi': place})}")
    found: dict[str, str] = {}
    while True:
        for row in officer.page.locator("section[aria-labelledby=cases] tbody tr").all():
            found[row.locator("th .small").inner_text()] = row.locator("td").nth(1).inner_text()
        older = officer.page.locator("section[aria-labelledby=cases] a[rel=next]")
        if not older.count():
            return found
        older.click()


def test_a_case_of_the_old_commune_is_found_from_the_new_one_and_the_reverse(
    chromium: Browser, installation: Installation, sign_ins: SignIns
) -> None:
    state = sign_ins.of(chromium, f"mot-cua.{HOME}")
    with visiting(chromium, installation, "reform/officer", "vi", 1280, state=state) as officer:
        from_new = handed_in(officer, NEW)
        officer.look("from-the-new")
        from_old = handed_in(officer, OLD)
        officer.open(f"/desk/tim?{urlencode({'noi': OLD})}")
        officer.look("from-the-old")
    assert OLD in from_new.values(), "from the commune of today, what was handed in at the old one"
    assert NEW in from_old.values(), "from the old commune, what its ground handed in since"
    of_old = {code for code, place in from_new.items() if place == OLD}
    assert of_old == {code for code, place in from_old.items() if place == OLD}
