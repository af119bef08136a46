"""Days and moments. A day is read as dd/mm/yyyy; a moment is stored in UTC and shown in Viet Nam's time."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from pydantic import model_validator

from ..errors import Invalid
from .base import Column, FieldType, Options, field, text_of

HANOI = ZoneInfo("Asia/Ho_Chi_Minh")
EXCEL_EPOCH = date(1899, 12, 30)
EARLIEST, LATEST = date(1800, 1, 1), date(2200, 1, 1)
_DMY = re.compile(r"(\d{1,2})[/.\-\s](\d{1,2})[/.\-\s](\d{4})")
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})")
_CLOCK = re.compile(r"(\d{1,2})[:h]([0-5]\d)(?::([0-5]\d))?")


def read_day(raw: Any) -> date | None:
    """Read dd/mm/yyyy (also with - . or spaces), ISO, {day, month, year}, a date, or Excel's number of a day."""
    if isinstance(raw, datetime):
        return raw.date()
    if isinstance(raw, date):
        return raw
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        if not 0 < raw < 110_000:
            raise Invalid(_("Xin nhập ngày dạng ngày/tháng/năm, ví dụ 27/3/2025"))
        return EXCEL_EPOCH + timedelta(days=int(raw))
    text = _joined(raw) if isinstance(raw, Mapping) else text_of(raw).strip()
    if not text:
        return None
    if len(text) <= 40 and text.isascii():
        found = _DMY.fullmatch(text)
        day, month, year = found.groups() if found else ("", "", "")
        if not found and (found := _ISO.fullmatch(text.split("T")[0])):
            year, month, day = found.groups()
        if found:
            try:
                return date(int(year), int(month), int(day))
            except ValueError:
                raise Invalid(_("Không có ngày này trong lịch, xin xem lại")) from None
    raise Invalid(_("Xin nhập ngày dạng ngày/tháng/năm, ví dụ 27/3/2025"))


def _joined(raw: Mapping[str, Any]) -> str:
    """The three inputs of a form as one text; Invalid by part where one is left empty."""
    parts = {part: text_of(raw.get(part)).strip() for part in ("day", "month", "year")}
    words = {"day": _("Thiếu ngày"), "month": _("Thiếu tháng"), "year": _("Thiếu năm")}
    missing = {part: [words[part]] for part, text in parts.items() if not text}
    if 0 < len(missing) < 3:
        raise Invalid(missing)
    return "" if missing else f"{parts['day']}/{parts['month']}/{parts['year']}"


class DateOptions(Options):
    """`past` allows today and earlier, `future` today and later."""

    past: bool = False
    future: bool = False
    min: date | None = None
    max: date | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "DateOptions":
        if self.past and self.future:
            raise ValueError("past and future exclude each other")
        return self


@field
class Date(FieldType):
    name: ClassVar[str] = "date"
    Options = DateOptions
    widget: ClassVar[str] = "date"
    parts: ClassVar[tuple[str, ...]] = ("day", "month", "year")

    def column(self, options: DateOptions) -> Column:
        bounds = ((">=", options.min), ("<=", options.max))
        return Column("date", tuple(f"{{column}} {sign} DATE '{day}'" for sign, day in bounds if day))

    def json_schema(self, options: DateOptions) -> dict[str, Any]:
        return {"type": "string", "format": "date"}

    def read(self, raw: Any, options: DateOptions) -> date | None:
        return read_day(raw)

    def check(self, value: Any, options: DateOptions) -> None:
        if not isinstance(value, date) or isinstance(value, datetime) or not EARLIEST <= value < LATEST:
            raise Invalid(_("Năm phải trong khoảng 1800 đến 2199"))
        today = timezone.localdate()
        if options.past and value > today:
            raise Invalid(_("Ngày này phải là hôm nay hoặc trước đó"))
        if options.future and value < today:
            raise Invalid(_("Ngày này phải là hôm nay hoặc sau đó"))
        if options.min and value < options.min:
            raise Invalid(_("Sớm nhất là %(min)s") % {"min": f"{options.min:%d/%m/%Y}"})
        if options.max and value > options.max:
            raise Invalid(_("Muộn nhất là %(max)s") % {"max": f"{options.max:%d/%m/%Y}"})

    def display(self, value: Any, options: DateOptions) -> str:
        return f"{value.day:02}/{value.month:02}/{value.year}" if value else ""

    def to_raw(self, value: Any) -> Any:
        return {"day": str(value.day), "month": str(value.month), "year": str(value.year)} if value else {}

    def to_json(self, value: Any) -> Any:
        return value.isoformat() if value else None

    def from_json(self, data: Any) -> Any:
        return read_day(data)

    def to_cell(self, value: Any, options: DateOptions) -> Any:
        return value


def _utc(moment: datetime) -> datetime:
    """In UTC; without a zone it is Viet Nam's time."""
    try:
        return (moment if moment.tzinfo else moment.replace(tzinfo=HANOI)).astimezone(UTC)
    except OverflowError:
        raise Invalid(_("Năm phải trong khoảng 1800 đến 2199")) from None


class DatetimeOptions(Options):
    past: bool = False
    future: bool = False


@field
class Datetime(FieldType):
    """A moment; in a form the day in three parts and the clock as `time`."""

    name: ClassVar[str] = "datetime"
    Options = DatetimeOptions
    widget: ClassVar[str] = "datetime"
    parts: ClassVar[tuple[str, ...]] = ("time", "day", "month", "year")

    def column(self, options: DatetimeOptions) -> Column:
        return Column("timestamptz")

    def json_schema(self, options: DatetimeOptions) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}

    def read(self, raw: Any, options: DatetimeOptions) -> datetime | None:
        if isinstance(raw, date | int | float) and not isinstance(raw, bool):
            return self._from_sheet(raw)
        if isinstance(raw, Mapping):
            clock = text_of(raw.get("time")).strip()
            if not clock and not any(text_of(raw.get(p)).strip() for p in ("day", "month", "year")):
                return None
            return self._join(read_day(raw), clock)
        text = text_of(raw).strip()
        if not text:
            return None
        try:
            return _utc(datetime.fromisoformat(text))
        except ValueError:
            clock, found, day = text.partition(" ")
            if not found:
                raise Invalid(_("Xin nhập giờ và ngày, ví dụ 14:30 27/3/2025")) from None
            if ":" in day or "h" in day:
                clock, day = day, clock
            return self._join(read_day(day), clock)

    def _from_sheet(self, cell: date | float) -> datetime:
        """A moment, a day, or Excel's number of days with their fraction."""
        if isinstance(cell, datetime):
            return _utc(cell)
        day = read_day(cell)
        assert day
        seconds = 0 if isinstance(cell, date) else round(cell % 1 * 86_400)
        return _utc(datetime(day.year, day.month, day.day) + timedelta(seconds=seconds))  # noqa: DTZ001

    def _join(self, day: date | None, clock: str) -> datetime:
        found = _CLOCK.fullmatch(clock) if clock.isascii() else None
        if day is None or found is None or int(found[1]) > 23:
            raise Invalid(_("Xin nhập giờ và ngày, ví dụ 14:30 27/3/2025"))
        if not EARLIEST <= day < LATEST:
            raise Invalid(_("Năm phải trong khoảng 1800 đến 2199"))
        clock_time = (int(found[1]), int(found[2]), int(found[3] or 0))
        return datetime(day.year, day.month, day.day, *clock_time, tzinfo=HANOI).astimezone(UTC)

    def check(self, value: Any, options: DatetimeOptions) -> None:
        if not isinstance(value, datetime) or value.tzinfo is None or not EARLIEST <= value.date() < LATEST:
            raise Invalid(_("Xin nhập giờ và ngày, ví dụ 14:30 27/3/2025"))
        now = timezone.now()
        if options.past and value > now:
            raise Invalid(_("Thời điểm này phải là bây giờ hoặc trước đó"))
        if options.future and value < now:
            raise Invalid(_("Thời điểm này phải là bây giờ hoặc sau đó"))

    def display(self, value: Any, options: DatetimeOptions) -> str:
        return f"{value.astimezone(HANOI):%H:%M %d/%m/%Y}" if value else ""

    def to_line(self, value: Any, options: DatetimeOptions) -> str:
        raw = self.to_raw(value)
        return f"{raw['time']} {raw['day']}/{raw['month']}/{raw['year']}" if raw else ""

    def to_raw(self, value: Any) -> Any:
        if not value:
            return {}
        here = value.astimezone(HANOI)
        clock = f"{here:%H:%M:%S}" if here.second else f"{here:%H:%M}"
        return {"time": clock, "day": str(here.day), "month": str(here.month), "year": str(here.year)}

    def to_json(self, value: Any) -> Any:
        return value.astimezone(UTC).isoformat() if value else None

    def from_json(self, data: Any) -> Any:
        return self.read(data, DatetimeOptions())

    def to_cell(self, value: Any, options: DatetimeOptions) -> Any:
        return value.astimezone(HANOI).replace(tzinfo=None) if value else None
