"""The order of a list, and where in it a page begins."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid

from ..shape import Row, Shape
from .operators import SYSTEM, may_ask


@dataclass(frozen=True, slots=True)
class Order:
    """The order of a list. Empty values stand last when rising, first when falling, as the index has them."""

    name: str
    falling: bool

    @classmethod
    def read(cls, of: Shape, text: str, classes: frozenset[str]) -> "Order":
        name = text.removeprefix("-")
        field = of.fields.get(name)
        if field is None and name not in SYSTEM:
            raise Invalid({"order": [_("Không sắp xếp được theo “%(name)s”") % {"name": name}]})
        if field and (not may_ask(field, classes) or field.spec.type in {"geometry", "table", "file", "address"}):
            raise Invalid({"order": [_("Không sắp xếp được theo “%(name)s”") % {"name": name}]})
        return cls(name, text.startswith("-"))

    @property
    def sql(self) -> str:
        way = " DESC" if self.falling else ""
        return f"t.id{way}" if self.name == "id" else f't."{self.name}"{way}, t.id{way}'

    def value_of(self, of: Shape, row: Row) -> Any:
        """The value of the row as the cursor keeps it."""
        if self.name in of.fields:
            value = row.values[self.name]
            return None if value is None else of.fields[self.name].kind.to_json(value)
        value = getattr(row, self.name)
        return value if value is None or isinstance(value, bool) else str(value)

    def after(self, of: Shape, cursor: list[Any]) -> list[tuple[str, list[Any]]]:
        """The conditions for what comes after the cursor (value, id), each for a stretch of the order.

        Stretches are asked for one by one and joined: with OR in one condition PostgreSQL would not begin at the
        cursor, but read the index from its start.
        """
        value, last = cursor
        compare = "<" if self.falling else ">"
        if self.name == "id":
            return [(f"t.id {compare} %s", [last])]
        column = f't."{self.name}"'
        optional = self.name in {"valid_until", "case_id"}
        if self.name in of.fields:
            optional = True  # required later binds what is written from then on: older records may be empty
            kind = of.fields[self.name].kind
            value = None if value is None else kind.to_sql(kind.from_json(value))
        if value is None:
            empty = (f"{column} IS NULL AND t.id {compare} %s", [last])
            return [empty, (f"{column} IS NOT NULL", [])] if self.falling else [empty]
        follows = (f"({column}, t.id) {compare} (%s, %s)", [value, last])
        return [follows] if self.falling or not optional else [follows, (f"{column} IS NULL", [])]
