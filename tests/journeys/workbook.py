"""The workbook of an agriculture officer: nobody shaped it for the platform. Every figure and name in it is made up.

A title for print above a merged header of two rows; a running number; days as days, as text in four ways; decimal
commas and points; the commune by its name; one clerk typed in a TCVN3 font, another in a VNI font, a third in Unicode;
a row of totals and the signatures below. Seventeen cells are wrong, each known here by its row and column.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from random import Random
from typing import Any

import xlsxwriter

ROWS, FIRST = 2_000, 8
"""Rows of data, and the row of the sheet on which they begin."""
HEADS = (
    "STT", "Mã cơ sở", "Chủ hộ", "Số điện thoại", "Xã, phường", "Ngày cấp giấy", "Cây trồng chính", "Diện tích (ha)",
    "Vốn đầu tư (đồng)", "Vĩ độ", "Kinh độ",
)  # fmt: skip
PLACES = [("Xã Vũ Quý", 20.40, 106.37), ("Xã Đông Hưng", 20.55, 106.35), ("Xã Tiền Hải", 20.41, 106.50),
          ("Xã Vũ Thư", 20.43, 106.28), ("Xã Quỳnh Phụ", 20.64, 106.33)]  # fmt: skip
SURNAMES = ["Nguyễn", "Trần", "Phạm", "Đỗ", "Bùi", "Vũ"]
MIDDLE = ["Văn", "Thị", "Đình", "Ngọc"]
GIVEN = ["Thịnh", "Hương", "Đạt", "Lựu", "Thắng", "Hoà", "Quyết", "Mừng"]
CROPS = ["Lúa", "Rau màu", "Cây ăn quả", "Hoa, cây cảnh"]

_SPELT = "ăâđêôơưàảãáạằẳẵắặầẩẫấậèẻẽéẹềểễếệìỉĩíịòỏõóọồổỗốộờởỡớợùủũúụừửữứựỳỷỹýỵ"
_TCVN3 = str.maketrans(
    _SPELT + "ĂÂÊÔƠƯĐ",
    "¨©®ª«¬­µ¶·¸¹»¼½¾ÆÇÈÉÊËÌÎÏÐÑÒÓÔÕÖ×ØÜÝÞßáâãäåæçèéêëìíîïñòóôõö÷øùúûüýþ" + "¡¢£¤¥¦§",
)
"""As `iconv -t TCVN5712-1` writes them, read as Windows-1252: what a cell in the font .VnTime holds."""
_VNI = {
    "ă": "aê", "â": "aâ", "đ": "ñ", "Đ": "Ñ", "ê": "eâ", "ô": "oâ", "ơ": "ô", "ư": "ö", "ễ": "eã", "ầ": "aà", "ạ": "aï",
    "ỗ": "oã", "ù": "uø", "ũ": "uõ", "ị": "ò", "ì": "ì", "ọ": "oï", "ươ": "öô", "ự": "öï", "ắ": "aé", "à": "aø",
    "ế": "eá", "ừ": "öø",
}  # fmt: skip
"""The letters of the names here, as a cell in the font VNI-Times holds them."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A wrong cell: the row of the sheet, the header of its column, and what it holds."""

    row: int
    head: str
    cell: Any


FAULTS = (
    Fault(40, "Ngày cấp giấy", "31/02/2025"),
    Fault(111, "Ngày cấp giấy", "không rõ"),
    Fault(233, "Ngày cấp giấy", "13/13/2024"),
    Fault(305, "Diện tích (ha)", "mười hai"),
    Fault(420, "Diện tích (ha)", "1.2.3"),
    Fault(505, "Diện tích (ha)", "2 sào rưỡi"),
    Fault(610, "Xã, phường", "Xã Vũ Quí Đông Hạ"),
    Fault(707, "Xã, phường", "nt"),
    Fault(808, "Số điện thoại", "0912"),
    Fault(901, "Số điện thoại", "xin sau"),
    Fault(1_010, "Vốn đầu tư (đồng)", "hai trăm triệu"),
    Fault(1_111, "Vĩ độ", 2_043.7),
    Fault(1_212, "Kinh độ", "106,3x"),
    Fault(1_313, "Kinh độ", None),
    Fault(1_500, "Mã cơ sở", "TT-00007"),
    Fault(1_616, "Mã cơ sở", "TT-00021"),
    Fault(1_800, "Mã cơ sở", None),
)


def _vni(text: str) -> str:
    return "".join(_VNI.get(letter, letter) for letter in text)


def _name(random: Random, number: int) -> str:
    """A name as the clerk of this row typed it."""
    name = f"{random.choice(SURNAMES)} {random.choice(MIDDLE)} {random.choice(GIVEN)}"
    if number % 5 == 1:
        return name.translate(_TCVN3)
    if number % 5 == 3 and all(letter.isascii() or letter in _VNI for letter in name):
        return _vni(name)
    return name


def _day(number: int) -> date | str:
    day = date(2021, 1, 4) + timedelta(days=number * 7 % 1_500)
    as_text = f"{day:%d/%m/%Y}", f"{day.day}.{day.month}.{day.year}", f"{day:%Y-%m-%d}", f"{day:%d-%m-%Y}"
    return day if number % 2 else as_text[number // 2 % 4]


def _rows() -> Iterator[list[Any]]:
    random = Random(66)
    wrong = {(fault.row, fault.head): fault.cell for fault in FAULTS}
    for number in range(1, ROWS + 1):
        place, lat, lon = PLACES[number % len(PLACES)]
        area = round(random.uniform(0.2, 9), 2)
        row = [
            number,
            f"TT-{number:05}",
            _name(random, number),
            f"09{random.randrange(10**7, 10**8)}" if number % 7 else None,
            place if number % 11 else place.upper(),
            _day(number),
            random.choice(CROPS),
            area if number % 3 else f"{area}".replace(".", ","),
            random.randrange(20, 900) * 1_000_000 if number % 4 else f"{random.randrange(20, 900)}.000.000",
            round(lat + random.uniform(-0.02, 0.02), 5),
            round(lon + random.uniform(-0.02, 0.02), 5),
        ]
        yield [wrong.get((number + FIRST - 1, head), cell) for head, cell in zip(HEADS, row, strict=True)]


def write(file: Path) -> None:
    """Make the workbook."""
    book = xlsxwriter.Workbook(str(file))
    bold = book.add_format({"bold": True, "align": "center"})
    day = book.add_format({"num_format": "dd/mm/yyyy"})
    sheet = book.add_worksheet("Tổng hợp")
    sheet.merge_range("A1:D1", "SỞ NÔNG NGHIỆP VÀ MÔI TRƯỜNG", bold)
    sheet.merge_range("G1:K1", "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM", bold)
    sheet.merge_range("G2:K2", "Độc lập - Tự do - Hạnh phúc", bold)
    sheet.merge_range("A4:K4", "DANH SÁCH CƠ SỞ TRỒNG TRỌT NĂM 2025", bold)
    for column, head in enumerate(HEADS[:9]):
        sheet.merge_range(5, column, 6, column, head, bold)
    sheet.merge_range("J6:K6", "Toạ độ", bold)
    sheet.write_row("J7", HEADS[9:], bold)
    for at, row in enumerate(_rows(), FIRST - 1):
        for column, cell in enumerate(row):
            if isinstance(cell, date):
                sheet.write_datetime(at, column, cell, day)  # type: ignore[arg-type]
            elif cell is not None:
                sheet.write(at, column, cell)
    last = FIRST - 1 + ROWS
    sheet.write(last, 0, "Tổng cộng")
    sheet.write_formula(last, 7, f"=SUM(H{FIRST}:H{last})", None, 9_000.5)
    sheet.write(last + 2, 2, "NGƯỜI LẬP BIỂU")
    sheet.write(last + 2, 8, "GIÁM ĐỐC")
    book.close()
