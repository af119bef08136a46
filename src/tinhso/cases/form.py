"""The answers of a form: from what was typed and what registers know, to values, to rows that people read.

A field with `from:` whose register answers is never typed: what a client posts for it is not looked at, so that
nobody can put another person's id there. A computed field is not looked at either.
"""

from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass
from decimal import InvalidOperation
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tinhso.identity.contracts import PersonDetails
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid
from tinhso.kernel.fields import conditions
from tinhso.kernel.fields.base import read_all
from tinhso.registers import queries as records

from . import compute, sources
from .contracts import FormRow, FormSection
from .definitions import FormField, ProcedureDefinition

Raw = dict[str, Any]


def known(model: ProcedureDefinition, person: PersonDetails) -> Raw:
    """What the registers answer, as raw values by field name; fields that they leave open are not there."""
    answers: Raw = {}
    for spec in model.form:
        if spec.from_:
            value = sources.ask(spec.from_, person)
            if value not in (None, ""):
                answers[spec.name] = spec.kind.to_raw(spec.kind.read(value, spec.settings()))
    return answers


@dataclass(frozen=True, slots=True)
class Settled:
    """A form with these answers: the fields that are asked or shown at all, the values of the computed ones, and
    what fills the widgets, computed ones too."""

    specs: tuple[FormField, ...]
    computed: dict[str, Any]
    raw: Raw

    @property
    def names(self) -> frozenset[str]:
        return frozenset(spec.name for spec in self.specs)


def settle(model: ProcedureDefinition, raw: Mapping[str, Any]) -> Settled:
    """Which fields are asked (`when`), and what is computed (`compute`), given the answers so far. What `raw` holds
    for a computed field is not looked at."""
    formulas = [spec for spec in model.form if spec.compute]
    filled = {name: value for name, value in raw.items() if name not in {spec.name for spec in formulas}}
    read_by = {name for spec in formulas for name in compute.names(spec.compute)}
    computed: dict[str, Any] = {}
    answers, specs = filled, conditions.asked(model.form, filled.get)
    for _formula in formulas:  # each round settles at least one more, since `check` refuses circles
        values = {
            spec.name: computed.get(spec.name) if spec.compute else _read_or_none(spec, answers.get(spec.name))
            for spec in specs
            if spec.name in read_by
        }
        found = {spec.name: _compute(spec, values) for spec in specs if spec.compute}
        found = {name: value for name, value in found.items() if value is not None}
        if found == computed:
            break
        computed = found
        raws = {spec.name: spec.kind.to_raw(found[spec.name]) for spec in formulas if spec.name in found}
        answers = filled | raws
        specs = conditions.asked(model.form, answers.get)
    computed = {name: value for name, value in computed.items() if name in {spec.name for spec in specs}}
    return Settled(tuple(specs), computed, answers)


def _compute(spec: FormField, values: Mapping[str, Any]) -> Any:
    try:
        return compute.fit(spec, compute.evaluate(spec.compute, values))
    except InvalidOperation:
        return None


def _read_or_none(spec: FormField, raw: Any) -> Any:
    try:
        return spec.kind.read(raw, spec.settings())
    except Invalid:
        return None


def read(
    actor: Actor,
    model: ProcedureDefinition,
    raw: Mapping[str, Any],
    answers: Raw,
    only: Container[str] | None = None,
) -> dict[str, Any]:
    """The values of the fields that are asked (of those, the ones that `only` names), read and checked; computed ones
    among them. Raises one Invalid with the messages of every field by path.

    A person that is typed is named by name and number, never by id; a record is one that the actor may choose.
    """
    settled = settle(model, {**raw, **answers})
    specs = [spec for spec in settled.specs if only is None or spec.name in only]
    typed = [spec for spec in specs if not spec.compute]
    values: dict[str, Any] = {}
    errors: dict[str, Any] = {}
    try:
        values = read_all(typed, settled.raw.get, model.form)
    except Invalid as error:
        errors |= error.errors
    for spec in typed:
        given = raw.get(spec.name)
        if spec.name in answers or spec.name in errors or not given:
            continue
        if spec.type == "person" and not isinstance(given, Mapping):
            errors[spec.name] = [_("Xin nhập họ tên và số định danh")]
        elif spec.type == "reference" and not records.may_choose(actor, spec.settings().to, values[spec.name]):
            errors[spec.name] = [_("Không tìm thấy bản ghi này")]
    for spec in specs:
        if spec.name not in settled.computed:
            continue
        values[spec.name] = settled.computed[spec.name]
        try:
            spec.kind.check(values[spec.name], spec.settings())
        except Invalid as error:
            errors[spec.name] = [message for messages in error.errors.values() for message in messages]
    if errors:
        raise Invalid(errors)
    return values


def person_of(value: Any) -> UUID | None:
    """The person of the population register that a person field names; None for somebody typed by hand."""
    return value if isinstance(value, UUID) else getattr(value, "id", None)


def to_json(model: ProcedureDefinition, values: Mapping[str, Any]) -> dict[str, Any]:
    return {spec.name: spec.kind.to_json(values[spec.name]) for spec in model.form if values.get(spec.name) is not None}


def from_json(model: ProcedureDefinition, data: Mapping[str, Any]) -> dict[str, Any]:
    return {
        spec.name: None if data.get(spec.name) is None else spec.kind.from_json(data[spec.name]) for spec in model.form
    }


def to_raw(model: ProcedureDefinition, data: Mapping[str, Any]) -> Raw:
    """What fills the form again from a stored case."""
    values = from_json(model, data)
    return {spec.name: spec.kind.to_raw(values[spec.name]) for spec in model.form if values[spec.name] is not None}


def subject(model: ProcedureDefinition, values: Mapping[str, Any]) -> str:
    """What names the case in lists: the display of the field that the procedure says."""
    if not model.subject or values.get(model.subject) is None:
        return ""
    spec = model.field(model.subject)
    return spec.kind.display(values[spec.name], spec.settings())[:200]


def sections(model: ProcedureDefinition, data: Mapping[str, Any], prefilled: Iterable[str]) -> tuple[FormSection, ...]:
    """The answers by section, in the order of the form; empty answers are left out."""
    values = from_json(model, data)
    from_registers = set(prefilled)
    rows: dict[str, list[FormRow]] = {}
    for spec in model.form:
        value = values[spec.name]
        if value is None:
            continue
        text = spec.kind.display(value, spec.settings())
        rows.setdefault(spec.section, []).append(
            FormRow(spec.name, spec.words, text, value, spec.name in from_registers)
        )
    return _by_section(model, rows)


def _by_section(model: ProcedureDefinition, rows: Mapping[str, list[FormRow]]) -> tuple[FormSection, ...]:
    titles = {section.name: str(section.title) for section in model.sections}
    order = [section.name for section in model.sections] + [""]
    return tuple(
        FormSection(name, titles.get(name, _("Thông tin")), tuple(rows[name])) for name in order if name in rows
    )


def place_of(model: ProcedureDefinition, raw: Mapping[str, Any]) -> str:
    """The code of the place that the form names, "" while it names none: widgets hold names, not codes."""
    if not model.unit:
        return ""
    spec = model.field(model.unit)
    try:
        value = spec.kind.read(raw.get(spec.name), spec.settings())
    except Invalid:
        return ""
    return str(getattr(value, "unit", value) or "")


def value_of(spec: FormField, settled: Settled) -> Any:
    """The answer to a field, None where there is none that can be read."""
    return settled.computed.get(spec.name) if spec.compute else _read_or_none(spec, settled.raw.get(spec.name))


def shown(model: ProcedureDefinition, settled: Settled, names: Container[str]) -> tuple[FormSection, ...]:
    """The answers of a draft by section as people read them; what cannot be read yet is left out."""
    rows: dict[str, list[FormRow]] = {}
    for spec in settled.specs:
        value = value_of(spec, settled)
        if spec.name in names and value is not None:
            text = spec.kind.display(value, spec.settings())
            rows.setdefault(spec.section, []).append(FormRow(spec.name, spec.words, text, value))
    return _by_section(model, rows)


def check_papers(model: ProcedureDefinition, given: Iterable[str]) -> None:
    """Raise Invalid for each paper that is wanted and not there."""
    there = set(given)
    missing = [paper for paper in model.papers if not paper.optional and paper.name not in there]
    if missing:
        raise Invalid(
            {
                f"papers.{paper.name}": [_("Xin đính kèm %(paper)s") % {"paper": str(paper.label).lower()}]
                for paper in missing
            }
        )
