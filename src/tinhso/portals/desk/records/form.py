"""A register's form: its fields as the officer may read them, what fills them, and what was typed as values."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.core import signing
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tinhso.documents import services as documents
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid, NotFound, Problem, Words
from tinhso.kernel.fields import hooks
from tinhso.kernel.fields.base import BoundField, FieldSpec, asked, bind, raw_of, read_all
from tinhso.kernel.ids import as_uuid
from tinhso.portals.citizen.filling import REFUSED_FILES, why
from tinhso.portals.design import Control
from tinhso.registers import queries as registers
from tinhso.registers.contracts import Record

NONE, QUERY, THEIRS = "_none", "q", "_theirs"
"""`x._none` empties a field that only says what it holds; `x.q` looks for a record; `_theirs.x` takes a colleague's."""

PASTED = frozenset({"line", "polygon"})
"""Shapes that are pasted: a tap on a map makes a point, which such a field does not take."""


@dataclass(slots=True)
class Shown:
    """A field for the template: `kept` is what it holds where the control cannot show it; `theirs` what a colleague
    wrote meanwhile."""

    bound: BoundField | Control
    widget: str = ""
    kept: str = ""
    token: str = ""
    theirs: str = ""


@dataclass(slots=True)
class Section:
    title: str
    hint: str
    fields: list[Shown] = field(default_factory=list)


class Form:
    """The form of one record, or of a new one (`record` is None). `raw` fills it, `errors` are by path."""

    def __init__(self, actor: Actor, register: str, record: Record | None = None) -> None:
        self.actor, self.register, self.record = actor, register, record
        self.of = registers.definition(register)
        numbered = self.of.definition.numbering.field if self.of.definition.numbering else ""
        names = registers.editable(actor, register)
        specs = [self.of.fields[name].spec for name in names]
        self.specs = [s.model_copy(update={"optional": True}) if s.name == numbered else s for s in specs]
        self.before: dict[str, Any] = {s.name: record.values.get(s.name) if record else None for s in self.specs}
        self.raw: dict[str, Any] = {s.name: _filled(s, self.before[s.name]) for s in self.specs}
        self.errors: dict[str, Any] = {}
        self.found: dict[str, list[tuple[UUID, str]]] = {}
        self.theirs: dict[str, str] = {}

    def since(self, record: Record) -> None:
        """Let the form stand on another version of the record than the newest: the one that its page showed."""
        for spec in self.specs:
            self.before[spec.name] = record.values.get(spec.name)

    def read(self, request: HttpRequest) -> dict[str, Any]:
        """The values of a posted form, by field; those that were left as they stood are what they were. What is wrong
        is in `errors`, and all that was typed in `raw`."""
        posted, untouched, stood = request.POST, set(), {s.name: _filled(s, self.before[s.name]) for s in self.specs}
        shown = set(posted.getlist("_shown"))
        for spec in self.specs:
            there = self._as_shown(spec, shown)
            if shown and there.name not in shown:  # what the page did not ask is not emptied by it
                self.raw[spec.name] = stood[spec.name]
                untouched.add(spec.name)
                continue
            raw = self._posted(request, there)
            self.raw[spec.name] = raw
            emptied = posted.get(f"{there.name}.{NONE}") == "1"
            if spec.type in {"person", "file"} and emptied:
                self.raw[spec.name] = ""
            elif raw == stood[spec.name] or (spec.type == "person" and not _said(raw) and self.before[spec.name]):
                untouched.add(spec.name)
        errors: dict[str, Any] = {}
        values: dict[str, Any] = {}
        unread = dict(self.errors)
        self.errors = {}
        try:
            values = read_all(self.specs, self.raw.get)
        except Invalid as error:
            errors = dict(error.errors)
        # A form with one wrong field has no values at all; the others are read alone, for conflicts to be told.
        for spec in self.specs:
            if spec.name in untouched and self.before[spec.name] is not None:
                values[spec.name] = self.before[spec.name]
                errors = {p: m for p, m in errors.items() if p.partition(".")[0] != spec.name}
            elif spec.name not in values:
                values[spec.name] = _alone(spec, self.raw[spec.name])
        for spec in self.specs:
            if spec.type == "reference" and values[spec.name] and not self._sees(spec, values[spec.name]):
                errors[spec.name] = [_("Không tìm thấy bản ghi này")]
            if spec.type == "person" and spec.name not in untouched and isinstance(self.raw[spec.name], str):
                values[spec.name] = None  # a person is named by name and number, never by an id that somebody posts
        self.errors = errors | unread
        return values

    def changed(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values that differ from what the record held."""
        return {name: value for name, value in values.items() if value != self.before[name]}

    def opened(self, request: HttpRequest) -> list[str]:
        """Fields that the answers given open, and that were not on the page: they have to be asked before anything is
        written."""
        shown = set(request.POST.getlist("_shown"))
        found = asked(self.specs, self.raw.get)
        return [s.words for s in found if shown and self._as_shown(s, shown).name not in shown]

    def sections(self) -> list[Section]:
        """The fields that are asked, under the definition's headings; those of no section first."""
        wanted = {s.name for s in asked(self.specs, self.raw.get)}
        named = [(s.name, str(s.title), str(s.hint or "")) for s in self.of.definition.sections]
        found = []
        for name, title, hint in [("", "", ""), *named]:
            section = Section(title, hint)
            section.fields = [self._shown(s) for s in self.specs if s.section == name and s.name in wanted]
            if section.fields:
                found.append(section)
        return found

    @property
    def bound(self) -> list[BoundField | Control]:
        return [one.bound for section in self.sections() for one in section.fields]

    @property
    def other_errors(self) -> dict[str, Sequence[Words]]:
        """What is wrong with no field of the page."""
        names = {s.name for s in self.specs}
        return {path: m for path, m in self.errors.items() if path.partition(".")[0] not in names}

    def _as_shown(self, spec: FieldSpec, shown: set[str]) -> FieldSpec:
        """The field under the name that it had on the page, where a colleague has renamed it since."""
        before = [old for old, new in self.of.definition.rename.items() if new == spec.name and old in shown]
        return spec.model_copy(update={"name": before[0]}) if before and spec.name not in shown else spec

    def _posted(self, request: HttpRequest, spec: FieldSpec) -> Any:
        posted = request.POST
        if spec.type == "file":
            return self._files(request, spec)
        if spec.type == "reference":
            return self._reference(request, spec)
        raw = raw_of(posted, spec)
        return raw.replace("\r\n", "\n") if isinstance(raw, str) else raw

    def _files(self, request: HttpRequest, spec: FieldSpec) -> Any:
        """New files, else those that the page carried. What it carries is signed: nobody can name another's file."""
        kept = _opened(request.POST.get(f"{spec.name}.kept", ""), self.actor)
        given = []
        for file in request.FILES.getlist(spec.name):
            try:
                blob = documents.store(self.actor, file, name=file.name or spec.name)
            except REFUSED_FILES as problem:
                self.errors[spec.name] = why(problem)
                return kept
            given.append(
                {"digest": blob.digest, "name": blob.name, "size": blob.size, "media_type": blob.media_type}
            )  # fmt: skip
        if not spec.settings().multiple:
            return given[0] if given else kept
        return [*(kept or []), *given] or ""

    def _reference(self, request: HttpRequest, spec: FieldSpec) -> Any:
        """The record that was chosen; where only words were typed, the one that they find."""
        text = request.POST.get(f"{spec.name}.{QUERY}", "").strip()
        chosen = request.POST.get(spec.name, "")
        looked = request.POST.get("_find") == spec.name
        if not text or (chosen and not looked):
            return chosen
        self.found[spec.name] = registers.find_for_reference(self.actor, spec.settings().to, text)
        if looked:
            return chosen
        if len(self.found[spec.name]) == 1:
            return str(self.found[spec.name][0][0])
        found = self.found[spec.name]
        self.errors[spec.name] = [
            _("Có nhiều bản ghi như vậy; xin chọn một.") if found else _("Không có bản ghi nào như vậy trong sổ ấy.")
        ]
        return ""

    def _sees(self, spec: FieldSpec, id: UUID) -> bool:
        if id == self.before[spec.name]:
            return True
        try:
            registers.get(self.actor, spec.settings().to, id)
        except (NotFound, Problem):
            return False
        return True

    def _shown(self, spec: FieldSpec) -> Shown:
        [bound] = bind([spec], self.raw, self.errors)
        shown = Shown(bound, theirs=self.theirs.get(spec.name, ""))
        value = self.before[spec.name]
        if spec.type == "reference":
            shown.bound, shown.widget = self._choice(spec, bound), "reference"
        elif spec.type == "geometry" and spec.settings().shape in PASTED:
            shown.widget = "shape"
        elif spec.type == "person" and value:
            shown.kept = self.of.fields[spec.name].kind.display(value, spec.settings())
        elif spec.type == "file" and bound.raw:
            shown.kept = spec.kind.display(bound.raw, spec.settings())
            shown.token = signing.dumps(bound.raw, salt=_salt(self.actor))
            shown.bound = BoundField(spec, "", bound.errors)
        elif spec.type == "table":
            bound.raw = [*(bound.raw if isinstance(bound.raw, list) else []), {}]
        return shown

    def _choice(self, spec: FieldSpec, bound: BoundField) -> Control:
        known = hooks.look_up("record")
        target = registers.definition(spec.settings().to).definition
        choices: dict[str, str] = {}
        for held in (self.before[spec.name], bound.raw):
            if held and known:
                choices[str(held)] = known.display(id) if (id := as_uuid(held)) else ""
        choices |= {str(id): words for id, words in self.found.get(spec.name, ())}
        listed = [(id, words) for id, words in choices.items() if words]
        if spec.optional and listed:
            listed.append(("", _("Không chọn")))
        return Control(
            spec.name, spec.words, str(bound.raw or ""), bound.hint, bound.errors, spec.optional, choices=listed,
            attrs={"found": spec.name in self.found, "to": str(target.name)},
        )  # fmt: skip


def _filled(spec: FieldSpec, value: Any) -> Any:
    """What fills a control for a value: an agency by its name, a person by nothing (the page says who it is)."""
    if value is None or spec.type == "person":
        return ""
    if spec.type == "agency":
        return spec.kind.display(value, spec.settings())
    return spec.kind.to_raw(value)


def _alone(spec: FieldSpec, raw: Any) -> Any:
    try:
        return spec.kind.read(raw, spec.settings())
    except Invalid:
        return None


def _said(raw: Any) -> bool:
    return any(raw.values()) if isinstance(raw, Mapping) else bool(raw)


def _salt(actor: Actor) -> str:
    return f"desk.records.file:{actor.account}"


def _opened(token: str, actor: Actor) -> Any:
    try:
        return signing.loads(token, salt=_salt(actor), max_age=7 * 86_400) if token else ""
    except signing.BadSignature:
        return ""


def words(of: Any, values: Mapping[str, Any], names: Iterable[str]) -> dict[str, str]:
    """Values as people read them, by field."""
    found = {}
    for name in names:
        value = values.get(name)
        one = of.fields[name]
        found[name] = "" if value is None else one.kind.display(value, one.options)
    return found
