"""Names that conditions and tables read, held against the form, the steps and the tables."""

from collections.abc import Iterable, Iterator

from ..definitions import ProcedureDefinition


def unknown(model: ProcedureDefinition, reads: Iterable[tuple[str, str]], decided: Iterable[str]) -> Iterator[str]:
    fields, steps = {field.name for field in model.form}, {step.name for step in model.steps}
    for source, name in sorted(reads):
        if source == "form" and name not in fields:
            yield f"the form has no field {name!r}"
        elif source == "decided" and name not in decided:
            yield f"no decision answers {name!r}"
        elif source == "answers" and name not in steps:
            yield f"there is no step {name!r}"
