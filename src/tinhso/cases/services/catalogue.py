"""A national catalogue is taken in: the packs are compared with it, and what no pack has is kept for information."""

from dataclasses import dataclass, field

from django.db import transaction
from django.utils import timezone

from tinhso.kernel import audit
from tinhso.kernel.actor import Actor
from tinhso.kernel.calendar import length_words
from tinhso.kernel.errors import Forbidden
from tinhso.kernel.text import fold

from .. import versions
from ..catalogue import Listed
from ..models import CatalogueEntry

FIELDS = ("name", "sector", "levels", "deadline", "fee", "legal_basis")


@dataclass(slots=True)
class Compared:
    """What a catalogue changes. `new`, `changed` and `ended` are lines of the catalogue against the one before;
    `differs` procedures of packs that say another name or level than it; `unknown` procedures of packs that it does
    not list; `information` how many entries no pack has."""

    new: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)
    differs: list[str] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)
    information: int = 0


def take_catalogue(actor: Actor, listed: list[Listed], source: str, *, dry: bool = False) -> Compared:
    """Take in a catalogue whole: entries are made, changed, or ended where it no longer has them. The same again
    changes nothing. `dry` only tells. Forbidden without `packs.apply`."""
    if not actor.system and not actor.may("packs.apply"):
        raise Forbidden()
    with transaction.atomic():
        there = {entry.code: entry for entry in CatalogueEntry.objects.select_for_update()}
        compared, now = Compared(), timezone.now()
        for one in listed:
            entry = there.pop(one.code, None)
            values = {name: list(v) if isinstance(v := getattr(one, name), tuple) else v for name in FIELDS}
            line = f"{one.code} {one.name}"
            told = [name for name in FIELDS if entry and getattr(entry, name) != values[name]]
            if entry is None:
                compared.new.append(line)
                entry = CatalogueEntry(code=one.code)
            elif entry.ended_at or told:
                compared.changed.append(f"{line}: {'listed again' if entry.ended_at else ', '.join(told)}")
            else:
                continue
            for name, value in values.items():
                setattr(entry, name, value)
            entry.source, entry.changed_at, entry.ended_at = source[:200], now, None
            entry.search = fold(f"{one.code} {one.name} {one.sector}")
            if not dry:
                entry.save()
        for entry in there.values():
            if not entry.ended_at:
                compared.ended.append(f"{entry.code} {entry.name}")
                entry.ended_at = now
                if not dry:
                    entry.save(update_fields=["ended_at"])
        _with_packs(compared, listed)
        if not dry and (compared.new or compared.changed or compared.ended):
            counts = {name: len(getattr(compared, name)) for name in ("new", "changed", "ended")}
            audit.record(actor, "case.catalogue", f"catalogue:{source[:80]}", **counts)
    return compared


def _with_packs(compared: Compared, listed: list[Listed]) -> None:
    by_code = {one.code: one for one in listed}
    codes = set()
    for found in versions.all_current():
        model = found.model
        if model.decides is not None:
            continue
        codes.add(model.code)
        one = by_code.get(model.code)
        if one is None:
            compared.unknown.append(f"{model.code} {model.name.vi} ({found.name})")
            continue
        told = []
        if fold(one.name) != fold(model.name.vi):
            told.append(f"name: {one.name!r}")
        if one.levels and set(one.levels) != set(model.levels):
            told.append(f"level: {', '.join(one.levels)}")
        if one.deadline and fold(one.deadline) != fold(length_words(model.deadline)):
            told.append(f"deadline: {one.deadline!r}")
        if told:
            compared.differs.append(f"{model.code} {found.name}: {'; '.join(told)}")
    compared.information = len(by_code.keys() - codes)
