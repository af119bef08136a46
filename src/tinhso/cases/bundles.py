"""Linked procedures (liên thông): packs/<pack>/bundles/*.yaml, several procedures that are applied for together.

For whoever fills it in a bundle is one procedure: `merged` puts the forms, papers, fees and steps of its parts
together, and asks each thing once. Handed in, it becomes a case for each part (services/bundles.py). What one part
takes from another is named in its `values` (fields) and `papers`:

<part>.form.<field>   the answer given in that part
<part>.record         the record that the other part made (for a reference); needs `after`
=text                 the text itself
<part>.result         of `papers`: the signed result of the other part; needs `after`
"""

import hashlib
from collections.abc import Iterator, Sequence
from graphlib import CycleError, TopologicalSorter
from typing import Any

from pydantic import Field

from tinhso.kernel.calendar import Deadline
from tinhso.kernel.errors import NotFound
from tinhso.kernel.packs import Compiled, compiled, in_force
from tinhso.kernel.packs.definitions import Name, Strict, Words

from . import versions
from .definitions import FormField, LifeEvent, PaperSpec, ProcedureDefinition, Step

Fault = tuple[Sequence[str | int], str]


class BundlePart(Strict):
    """One procedure of a bundle, by its full name. `part` is what the others call it: the last word of the name where
    it is not given. It starts when those that it is `after` gave their result."""

    procedure: str
    part: Name = ""
    after: list[str] = []
    values: dict[str, str] = {}
    papers: dict[str, str] = {}

    @property
    def key(self) -> str:
        return self.part or self.procedure.rpartition(".")[2]


class BundleDefinition(Strict):
    """bundles/<name>.yaml"""

    bundle: Name
    code: str = Field(pattern=r"^\d\.\d{6}$")
    name: Words
    summary: Words
    guide: Words | None = None
    sector: Words
    words: list[str] = []
    life_events: list[LifeEvent] = []
    parts: list[BundlePart] = Field(min_length=2)
    legal_basis: list[str] = Field(min_length=1)

    def part(self, key: str) -> BundlePart:
        return next(part for part in self.parts if part.key == key)

    @property
    def order(self) -> list[BundlePart]:
        """The parts, each behind those that it takes from or is after. CycleError where there is no such order."""
        sorter: TopologicalSorter[str] = TopologicalSorter()
        for part in self.parts:
            taken = {source.partition(".")[0] for source in part.values.values() if not source.startswith("=")}
            sorter.add(part.key, *part.after, *sorted(taken))
        return [self.part(key) for key in sorter.static_order()]


def find(name: str) -> Compiled | None:
    """The bundle as one procedure of today; None where no bundle is called so, or a part of it is not offered."""
    try:
        return merged(compiled("bundle", name))
    except NotFound:
        return None


def definition(name: str) -> BundleDefinition:
    """What the bundle itself says. Raises NotFound."""
    model: BundleDefinition = compiled("bundle", name).model
    return model


def all_current() -> list[Compiled]:
    """Every bundle whose parts are all offered today, as procedures."""
    found = []
    for bundle in in_force("bundle"):
        try:
            found.append(merged(bundle))
        except NotFound:
            continue
    return found


_merged: dict[str, ProcedureDefinition] = {}


def merged(bundle: Compiled) -> Compiled:
    """The bundle as one procedure, of its parts' versions of today. NotFound where a part is not offered."""
    model: BundleDefinition = bundle.model
    parts = {part.key: versions.current(part.procedure) for part in model.parts}
    digest = hashlib.sha256("".join([bundle.digest, *(one.digest for one in parts.values())]).encode()).hexdigest()
    if digest not in _merged:
        _merged[digest] = _merge(model, {key: one.model for key, one in parts.items()})
    return Compiled(bundle.name, bundle.pack, bundle.version, digest, _merged[digest])


def asked(part: BundlePart, model: ProcedureDefinition) -> list[FormField]:
    """The fields of a part that the applicant, or a register, answers in the bundle's form."""
    return [spec for spec in model.form if spec.name not in part.values]


def wanted(part: BundlePart, model: ProcedureDefinition) -> list[PaperSpec]:
    """The papers of a part that the applicant hands in."""
    return [paper for paper in model.papers if paper.name not in part.papers]


def _merge(bundle: BundleDefinition, parts: dict[str, ProcedureDefinition]) -> ProcedureDefinition:
    form: dict[str, FormField] = {}
    papers: dict[str, PaperSpec] = {}
    sections = {section.name: section for model in parts.values() for section in reversed(model.sections)}
    fees, steps = [], []
    for part in bundle.parts:
        model = parts[part.key]
        for spec in asked(part, model):
            form.setdefault(spec.name, spec)
        for paper in wanted(part, model):
            papers.setdefault(paper.name, paper)
        fees += [fee.model_copy(update={"name": f"{part.key}-{fee.name}"}) for fee in model.all_fees]
        steps += [
            Step.model_construct(name=f"{part.key}-{step.name}", label=step.label, by=step.by, hours=step.hours)
            for step in model.steps
        ]
    first = parts[bundle.parts[0].key]
    return ProcedureDefinition.model_construct(
        procedure=bundle.bundle,
        code=bundle.code,
        name=bundle.name,
        summary=bundle.summary,
        guide=bundle.guide,
        sector=bundle.sector,
        words=bundle.words,
        life_events=bundle.life_events,
        levels=list(dict.fromkeys(level for model in parts.values() for level in model.levels)),
        applicant=["citizen"],
        deadline=Deadline(working_hours=_hours(bundle, parts)),
        fees=fees,
        subject=first.subject if first.subject in form else None,
        unit=first.unit if first.unit in form else None,
        office=first.office,
        sections=list(sections.values()),
        form=list(form.values()),
        papers=list(papers.values()),
        steps=steps,
        expected_results=[said for model in parts.values() for said in model.expected_results],
        legal_basis=bundle.legal_basis,
    )


def _hours(bundle: BundleDefinition, parts: dict[str, ProcedureDefinition]) -> int:
    """The working hours until the last result, each part in its time."""
    ends: dict[str, int] = {}
    for part in bundle.order:
        ends[part.key] = max((ends[key] for key in part.after), default=0) + parts[part.key].hours
    return max(ends.values())


def check(found: Any, context: Any) -> Iterator[Fault]:
    """Procedures and fields that are not there, parts that wait for one another, things that would be asked twice."""
    from .definitions import _find

    model: BundleDefinition = found.model
    keys = [part.key for part in model.parts]
    parts: dict[str, ProcedureDefinition] = {}
    for number, part in enumerate(model.parts):
        if keys.count(part.key) > 1:
            yield ["parts", number, "part"], f"two parts are called {part.key!r}"
        procedure = _find("procedure", part.procedure, context) if "." in part.procedure else None
        if procedure is None:
            yield ["parts", number, "procedure"], f"there is no procedure {part.procedure!r}; its full name is wanted"
            continue
        parts[part.key] = procedure
        if "citizen" not in procedure.applicant or procedure.decides or procedure.co_sign:
            yield ["parts", number, "procedure"], "a citizen alone cannot apply for it"
        for other in part.after:
            if other not in keys:
                yield ["parts", number, "after"], f"there is no part {other!r}"
    if len(parts) < len(model.parts) or len(set(keys)) < len(keys):
        return
    faults = [fault for number, part in enumerate(model.parts) for fault in _sources(number, part, parts)]
    yield from faults
    if any(other not in keys for part in model.parts for other in part.after) or faults:
        return
    try:
        list(model.order)
    except CycleError as error:
        yield ["parts"], f"these parts wait for one another: {', '.join(error.args[1])}"
        return
    yield from _twice(model, parts)


def _sources(number: int, part: BundlePart, parts: dict[str, ProcedureDefinition]) -> Iterator[Fault]:
    own = parts[part.key]
    for name, source in part.values.items():
        path = ["parts", number, "values", name]
        spec = next((one for one in own.form if one.name == name), None)
        if spec is None:
            yield path, f"{part.procedure!r} has no field {name!r}"
        elif not source.startswith("=") and (said := _fault(part, spec, source, parts)):
            yield path, said
    for name, source in part.papers.items():
        path = ["parts", number, "papers", name]
        key, _dot, what = source.partition(".")
        if name not in {paper.name for paper in own.papers}:
            yield path, f"{part.procedure!r} has no paper {name!r}"
        elif what != "result" or key not in part.after or not parts[key].result.document:
            yield path, f"{source!r} is no result of a part that this one is after"


def _fault(part: BundlePart, spec: FormField, source: str, parts: dict[str, ProcedureDefinition]) -> str:
    key, what, *rest = [*source.split("."), ""]
    if key not in parts or key == part.key:
        return f"{source!r}: there is no other part {key!r}"
    other = parts[key]
    if what == "record":
        if key not in part.after or not other.result.register_ or spec.type != "reference":
            return f"{source!r}: wants a reference, `after: [{key}]`, and a procedure that makes a record"
        return "" if spec.settings().to == other.result.register_ else f"{source!r} is of another register"
    theirs = next((one for one in other.form if what == "form" and one.name == rest[0]), None)
    if theirs is None:
        return f"{source!r}: the part {key!r} has no such field"
    return "" if theirs.type == spec.type else f"{source!r} is of type {theirs.type}, {spec.name!r} of {spec.type}"


def _twice(model: BundleDefinition, parts: dict[str, ProcedureDefinition]) -> Iterator[Fault]:
    """One name for two things; and conditions on answers that are given, so that the form could not tell."""
    fields: dict[str, FormField] = {}
    papers: dict[str, PaperSpec] = {}
    for number, part in enumerate(model.parts):
        own = parts[part.key]
        for spec in asked(part, own):
            first = fields.setdefault(spec.name, spec)
            if first is not spec and not (first.type == spec.type and first.from_ and first.from_ == spec.from_):
                yield ["parts", number], f"{spec.name!r} stands in another part too: give it by `values`"
            if given := set(spec.when) & set(part.values):
                yield ["parts", number], f"{spec.name!r} is asked by {', '.join(sorted(given))}, which is given"
        for paper in wanted(part, own):
            if papers.setdefault(paper.name, paper).label != paper.label:
                yield ["parts", number], f"the paper {paper.name!r} is another one in another part"
