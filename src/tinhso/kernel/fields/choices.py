"""Yes or no, and one or several of a list."""

from functools import cached_property
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from pydantic import Field, model_validator

from ..errors import Invalid
from ..packs.definitions import Strict, Words
from ..text import fold
from .base import Column, FieldType, Options, field, text_of
from .lists import Code, Codes, code_list, national

_YES = {"yes", "true", "1", "co", "dung", "x", "y", "t"}
_NO = {"no", "false", "0", "khong", "sai", "n", "f"}
_RADIOS_UP_TO = 6


@field
class Boolean(FieldType):
    name: ClassVar[str] = "boolean"
    widget: ClassVar[str] = "radios"

    def choices(self, options: Options) -> list[tuple[str, str]]:
        return [("yes", _("Có")), ("no", _("Không"))]

    def column(self, options: Options) -> Column:
        return Column("boolean")

    def json_schema(self, options: Options) -> dict[str, Any]:
        return {"type": "boolean"}

    def read(self, raw: Any, options: Options) -> bool | None:
        if isinstance(raw, bool):
            return raw
        text = text_of(raw)
        word = fold(text) if len(text) <= 20 else text.strip()
        if not word:
            return None
        if word in _YES:
            return True
        if word in _NO:
            return False
        raise Invalid(_("Xin chọn Có hoặc Không"))

    def check(self, value: Any, options: Options) -> None:
        if not isinstance(value, bool):
            raise Invalid(_("Xin chọn Có hoặc Không"))

    def display(self, value: Any, options: Options) -> str:
        return "" if value is None else _("Có") if value else _("Không")

    def to_raw(self, value: Any) -> str:
        return "" if value is None else "yes" if value else "no"


class Own(Strict):
    value: str = Field(min_length=1, max_length=60)
    label: Words


class ChoiceOptions(Options):
    """`of` names a shared code list; `choices` lists them here. `multiple` allows several."""

    of: str | None = None
    choices: list[Own] = []
    multiple: bool = False

    @model_validator(mode="after")
    def _one_source(self) -> "ChoiceOptions":
        if (self.of is None) == (not self.choices):
            raise ValueError("say either of (a code list) or choices")
        values = [own.value for own in self.choices]
        if len(values) != len(set(values)):
            raise ValueError("choices: a value is there twice")
        return self

    @cached_property
    def _own(self) -> Codes:
        return Codes([Code(value=own.value, label=own.label) for own in self.choices])

    def codes(self) -> Codes:
        return code_list(self.of).compiled if self.of else self._own


@field
class Choice(FieldType):
    """The value is the code, or with `multiple` a list of codes without repetition."""

    name: ClassVar[str] = "choice"
    Options = ChoiceOptions
    widget: ClassVar[str] = "radios"

    def widget_for(self, options: ChoiceOptions) -> str:
        if options.multiple:
            return "checkboxes"
        return "radios" if len(options.codes().all) <= _RADIOS_UP_TO else "select"

    def needs(self, options: ChoiceOptions) -> list[tuple[str, str]]:
        return [("list", options.of)] if options.of and national(options.of) is None else []

    def choices(self, options: ChoiceOptions) -> list[tuple[str, str]]:
        return [(code.value, str(code.label)) for code in options.codes().all if not code.closed]

    def column(self, options: ChoiceOptions) -> Column:
        if options.multiple:
            return Column("text[]")
        if options.of:  # a list may grow; the field type checks it
            return Column("text", ("char_length({column}) <= 60",))
        listed = ", ".join(
            "'" + own.value.replace("'", "''").replace("{", "{{").replace("}", "}}") + "'" for own in options.choices
        )
        return Column("text", (f"{{column}} IN ({listed})",))

    def json_schema(self, options: ChoiceOptions) -> dict[str, Any]:
        one = {"type": "string", "enum": list(options.codes().by_value)}
        return {"type": "array", "items": one, "uniqueItems": True} if options.multiple else one

    def read(self, raw: Any, options: ChoiceOptions) -> Any:
        if options.multiple:
            given = raw.split(";") if isinstance(raw, str) else raw if isinstance(raw, list | tuple) else [raw]
            found = [self._one(item, options) for item in given if text_of(item).strip()]
            return list(dict.fromkeys(found)) or None
        return self._one(raw, options) if text_of(raw).strip() else None

    def _one(self, raw: Any, options: ChoiceOptions) -> str:
        found = options.codes().read(text_of(raw))
        if found is None:
            raise Invalid(_("Xin chọn một mục trong danh sách"))
        return found

    def check(self, value: Any, options: ChoiceOptions) -> None:
        known = options.codes().by_value
        given = value if options.multiple and isinstance(value, list) else [value]
        fine = isinstance(value, list) == options.multiple and all(isinstance(v, str) and v in known for v in given)
        if not fine or len(set(given)) != len(given):
            raise Invalid(_("Xin chọn một mục trong danh sách"))

    def from_json(self, data: Any) -> Any:
        if isinstance(data, str) or data is None:
            return data
        if isinstance(data, list) and all(isinstance(item, str) for item in data):
            return list(dict.fromkeys(data))
        raise Invalid(_("Xin chọn một mục trong danh sách"))

    def display(self, value: Any, options: ChoiceOptions) -> str:
        known = options.codes().by_value
        given = value if isinstance(value, list) else [] if value is None else [value]
        return "; ".join(str(known[v].label) if v in known else str(v) for v in given)

    def to_raw(self, value: Any) -> Any:
        return value if isinstance(value, list) else value or ""
