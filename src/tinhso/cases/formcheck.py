"""What a form cannot mean: conditions and computed values that lead nowhere or in a circle, people who cannot co-sign,
papers that are not there. Part of `tinhso pack check`: (path of the key, message) for each fault."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from tinhso.kernel.fields import conditions
from tinhso.kernel.fields.base import FieldSpec

from . import compute
from .definitions import FormField, ProcedureDefinition

Fault = tuple[Sequence[str | int], str]
SELF = "population.self"


def check(model: ProcedureDefinition, paper_is_there: Callable[[str], bool]) -> Iterator[Fault]:
    """Every fault of the form, its co-signers, its papers and its dates."""
    fields = {spec.name: spec for spec in model.form}
    circle = _circle(model)
    for number, spec in enumerate(model.form):
        for path, message in conditions.faults(spec, fields):
            yield ["form", number, "when", *path], message
        for at, column in enumerate(getattr(spec.settings(), "columns", ())):
            columns = {one.name: one for one in spec.settings().columns}
            for path, message in conditions.faults(column, columns):
                yield ["form", number, "columns", at, "when", *path], message
        if spec.compute:
            yield from ((["form", number, "compute"], message) for message in _compute_faults(spec, fields))
        if spec.name in circle:
            yield ["form", number, "compute" if spec.compute else "when"], f"in a circle: {' → '.join(circle)}"
            circle = []
        if spec.by and spec.by not in model.co_sign:
            yield ["form", number, "by"], f"{spec.by!r} is not one of co_sign"
        if spec.by and (spec.from_ or spec.compute or spec.name in model.co_sign or spec.type == "file"):
            yield ["form", number, "by"], "what a co-signer fills is typed, and no file nor co-signer itself"
    yield from _co_sign_faults(model, fields)
    yield from _paper_faults(model, paper_is_there)
    if model.valid.from_ and model.valid.until and model.valid.until < model.valid.from_:
        yield ["valid", "until"], "it ends before it begins"


def _compute_faults(spec: FormField, fields: Mapping[str, FieldSpec]) -> Iterator[str]:
    if spec.from_:
        yield "a field is computed or comes from a source, not both"
    if spec.type not in compute.RESULTS:
        yield f"a field of type {spec.type} cannot be computed; {', '.join(compute.RESULTS)} can"
        return
    try:
        given = compute.type_of(spec.compute, fields)
    except compute.Wrong as wrong:
        yield f"{spec.compute!r}: {wrong}"
        return
    if given != compute.RESULTS[spec.type]:
        yield f"{spec.compute!r} gives a {given}, the field is a {spec.type}"


def _circle(model: ProcedureDefinition) -> list[str]:
    """A circle of fields that hang on one another with a computed one among them; [] where there is none. Circles of
    `when` alone are named by conditions.faults."""
    ahead = {spec.name: set(spec.when) | _computed_from(spec) for spec in model.form}
    for start in [spec.name for spec in model.form if spec.compute]:
        ways = [[start]]
        seen: set[str] = set()
        while ways:
            way = ways.pop()
            for name in sorted(ahead.get(way[-1], ())):
                if name == start:
                    return [*way, start]
                if name not in seen:
                    seen.add(name)
                    ways.append([*way, name])
    return []


def _computed_from(spec: FormField) -> set[str]:
    try:
        return compute.names(spec.compute) if spec.compute else set()
    except compute.Wrong:
        return set()


def _co_sign_faults(model: ProcedureDefinition, fields: Mapping[str, FormField]) -> Iterator[Fault]:
    for number, name in enumerate(model.co_sign):
        spec = fields.get(name)
        if spec is None or spec.type != "person":
            yield ["co_sign", number], f"{name!r} is not a field of type person"
        elif spec.from_ == SELF:
            yield ["co_sign", number], f"{name!r} is the applicant"
        elif name in model.co_sign[:number]:
            yield ["co_sign", number], f"{name!r} is there twice"


def _paper_faults(model: ProcedureDefinition, paper_is_there: Callable[[str], bool]) -> Iterator[Fault]:
    if model.form_paper and not paper_is_there(model.form_paper):
        yield ["form_paper"], f"there is no paper {model.form_paper!r}"
    for number, paper in enumerate(model.papers):
        for key, kind in (("from", paper.result_kind), ("template", paper.template)):
            if kind and not paper_is_there(kind):
                yield ["papers", number, key], f"there is no paper {kind!r}"
