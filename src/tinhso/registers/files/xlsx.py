"""Sheets of an .xlsx as rows, straight from its XML (ECMA-376 part 1, SpreadsheetML): in flat memory, with errors kept.

calamine, which reads the older kinds, allocates every cell that a sheet spans (two cells far apart end the process) and
gives an error such as #REF! as an empty cell.
"""

import mmap
import re
import tempfile
import zipfile
import zlib
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any
from xml.parsers import expat

from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid

from . import limits
from .layout import Line, Merge

_CHUNK = 256 * 1024
_REF = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
_DATE_FORMATS = frozenset([*range(14, 18), 22, *range(27, 37), *range(50, 59)])
_PLAIN = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.|\*.')
_MERGED = re.compile(rb'mergeCell [^>]*?ref="([A-Z]+)(\d+):([A-Z]+)(\d+)"')
_ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")


HARMED = (zipfile.BadZipFile, zlib.error, EOFError, OSError)
"""What reading an archive raises whose bytes are not what they say."""


class Broken(Exception):
    """The workbook's XML is not what it should be."""


@dataclass(frozen=True, slots=True)
class Sheet:
    name: str
    part: str
    hidden: bool


@lru_cache(maxsize=2_000)
def _place(letters: str) -> int:
    return _column(letters)


def _column(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number - 1


class _Parser:
    """Feeds a part of the workbook to expat. No document type, so no entities; bounded."""

    def __init__(self) -> None:
        self.expat = expat.ParserCreate()
        self.expat.buffer_text = True
        self.expat.StartElementHandler = self._root
        self.expat.StartDoctypeDeclHandler = self._refuse

    def _root(self, name: str, attrs: dict[str, str]) -> None:
        """Names have no prefix as Excel writes them; where they have one it is taken off, more slowly."""
        if ":" in name:
            self.expat.StartElementHandler = lambda name, attrs: self.start(name.rpartition(":")[2], attrs)
            self.expat.EndElementHandler = lambda name: self.end(name.rpartition(":")[2])
        else:
            self.expat.StartElementHandler, self.expat.EndElementHandler = self.start, self.end
        self.expat.StartElementHandler(name, attrs)

    def start(self, name: str, attrs: dict[str, str]) -> None: ...
    def end(self, name: str) -> None: ...

    @staticmethod
    def _refuse(*_args: Any) -> None:
        raise Broken

    def feed(self, file: Any) -> Iterator[None]:
        read = 0
        try:
            while data := file.read(_CHUNK):
                read += len(data)
                if read > limits.LARGEST_PART:
                    raise Invalid(_("Trang tính lớn quá mức nhận; xin chia nhỏ hoặc lưu thành CSV."))
                self.expat.Parse(data, False)
                yield
            self.expat.Parse(b"", True)
        except (expat.ExpatError, *HARMED, ValueError) as error:
            raise Broken from error
        yield

    def all(self, file: Any) -> None:
        for _step in self.feed(file):
            pass


class _Collected(_Parser):
    """Elements of one name and their attributes, in order; small parts only."""

    def __init__(self, *wanted: str) -> None:
        super().__init__()
        self.wanted, self.found = wanted, []
        self.within: list[str] = []

    def start(self, name: str, attrs: dict[str, str]) -> None:
        if name in self.wanted:
            plain = {key.rpartition(":")[2]: value for key, value in attrs.items()}
            self.found.append((name, self.within[-1] if self.within else "", plain))
        self.within.append(name)

    def end(self, name: str) -> None:
        self.within.pop()


class _Strings(_Parser):
    """The shared strings: a list, or beyond a bound a temporary file and the places in it."""

    def __init__(self) -> None:
        super().__init__()
        self.expat.CharacterDataHandler = self._text
        self._few: list[str] = []
        self._parts: list[str] = []
        self._in_text = self._phonetic = False
        self._file: Any = None
        self._places = array("Q", [0])
        self._map: mmap.mmap | None = None

    def start(self, name: str, attrs: dict[str, str]) -> None:
        if name == "t":
            self._in_text = not self._phonetic
        elif name == "rPh":
            self._phonetic = True
        elif name == "si":
            self._parts = []

    def end(self, name: str) -> None:
        if name == "t":
            self._in_text = False
        elif name == "rPh":
            self._phonetic = False
        elif name == "si":
            self._keep("".join(self._parts))

    def _text(self, data: str) -> None:
        if self._in_text:
            self._parts.append(data)

    def _keep(self, text: str) -> None:
        if self._file is None and len(self._few) < limits.STRINGS_IN_MEMORY:
            self._few.append(text)
            return
        if self._file is None:
            self._file = tempfile.TemporaryFile()  # noqa: SIM115  lives as long as the strings
        data = text.encode("utf-8", "replace")
        self._file.write(data)
        self._places.append(self._places[-1] + len(data))

    def done(self) -> None:
        if self._file is not None and self._places[-1]:
            self._file.flush()
            self._map = mmap.mmap(self._file.fileno(), 0, access=mmap.ACCESS_READ)

    def __getitem__(self, number: int) -> str:
        if 0 <= number < len(self._few):
            return self._few[number]
        place = number - len(self._few)
        if place < 0 or place + 1 >= len(self._places):
            raise Broken
        if self._map is None:
            return ""
        return self._map[self._places[place] : self._places[place + 1]].decode("utf-8")


class _Rows(_Parser):
    """Rows of a sheet, gathered while it is fed. A formula is the value that the spreadsheet kept of it; where it kept
    none (what a program wrote and nobody opened) the formula itself, so that it is not taken for an empty cell."""

    def __init__(self, book: "Workbook") -> None:
        super().__init__()
        self._strings, self._dates, self._epoch = book.strings, book.dates, book.epoch
        self.ready: list[Line] = []
        self._number = 0
        self._cells: list[Any] = []
        self._kind = self._style = ""
        self._place = 0
        self._value: list[str] = []
        self._formula: list[str] | None = None
        self._takes = self._inline = self._formulates = False
        self.expat.CharacterDataHandler = self._text

    def start(self, name: str, attrs: dict[str, str]) -> None:
        if name == "c":
            self._kind, self._style, self._value = attrs.get("t", "n"), attrs.get("s", ""), []
            self._formula = None
            letters = attrs.get("r", "").rstrip("0123456789")
            self._place = (_place(letters) if letters else self._place + 1) if len(letters) < 4 else limits.MOST_COLUMNS
        elif name == "v":
            self._takes = True
        elif name == "f":
            self._formula, self._formulates = [], True
        elif name == "row":
            given = attrs.get("r", "")
            self._number = int(given) if given.isdigit() else self._number + 1
            self._cells, self._place = [], -1
        elif name == "is":
            self._inline = True
        elif name == "t" and self._inline:
            self._takes = True

    def end(self, name: str) -> None:
        if name == "c":
            if (self._value or self._formula is not None) and self._place < limits.MOST_COLUMNS:
                value = self._read("".join(self._value)) if self._value else f"={''.join(self._formula or ())}"
                if value is not None:
                    short = self._place - len(self._cells)
                    if short < 0:
                        self._cells[self._place] = value
                    else:
                        if short:
                            self._cells.extend([None] * short)
                        self._cells.append(value)
        elif name in {"v", "t"}:
            self._takes = False
        elif name == "f":
            self._formulates = False
        elif name == "is":
            self._inline = False
        elif name == "row" and self._cells:
            self.ready.append(Line(self._number, self._cells))

    def _text(self, data: str) -> None:
        if self._takes:
            self._value.append(data)
        elif self._formulates and self._formula is not None:
            self._formula.append(data)

    def _read(self, text: str) -> Any:  # noqa: PLR0911  one a kind
        kind = self._kind
        if kind == "s":
            text = self._strings[int(text)] if text.isdigit() else ""
            return None if not text or text.isspace() else text
        if kind in {"str", "inlineStr"}:
            text = _ESCAPED.sub(lambda m: chr(int(m[1], 16)), text) if "_x" in text else text
            return None if not text or text.isspace() else text
        if kind == "e":
            return text
        if kind == "b":
            return text == "1"
        if kind == "d":
            return text
        try:
            number = float(text)
        except ValueError:
            return text or None
        if self._style in self._dates:
            return self._day(number)
        return int(number) if number.is_integer() and abs(number) < 10**15 else number

    def _day(self, number: float) -> Any:
        """A serial number under a date format (ECMA-376 §18.17.4); what is no day stays a number."""
        if not 1 <= number < 110_000:
            return number
        moment = self._epoch + timedelta(seconds=round(number * 86_400))
        return moment.date() if number.is_integer() else moment


class Workbook:
    """An opened .xlsx. Raises Invalid in words for what is none, is encrypted or unpacks to more than the limits."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with zipfile.ZipFile(path) as parts:
                self._check(parts)
                self.sheets = self._sheets(parts)
        except (*HARMED, Broken, KeyError, ValueError, NotImplementedError):
            raise broken() from None

    @staticmethod
    def _check(parts: zipfile.ZipFile) -> None:
        """The sizes that the archive states; those of each part are counted again while it is read."""
        infos = parts.infolist()
        if len(infos) > 20_000 or sum(info.file_size for info in infos) > limits.LARGEST_UNPACKED:
            raise Invalid(_("Tệp khi giải nén lớn quá mức nhận; xin chia nhỏ hoặc lưu thành CSV."))
        if any(info.flag_bits & 1 for info in infos):
            raise encrypted()

    def _sheets(self, parts: zipfile.ZipFile) -> list[Sheet]:
        relations = _Collected("Relationship")
        names = {name.lower(): name for name in parts.namelist()}
        book = names["xl/workbook.xml"]
        with parts.open(book) as file:
            listed = _Collected("sheet", "workbookPr")
            listed.all(file)
        with parts.open(names["xl/_rels/workbook.xml.rels"]) as file:
            relations.all(file)
        targets = {a.get("Id"): a for _name, _within, a in relations.found}
        self.epoch = datetime(1899, 12, 30)  # noqa: DTZ001  a sheet's days have no zone
        found = []
        for name, _within, attrs in listed.found:
            if name == "workbookPr" and attrs.get("date1904") in {"1", "true"}:
                self.epoch = datetime(1904, 1, 1)  # noqa: DTZ001
            relation = targets.get(attrs.get("id"), {}) if name == "sheet" else {}
            if not relation.get("Type", "").endswith("/worksheet"):
                continue
            target = relation.get("Target", "")
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if part.lower() in names:
                found.append(
                    Sheet(attrs.get("name", ""), names[part.lower()], attrs.get("state", "visible") != "visible")
                )
        return found[: limits.MOST_SHEETS]

    @cached_property
    def strings(self) -> _Strings:
        found = _Strings()
        with zipfile.ZipFile(self.path) as parts:
            part = next((n for n in parts.namelist() if n.lower() == "xl/sharedstrings.xml"), None)
            if part:
                with parts.open(part) as file:
                    found.all(file)
        found.done()
        return found

    @cached_property
    def dates(self) -> frozenset[str]:
        """The styles, by number, under which a number is a day."""
        with zipfile.ZipFile(self.path) as parts:
            part = next((n for n in parts.namelist() if n.lower() == "xl/styles.xml"), None)
            if part is None:
                return frozenset()
            found = _Collected("numFmt", "xf")
            with parts.open(part) as file:
                found.all(file)
        own = {
            int(a["numFmtId"]) for name, _w, a in found.found if name == "numFmt" and _is_date(a.get("formatCode", ""))
        }
        formats = [
            int(a.get("numFmtId", "0")) for name, within, a in found.found if name == "xf" and within == "cellXfs"
        ]
        return frozenset(str(n) for n, fmt in enumerate(formats) if fmt in _DATE_FORMATS or fmt in own)

    def rows(self, sheet: Sheet) -> Iterator[Line]:
        """The rows of a sheet that have something, streamed."""
        try:
            parser = _Rows(self)
            with zipfile.ZipFile(self.path) as parts, parts.open(sheet.part) as file:
                for _step in parser.feed(file):
                    ready, parser.ready = parser.ready, []
                    yield from ready
        except (Broken, *HARMED, KeyError):
            raise broken() from None

    def last_row(self, sheet: Sheet) -> int | None:
        """The last row that the sheet says it has, None where it does not say."""
        try:
            with zipfile.ZipFile(self.path) as parts, parts.open(sheet.part) as file:
                found = re.search(rb'<(?:\w+:)?dimension [^>]*ref="[A-Z]+\d+:[A-Z]+(\d+)"', file.read(4_096))
        except HARMED:
            raise broken() from None
        return int(found[1]) if found else None

    def merges(self, sheet: Sheet) -> Sequence[Merge]:
        """The merged ranges, which stand behind the rows: found without parsing those."""
        found: list[Merge] = []
        rest = b""
        try:
            with zipfile.ZipFile(self.path) as parts, parts.open(sheet.part) as file:
                read = 0
                while (data := file.read(4 * _CHUNK)) and len(found) < 100_000 and read < limits.LARGEST_PART:
                    read += len(data)
                    whole = rest + data
                    for first, top, last, bottom in _MERGED.findall(whole):
                        found.append((int(top), _column(first.decode()), int(bottom), _column(last.decode())))
                    rest = whole[max(whole.rfind(b"<"), len(whole) - 1_000) :]
        except HARMED:
            raise broken() from None
        return found


def _is_date(code: str) -> bool:
    """Whether a number format shows a day: y or d outside quotes, brackets and escapes (or m beside them)."""
    plain = _PLAIN.sub("", code).lower().split(";")[0]
    return "general" not in plain and any(c in plain for c in "yd")


def broken() -> Invalid:
    return Invalid(
        _("Không mở được bảng tính này: tệp hỏng hoặc không phải bảng tính. Xin mở bằng Excel, lưu lại rồi gửi.")
    )


def encrypted() -> Invalid:
    return Invalid(_("Bảng tính đang có mật khẩu; xin bỏ mật khẩu, lưu lại rồi gửi."))
