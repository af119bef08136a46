"""In a real browser: a spreadsheet with faults is sent, its columns chosen, tried, written and corrected; and another
becomes a register. Every page is held to what every page promises."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from playwright.sync_api import Browser

from tinhso.registers.models import Import
from tinhso.registers.services import imports

from .gardens import LIST, officer, prepare
from .test_browser import beside
from .test_browser_writing import Desk, clean

__all__ = ["clean"]
HEAD = "Mã vườn;Ngày trồng;Số cây;Xã, phường"


def sheet(path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    path.write_bytes("\r\n".join([HEAD, *lines, ""]).encode(encoding))
    return path


def work() -> None:
    """What the worker does with the imports that wait."""
    for id in Import.objects.filter(finished_at=None).values_list("pk", flat=True):
        imports.run(UUID(str(id)))


@pytest.mark.parametrize(("language", "width"), [("vi", 360), ("en", 1280)])
def test_a_spreadsheet_from_the_file_to_the_corrected_rows_and_to_a_register(
    site: str, clean: None, chromium: Browser, tmp_path: Path, settings: Any, language: str, width: int
) -> None:
    settings.IMPORT_ROOT = settings.VAR / "imports"  # where the site keeps them

    def begin() -> str:
        prepare(tmp_path)
        return officer()[0].cookies["sessionid"].value

    session = beside(begin)
    page = chromium.new_context(service_workers="block", viewport={"width": width, "height": 800}).new_page()
    page.context.add_cookies(
        [{"name": "sessionid", "value": session, "url": site}, {"name": "lang", "value": language, "url": site}]
    )
    desk = Desk(site, page, language, width)
    desk.open(f"{LIST}/nhap")
    desk.look("import")
    lines = [f"V-{n};0{n}/07/2025;{n * 3};" for n in range(1, 8)]
    file = sheet(tmp_path / "vườn cây.csv", *lines, "V-8;hôm nọ;nhiều;", encoding="utf-16-le")
    page.set_input_files("#id_file", file)
    desk.press("Gửi tệp")
    assert page.input_value("#id_ma") == "UTF-16 LE" and page.input_value("#id_dau") == ";"
    desk.look("import-columns")
    page.select_option("#id_ma", "UTF-8")
    desk.press("Đọc lại")
    desk.look("import-encoding")
    page.go_back()
    desk.press("Xem thử")
    desk.look("import-waits")
    beside(work)
    page.reload()
    desk.look("import-tried")
    with page.expect_navigation():
        page.locator('main form[action$="/ghi"] button').click()
    beside(work)
    page.reload()
    desk.look("import-done")
    with page.expect_download() as download:
        page.locator('main a[href$="/loi"]').click()
    wrong = Path(download.value.path()).read_text("utf-8-sig")
    assert "hôm nọ" in wrong and "V-7" not in wrong
    mended = tmp_path / "sửa.csv"
    mended.write_text(wrong.replace("hôm nọ", "08/07/2025").replace("nhiều", "9"))
    page.set_input_files("#id_file", mended)
    desk.press("Gửi tệp đã sửa")
    beside(work)
    page.reload()
    desk.look("import-corrected")
    assert page.locator('main form[action$="/ghi"]').count() == 1
    desk.open("/desk/so/tao")
    desk.look("builder")
    page.set_input_files("#id_file", file)
    desk.press("Đọc tệp")
    desk.look("builder-plan")
    desk.press("Xem trước")
    desk.look("builder-preview")
    desk.press("Tạo sổ và nhập dữ liệu")
    beside(work)
    page.reload()
    desk.look("builder-done")
    assert desk.troubles == []
