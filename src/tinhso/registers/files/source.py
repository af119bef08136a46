"""Opening a file by what it is, not by what it is called."""

import zipfile
from pathlib import Path

from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid

from . import limits
from .delimited import open_text
from .model import Source
from .workbooks import open_workbook
from .xlsx import HARMED, broken, encrypted

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_REFUSED = (
    (b"MZ", "exe"),
    (b"\x7fELF", "exe"),
    (b"%PDF-", "pdf"),
    (b"\x89PNG", "image"),
    (b"\xff\xd8\xff", "image"),
    (b"GIF8", "image"),
    (b"Rar!", "archive"),
    (b"7z\xbc\xaf\x27\x1c", "archive"),
    (b"\x1f\x8b", "archive"),
    (b"{\\rtf", "word"),
)


def open_source(path: Path, name: str, *, encoding: str = "", delimiter: str = "") -> Source:
    """The tables of an uploaded file. `name` is what the officer called it; `encoding` and `delimiter` are an officer's
    choice where the guess was wrong (texts only).

    Raises Invalid, in words that say what to do, for what holds no table or cannot be read.
    """
    size = path.stat().st_size
    if not size:
        raise Invalid(_("Tệp trống, không có nội dung nào."))
    if size > limits.LARGEST_FILE:
        raise Invalid(_("Tệp lớn quá 2 GB; xin chia nhỏ rồi gửi từng phần."))
    with path.open("rb") as file:
        head = file.read(65_536)
    _refuse(head)
    if head.startswith(_OLE):
        return open_workbook(path, "xls")
    if head.startswith(b"PK"):
        return _archive(path)
    if head.startswith(b"SQLite format 3\0"):
        from .layers import open_package

        return open_package(path)
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith(b"{"):
        from .layers import open_geojson

        return open_geojson(path, name)
    if start[:15].lower().startswith((b"<!doctype html", b"<html", b"<table")):
        raise Invalid(_("Tệp là trang web được đặt tên như bảng tính; xin mở bằng Excel, lưu lại thành XLSX rồi gửi."))
    return open_text(path, name, encoding, delimiter)


def _refuse(head: bytes) -> None:
    kind = next((kind for mark, kind in _REFUSED if head.startswith(mark)), "")
    if kind == "exe":
        raise Invalid(_("Tệp là chương trình chạy được, không phải bảng dữ liệu; tệp không được nhận."))
    if kind == "pdf":
        raise Invalid(_("Tệp là PDF; xin gửi bảng tính gốc (XLSX, ODS, CSV) đã tạo ra tệp PDF này."))
    if kind == "image":
        raise Invalid(_("Tệp là hình ảnh; xin gửi bảng tính gốc (XLSX, ODS, CSV)."))
    if kind == "archive":
        raise Invalid(_("Tệp là tệp nén; xin giải nén rồi gửi từng bảng tính."))
    if kind == "word":
        raise Invalid(_("Tệp là văn bản; xin chép bảng sang Excel rồi gửi."))


def _archive(path: Path) -> Source:
    """A workbook by the parts of its archive."""
    try:
        with zipfile.ZipFile(path) as parts:
            names = {name.lower() for name in parts.namelist()[:20_000]}
            kind = parts.read("mimetype")[:100] if "mimetype" in names else b""
            locked = any(info.flag_bits & 1 for info in parts.infolist())
    except (*HARMED, KeyError, RuntimeError, NotImplementedError):
        raise broken() from None
    if locked:
        raise encrypted()
    if "xl/workbook.xml" in names:
        return open_workbook(path, "xlsx")
    if b"opendocument.spreadsheet" in kind:
        return open_workbook(path, "ods")
    if "xl/workbook.bin" in names:
        raise Invalid(_("Tệp là XLSB; xin mở bằng Excel, lưu lại thành XLSX rồi gửi."))
    if any(name.startswith(("word/", "ppt/")) for name in names):
        raise Invalid(_("Tệp là văn bản hoặc trình chiếu; xin chép bảng sang Excel rồi gửi."))
    raise Invalid(_("Tệp là tệp nén; xin giải nén rồi gửi từng bảng tính."))
