"""Workbooks as offices write them for print: the tables in them are found, and nothing else is taken for data."""

import zipfile
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tinhso.kernel.errors import Invalid
from tinhso.registers.files import Source, Table, open_source
from tinhso.registers.files import limits as bounds

PEOPLE = ["NguyÔn V¨n ThÞnh", "Traàn Thò Höông", "Lê Văn Đạt", "Phạm Thị Lựu"]


class Book:
    """A workbook to be written, then opened."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "upload"
        self.book = xlsxwriter.Workbook(str(self.path))
        self.day = self.book.add_format({"num_format": "dd/mm/yyyy"})

    def sheet(self, name: str, rows: list[list[Any]] = (), merges: list[tuple[str, str]] = ()) -> Any:  # type: ignore[assignment]
        sheet = self.book.add_worksheet(name)
        for n, row in enumerate(rows):
            for m, cell in enumerate(row):
                if isinstance(cell, date | datetime):
                    sheet.write_datetime(n, m, cell, self.day)  # type: ignore[arg-type]
                elif cell is not None:
                    sheet.write(n, m, cell)
        for where, text in merges:
            sheet.merge_range(where, text)
        return sheet

    def opened(self) -> Source:
        self.book.close()
        return open_source(self.path, "sổ.xlsx")


def cells(table: Table) -> list[tuple[Any, ...]]:
    return [row.cells for row in table.rows()]


@pytest.fixture
def report(tmp_path: Path) -> Source:
    book = Book(tmp_path)
    data: list[list[Any]] = [[] for _n in range(8)]
    data[4] = [None] * 7 + ["Đơn vị tính: ha"]
    data[6] = [None, None, "Thôn", "Xã", "Lúa", "Màu", "Khác"]
    data[7] = [f"({n})" for n in range(1, 9)]
    data.append(["I. Thôn Đông"])
    data += [[n + 1, PEOPLE[n], "Đông", "Xã Quang", 1.5 * n, "1.234,5", 2, date(2025, 3, 5 + n)] for n in range(4)]
    data.append(["II", "Thôn Đoài"])
    data += [[n + 5, PEOPLE[n], "Đoài", "Xã Quang", n, "0,5", 2, "ngày 5 tháng 3 năm 2025"] for n in range(4)]
    data += [["Tổng cộng", None, None, None, 12.0], [], [None] * 5 + ["Ngày 6 tháng 3 năm 2025"]]
    data += [[None, "Người lập biểu", None, None, None, "CHỦ TỊCH"]]
    merges = [
        ("A1:C1", "ỦY BAN NHÂN DÂN XÃ QUANG"),
        ("E1:H1", "CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        ("A2:C2", "Số: 12/BC-UBND"),
        ("E2:H2", "Độc lập - Tự do - Hạnh phúc"),
        ("A4:H4", "BẢNG THEO DÕI SẢN XUẤT VỤ XUÂN 2025"),
        ("A6:A7", "STT"),
        ("B6:B7", "Họ và tên"),
        ("C6:D6", "Địa chỉ"),
        ("E6:G6", "Diện tích"),
        ("H6:H7", "Ngày cấy"),
    ]
    book.sheet("Vụ xuân", data, merges)
    return book.opened()


def test_a_printed_report_gives_its_table(report: Source) -> None:
    (table,) = report.tables
    assert table.key == "0:6"
    assert table.title == "Vụ xuân – BẢNG THEO DÕI SẢN XUẤT VỤ XUÂN 2025"
    assert table.columns == (
        "STT",
        "Họ và tên",
        "Địa chỉ – Thôn",
        "Địa chỉ – Xã",
        "Diện tích – Lúa",
        "Diện tích – Màu",
        "Diện tích – Khác",
        "Ngày cấy",
        "Đề mục",
    )
    assert table.first_row == 10
    assert table.rows_estimate == 8
    assert [row.number for row in table.rows()] == [10, 11, 12, 13, 15, 16, 17, 18]


def test_names_in_two_legacy_encodings_stand_right_and_are_counted(report: Source) -> None:
    (table,) = report.tables
    assert [row[1] for row in cells(table)[:4]] == ["Nguyễn Văn Thịnh", "Trần Thị Hương", "Lê Văn Đạt", "Phạm Thị Lựu"]
    notes = [note for note in table.notes if "Họ và tên" in note]
    assert ["TCVN3" in notes[0], "2 ô" in notes[0], "VNI" in notes[1], "2 ô" in notes[1]] == [True] * 4


def test_days_headings_and_numbers_come_as_they_were_meant(report: Source) -> None:
    found = cells(report.tables[0])
    assert [row[7] for row in found] == [date(2025, 3, 5 + n) for n in range(4)] + [date(2025, 3, 5)] * 4
    assert {row[8] for row in found[:4]} == {"I. Thôn Đông"}
    assert {row[8] for row in found[4:]} == {"II Thôn Đoài"}
    assert [row[0] for row in found] == list(range(1, 9))
    assert [row[4] for row in found[:4]] == [0, 1.5, 3, 4.5]


def test_what_was_left_out_is_said(report: Source) -> None:
    notes = " | ".join(report.tables[0].notes)
    assert "dòng 1–5" in notes
    assert "tổng cộng 19" in notes
    assert "từ dòng 21" in notes


def test_reading_on_after_a_row_keeps_the_heading(report: Source) -> None:
    table = report.tables[0]
    assert [row.cells for row in table.rows(after=16)] == cells(table)[-2:]


@pytest.mark.parametrize(
    ("header", "data"),
    [
        (["Họ tên", "Chức vụ", "Đơn vị"], [["An", "Chủ tịch", "UBND xã"], ["Bình", "Kế toán", "Phòng Tài chính"]] * 4),
        (["TT", "Chủ hộ", "Số ao"], [[1, "A", 2], [2, "B", 3], [3, "C", 4]]),
        (["TT", "Trâu", "Bò"], [[1, 2, 3], [2, 5, 9], [3, 1, 1]]),
        (["Đơn vị", "Số hộ"], [["UBND xã Đông", 3], ["UBND xã Đoài", 4]]),
        (["Phòng ban", "Số người"], [["Phòng Kinh tế", 3], ["Phòng Tài chính", 4]]),
        (["STT", "Tên doanh nghiệp", "Vốn"], [[1, "Tổng công ty A", 5], [2, "Cộng Hoà", 6]]),
        (["Tên", "Số", "Ngày"], [["a", 1, "1/1/2025"], ["b", None, None], ["c", 2, "2/1/2025"]]),
        (["Chức danh"], [["Kế toán"], ["Chủ tịch"], ["Văn thư"]]),
        (["Chỉ tiêu", 2023, 2024], [["Lúa", 1, 2], ["Ngô", 4, 5], ["Khoai", 7, 8]]),
        (["Tên", "Số"], [["a", 1]]),
        (["Loại", "Ghi chú"], [["Ao", "x"], ["Hồ", "y"], ["Đầm", "z"]]),
    ],
)
@pytest.mark.parametrize("above", [0, 3])
def test_no_row_of_data_is_taken_for_something_else(
    tmp_path: Path, header: list[Any], data: list[list[Any]], above: int
) -> None:
    book = Book(tmp_path)
    book.sheet("S", [[] for _n in range(above)] + [header] + data)
    (table,) = book.opened().tables
    assert table.columns == tuple(map(str, header))
    assert cells(table) == [tuple(row) for row in data]


def test_a_header_repeated_for_print_is_no_data(tmp_path: Path) -> None:
    book = Book(tmp_path)
    header, data = ["STT", "Tên", "Số"], [[n, f"t{n}", n * 2] for n in range(1, 40)]
    book.sheet("S", [header, *data[:20], header, *data[20:]])
    assert cells(book.opened().tables[0]) == [tuple(row) for row in data]


def test_those_who_sign_side_by_side_are_no_table_and_an_office_is_no_title(tmp_path: Path) -> None:
    book = Book(tmp_path)
    rows: list[list[Any]] = [["SỞ NÔNG NGHIỆP", None, None], ["DANH SÁCH TRANG TRẠI", None, None], []]
    rows += [["STT", "Trang trại", "Số con"], *[[n, f"Trại {n}", n * 7] for n in range(1, 8)], []]
    rows += [[None, "NGƯỜI DUYỆT", "TRƯỞNG ĐOÀN"]]
    book.sheet("Tổng hợp", rows)
    (table,) = book.opened().tables
    assert (len(cells(table)), table.title) == (7, "Tổng hợp – DANH SÁCH TRANG TRẠI")


def test_two_tables_one_below_the_other_are_both_found(tmp_path: Path) -> None:
    book = Book(tmp_path)
    trees = [["Bảng 1. Cây"], ["Loài", "Số cây"], *[[f"Vải {n}", n] for n in range(5)]]
    stock = [[], ["Bảng 2. Gia súc"], ["STT", "Loài", "Số con"], *[[n, "Bò", n * 7] for n in range(1, 5)]]
    book.sheet("Tổng hợp", trees + stock)
    first, second = book.opened().tables
    assert (first.columns, len(cells(first))) == (("Loài", "Số cây"), 5)
    assert (second.columns, len(cells(second))) == (("STT", "Loài", "Số con"), 4)
    assert second.title.endswith("Bảng 2. Gia súc")


def test_two_tables_side_by_side_are_both_found(tmp_path: Path) -> None:
    book = Book(tmp_path)
    rows = [["STT", "Thôn", "Hộ", None, "STT", "Cây", "Số"]]
    rows += [[n, f"Thôn {n}", n * 3, None, n, f"Vải {n}", n * 2] for n in range(1, 6)]
    book.sheet("Hai bảng", rows)
    left, right = book.opened().tables
    assert left.columns == ("STT", "Thôn", "Hộ")
    assert right.columns == ("STT", "Cây", "Số")
    assert cells(right)[0] == (1, "Vải 1", 2)
    assert left.key != right.key


def test_three_rows_of_header_without_merging_are_joined(tmp_path: Path) -> None:
    book = Book(tmp_path)
    rows: list[list[Any]] = [
        ["STT", "Tên", "Sản lượng", None, None, None],
        [None, None, "Năm 2024", None, "Năm 2025", None],
        [None, None, "Lúa", "Ngô", "Lúa", "Ngô"],
    ]
    rows += [[n, f"Hợp tác xã {n}", n, n * 2.5, n, n] for n in range(1, 8)]
    book.sheet("SL", rows)
    (table,) = book.opened().tables
    assert table.columns == (
        "STT",
        "Tên",
        "Sản lượng – Năm 2024 – Lúa",
        "Sản lượng – Năm 2024 – Ngô",
        "Sản lượng – Năm 2025 – Lúa",
        "Sản lượng – Năm 2025 – Ngô",
    )
    assert len(cells(table)) == 7


def test_equal_headers_are_made_unique_and_hidden_sheets_come_last_and_are_said(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.sheet("Ẩn", [["a", "b"], ["x", 1], ["y", 2]]).hide()
    book.sheet("Chính", [["Tên", "Số", "Số"], ["x", 1, 2], ["y", 3, 4]]).activate()
    source = book.opened()
    assert [(t.title, t.hidden) for t in source.tables] == [("Chính", False), ("Ẩn", True)]
    assert source.tables[0].columns == ("Tên", "Số", "Số (2)")
    assert "ẩn" in source.notes[0]


def test_formulas_give_their_value_and_errors_stay_visible(tmp_path: Path) -> None:
    book = Book(tmp_path)
    sheet = book.sheet("F", [["Tên", "Tính"], ["a"], ["b"], ["c"], ["d"]])
    for n, value in enumerate([2.5, "#REF!", "chữ", "#DIV/0!"], 1):
        sheet.write_formula(n, 1, "=A1", None, value)
    (table,) = book.opened().tables
    assert [row[1] for row in cells(table)] == [2.5, "#REF!", "chữ", "#DIV/0!"]


def test_a_formula_that_nobody_reckoned_is_shown_and_is_no_empty_cell(tmp_path: Path) -> None:
    """What a program wrote and no spreadsheet opened: ECMA-376 §18.3.1.40 lets a formula stand without a value."""
    book = Book(tmp_path)
    sheet = book.sheet("F", [["Tên", "Tính"], ["a"], ["b"], ["c"], ["d"]])
    for n in range(1, 5):
        sheet.write_formula(n, 1, f"=SUM(C{n}:D{n})", None, "")
    (table,) = book.opened().tables
    assert [row[1] for row in cells(table)] == [f"=SUM(C{n}:D{n})" for n in range(1, 5)]


def test_two_cells_far_apart_cost_no_memory(tmp_path: Path) -> None:
    book = Book(tmp_path)
    sheet = book.sheet("Xa", [["Tên", "Số"], ["a", 1], ["b", 2], ["c", 3]])
    sheet.write(1_048_575, 16_383, "lạc")
    (table,) = book.opened().tables
    assert cells(table)[:3] == [("a", 1), ("b", 2), ("c", 3)]


def test_a_workbook_without_any_table_is_refused(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.sheet("Hình")
    with pytest.raises(Invalid, match="hình vẽ"):
        book.opened()


def test_an_encrypted_workbook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(compound("EncryptedPackage", b"x" * 5_000))
    with pytest.raises(Invalid, match="mật khẩu"):
        open_source(path, "sổ.xlsx")


def test_a_bomb_is_refused_whatever_its_archive_states(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    book = Book(tmp_path)
    book.sheet("S", [["Tên", "Số"], *[[f"a{n}", n] for n in range(2_000)]])
    book.book.close()
    monkeypatch.setattr(bounds, "LARGEST_PART", 20_000)
    with pytest.raises(Invalid, match="lớn quá mức"):
        open_source(book.path, "sổ.xlsx")
    monkeypatch.setattr(bounds, "LARGEST_UNPACKED", 20_000)
    with pytest.raises(Invalid, match="giải nén"):
        open_source(book.path, "sổ.xlsx")


def test_entities_in_a_workbook_are_not_expanded(tmp_path: Path) -> None:
    book = Book(tmp_path)
    book.sheet("S", [["Tên", "Số"], ["a", 1], ["b", 2]])
    book.book.close()
    evil = tmp_path / "evil"
    with zipfile.ZipFile(book.path) as parts, zipfile.ZipFile(evil, "w") as copy:
        for name in parts.namelist():
            data = parts.read(name)
            if name == "xl/sharedStrings.xml":
                data = data.replace(b"<sst", b'<!DOCTYPE sst [<!ENTITY a "aaaa">]><sst', 1)
            copy.writestr(name, data)
    with pytest.raises(Invalid, match="hỏng"):
        list(open_source(evil, "sổ.xlsx").tables[0].rows())


@pytest.mark.parametrize("data", [b"PK\x03\x04" + b"\0" * 100, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2_000])
def test_a_broken_workbook_is_refused(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "upload"
    path.write_bytes(data)
    with pytest.raises(Invalid, match=r"hỏng"):
        open_source(path, "sổ.xlsx")


ODS_CELL = '<table:table-cell office:value-type="{kind}" {value}><text:p>{text}</text:p></table:table-cell>'


def ods(path: Path, rows: list[list[Any]], tail: str = "") -> None:
    def cell(value: Any) -> str:
        kind = "string" if isinstance(value, str) else "float"
        return ODS_CELL.format(kind=kind, value="" if kind == "string" else f'office:value="{value}"', text=value)

    lines = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    names = "office table text"
    spaces = " ".join(f'xmlns:{n}="urn:oasis:names:tc:opendocument:xmlns:{n}:1.0"' for n in names.split())
    content = (
        f'<?xml version="1.0" encoding="UTF-8"?><office:document-content {spaces} office:version="1.3"><office:body>'
        f'<office:spreadsheet><table:table table:name="Trang 1">{lines}{tail}</table:table></office:spreadsheet>'
        "</office:body></office:document-content>"
    )
    with zipfile.ZipFile(path, "w") as parts:
        parts.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        parts.writestr("META-INF/manifest.xml", "<manifest/>")
        parts.writestr("content.xml", content)


def test_an_open_document_sheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    empty = '<table:table-row table:number-rows-repeated="1048000"><table:table-cell/></table:table-row>'
    ods(path, [["Tên", "Số"], ["Lê Văn Đạt", 1], ["Haø Noäi", 2.5]], empty)
    source = open_source(path, "sổ.ods")
    assert source.format == "ods"
    assert cells(source.tables[0]) == [("Lê Văn Đạt", 1), ("Hà Nội", 2.5)]


def test_an_open_document_sheet_that_repeats_itself_to_the_horizon_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    cell = '<table:table-cell table:number-columns-repeated="16000" office:value-type="float" office:value="1"/>'
    ods(path, [["Tên", "Số"]], f'<table:table-row table:number-rows-repeated="1000000">{cell}</table:table-row>')
    with pytest.raises(Invalid, match="quá nhiều ô"):
        open_source(path, "sổ.ods")


def compound(name: str, data: bytes) -> bytes:
    """A compound file ([MS-CFB]) with one stream, of at least 4,096 bytes."""
    import struct

    count = -(-len(data) // 512)
    fat = [0xFFFFFFFD, 0xFFFFFFFE, *range(3, 2 + count), 0xFFFFFFFE]
    fat += [0xFFFFFFFF] * (128 - len(fat))

    def entry(title: str, kind: int, start: int, size: int, child: int) -> bytes:
        text = title.encode("utf-16-le").ljust(64, b"\0")
        return text + struct.pack(
            "<HBBIII16sI8s8sIII",
            2 * len(title) + 2,
            kind,
            1,
            0xFFFFFFFF,
            0xFFFFFFFF,
            child,
            b"",
            0,
            b"",
            b"",
            start,
            size,
            0,
        )

    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 16 + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + b"\0" * 6
    head += struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<109I", 0, *[0xFFFFFFFF] * 108)
    directory = (entry("Root Entry", 5, 0xFFFFFFFE, 0, 1) + entry(name, 2, 2, len(data), 0xFFFFFFFF)).ljust(512, b"\0")
    return head + struct.pack("<128I", *fat) + directory + data.ljust(count * 512, b"\0")


def biff(rows: list[list[Any]]) -> bytes:
    """A BIFF8 workbook stream ([MS-XLS]) with one sheet of labels and numbers."""
    import struct

    def record(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    name = "Trang"
    bof = struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0x07CC, 0, 6)
    texts = [cell for row in rows for cell in row if isinstance(cell, str)]
    sst = struct.pack("<II", len(texts), len(texts))
    sst += b"".join(struct.pack("<HB", len(t), 1) + t.encode("utf-16-le") for t in texts)
    sheet_name = struct.pack("<BB", len(name), 1) + name.encode("utf-16-le")

    def globals_at(place: int) -> bytes:
        bound = record(0x0085, struct.pack("<IBB", place, 0, 0) + sheet_name)
        return record(0x0809, bof) + record(0x0042, b"\xb0\x04") + bound + record(0x00FC, sst) + record(0x000A, b"")

    first = globals_at(len(globals_at(0)))
    body = record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0x07CC, 0, 6))
    number = 0
    for n, row in enumerate(rows):
        for m, cell in enumerate(row):
            if isinstance(cell, str):
                body += record(0x00FD, struct.pack("<HHHI", n, m, 0, number))
                number += 1
            elif cell is not None:
                body += record(0x0203, struct.pack("<HHHd", n, m, 0, cell))
    return (first + body + record(0x000A, b"")).ljust(4_096, b"\0")


def test_a_workbook_of_the_old_kind_is_read(tmp_path: Path) -> None:
    path = tmp_path / "upload"
    path.write_bytes(compound("Workbook", biff([["Hä tªn", "Sè"], ["NguyÔn V¨n ThÞnh", 1], ["TrÇn ThÞ Hoµ", 2]])))
    source = open_source(path, "sổ.xls")
    assert source.format == "xls"
    assert source.tables[0].columns == ("Họ tên", "Số")
    assert cells(source.tables[0]) == [("Nguyễn Văn Thịnh", 1), ("Trần Thị Hoà", 2)]


def test_an_old_workbook_that_spans_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "upload"
    path.write_bytes(compound("Workbook", biff([["Tên", "Số"], ["a", 1], ["b", 2]])))
    monkeypatch.setattr(bounds, "MOST_OLD_CELLS", 5)
    with pytest.raises(Invalid, match="quá nhiều ô"):
        open_source(path, "sổ.xls")
