"""The catalogue of procedures. Definitions are compiled once a version; the folded search text beside them."""

from functools import lru_cache

from tinhso.kernel.errors import NotFound
from tinhso.kernel.packs import Compiled, compiled
from tinhso.kernel.text import fold

from .. import bundles, versions, workflow
from ..contracts import Information, Procedure
from ..definitions import LIFE_EVENTS, ProcedureDefinition
from ..models import CatalogueEntry


def procedures(
    *, search: str = "", life_event: str = "", level: str = "", applicant: str = "", sector: str = ""
) -> tuple[Procedure, ...]:
    """Procedures of today and those announced for a later day, best match first, else by name. `search` needs every
    word, with or without diacritics and tones; a word of the name weighs more than one of the rest. `sector` is the
    Vietnamese name of the field."""
    words = fold(search).split()
    found = []
    for published, one in _listed():
        model = one.definition
        if (
            model.decides is not None
            or (life_event and life_event not in model.life_events)
            or (level and level not in model.levels)
            or (applicant and applicant not in model.applicant)
            or (sector and model.sector.vi != sector)
        ):
            continue
        name, rest = _folded(published.digest, one.name, one.version)
        if all(word in name or word in rest for word in words):
            score = sum(2 if word in name else 1 for word in words)
            found.append((-score, str(model.name), one))
    return tuple(item[2] for item in sorted(found, key=lambda item: item[:2]))


def _listed() -> list[tuple[Compiled, Procedure]]:
    coming = {one.name: one for one in versions.all_coming()}
    current = [*versions.all_current(), *bundles.all_current()]
    days = {name: one.model.valid.from_ for name, one in coming.items()}
    listed = [(one, Procedure(one.name, one.version, one.model, coming=days.get(one.name))) for one in current]
    new = coming.keys() - {one.name for one in current}
    return listed + [
        (one, Procedure(one.name, one.version, one.model, offered=False, coming=days[one.name]))
        for one in coming.values()
        if one.name in new
    ]


def procedure(name: str, version: int | None = None) -> Procedure:
    """The procedure of today, or the version asked for; one that is only announced, or has ended, where none holds
    today. Raises NotFound."""
    if version:
        return _procedure(workflow.procedure(name, version))
    if bundle := bundles.find(name):
        return _procedure(bundle)
    coming = versions.coming(name)
    day = coming.model.valid.from_ if coming else None
    try:
        found, offered = versions.current(name), True
    except NotFound:
        found, offered = compiled("procedure", name), False
    return Procedure(found.name, found.version, found.model, offered, day)


def information(*, search: str = "", level: str = "", sector: str = "", limit: int = 20) -> tuple[Information, ...]:
    """Entries of the national catalogue that no pack has, by name: for information only."""
    rows = CatalogueEntry.objects.filter(ended_at=None).exclude(code__in=_codes())
    for word in fold(search).split():
        rows = rows.filter(search__contains=word)
    if level:
        rows = rows.filter(levels__contains=[level])
    if sector:
        rows = rows.filter(sector=sector)
    return tuple(_information(row) for row in rows.order_by("name")[:limit])


def informed(code: str) -> Information:
    """One of them. Raises NotFound, also where a pack has it by now."""
    row = CatalogueEntry.objects.filter(ended_at=None, code=code).exclude(code__in=_codes()).first()
    if row is None:
        raise NotFound()
    return _information(row)


def _codes() -> list[str]:
    return [found.model.code for found in versions.all_current()]


def _information(row: CatalogueEntry) -> Information:
    return Information(
        row.code, row.name, row.sector, tuple(row.levels), row.deadline, row.fee, tuple(row.legal_basis), row.source,
        row.changed_at,
    )  # fmt: skip


def life_events() -> dict[str, str]:
    """The groups of the home page that have a procedure, in their order, with their words."""
    there = {event for found in [*versions.all_current(), *bundles.all_current()] for event in found.model.life_events}
    return {key: str(words) for key, words in LIFE_EVENTS.items() if key in there}


def _procedure(compiled: Compiled) -> Procedure:
    return Procedure(compiled.name, compiled.version, compiled.model)


@lru_cache(maxsize=2_000)
def _folded(digest: str, name: str, version: int) -> tuple[str, str]:
    model: ProcedureDefinition = workflow.procedure(name, version).model
    rest = [
        model.code, model.summary.vi, model.summary.en, model.sector.vi, model.sector.en, *model.words,
        *(str(LIFE_EVENTS[event]) for event in model.life_events),
    ]  # fmt: skip
    return fold(f"{model.name.vi} {model.name.en}"), fold(" ".join(rest))
