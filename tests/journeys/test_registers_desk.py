"""An officer keeps a register: finds, saves a view, edits, looks back, restores, edits many, merges, parts, ends.

Every page is looked at in both languages at both widths.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Browser, Locator, expect

from ..installation import HOME, Installation
from .conftest import SignIns
from .visitor import HEIGHT, Visitor, visiting

REGISTER = "agriculture.growing-areas"
LIST = f"/desk/so/{REGISTER}"
KEEPER = "nong-nghiep"
KEPT = f"ho-tich.{HOME}"
PACK = {
    "pack.yaml": "pack: journey\nversion: 0.1.0\nname: {vi: Chuyến đi thử, en: Journey}\n"
    "summary: {vi: Chỉ để thử, en: Only for tests}\n",
    "registers/wells.yaml": """\
register: wells
name: {vi: Sổ giếng khoan, en: Register of wells}
owner: {role: civil-status, level: commune}
approve: chair
fields:
  - {name: code, type: text, label: {vi: Mã giếng, en: Code}, max: 20, class: open}
  - {name: depth, type: decimal, label: {vi: Độ sâu (m), en: Depth (m)}, places: 1, min: 0, optional: true, class: open}
key: [code]
search: {code: prefix}
""",
}

pytestmark = pytest.mark.parametrize("language", ["vi", "en"])


@pytest.fixture
def keeper(
    request: pytest.FixtureRequest, chromium: Browser, installation: Installation, sign_ins: SignIns, language: str
) -> Iterator[Visitor]:
    """The officer who keeps the register, signed in; the pictures are in a folder of each test."""
    state, story = sign_ins.of(chromium, KEEPER), f"registers-desk/{request.function.__name__.removeprefix('test_')}"
    with visiting(chromium, installation, story, language, 1280, state=state) as visitor:
        yield visitor


def see(visitor: Visitor, name: str) -> None:
    """Look at this page on a telephone and at a desk."""
    for width in HEIGHT:
        visitor.resize(width)
        visitor.look(name)


def unfold(visitor: Visitor, words: str) -> Locator:
    """Open the fold with these words; returns it."""
    fold = visitor.content().locator("details", has=visitor.page.locator("summary", has_text=words)).first
    visitor.tap(fold.locator("summary"))
    return fold


def fill_in(visitor: Visitor, code: str, title: str) -> None:
    """Fill in the form of a new record."""
    visitor.open(LIST)
    visitor.press("Bản ghi mới")
    for name, text in {"code": code, "title": title, "area": "12,5", "growers": "31", "holder_name": "HTX mẫu"}.items():
        visitor.type(name, text)
    visitor.page.locator("[name=commune]").fill("12526")
    for name, value in {"crop": "rice", "standard": "vietgap", "status": "active"}.items():
        visitor.choose(name, value)
    visitor.page.locator('label[for="id_market"]').click()
    for part, text in {"day": "5", "month": "3", "year": "2026"}.items():
        visitor.type(f"granted_on.{part}", text)
    visitor.type("valid_from", "05/03/2026")


def test_an_officer_finds_keeps_and_mends_records(keeper: Visitor, language: str) -> None:
    keeper.open("/desk/so")
    see(keeper, "registers")
    keeper.tap(keeper.content().get_by_role("link", name=keeper.either("Vùng trồng", "Growing areas"), exact=True))
    rows = keeper.page.locator("[data-row]")
    expect(rows.first).to_be_visible()
    see(keeper, "list")

    unfold(keeper, keeper.words("Lọc"))
    keeper.choose("f.status", "active")
    keeper.press("Lọc")
    expect(keeper.content()).not_to_contain_text("VN-HY-0004")  # suspended
    keeper.look("filtered")

    keeper.press("Lưu cách xem này")
    see(keeper, "save-view")
    keeper.press("Lưu")
    keeper.reads(keeper.words("Xin đặt tên cho cách xem này"))
    keeper.look("view-without-a-name")
    keeper.type("name", f"Đang trồng {language}")
    keeper.press("Lưu")
    expect(keeper.page.locator("[aria-current=page]", has_text=f"Đang trồng {language}")).to_be_visible()
    see(keeper, "saved-view")
    view = keeper.page.url

    keeper.tap(rows.get_by_role("link", name="VN-HY-0001", exact=True))
    see(keeper, "record")
    record = keeper.page.url
    keeper.press("Sửa")
    see(keeper, "edit")
    keeper.type("growers", "141")
    keeper.press("Ghi")
    keeper.reads(keeper.words("Xin nêu lý do thay đổi"))
    keeper.look("edit-without-a-reason")
    keeper.choose("_kind", "correct")
    keeper.type("why", "Đếm lại")
    keeper.press("Ghi")
    keeper.reads(keeper.words("Đã ghi bản mới."), "141")
    see(keeper, "history")

    keeper.press("Hoàn tác")
    see(keeper, "restore")
    keeper.press("Khôi phục")
    keeper.reads(keeper.words("Đã khôi phục."))
    expect(keeper.content().locator("dd", has_text=re.compile(r"^\s*140\s*$")).first).to_be_visible()
    keeper.open(f"{record}?ngay=01/01/2020")
    keeper.look("no-such-day")

    keeper.open(view)
    keeper.press("Sửa hàng loạt danh sách này")
    see(keeper, "bulk")
    unfold(keeper, keeper.either("Điện thoại", "Telephone"))
    keeper.choose("_do.holder_phone", "set")
    keeper.type("holder_phone", "0912345678")
    keeper.type("why", "Số chung của chi cục")
    keeper.press("Xem trước")
    see(keeper, "bulk-preview")
    keeper.press("Ghi tất cả")
    keeper.reads(keeper.words("Đã xong"))
    see(keeper, "bulk-done")
    keeper.press("Hoàn tác tất cả")
    keeper.reads(keeper.words("Đã hoàn tác"))
    keeper.look("bulk-undone")

    keeper.open(view)
    keeper.press("Đổi tên, dùng chung, xoá")
    see(keeper, "view")
    keeper.press("Xoá cách xem")
    expect(keeper.page.locator("nav", has_text=f"Đang trồng {language}")).to_have_count(0)
    keeper.open(f"{LIST}?q=khong+co+gi+nhu+vay")
    keeper.look("nothing-found")


def test_a_record_is_entered_twice_merged_parted_and_ended(keeper: Visitor, language: str) -> None:
    token = uuid4().hex[:5].upper()
    codes = [f"VN-{token}-{n}" for n in (1, 2)]
    for code in codes:
        fill_in(keeper, code, f"Vùng lúa trùng {token}")
        if code == codes[0]:
            see(keeper, "new")
        keeper.press("Ghi")
        keeper.reads(keeper.words("Đã ghi vào sổ."), code)
    keeper.press("Gộp với bản ghi trùng")
    keeper.type("q", f"Vùng lúa trùng {token}")
    keeper.press("Tìm")
    see(keeper, "merge-with")
    keeper.tap(keeper.content().get_by_role("link", name=re.compile(codes[0])))
    see(keeper, "merge")
    keeper.type("why", "Nhập hai lần")
    keeper.press("Gộp")
    keeper.reads(keeper.words("Đã gộp."))
    see(keeper, "merged")
    keeper.press("Hoàn tác gộp")
    see(keeper, "unmerge")
    keeper.press("Hoàn tác gộp")
    keeper.reads(keeper.words("Đã hoàn tác việc gộp; các bản ghi lại như trước."))
    for name, address in (("duplicates", "trung"), ("quality", "chat-luong"), ("quality-rule", "chat-luong/monitored")):
        keeper.open(f"{LIST}/{address}")
        see(keeper, name)
    for code in codes:
        keeper.open(f"{LIST}?q={code}&hien=bang")
        keeper.tap(keeper.content().get_by_role("link", name=code, exact=True))
        keeper.press("Kết thúc")
        if code == codes[0]:
            see(keeper, "end")
        keeper.type("why", "Chỉ để thử")
        keeper.tap(keeper.content().get_by_role("button", name=keeper.words("Kết thúc bản ghi")))
        keeper.reads(keeper.words("Đã kết thúc bản ghi."))
    see(keeper, "ended")


def test_a_row_and_its_place_on_the_map_point_at_each_other(keeper: Visitor) -> None:
    keeper.open(LIST)
    drawn = keeper.page.locator("[data-map][data-drawn]")
    expect(drawn).to_be_visible(timeout=20_000)
    row = keeper.page.locator("tr[data-feature]").first
    id = row.get_attribute("data-feature") or ""
    row.get_by_role("link").last.focus()
    expect(drawn).to_have_attribute("data-pointed", id)
    expect(row).to_have_class("pointed")
    row.locator("[data-map-show]").click()
    popup = keeper.page.locator(".maplibregl-popup")
    expect(popup.get_by_role("link").first).to_have_attribute("href", f"{LIST}/{id}")
    keeper.tap(popup.get_by_role("link", name=keeper.words("Tới dòng trong bảng")))
    expect(row.get_by_role("link").first).to_be_focused()
    keeper.resize(360)
    expect(drawn).to_be_hidden()
    keeper.tap(keeper.content().get_by_role("link", name=keeper.words("Bản đồ"), exact=True))
    expect(drawn).to_be_visible(timeout=20_000)
    expect(keeper.page.locator("table")).to_be_hidden()
    see(keeper, "map")


def test_a_change_waits_for_who_has_to_agree(
    chromium: Browser, installation: Installation, sign_ins: SignIns, tmp_path: Path, language: str
) -> None:
    for name, text in PACK.items():
        file = tmp_path / "journey" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    installation.tinhso("pack", "apply", str(tmp_path / "journey"))
    state = sign_ins.of(chromium, KEPT)
    with visiting(chromium, installation, "registers-desk/approval", language, 1280, state=state) as keeper:
        keeper.open("/desk/so/journey.wells")
        see(keeper, "empty")
        keeper.press("Các đề nghị")
        keeper.look("no-proposals")
        keeper.open("/desk/so/journey.wells")
        keeper.press("Bản ghi mới")
        keeper.type("code", f"G-{language}")
        see(keeper, "proposing")
        keeper.press("Gửi đề nghị")
        keeper.reads(keeper.words("Chờ duyệt"))
        see(keeper, "proposal")
        keeper.press("Các đề nghị")
        see(keeper, "proposals")
