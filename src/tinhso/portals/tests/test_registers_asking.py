"""The list of a register as it is asked: saved views as tabs, conditions on any field, without a script."""

import re
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone

from tinhso.kernel import packs
from tinhso.registers import services as registers

from . import citizen_site as site
from .reading import beside, text
from .test_registers_pages import ELSEWHERE, HERE, officer

REGISTER = "yard.boats"
LIST = f"/desk/so/{REGISTER}"
BOATS = """\
register: boats
name: {vi: Sổ thuyền, en: Boats}
owner: {role: clerk, level: commune}
fields:
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 20}
  - {name: seats, type: integer, label: {vi: Số chỗ, en: Seats}, optional: true}
  - {name: expires_on, type: date, label: {vi: Hạn, en: Expires on}, optional: true}
  - {name: kind, type: choice, label: {vi: Loại, en: Kind}, choices: [{value: ferry, label: {vi: Đò ngang, en: Ferry}}, {value: fishing, label: {vi: Thuyền cá, en: Fishing}}], optional: true}
  - {name: quay, type: geometry, label: {vi: Bến, en: Quay}, shape: point, optional: true}
  - {name: owner_name, type: text, label: {vi: Chủ thuyền, en: Owner}, max: 100, class: personal, optional: true}
  - {name: mother, type: reference, label: {vi: Thuyền mẹ, en: Mother boat}, to: yard.boats, optional: true}
key: [code]
map: quay
list: [code, seats]
search: {code: exact}
display: "{code}"
views:
  - {name: expiring, label: {vi: Sắp hết hạn, en: Expiring}, where: {expires_on__ge: today, expires_on__le: today+30}, order: -expires_on, columns: [code, expires_on], map: true}
  - {name: named, label: {vi: Có chủ, en: With an owner}, where: {owner_name__empty: false}}
"""  # noqa: E501


@pytest.fixture
def boats(db: None, tmp_path: Path) -> None:
    site.commune()
    folder = tmp_path / "yard" / "registers"
    folder.mkdir(parents=True)
    (folder.parent / "pack.yaml").write_text(
        "pack: yard\nversion: 0.1.0\nname: {vi: Sân, en: Yard}\nsummary: {vi: Thử, en: Try}\n"
    )
    (folder / "boats.yaml").write_text(BOATS)
    packs.apply(site.SYSTEM, packs.read([folder.parent]))
    today = timezone.localdate()
    boat("T-cũ", seats=5, expires_on=today - timedelta(days=1), owner_name="Trần Thị Hòa")
    boat("T-gần", seats=9, expires_on=today + timedelta(days=3), kind="ferry")
    boat("T-vừa", seats=20, expires_on=today + timedelta(days=30), kind="fishing",
         quay={"type": "Point", "coordinates": [106.336, 20.446]})  # fmt: skip
    boat("T-xa", seats=40, expires_on=today + timedelta(days=31))
    boat("T-khác", ELSEWHERE, seats=9)


def boat(code: str, unit: str = HERE, **values: Any) -> Any:
    return registers.create(site.SYSTEM, REGISTER, {"code": code} | values, unit=unit).id


def codes(page: Any) -> list[str]:
    return re.findall(r">(T-\w+)</a>", page.content.decode())


def test_a_saved_view_is_a_tab_with_its_conditions_order_and_columns(boats: None) -> None:
    clerk = officer("clerk")
    whole = clerk.get(LIST)
    assert "Sắp hết hạn" in text(whole) and len(codes(whole)) == 4
    page = clerk.get(f"{LIST}?xem=expiring")
    assert codes(page) == ["T-vừa", "T-gần"]
    heads = re.findall(r"<th[^>]*>(?:<a[^>]*>)?([^<]+)", page.content.decode())
    assert [words.strip() for words in heads][:2] == ["Mã", "Hạn"]
    assert re.search(r'href="\?xem=expiring" aria-current="page"', page.content.decode())
    assert codes(clerk.get(f"{LIST}?xem=expiring&sap=expires_on")) == ["T-gần", "T-vừa"]
    assert codes(clerk.get(f"{LIST}?xem=expiring&k.seats__ge=10")) == ["T-vừa"]
    assert 'name="xem" value="expiring"' in page.content.decode()


def test_a_view_that_asks_what_a_post_may_not_read_is_no_tab_of_theirs(boats: None) -> None:
    leader = officer("leader", "33", "province")
    assert "Có chủ" not in text(leader.get(LIST)) and "Chủ thuyền" not in text(leader.get(LIST))
    assert len(codes(leader.get(f"{LIST}?xem=named"))) == 5
    for asked in ("empty=false", "empty=true", "contains=a"):  # the answer tells nothing of what is hidden
        refused = leader.get(f"{LIST}?k.owner_name__{asked}")
        assert refused.status_code == 422 and codes(refused) == []
        assert "Mục “owner_name” không còn trong sổ hoặc Ông/Bà không được xem" in text(refused)
    assert codes(officer("civil-status").get(f"{LIST}?xem=named")) == ["T-cũ"]


def test_a_condition_is_added_field_by_field_without_a_script(boats: None) -> None:
    clerk = officer("clerk")
    chosen = clerk.get(f"{LIST}?them=seats").content.decode()
    assert '<option value="ge"' in chosen and 'name="them.gt"' in chosen and 'name="them" value="seats"' in chosen
    page = clerk.get(f"{LIST}?them=seats&them.phep=ge&them.gt=20")
    assert set(codes(page)) == {"T-vừa", "T-xa"}
    assert 'name="k.seats__ge" value="20"' in page.content.decode() and 'id="id_them"' in page.content.decode()
    both = clerk.get(f"{LIST}?k.seats__ge=9&them=kind&them.phep=eq&them.gt=ferry")
    assert codes(both) == ["T-gần"] and "Loại là Đò ngang" in text(both)
    without = [unescape(one) for one in re.findall(r'href="(\?[^"]*)">Bỏ<', both.content.decode())]
    assert {frozenset(codes(clerk.get(LIST + one))) for one in without} == {
        frozenset({"T-gần"}), frozenset({"T-gần", "T-vừa", "T-xa"})
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "operator", "value", "wanted"),
    [
        ("seats", "filled", "", {"T-cũ", "T-gần", "T-vừa", "T-xa"}),
        ("kind", "empty", "", {"T-cũ", "T-xa"}),
        ("kind", "ne", "ferry", {"T-cũ", "T-vừa", "T-xa"}),
        ("expires_on", "lt", "today", {"T-cũ"}),
        ("quay", "near", "106.336, 20.446, 500", {"T-vừa"}),
        ("code", "contains", "VUA", {"T-vừa"}),
    ],
)
def test_every_sort_of_field_can_be_asked(boats: None, name: str, operator: str, value: str, wanted: set[str]) -> None:
    page = officer("clerk").get(LIST, {"them": name, "them.phep": operator, "them.gt": value})
    assert set(codes(page)) == wanted


@pytest.mark.parametrize(("name", "value"), [("seats", "nhiều"), ("expires_on", "32/1/2026"), ("quay", "gần đây")])
def test_a_condition_that_makes_no_sense_comes_back_filled_in(boats: None, name: str, value: str) -> None:
    operator = "near" if name == "quay" else "ge"
    page = officer("clerk").get(LIST, {"them": name, "them.phep": operator, "them.gt": value, "k.seats__le": "9"})
    assert page.status_code == 422
    assert len(beside(page, "them.gt")) > 5
    assert f'value="{value}"' in page.content.decode() and 'name="k.seats__le" value="9"' in page.content.decode()


def test_an_address_made_by_hand_that_makes_no_sense_says_so(boats: None) -> None:
    page = officer("clerk").get(f"{LIST}?k.seats__ge=nhiều&them=nothing")
    assert page.status_code == 422 and "Xin nhập một số" in text(page)
    page = officer("chair").get(f"{LIST}?k.nothing__eq=1&k.seats__roughly=2")
    assert page.status_code == 422 and "Mục “nothing, seats” không còn trong sổ" in text(page)
