"""A register's definition, compiled once a version: its table, columns, and how values cross into SQL and JSON."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tinhso.kernel import packs
from tinhso.kernel.errors import Invalid, NotFound
from tinhso.kernel.fields.base import FieldSpec, FieldType

from .definitions import BRACES, SYSTEM_COLUMNS, RegisterDefinition

KIND = "register"
LOOKED_UP = frozenset({"person", "agency", "unit", "address", "reference"})
SCHEMA, PUBLISHED = "reg", "pub"


def table_name(register: str) -> str:
    """The table of "civil-status.births" without its schema: civil_status_births."""
    return register.replace(".", "_").replace("-", "_")


@dataclass(frozen=True, slots=True)
class Field:
    """One field, with what would else be asked of its type again for each value."""

    spec: FieldSpec
    kind: FieldType
    options: Any

    @property
    def name(self) -> str:
        return self.spec.name

    @property
    def is_secret(self) -> bool:
        """Sensitive fields have no column: they lie encrypted in `registers_secret`."""
        return self.spec.class_ == "sensitive"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of a register's table."""

    id: UUID
    revision: int
    valid_from: date
    valid_until: date | None
    unit: str
    unit_on: date
    case_id: UUID | None
    demo: bool
    created_at: datetime
    updated_at: datetime
    values: dict[str, Any]


class Shape:
    """A version of a register, ready to work with. Shared between threads and never changed."""

    def __init__(self, register: str, version: int, definition: RegisterDefinition) -> None:
        self.register, self.version, self.definition = register, version, definition
        self.pack, self.key = register.split(".", 1)
        self.name = table_name(register)
        self.table = f'{SCHEMA}."{self.name}"'
        self.view = f'{PUBLISHED}."{self.name}"'
        self.fields = {s.name: Field(s, s.kind, s.settings()) for s in definition.fields}
        self.stored = tuple(f for f in self.fields.values() if not f.is_secret)
        self.secret = tuple(f for f in self.fields.values() if f.is_secret)

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """System columns, then the fields', quoted."""
        return (*SYSTEM_COLUMNS, *(f'"{f.name}"' for f in self.stored))

    @cached_property
    def select(self) -> str:
        return ", ".join(f"t.{column}" for column in self.columns)

    @cached_property
    def newest_first(self) -> str:
        """The order of a list that nobody sorted: by the day that numbers the register, else by when it was entered."""
        numbering = self.definition.numbering
        return f"-{numbering.date}" if numbering else "-id"

    def visible(self, classes: frozenset[str]) -> tuple[Field, ...]:
        return tuple(f for f in self.fields.values() if f.spec.class_ in classes)

    def refers(self, name: str) -> bool:
        """Whether a field holds the id of a person, an agency or a record."""
        return self.fields[name].spec.type in {"person", "agency", "reference"}

    def check(self, values: Mapping[str, Any], *, partial: bool = False, trusted: bool = False) -> dict[str, Any]:
        """The values, checked by their types, every field there (None where left out, unless `partial`).

        `trusted` values of types that ask another engine (a person, a unit…) are taken as they are: what the
        platform itself loads by the thousand is not looked up one by one.

        Raises Invalid with all messages by path; a name that is no field is one of them.
        """
        errors: dict[str, list[Any]] = {
            name: [_("Sổ này không có mục “%(name)s”.") % {"name": name}] for name in values if name not in self.fields
        }
        numbered = self.definition.numbering.field if self.definition.numbering else ""
        checked: dict[str, Any] = {}
        for name, field in self.fields.items():
            if partial and name not in values:
                continue
            value = values.get(name)
            if value is None or value == "":
                if not field.spec.optional and name != numbered:
                    errors[name] = [_("Xin nhập mục này")]
                checked[name] = None
                continue
            try:
                if not (trusted and field.spec.type in LOOKED_UP):
                    field.kind.check(value, field.options)
            except Invalid as error:
                for path, messages in error.errors.items():
                    errors.setdefault(f"{name}.{path}" if path else name, []).extend(messages)
            except (TypeError, ValueError, AttributeError):
                errors[name] = [_("Giá trị không đúng kiểu của mục này")]
            checked[name] = value
        if errors:
            raise Invalid(errors)
        return checked

    def from_json(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """API's JSON as Python values. Raises Invalid by path where a value is not of its type."""
        errors: dict[str, list[Any]] = {}
        values: dict[str, Any] = {}
        for name, item in data.items():
            field = self.fields.get(name)
            if field is None or item is None:
                values[name] = None if field else item
                continue
            try:
                value = field.kind.from_json(item)
                values[name] = field.kind.read(value, field.options) if field.spec.type == "text" else value  # to NFC
            except Invalid as error:
                for path, messages in error.errors.items():
                    errors.setdefault(f"{name}.{path}" if path else name, []).extend(messages)
            except (TypeError, ValueError, AttributeError, KeyError):
                errors[name] = [_("Giá trị không đúng kiểu của mục này")]
        if errors:
            raise Invalid(errors)
        return values

    def to_json(self, values: Mapping[str, Any], fields: Iterable[Field] | None = None) -> dict[str, Any]:
        """The values as JSON, by name; empty ones left out."""
        ways = self._to_json if fields is None else [(f.name, f.kind.to_json) for f in fields]
        return {name: to_json(value) for name, to_json in ways if (value := values.get(name)) is not None}

    @cached_property
    def _to_json(self) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
        return tuple((name, field.kind.to_json) for name, field in self.fields.items())

    def read_json(self, data: Mapping[str, Any]) -> dict[str, Any]:
        """A stored snapshot of this version as Python values, every field of the version there."""
        return {
            name: None if (item := data.get(name)) is None else field.kind.from_json(item)
            for name, field in self.fields.items()
        }

    @cached_property
    def in_display(self) -> tuple[str, ...]:
        """The fields that a record's line for people is made of."""
        return tuple(BRACES.findall(self._template))

    @cached_property
    def _template(self) -> str:
        return self.definition.display or f"{{{self.stored[0].name if self.stored else next(iter(self.fields))}}}"

    def display(self, values: Mapping[str, Any], known: Mapping[str, Mapping[UUID, str]] | None = None) -> str:
        """The record's line for people, by the definition's `display` or its first field; `known` as in `words`."""
        words = BRACES.sub(lambda found: self.words(found[1], values.get(found[1]), known or {}), self._template)
        return words.strip(" –-,")

    def words(self, name: str, value: Any, known: Mapping[str, Mapping[UUID, str]]) -> str:
        """The value of a field as people read it; of what is `known` by field, the names are not asked for again."""
        if value is None or name not in known:
            field = self.fields[name]
            return field.kind.display(value, field.options)
        return known[name].get(UUID(str(value)), "")

    def row(self, row: Sequence[Any]) -> "Row":
        """One row of `select` as Python values; sensitive fields are not in it."""
        values: dict[str, Any] = dict.fromkeys(self.fields)
        for (name, from_sql), cell in zip(self._from_sql, row[len(SYSTEM_COLUMNS) :], strict=True):
            if cell is not None:
                values[name] = from_sql(cell)
        return Row(*row[: len(SYSTEM_COLUMNS)], values=values)

    @cached_property
    def _from_sql(self) -> tuple[tuple[str, Callable[[Any], Any]], ...]:
        return tuple((field.name, field.kind.from_sql) for field in self.stored)


@lru_cache(maxsize=2_000)
def _shape(register: str, version: int, digest: str) -> Shape:
    return Shape(register, version, packs.compiled(KIND, register, version).model)


def shape(register: str | Shape, version: int | None = None) -> Shape:
    """The compiled version in force of a register, or the version asked for; what somebody has asked for already is
    handed back. Raises NotFound."""
    if isinstance(register, Shape):
        return register
    if "\0" in register:
        raise NotFound()
    found = packs.compiled(KIND, register, version)
    return _shape(register, found.version, found.digest)


def followed(then: Shape, now: Shape, name: str) -> str | None:
    """The name that a field of the version `then` has in `now`, by the renames declared in between; None where it was
    dropped, also if another field got its name later."""
    for version in range(then.version + 1, now.version + 1):
        between = shape(now.register, version)
        name = between.definition.rename.get(name, name)
        if name not in between.fields:
            return None
    return name


def carried(then: Shape, now: Shape, values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the version `then` under the names they have in `now`, by the renames declared in between."""
    names = {name: name for name in values}
    for version in range(then.version + 1, now.version + 1):
        renames = shape(now.register, version).definition.rename
        names = {first: renames.get(name, name) for first, name in names.items()}
    found: dict[str, Any] = {}
    for name, value in sorted(values.items(), key=lambda item: names[item[0]] != item[0]):  # renamed ones last
        today, shown = _of_today(then, now, name, names[name], value)
        if today in found:  # fields of that name were dropped before others got it
            aside = f"{today} v{then.version}"
            while aside in found:
                aside += f" v{then.version}"
            found[aside] = found[today]
        found[today] = shown
    return found


def _of_today(then: Shape, now: Shape, was: str, name: str, value: Any) -> tuple[str, Any]:
    """A value of a field whose type has changed, as the type of today reads it. What it cannot read stays in words,
    beside the field of today, with the number of its version."""
    field, today = then.fields[was], now.fields.get(name)
    if value is None or today is None or today.spec.type == field.spec.type:
        return name, value
    try:
        read = today.kind.read(field.kind.to_line(value, field.options), today.options)
        today.kind.check(read, today.options)
    except (Invalid, TypeError, ValueError, AttributeError):
        return f"{name} v{then.version}", field.kind.display(value, field.options)
    return name, read
