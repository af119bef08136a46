"""Which version of a procedure holds on a day.

A pack publishes a version at once; the procedure says from and until which day it holds (`valid`). A version that is
published before its day is announced, and the one before it goes on until then. A version that was replaced before its
own day came never held.
"""

from datetime import date

from django.utils import timezone

from tinhso.kernel.errors import NotFound
from tinhso.kernel.packs import Compiled, compiled, earlier, in_force


def current(name: str, day: date | None = None) -> Compiled:
    """The version that holds on the day (today). NotFound where the procedure is not offered then."""
    day = day or timezone.localdate()
    return _on(compiled("procedure", name), day)


def all_current(day: date | None = None) -> list[Compiled]:
    """Every procedure that is offered on the day, in the version that holds then, by name."""
    day = day or timezone.localdate()
    found = []
    for newest in in_force("procedure"):
        try:
            found.append(_on(newest, day))
        except NotFound:
            continue
    return found


def coming(name: str, day: date | None = None) -> Compiled | None:
    """The version that is announced for a later day, None where there is none."""
    newest = compiled("procedure", name)
    begins = newest.model.valid.from_
    return newest if begins and begins > (day or timezone.localdate()) else None


def all_coming(day: date | None = None) -> list[Compiled]:
    """Every version that is announced for a later day."""
    day = day or timezone.localdate()
    return [one for one in in_force("procedure") if one.model.valid.from_ and one.model.valid.from_ > day]


def _on(newest: Compiled, day: date) -> Compiled:
    begins = newest.model.valid.from_
    if begins and begins > day:
        for found, retired_at in earlier("procedure", newest.name, newest.version):
            begins = found.model.valid.from_
            if begins is None or begins <= min(day, timezone.localdate(retired_at)):
                return _unless_ended(found, day)
        raise NotFound(f"procedure {newest.name}")
    return _unless_ended(newest, day)


def _unless_ended(found: Compiled, day: date) -> Compiled:
    until = found.model.valid.until
    if until and until < day:
        raise NotFound(f"procedure {found.name}")
    return found
