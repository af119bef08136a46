"""How field types find persons and agencies (kernel/fields/hooks.py)."""

import re
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import get_language

from tinhso.kernel.fields.hooks import LookUp
from tinhso.kernel.text import fold

from . import people
from .models import Agency, Person

_NUMBER_AND_NAME = re.compile(r"(\d[\d ]{10,14}\d)\s+(\D.*)")


def _person_name(key: Any) -> str:
    """The name alone; it stands on papers and cases that the reader may see, and is no look at the person's data."""
    found = people.refs([key])
    return found[key].name if key in found else ""


def _person_of(text: str) -> UUID | None:
    """Who has this number and this name ("034199999001 Trần Thị Hoa"); None unless both agree, so that whoever
    guesses a number learns nothing."""
    typed = _NUMBER_AND_NAME.fullmatch(text.strip())
    row = people.by_national_id(typed[1]) if typed else None
    if row is None or typed is None or fold(people.open_fields(row)["name"]) != fold(typed[2]):
        return None
    return row.id


def _agency_name(key: Any) -> str:
    row = Agency.objects.filter(id=key).first()
    if row is None:
        return ""
    return row.name_en if row.name_en and (get_language() or "").startswith("en") else row.name


def _agency_of(text: str) -> UUID | None:
    """The agency of today with this code or this name, in either language and with or without diacritics."""
    standing = Agency.objects.filter(valid__contains=timezone.localdate())
    row = standing.filter(code=text.strip().upper()).first()
    if row:
        return row.id
    wanted = fold(text)
    named = {id_ for id_, *names in standing.values_list("id", "name", "name_en") if wanted in map(fold, names)}
    return named.pop() if len(named) == 1 else None


PERSON = LookUp(_person_name, lambda key: Person.objects.filter(id=key).exists(), _person_of)
AGENCY = LookUp(_agency_name, lambda key: Agency.objects.filter(id=key).exists(), _agency_of)
