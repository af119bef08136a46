"""Whole numbers, decimals, money."""

import re
from decimal import Decimal, InvalidOperation
from typing import Any, ClassVar

from django.utils.translation import get_language
from django.utils.translation import gettext as _
from pydantic import Field

from ..errors import Invalid
from .base import Column, FieldType, Options, field, text_of

_GROUPED_VI = re.compile(r"[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?")
# One comma alone is Vietnamese's decimal point: 1,234 is a bit more than one.
_GROUPED_EN = re.compile(r"[+-]?[1-9]\d{0,2}((,\d{3})+\.\d+|(,\d{3}){2,})")
_GROUPED_WHOLE = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")
_PLAIN = re.compile(r"[+-]?\d+([.,]\d+)?")
MOST = 10**15


def read_number(raw: Any, *, whole: bool = False) -> Decimal | None:
    """Read "1.234.567,8", "1,234,567.8", "1234567.8" or a number. None for empty; Invalid where it is none of these.

    "1.234" is one thousand two hundred and thirty-four and "1,234" has decimals, as Vietnamese writes them; where
    only a `whole` number can be meant, "1,234" is the thousand too.
    """
    if isinstance(raw, bool):
        raise Invalid(_("Xin nhập một số"))
    if isinstance(raw, int | float | Decimal):
        text = format(Decimal(str(raw)), "f") if _finite(raw) else "nan"
        grouped = False
    else:
        text = text_of(raw)
        text = re.sub(r"\s", "", text).replace("−", "-") if len(text) < 100 else text
        grouped = True
    if not text:
        return None
    if len(text) > 40 or not text.isascii():
        raise Invalid(_("Xin nhập một số"))
    if grouped and _GROUPED_VI.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif grouped and (_GROUPED_EN.fullmatch(text) or (whole and _GROUPED_WHOLE.fullmatch(text))):
        text = text.replace(",", "")
    elif _PLAIN.fullmatch(text):
        text = text.replace(",", ".")
    else:
        raise Invalid(_("Xin nhập một số"))
    try:
        return Decimal(text)
    except InvalidOperation:
        raise Invalid(_("Xin nhập một số")) from None


def _finite(raw: int | float | Decimal) -> bool:
    return -(10**40) < raw < 10**40  # also False for nan


def format_number(value: Decimal | int, places: int | None = None) -> str:
    """1.234.567,8 in Vietnamese, 1,234,567.8 in English."""
    text = (
        f"{value:,.{places}f}" if places is not None else f"{value:,f}" if isinstance(value, Decimal) else f"{value:,}"
    )
    if (get_language() or "vi").startswith("en"):
        return text
    return text.translate(str.maketrans(",.", ".,"))


class _Number(FieldType):
    widget: ClassVar[str] = "number"

    def from_json(self, data: Any) -> Any:
        return int(data) if isinstance(data, float) and data.is_integer() else data

    def to_cell(self, value: Any, options: Any) -> Any:
        return value

    def _bounds(self, value: Any, least: Any, most: Any) -> None:
        if least is not None and value < least:
            raise Invalid(_("Nhỏ nhất là %(min)s") % {"min": format_number(least)})
        if most is not None and value > most:
            raise Invalid(_("Lớn nhất là %(max)s") % {"max": format_number(most)})


def _checks(least: Any, most: Any) -> tuple[str, ...]:
    return tuple(f"{{column}} {sign} {bound}" for sign, bound in ((">=", least), ("<=", most)) if bound is not None)


class IntegerOptions(Options):
    """`grouped: false` writes a year as 1990, not 1.990."""

    grouped: bool = True
    min: int | None = Field(default=None, ge=-MOST, le=MOST)
    max: int | None = Field(default=None, ge=-MOST, le=MOST)


@field
class Integer(_Number):
    name: ClassVar[str] = "integer"
    Options = IntegerOptions

    def column(self, options: IntegerOptions) -> Column:
        return Column("bigint", _checks(options.min, options.max))

    def json_schema(self, options: IntegerOptions) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "integer"}
        if options.min is not None:
            schema["minimum"] = options.min
        if options.max is not None:
            schema["maximum"] = options.max
        return schema

    def read(self, raw: Any, options: IntegerOptions) -> int | None:
        number = read_number(raw, whole=True)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise Invalid(_("Xin nhập số nguyên"))
        return int(number)

    def check(self, value: Any, options: IntegerOptions) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Invalid(_("Xin nhập số nguyên"))
        self._bounds(value, -MOST if options.min is None else options.min, MOST if options.max is None else options.max)

    def display(self, value: Any, options: IntegerOptions) -> str:
        return "" if value is None else format_number(value) if options.grouped else str(value)


class DecimalOptions(Options):
    places: int = Field(default=2, ge=0, le=9)
    min: Decimal | None = None
    max: Decimal | None = None


@field
class DecimalField(_Number):
    name: ClassVar[str] = "decimal"
    Options = DecimalOptions

    def column(self, options: DecimalOptions) -> Column:
        return Column(f"numeric({16 + options.places},{options.places})", _checks(options.min, options.max))

    def json_schema(self, options: DecimalOptions) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}

    def read(self, raw: Any, options: DecimalOptions) -> Decimal | None:
        return read_number(raw)

    def check(self, value: Any, options: DecimalOptions) -> None:
        if not isinstance(value, Decimal) or not value.is_finite():
            raise Invalid(_("Xin nhập một số"))
        exponent = value.as_tuple().exponent
        digits = "".join(map(str, value.as_tuple().digits)).rstrip("0")
        zeros = len(value.as_tuple().digits) - len(digits)
        if isinstance(exponent, int) and digits and -exponent - zeros > options.places:
            raise Invalid(_("Nhiều nhất %(places)d chữ số sau dấu phẩy") % {"places": options.places})
        self._bounds(
            value,
            Decimal(-MOST) if options.min is None else options.min,
            Decimal(MOST) if options.max is None else options.max,
        )

    def display(self, value: Any, options: DecimalOptions) -> str:
        return "" if value is None else format_number(value)

    def to_raw(self, value: Any) -> str:
        return "" if value is None else f"{value:f}".replace(".", ",")

    def to_json(self, value: Any) -> Any:
        return None if value is None else f"{value:f}"

    def from_json(self, data: Any) -> Any:
        if data is None:
            return None
        if not isinstance(data, str | int | float) or isinstance(data, bool):
            raise Invalid(_("Xin nhập một số"))
        try:
            return Decimal(str(data))
        except InvalidOperation:
            raise Invalid(_("Xin nhập một số")) from None

    def to_cell(self, value: Any, options: DecimalOptions) -> Any:
        return None if value is None else float(value)


class MoneyOptions(Options):
    min: int = 0
    max: int = MOST


@field
class Money(_Number):
    """Whole đồng."""

    name: ClassVar[str] = "money"
    Options = MoneyOptions

    def column(self, options: MoneyOptions) -> Column:
        return Column("bigint", _checks(options.min, options.max))

    def json_schema(self, options: MoneyOptions) -> dict[str, Any]:
        return {"type": "integer", "minimum": options.min, "maximum": options.max}

    def read(self, raw: Any, options: MoneyOptions) -> int | None:
        if isinstance(raw, str) and len(raw) <= 100:
            raw = re.sub(r"(?i)\s*(đồng|vnđ|vnd|đ|₫)\s*$", "", text_of(raw))
        number = read_number(raw, whole=True)
        if number is None:
            return None
        if number != number.to_integral_value():
            raise Invalid(_("Số tiền tính tròn đồng, không có phần lẻ"))
        return int(number)

    def check(self, value: Any, options: MoneyOptions) -> None:
        if not isinstance(value, int) or isinstance(value, bool):
            raise Invalid(_("Xin nhập số tiền, ví dụ 1.500.000"))
        self._bounds(value, options.min, options.max)

    def display(self, value: Any, options: MoneyOptions) -> str:
        return "" if value is None else f"{format_number(value)} đ"
