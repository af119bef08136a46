"""In which encoding a text file was written, and the file as text in NFC, by chunks of whole lines."""

import codecs
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid

from . import limits
from .legacy import NAMES, SUSPECT, Legacy, to_unicode, weigh
from .syllables import is_syllable

CHUNK = 256 * 1024


@dataclass(frozen=True, slots=True)
class Encoding:
    """`name` is what people read, `codec` Python's; `legacy` what the letters still have to be turned from."""

    name: str
    codec: str
    legacy: Legacy | None = None


KNOWN = {
    e.name.casefold(): e
    for e in (
        Encoding("UTF-8", "utf-8-sig"),
        Encoding("UTF-16 LE", "utf-16-le"),
        Encoding("UTF-16 BE", "utf-16-be"),
        Encoding("Windows-1258", "cp1258"),
        Encoding("Windows-1252", "cp1252"),
        Encoding(NAMES["tcvn3"], "cp1252", "tcvn3"),
        Encoding(NAMES["vni"], "cp1252", "vni"),
    )
}
_OTHER_NAMES = {"utf8": "utf-8", "utf-16": "utf-16 le", "cp1258": "windows-1258", "cp1252": "windows-1252"}


def named(name: str) -> Encoding:
    """The encoding that an officer chose. Raises Invalid."""
    key = name.strip().casefold()
    found = KNOWN.get(_OTHER_NAMES.get(key, key)) or next(
        (e for e in KNOWN.values() if e.legacy and e.legacy == key), None
    )
    if found is None:
        names = ", ".join(e.name for e in KNOWN.values())
        raise Invalid(_("Không biết bảng mã “%(name)s”; có thể chọn: %(names)s.") % {"name": name[:40], "names": names})
    return found


def _samples(path: Path) -> list[bytes]:
    size = path.stat().st_size
    with path.open("rb") as file:
        places = sorted({0, max(0, size // 2), max(0, size - limits.SAMPLE_BYTES)})
        found = []
        for place in places if size > 3 * limits.SAMPLE_BYTES else [0]:
            file.seek(place)
            found.append(file.read(limits.SAMPLE_BYTES if size > 3 * limits.SAMPLE_BYTES else size))
    return found


def detect(path: Path) -> Encoding:
    """The likeliest encoding, by its marks and by how much of the text is then Vietnamese. Raises Invalid for NUL
    bytes in what is no UTF-16."""
    samples = _samples(path)
    head = samples[0]
    if head.startswith(codecs.BOM_UTF8):
        return KNOWN["utf-8"]
    if head.startswith(codecs.BOM_UTF16_LE):
        return KNOWN["utf-16 le"]
    if head.startswith(codecs.BOM_UTF16_BE):
        return KNOWN["utf-16 be"]
    if b"\0" in head[:65_536]:
        return _utf16(head)
    whole = [_whole_lines(sample, first=n == 0, last=n == len(samples) - 1) for n, sample in enumerate(samples)]
    if all(map(_is_utf8, whole)):
        return KNOWN["utf-8"]
    return _single_byte(b"\n".join(whole))


def _utf16(head: bytes) -> Encoding:
    """UTF-16 without its mark has every other byte 0 where the letters are plain."""
    even, odd = head[:4_096:2].count(0), head[1:4_096:2].count(0)
    name = "utf-16 le" if odd > even else "utf-16 be"
    try:
        text = head[: len(head) // 2 * 2][:65_536].decode(KNOWN[name].codec, errors="ignore")
    except UnicodeError:
        text = "\0"
    if "\0" in text or max(even, odd) < 200 * min(len(head), 4_096) // 1_000:
        raise Invalid(
            _("Tệp có ký tự rỗng (NUL), không phải tệp văn bản; xin lưu lại thành CSV hoặc XLSX rồi gửi lại.")
        )
    return KNOWN[name]


def _whole_lines(sample: bytes, *, first: bool, last: bool) -> bytes:
    start = 0 if first else sample.find(b"\n") + 1
    stop = len(sample) if last else sample.rfind(b"\n") + 1 or len(sample)
    return sample[start:stop]


def _is_utf8(sample: bytes) -> bool:
    try:
        sample.decode("utf-8")
    except UnicodeDecodeError as error:
        return error.reason == "unexpected end of data"
    return True


def _single_byte(sample: bytes) -> Encoding:
    """Of the encodings of one byte a letter, that in which most words beyond ASCII are Vietnamese."""
    lines = [line for line in sample.splitlines() if not line.isascii()][:3_000]
    text = b"\n".join(lines)
    latin = text.decode("cp1252", errors="replace")
    tokens, plain, tcvn3, vni = weigh(latin)
    composed = unicodedata.normalize("NFC", text.decode("cp1258", errors="replace"))
    words = [w for w in _words(composed) if not w.isascii()]
    windows = sum(map(is_syllable, words)) * max(1, tokens) / max(1, len(words))
    best = max(tcvn3, vni, windows, plain)
    if not best or windows == best:
        return KNOWN["windows-1258"]
    if tcvn3 == best:
        return KNOWN[NAMES["tcvn3"].casefold()]
    return KNOWN[NAMES["vni"].casefold()] if vni == best else KNOWN["windows-1252"]


def _words(text: str) -> list[str]:
    return "".join(c if c.isalpha() else " " for c in text).split()


def chunks(path: Path, encoding: Encoding, name: str = "") -> Iterator[str]:
    """The text by whole lines of some hundred kilobytes, in NFC, line ends as they were.

    Raises Invalid, naming the line, for bytes that the encoding does not have, and for NUL.
    """
    line = 1
    with path.open("r", encoding=encoding.codec, newline="") as file:
        first = True
        while True:
            try:
                text = file.read(CHUNK)
                if text and text[-1] != "\n":
                    text += file.readline(limits.LONGEST_RECORD)
            except UnicodeDecodeError:
                raise Invalid(
                    _("Từ khoảng dòng %(line)d, tệp không còn theo bảng mã %(name)s; xin lưu lại cả tệp theo UTF-8.")
                    % {"line": line, "name": encoding.name}
                ) from None
            if not text:
                return
            if "\0" in text:
                at = line + text[: text.index("\0")].count("\n")
                raise Invalid(_("Dòng %(line)d có ký tự rỗng (NUL); tệp có thể bị hỏng.") % {"line": at})
            line += text.count("\n")
            if first:
                text, first = text.removeprefix("\ufeff"), False
            if encoding.legacy and SUSPECT.search(text):
                text = to_unicode(text, encoding.legacy)
            if not text.isascii() and not unicodedata.is_normalized("NFC", text):
                text = unicodedata.normalize("NFC", text)
            yield text
