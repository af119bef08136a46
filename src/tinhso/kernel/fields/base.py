"""What a field type is. One class serves the register's column, the form, the API, display, import and export."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from functools import cached_property
from typing import Any, ClassVar, Literal

from django.utils.translation import gettext as _
from pydantic import Field, model_validator

from ..errors import Invalid
from ..errors import Words as ProblemWords
from ..packs.definitions import Strict, Words

Class = Literal["open", "internal", "personal", "sensitive"]


class Options(Strict):
    """Keys that only one type knows (`max`, `past`, `of`…); a type without its own uses this empty one."""


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
    Options: ClassVar[type[Options]] = Options
    widget: ClassVar[str]
    """The template of the widget: portals/templates/fields/<widget>.html"""
    parts: ClassVar[tuple[str, ...]] = ()
    """The names of a composite widget's inputs (`born_on.day`)."""

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

    def from_cell(self, cell: Any, options: Any) -> Any:
        """From a cell of a CSV or XLSX file to value; a whole number that a spreadsheet keeps as 12.0 is 12."""
        if isinstance(cell, float) and cell.is_integer():
            cell = int(cell)
        return self.read(cell, options)

    def to_cell(self, value: Any, options: Any) -> Any:
        """For a cell: a number, date or guarded text."""
        return self.display(value, options)


def text_of(raw: Any) -> str:
    """A raw value as text: "" for None; Invalid for what is no text (a list, a mapping, bytes)."""
    if raw is None:
        return ""
    if isinstance(raw, str):
        return raw
    if isinstance(raw, int | float) and not isinstance(raw, bool):
        return str(raw)
    raise Invalid(_("Giá trị không đúng kiểu của mục này"))


class FieldSpec(Strict):
    """One field of a definition as YAML has it. Keys of the type stand beside the common ones:
    `{name: child_name, type: text, label: {…}, max: 100}`."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=50)
    type: str
    label: Words | None = None
    hint: Words | None = None
    optional: bool = False
    class_: Class = Field(default="internal", alias="class")
    from_: str | None = Field(default=None, alias="from")
    options: dict[str, Any] = {}

    @model_validator(mode="before")
    @classmethod
    def _gather(cls, data: Any) -> Any:
        """Move the keys of the type under `options`, read by the type's own model."""
        if not isinstance(data, Mapping):
            return data
        common = {"name", "type", "label", "hint", "optional", "class", "from", "options"}
        given = {k: v for k, v in data.items() if k in common}
        given["options"] = dict(data.get("options", {})) | {k: v for k, v in data.items() if k not in common}
        return given

    @model_validator(mode="after")
    def _known(self) -> "FieldSpec":
        if self.type not in _types:
            raise ValueError(f"type: {self.type!r} is not a field type; known are {', '.join(sorted(_types))}")
        self.settings()
        return self

    @cached_property
    def _settings(self) -> Any:
        return self.kind.Options.model_validate(self.options)

    def settings(self) -> Any:
        """The type's options, validated once (pydantic's ValidationError where they are wrong)."""
        return self._settings

    @property
    def kind(self) -> FieldType:
        return _types[self.type]

    @property
    def words(self) -> str:
        return str(self.label) if self.label else self.name.replace("_", " ").capitalize()


_types: dict[str, FieldType] = {}


def field(cls: type[FieldType]) -> type[FieldType]:
    """Class decorator: make the type known. ValueError where the name is taken."""
    if cls.name in _types:
        raise ValueError(f"two field types are named {cls.name!r}")
    _types[cls.name] = cls()
    return cls


def field_type(name: str) -> FieldType:
    return _types[name]


def field_types() -> Mapping[str, FieldType]:
    return dict(_types)


def read_all(specs: Sequence[FieldSpec], raw: Callable[[str], Any]) -> dict[str, Any]:
    """Read and check every field; `raw(name)` gives its raw value. Raises one Invalid with all messages by path."""
    values: dict[str, Any] = {}
    errors: dict[str, list[Any]] = {}
    for spec in specs:
        options = spec.settings()
        try:
            value = spec.kind.read(raw(spec.name), options)
            if value is None and not spec.optional:
                raise Invalid(_("Xin nhập mục này"))
            if value is not None:
                spec.kind.check(value, options)
            values[spec.name] = value
        except Invalid as error:
            for path, messages in error.errors.items():
                errors.setdefault(f"{spec.name}.{path}" if path else spec.name, []).extend(messages)
    if errors:
        raise Invalid(errors)
    return values


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
    def columns(self) -> list["BoundField"]:
        return [BoundField(column) for column in getattr(self.spec.settings(), "columns", ())]

    @property
    def rows(self) -> list[list["BoundField"]]:
        columns = getattr(self.spec.settings(), "columns", ())
        return [
            [BoundField(column, row.get(column.name, "")) for column in columns]
            for row in (self.raw if isinstance(self.raw, list) else [])
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
        messages = [
            message
            for path, given in (errors or {}).items()
            if path == spec.name or path.startswith(f"{spec.name}.")
            for message in given
        ]
        found.append(BoundField(spec, raw.get(spec.name, ""), messages, spec.name in known))
    return found
