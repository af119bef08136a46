"""What the columns of a file hold: samples, and what would not fit the type that was chosen."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _
from pydantic import ValidationError

from tinhso.kernel.errors import Invalid
from tinhso.kernel.fields.base import FieldSpec, field_type

from ..files.guess import Unfit
from ..imports.cells import degrees
from .blueprint import MOST_CHOICES, Column, slug

ROWS = 5_000
"""How many rows are looked at while somebody waits; the import looks at all."""
SHOWN = 5
UNIT_ROWS, UNIT_SHARE = 300, 0.6


@dataclass(frozen=True, slots=True)
class Held:
    """What a column holds: three of its values, how many cells are filled, which would not fit (the first few, and how
    many in all)."""

    samples: tuple[str, ...] = ()
    filled: int = 0
    unfit: tuple[Unfit, ...] = ()
    unfit_count: int = 0


Whole = tuple[int, list[int], Callable[[int, list[Any]], str]]
"""What several cells of a row are together: the column by which it is told, the places of the cells, and a function of
(row, cells) that says what is wrong, "" where nothing is."""


def look(columns: Sequence[Column], headers: Sequence[str], rows: Iterable[Any]) -> list[Held]:
    """What each column holds in the first rows of a table, judged by the type that is chosen for it. What is wrong with
    the natural key stands at its first column, what with a place in two columns at the latitude."""
    at = {header: place for place, header in enumerate(headers)}
    judges = [_judge(column) if column.header in at and column.is_field else None for column in columns]
    wholes = [*_key(columns, at), *_points(columns, at)]
    samples: list[list[str]] = [[] for _column in columns]
    filled = [0] * len(columns)
    unfit: list[list[Unfit]] = [[] for _column in columns]
    for number, row in enumerate(rows):
        if number == ROWS:
            break
        for place, column in enumerate(columns):
            cell = row.cells[at[column.header]] if at.get(column.header, len(row.cells)) < len(row.cells) else None
            if cell is None or cell == "":
                continue
            filled[place] += 1
            text = _text(cell)
            if len(samples[place]) < 3 and text not in samples[place]:
                samples[place].append(text)
            judge = judges[place]
            why = judge(cell, text) if judge else ""
            if why:
                unfit[place].append(Unfit(row.number, text, why))
        for place, parts, whole in wholes:
            cells = [row.cells[part] if part < len(row.cells) else None for part in parts]
            if why := whole(row.number, cells):
                unfit[place].append(Unfit(row.number, " | ".join(_text(c) for c in cells if c is not None), why))
    return [Held(tuple(s), f, tuple(u[:SHOWN]), len(u)) for s, f, u in zip(samples, filled, unfit, strict=True)]


def _key(columns: Sequence[Column], at: dict[str, int]) -> Iterator[Whole]:
    """The natural key of each row is there, and there once."""
    parts = [place for place, column in enumerate(columns) if column.is_field and column.key and column.header in at]
    first: dict[tuple[str, ...], int] = {}

    def judge(row: int, cells: list[Any]) -> str:
        key = tuple("" if cell is None else _text(cell) for cell in cells)
        if "" in key:
            return _("Để trống, mà mục này nhận diện bản ghi")
        earlier = first.setdefault(key, row)
        return _("Trùng khóa với dòng %(row)d của tệp") % {"row": earlier} if earlier != row else ""

    if parts:
        yield parts[0], [at[columns[part].header] for part in parts], judge


def _points(columns: Sequence[Column], at: dict[str, int]) -> Iterator[Whole]:
    """A latitude and a longitude are a place on this earth, or both are empty."""

    def judge(_row: int, cells: list[Any]) -> str:
        if all(cell is None or cell == "" for cell in cells):
            return ""
        try:
            degrees((cells[0], cells[1]))
        except Invalid as refused:
            return next(str(words) for found in refused.errors.values() for words in found)
        return ""

    by_part = {column.of_place: column.header for column in columns if column.take and column.header in at}
    for place, column in enumerate(columns):
        name, _dot, part = column.of_place.rpartition(".")
        if part == "lat" and column.take and f"{name}.lon" in by_part and column.header in at:
            yield place, [at[column.header], at[by_part[f"{name}.lon"]]], judge


def places(headers: Sequence[str], rows: Iterable[Any], among: Sequence[str]) -> frozenset[str]:
    """Those of the columns `among` whose words are names or codes of communes, most of them: the places of the rows."""
    kind = field_type("unit")
    options = kind.Options()
    words: dict[str, set[str]] = {header: set() for header in among}
    at = {header: list(headers).index(header) for header in among}
    for row in islice(rows, UNIT_ROWS):
        for header, known in words.items():
            cell = row.cells[at[header]] if at[header] < len(row.cells) else None
            if isinstance(cell, str) and cell.strip():
                known.add(cell.strip())

    def is_unit(text: str) -> bool:
        try:
            kind.check(kind.from_cell(text, options), options)
        except (Invalid, TypeError, ValueError, AttributeError):
            return False
        return True

    return frozenset(h for h, known in words.items() if known and sum(map(is_unit, known)) >= UNIT_SHARE * len(known))


def choices_of(header: str, headers: Sequence[str], rows: Iterable[Any]) -> list[dict[str, Any]]:
    """The values of a column as the choices of a field; [] where there are more than a list should have."""
    at = list(headers).index(header)
    found: dict[str, str] = {}
    for number, row in enumerate(rows):
        if number == ROWS:
            break
        text = _text(row.cells[at]) if at < len(row.cells) and row.cells[at] is not None else ""
        if text and text not in found:
            found[text] = slug(text, list(found.values()), joint="-")
            if len(found) > MOST_CHOICES:
                return []
    return [{"value": value, "label": {"vi": text, "en": text}} for text, value in found.items()]


def _judge(column: Column) -> Any:
    """A function of (cell, text) that gives the reason why a cell is refused, "" where it fits; each text is judged
    once."""
    try:
        spec = FieldSpec.model_validate({"name": column.name, "type": column.type, **column.options})
    except ValidationError:
        return lambda _cell, _text: ""
    kind, options = spec.kind, spec.settings()
    known: dict[tuple[type, str], str] = {}

    def judge(cell: Any, text: str) -> str:
        key = (type(cell), text)
        if key not in known:
            try:
                value = kind.from_cell(cell, options)
                if value is not None:
                    kind.check(value, options)
                known[key] = ""
            except Invalid as refused:
                known[key] = next((str(words) for found in refused.errors.values() for words in found), "")
            except (TypeError, ValueError, AttributeError):
                known[key] = _("Giá trị không đúng kiểu của mục này")
        return known[key]

    return judge


def _text(cell: Any) -> str:
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return str(cell)[:120].strip()
