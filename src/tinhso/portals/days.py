"""A day as people type it in one box: 30/06/2025, or 2025-06-30 from a link."""

from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid
from tinhso.kernel.fields.dates import EARLIEST, LATEST, read_day


def read(typed: str, name: str, errors: dict[str, list[Any]]) -> date | None:
    """The day that is typed in the box `name`; None for an empty box, and for what is no day between 1800 and 2199,
    which is told in `errors` under the name."""
    try:
        found = read_day(typed)
    except Invalid as error:
        errors[name] = [message for messages in error.errors.values() for message in messages]
        return None
    if found and not EARLIEST <= found < LATEST:
        errors[name] = [_("Năm phải trong khoảng 1800 đến 2199")]
        return None
    return found


def typed(day: date | None) -> str:
    """The day as its box shows it, "" for None."""
    return f"{day.day:02}/{day.month:02}/{day.year}" if day else ""
