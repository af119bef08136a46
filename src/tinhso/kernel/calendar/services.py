"""Days that the province's administrator sets."""

from datetime import date

from django.db import transaction

from .. import audit, events
from ..actor import Actor
from ..errors import Forbidden
from ..models import SpecialDay
from . import days

CALENDAR_CHANGED = events.declare("calendar.changed", "A day off or a day worked was set; data: day, works.")


def set_special_day(actor: Actor, day: date, *, works: bool, name: str, source: str = "") -> None:
    """Say that `day` is worked, or is free, whatever the rule says. Due times already given stay as they are.

    Raises Forbidden without the permission `calendar.edit`.
    """
    if not actor.may("calendar.edit"):
        raise Forbidden()
    with transaction.atomic():
        SpecialDay.objects.update_or_create(day=day, defaults={"works": works, "name": name, "source": source})
        audit.record(actor, "calendar.set", f"day:{day}", works=works, name=name)
        events.publish(actor, CALENDAR_CHANGED, f"day:{day}", works=works)
        transaction.on_commit(days.forget)


@events.subscribe(CALENDAR_CHANGED, key="kernel.calendar")
def calendar_changed(event: events.Event) -> None:
    """The worker reads the days again at once; every other process within a minute."""
    days.forget()
