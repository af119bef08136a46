"""The quality of a register on the desk: what is at fault, where, and the way to it."""

from datetime import date
from pathlib import Path

import pytest

from tinhso.kernel import packs
from tinhso.registers import services as registers
from tinhso.registers.contracts import NewRecord
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
