"""The encodings from before Unicode, as text in which each byte became a letter of Windows-1252.

Such text comes from CSV files of old programs, and stands in workbooks of any age: a sheet typed in a font of the ABC
or VNI kind keeps "Hµ Néi" or "Haø Noäi", and only the font shows Hà Nội. Text that is already Unicode is not touched.

Sources: TCVN3 (the ABC fonts, .VnTime) is the set VN3 of TCVN 5712:1993, bytes A1–FE; its letters are those that
`iconv -f TCVN5712-1` gives. VNI is the character map of VNI-Windows fonts (Vietnam-International, 1989): a base letter,
then a letter that only carries the marks.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Literal

from .syllables import is_syllable

Legacy = Literal["tcvn3", "vni"]
NAMES: dict[Legacy, str] = {"tcvn3": "TCVN3 (ABC)", "vni": "VNI"}

_TCVN3_LETTERS = {
    0xA1: "ĂÂÊÔƠƯĐăâêôơưđ",
    0xB5: "àảãáạ",
    0xBB: "ằẳẵắ",
    0xC6: "ặầẩẫấậè",
    0xCE: "ẻẽéẹềểễếệìỉ",
    0xDC: "ĩíịò",
    0xE1: "ỏõóọồổỗốộờởỡớợù",
    0xF1: "ủũúụừửữứựỳỷỹýỵ",
}
TCVN3 = {chr(first + n): letter for first, letters in _TCVN3_LETTERS.items() for n, letter in enumerate(letters)}

_MARKS = {"ù": "\u0301", "ø": "\u0300", "û": "\u0309", "õ": "\u0303", "ï": "\u0323"}
_ROOF = {"â": "", "á": "\u0301", "à": "\u0300", "å": "\u0309", "ã": "\u0303", "ä": "\u0323"}
_BOWL = {"ê": "", "é": "\u0301", "è": "\u0300", "ú": "\u0309", "ü": "\u0303", "ë": "\u0323"}
_ALONE = {"ô": "ơ", "ö": "ư", "í": "í", "ì": "ì", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ", "ñ": "đ"}


def _vni() -> dict[str, str]:
    """Each VNI sequence and its letter; capitals have capital marks, and often small ones where typists were quick."""
    small: dict[str, str] = dict(_ALONE)
    for letter in "aeouy":
        small |= {letter + mark: letter + tone for mark, tone in _MARKS.items()}
    for vni, letter in (("ô", "ơ"), ("ö", "ư")):
        small |= {vni + mark: letter + tone for mark, tone in _MARKS.items()}
    for letter in "aeo":
        small |= {letter + mark: f"{letter}\u0302{tone}" for mark, tone in _ROOF.items()}
    small |= {f"a{mark}": f"a\u0306{tone}" for mark, tone in _BOWL.items()}
    small = {sequence: unicodedata.normalize("NFC", letter) for sequence, letter in small.items()}
    mixed = {sequence[0].upper() + sequence[1:]: letter.upper() for sequence, letter in small.items()}
    large = {sequence.upper(): letter.upper() for sequence, letter in small.items()}
    return small | mixed | large


VNI = _vni()
_VNI_SEQUENCE = re.compile("|".join(sorted(map(re.escape, VNI), key=len, reverse=True)))
_TCVN3_MAP = str.maketrans(TCVN3)
_WORD = re.compile(r"[^\W\d_]+")

_VIETNAMESE = frozenset(
    unicodedata.normalize("NFC", base + tone)
    for base in "aăâeêioôơuưyđ"
    for tone in ("", "\u0300", "\u0301", "\u0303", "\u0309", "\u0323")
) - {"đ\u0300", "đ\u0301", "đ\u0303", "đ\u0309", "đ\u0323"}
LETTERS = frozenset(c for letter in _VIETNAMESE for c in (letter, letter.upper()))
"""Every Vietnamese letter that is not only ASCII, and the plain vowels."""
_UNICODE = re.compile(f"[{''.join(sorted(c for c in LETTERS if ord(c) > 0xFF))}\u0300-\u036f]")
SUSPECT = re.compile(f"[{''.join(map(re.escape, sorted(set(TCVN3) | {c for s in VNI for c in s if c > '~'})))}]")
"""Letters of which legacy text is made; many of them are in Unicode's own Vietnamese too."""


_PLAINLY_STRANGE = "".join(sorted((set(TCVN3) | {c for s in VNI for c in s if c > "~"}) - LETTERS))
_PAIRS = ("[aA][àáâãèéêùúÀÁÂÃÈÉÊÙÚ]", "[eE][àáâãùõÀÁÂÃÙÕ]", "[oO][âùõÂÙÕ]", "[uUôÔ][ùõÙÕ]")
STRANGE = re.compile(  # one set of letters first, for which a text is searched fast; then what stands before
    f"[{re.escape(_PLAINLY_STRANGE)}àáâãèéêùúõÀÁÂÃÈÉÊÙÚÕ]"
    f"(?:(?<=[{re.escape(_PLAINLY_STRANGE)}])|{'|'.join(f'(?<={pair})' for pair in _PAIRS)})"
)
"""What hardly stands in Unicode Vietnamese, and in nearly every legacy text: for a quick look at many rows."""


def _capitals(text: str) -> str:
    """TCVN3 has no toned capitals (another font shows them): a word otherwise in capitals is meant in capitals."""

    def meant(found: re.Match[str]) -> str:
        word = found[0]
        plain = [c for c in word if c.isascii() or c.isupper()]
        return word.upper() if len(plain) > 1 and all(c.isupper() for c in plain) else word

    return _WORD.sub(meant, text)


def to_unicode(text: str, legacy: Legacy) -> str:
    """The text as it was meant, in NFC."""
    if legacy == "tcvn3":
        found = text.translate(_TCVN3_MAP)
        return found if found == text else _capitals(found)
    return _VNI_SEQUENCE.sub(lambda found: VNI[found[0]], text)


_TOKEN = re.compile(r"[^\s!-/:-@\[-`{-~0-9“”‘’–—…]+")


@lru_cache(maxsize=50_000)
def _fits(token: str) -> tuple[bool, bool, bool]:
    """Whether a token is a Vietnamese syllable as it stands, read as TCVN3, read as VNI."""
    return (
        is_syllable(unicodedata.normalize("NFC", token)),
        is_syllable(to_unicode(token, "tcvn3")),
        is_syllable(to_unicode(token, "vni")),
    )


def weigh(text: str) -> tuple[int, int, int, int]:
    """(tokens beyond ASCII, and how many of them are syllables as they stand, as TCVN3, as VNI). Zeros where the text
    has a letter that only Unicode has: it is not legacy."""
    if text.isascii() or _UNICODE.search(text):
        return 0, 0, 0, 0
    tokens = [t for t in _TOKEN.findall(text) if not t.isascii() and (len(t) > 1 or t.isalpha())]  # no × or °
    fits = [_fits(token) for token in tokens]
    return len(tokens), sum(f[0] for f in fits), sum(f[1] for f in fits), sum(f[2] for f in fits)


def verdict(text: str) -> Legacy | Literal["plain", ""]:
    """What a text is by itself: "plain" (to be kept), a legacy encoding, or "" where it could be either."""
    if text.isascii() or _UNICODE.search(text):
        return "plain"
    tokens, plain, tcvn3, vni = weigh(text)
    best = max(tcvn3, vni)
    if not tokens or best <= plain:
        # As good as it stands: decided only where no reading is as good.
        return "" if tokens and best == plain > 0 else "plain"
    if 2 * best <= tokens:  # most of it would still be no Vietnamese
        return "plain"
    if tcvn3 == vni:
        return ""
    return "tcvn3" if tcvn3 > vni else "vni"
