"""What is in a file: its tables, their columns, their rows. Frozen, and free of the file's kind."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Format = Literal["csv", "xlsx", "xls", "ods", "geojson", "gpkg"]
GEOMETRY = "geometry"
"""The column in which the features of a layer have their place."""


@dataclass(slots=True)
class FileRow:
    """One row of data. `number` is the row as the spreadsheet counts it from 1 (records of a CSV, features of a
    layer).

    `cells` has one of str, int, float, bool, datetime, date, None or a GeoJSON geometry in WGS 84 for each column. Not
    frozen: a million of them are made a few seconds, and a frozen one takes twice the time.
    """

    number: int
    cells: tuple[Any, ...]


Reader = Callable[[int], Iterator[FileRow]]


@dataclass(frozen=True, slots=True)
class Table:
    """A table of a file. `key` is stable within the file ("0:17" is sheet 0 with its header in row 17; a layer's is its
    name), `first_row` the number of the first row of data, `notes` say in words what was skipped or changed."""

    key: str
    title: str
    columns: tuple[str, ...]
    first_row: int
    rows_estimate: int
    notes: tuple[str, ...]
    reader: Reader = field(repr=False, compare=False)
    hidden: bool = False
    """Of a sheet that its author hid."""

    def rows(self, after: int = 0) -> Iterator[FileRow]:
        """The rows whose number is greater than `after`, streamed; empty rows, totals and headings are left out.

        Raises Invalid, naming the row, where the file cannot be read further.
        """
        return self.reader(after)


@dataclass(frozen=True, slots=True)
class Source:
    """An opened file. `decimal` is "," or "." where its texts tell how numbers are written, else ""."""

    format: Format
    tables: tuple[Table, ...]
    encoding: str
    delimiter: str
    decimal: str
    notes: tuple[str, ...]
