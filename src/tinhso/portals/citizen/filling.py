"""A form as pages: at most three fields of one section on each, those only that no register answers; a table has a page
of its own, and a computed value stands behind what it follows from. Number 0 is the whole form on one page."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest, QueryDict
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

    @property
    def asked(self) -> tuple[FormField, ...]:
        """Those that are typed here."""
        return tuple(spec for spec in self.specs if not spec.compute)


@dataclass(frozen=True, slots=True)
class Shown:
    """A field for the template, with the widget to use instead of its own ("" for its own). `heading`: the section
    that begins with it, on the page of the whole form."""

    bound: BoundField | Control
    widget: str = ""
    value: str = ""
    """What was computed, in words."""
    heading: str = ""
    hint: str = ""


def pages(draft: DraftView) -> list[Page]:
    """The pages that are asked now; an answer may open or close one."""
    model = draft.procedure.definition
    found: list[Page] = []
    for name, title, hint in sections(model):
        groups: list[list[FormField]] = []
        for spec in model.form:
            if spec.section != name:
                continue
            if spec.name in draft.computed:
                groups[-1].append(spec) if groups else groups.append([spec])
            elif spec.name in draft.typed:
                if not groups or spec.type == "table" or _full(groups[-1]):
                    groups.append([spec])
                else:
                    groups[-1].append(spec)
        found += [
            Page(len(found) + number, title, hint, tuple(group))
            for number, group in enumerate((one for one in groups if any(not spec.compute for spec in one)), 1)
        ]
    return found


def _full(group: list[FormField]) -> bool:
    typed = [spec for spec in group if not spec.compute]
    return len(typed) >= ON_A_PAGE or any(spec.type == "table" for spec in typed)


def whole(draft: DraftView) -> Page:
    """Everything that is asked, on one page, for a wide screen."""
    model = draft.procedure.definition
    order = [name for name, _title, _hint in sections(model)]
    there = {*draft.typed, *draft.computed}
    specs = sorted((spec for spec in model.form if spec.name in there), key=lambda spec: order.index(spec.section))
    return Page(0, _("Cả tờ khai"), "", tuple(specs))


def sections(model: ProcedureDefinition) -> list[tuple[str, str, str]]:
    """(name, title, hint) of the sections in their order, the fields that stand in none last."""
    named = [(one.name, str(one.title), str(one.hint or "")) for one in model.sections]
    return [*named, ("", _("Thông tin"), "")]


FIELD = "field"
"""The hidden inputs that say which fields a page showed: an answer given meanwhile may have moved others to it."""
ROWS = "rows"
"""The buttons of a table without script: rows=<table>.add, rows=<table>.drop.<number>."""


def posted(
    request: HttpRequest, actor: Actor, specs: Iterable[FieldSpec], before: Mapping[str, Any]
) -> tuple[dict[str, Any], dict[str, list[Words]]]:
    """The raw values of a posted page, and why files among them were refused; of a file field that got no new file
    what stood `before`. A row that a button dropped is left out."""
    raw: dict[str, Any] = {}
    errors: dict[str, list[Words]] = {}
    shown = set(request.POST.getlist(FIELD))
    given_by_name = _without_dropped(request.POST)
    for spec in specs:
        if shown and spec.name not in shown:
            continue
        if spec.type != "file":
            raw[spec.name] = raw_of(given_by_name, spec)
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


def _without_dropped(given: QueryDict) -> QueryDict:
    name, _dot, number = given.get(ROWS, "").partition(".drop.")
    if not number.isdigit():
        return given
    kept = given.copy()
    for key in given:
        if key.startswith(f"{name}.{number}."):
            del kept[key]
    return kept


def row_added(request: HttpRequest) -> str:
    """The table to which a button without script wants a row added, "" for none."""
    name, dot, rest = request.POST.get(ROWS, "").partition(".")
    return name if dot and rest == "add" else ""


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
    more_rows: str = "",
) -> list[Shown]:
    """Fields for the template. A record of a register is chosen among those that the form may offer; a table has one
    empty row more where it is `more_rows`, and one where it had none."""
    found = []
    for bound in bind(specs, raw, errors):
        spec = bound.spec
        if getattr(spec, "compute", ""):
            found.append(Shown(bound, "known", words_of(spec, bound.raw) if bound.raw else "…"))
        elif spec.type == "table":
            rows = list(bound.raw) if isinstance(bound.raw, list) else []
            wanted = len(rows) + (spec.name == more_rows)
            bound.raw = [*rows, *({} for _row in range(max(wanted, spec.settings().min, 1) - len(rows)))]
            found.append(Shown(bound, "repeats"))
        elif spec.type != "reference":
            found.append(Shown(bound))
        else:
            records = registers.choices(actor, spec.settings().to, limit=MOST_RECORDS)
            choices = [(str(record.ref.id), record.display) for record in records]
            control = Control(
                spec.name, spec.words, bound.raw, bound.hint, bound.errors, spec.optional, choices=choices
            )
            found.append(Shown(control, "radios"))
    return found


LIVE = "X-Live"
"""The header by which the page asks, after an answer, which fields are asked now; what was typed is kept. With
X-Revision it was typed without a network, on the draft as it stood then: 409 where it has changed meanwhile."""


def hangs_together(draft: DraftView) -> bool:
    """Whether an answer may open, close or compute another field."""
    return any(spec.when or spec.compute for spec in draft.procedure.definition.form)


def whole_form(
    actor: Actor, draft: DraftView, errors: Mapping[str, Sequence[Words]] | None = None, more_rows: str = ""
) -> list[Shown]:
    """The fields of the whole form for the template, section by section."""
    return by_section(draft.procedure.definition, shown(actor, whole(draft).specs, draft.raw, errors, more_rows))


def by_section(model: ProcedureDefinition, fields: Sequence[Shown]) -> list[Shown]:
    """The fields of the whole form, the first of each section with its heading."""
    section_of = {spec.name: spec.section for spec in model.form}
    titles = {name: (title, hint) for name, title, hint in sections(model)}
    found, last = [], None
    for one in fields:
        section = section_of[one.bound.name]
        title, hint = titles[section] if section != last else ("", "")
        found.append(replace(one, heading=title, hint=hint))
        last = section
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
