"""What a field type is. One class serves the register's column, the form, the API, display, import and export."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

from django.utils.translation import gettext as _
from pydantic import Field, model_validator

from ..errors import Invalid
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
    """A kind of value. Methods are pure; what needs the database (a unit, a person) asks the `lookup` hooks that
    the owning engine registers (`hooks.py`), so that the kernel stays below them.

    Four forms of a value: *raw* is what a person or a file gives (strings, or a mapping of strings for a composite
    widget); *value* is Python's; *json* is what definitions, snapshots and APIs carry; *text* is what people read.
    """

    name: ClassVar[str]
    Options: ClassVar[type[Options]] = Options
    widget: ClassVar[str]
    """The template of the widget: portals/templates/fields/<widget>.html"""

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

    def settings(self) -> Any:
        """The type's options, validated (pydantic's ValidationError where they are wrong)."""
        return field_type(self.type).Options.model_validate(self.options)

    @property
    def kind(self) -> FieldType:
        return field_type(self.type)

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


def read_all(specs: "tuple[FieldSpec, ...] | list[FieldSpec]", raw: Callable[[str], Any]) -> dict[str, Any]:
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
