"""Files: held as references to blobs; the bytes are the business of documents."""

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _

from ..errors import Invalid
from .base import Column, FieldType, Options, field
from .text import visible

_KEYS = {"digest", "name", "size", "media_type"}
_MOST = 20
"""Files in one field."""


class FileOptions(Options):
    """`accept` lists media types ("application/pdf", "image/*"); empty: what documents takes at all."""

    accept: list[str] = []
    multiple: bool = False


@field
class File(FieldType):
    """The value is {digest (SHA-256 hex), name, size, media_type}, or with `multiple` a list of them."""

    name: ClassVar[str] = "file"
    Options = FileOptions
    widget: ClassVar[str] = "file"

    def attrs(self, options: FileOptions) -> dict[str, Any]:
        return {"multiple": options.multiple}

    def column(self, options: FileOptions) -> Column:
        kind = "array" if options.multiple else "object"
        return Column("jsonb", (f"jsonb_typeof({{column}}) = '{kind}'",))

    def json_schema(self, options: FileOptions) -> dict[str, Any]:
        one = {
            "type": "object",
            "properties": {
                "digest": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
                "name": {"type": "string"},
                "size": {"type": "integer", "minimum": 1},
                "media_type": {"type": "string"},
            },
            "required": sorted(_KEYS),
            "additionalProperties": False,
        }
        return {"type": "array", "items": one, "maxItems": _MOST} if options.multiple else one

    def read(self, raw: Any, options: FileOptions) -> Any:
        if raw is None or raw in ("", [], {}):
            return None
        if isinstance(raw, str):
            try:
                raw = json.loads(raw)
            except (ValueError, RecursionError):
                raise Invalid(_("Tệp này không còn, xin chọn lại")) from None
        if isinstance(raw, Mapping):
            raw = dict(raw)
        if not isinstance(raw, dict | list):
            raise Invalid(_("Tệp này không còn, xin chọn lại"))
        return [raw] if options.multiple and isinstance(raw, dict) else raw or None

    def check(self, value: Any, options: FileOptions) -> None:
        if isinstance(value, list) != options.multiple:
            raise Invalid(_("Tệp này không còn, xin chọn lại"))
        given = value if options.multiple else [value]
        if len(given) > _MOST:
            raise Invalid(_("Nhiều nhất %(max)d tệp") % {"max": _MOST})
        for one in given:
            self._check_one(one, options)

    def _check_one(self, one: Any, options: FileOptions) -> None:
        fine = (
            isinstance(one, dict)
            and set(one) == _KEYS
            and all(isinstance(one[key], str) for key in ("digest", "name", "media_type"))
            and re.fullmatch("[0-9a-f]{64}", one["digest"])
            and re.fullmatch(r"[\w.+-]{1,60}/[\w.+-]{1,120}", one["media_type"], re.ASCII)
            and isinstance(one["size"], int)
            and not isinstance(one["size"], bool)
            and 0 < one["size"] < 2**53
        )
        if not fine:
            raise Invalid(_("Tệp này không còn, xin chọn lại"))
        visible(one["name"], 255)
        if options.accept and not any(
            re.fullmatch(re.escape(kind).replace(r"\*", ".*"), one["media_type"]) for kind in options.accept
        ):
            raise Invalid(_("Loại tệp không được nhận ở mục này"))

    def to_sql(self, value: Any) -> Any:
        return json.dumps(value, ensure_ascii=False) if value else None

    def from_sql(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    def display(self, value: Any, options: FileOptions) -> str:
        return ", ".join(
            one.get("name", "") for one in (value if isinstance(value, list) else [value] if value else [])
        )

    def to_raw(self, value: Any) -> Any:
        return value or ""

    def to_line(self, value: Any, options: FileOptions) -> str:
        return json.dumps(value, ensure_ascii=False) if value else ""

    def to_cell(self, value: Any, options: FileOptions) -> Any:
        """Name and digest: what a reader needs, and finds the bytes by."""
        return self.to_line(value, options)
