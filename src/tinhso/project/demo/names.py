"""Names put together at random from common parts. Shares of surnames are rough: only the look of a list matters."""

from random import Random

SURNAMES = {
    "Nguyễn": 32, "Trần": 12, "Phạm": 10, "Vũ": 8, "Đỗ": 6, "Lê": 6, "Bùi": 5, "Hoàng": 4, "Đặng": 3, "Phan": 3,
    "Đinh": 2, "Hà": 2, "Lương": 2, "Tô": 1, "Khúc": 1, "Quách": 1, "Mai": 1, "Ngô": 1,
}  # fmt: skip
MIDDLE = {
    "male": ["Văn", "Đức", "Xuân", "Quang", "Minh", "Hữu", "Công", "Đình", "Thành", "Ngọc", "Gia", "Bảo"],
    "female": ["Thị", "Thị Thu", "Thị Hồng", "Ngọc", "Thanh", "Thị Minh", "Thùy", "Khánh", "Phương", "Bảo"],
}
GIVEN = {
    "male": [
        "An", "Anh", "Bình", "Chiến", "Cường", "Dũng", "Duy", "Đạt", "Giang", "Hải", "Hiếu", "Hòa", "Hùng", "Huy",
        "Khánh", "Khoa", "Kiên", "Lâm", "Long", "Mạnh", "Nam", "Nghĩa", "Phong", "Phúc", "Quân", "Sơn", "Tài", "Thái",
        "Thắng", "Thịnh", "Tiến", "Toàn", "Trung", "Tuấn", "Tùng", "Việt", "Vinh",
    ],
    "female": [
        "An", "Anh", "Chi", "Diệp", "Dung", "Duyên", "Giang", "Hà", "Hạnh", "Hiền", "Hoa", "Hương", "Huyền", "Lan",
        "Liên", "Linh", "Loan", "Ly", "Mai", "My", "Nga", "Ngân", "Nhung", "Oanh", "Phương", "Quỳnh", "Tâm", "Thảo",
        "Thủy", "Trang", "Tuyết", "Uyên", "Vân", "Yến",
    ],
}  # fmt: skip
HAMLETS = [
    "thôn Đông", "thôn Đoài", "thôn Trung", "thôn Nam", "thôn Bắc", "thôn Thượng", "thôn Hạ", "thôn Tiền", "thôn Hậu",
    "thôn 1", "thôn 2", "thôn 3", "xóm Mới", "xóm Chùa", "xóm Đình",
]  # fmt: skip
STREETS = ["tổ 1", "tổ 2", "tổ 5", "tổ 8", "tổ 12", "tổ 15", "tổ 21"]

_SURNAMES, _WEIGHTS = list(SURNAMES), list(SURNAMES.values())


def surname(rng: Random) -> str:
    return rng.choices(_SURNAMES, _WEIGHTS)[0]


def full_name(rng: Random, sex: str, family: str) -> str:
    return f"{family} {rng.choice(MIDDLE[sex])} {rng.choice(GIVEN[sex])}"
