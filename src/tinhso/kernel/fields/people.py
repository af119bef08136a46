"""Persons and agencies: held by id, shown by name. Identity says who they are (hooks.py)."""

from collections.abc import Mapping
from typing import Any, ClassVar
from uuid import UUID

from django.utils.translation import gettext as _

from ..errors import Invalid
from ..text import clean
from . import hooks
from .base import Column, FieldType, Options, field, text_of
from .text import visible


class _Known(FieldType):
    """A thing of another engine, by UUID. `what` is the kind of its look-up."""

    what: ClassVar[str]
    widget: ClassVar[str] = "text"

    def column(self, options: Any) -> Column:
        return Column("uuid")

    def json_schema(self, options: Any) -> dict[str, Any]:
        return {"type": "string", "format": "uuid"}

    def read(self, raw: Any, options: Any) -> UUID | None:
        if isinstance(raw, UUID):
            return raw
        text = clean(visible(raw, 400))
        if not text:
            return None
        try:
            return UUID(text)
        except ValueError:
            pass
        known = hooks.look_up(self.what)
        found = known.read(text) if known else None
        if found is None:
            raise Invalid(self.unknown())
        return found

    def unknown(self) -> str:
        return _("Không tìm thấy, xin xem lại")

    def check(self, value: Any, options: Any) -> None:
        known = hooks.look_up(self.what)
        if not isinstance(value, UUID) or (known and not known.exists(value)):
            raise Invalid(self.unknown())

    def to_json(self, value: Any) -> Any:
        return str(value) if value else None

    def from_json(self, data: Any) -> Any:
        if data is None or isinstance(data, UUID):
            return data
        try:
            return UUID(data)
        except (ValueError, AttributeError, TypeError):
            raise Invalid(self.unknown()) from None

    def display(self, value: Any, options: Any) -> str:
        known = hooks.look_up(self.what)
        return "" if value is None else known.display(value) if known else str(value)

    def to_raw(self, value: Any) -> Any:
        return str(value) if value else ""

    def to_cell(self, value: Any, options: Any) -> Any:
        """The id: names are not unique, and what was exported can be imported again."""
        return str(value) if value else ""


@field
class Person(_Known):
    """A person of the population register. A form asks for name and identity number; the number finds the person,
    and the name must agree with it: who guesses a number learns nothing."""

    name: ClassVar[str] = "person"
    what: ClassVar[str] = "person"
    widget: ClassVar[str] = "person"
    parts: ClassVar[tuple[str, ...]] = ("name", "national_id")

    def read(self, raw: Any, options: Options) -> UUID | None:
        if not isinstance(raw, Mapping):
            return super().read(raw, options)
        name, number = (text_of(raw.get(part)).strip() for part in self.parts)
        if not name and not number:
            return None
        if not number:
            raise Invalid({"national_id": [_("Xin nhập số định danh")]})
        return super().read(f"{number} {name}", options)

    def unknown(self) -> str:
        return _("Không tìm thấy người có họ tên và số định danh này")


@field
class Agency(_Known):
    name: ClassVar[str] = "agency"
    what: ClassVar[str] = "agency"

    def unknown(self) -> str:
        return _("Không tìm thấy cơ quan này")


class ReferenceOptions(Options):
    """`to` names the register: "civil-status.births"."""

    to: str


@field
class Reference(_Known):
    """A record of a register."""

    name: ClassVar[str] = "reference"
    Options = ReferenceOptions
    what: ClassVar[str] = "record"

    def needs(self, options: ReferenceOptions) -> list[tuple[str, str]]:
        return [("register", options.to)]

    def unknown(self) -> str:
        return _("Không tìm thấy bản ghi này")
