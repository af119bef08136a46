"""What an officer who keeps the projects is shown: where the fields come from, and what is invested twice."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings
from django.db.backends.postgresql.psycopg_any import DateRange
from django.test import Client

from tinhso.identity import services as identity
from tinhso.identity.models import Agency, Post
from tinhso.kernel import packs
from tinhso.registers import services as registers
from tinhso.territory import services as territory

from . import citizen_site as site
from .people import browser_of
from .reading import text

PROJECTS = "/desk/so/projects.projects"


def keeper() -> Client:
    """A browser of somebody in a post of finance of the province."""
    valid = DateRange(date(2025, 7, 1), None)
    agency = Agency.objects.create(
        code="H31.99", name="Sở Tài chính mẫu", kind="department", level="province", unit="33", valid=valid
    )
    post = Post.objects.create(agency=agency, key="finance", title="Chuyên viên", roles=["finance"], valid=valid)
    account = identity.open_demo_account(site.SYSTEM, "tai-chinh", "Cán bộ tài chính")
    identity.assign(site.SYSTEM, account, post.id)
    return browser_of(account)


def fill() -> None:
    territory.load_facts(site.SYSTEM)
    identity.load_agencies(site.SYSTEM)
    packs.queries.forget()
    packs.apply(site.SYSTEM, packs.read([Path(settings.PACKS) / "projects"]))
    registers.load_samples(site.SYSTEM, why="Dữ liệu mẫu")


@pytest.fixture
def projects(db: None) -> Iterator[None]:
    fill()
    yield
    packs.queries.forget()


@pytest.mark.parametrize(
    ("language", "said"), [("vi", "Nguồn của các mục: Luật Đầu tư công"), ("en", "Source of the fields: Law on Public")]
)
def test_a_register_says_where_its_fields_come_from(projects: None, language: str, said: str) -> None:
    browser = keeper()
    browser.cookies["lang"] = language
    assert said in text(browser.get(PROJECTS))


def test_what_may_be_invested_twice_is_one_step_from_the_register(projects: None) -> None:
    browser = keeper()
    assert "Không trùng dự án khác cùng xã" in text(browser.get(f"{PROJECTS}/chat-luong"))
    shown = text(browser.get(f"{PROJECTS}/chat-luong/not-invested-twice"))
    assert [code for code in ("DA-901", "DA-902", "DA-903", "DA-905") if code in shown] == ["DA-901", "DA-902"]
