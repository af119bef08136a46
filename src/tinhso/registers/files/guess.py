"""What register a table would make: for each column a name, a type that its cells fit, and the cells that do not.

A type is only guessed where the field type itself reads and allows the cells (`from_cell`, `check`): what the guess
calls fitting, the import takes. Types that ask other engines (persons, units, addresses) are for the officer to choose.
Nothing is guessed open: to publish is a decision.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any, Literal

from tinhso.kernel.fields import FieldSpec
from tinhso.kernel.text import clean, fold

from . import naming
from .column import Column, key_of, spec_of, why_unfit
from .kinds import kind_of
from .layout import blank
from .model import Table

NAMED_UNFIT = 50
"""Cells that fit not, named one by one; the rest is counted."""

ENOUGH_ROWS = 50
"""Rows from which on a code may be missing or repeated in some."""

Class = Literal["open", "internal", "personal", "sensitive"]


@dataclass(frozen=True, slots=True)
class Unfit:
    """A cell that does not fit: the number of its row, its text, why in words."""

    row: int
    text: str
    why: str


@dataclass(frozen=True, slots=True)
class Guess:
    """What a column seems to be. `options` are keys of the field type; `unfit` names up to fifty of `unfit_count`."""

    header: str
    name: str
    label: str
    type: str
    options: dict[str, Any]
    optional: bool
    class_: Class
    unfit: tuple[Unfit, ...]
    unfit_count: int
    filled: int
    empty: int
    distinct: int
    ordinal: bool = False
    """The running number of the rows: nobody's property, better left out of a register."""


def guess(table: Table, sample: int = 2_000) -> list[Guess]:
    """A guess for each column of the table, by its first `sample` rows. Raises Invalid where they cannot be read."""
    columns = [Column(header, [], 0) for header in table.columns]
    for row in islice(table.rows(), sample):
        for column, cell in zip(columns, row.cells, strict=True):
            if blank(cell):
                column.empty += 1
            else:
                column.cells.append((row.number, cell))
    for column in columns:
        column.tally()
    kinds = [kind_of(column) for column in columns]
    people = any(
        kind == "national_id" or naming.is_person(c.header) for c, (kind, _o) in zip(columns, kinds, strict=True)
    )
    found: list[Guess] = []
    taken: set[str] = set()
    for column, (kind, options) in zip(columns, kinds, strict=True):
        name = naming.field_name(column.header, taken)
        taken.add(name)
        unfit, count = _unfit(column, spec_of(kind, options))
        found.append(
            Guess(
                header=column.header,
                name=name,
                label=clean(column.header) or name,
                type=kind,
                options=options,
                optional=column.empty > 0 or not column.cells,
                class_=_class(column.header, kind, people=people),
                unfit=unfit,
                unfit_count=count,
                filled=len(column.cells),
                empty=column.empty,
                distinct=len(column.values),
                ordinal=naming.is_ordinal(column.header),
            )
        )
    return found


def _unfit(column: Column, spec: FieldSpec) -> tuple[tuple[Unfit, ...], int]:
    whys = {key: why_unfit(cell, spec) for key, (cell, _n) in column.values.items()}
    wrong = [(row, cell, whys[key_of(cell)]) for row, cell in column.cells if whys[key_of(cell)]]
    return tuple(Unfit(row, str(cell)[:200], why) for row, cell, why in wrong[:NAMED_UNFIT]), len(wrong)


def _class(header: str, kind: str, *, people: bool) -> Class:
    """Phones, identity numbers, names, birthdays and homes of people are personal (Law on Personal Data Protection
    91/2025/QH15 art. 2); health is sensitive."""
    if naming.is_health(header):
        return "sensitive"
    if kind in {"phone", "national_id"} or naming.is_person(header):
        return "personal"
    if people and (kind == "email" or naming.is_birth(header) or naming.is_address(header)):
        return "personal"
    return "internal"


def coordinates(guesses: Iterable[Guess]) -> tuple[str, str] | None:
    """The headers of latitude and longitude that together are a place; the same header twice where one column has both.
    None where there are none."""
    every = list(guesses)
    numbers = [g for g in every if g.type in {"decimal", "integer"}]
    lat = next((g.header for g in numbers if naming.LATITUDE.search(fold(g.header))), None)
    lon = next((g.header for g in numbers if naming.LONGITUDE.search(fold(g.header)) and g.header != lat), None)
    if lat and lon:
        return lat, lon
    both = next((g.header for g in every if g.type == "geometry" and not g.options), None)
    return (both, both) if both else None


def key_candidates(table: Table, guesses: Sequence[Guess], sample: int = 2_000) -> list[tuple[str, ...]]:
    """Headers of columns that are filled and unique in the sample, the likeliest natural key first; pairs of columns
    where none is by itself. What its header calls a code is one too where a few cells repeat or lack it: those are the
    file's faults, and are named when it is imported."""
    codes = [n for n, g in enumerate(guesses) if _nearly_names(g)]
    may = [
        n
        for n, g in enumerate(guesses)
        if g.filled
        and not g.empty
        and not g.unfit_count
        and not g.ordinal
        and g.class_ != "sensitive"
        and g.type
        in {"text", "integer", "national_id", "tax_code", "vehicle_plate", "phone", "email", "choice", "date"}
    ]
    rows = [tuple(clean(str(row.cells[n])) for n in may) for row in islice(table.rows(), sample)]
    if len(rows) < 2:
        return []
    place = {n: p for p, n in enumerate(may)}

    def is_unique(*columns: int) -> bool:
        return len({tuple(row[place[c]] for c in columns) for row in rows}) == len(rows)

    alone = [n for n in may if guesses[n].distinct == guesses[n].filled and is_unique(n)]
    if alone or codes:
        likeliest = sorted({*alone, *codes}, key=lambda n: (_unlikely(guesses[n]), n not in alone, n))
        return [(guesses[n].header,) for n in likeliest]
    likely = sorted(may, key=lambda n: (-guesses[n].distinct, n))[:8]
    pairs = [sorted(pair) for pair in combinations(likely, 2) if is_unique(*pair)]
    pairs.sort(key=lambda pair: (sum(_unlikely(guesses[n]) for n in pair), pair))
    return [tuple(guesses[n].header for n in pair) for pair in pairs]


def _nearly_names(found: Guess) -> bool:
    """Whether a column is called a code and all but three of its cells, or one in fifty, are there once."""
    rows = found.filled + found.empty
    return (
        found.type == "text"
        and found.class_ != "sensitive"
        and naming.is_code(found.header)
        and rows >= ENOUGH_ROWS
        and rows - found.distinct <= max(3, 0.02 * rows)
    )


def _unlikely(found: Guess) -> int:
    """How unlikely a column names a thing: 0 for codes and identity numbers, 3 for what is unique by chance."""
    if found.type in {"national_id", "tax_code", "vehicle_plate"}:
        return 0
    if naming.is_code(found.header):
        return 0
    return {"text": 1, "phone": 2, "email": 2}.get(found.type, 3)
