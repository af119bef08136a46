"""How many cells the sheets of an .xls or .ods span, before calamine allocates them all."""

import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid

from . import limits
from .xlsx import broken, encrypted

_ROW = re.compile(rb"<table:(table-row|table-cell|covered-table-cell|table)\b([^>]*?)(/?)>|</table:(table-row|table)>")
_REPEATED = re.compile(rb'table:number-(?:rows|columns)-repeated="(\d+)"')
_CELL_RECORDS = frozenset({0x0006, 0x00BD, 0x00BE, 0x00D6, 0x00FD, 0x0201, 0x0203, 0x0204, 0x0205, 0x027E, 0x0001})
_BOF, _FILEPASS = 0x0809, 0x002F


def check(path: Path, kind: str) -> None:
    """Raise Invalid where the sheets span more cells than the limit, or the file is no workbook of its kind."""
    try:
        cells = _ods(path) if kind == "ods" else _xls(path)
    except (zipfile.BadZipFile, KeyError, struct.error, OSError, ValueError, IndexError, RuntimeError):
        raise broken() from None
    if cells > limits.MOST_OLD_CELLS:
        raise Invalid(_("Bảng tính trải trên quá nhiều ô; xin xoá các ô thừa ở xa, hoặc lưu lại thành XLSX hay CSV."))


def _ods(path: Path) -> int:
    """The cells between the first and the last that hold something, of all sheets (OpenDocument 1.3 part 3, 9.1)."""
    with zipfile.ZipFile(path) as parts:
        infos = parts.infolist()
        if sum(info.file_size for info in infos) > limits.LARGEST_UNPACKED:
            raise Invalid(_("Tệp khi giải nén lớn quá mức nhận; xin chia nhỏ hoặc lưu thành CSV."))
        if b"encryption-data" in parts.open("META-INF/manifest.xml").read(2**20):
            raise encrypted()
        with parts.open("content.xml") as file:
            text = file.read(limits.LARGEST_OLD_WORKBOOK * 8)
    total = row = last_row = last_column = 0
    repeated, column = 1, 0
    for found in _ROW.finditer(text):
        name, attributes, closed, end = found.groups()
        times = int(m[1]) if attributes and (m := _REPEATED.search(attributes)) else 1
        if name == b"table":
            row = last_row = last_column = 0
        elif name == b"table-row":
            repeated, column = times, 0
            row += repeated if closed else 0
        elif name in {b"table-cell", b"covered-table-cell"}:
            column += times
            if b"office:value" in attributes or not closed:
                last_row, last_column = row + repeated, max(last_column, column)
        elif end == b"table-row":
            row += repeated
        elif end == b"table":
            total += last_row * last_column
    return total


def _xls(path: Path) -> int:
    """The cells spanned by the cell records of each sheet's stream ([MS-XLS] 2.1, 2.5)."""
    total = rows = columns = 0
    for kind, body in _records(_stream(path.read_bytes())):
        if kind == _FILEPASS:
            raise encrypted()
        if kind == _BOF:
            total, rows, columns = total + rows * columns, 0, 0
        elif kind in _CELL_RECORDS and len(body) >= 4:
            row, column = struct.unpack_from("<HH", body)
            last = struct.unpack_from("<H", body, len(body) - 2)[0] if kind in {0x00BD, 0x00BE} else column
            rows, columns = max(rows, row + 1), max(columns, column + 1, min(last, 255) + 1)
    return total + rows * columns


def _records(stream: bytes) -> Iterator[tuple[int, bytes]]:
    place = 0
    while place + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, place)
        yield kind, stream[place + 4 : place + 4 + size]
        place += 4 + size


def _stream(data: bytes) -> bytes:
    """The stream "Workbook" (or "Book") of a compound file ([MS-CFB] 2)."""
    sector = 1 << struct.unpack_from("<H", data, 30)[0]
    if sector not in {512, 4_096}:
        raise ValueError

    def at(number: int) -> bytes:
        return data[(number + 1) * sector : (number + 2) * sector]

    fat_sectors = [n for n in struct.unpack_from("<109I", data, 76) if n < 0xFFFFFFFA]
    more, count = struct.unpack_from("<II", data, 68)
    while more < 0xFFFFFFFA and count > 0 and len(fat_sectors) * sector < len(data):
        numbers = struct.unpack(f"<{sector // 4}I", at(more))
        fat_sectors += [n for n in numbers[:-1] if n < 0xFFFFFFFA]
        more, count = numbers[-1], count - 1
    fat: list[int] = []
    for number in fat_sectors:
        fat += struct.unpack(f"<{sector // 4}I", at(number))

    def chain(start: int, table: list[int]) -> Iterator[int]:
        steps = 0
        while start < 0xFFFFFFFA and steps <= len(table):
            yield start
            start, steps = table[start], steps + 1

    directory = b"".join(at(n) for n in chain(struct.unpack_from("<I", data, 48)[0], fat))
    root_start = None
    for place in range(0, len(directory) - 127, 128):
        entry = directory[place : place + 128]
        size = struct.unpack_from("<H", entry, 64)[0]
        name = entry[: max(0, size - 2)].decode("utf-16-le", "replace")
        start, length = struct.unpack_from("<II", entry, 116)
        root_start = start if entry[66] == 5 else root_start
        if name == "EncryptedPackage":
            raise encrypted()
        if name.casefold() in {"workbook", "book"}:
            if length >= struct.unpack_from("<I", data, 56)[0]:
                return b"".join(at(n) for n in chain(start, fat))[:length]
            small = b"".join(at(n) for n in chain(root_start or 0, fat))
            first = struct.unpack_from("<I", data, 60)[0]
            table: list[int] = []
            for number in chain(first, fat):
                table += struct.unpack(f"<{sector // 4}I", at(number))
            return b"".join(small[n * 64 : n * 64 + 64] for n in chain(start, table))[:length]
    raise ValueError
