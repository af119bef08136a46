"""The quality of a register on the desk: what is at fault, where, the way to it; and records that may be one."""

from datetime import date
from pathlib import Path

import pytest

from tinhso.kernel import packs
from tinhso.registers import services as registers
from tinhso.registers.contracts import NewRecord
from tinhso.registers.tasks import find_duplicates
from tinhso.registers.tests.conftest import GARDENS, write

from . import citizen_site as site
from .reading import text
from .test_registers_pages import HERE, officer

ON = date(2025, 9, 1)
RULES = """
quality:
  - name: counted
    label: {vi: Đã đếm cây, en: Trees counted}
    complete: [trees]
    advice: {vi: Ra vườn đếm lại, en: Count again}
"""
PAGE = "/desk/so/yard.gardens/chat-luong"


@pytest.fixture
def yard(db: None, tmp_path: Path):
    site.commune()

    def apply(rules: str = RULES) -> None:
        packs.apply(site.SYSTEM, packs.read([write(tmp_path, {"gardens": GARDENS + rules})]))

    return apply


def load(**trees: int | None) -> None:
    rows = [
        NewRecord({"code": code, "planted_on": ON, "trees": n}, ON, unit=HERE, unit_on=ON) for code, n in trees.items()
    ]
    registers.create_many(site.SYSTEM, "yard.gardens", rows)


def test_an_officer_reads_the_score_and_goes_to_the_rows_at_fault(yard) -> None:
    yard()
    load(good=3, bad=None)
    browser = officer("civil-status")
    assert 'href="/desk/so/yard.gardens/chat-luong"' in browser.get("/desk/so/yard.gardens").content.decode()
    page = browser.get(PAGE)
    assert "Đã đếm cây Ra vườn đếm lại Cần xem lại 2 1 50,0" in text(page)
    assert "Xã Vũ Quý 2 50,0" in text(page)
    assert f'href="{PAGE}/counted?xa={HERE}"' in page.content.decode()
    faulty = browser.get(f"{PAGE}/counted?xa={HERE}")
    assert "bad" in text(faulty) and "good" not in text(faulty)
    assert browser.get(f"{PAGE}/nothing").status_code == 404
    assert browser.get(f"{PAGE}?xa=nowhere").status_code == 404


def test_a_register_without_rules_or_records_says_so(yard) -> None:
    yard("")
    browser = officer("civil-status")
    assert "chưa có quy tắc chất lượng" in text(browser.get(PAGE))
    yard()
    assert "Chưa có bản ghi nào để xem xét" in text(browser.get(PAGE))
    load(good=1)
    assert "Không có bản ghi nào vi phạm" in text(browser.get(f"{PAGE}/counted"))


def test_the_keeper_has_doubles_looked_for_and_reads_them_side_by_side(yard) -> None:
    yard("duplicates: [keeper, planted_on]\n")
    given = [(f"c{n}", f"Nguyễn Văn {chr(65 + n)}ng", date(1990 + n, 1, 1)) for n in range(20)]
    given += [("x1", "Đặng Thùy Dương", ON), ("x2", "Dang Thuy Duong", ON)]
    rows = [NewRecord({"code": c, "keeper": k, "planted_on": d}, ON, unit=HERE, unit_on=ON) for c, k, d in given]
    registers.create_many(site.SYSTEM, "yard.gardens", rows)
    browser, address = officer("civil-status"), "/desk/so/yard.gardens/trung"
    assert "Chưa tìm lần nào" in text(browser.get(address))
    assert browser.post(f"{address}/tim").status_code == 302
    assert "Đang tìm; xin xem lại sau ít phút" in text(browser.get(address))
    find_duplicates(register="yard.gardens")
    page = browser.get(address)
    assert "Đặng Thùy Dương" in text(page) and "Dang Thuy Duong" in text(page)
    assert "trong 22 bản ghi" in text(page) and "Nguyễn Văn" not in text(page)


def test_a_register_that_names_no_fields_for_doubles_says_so(yard) -> None:
    yard("")
    assert "chưa nêu mục nào" in text(officer("civil-status").get("/desk/so/yard.gardens/trung"))
