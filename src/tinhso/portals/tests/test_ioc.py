"""The leaders' wall: from a figure to its rows, the map of an hour, the commune that a reform made of others."""

import re
from datetime import date, datetime
from html import unescape
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from tinhso.cases import services as cases
from tinhso.cases.contracts import LoadedCase
from tinhso.identity import services as identity
from tinhso.identity.contracts import AgencyRef
from tinhso.identity.models import Agency, Post
from tinhso.indicators import services as indicators
from tinhso.kernel import packs
from tinhso.kernel.ids import uuid7, uuid7_at
from tinhso.portals.ioc import drawing
from tinhso.territory import queries as territory

from . import citizen_site as site
from .people import browser_of

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
APPLICATIONS = "steering.applications"
BEFORE, TODAY = date(2025, 3, 5), date(2026, 11, 1)
FORM = {"child_name": "Nguyễn Bảo An", "born_on": "2026-03-01", "sex": "female"}


@pytest.fixture
def commune(db: None) -> site.Commune:
    made = site.commune()
    packs.apply(site.SYSTEM, packs.read([site.PACKS / name for name in ("one-stop", "civil-status", "steering")]))
    return made


@pytest.fixture
def wall(commune: site.Commune) -> Client:
    """A leader's browser."""
    agency = Agency.objects.get(pk=commune.agency)
    post = Post.objects.create(agency=agency, key="leader", title="Lãnh đạo", roles=["leader"], valid=agency.valid)
    account = identity.open_demo_account(site.SYSTEM, "lanh-dao-thu", "Lãnh đạo thử")
    identity.assign(site.SYSTEM, account, post.id)
    return browser_of(account)


def received(commune: site.Commune, at: datetime, unit: str = "13225") -> UUID:
    """A case handed in at that moment at the counter of that commune."""
    here = Agency.objects.get(pk=commune.agency)
    agency = AgencyRef(here.id, here.code, here.name, here.level, unit)
    key = uuid7_at(at, uuid7().int)
    cases.load_cases(
        site.SYSTEM,
        [LoadedCase(site.BIRTH, at, None, "Trần Thị Hoa", agency, FORM, "Nguyễn Bảo An", "receive", id=key)],
    )
    indicators.refresh(site.SYSTEM, APPLICATIONS, date(2020, 1, 1))
    return key


def shades(page: str) -> dict[str, int]:
    found = re.findall(r'data-unit="(\d+)">\s*<path class="shade-(\d)"', page)
    return {unit: int(shade) for unit, shade in found}


def test_a_figure_its_rows_and_the_case_behind_a_row(commune: site.Commune, wall: Client) -> None:
    case = received(commune, datetime(2026, 3, 5, 9, tzinfo=HANOI))
    page = wall.get("/ioc?ky=2026").content.decode()
    first = f"/ioc/chi-tieu/{APPLICATIONS}?ky=2026"
    assert f'href="{first}"' in page
    assert f'href="/desk/ho-so/{case}"' in wall.get(first).content.decode()
    assert f'href="/desk/ho-so/{case}"' not in wall.get(first.replace("2026", "2025")).content.decode()


def test_a_day_played_back_stops_at_its_hour(commune: site.Commune, wall: Client) -> None:
    received(commune, datetime(2026, 3, 5, 9, 30, tzinfo=HANOI))
    received(commune, datetime(2026, 3, 5, 15, tzinfo=HANOI), unit="12454")
    whole = shades(wall.get("/ioc?ngay=2026-03-05").content.decode())
    assert whole["13225"] and whole["12454"]
    by_noon = shades(wall.get("/ioc?ngay=2026-03-05&gio=9").content.decode())
    assert (by_noon["13225"], by_noon["12454"]) == (whole["13225"], 0)
    before = shades(wall.get("/ioc?ngay=2026-03-05&gio=8").content.decode())
    assert set(before.values()) == {0}
    assert "Ngày này không có hồ sơ nào" in wall.get("/ioc?ngay=2026-03-06").content.decode()


def test_a_day_before_the_reform_is_drawn_on_the_communes_of_today(commune: site.Commune, wall: Client) -> None:
    """The old communes have no outline until one is imported; their figures are carried, not dropped."""
    received(commune, datetime(2025, 3, 5, 9, tzinfo=HANOI), unit="13141")
    page = wall.get("/ioc?ngay=2025-03-05").content.decode()
    drawn = shades(page)
    assert len(drawn) == 104
    assert [unit for unit, shade in drawn.items() if shade] == [
        u.code for u in territory.on_map("13141", BEFORE, TODAY)
    ]
    assert "chuyển sang xã hiện nay" in page


def test_a_commune_of_today_is_asked_for_with_all_that_it_came_from(commune: site.Commune, wall: Client) -> None:
    """Vũ Trung (13150) is one of the four communes that Vũ Quý (13141) of today was made of."""
    old = received(commune, datetime(2025, 3, 5, 9, tzinfo=HANOI), unit="13150")
    other = received(commune, datetime(2025, 3, 5, 9, tzinfo=HANOI), unit="12454")
    page = wall.get(f"/ioc/chi-tieu/{APPLICATIONS}?xa=13141&ky=2025").content.decode()
    assert str(old) in page and str(other) not in page
    page = wall.get(f"/ioc/chi-tieu/{APPLICATIONS}?xa=13150&ban-do=2025-06-30&ky=2025").content.decode()
    assert str(old) in page


def test_rows_page_by_key(commune: site.Commune, wall: Client) -> None:
    cases_ = [received(commune, datetime(2026, 3, 5, 9, minute, tzinfo=HANOI)) for minute in range(22)]
    page = wall.get(f"/ioc/chi-tieu/{APPLICATIONS}?ky=2026").content.decode()
    [older] = re.findall(r'href="(\?[^"]*after=[^"]+)"', page)
    rest = wall.get(f"/ioc/chi-tieu/{APPLICATIONS}{unescape(older)}").content.decode()
    seen = [set(re.findall(r"/desk/ho-so/([0-9a-f-]{36})", text)) for text in (page, rest)]
    assert seen[0].isdisjoint(seen[1])
    assert seen[0] | seen[1] == {str(one) for one in cases_}


@pytest.mark.parametrize(
    "address",
    [
        "/ioc?ky=20",
        "/ioc?ky=2026-13",
        "/ioc?ky=0",
        "/ioc?ngay=heute",
        "/ioc?ngay=2026-03-05&gio=24",
        "/ioc?ngay=2026-03-05&gio=%C2%B2",
        "/ioc?chi-tieu=steering.nothing",
        f"/ioc/chi-tieu/{APPLICATIONS}?xa=99999",
        f"/ioc/chi-tieu/{APPLICATIONS}?after=x_y",
        f"/ioc/chi-tieu/{APPLICATIONS}?ban-do=2026-02-30",
        "/ioc/chi-tieu/steering.nothing",
    ],
)
def test_an_address_that_asks_for_nothing_real_is_not_found(wall: Client, address: str) -> None:
    assert wall.get(address).status_code == 404


def test_the_wall_is_for_those_who_may_see_figures(commune: site.Commune) -> None:
    counter = browser_of(commune.officers["one-stop"].account or UUID(int=0))
    for address in ("/ioc", "/ioc/muc-tieu", "/ioc/dang-dien-ra", "/ioc/trong-ngay", f"/ioc/chi-tieu/{APPLICATIONS}"):
        assert counter.get(address).status_code == 403
        assert Client().get(address).status_code == 302


@pytest.mark.parametrize(
    ("value", "expected"), [(None, 0), (0.0, 0), (1.0, 1), (2.0, 2), (2.5, 3), (9.0, 5), (50.0, 5)]
)
def test_a_shade_is_the_first_whose_bound_is_not_passed(value: float | None, expected: int) -> None:
    assert drawing.shade(value, (1.0, 2.0, 4.0, 8.0, 50.0)) == expected
