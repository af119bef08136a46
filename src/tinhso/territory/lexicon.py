"""The words of Vietnamese addresses, as the address reader compares them: folded, with i for y."""

import unicodedata

TIERS = {"province": 1, "city": 2, "district": 2, "ward": 3, "townlet": 3, "commune": 3}
"""Province, district, commune: the three tiers by which ranks are told apart on any map."""


def _table() -> dict[int, str]:
    """Each Latin letter with marks to the bare one, letter for letter, so that places in a text stay the same."""
    table = {ord("đ"): "d", ord("Đ"): "d"}
    for number in (*range(0x41, 0x5B), *range(0xC0, 0x250), *range(0x1E00, 0x1F00)):
        first = unicodedata.normalize("NFD", chr(number))[0]
        if first.isascii():
            table[number] = first.lower()
    return table


_TABLE = _table()


def key(text: str) -> str:
    """Lower case without marks, i for y save in ay ("Vũ Quý" and "Vũ Quí" → "vu qui"); as long as `text` (NFC)."""
    return text.translate(_TABLE).replace("ay", "a\0").replace("y", "i").replace("\0", "y")


def bare(name: str, kind: str) -> str:
    """The name without its rank: "Xã Vũ Quý" → "Vũ Quý"."""
    words = name.split(" ")
    return " ".join(words[2 if kind in {"city", "townlet"} else 1 :])


PAIRS = {"thanh pho": (2, "city"), "thi tran": (3, "townlet"), "thi xa": (2, "city")}
RANKS = {
    key(plain): (set(spellings), rank)
    for plain, spellings, rank in (
        ("tinh", ("tỉnh", "tinh"), (1, "province")),
        ("huyen", ("huyện", "huyen", "huyên", "huỵên", "huyẹn"), (2, "district")),
        ("quan", ("quận", "quan"), (2, "district")),
        ("phuong", ("phường", "phuong", "phừơng", "phuờng"), (3, "ward")),
        ("xa", ("xã", "xa"), (3, "commune")),
    )
}
"""Ranks of one word: the spellings that count (with other marks it belongs to a name: Nguyên Xá, Thái Phương), tier
and kind."""
ABBREVIATIONS = {"tp": (2, "city"), "tx": (2, "city"), "tt": (3, "townlet")}
SINGLES = {
    "t": (1, "province"),
    "h": (2, "district"),
    "q": (2, "district"),
    "p": (3, "ward"),
    "x": (3, "commune"),
}

RANK_WORDS = frozenset({pair.split(" ")[0] for pair in PAIRS} | RANKS.keys() | ABBREVIATIONS.keys() | SINGLES.keys())
"""What a rank begins with."""

HAMLETS = frozenset(
    map(
        key,
        (
            "thôn", "xóm", "ấp", "làng", "bản", "khu", "khu phố", "khối", "khối phố", "tổ", "tổ dân phố", "tdp", "kp",
            "cụm", "đội", "tiểu khu", "khu dân cư", "kdc", "thôn xóm", "cụm dân cư",
        ),
    )
)  # fmt: skip
STREETS = frozenset(
    map(key, ("đường", "phố", "ngõ", "ngách", "hẻm", "kiệt", "số", "số nhà", "sn", "nhà", "quốc lộ", "ql", "tỉnh lộ",
              "đt", "km", "lô", "tầng", "căn hộ", "chung cư", "tòa", "toà nhà", "cụm công nghiệp", "khu công nghiệp",
              "kcn", "ccn"))
)  # fmt: skip
NOISE = frozenset(map(key, ("Việt Nam", "VN", "địa chỉ", "đ/c", "đc", "nơi ở", "nơi thường trú", "thường trú")))

FORMER_DISTRICTS = frozenset(
    map(
        key,
        (
            "Ân Thi", "Khoái Châu", "Kim Động", "Mỹ Hào", "Phù Cừ", "Tiên Lữ", "Văn Giang", "Văn Lâm", "Yên Mỹ",
            "Hưng Yên",
        ),
    )
)  # fmt: skip
"""Districts of old Hưng Yên, which the facts do not have and people still write."""

OTHER_PROVINCES = frozenset(
    map(
        key,
        (
            "An Giang", "Bà Rịa Vũng Tàu", "Bắc Giang", "Bắc Kạn", "Bạc Liêu", "Bắc Ninh", "Bến Tre", "Bình Dương",
            "Bình Định", "Bình Phước", "Bình Thuận", "Cà Mau", "Cần Thơ", "Cao Bằng", "Đà Nẵng", "Đắk Lắk", "Đắk Nông",
            "Điện Biên", "Đồng Nai", "Đồng Tháp", "Gia Lai", "Hà Giang", "Hà Nam", "Hà Nội", "Hà Tĩnh", "Hải Dương",
            "Hải Phòng", "Hậu Giang", "Hòa Bình", "Hồ Chí Minh", "HCM", "Huế", "Hưng Yên", "Khánh Hòa", "Kiên Giang",
            "Kon Tum", "Lai Châu", "Lâm Đồng", "Lạng Sơn", "Lào Cai", "Long An", "Nam Định", "Nghệ An", "Ninh Bình",
            "Ninh Thuận", "Phú Thọ", "Phú Yên", "Quảng Bình", "Quảng Nam", "Quảng Ngãi", "Quảng Ninh", "Quảng Trị",
            "Sóc Trăng", "Sơn La", "Tây Ninh", "Thái Nguyên", "Thanh Hóa", "Thừa Thiên Huế", "Tiền Giang", "Trà Vinh",
            "Tuyên Quang", "Vĩnh Long", "Vĩnh Phúc", "Yên Bái",
        ),
    )
)  # fmt: skip
"""Provinces up to 2025-06-30 other than Thái Bình, by which an address elsewhere is known."""
