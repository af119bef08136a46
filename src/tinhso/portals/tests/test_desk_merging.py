"""From a record to its double: found by words, compared, merged; a shape is pasted, a commune chosen by name."""

from pathlib import Path

import pytest
from django.utils import timezone

from tinhso.registers import queries
from tinhso.registers import services as registers
from tinhso.registers.contracts import Change

from .gardens import ELSEWHERE, LIST, REGISTER, SYSTEM, garden, officer, prepare
from .reading import text


@pytest.fixture(autouse=True)
def prepared(db: None, tmp_path: Path) -> None:
    prepare(tmp_path)


def test_a_record_leads_to_its_double_by_words() -> None:
    browser, _actor = officer()
    one, other = garden("V-1"), garden("V-1b")
    there = garden("V-1c", unit=ELSEWHERE)
    page = browser.get(f"{LIST}/{one}").content.decode()
    assert f'href="{LIST}/gop?ids={one}"' in page
    found = browser.get(f"{LIST}/gop", {"ids": str(one), "q": "V-1"})
    assert found.status_code == 200 and "Bản ghi nào cùng là một với V-1" in text(found)
    assert f"ids={one},{other}" in found.content.decode() and str(there) not in found.content.decode()
    assert "Không có bản ghi nào như vậy" in text(browser.get(f"{LIST}/gop", {"ids": str(one), "q": "khác hẳn"}))
    compared = browser.get(f"{LIST}/gop?ids={one},{other}")
    assert "V-1b" in text(compared) and 'name="_survivor"' in compared.content.decode()


def test_what_was_merged_is_named_on_the_record_that_was_kept() -> None:
    browser, actor = officer()
    one, other = garden("V-1"), garden("V-2")
    registers.merge(actor, Change(REGISTER, "merge", "Nhập hai lần", one, 1, others={other: 1}))
    page = browser.get(f"{LIST}/{one}")
    assert "Đã gộp vào bản ghi này" in text(page) and f'href="{LIST}/{other}"' in page.content.decode()
    ended = browser.get(f"{LIST}/{other}").content.decode()
    assert f"gop?ids={other}" not in ended and queries.get(SYSTEM, REGISTER, other).valid_until


def test_an_ended_record_and_one_of_another_commune_are_merged_with_nothing() -> None:
    browser, actor = officer()
    one = garden("V-1")
    assert browser.get(f"{LIST}/gop?ids={garden('V-9', unit=ELSEWHERE)}").status_code == 404
    registers.end(actor, REGISTER, one, on=timezone.localdate(), revision=1, why="Bỏ")
    assert browser.get(f"{LIST}/gop?ids={one}").status_code == 302
    assert "gop?ids" not in browser.get(f"{LIST}/{one}").content.decode()


def test_a_commune_is_chosen_from_those_of_the_officer_by_name() -> None:
    browser, _actor = officer()
    page = browser.get(f"{LIST}/moi").content.decode()
    assert '<option value="Phường Thái Bình, Tỉnh Hưng Yên">' in page and 'list="communes"' in page
