"""Numbers by which the state knows persons, payers, plots and vehicles (docs: DOMAIN of identifiers)."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from stdnum.vn import mst

from ..errors import Invalid
from .base import Column, FieldType, Options, field, text_of

# Codes 001–096 name provinces on real identity cards; 0990…0999 would be the province "099", which there is not.
DEMO_PROVINCE = "099"


def demo_national_id(number: int, born: date, sex: str) -> str:
    """The number-th identity number of demonstration people (0–999,999): of a province that does not exist.

    Its other digits are as on real cards: century and sex, year of birth, six digits.
    """
    century = 2 * (born.year // 100 - 19) + (sex == "female")
    return f"{DEMO_PROVINCE}{century}{born.year % 100:02d}{number % 1_000_000:06d}"


def national_id_facts(value: str) -> tuple[str, int]:
    """(sex, year of birth) that a 12-digit number states (Circular 59/2021/TT-BCA art. 4)."""
    century = int(value[3])
    return ("female" if century % 2 else "male", 1900 + 100 * (century // 2) + int(value[4:6]))


@field
class NationalId(FieldType):
    """The 12-digit personal number: 3 of the province, 1 of century and sex, 2 of the year, 6 more; no check digit."""

    name: ClassVar[str] = "national_id"
    widget: ClassVar[str] = "text"

    def attrs(self, options: Options) -> dict[str, Any]:
        return {"inputmode": "numeric", "maxlength": 15, "autocomplete": "off"}

    def column(self, options: Options) -> Column:
        return Column("text", ("{column} ~ '^[0-9]{{12}}$'",))

    def json_schema(self, options: Options) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\d{12}$"}

    def read(self, raw: Any, options: Options) -> str | None:
        return re.sub(r"[\s.\-]", "", text_of(raw)) or None

    def from_cell(self, cell: Any, options: Options) -> str | None:
        if isinstance(cell, float | int) and not isinstance(cell, bool):
            return f"{int(cell):012d}"  # a spreadsheet takes the leading 0 away
        return self.read(cell, options)

    def check(self, value: Any, options: Options) -> None:
        if not isinstance(value, str) or not re.fullmatch(r"[0-9]{12}", value):
            raise Invalid(_("Số định danh cá nhân có 12 chữ số"))
        if not (1 <= int(value[:3]) <= 96 or value[:3] == DEMO_PROVINCE):
            raise Invalid(_("Ba chữ số đầu không phải mã tỉnh nào, xin xem lại"))


@field
class TaxCode(FieldType):
    """10 digits with a check digit, 13 with a branch ("0100233488-001"), or since 2025-07-01 a person's 12-digit
    number (Law on Tax Administration 38/2019/QH14 art. 35)."""

    name: ClassVar[str] = "tax_code"
    widget: ClassVar[str] = "text"

    def attrs(self, options: Options) -> dict[str, Any]:
        return {"maxlength": 20, "autocomplete": "off"}

    def column(self, options: Options) -> Column:
        return Column("text", ("{column} ~ '^[0-9]{{10}}(-?[0-9]{{3}})?$' OR {column} ~ '^[0-9]{{12}}$'",))

    def json_schema(self, options: Options) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^(\d{10}(-\d{3})?|\d{12})$"}

    def read(self, raw: Any, options: Options) -> str | None:
        digits = re.sub(r"[\s.\-]", "", text_of(raw))
        return f"{digits[:10]}-{digits[10:]}" if len(digits) == 13 else digits or None

    def check(self, value: Any, options: Options) -> None:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{12}", value):
            return
        if not isinstance(value, str) or not value.isascii() or not re.fullmatch(r"[0-9]{10}(-[0-9]{3})?", value):
            raise Invalid(_("Mã số thuế có 10 chữ số, 13 chữ số với chi nhánh, hoặc là số định danh 12 chữ số"))
        if not mst.is_valid(value):
            raise Invalid(_("Mã số thuế sai chữ số kiểm tra, xin xem lại"))


@dataclass(frozen=True, slots=True)
class Plot:
    """A land plot by commune, map sheet and plot number. Its key is "12583-12-345"."""

    commune: str
    sheet: int
    plot: int

    def __str__(self) -> str:
        return f"{self.commune}-{self.sheet}-{self.plot}"


_PLOT = re.compile(r"([0-9]{5})[-/;,\s]+([0-9]{1,4})[-/;,\s]+([0-9]{1,6})")


@field
class LandPlot(FieldType):
    name: ClassVar[str] = "land_plot"
    widget: ClassVar[str] = "text"

    def column(self, options: Options) -> Column:
        return Column("text", ("{column} ~ '^[0-9]{{5}}-[0-9]+-[0-9]+$'",))

    def json_schema(self, options: Options) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\d{5}-\d+-\d+$"}

    def read(self, raw: Any, options: Options) -> Plot | None:
        if isinstance(raw, Mapping):
            raw = "-".join(text_of(raw.get(part)).strip() for part in ("commune", "sheet", "plot")).strip("-")
        text = text_of(raw).strip()
        if not text:
            return None
        found = _PLOT.fullmatch(text) if text.isascii() and len(text) < 40 else None
        if not found or int(found[2]) < 1 or int(found[3]) < 1:
            raise Invalid(_("Thửa đất ghi: mã xã - số tờ - số thửa, ví dụ 12583-12-345"))
        return Plot(found[1], int(found[2]), int(found[3]))

    def check(self, value: Any, options: Options) -> None:
        if not isinstance(value, Plot):
            raise Invalid(_("Thửa đất ghi: mã xã - số tờ - số thửa, ví dụ 12583-12-345"))

    def to_json(self, value: Any) -> Any:
        return str(value) if value else None

    def from_json(self, data: Any) -> Any:
        return self.read(data, self.Options())

    to_sql = to_json
    from_sql = from_json

    def display(self, value: Any, options: Options) -> str:
        if not value:
            return ""
        return _("Thửa %(plot)s, tờ bản đồ %(sheet)s, mã xã %(commune)s") % {
            "plot": value.plot,
            "sheet": value.sheet,
            "commune": value.commune,
        }

    def to_cell(self, value: Any, options: Options) -> Any:
        return str(value) if value else ""


# Province digits, series (one letter and perhaps a digit or letter), then 4 or 5 digits: 17A-123.45, 17-B1 123.45.
_PLATE = re.compile(r"([1-9][0-9])([A-Z][A-Z0-9]?)([0-9]{4,5})")


@field
class VehiclePlate(FieldType):
    """A civil plate, stored as "17A-12345" or "17B1-12345" (Circular 79/2024/TT-BCA)."""

    name: ClassVar[str] = "vehicle_plate"
    widget: ClassVar[str] = "text"

    def attrs(self, options: Options) -> dict[str, Any]:
        return {"maxlength": 14, "autocomplete": "off"}

    def column(self, options: Options) -> Column:
        return Column("text", ("{column} ~ '^[1-9][0-9][A-Z][A-Z0-9]?-[0-9]{{4,5}}$'",))

    def json_schema(self, options: Options) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^[1-9]\d[A-Z][A-Z0-9]?-\d{4,5}$"}

    def read(self, raw: Any, options: Options) -> str | None:
        text = re.sub(r"[\s.\-]", "", text_of(raw)).upper().replace("Đ", "D")
        if not text:
            return None
        # "17B112345" may be series B and 112345 or B1 and 12345: the longer series wins where five digits are left.
        found = re.fullmatch(r"([1-9][0-9])([A-Z][A-Z0-9])([0-9]{4,5})", text) or _PLATE.fullmatch(text)
        if not found or not text.isascii():
            raise Invalid(_("Biển số có dạng 17A-123.45"))
        return f"{found[1]}{found[2]}-{found[3]}"

    def check(self, value: Any, options: Options) -> None:
        if not isinstance(value, str) or not re.fullmatch(r"[1-9][0-9][A-Z][A-Z0-9]?-[0-9]{4,5}", value):
            raise Invalid(_("Biển số có dạng 17A-123.45"))

    def display(self, value: Any, options: Options) -> str:
        if not value:
            return ""
        series, digits = value.split("-")
        return f"{series}-{digits[:3]}.{digits[3:]}" if len(digits) == 5 else value
