"""Sums of money in Vietnamese words, as receipts carry them."""

_DIGITS = ("không", "một", "hai", "ba", "bốn", "năm", "sáu", "bảy", "tám", "chín")
_GROUPS = ("", "nghìn", "triệu")


def in_words(vnd: int) -> str:
    """ "Tám nghìn đồng", "Một triệu hai trăm linh năm nghìn đồng": for 0 to 999,999,999,999,999 VND."""
    if not 0 <= vnd < 10**15:
        raise ValueError(f"{vnd} is beyond words")
    text = _read(vnd) if vnd else _DIGITS[0]
    return text[0].upper() + text[1:] + " đồng"


def _read(number: int) -> str:
    """Milliards (tỷ) of groups of three: after the first group hundreds are always said."""
    high, low = divmod(number, 10**9)
    parts = [f"{_read(high)} tỷ"] if high else []
    first = not high
    for power in (2, 1, 0):
        group = low // 1000**power % 1000
        if group:
            parts.append(f"{_group(group, whole=not first)} {_GROUPS[power]}".strip())
            first = False
    return " ".join(parts)


def _group(number: int, *, whole: bool) -> str:
    hundreds, rest = divmod(number, 100)
    tens, ones = divmod(rest, 10)
    parts = [f"{_DIGITS[hundreds]} trăm"] if hundreds or whole else []
    if tens == 0 and ones and parts:
        parts.append(f"linh {_DIGITS[ones]}")
    elif tens == 0 and ones:
        parts.append(_DIGITS[ones])
    elif tens == 1:
        parts.append("mười" + _ones(ones, after=1))
    elif tens > 1:
        parts.append(f"{_DIGITS[tens]} mươi" + _ones(ones, after=tens))
    return " ".join(parts)


def _ones(ones: int, *, after: int) -> str:
    if not ones:
        return ""
    if ones == 1 and after > 1:
        return " mốt"
    return " lăm" if ones == 5 else f" {_DIGITS[ones]}"
