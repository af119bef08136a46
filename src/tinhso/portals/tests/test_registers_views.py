"""Lists that officers keep: saved from the list as it stands, listed beside the pack's, shared, mended, dropped."""

import re
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.test import Client

from tinhso.kernel import packs
from tinhso.registers.models import SavedView

from . import citizen_site as site
from .reading import beside, text
from .test_registers_asking import BOATS, LIST, boats, codes
from .test_registers_pages import officer

__all__ = ["boats"]
NEW = f"{LIST}/cach-xem"


def saved(browser: Client, query: str, name: str = "Lớn", **more: str) -> str:
    """The address of the list to which saving led."""
    answer = browser.post(f"{NEW}?{query}", {"name": name} | more)
    assert answer.status_code == 302, text(answer)
    return answer.url


def links(page: Any, words: str) -> list[str]:
    return [unescape(one) for one in re.findall(rf'href="([^"]*)"[^>]*>{words}<', page.content.decode())]


def colleague(role: str = "one-stop") -> Client:
    return officer(role)


def test_a_list_is_saved_as_it_stands_and_opened_again_with_one_tap(boats: None) -> None:
    clerk = officer("clerk")
    query = "q=&k.seats__ge=9&f.code=&sap=-seats&cot=code&cot=kind&hien=bang"
    [form] = links(clerk.get(f"{LIST}?{query}"), "Lưu cách xem này")
    page = clerk.get(form)
    assert "Số chỗ ít nhất 9" in text(page) and "Số chỗ, giảm dần" in text(page) and "Mã, Loại" in text(page)
    where = saved(clerk, urlsplit(form).query, "Chở nhiều")
    page = clerk.get(where)
    assert "Đã lưu cách xem “Chở nhiều”." in text(page) and "Số chỗ ít nhất 9" in text(page)
    heads = [head.strip() for head in re.findall(r"<th scope=\"col\"[^>]*>(?:<a[^>]*>)?([^<]+)", page.content.decode())]
    assert heads[:2] == ["Mã", "Loại"] and "data-map" not in page.content.decode()
    assert codes(page) == ["T-xa", "T-vừa", "T-gần"]
    assert re.search(r'aria-current="page">Chở nhiều', page.content.decode())
    assert "Sắp hết hạn" in text(page)


def test_what_is_added_to_a_saved_view_narrows_it(boats: None) -> None:
    clerk = officer("clerk")
    where = saved(clerk, "k.seats__ge=9")
    assert codes(clerk.get(f"{where}&k.kind__eq=ferry")) == ["T-gần"]


def test_a_view_of_the_pack_can_be_saved_with_what_was_added(boats: None) -> None:
    clerk = officer("clerk")
    page = clerk.get(saved(clerk, "xem=expiring&k.seats__ge=10", "Sắp hết, lớn"))
    assert codes(page) == ["T-vừa"]


def test_its_conditions_are_taken_off_one_by_one_and_saved_again(boats: None) -> None:
    clerk = officer("clerk")
    where = saved(clerk, "k.seats__ge=9&k.kind__empty=true")
    assert codes(clerk.get(where)) == ["T-xa"]
    [spelled] = links(clerk.get(where), "Sửa điều kiện")
    page = clerk.get(f"{LIST}{spelled}")
    assert codes(page) == ["T-xa"]
    without = next(one for one in links(page, "Bỏ") if "empty" not in one)
    page = clerk.get(f"{LIST}{without}")
    [again] = links(page, "Lưu vào cách xem “Lớn”")
    answer = clerk.post(again, {"name": "Từ chín chỗ"})
    assert answer.url == where
    page = clerk.get(where)
    assert set(codes(page)) == {"T-gần", "T-vừa", "T-xa"} and "Từ chín chỗ" in text(page)
    assert SavedView.objects.count() == 1


def test_a_name_that_is_missing_or_taken_comes_back_beside_its_box(boats: None) -> None:
    clerk = officer("clerk")
    saved(clerk, "k.seats__ge=9")
    for name in ("", "Lớn"):
        page = clerk.post(f"{NEW}?k.seats__ge=20", {"name": name, "shared": "1"})
        assert page.status_code == 422 and len(beside(page, "name")) > 5
        assert f'value="{name}"' in page.content.decode() and "checked" in page.content.decode()


def test_a_colleague_opens_what_is_shared_and_cannot_change_it(boats: None) -> None:
    clerk, other = officer("clerk"), colleague()
    where = saved(clerk, "k.seats__ge=9", "Chung", shared="1")
    page = other.get(where)
    assert set(codes(page)) == {"T-gần", "T-vừa", "T-xa"} and "Chung của Cán bộ clerk" in text(page)
    assert not links(page, "Đổi tên, dùng chung, xoá")
    view = f"{NEW}/{SavedView.objects.get().pk}"
    for answer in (other.get(view), other.post(view, {"name": "Của tôi"}), other.post(view, {"_drop": "1"})):
        assert answer.status_code == 404
    assert SavedView.objects.get().name == "Chung"


def test_another_agency_sees_the_whole_register_and_no_trace_of_the_view(boats: None) -> None:
    clerk = officer("clerk")
    where = saved(clerk, "k.seats__ge=9", "Chung", shared="1")
    stranger = officer("clerk", "12454")
    page = stranger.get(where)
    assert codes(page) == ["T-khác"] and "không còn, hoặc không dành cho Ông/Bà" in text(page)
    assert "Chung" not in text(page)
    view = f"{NEW}/{SavedView.objects.get().pk}"
    assert stranger.get(view).status_code == stranger.post(view, {"_drop": "1"}).status_code == 404
    assert SavedView.objects.count() == 1


def test_it_is_renamed_shared_taken_back_and_dropped(boats: None) -> None:
    clerk, other = officer("clerk"), colleague()
    where = saved(clerk, "k.seats__ge=9")
    view = links(clerk.get(where), "Đổi tên, dùng chung, xoá")[0]
    clerk.post(view, {"name": "Thuyền lớn", "shared": "1"})
    assert "Thuyền lớn" in text(other.get(LIST))
    clerk.post(view, {"name": "Thuyền lớn"})
    assert "Thuyền lớn" not in text(other.get(LIST)) and codes(clerk.get(where)) == ["T-xa", "T-vừa", "T-gần"]
    page = clerk.post(view, {"_drop": "1"}, follow=True)
    assert "Đã xoá cách xem “Thuyền lớn”." in text(page) and "aria-current" in page.content.decode()
    assert clerk.get(view).status_code == 404


def test_a_view_whose_field_is_gone_opens_and_says_what_it_left_out(boats: None, tmp_path: Any) -> None:
    clerk = officer("clerk")
    where = saved(clerk, "k.seats__ge=9&k.kind__eq=ferry&cot=code&cot=seats&sap=-seats")
    line = next(one for one in BOATS.splitlines() if "name: seats" in one)
    gone = BOATS.replace(f"{line}\n", "").replace("list: [code, seats]", "list: [code]") + "drop: [seats]\n"
    (tmp_path / "yard" / "registers" / "boats.yaml").write_text(gone)
    packs.apply(site.SYSTEM, packs.read([tmp_path / "yard"]))
    page = clerk.get(where)
    assert page.status_code == 200 and codes(page) == ["T-gần"]
    assert "Sổ không còn mục “Số chỗ”; đã bỏ điều kiện theo mục ấy." in text(page)
    assert "đã bỏ cột theo mục ấy" in text(page) and "đã bỏ thứ tự theo mục ấy" in text(page)


def test_columns_are_chosen_and_kept_while_the_list_is_filtered(boats: None) -> None:
    clerk = officer("clerk")
    page = clerk.get(f"{LIST}?cot=code&cot=expires_on&cot=nothing&cot=code")
    heads = re.findall(r"<th scope=\"col\"[^>]*>(?:<a[^>]*>)?([^<]+)", page.content.decode())
    assert [head.strip() for head in heads][:2] == ["Mã", "Hạn"]
    assert page.content.decode().count('<input type="hidden" name="cot"') == 2
    leader = officer("leader", "33", "province")
    assert "Chủ thuyền" not in text(leader.get(f"{LIST}?cot=code&cot=owner_name"))


def test_what_a_list_asks_is_what_a_bulk_edit_of_it_changes(boats: None, tmp_path: Any) -> None:
    """A view and added conditions narrow the edit as they narrow the list: nobody edits what they did not see."""
    kept = BOATS.replace("owner: {role: clerk", "owner: {role: civil-status")
    (tmp_path / "yard" / "registers" / "boats.yaml").write_text(kept)
    packs.apply(site.SYSTEM, packs.read([tmp_path / "yard"]))
    clerk = officer("civil-status")
    where = saved(clerk, "k.seats__ge=9")
    [bulk] = links(clerk.get(f"{where}&k.kind__empty=true"), "Sửa hàng loạt danh sách này")
    assert "1 bản ghi của danh sách" in text(clerk.get(bulk))
    answer = clerk.post(bulk, {"_do.seats": "set", "seats": "41", "why": "Đo lại"})
    assert answer.status_code == 302, text(answer)
    assert "1 bản ghi: 1 sẽ được ghi" in text(clerk.get(answer.url))


def test_the_map_has_what_the_saved_view_has(boats: None) -> None:
    clerk = officer("clerk")
    where = saved(clerk, "k.seats__ge=9&hien=ca-hai")
    page = clerk.get(where)
    assert f'data-geojson="{LIST}/ban-do?{urlsplit(where).query}"' in unescape(page.content.decode())
    found = clerk.get(f"{LIST}/ban-do?{urlsplit(where).query}").json()
    assert [one["properties"]["name"] for one in found["features"]] == ["T-vừa"] and not found["more"]
    none = clerk.get(f"{LIST}/ban-do?{urlsplit(where).query}&k.seats__le=9").json()
    assert none["features"] == []


@pytest.mark.parametrize(
    ("asked", "layout"), [("", "both"), ("?hien=bang", ""), ("?hien=ban-do", "map"), ("?hien=x", "both")]
)
def test_the_map_stands_beside_the_table_as_the_address_says(boats: None, asked: str, layout: str) -> None:
    page = officer("clerk").get(f"{LIST}{asked}").content.decode()
    assert ("data-map " in page) is bool(layout)
    assert f"ts-beside--{layout or 'table'}" in page
    assert ("data-feature" in page) is bool(layout)
    assert len(re.findall(r">(T-\w+)</a>", page)) == 4  # the table is there whatever was asked: no script, no map
