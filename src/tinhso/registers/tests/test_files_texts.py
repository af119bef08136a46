"""Text files: what was written in any encoding comes back, by any delimiter; broken ones are refused in words."""

import unicodedata
from datetime import date
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinhso.kernel.errors import Invalid
from tinhso.registers.files import FileRow, Source, open_source
from tinhso.registers.files.legacy import TCVN3, VNI, to_unicode, verdict

TONES = "\u0300\u0301\u0303\u0309\u0323"
_WORD_LIST = (
    "nguyễn trần đường thị hường quỳnh bưởi thửa ruộng lúa nước sạch xã thôn đoài đông kỳ anh hữu phước lộc quốc "
    "giống khoai sắn rẫy vườn mẫu ao hồ chuồng lợn gà vịt trâu bò cấy gặt thuỷ lợi kênh mương đập"
)
WORDS = _WORD_LIST.split()
ENCODINGS = ["UTF-8", "UTF-8 BOM", "UTF-16 LE", "UTF-16 BE", "UTF-16 bare", "Windows-1258", "TCVN3 (ABC)", "VNI"]


def windows_1258(text: str) -> bytes:
    """As Windows writes it: base letters with their own shape, tones as marks that follow."""
    found = b""
    for letter in unicodedata.normalize("NFC", text):
        try:
            found += letter.encode("cp1258")
        except UnicodeEncodeError:
            parts = unicodedata.normalize("NFD", letter)
            bare = unicodedata.normalize("NFC", "".join(p for p in parts if p not in TONES))
            found += (bare + "".join(p for p in parts if p in TONES)).encode("cp1258")
    return found


def written(text: str, encoding: str) -> bytes:
    tables = {"TCVN3 (ABC)": TCVN3, "VNI": VNI}
    if encoding in tables:
        back = {letter: sequence for sequence, letter in reversed(tables[encoding].items())}
        return "".join(back.get(letter, letter) for letter in text).encode("cp1252")
    if encoding == "Windows-1258":
        return windows_1258(text)
    codecs = {"UTF-8": "utf-8", "UTF-8 BOM": "utf-8-sig", "UTF-16 bare": "utf-16-le"}
    if encoding in codecs:
        return text.encode(codecs[encoding])
    return ("\ufeff" + text).encode(encoding.lower().replace(" ", "-"))


def opened(folder: Path, data: bytes | str, **choice: str) -> Source:
    path = folder / "upload"
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return open_source(path, "tệp.csv", **choice)


def rows(source: Source) -> list[FileRow]:
    return list(source.tables[0].rows())


@pytest.mark.parametrize("encoding", ENCODINGS)
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(st.lists(st.sampled_from(WORDS), min_size=2, max_size=5), min_size=8, max_size=20))
def test_what_was_written_in_an_encoding_comes_back(tmp_path: Path, encoding: str, lines: list[list[str]]) -> None:
    texts = [" ".join(words) for words in lines]
    data = "thửa;tên đường;số\r\n" + "".join(f"{n}a;{text};{n}\r\n" for n, text in enumerate(texts))
    source = opened(tmp_path, written(data, encoding))
    assert source.encoding == encoding.replace(" BOM", "").replace("bare", "LE")
    assert source.tables[0].columns == ("thửa", "tên đường", "số")
    assert [row.cells[1] for row in rows(source)] == texts


@pytest.mark.parametrize("legacy", ["tcvn3", "vni"])
def test_every_letter_of_a_legacy_encoding_has_one_letter_of_unicode(legacy: str) -> None:
    table = TCVN3 if legacy == "tcvn3" else VNI
    assert all(unicodedata.is_normalized("NFC", letter) and len(letter) == 1 for letter in table.values())
    wanted = {unicodedata.normalize("NFC", base + tone) for base in "aăâeêioôơuưy" for tone in ("", *TONES)} - set(
        "aeiouy"
    )
    assert wanted | {"đ"} <= set(table.values())
    assert all(to_unicode(written, legacy) == letter for written, letter in table.items())  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Hµ Néi", "Hà Nội"),
        ("Haø Noäi", "Hà Nội"),
        ("NguyÔn V¨n ThÞnh", "Nguyễn Văn Thịnh"),
        ("Traàn Thò Höông", "Trần Thị Hương"),
        ("UÛY BAN NHAÂN DAÂN", "ỦY BAN NHÂN DÂN"),
        ("HåNG TH¸I", "HỒNG THÁI"),
        ("th\xadêng xu©n", "thường xuân"),
    ],
)
def test_legacy_letters_are_known_by_the_words_they_make(text: str, meant: str) -> None:
    found = verdict(text)
    assert found in {"tcvn3", "vni"}
    assert to_unicode(text, found) == meant  # type: ignore[arg-type]


@given(st.lists(st.sampled_from(WORDS), min_size=1, max_size=6))
def test_text_that_is_unicode_already_is_never_taken_for_legacy(words: list[str]) -> None:
    assert verdict(" ".join(words)) not in {"tcvn3", "vni"}


@pytest.mark.parametrize(
    "text", ["Diện tích (m²)", "5×3 m", "café", "25 °C", "São Paulo", "«Hà»", "®", "hoa màu", "cô"]
)
def test_signs_and_other_languages_are_left_alone(text: str) -> None:
    assert verdict(text) not in {"tcvn3", "vni"}


@pytest.mark.parametrize("sign", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, sign: str) -> None:
    text = sign.join(["mã", "tên", "diện tích"]) + "\n"
    text += "".join(f'A{n}{sign}"Ao, {sign} hồ ""{n}"""{sign}"1,{n}"\n' for n in range(9))
    source = opened(tmp_path, text)
    assert source.delimiter == sign
    assert rows(source)[3].cells == ("A3", f'Ao, {sign} hồ "3"', "1,3")


def test_a_stated_delimiter_is_believed_and_its_line_is_no_data(tmp_path: Path) -> None:
    source = opened(tmp_path, "sep=|\nmã|số\na;b|1\nc;d|2\ne;f|3\n")
    assert next((r.number, r.cells) for r in rows(source)) == (3, ("a;b", "1"))


def test_rows_are_counted_as_a_spreadsheet_counts_them(tmp_path: Path) -> None:
    source = opened(tmp_path, 'mã,ghi chú,số\na,"hai\ndòng",1\n\nb,,2\n,,\nTổng cộng,,3\nc,x,4\n')
    table = source.tables[0]
    assert [(r.number, r.cells) for r in table.rows()] == [
        (2, ("a", "hai\ndòng", "1")),
        (4, ("b", None, "2")),
        (7, ("c", "x", "4")),
    ]
    assert [r.number for r in table.rows(after=2)] == [4, 7]
    assert any("6" in note for note in table.notes)


def test_a_file_without_header_has_its_columns_named_by_letters(tmp_path: Path) -> None:
    source = opened(tmp_path, "1,Lan,2\n2,Mai,3\n3,Cúc,4\n")
    assert source.tables[0].columns == ("Cột A", "Cột B", "Cột C")
    assert len(rows(source)) == 3


def test_decimal_points_are_told_from_thousands_by_the_column(tmp_path: Path) -> None:
    text = "mã;điểm;phẩy;nghìn\n" + "".join(f"A{n};12.345;1.234,5;1.234\n" for n in range(5)) + "A9;0.5;0,5;7\n"
    source = opened(tmp_path, text)
    table = source.tables[0]
    assert rows(source)[0].cells == ("A0", 12.345, "1.234,5", "1.234")
    assert any("nghìn" in note and "1.234" in note for note in table.notes)


def test_days_in_many_forms_become_days(tmp_path: Path) -> None:
    forms = [
        "05/3/2025",
        "5-3-25",
        "2025-03-05",
        "05.03.2025",
        "ngày 5 tháng 3 năm 2025",
        "45721",
        "2025-03-05 00:00:00",
    ]
    source = opened(tmp_path, "mã;ngày\n" + "".join(f"A{n};{form}\n" for n, form in enumerate(forms)))
    from tinhso.kernel.fields.dates import read_day

    assert {read_day(row.cells[1]) for row in rows(source)} == {date(2025, 3, 5)}


def test_days_written_month_first_are_known_by_their_column(tmp_path: Path) -> None:
    source = opened(tmp_path, "mã;ngày\nA;3/25/2025\nB;3/5/2025\nC;12/31/2024\n")
    assert [r.cells[1] for r in rows(source)] == [date(2025, 3, 25), date(2025, 3, 5), date(2024, 12, 31)]
    assert any("tháng trước" in note for note in source.tables[0].notes)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "trống"),
        (b"\n\n  \n", "không có dòng nào"),
        (b"%PDF-1.7 ...", "PDF"),
        (b"MZ\x90\x00" + b"\0" * 90, "chương trình"),
        (b"\x89PNG\r\n\x1a\n", "hình ảnh"),
        (b"<html><table><tr><td>1", "trang web"),
        (b"a,b\n1,\0\n2,3\n", "NUL"),
        (b'a,b\n1,2\n3,"x\n4,5\n', "Dòng 3"),
        (b'a,b\n1,2\n3,"x"y\n4,5\n', "dòng 3"),
        ("mã,tên\n".encode() + "1,Hà\n".encode() * 200_000 + b"2,\xff\n" + "1,Hà\n".encode() * 700_000, "UTF-8"),
        (b'{"a": 1}', "GeoJSON"),
    ],
    ids=lambda v: v if isinstance(v, str) else "",
)
def test_what_is_no_table_is_refused_in_words(tmp_path: Path, data: bytes, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        rows(opened(tmp_path, data))
    assert words in str(refused.value)


def test_an_officer_s_choice_of_encoding_is_followed_or_refused(tmp_path: Path) -> None:
    data = "mã;tên\n" + "a;Hµ\n" * 5
    assert rows(opened(tmp_path, data.encode("cp1252", "ignore"), encoding="tcvn3"))[0].cells[1] == "Hà"
    with pytest.raises(Invalid, match="bảng mã"):
        opened(tmp_path, data, encoding="klingon")


def test_a_large_file_is_read_in_flat_memory(tmp_path: Path) -> None:
    import tracemalloc

    path = tmp_path / "upload"
    line = "H0000001,Nguyễn Văn An,thôn Đoài,2025-03-05,1.5\n"
    path.write_text("mã,họ tên,thôn,ngày,diện tích\n" + line * 200_000)
    table = open_source(path, "lớn.csv").tables[0]
    assert 0.8 < table.rows_estimate / 200_000 < 1.25
    tracemalloc.start()
    assert sum(1 for _row in table.rows()) == 200_000
    assert tracemalloc.get_traced_memory()[1] < 8 * 2**20
    tracemalloc.stop()
