"""Numbers by which the state knows persons, payers, plots and vehicles."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from stdnum.vn import mst

from ..errors import Invalid
from .base import Column, FieldType, Options, field, whole_cell
from .places import unit_words
from .text import visible

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


class NationalIdOptions(Options):
    """`born` and `sex` name the fields (a date; a choice of male and female) with which the number must agree."""

    born: str | None = None
    sex: str | None = None


def check_national_id(value: Any) -> None:
    """Raise Invalid where a value cannot be a personal identity number."""
    if not isinstance(value, str) or not re.fullmatch(r"[0-9]{12}", value):
        raise Invalid(_("Số định danh cá nhân có 12 chữ số"))
    if not (1 <= int(value[:3]) <= 96 or value[:3] == DEMO_PROVINCE):
        raise Invalid(_("Ba chữ số đầu không phải mã tỉnh nào, xin xem lại"))


@field
class NationalId(FieldType):
    """The 12-digit personal number: 3 of the province, 1 of century and sex, 2 of the year, 6 more; no check digit."""

    name: ClassVar[str] = "national_id"
    Options = NationalIdOptions
    widget: ClassVar[str] = "text"

    def attrs(self, options: NationalIdOptions) -> dict[str, Any]:
        return {"inputmode": "numeric", "maxlength": 15, "autocomplete": "off"}

    def column(self, options: NationalIdOptions) -> Column:
        return Column("text", ("{column} ~ '^[0-9]{{12}}$'",))

    def json_schema(self, options: NationalIdOptions) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\d{12}$"}

    def read(self, raw: Any, options: NationalIdOptions) -> str | None:
        return re.sub(r"[\s.\-]", "", visible(raw, 60)) or None

    def from_cell(self, cell: Any, options: NationalIdOptions) -> str | None:
        number = whole_cell(cell)
        return super().from_cell(cell if number is None else f"{number:012d}", options)

    def check(self, value: Any, options: NationalIdOptions) -> None:
        check_national_id(value)

    def siblings(self, options: NationalIdOptions) -> tuple[str, ...]:
        return tuple(name for name in (options.born, options.sex) if name)

    def check_among(self, value: Any, values: Mapping[str, Any], options: NationalIdOptions) -> None:
        sex, year = national_id_facts(value)
        born = values.get(options.born or "")
        if isinstance(born, date) and born.year != year:
            raise Invalid(_("Số này là của người sinh năm %(year)d, không khớp ngày sinh đã ghi") % {"year": year})
        if values.get(options.sex or "") not in (None, sex):
            raise Invalid(_("Số này không khớp giới tính đã ghi"))


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
        digits = re.sub(r"[\s.\-]", "", visible(raw, 60))
        return f"{digits[:10]}-{digits[10:]}" if len(digits) == 13 else digits or None

    def from_cell(self, cell: Any, options: Options) -> str | None:
        number = whole_cell(cell)
        if number is not None:
            cell = f"{number:010d}" if number < 10**10 else f"{number:012d}"
        return super().from_cell(cell, options)

    def check(self, value: Any, options: Options) -> None:
        if isinstance(value, str) and re.fullmatch(r"[0-9]{12}", value):
            check_national_id(value)
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
            raw = "-".join(visible(raw.get(part), 20).strip() for part in ("commune", "sheet", "plot")).strip("-")
        text = visible(raw, 60).strip()
        if not text:
            return None
        found = _PLOT.fullmatch(text) if text.isascii() and len(text) < 40 else None
        if not found or int(found[2]) < 1 or int(found[3]) < 1:
            raise Invalid(_("Thửa đất ghi: mã xã - số tờ - số thửa, ví dụ 12583-12-345"))
        return Plot(found[1], int(found[2]), int(found[3]))

    def check(self, value: Any, options: Options) -> None:
        if not isinstance(value, Plot):
            raise Invalid(_("Thửa đất ghi: mã xã - số tờ - số thửa, ví dụ 12583-12-345"))

    def to_raw(self, value: Any) -> str:
        return str(value) if value else ""

    def to_json(self, value: Any) -> Any:
        return str(value) if value else None

    def from_json(self, data: Any) -> Any:
        return self.read(data, self.Options())

    def to_sql(self, value: Any) -> Any:
        return self.to_json(value)

    def from_sql(self, value: Any) -> Any:
        return self.from_json(value)

    def display(self, value: Any, options: Options) -> str:
        if not value:
            return ""
        return _("Thửa %(plot)d, tờ bản đồ %(sheet)d, %(commune)s") % {
            "plot": value.plot,
            "sheet": value.sheet,
            "commune": unit_words(value.commune),
        }

    def to_cell(self, value: Any, options: Options) -> Any:
        return str(value) if value else ""


# The provinces' numbers on plates, and the letters of series (Circular 79/2024/TT-BCA; I, J, O, Q, R, W are not used
# alone). Those of special purpose have two letters: LD joint venture, MK and MĐ machines and electric motorcycles…
_PLATE_PROVINCES = frozenset(range(11, 100)) - {13, 42, 44, 45, 46, 87, 91, 96}
_LETTERS = "A-HKLMNPSTUVXYZ"
_SPECIAL = "CD|DA|HC|KT|LD|MK|MĐ|NG|NN|QT|RM|TĐ"
_SERIES = f"(?:(?:{_SPECIAL})[1-9]?|[{_LETTERS}](?:[1-9]|[{_LETTERS}])?)"
_PLATE = re.compile(rf"([1-9][0-9])-?({_SERIES})[ -]([0-9]{{3}}\.?[0-9]{{2}}|[0-9]{{4}})")
# Without a mark between series and number, five digits are the number: 17B112345 is B1 and 12345, 17B12345 is B.
_RUN_TOGETHER = tuple(re.compile(rf"([1-9][0-9])({_SERIES})([0-9]{{{n}}})") for n in (5, 4))


@field
class VehiclePlate(FieldType):
    """A civil plate, stored as "17A-12345" or "17B1-12345", read as people write it: 17A-123.45, 17-B1 123.45."""

    name: ClassVar[str] = "vehicle_plate"
    widget: ClassVar[str] = "text"

    def attrs(self, options: Options) -> dict[str, Any]:
        return {"maxlength": 14, "autocomplete": "off"}

    def column(self, options: Options) -> Column:
        return Column("text", ("{column} ~ '^[1-9][0-9][A-ZĐ][A-ZĐ0-9]{{0,2}}-[0-9]{{4,5}}$'",))

    def json_schema(self, options: Options) -> dict[str, Any]:
        return {"type": "string", "pattern": "^[1-9][0-9][A-ZĐ][A-ZĐ0-9]{0,2}-[0-9]{4,5}$"}

    def read(self, raw: Any, options: Options) -> str | None:
        text = re.sub(r"\s+", " ", visible(raw, 60)).strip().upper()
        if not text:
            return None
        found = _PLATE.fullmatch(text)
        if not found:
            joined = re.sub(r"[\s.\-]", "", text)
            found = next(filter(None, (form.fullmatch(joined) for form in _RUN_TOGETHER)), None)
        if not found or int(found[1]) not in _PLATE_PROVINCES:
            raise Invalid(_("Biển số có dạng 17A-123.45"))
        return f"{found[1]}{found[2]}-{found[3].replace('.', '')}"

    def check(self, value: Any, options: Options) -> None:
        if not isinstance(value, str) or "." in value or self.read(value, options) != value:
            raise Invalid(_("Biển số có dạng 17A-123.45"))

    def display(self, value: Any, options: Options) -> str:
        if not value:
            return ""
        series, _dash, digits = value.partition("-")
        return f"{series}-{digits[:3]}.{digits[3:]}" if len(digits) == 5 else value
