"""Text, telephone numbers, e-mail addresses."""

import re
import unicodedata
from typing import Any, ClassVar

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import Field, field_validator

from ..errors import Invalid
from ..text import clean
from .base import Column, FieldType, Options, field, guard_formula, text_of, whole_cell

LONGEST = 20_000
# C0 and C1 controls but tab and line ends, and the marks that turn the direction of writing: they hide what is read.
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)


def visible(raw: Any, longest: int = LONGEST) -> str:
    """The raw value as text in NFC. Raises Invalid for what cannot be text, is too long or hides letters."""
    text = text_of(raw)
    if len(text) > longest:
        raise Invalid(_("Nội dung quá dài"))
    if _FORBIDDEN.search(text):
        raise Invalid(_("Nội dung có ký tự không hiển thị được, xin gõ lại"))
    return unicodedata.normalize("NFC", text)


class TextOptions(Options):
    """`lines` above 1 makes a text area; `pattern` must match the whole text, and `pattern_hint` says it in words."""

    max: int = Field(default=200, ge=1, le=LONGEST)
    min: int = Field(default=0, ge=0)
    lines: int = Field(default=1, ge=1, le=60)
    pattern: str | None = None
    pattern_hint: str = ""

    @field_validator("pattern")
    @classmethod
    def _compiles(cls, pattern: str | None) -> str | None:
        try:
            re.compile(pattern or "")
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from None
        return pattern


@field
class Text(FieldType):
    name: ClassVar[str] = "text"
    Options = TextOptions
    widget: ClassVar[str] = "text"

    def widget_for(self, options: TextOptions) -> str:
        return "textarea" if options.lines > 1 else "text"

    def attrs(self, options: TextOptions) -> dict[str, Any]:
        return {"maxlength": options.max}

    def column(self, options: TextOptions) -> Column:
        return Column("text", (f"char_length({{column}}) <= {options.max}",))

    def json_schema(self, options: TextOptions) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "string", "maxLength": options.max}
        if options.min:
            schema["minLength"] = options.min
        if options.pattern:
            schema["pattern"] = f"^(?:{options.pattern})$"
        return schema

    def read(self, raw: Any, options: TextOptions) -> str | None:
        text = visible(raw)
        if options.lines > 1:
            return "\n".join(clean(line) for line in text.splitlines()).strip() or None
        return clean(text) or None

    def check(self, value: Any, options: TextOptions) -> None:
        if not isinstance(value, str):
            raise Invalid(_("Xin nhập chữ"))
        visible(value)
        if len(value) > options.max:
            over = len(value) - options.max
            raise Invalid(
                ngettext(
                    "Nhiều nhất %(max)d ký tự, đang thừa %(over)d",
                    "Nhiều nhất %(max)d ký tự, đang thừa %(over)d",
                    over,
                )
                % {"max": options.max, "over": over}
            )
        if len(value) < options.min:
            raise Invalid(_("Ít nhất %(min)d ký tự") % {"min": options.min})
        if options.pattern and not re.fullmatch(options.pattern, value):
            raise Invalid(options.pattern_hint or _("Chưa đúng dạng yêu cầu"))

    def to_cell(self, value: Any, options: TextOptions) -> Any:
        return guard_formula(value or "")


_MOBILE = re.compile(r"0[35789]\d{8}")
_LANDLINE = re.compile(r"02\d{9}")


@field
class Phone(FieldType):
    """A Vietnamese number, stored as +84…: mobile 10 digits from 03, 05, 07, 08, 09; landline 11 from 02 (Thái Bình
    0227 and 7 digits)."""

    name: ClassVar[str] = "phone"
    widget: ClassVar[str] = "phone"

    def column(self, options: Options) -> Column:
        return Column("text", (r"{column} ~ '^\+84[0-9]{{9,10}}$'",))

    def json_schema(self, options: Options) -> dict[str, Any]:
        return {"type": "string", "pattern": r"^\+84\d{9,10}$"}

    def read(self, raw: Any, options: Options) -> str | None:
        typed = re.sub(r"[\s.\-()]", "", visible(raw, 60))
        if not typed:
            return None
        local = re.sub(r"^(\+84|0084|84(?=\d{9}$))", "0", typed)
        if not (_MOBILE.fullmatch(local) or _LANDLINE.fullmatch(local)) or not local.isascii():
            raise Invalid(_("Số di động có 10 chữ số, số cố định 11, ví dụ 0912 345 678"))
        return f"+84{local[1:]}"

    def check(self, value: Any, options: Options) -> None:
        if not isinstance(value, str) or self.read(value, options) != value:
            raise Invalid(_("Số di động có 10 chữ số, số cố định 11, ví dụ 0912 345 678"))

    def display(self, value: Any, options: Options) -> str:
        if not value:
            return ""
        local = "0" + value.removeprefix("+84")
        return f"{local[:4]} {local[4:7]} {local[7:]}"

    def to_raw(self, value: Any) -> str:
        return self.display(value, self.Options())

    def from_cell(self, cell: Any, options: Options) -> str | None:
        number = whole_cell(cell)
        return super().from_cell(f"0{number}" if number is not None and number < 10**10 else cell, options)


@field
class Email(FieldType):
    name: ClassVar[str] = "email"
    widget: ClassVar[str] = "email"

    def column(self, options: Options) -> Column:
        return Column("text", ("char_length({column}) <= 254", "{column} LIKE '%@%'"))

    def json_schema(self, options: Options) -> dict[str, Any]:
        return {"type": "string", "format": "email", "maxLength": 254}

    def read(self, raw: Any, options: Options) -> str | None:
        text = clean(visible(raw, 400))
        if text:
            self.check(text, options)
        return text or None

    def check(self, value: Any, options: Options) -> None:
        try:
            if not isinstance(value, str) or len(value) > 254:
                raise ValidationError("")
            validate_email(value)
        except ValidationError:
            raise Invalid(_("Địa chỉ thư có dạng ten@vidu.vn")) from None
