"""A spreadsheet becomes a register in five minutes: the promise, kept by an officer who was given no training."""

import csv
import io
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from ..installation import Installation
from . import workbook
from .conftest import SignIns
from .visitor import Visitor, visiting

OFFICER = "nong-nghiep"
GOOD = workbook.ROWS - len(workbook.FAULTS)
MOST_CLICKS, MOST_SECONDS = 10, 300
ROWS_OF_A_PAGE, PHONE = 25, 600


@pytest.fixture(scope="module")
def spreadsheet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    file = tmp_path_factory.mktemp("officer") / "trồng trọt 2025 (bản cuối).xlsx"
    workbook.write(file)
    return file


@pytest.mark.parametrize(("language", "width"), [("vi", 1280), ("en", 360)])
def test_a_spreadsheet_becomes_a_register(
    chromium: Browser,
    installation: Installation,
    sign_ins: SignIns,
    spreadsheet: Path,
    told: Callable[[str], None],
    language: str,
    width: int,
) -> None:
    state = sign_ins.of(chromium, OFFICER)
    with visiting(chromium, installation, "spreadsheet", language, width, state=state) as officer:
        officer.open("/desk/so")
        begun = time.monotonic()
        upload(officer, spreadsheet)
        make(officer)
        expect(officer.page.locator("[data-created]")).to_be_visible(timeout=120_000)
        seconds = time.monotonic() - begun
        assert officer.page.locator("[data-created]").inner_text() in {f"{GOOD:,}", f"{GOOD:,}".replace(",", ".")}
        officer.look("made")
        named = officer.page.locator("[data-fault]")
        found = sorted((int(row.get_attribute("data-fault") or 0)) for row in named.all())
        assert found == [fault.row for fault in workbook.FAULTS]
        address = officer.page.url
        officer.press("Biểu mẫu để ghi thêm")
        officer.look("form")
        assert officer.page.locator("main form input").count() > 1
        officer.open(address)
        officer.press("Bảng, tìm và lọc")
        assert officer.page.locator("[data-row]").count() == ROWS_OF_A_PAGE
        if width < PHONE:
            officer.look("table")
            officer.press("Bản đồ")
        expect(officer.page.locator("[data-map] canvas").first).to_be_visible()
        officer.look("map")
        officer.open(address)
        assert records(officer)
        lines = download(officer)
        assert len(lines) == 1 + GOOD
        assert any("Nguyễn Thị Hương" in line for line in lines), "a name typed in a font of before Unicode"
        clicks = officer.taps
        assert clicks <= MOST_CLICKS + (width < PHONE)  # there the map is a tap away from the table
        assert seconds < MOST_SECONDS
        told(
            f"a spreadsheet of {workbook.ROWS:,} rows became a register in {seconds:.0f} s; {clicks} clicks to form, "
            f"table, map, API, export; {len(found)} of {len(workbook.FAULTS)} faults named, none invented ({language})"
        )


def upload(officer: Visitor, file: Path) -> None:
    """From the list of registers to what the file proposes."""
    officer.press("Tạo sổ từ bảng tính")
    officer.look("begin")
    officer.taps += 1  # the file is chosen
    officer.page.locator("#id_file").set_input_files(file)
    officer.press("Đọc tệp")
    officer.look("proposal")


def make(officer: Visitor) -> None:
    """Agree to what is proposed."""
    officer.press("Xem trước")
    officer.look("preview")
    officer.press("Tạo sổ và nhập dữ liệu")


def download(officer: Visitor) -> list[list[str]]:
    """The register as CSV, with the names of people, which asks for a reason."""
    officer.press("Excel, CSV, GeoJSON")
    officer.look("download")
    officer.choose("tep", "csv")
    officer.type("purpose", "Kiểm tra thử")
    with officer.page.expect_download() as taken:
        officer.taps += 1
        officer.content().get_by_role("button", name=officer.words("Tải về"), exact=True).click()
    return list(csv.reader(io.StringIO(taken.value.path().read_text("utf-8-sig"))))


def records(officer: Visitor) -> list[dict[str, object]]:
    """What the link to the data for machines leads to."""
    found = officer.content().get_by_role("link", name=officer.words("Dữ liệu cho máy (JSON)"), exact=True)
    officer.taps += 1
    return officer.context.request.get(found.evaluate("link => link.href")).json()["records"]
