"""The administrator sets days off and days worked in exchange; Tết is announced anew each year."""

from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from .. import audit, events
from ..actor import Actor
from ..errors import Forbidden, Invalid, NotFound
from ..fields.text import visible
from ..models import SpecialDay
from ..text import clean
from . import queries

EDIT = "calendar.edit"
CALENDAR_CHANGED = events.declare(
    "calendar.changed", "A day off or a day worked was set or cleared; subject day:<date>; data: works (null: cleared)."
)


def set_special_day(actor: Actor, day: date, *, works: bool, name: str, source: str = "") -> None:
    """Say that `day` is worked, or is free, whatever law and week say. Setting the same again does nothing. Whoever
    gave due times hears `calendar.changed` and computes them anew. Raises Forbidden without `calendar.edit`, Invalid.
    """
    _allow(actor)
    texts: dict[str, str] = {}
    errors: dict[str, list[str]] = {}
    for key, text, longest in (("name", name, 120), ("source", source, 200)):
        try:
            texts[key] = clean(visible(text, longest))
        except Invalid as error:
            errors[key] = [str(message) for message in error.errors[""]]
    if texts.get("name") == "":
        errors["name"] = [_("Xin ghi tên ngày, ví dụ “Nghỉ bù Tết”")]
    if not 2000 <= day.year <= 2100:
        errors["day"] = [_("Năm phải trong khoảng 2000 đến 2100")]
    if errors:
        raise Invalid(errors)
    with transaction.atomic():
        if SpecialDay.objects.filter(day=day, works=works, **texts).exists():
            return
        SpecialDay.objects.update_or_create(day=day, defaults={"works": works, **texts})
        _changed(actor, "calendar.set", day, works)


def clear_special_day(actor: Actor, day: date) -> None:
    """Let law and week decide on `day` again. Raises Forbidden, NotFound where it was not set by hand."""
    _allow(actor)
    with transaction.atomic():
        if not SpecialDay.objects.filter(day=day).delete()[0]:
            raise NotFound(_("Ngày này không phải do quản trị đặt"))
        _changed(actor, "calendar.clear", day, None)


def _allow(actor: Actor) -> None:
    if not actor.may(EDIT):
        raise Forbidden()


def _changed(actor: Actor, action: str, day: date, works: bool | None) -> None:
    audit.record(actor, action, f"day:{day}", works=works)
    events.publish(actor, CALENDAR_CHANGED, f"day:{day}", works=works)
    transaction.on_commit(queries.forget)


@events.subscribe(CALENDAR_CHANGED, key="kernel.calendar")
def calendar_changed(event: events.Event) -> None:
    """The worker reads the days again at once; every other process within a minute."""
    queries.forget()
