"""Names for fields out of headers, and what a header says of its column."""

import re
from collections.abc import Container

from tinhso.kernel.text import fold

from ..definitions import RESERVED

_LONGEST = 50

HINTS: tuple[tuple[str, str], ...] = (
    ("national_id", r"\b(cccd|cmnd|cmt|cmtnd|can cuoc|so dinh danh|ddcn|citizen id|national id|personal id)\b"),
    ("phone", r"\b(dien thoai|sdt|so dt|dt|dtdd|di dong|phone|mobile|tel|hotline|zalo)\b"),
    ("email", r"\b(e-?mail|thu dien tu|hop thu)\b"),
    ("tax_code", r"\b(mst|ma so thue|tax code)\b"),
    ("vehicle_plate", r"\b(bien so|bien kiem soat|bks|bien dang ky)\b"),
    ("date", r"\b(ngay|date|han (nop|dung)|thoi (diem|han))\b"),
    ("money", r"\b(so tien|tien|thanh tien|don gia|gia|kinh phi|von|luong|doanh thu|chi phi|dong|vnd|tri gia)\b"),
    ("geometry", r"\b(toa do|vi tri|gps|geometry|lat ?[,/;] ?lo?ng?|vi do ?[,/;] ?kinh do)\b"),
)
"""A type, and the folded words of a header that speak for it; the first that fits its cells is taken."""

_CODE = re.compile(r"\b(ma|so hieu|ky hieu|so quyet dinh|so giay|so serial|so seri|so thua|so to|code|id|stt|tt)\b")
_PERSON = re.compile(
    r"\b(ho (va )?ten|ho,? (ten|chu dem)|chu (ho|so huu|vuon|trang trai|the|rung|co so|ao)|nguoi|ho ten|nhan khau|"
    r"ten (hoc sinh|benh nhan|chu|bo|me|cha|con|vo|chong|can bo)|benh nhan|hoc sinh|giam doc|full name)\b"
)
_BIRTH = re.compile(r"\b(ngay sinh|nam sinh|sinh ngay|birth|dob)\b")
_ADDRESS = re.compile(r"\b(dia chi|noi o|noi cu tru|thuong tru|tam tru|que quan|noi sinh|so nha|address)\b")
_HEALTH = re.compile(
    r"\b(benh|chan doan|hiv|suc khoe|khuyet tat|nhom mau|tiem chung|di ung|mang thai|thai ky|xet nghiem|ma tuy|icd|"
    r"tam than)\b"
)
_ORDINAL = re.compile(r"(stt|tt|so tt|so thu tu|thu tu|no\.?)")
LATITUDE = re.compile(r"\b(vi do|lat|latitude)\b")
LONGITUDE = re.compile(r"\b(kinh do|lon|lng|long|longitude)\b")


def field_name(header: str, taken: Container[str]) -> str:
    """A header as a field's name: "Họ và tên" is ho_va_ten; never one that every record has, never one taken."""
    name = re.sub(r"[^a-z0-9]+", "_", fold(header)).strip("_")
    if not name or not name[0].isalpha():
        name = f"c_{name}".strip("_")
    name = name[:_LONGEST].strip("_")
    base, count = name, 1
    while name in taken or name in RESERVED:
        count += 1
        end = f"_{count}"
        name = base[: _LONGEST - len(end)] + end
    return name


def hints(header: str) -> list[str]:
    """The types for which a header speaks, the likeliest first."""
    words = _plain(header)
    return [kind for kind, pattern in HINTS if re.search(pattern, words)]


def is_code(header: str) -> bool:
    """Whether a header names a code: digits that are no quantity."""
    return bool(_CODE.search(_plain(header)))


def is_ordinal(header: str) -> bool:
    return bool(_ORDINAL.fullmatch(fold(header)))


def is_person(header: str) -> bool:
    return bool(_PERSON.search(_plain(header)))


def is_health(header: str) -> bool:
    return bool(_HEALTH.search(_plain(header)))


def is_birth(header: str) -> bool:
    return bool(_BIRTH.search(_plain(header)))


def is_address(header: str) -> bool:
    return bool(_ADDRESS.search(_plain(header)))


def _plain(header: str) -> str:
    return re.sub(r"[^a-z0-9,/;-]+", " ", fold(header))
