"""What is asked for, read by the type of the field: from an address, a view or a caller to SQL's parameter."""

import re
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid
from tinhso.kernel.fields.base import field_type
from tinhso.kernel.fields.dates import HANOI, read_day
from tinhso.kernel.text import fold

from ..shape import Field
from .operators import SYSTEM

_RELATIVE = re.compile(r"today(?:([+-])([0-9]{1,5}))?")
_YES, _NO = {"1", "true", "yes", "co"}, {"0", "false", "no", "khong"}


def readable(value: Any) -> None:
    """PostgreSQL's text has no NUL."""
    if isinstance(value, list | tuple):
        for one in value:
            readable(one)
    elif "\0" in str(value):
        raise Invalid(_("Nội dung có ký tự không hiển thị được, xin gõ lại"))


def truth(value: Any) -> bool:
    """Yes or no. Raises Invalid for anything else."""
    word = fold(str(value))
    if word in _YES | _NO:
        return word in _YES
    raise Invalid(_("Xin chọn Có hoặc Không"))


def items(value: Any) -> list[Any]:
    """The members of a list; an address writes them with commas between."""
    if isinstance(value, str):
        return [part for part in (one.strip() for one in value.split(",")) if part]
    return list(value) if isinstance(value, list | tuple | set | frozenset) else [value]


def ends(value: Any) -> tuple[Any, Any]:
    """The two ends of `between`, None for one left open. Raises Invalid unless there are two."""
    found = value.split(",") if isinstance(value, str) else value
    if not isinstance(found, list | tuple) or len(found) != 2:
        raise Invalid(_("Khoảng cần hai đầu, ví dụ 1,9; đầu để trống là không giới hạn"))
    first, last = (None if end is None or end == "" else end for end in found)
    return first, last


def parameter(field: Field | None, name: str, value: Any) -> Any:
    """One value for SQL, of a field or of a column that every record has. Raises Invalid in words.

    A day is also said as `today`, `today+30`, `today-7`. Of a moment a whole day may be asked: that is a `date`.
    """
    if isinstance(value, str) and not value.strip():
        raise Invalid(_("Xin nhập giá trị để so"))
    if field is None:
        return _system(SYSTEM[name], value)
    kind = field.spec.type
    if kind == "date":
        return _day(value)
    if kind == "datetime":
        return _moment(value)
    if kind == "boolean":
        return field.kind.read(value, field.options)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        read = field.kind.read(value, field.options)
        if read is None:
            raise Invalid(_("Xin nhập giá trị để so"))
        return field.kind.to_sql(read)
    if value is None or isinstance(value, bool | dict):
        raise Invalid(_("Giá trị lọc không đúng kiểu của mục này"))
    return field.kind.to_sql(value)


def box(value: Any) -> Sequence[float]:
    """The four numbers of a frame on the map, or the three of a circle. Raises Invalid."""
    try:
        found = [float(part) for part in items(value)]
    except (TypeError, ValueError):
        found = []
    lon, lat = found[0::2], found[1::2]
    if len(found) == 3:
        lon, lat, metres = found[:1], found[1:2], found[2]
        fine = 0 <= metres <= 1_000_000
    else:
        fine = len(found) == 4 and found[0] <= found[2] and found[1] <= found[3]
    if not fine or not all(-180 <= x <= 180 for x in lon) or not all(-90 <= y <= 90 for y in lat):
        raise Invalid(
            _("Vùng trên bản đồ ghi: tây,nam,đông,bắc theo độ; hoặc kinh độ,vĩ độ,số mét (nhiều nhất 1.000.000)")
        )
    return found


def span(day: date) -> tuple[datetime, datetime]:
    """The first moment of a day in Viet Nam, and that of the next."""
    first = datetime(day.year, day.month, day.day, tzinfo=HANOI).astimezone(UTC)
    return first, first + timedelta(days=1)


def moves(value: Any) -> bool:
    """Whether what is asked for follows the day: `today+30`, or a list with such a day in it."""
    return any(isinstance(one, str) and _RELATIVE.fullmatch(re.sub(r"\s", "", one)) for one in items(value))


def _relative(value: Any) -> date | None:
    found = _RELATIVE.fullmatch(re.sub(r"\s", "", value)) if isinstance(value, str) else None
    if not found:
        return None
    days = int(found[2] or 0)
    return timezone.localdate() + timedelta(days=-days if found[1] == "-" else days)


def _day(value: Any) -> date:
    if (relative := _relative(value)) is not None:
        return relative
    if isinstance(value, int | float):
        raise Invalid(_("Xin nhập ngày dạng ngày/tháng/năm, ví dụ 27/3/2025"))
    found = read_day(value)
    if found is None:
        raise Invalid(_("Xin nhập giá trị để so"))
    return found


def _moment(value: Any) -> date | datetime:
    """A moment, or the day of which the moment has to be."""
    if isinstance(value, date):  # a datetime is one too
        return field_type("datetime").read(value, None) if isinstance(value, datetime) else value
    if isinstance(value, str) and not re.search(r"[:hT]", value):
        return _within_years(_day(value))
    return field_type("datetime").read(value if isinstance(value, str) else str(value), None)


def _within_years(day: date) -> date:
    if not 1 < day.year < 9999:
        raise Invalid(_("Năm phải trong khoảng 1800 đến 2199"))
    return day


def _system(sort: type, value: Any) -> Any:
    if sort is bool:
        return truth(value)
    if sort is date:
        return _day(value)
    if sort is datetime:
        return _moment(value)
    if sort is str:
        return str(value)
    try:
        return value if isinstance(value, UUID) else UUID(str(value))
    except ValueError:
        raise Invalid(_("Mã định danh có dạng 8-4-4-4-12 chữ số")) from None
