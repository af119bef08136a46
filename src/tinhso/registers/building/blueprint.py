"""What an officer decides about a register, column by column, and the definition (registers/<name>.yaml) it makes."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tinhso.kernel.text import fold

from ..definitions import RESERVED

TYPES = {
    "text": gettext_lazy("Chữ"),
    "integer": gettext_lazy("Số nguyên"),
    "decimal": gettext_lazy("Số có phần thập phân"),
    "money": gettext_lazy("Tiền (đồng)"),
    "date": gettext_lazy("Ngày"),
    "datetime": gettext_lazy("Ngày và giờ"),
    "boolean": gettext_lazy("Có hoặc không"),
    "choice": gettext_lazy("Chọn trong danh sách"),
    "unit": gettext_lazy("Xã, phường"),
    "phone": gettext_lazy("Số điện thoại"),
    "email": gettext_lazy("Thư điện tử"),
    "national_id": gettext_lazy("Số định danh cá nhân"),
    "tax_code": gettext_lazy("Mã số thuế"),
    "vehicle_plate": gettext_lazy("Biển số xe"),
    "geometry": gettext_lazy("Vị trí trên bản đồ"),
}
"""The field types that a column of a spreadsheet may become, in the words of the page."""
CLASSES = {
    "open": gettext_lazy("Mở: ai cũng được xem"),
    "internal": gettext_lazy("Nội bộ: trong cơ quan nhà nước"),
    "personal": gettext_lazy("Dữ liệu cá nhân: người có việc mới được xem"),
    "sensitive": gettext_lazy("Nhạy cảm: mã hóa, chỉ người giữ sổ"),
}
SEARCHED = {"text": "fulltext"}
COMPARED = frozenset({"integer", "decimal", "money", "date", "datetime", "choice", "boolean", "unit", "phone", "email",
                      "national_id", "tax_code", "vehicle_plate"})  # fmt: skip
LISTED = 6
MOST_CHOICES = 50


@dataclass(frozen=True, slots=True)
class Column:
    """A field to be. `header` is the column of the file ("" for a field without one); `take` False leaves it out;
    `of_place` names the geometry field whose latitude ("lat") or longitude ("lon") this column is, as "location.lat".
    """

    name: str
    label_vi: str
    label_en: str
    type: str = "text"
    header: str = ""
    options: dict[str, Any] = field(default_factory=dict)
    required: bool = False
    class_: str = "internal"
    take: bool = True
    key: bool = False
    listed: bool = False
    searched: bool = False
    of_place: str = ""

    @property
    def is_field(self) -> bool:
        return self.take and not self.of_place


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A register to be: its short name, its words, the field that says the place of a record and the one drawn."""

    key: str = ""
    name_vi: str = ""
    name_en: str = ""
    columns: tuple[Column, ...] = ()

    @classmethod
    def load(cls, data: Mapping[str, Any]) -> "Blueprint":
        columns = tuple(Column(**column) for column in data.get("columns", ()))
        return cls(**{k: v for k, v in data.items() if k != "columns"}, columns=columns)

    def dump(self) -> dict[str, Any]:
        return asdict(self) | {"columns": [asdict(column) for column in self.columns]}

    @property
    def fields(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.is_field)

    def first(self, type: str) -> str:
        """The name of the first field of a type, "" where there is none."""
        return next((column.name for column in self.fields if column.type == type), "")

    def mapping(self) -> dict[str, str]:
        """Field to header, as an import takes it."""
        return {c.of_place or c.name: c.header for c in self.columns if c.take and c.header}

    def definition(self, *, role: str, level: str) -> dict[str, Any]:
        """registers/<key>.yaml as a mapping; what is not decided is left out."""
        fields = self.fields
        key = [c.name for c in fields if c.key]
        found: dict[str, Any] = {
            "register": self.key,
            "name": {"vi": self.name_vi, "en": self.name_en or self.name_vi},
            "owner": {"role": role, "level": level},
            "fields": [_field(column) for column in fields],
        }
        searches = {c.name: SEARCHED.get(c.type, "exact") for c in fields if c.searched and c.class_ != "sensitive"}
        searches |= {c.name: "exact" for c in fields if c.key and c.class_ != "sensitive"}
        shown = [c.name for c in fields if c.listed and c.class_ != "sensitive"]
        line = next((c for c in fields if c.type == "text" and not c.key and c.class_ in {"open", "internal"}), None)
        more = {
            "key": key,
            "unit": self.first("unit"),
            "map": self.first("geometry"),
            "search": searches,
            "list": shown,
            "display": " – ".join(f"{{{name}}}" for name in [*key, *([line.name] if line else [])]),
        }
        return found | {name: value for name, value in more.items() if value}


def _field(column: Column) -> dict[str, Any]:
    found: dict[str, Any] = {
        "name": column.name,
        "type": column.type,
        "label": {"vi": column.label_vi, "en": column.label_en or column.label_vi},
    } | column.options
    if not (column.required or column.key):
        found["optional"] = True
    if column.class_ != "internal":
        found["class"] = column.class_
    return found


def faults(plan: Blueprint) -> dict[str, list[str]]:
    """What has to be decided before the register can be made, by control of the page."""
    found: dict[str, list[str]] = {}
    if not plan.name_vi.strip():
        found["name_vi"] = [_("Xin đặt tên cho sổ")]
    if not plan.fields:
        found["name_vi"] = [*found.get("name_vi", []), _("Sổ cần ít nhất một mục")]
    for number, column in enumerate(plan.columns):
        if column.take and not column.label_vi.strip():
            found[f"c{number}.label_vi"] = [_("Xin đặt tên cho mục này")]
        if column.is_field and column.type == "choice" and not ({"of", "choices"} & column.options.keys()):
            found[f"c{number}.type"] = [_("Cột có quá nhiều giá trị khác nhau để làm danh sách; xin chọn kiểu khác")]
        if column.is_field and column.key and column.class_ == "sensitive":
            found[f"c{number}.class"] = [_("Mục nhạy cảm được mã hóa, không nhận diện được bản ghi")]
    return found


def slug(text: str, taken: Sequence[str] = (), *, joint: str = "_", longest: int = 40) -> str:
    """A name for definitions from words of people: small ASCII letters, digits and `joint`; another than those taken
    and than those that every record has."""
    base = re.sub(r"[^a-z0-9]+", joint, fold(text)).strip(joint)[:longest].strip(joint) or "muc"
    if not base[0].isalpha():
        base = f"m{joint}{base}"
    name, number = base, 2
    while name in taken or name in RESERVED:
        name, number = f"{base}{joint}{number}", number + 1
    return name


def from_guesses(
    title: str,
    guesses: Sequence[Any],
    *,
    place: tuple[str, str] | None,
    keys: Sequence[str],
    units: frozenset[str],
) -> Blueprint:
    """The blueprint that a file proposes. `guesses` are files.guess.Guess; `place` the headers of latitude and
    longitude; `keys` the headers that together name a row; `units` those whose words are communes."""
    columns: list[Column] = []
    listed = 0
    for guess in guesses:
        is_key = guess.header in keys
        is_unit = guess.header in units
        column = Column(
            name=guess.name,
            label_vi=guess.label,
            label_en=guess.label,
            type="unit" if is_unit else guess.type,
            header=guess.header,
            options={} if is_unit else dict(guess.options),
            required=not guess.optional,
            class_=guess.class_,
            take=bool(guess.filled) and not guess.ordinal,
            key=is_key,
            searched=is_unit or guess.type in {"text", "date"},
        )
        if place and guess.header in place:
            column = replace(column, of_place=f"location.{'lat' if guess.header == place[0] else 'lon'}")
        elif guess.type != "geometry" and column.take and listed < LISTED:
            column, listed = replace(column, listed=True), listed + 1
        columns.append(column)
    if place:
        columns.append(
            Column(
                name="location",
                label_vi=_("Vị trí"),
                label_en="Place",
                type="geometry",
                options={"shape": "point"},
            )
        )
    return Blueprint(slug(title, joint="-"), title, title, tuple(columns))
