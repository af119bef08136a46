"""A table inside a record or form: rows of other fields."""

import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from django.utils.translation import gettext as _
from pydantic import Field, field_validator

from ..errors import Invalid
from .base import Column, FieldSpec, FieldType, Options, _Rows, field, read_all

_MOST = 500


class TableOptions(Options):
    """`columns` are fields; a table inside a table is refused."""

    columns: tuple[FieldSpec, ...] = Field(min_length=1, max_length=30)
    min: int = Field(default=0, ge=0)
    max: int = Field(default=100, ge=1, le=_MOST)

    @field_validator("columns")
    @classmethod
    def _flat(cls, columns: tuple[FieldSpec, ...]) -> tuple[FieldSpec, ...]:
        if any(column.type == "table" for column in columns):
            raise ValueError("a table inside a table is not possible")
        if len({column.name for column in columns}) != len(columns):
            raise ValueError("two columns have one name")
        return columns


@field
class Table(_Rows):
    """The value is a list of rows, each a dict of values by column, None where empty; in JSON and in the jsonb column
    each cell as its own type writes it. Only a type bound to its columns (`FieldSpec.kind`) can do that."""

    name: ClassVar[str] = "table"
    Options = TableOptions
    widget: ClassVar[str] = "table"

    def __init__(self, columns: tuple[FieldSpec, ...] = ()) -> None:
        self.columns = columns

    def bound(self, options: TableOptions) -> FieldType:
        return Table(options.columns)

    def column(self, options: TableOptions) -> Column:
        return Column("jsonb", ("jsonb_typeof({column}) = 'array'",))

    def json_schema(self, options: TableOptions) -> dict[str, Any]:
        properties = {c.name: c.kind.json_schema(c.settings()) for c in options.columns}
        return {
            "type": "array",
            "minItems": options.min,
            "maxItems": options.max,
            "items": {
                "type": "object",
                "properties": properties,
                "required": [c.name for c in options.columns if not c.optional and not c.when],
                "additionalProperties": False,
            },
        }

    def posted_rows(self, posted: Any, spec: FieldSpec) -> list[dict[str, Any]]:
        """Rows from names such as `children.0.name`, in the order of their numbers, empty ones left out."""
        pattern = re.compile(rf"{re.escape(spec.name)}\.([0-9]{{1,4}})\.([a-z][a-z0-9_]*)")
        rows: dict[int, dict[str, Any]] = {}
        for key in posted:
            if found := pattern.fullmatch(key):
                rows.setdefault(int(found[1]), {})[found[2]] = posted.get(key)
        return [rows[n] for n in sorted(rows) if any(rows[n].values())]

    def read(self, raw: Any, options: TableOptions) -> list[dict[str, Any]] | None:
        if isinstance(raw, str):
            try:
                raw = json.loads(raw) if raw.strip() else []
            except (ValueError, RecursionError):
                raise Invalid(_("Giá trị không đúng kiểu của mục này")) from None
        if raw is None:
            return None
        if not isinstance(raw, list) or not all(isinstance(row, Mapping) for row in raw):
            raise Invalid(_("Giá trị không đúng kiểu của mục này"))
        if len(raw) > options.max:
            raise Invalid(_("Nhiều nhất %(max)d hàng") % {"max": options.max})
        errors: dict[str, list[Any]] = {}
        values = []
        for number, row in enumerate(raw):
            try:
                values.append(read_all(options.columns, row.get))
            except Invalid as error:
                errors |= {f"{number}.{path}": messages for path, messages in error.errors.items()}
        if errors:
            raise Invalid(errors)
        return values or None

    def check(self, value: Any, options: TableOptions) -> None:
        names = {column.name for column in options.columns}
        if not isinstance(value, list) or not all(isinstance(row, Mapping) and row.keys() <= names for row in value):
            raise Invalid(_("Giá trị không đúng kiểu của mục này"))
        if not options.min <= len(value) <= options.max:
            raise Invalid(_("Cần từ %(min)d đến %(max)d hàng") % {"min": options.min, "max": options.max})
        errors: dict[str, list[Any]] = {}
        for number, row in enumerate(value):
            for column in options.columns:
                cell = row.get(column.name)
                try:
                    if cell is not None:
                        column.kind.check(cell, column.settings())
                    elif not column.optional and not column.when:
                        raise Invalid(_("Xin nhập mục này"))
                except Invalid as error:
                    for path, messages in error.errors.items():
                        errors[f"{number}.{column.name}{'.' if path else ''}{path}"] = messages
        if errors:
            raise Invalid(errors)

    def to_json(self, value: Any) -> Any:
        if value is None:
            return None
        return [
            {c.name: c.kind.to_json(row[c.name]) for c in self.columns if row.get(c.name) is not None} for row in value
        ]

    def from_json(self, data: Any) -> Any:
        if data is None:
            return None
        if not isinstance(data, list) or not all(isinstance(row, Mapping) for row in data):
            raise Invalid(_("Giá trị không đúng kiểu của mục này"))
        names = {column.name for column in self.columns}
        if any(row.keys() - names for row in data):
            raise Invalid(_("Giá trị không đúng kiểu của mục này"))
        return [
            {c.name: None if row.get(c.name) is None else c.kind.from_json(row[c.name]) for c in self.columns}
            for row in data
        ]

    def to_sql(self, value: Any) -> Any:
        return None if value is None else json.dumps(self.to_json(value), ensure_ascii=False)

    def from_sql(self, value: Any) -> Any:
        return self.from_json(json.loads(value) if isinstance(value, str) else value)

    def display(self, value: Any, options: TableOptions) -> str:
        """A line a row: "Tên: Cuốc; Số lượng: 3"."""
        return "\n".join(
            "; ".join(
                f"{c.words}: {c.kind.display(row[c.name], c.settings())}"
                for c in options.columns
                if row.get(c.name) is not None
            )
            for row in value or []
        )

    def to_raw(self, value: Any) -> Any:
        return [
            {c.name: "" if row.get(c.name) is None else c.kind.to_line(row[c.name], c.settings()) for c in self.columns}
            for row in value or []
        ]

    def to_line(self, value: Any, options: TableOptions) -> str:
        return json.dumps(self.to_raw(value), ensure_ascii=False) if value else ""

    def to_cell(self, value: Any, options: TableOptions) -> Any:
        """The rows as JSON."""
        return "" if value is None else json.dumps(self.to_json(value), ensure_ascii=False)

    def from_cell(self, cell: Any, options: TableOptions) -> Any:
        if isinstance(cell, str) and cell.strip():
            try:
                return self.from_json(json.loads(cell))
            except (ValueError, RecursionError):
                raise Invalid(_("Giá trị không đúng kiểu của mục này")) from None
        return self.read(cell, options)
