"""What a field type is. One class serves the register's column, the form, the API, display, import and export.

Templates of widgets (portals/templates/fields/<widget>.html) get one `field`, a `BoundField`: name, id, label, hint,
optional, raw (a string; a mapping of strings by part for date, datetime, address, person; a list for checkboxes and
files), errors (words), choices [(value, words)], attrs of the input, accept of a file, and for tables columns and rows
of bound fields, whose raw is one line of text.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property
from typing import Any, ClassVar, Literal, TypeVar

from django.utils.translation import gettext as _
from pydantic import Field, model_validator

from .. import packs
from ..errors import Invalid
from ..errors import Words as ProblemWords
from ..packs.definitions import Strict, Words
from . import conditions
from .conditions import asked

Class = Literal["open", "internal", "personal", "sensitive"]


class Options(Strict):
    """Keys that only one type knows (`max`, `past`, `of`…); a type without its own uses this empty one."""


_Options = Options


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a register's table: `sql` is the PostgreSQL type, `checks` are conditions on `{column}`."""

    sql: str
    checks: tuple[str, ...] = ()


class FieldType:
    """A kind of value. Methods are pure; what needs the database (a unit, a person) asks the look-ups that the owning
    engine registers (`hooks.py`), so that the kernel stays below them.

    Four forms of a value: *raw* is what a person or a file gives (strings, or a mapping of strings for a composite
    widget); *value* is Python's; *json* is what definitions, snapshots and APIs carry; *text* is what people read.
    """

    name: ClassVar[str]
    Options: ClassVar[type[_Options]] = _Options
    widget: ClassVar[str]
    """The template of the widget: portals/templates/fields/<widget>.html"""
    parts: ClassVar[tuple[str, ...]] = ()
    """The names of a composite widget's inputs (`born_on.day`)."""

    def bound(self, options: Any) -> "FieldType":
        """The type as a field with these options has it; a table's knows its columns."""
        return self

    def widget_for(self, options: Any) -> str:
        return self.widget

    def attrs(self, options: Any) -> dict[str, Any]:
        """Attributes of the input."""
        return {}

    def choices(self, options: Any) -> list[tuple[str, str]]:
        """(value, words) of a closed choice, in the active language."""
        return []

    def column(self, options: Any) -> Column:
        raise TypeError(f"the field type {self.name!r} has no column")

    def json_schema(self, options: Any) -> dict[str, Any]:
        return {"type": "string"}

    def read(self, raw: Any, options: Any) -> Any:
        """From raw to value; None for what is empty. Raises Invalid({"": [message]}) in the reader's language, with
        sub-paths for parts of a composite ({"month": [...]})."""
        return raw

    def check(self, value: Any, options: Any) -> None:
        """Raise Invalid where a value that could be read is not allowed (too long, in the future…)."""

    def check_among(self, value: Any, values: Mapping[str, Any], options: Any) -> None:
        """Raise Invalid where a value does not agree with another field's (an identity number and a birthday)."""

    def siblings(self, options: Any) -> Iterable[str]:
        """The names of other fields that `check_among` looks at."""
        return ()

    def needs(self, options: Any) -> Iterable[tuple[str, str]]:
        """The definitions of packs that the options name: ("list", "soil"), ("register", "demo.gardens")."""
        return ()

    def to_json(self, value: Any) -> Any:
        return value

    def from_json(self, data: Any) -> Any:
        return data

    def to_sql(self, value: Any) -> Any:
        """The parameter for psycopg."""
        return value

    def from_sql(self, value: Any) -> Any:
        return value

    def display(self, value: Any, options: Any) -> str:
        """What people read, in the active language. "" for None."""
        return "" if value is None else str(value)

    def to_raw(self, value: Any) -> Any:
        """What fills a form again."""
        return "" if value is None else str(value)

    def to_line(self, value: Any, options: Any) -> str:
        """One line of text that `read` takes back; what a cell of a table widget holds."""
        raw = self.to_raw(value)
        return raw if isinstance(raw, str) else self.display(value, options)

    def from_cell(self, cell: Any, options: Any) -> Any:
        """From a cell of a CSV or XLSX file to value; a whole number that a spreadsheet keeps as 12.0 is 12."""
        if isinstance(cell, float) and cell.is_integer():
            cell = int(cell)
        elif isinstance(cell, str) and _GUARDED.match(cell):
            cell = cell[1:]
        return self.read(cell, options)

    def to_cell(self, value: Any, options: Any) -> Any:
        """For a cell: a number, a date, or text that no spreadsheet takes for a formula."""
        return guard_formula(self.display(value, options))


FORMULA = tuple("=+-@\t\r\n＝＋－＠")
"""What makes a spreadsheet run the text of a cell (CSV injection)."""


_GUARDED = re.compile(f"'+[{re.escape(''.join(FORMULA))}]")


def guard_formula(text: str) -> str:
    """The text with an apostrophe before it where a spreadsheet would run it, or where it would be taken for guarded;
    `from_cell` takes one off again."""
    return f"'{text}" if text.startswith(FORMULA) or _GUARDED.match(text) else text


def whole_cell(cell: Any) -> int | None:
    """The whole number that a spreadsheet keeps in a cell, None where it keeps something else. Identifiers written as
    numbers have lost their leading 0; their types put it back."""
    if isinstance(cell, bool) or not isinstance(cell, int | float) or not 0 <= cell < 10**13 or cell != int(cell):
        return None
    return int(cell)


MOST_NUMBER = 10**40


def text_of(raw: Any) -> str:
    """A raw value as text: "" for None; Invalid for what is no text (a list, a mapping, bytes)."""
    if raw is None:
        return ""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int | float) and not isinstance(raw, bool) and -MOST_NUMBER < raw < MOST_NUMBER:
        return str(raw)
    raise Invalid(_("Giá trị không đúng kiểu của mục này"))


_COMMON = frozenset({"name", "type", "label", "hint", "optional", "class", "from", "section", "when", "options"})


class FieldSpec(Strict):
    """One field of a definition as YAML has it. Keys of the type stand beside the common ones:
    `{name: child_name, type: text, label: {…}, max: 100}`.

    `when` says on which answers the field is asked at all: `when: {married: true, country: [VN, LA]}`, every one of
    them, any of a list (conditions.py). `section` names a heading of the form. `from` names a source that fills it
    (hooks.py).
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=50)
    type: str
    label: Words | None = None
    hint: Words | None = None
    optional: bool = False
    class_: Class = Field(default="internal", alias="class")
    from_: str | None = Field(default=None, alias="from")
    section: str = ""
    when: dict[str, Any] = {}
    options: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, data: Any) -> Any:
        """Move the keys of the type under `options`, read by the type's own model."""
        if not isinstance(data, Mapping):
            return data
        given = {k: v for k, v in data.items() if k in _COMMON}
        given["options"] = dict(data.get("options", {})) | {k: v for k, v in data.items() if k not in _COMMON}
        return given

    @model_validator(mode="after")
    def _known(self) -> "FieldSpec":
        if self.type not in _types:
            raise ValueError(f"type: {self.type!r} is not a field type; known are {', '.join(sorted(_types))}")
        self.settings()
        return self

    @cached_property
    def _settings(self) -> Any:
        return _types[self.type].Options.model_validate(self.options)

    def settings(self) -> Any:
        """The type's options, validated once (pydantic's ValidationError where they are wrong)."""
        return self._settings

    @cached_property
    def kind(self) -> FieldType:
        """The type, bound to the options."""
        return _types[self.type].bound(self._settings)

    @property
    def words(self) -> str:
        return str(self.label) if self.label else self.name.replace("_", " ").capitalize()


_types: dict[str, FieldType] = {}
_T = TypeVar("_T", bound=FieldType)


def field(cls: type[_T]) -> type[_T]:
    """Class decorator: make the type known. ValueError where the name is taken."""
    if cls.name in _types:
        raise ValueError(f"two field types are named {cls.name!r}")
    _types[cls.name] = cls()
    return cls


def field_type(name: str) -> FieldType:
    return _types[name]


def field_types() -> Mapping[str, FieldType]:
    return dict(_types)


def read_all(specs: Sequence[FieldSpec], raw: Callable[[str], Any], form: Sequence[FieldSpec] = ()) -> dict[str, Any]:
    """Read and check every field; `raw(name)` gives its raw value. A field that is not asked (`when`) is None. Where
    `specs` are one page of it, `form` is the whole, whose answers elsewhere decide too.

    Raises one Invalid with all messages by path.
    """
    values: dict[str, Any] = {}
    unread: dict[str, Invalid] = {}
    for spec in specs:
        try:
            values[spec.name] = spec.kind.read(raw(spec.name), spec.settings())
        except Invalid as error:
            values[spec.name], unread[spec.name] = None, error
    wanted = {spec.name for spec in asked(form or specs, raw)}
    values = {name: value if name in wanted else None for name, value in values.items()}
    errors: dict[str, list[Any]] = {}
    for spec in specs:
        if spec.name not in wanted:
            continue
        try:
            if spec.name in unread:
                raise unread[spec.name]
            _check(spec, values)
        except Invalid as error:
            for path, messages in error.errors.items():
                errors.setdefault(f"{spec.name}.{path}" if path else spec.name, []).extend(messages)
    if errors:
        raise Invalid(errors)
    return values


def _check(spec: FieldSpec, values: Mapping[str, Any]) -> None:
    value, options = values[spec.name], spec.settings()
    if value is not None:
        spec.kind.check(value, options)
        spec.kind.check_among(value, values, options)
    elif not spec.optional:
        label = spec.words
        if label[1:2].islower() or label[1:2] == " ":
            label = label[:1].lower() + label[1:]
        if spec.kind.widget_for(options) in {"radios", "select", "checkboxes", "file"}:
            raise Invalid(_("Xin chọn %(label)s") % {"label": label})
        raise Invalid(_("Xin nhập %(label)s") % {"label": label})


def faults(
    specs: Sequence[FieldSpec], context: Collection[tuple[str, str]] = ()
) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """(path of the key, message) for each name in a list of fields that leads nowhere. For the checks of packs, whose
    `context` has the (kind, name) of the definitions loaded together; others are looked for among those published."""
    by_name: dict[str, FieldSpec] = {}
    for number, spec in enumerate(specs):
        if spec.name in by_name:
            yield (number, "name"), f"{spec.name!r} is there twice"
        by_name[spec.name] = spec
    for number, spec in enumerate(specs):
        options = spec.settings()
        for path, message in conditions.faults(spec, by_name):
            yield (number, "when", *path), message
        for name in spec.kind.siblings(options):
            if name not in by_name:
                yield (number,), f"{name!r} is not a field"
        for kind, name in spec.kind.needs(options):
            if (kind, name) not in context and name not in packs.names(kind):
                yield (number,), f"there is no {kind} {name!r}"
        for path, message in faults(getattr(options, "columns", ()), context):
            yield (number, "columns", *path), message


def raw_of(posted: Any, spec: FieldSpec) -> Any:
    """The raw value of a field in a posted form (a QueryDict): parts of a composite, rows of a table gathered."""
    kind = spec.kind
    if isinstance(kind, _Rows):
        return kind.posted_rows(posted, spec)
    if kind.parts:
        given = {part: posted.get(f"{spec.name}.{part}") for part in kind.parts}
        return given if any(v is not None for v in given.values()) else posted.get(spec.name)
    if kind.widget_for(spec.settings()) == "checkboxes":
        return posted.getlist(spec.name) if hasattr(posted, "getlist") else posted.get(spec.name)
    return posted.get(spec.name)


class _Rows(FieldType):
    """Marks the type whose raw value is a list of rows (tables.py)."""

    def posted_rows(self, posted: Any, spec: FieldSpec) -> list[dict[str, Any]]:
        raise TypeError(self.name)


@dataclass(slots=True)
class BoundField:
    """A field in a form: its spec, what fills it, what is wrong with it. The templates of `fields/` show it."""

    spec: FieldSpec
    raw: Any = ""
    errors: list[ProblemWords] = dataclass_field(default_factory=list)
    prefilled: bool = False
    parts: dict[str, list[ProblemWords]] = dataclass_field(default_factory=dict)
    """Messages of one part ("month") or cell ("0.count"); `errors` has them too."""

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def id(self) -> str:
        return f"id_{self.spec.name}"

    @property
    def label(self) -> str:
        return self.spec.words

    @property
    def hint(self) -> str:
        return str(self.spec.hint) if self.spec.hint else ""

    @property
    def optional(self) -> bool:
        return self.spec.optional

    @property
    def widget(self) -> str:
        return self.spec.kind.widget_for(self.spec.settings())

    @property
    def attrs(self) -> dict[str, Any]:
        return self.spec.kind.attrs(self.spec.settings())

    @property
    def choices(self) -> list[tuple[str, str]]:
        return self.spec.kind.choices(self.spec.settings())

    @property
    def accept(self) -> str:
        """The media types of a file field, as an input's `accept` has them; "" for those that documents takes."""
        return ",".join(getattr(self.spec.settings(), "accept", ()))

    @property
    def columns(self) -> list["BoundField"]:
        return [BoundField(column) for column in getattr(self.spec.settings(), "columns", ())]

    @property
    def rows(self) -> list[list["BoundField"]]:
        columns = getattr(self.spec.settings(), "columns", ())
        return [
            [BoundField(c, row.get(c.name) or "", self.parts.get(f"{number}.{c.name}", [])) for c in columns]
            for number, row in enumerate(self.raw if isinstance(self.raw, list) else [])
            if isinstance(row, Mapping)
        ]


def bind(
    specs: Iterable[FieldSpec],
    raw: Mapping[str, Any],
    errors: Mapping[str, Sequence[ProblemWords]] | None = None,
    prefilled: Iterable[str] = (),
) -> list[BoundField]:
    """Fields ready for a template. `errors` is `Invalid.errors`; those of parts (`born_on.month`) go to the field."""
    known = set(prefilled)
    found = []
    for spec in specs:
        parts = {
            path.removeprefix(spec.name).removeprefix("."): list(messages)
            for path, messages in (errors or {}).items()
            if path == spec.name or path.startswith(f"{spec.name}.")
        }
        every = [message for messages in parts.values() for message in messages]
        found.append(BoundField(spec, raw.get(spec.name, ""), every, spec.name in known, parts))
    return found
