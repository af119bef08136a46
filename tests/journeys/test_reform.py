"""The map in time: figures and cases of the 242 communes of before are read on the 65 of today, and the reverse."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from ..installation import Installation
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
