"""The catalogue of procedures. Definitions are compiled once a version; the folded search text beside them."""

from functools import lru_cache

from tinhso.kernel.packs import Compiled, in_force
from tinhso.kernel.text import fold

from .. import workflow
from ..contracts import Procedure
from ..definitions import LIFE_EVENTS, ProcedureDefinition


def procedures(
    *, search: str = "", life_event: str = "", level: str = "", applicant: str = "", sector: str = ""
) -> tuple[Procedure, ...]:
    """Procedures in force, best match first, else by name. `search` needs every word, with or without diacritics
    and tones; a word of the name weighs more than one of the rest. `sector` is the Vietnamese name of the field."""
    words = fold(search).split()
    found = []
    for compiled in in_force("procedure"):
        model: ProcedureDefinition = compiled.model
        if (
            model.decides is not None
            or (life_event and life_event not in model.life_events)
            or (level and level not in model.levels)
            or (applicant and applicant not in model.applicant)
            or (sector and model.sector.vi != sector)
        ):
            continue
        name, rest = _folded(compiled.digest, compiled.name, compiled.version)
        if all(word in name or word in rest for word in words):
            score = sum(2 if word in name else 1 for word in words)
            found.append((-score, str(model.name), _procedure(compiled)))
    return tuple(item[2] for item in sorted(found, key=lambda item: item[:2]))


def procedure(name: str, version: int | None = None) -> Procedure:
    """A procedure in force, or the version asked for. Raises NotFound."""
    return _procedure(workflow.procedure(name, version))


def life_events() -> dict[str, str]:
    """The groups of the home page that have a procedure, in their order, with their words."""
    there = {event for found in in_force("procedure") for event in found.model.life_events}
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
