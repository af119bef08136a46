"""A column of a sample, and whether a field would take its cells."""

from collections.abc import Callable
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import Any

from django.utils.translation import gettext as _

from tinhso.kernel.errors import Invalid
from tinhso.kernel.fields import FieldSpec

from .workbooks import ERRORS


@dataclass(slots=True)
class Column:
    header: str
    cells: list[tuple[int, Any]]
    """(row, cell) of those filled."""
    empty: int

    values: dict[tuple[type, str], tuple[Any, int]] = dataclass_field(default_factory=dict)
    """Each different cell, and how often it is there."""

    def tally(self) -> None:
        for _row, cell in self.cells:
            key = key_of(cell)
            known = self.values.get(key)
            self.values[key] = (cell, known[1] + 1 if known else 1)

    def fitting(self, fits: Callable[[Any], bool]) -> int:
        return sum(count for cell, count in self.values.values() if fits(cell))

    @property
    def sound(self) -> int:
        """The cells that are no error of a formula."""
        return self.fitting(lambda cell: not is_error(cell))


def key_of(cell: Any) -> tuple[type, str]:
    return type(cell), str(cell)


def is_error(cell: Any) -> bool:
    return isinstance(cell, str) and cell.strip() in ERRORS


def why_unfit(cell: Any, spec: FieldSpec) -> str:
    """In words why the field does not take a cell; "" where it does (or the cell is empty)."""
    if is_error(cell):
        return _("Công thức trong ô báo lỗi, xin mở tệp sửa lại")
    try:
        value = spec.kind.from_cell(cell, spec.settings())
        if value is not None:
            spec.kind.check(value, spec.settings())
    except Invalid as error:
        return "; ".join(str(m) for messages in error.errors.values() for m in messages)
    except (TypeError, ValueError, AttributeError, OverflowError, ArithmeticError):
        return _("Giá trị không đúng kiểu của mục này")
    return ""


def spec_of(kind: str, options: dict[str, Any] | None = None) -> FieldSpec:
    return FieldSpec.model_validate({"name": "x", "type": kind, "options": options or {}})
