"""A form as pages: at most three fields of one section on each, those only that no register answers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from tinhso.cases.contracts import DraftView
from tinhso.cases.definitions import FormField, ProcedureDefinition
from tinhso.documents import services as documents
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid, NoRoom, Problem, TooLarge, Unsupported, Words
from tinhso.kernel.fields.base import BoundField, FieldSpec, bind, raw_of
from tinhso.portals.design import Control
from tinhso.registers import queries as registers

ON_A_PAGE = 3
MOST_RECORDS = 50
REFUSED_FILES = (Invalid, NoRoom, TooLarge, Unsupported)
"""What documents raises for a file that it does not take; everything else typed is kept."""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the form. `number` counts from 1."""

    number: int
    title: str
    hint: str
    specs: tuple[FormField, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(spec.name for spec in self.specs)


@dataclass(frozen=True, slots=True)
class Shown:
    """A field for the template, with the widget to use instead of its own ("" for its own)."""

    bound: BoundField | Control
    widget: str = ""


def pages(draft: DraftView) -> list[Page]:
    """The pages that are asked now; an answer may open or close one."""
    model = draft.procedure.definition
    found: list[Page] = []
    for name, title, hint in sections(model):
        asked = [spec for spec in model.form if spec.section == name and spec.name in draft.typed]
        for start in range(0, len(asked), ON_A_PAGE):
            found.append(Page(len(found) + 1, title, hint, tuple(asked[start : start + ON_A_PAGE])))
    return found


def sections(model: ProcedureDefinition) -> list[tuple[str, str, str]]:
    """(name, title, hint) of the sections in their order, the fields that stand in none last."""
    named = [(one.name, str(one.title), str(one.hint or "")) for one in model.sections]
    return [*named, ("", _("Thông tin"), "")]


def posted(
    request: HttpRequest, actor: Actor, specs: Iterable[FieldSpec], before: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, list[Words]]]:
    """The raw values of a posted page, and why files among them were refused; of a file field that got no new file
    what stood `before`."""
    raw: dict[str, Any] = {}
    errors: dict[str, list[Words]] = {}
    for spec in specs:
        if spec.type != "file":
            raw[spec.name] = raw_of(request.POST, spec)
            continue
        raw[spec.name] = before.get(spec.name)
        if given := request.FILES.get(spec.name):
            try:
                blob = documents.store(actor, given, name=given.name or spec.name)
            except REFUSED_FILES as problem:
                errors[spec.name] = why(problem)
            else:
                raw[spec.name] = {
                    "digest": blob.digest, "name": blob.name, "size": blob.size, "media_type": blob.media_type,
                }  # fmt: skip
    return raw, errors


def why(problem: Problem) -> list[Words]:
    """The words of a refused file, to stand beside its field."""
    if isinstance(problem, Invalid):
        return [message for messages in problem.errors.values() for message in messages]
    return [problem.detail or problem.title]


def shown(
    actor: Actor,
    specs: Sequence[FieldSpec],
    raw: Mapping[str, Any],
    errors: Mapping[str, Sequence[Words]] | None = None,
) -> list[Shown]:
    """Fields for the template. A record of a register is chosen among those that the form may offer."""
    found = []
    for bound in bind(specs, raw, errors):
        spec = bound.spec
        if spec.type != "reference":
            found.append(Shown(bound))
            continue
        records = registers.choices(actor, spec.settings().to, limit=MOST_RECORDS)
        choices = [(str(record.ref.id), record.display) for record in records]
        control = Control(spec.name, spec.words, bound.raw, bound.hint, bound.errors, spec.optional, choices=choices)
        found.append(Shown(control, "radios"))
    return found


def words_of(spec: FieldSpec, raw: Any) -> str:
    """An answer as people read it; what cannot be read, as it was typed."""
    options = spec.settings()
    try:
        return spec.kind.display(spec.kind.read(raw, options), options)
    except Invalid:
        return ", ".join(map(str, raw.values())) if isinstance(raw, Mapping) else str(raw)


def known_rows(draft: DraftView) -> list[dict[str, Any]]:
    """What the registers answered, to be shown before anything is asked."""
    specs = draft.procedure.definition.form
    return [{"key": s.words, "value": words_of(s, draft.raw.get(s.name))} for s in specs if s.name in draft.prefilled]
