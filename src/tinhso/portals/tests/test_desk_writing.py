"""Writing to a register on the desk: forms, colleagues who were quicker, undo, many at once, doubles."""

import re
from html import unescape
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from tinhso.identity.models import Access
from tinhso.kernel.actor import Actor
from tinhso.registers import queries, services

from . import citizen_site as site
from .gardens import (
    ELSEWHERE,
    FRUITS_REGISTER,
    GOOD,
    LIST,
    REGISTER,
    SYSTEM,
    garden,
    officer,
    prepare,
)  # fmt: skip
from .reading import beside, summary, text


@pytest.fixture
def keeper(db: None, tmp_path: Path, settings: Any) -> tuple[Client, Actor]:
    settings.BLOB_ROOT = tmp_path / "blobs"
    prepare(tmp_path)
    return officer()


def held(actor: Actor, id: UUID) -> dict[str, Any]:
    return queries.get(actor, REGISTER, id).values


def controls(page: Any) -> dict[str, Any]:
    """What a browser would send of the page's form, as it came."""
    body = max(re.findall(r"(?s)<form method=\"post\".*?</form>", page.content.decode()), key=len)
    found: dict[str, Any] = {}
    for tag in re.findall(r"<input[^>]*>", body):
        given = dict(re.findall(r'(\w[\w-]*)="([^"]*)"', tag))
        kind, name = given.get("type", "text"), unescape(given.get("name", ""))
        if not name or kind == "file" or (kind in {"radio", "checkbox"} and " checked" not in tag):
            continue
        found.setdefault(name, []).append(unescape(given.get("value", "")))
    for name, words in re.findall(r'(?s)<textarea[^>]*name="([^"]+)"[^>]*>(.*?)</textarea>', body):
        found[name] = [unescape(words)]
    for name, options in re.findall(r'(?s)<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', body):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found[name] = [chosen[1] if chosen else ""]
    return found


def send(browser: Client, address: str, **typed: Any) -> Any:
    """Open a form, type, and send it."""
    return browser.post(address, controls(browser.get(address)) | typed)


CORRECT = {"_kind": "correct", "why": "Đếm lại"}


# -- a new record ------------------------------------------------------------------------------------------------------


def test_a_new_record_with_every_kind_of_field(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    mother = garden("V-0")
    person = site.citizen("Trần Thị Hoa", "034195999001").person
    typed = GOOD | {
        "area": "1.234,5", "soil": "other", "soil_words": "Đất bãi", "spot": "20.446, 106.336",
        "ward": "Phường Thái Bình",
        "home.line": "Tổ 5", "home.unit": "Phường Thái Bình", "keeper.name": "Trần Thị Hoa",
        "keeper.national_id": "034195999001", "lender": "Ủy ban nhân dân phường Thái Bình", "mother.q": "V-0",
        "tools.0.tool": "Cuốc", "tools.0.count": "3", "remark": "Giữ kín", "photo": site.photograph(),
    }  # fmt: skip
    page = browser.post(f"{LIST}/moi", typed)
    assert page.status_code == 302, summary(page)
    values = held(actor, UUID(page["Location"].rpartition("/")[2]))
    assert (str(values["area"]), values["soil_words"], values["keeper"]) == ("1234.50", "Đất bãi", person)
    assert values["mother"] == mother and values["tools"] == [{"tool": "Cuốc", "count": 3}]
    assert values["spot"]["coordinates"] == [106.336, 20.446] and values["photo"]["media_type"] == "image/png"
    assert values["remark"] == "Giữ kín" and values["home"].line == "Tổ 5" and values["ward"] == "13225"


def test_what_is_wrong_comes_back_as_it_was_typed_beside_its_field(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    typed = GOOD | {"trees": "nhiều", "planted_on.month": "13", "spot": "đâu đó", "tools.0.count": "0",
                    "keeper.name": "Không Ai", "keeper.national_id": "034195999009",
                    "valid_from": "32/1/2026"}  # fmt: skip
    page = browser.post(f"{LIST}/moi", typed)
    assert page.status_code == 422
    for name in ("trees", "planted_on", "spot", "tools", "keeper", "valid_from"):
        assert beside(page, name), name
    assert summary(page)[0][0] == "#id_planted_on.day"
    body = page.content.decode()
    for value in ("nhiều", "13", "đâu đó", "Không Ai", "32/1/2026"):
        assert f'value="{value}"' in body
    assert queries.find(actor, REGISTER).records == []


def test_a_file_survives_a_refused_form_and_nobody_can_name_anothers(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    page = browser.post(f"{LIST}/moi", GOOD | {"trees": "x", "photo": site.photograph()})
    again = controls(page) | {"trees": "3"}
    assert "giấy chứng sinh.png" in text(page)
    done = browser.post(f"{LIST}/moi", again)
    assert held(actor, UUID(done["Location"].rpartition("/")[2]))["photo"]["size"] > 0
    other, _actor = officer(name="Người khác")
    stolen = other.post(f"{LIST}/moi", GOOD | {"code": "V-2", "photo.kept": again["photo.kept"][0]})
    assert held(actor, UUID(stolen["Location"].rpartition("/")[2]))["photo"] is None
    refused = browser.post(
        f"{LIST}/moi", GOOD | {"code": "V-3", "photo": SimpleUploadedFile("a.exe", b"MZ" + b"0" * 90)}
    )
    assert refused.status_code == 422 and beside(refused, "photo")


def test_the_same_form_sent_twice_makes_one_record(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    sent = controls(browser.get(f"{LIST}/moi")) | GOOD
    first, second = browser.post(f"{LIST}/moi", sent), browser.post(f"{LIST}/moi", sent)
    assert first["Location"] == second["Location"]
    assert len(queries.find(actor, REGISTER).records) == 1
    double = browser.post(f"{LIST}/moi", GOOD | {"trees": "7"})
    assert double.status_code == 409 and "trùng" in text(double) and 'value="7"' in double.content.decode()


def test_an_answer_that_opens_a_field_asks_it_before_writing(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    page = send(browser, f"{LIST}/moi", **(GOOD | {"soil": "other"}))
    assert page.status_code == 422 and "mở thêm mục: Đất gì" in text(page)
    done = browser.post(f"{LIST}/moi", controls(page) | {"soil_words": "Đất bãi"})
    assert held(actor, UUID(done["Location"].rpartition("/")[2]))["soil_words"] == "Đất bãi"


def test_a_reference_is_found_by_words_without_script(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    a, b = garden("V-01"), garden("V-02")
    garden("V-03", unit=ELSEWHERE)
    found = send(browser, f"{LIST}/moi", **(GOOD | {"mother.q": "V-0", "_find": "mother"}))
    assert found.status_code == 200
    body = found.content.decode()
    assert f'value="{a}"' in body and f'value="{b}"' in body and "V-03" not in text(found)
    unsure = send(browser, f"{LIST}/moi", **(GOOD | {"mother.q": "V-0"}))
    assert unsure.status_code == 422 and "xin chọn một" in beside(unsure, "mother")
    done = browser.post(f"{LIST}/moi", controls(unsure) | {"mother": str(b)})
    assert held(actor, UUID(done["Location"].rpartition("/")[2]))["mother"] == b


def test_a_person_is_never_named_by_an_id_that_somebody_posts(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    person = site.citizen("Trần Thị Hoa", "034195999001").person
    page = browser.post(f"{LIST}/moi", GOOD | {"keeper": str(person)})
    assert page.status_code == 302
    assert held(actor, UUID(page["Location"].rpartition("/")[2]))["keeper"] is None


def test_who_does_not_keep_the_register_writes_nothing(keeper: tuple[Client, Actor]) -> None:
    record = garden("V-1")
    counter, _actor = officer("one-stop")
    stranger, _other = officer(unit=ELSEWHERE)
    for address in (
        "moi",
        f"{record}/sua",
        f"{record}/ket-thuc",
        f"{record}/khoi-phuc/1",
        "sua-nhieu",
        f"gop?ids={record}",
    ):
        assert counter.get(f"{LIST}/{address}").status_code == 403, address
        assert counter.post(f"{LIST}/{address}", GOOD).status_code == 403, address
    for address in (f"{record}/sua", f"{record}/ket-thuc", f"{record}/khoi-phuc/1", f"gop?ids={record},{record}"):
        assert stranger.get(f"{LIST}/{address}").status_code == 404, address
    assert "Bản ghi mới" not in text(counter.get(LIST)) and "Bản ghi mới" in text(keeper[0].get(LIST))


# -- a change ----------------------------------------------------------------------------------------------------------


def test_a_correction_and_a_change_of_the_world_are_told_apart(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    record = garden("V-1")
    form = f"{LIST}/{record}/sua"
    bare = send(browser, form, trees="6")
    assert bare.status_code == 422 and beside(bare, "_kind") and beside(bare, "why")
    assert send(browser, form, trees="6", **CORRECT).status_code == 302
    dated = send(browser, form, trees="9", _kind="change", why="Trồng thêm")
    assert dated.status_code == 422 and beside(dated, "valid_from")
    assert send(browser, form, trees="9", _kind="change", why="Trồng thêm", valid_from="01/06/2026").status_code == 302
    versions = queries.history(actor, REGISTER, record)
    assert [(v.values["trees"], str(v.valid_from)) for v in versions] == [
        (9, "2026-06-01"), (6, "2026-03-01"), (5, "2026-03-01"),
    ]  # fmt: skip


def test_what_a_form_does_not_touch_stays_and_writes_nothing(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    person = site.citizen("Trần Thị Hoa", "034195999001").person
    record = garden("V-1", keeper=person, remark="kín", tools=[{"tool": "Cuốc", "count": 3}], ward="13225")
    before = held(actor, record)
    assert before["remark"] == "kín"
    assert send(browser, f"{LIST}/{record}/sua", **CORRECT).status_code == 302
    assert queries.get(actor, REGISTER, record).ref.revision == 1
    send(browser, f"{LIST}/{record}/sua", trees="6", **CORRECT)
    assert held(actor, record) == before | {"trees": 6}
    send(browser, f"{LIST}/{record}/sua", **(CORRECT | {"keeper._none": "1"}))
    assert held(actor, record)["keeper"] is None
    assert Access.objects.filter(person=person).exists()


def test_two_officers_who_change_different_fields_both_win(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    other, _actor = officer(name="Người khác")
    record = garden("V-1")
    form = f"{LIST}/{record}/sua"
    mine, theirs = controls(browser.get(form)), controls(other.get(form))
    assert other.post(form, theirs | CORRECT | {"area": "7"}).status_code == 302
    page = browser.post(form, mine | CORRECT | {"trees": "6"})
    assert page.status_code == 412 and "trong lúc Ông/Bà đang sửa" in text(page)
    assert held(actor, record)["trees"] == 5, "nothing is written before the officer has seen it"
    assert browser.post(form, controls(page)).status_code == 302
    assert (held(actor, record)["trees"], str(held(actor, record)["area"])) == (6, "7.00")


def test_two_officers_who_change_the_same_field_see_both(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    other, _actor = officer(name="Người khác")
    record = garden("V-1")
    form = f"{LIST}/{record}/sua"
    mine, theirs = controls(browser.get(form)), controls(other.get(form))
    other.post(form, theirs | CORRECT | {"trees": "8"})
    page = browser.post(form, mine | CORRECT | {"trees": "6"})
    assert page.status_code == 412 and 'value="6"' in page.content.decode()
    assert "Số cây 5 8 6" in text(page) and "Giữ nội dung người khác vừa ghi: 8" in text(page)
    yielded = browser.post(form, controls(page) | {"_theirs.trees": "1", "area": "2"})
    assert yielded.status_code == 302
    assert (held(actor, record)["trees"], str(held(actor, record)["area"])) == (8, "2.00")


def test_a_change_sent_twice_is_one(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    record = garden("V-1")
    form = f"{LIST}/{record}/sua"
    sent = controls(browser.get(form)) | CORRECT | {"trees": "6"}
    assert [browser.post(form, sent).status_code for _time in range(2)] == [302, 302]
    assert queries.get(actor, REGISTER, record).ref.revision == 2


# -- undo and end ------------------------------------------------------------------------------------------------------


def test_a_change_is_undone_from_its_confirmation_and_from_the_history(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    record = garden("V-1")
    answer = send(browser, f"{LIST}/{record}/sua", trees="6", **CORRECT)
    page = browser.get(answer["Location"])
    [undo] = re.findall(r'href="([^"]+)">Hoàn tác', page.content.decode())
    assert f"{record}/khoi-phuc/1" in undo and "Khôi phục lần sửa này" in text(page)
    assert "Số cây trước: 6 sau: 5" in text(browser.get(undo))
    assert send(browser, undo).status_code == 302
    assert held(actor, record)["trees"] == 5
    stale = browser.post(undo, {"revision": "2", "why": "x"})
    assert stale.status_code == 412 and held(actor, record)["trees"] == 5


def test_a_record_ends_and_lives_again(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    record = garden("V-1")
    wrong = send(browser, f"{LIST}/{record}/ket-thuc", on="01/01/2020", why="Bỏ")
    assert wrong.status_code == 422 and beside(wrong, "on")
    assert beside(send(browser, f"{LIST}/{record}/ket-thuc", why=""), "why")
    assert send(browser, f"{LIST}/{record}/ket-thuc", on="01/06/2026", why="Bỏ").status_code == 302
    assert str(queries.get(actor, REGISTER, record).valid_until) == "2026-06-01"
    assert "có hiệu lực trở lại" in text(browser.get(f"{LIST}/{record}/khoi-phuc/1"))
    send(browser, f"{LIST}/{record}/khoi-phuc/1")
    assert queries.get(actor, REGISTER, record).valid_until is None


# -- many at once ------------------------------------------------------------------------------------------------------


def test_records_of_a_filter_are_changed_together_and_taken_back(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    sand = [garden(f"V-{n}", soil="sand") for n in range(3)]
    rest = garden("V-9")
    address = f"{LIST}/sua-nhieu?f.soil=sand"
    assert "3 bản ghi của danh sách" in text(browser.get(address))
    empty = browser.post(address, {"why": "x"})
    assert empty.status_code == 422
    wrong = browser.post(address, {"_do.trees": "set", "trees": "rất nhiều", "why": "x"})
    assert wrong.status_code == 422 and beside(wrong, "trees") and 'value="rất nhiều"' in wrong.content.decode()
    preview = browser.post(address, {"_do.trees": "set", "trees": "8", "_do.soil": "empty", "why": "Cải tạo"})
    page = browser.get(preview["Location"])
    assert "3 bản ghi: 3 sẽ được ghi, 0 sẽ bị từ chối" in text(page) and "trước: 5 sau: 8" in text(page)
    assert held(actor, sand[0])["trees"] == 5
    assert [browser.post(preview["Location"]).status_code for _time in range(2)] == [302, 302]
    assert "3 bản ghi có bản mới" in text(browser.get(preview["Location"]))
    assert [held(actor, id)["trees"] for id in (*sand, rest)] == [8, 8, 8, 5]
    browser.post(preview["Location"], {"undo": "1"})
    assert "3 bản ghi trở lại như trước" in text(browser.get(preview["Location"]))
    assert {(held(actor, id)["trees"], held(actor, id)["soil"]) for id in sand} == {(5, "sand")}
    other, _actor = officer(unit=ELSEWHERE)
    assert other.get(preview["Location"]).status_code == 404


def test_the_conditions_that_narrow_the_list_narrow_what_is_changed(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    few, many = garden("V-1", trees=3), garden("V-2", trees=90)
    address = f"{LIST}?k.trees__le=10"
    [link] = re.findall(r'href="([^"]*/sua-nhieu[^"]*)"', browser.get(address).content.decode())
    page = text(browser.get(unescape(link)))
    assert "1 bản ghi của danh sách" in page and re.search(r"Số cây [^.]* 10", page)
    preview = browser.post(unescape(link), {"_do.soil": "set", "soil": "sand", "why": "x"})
    browser.post(preview["Location"])
    assert (held(actor, few)["soil"], held(actor, many)["soil"]) == ("sand", None)


def test_a_kept_address_that_names_a_field_that_is_gone_says_so_and_changes_nothing(
    keeper: tuple[Client, Actor],
) -> None:
    browser, actor = keeper
    one = garden("V-1", trees=90)
    page = browser.get(f"{LIST}?k.plants__le=10&k.trees__ge=5")
    assert page.status_code == 422 and "Mục “plants” không còn trong sổ" in text(page)
    assert "?k.trees__ge=5" in unescape(page.content.decode())
    for kept in ("k.plants__le=10", "f.plants=10", "f.sown_on.tu=1/1/2026"):
        assert browser.get(f"{LIST}?{kept}").status_code == 422
        for address in (f"{LIST}/sua-nhieu?{kept}", f"{LIST}/ban-do?{kept}"):
            assert browser.get(address).status_code in {404, 422}
        sent = browser.post(f"{LIST}/sua-nhieu?{kept}", {"_do.soil": "set", "soil": "sand", "why": "x"})
        assert sent.status_code == 422 and held(actor, one)["soil"] is None


def test_only_the_ticked_rows_are_changed(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    a, b = garden("V-1"), garden("V-2")
    preview = browser.post(f"{LIST}/sua-nhieu?ids={a}", {"_do.trees": "set", "trees": "8", "why": "x"})
    browser.post(preview["Location"])
    assert (held(actor, a)["trees"], held(actor, b)["trees"]) == (8, 5)


# -- doubles -----------------------------------------------------------------------------------------------------------


def test_doubles_are_merged_field_by_field_and_parted_again(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    a, b = garden("V-1", trees=5), garden("V-2", trees=9, soil="sand")
    fruit = services.create(SYSTEM, FRUITS_REGISTER, {"garden": b, "name": "Ổi"}, unit="13225").id
    address = f"{LIST}/gop?ids={a},{b}"
    page = browser.get(address)
    assert "Sổ quả: 1 bản ghi dẫn tới" in text(page)
    assert send(browser, address).status_code == 422
    done = send(browser, address, **{"_survivor": str(a), "v.trees": str(b), "why": "Một vườn"})
    assert done["Location"] == f"{LIST}/{a}"
    assert (held(actor, a)["trees"], held(actor, a)["soil"], held(actor, a)["code"]) == (9, "sand", "V-1")
    assert queries.get(actor, FRUITS_REGISTER, fruit).values["garden"] == a
    gone = browser.get(f"{LIST}/{b}")
    assert "đã được gộp vào" in text(gone) and f'href="{LIST}/{a}"' in gone.content.decode()
    [undo] = re.findall(r'href="([^"]+)">Hoàn tác<', gone.content.decode())
    assert send(browser, undo).status_code == 302
    assert (held(actor, a)["trees"], held(actor, b)["trees"]) == (5, 9)
    assert queries.get(actor, FRUITS_REGISTER, fruit).values["garden"] == b


def test_a_merge_of_what_changed_meanwhile_is_refused(keeper: tuple[Client, Actor]) -> None:
    browser, actor = keeper
    a, b = garden("V-1"), garden("V-2")
    sent = controls(browser.get(f"{LIST}/gop?ids={a},{b}")) | {"why": "Một vườn"}
    services.update(SYSTEM, REGISTER, b, {"trees": 1}, revision=1, why="Người khác")
    page = browser.post(f"{LIST}/gop?ids={a},{b}", sent)
    assert page.status_code == 412 and queries.get(actor, REGISTER, b).valid_until is None
