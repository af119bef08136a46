"""The fast lane of an import: a column of cells read at once, each distinct cell a single time.

What a cell is worth is said by its field type: a lane calls `from_cell`, `check`, `to_sql` and `to_json` of the type,
and keeps what they gave for as long as the file has the same cell again. Columns in which nearly every cell is another
one (codes, numbers, names) would not gain by that: where all their cells are of the plainest form of the type, `quick`
reads them together (tests/test_import_lanes.py holds both to the type). A lane never refuses anything: a cell that it
cannot read makes its row odd, and odd rows are read and refused one by one (services/loading.py).
"""

import re
from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from psycopg.adapt import PyFormat, Transformer

from tinhso.kernel.errors import Problem
from tinhso.kernel.fields.numbers import MOST

from ..shape import LOOKED_UP, Field

MOST_KNOWN = 20_000
"""Distinct cells that a lane keeps: some 6 MB for short ones. Where most cells of some rows are new, they are not kept:
they hardly come again."""
NULL = "\\N"
ALONE = frozenset(
    {"text", "integer", "decimal", "money", "date", "datetime", "boolean", "phone", "email", "national_id", "tax_code",
     "vehicle_plate"}
)  # fmt: skip
"""Types that read and check a cell without asking anybody."""
# Latin with every letter of Vietnamese, one blank between words: nothing here that `clean` or `visible` would change.
# Composed letters only, so that it is NFC as it stands; an apostrophe in front may guard a formula. Quotes and backward
# slashes, which COPY and JSON write otherwise, are left to the type.
_WORD = r"[!#-\[\]-~\u00a1-\u024f\u1ea0-\u1eff]++"
_WORDS = f"(?!'){_WORD}(?: {_WORD})*+"
_WHOLE = "(?:0|-?[1-9][0-9]{0,14})"
_ESCAPES = {"\\": "\\\\", "\t": "\\t", "\n": "\\n", "\r": "\\r"}
_ESCAPED = re.compile(r"[\\\t\n\r]")


def escape(text: str) -> str:
    """A text as COPY reads it in its text format."""
    return _ESCAPED.sub(lambda found: _ESCAPES[found[0]], text)


@dataclass(frozen=True, slots=True)
class Quick:
    """The plainest form of a type, in which a cell is what SQL reads and, within `quotes`, what JSON has, but for the
    decimal comma. `fits` says whether cells of this form are all within the field's bounds."""

    form: str
    quotes: str
    fits: Callable[[Sequence[str]], bool]
    comma: bool = False

    def read(self, cells: Sequence[str]) -> Sequence[str] | None:
        """The values of cells that are all plain, as SQL reads them; None where one is not."""
        joined = "\n".join([*cells, ""])
        if joined.count("\n") > len(cells) or not re.fullmatch(f"(?:{self.form}\n)*+", joined):
            return None
        found = [cell.replace(",", ".") for cell in cells] if self.comma else cells
        return found if self.fits(found) else None


def quick(field: Field) -> Quick | None:
    """How the plainest cells of a field are read without its type; None where it has no such form."""
    make = _quick.get(field.spec.type)
    return make(field.options) if make else None


def _text(options: Any) -> Quick | None:
    if options.lines > 1 or options.pattern:
        return None
    least, most = options.min, options.max
    return Quick(_WORDS, '"', lambda cells: least <= min(map(len, cells)) and max(map(len, cells)) <= most)


def _whole(options: Any) -> Quick:
    least, most = (-MOST if options.min is None else options.min), (MOST if options.max is None else options.max)
    return Quick(_WHOLE, "", lambda cells: _within(list(map(int, cells)), least, most))


def _decimal(options: Any) -> Quick:
    least = Decimal(-MOST) if options.min is None else options.min
    most = Decimal(MOST) if options.max is None else options.max
    form = "(?:0|-?[1-9][0-9]{0,13})" + (f"(?:,[0-9]{{1,{options.places}}})?" if options.places else "")
    return Quick(form, '"', lambda cells: _within(list(map(Decimal, cells)), least, most), comma=True)


def _within(numbers: list[Any], least: Any, most: Any) -> bool:
    return least <= min(numbers) and max(numbers) <= most


_quick: dict[str, Callable[[Any], Quick | None]] = {
    "text": _text,
    "integer": _whole,
    "money": _whole,
    "decimal": _decimal,
}


class Lane:
    """A column of a file on its way into a field. `read` gives the value of a cell as its type reads it; `keyed` says
    that the field is part of the register's key. `foresee` is told of the cells that `read` will be asked for."""

    def __init__(
        self,
        field: Field,
        read: Callable[[Any], Any],
        dumps: Callable[[Any], str],
        *,
        keyed: bool = False,
        foresee: Callable[[Iterable[Any]], None] | None = None,
    ) -> None:
        self.field, self._read, self._dumps, self._keyed, self._foresee = field, read, dumps, keyed, foresee
        self._quick = quick(field)
        self._empty = (NULL, "", "") if field.spec.optional else None
        self._head = f'"{field.name}":'
        self._tx = Transformer()
        self._texts: dict[Hashable, str | None] = {}
        self._kept: dict[Hashable, str] = {}
        self._keys: dict[Hashable, str] = {}

    @property
    def is_alone(self) -> bool:
        """Whether the lane asks nobody: it may be used in a thread that has no connection to the database."""
        spec, options = self.field.spec, self.field.options
        return spec.type in ALONE or (spec.type == "choice" and not options.of)

    def column(self, cells: Sequence[Any]) -> "Column":
        """The cells of some rows."""
        kinds = set(map(type, cells))
        if kinds <= {str, type(None)}:
            names: Sequence[Hashable] = cells
        else:  # 1, 1.0 and True are one key of a dictionary; a geometry is none
            names = [(type(c), id(c) if isinstance(c, dict | list) else c) for c in cells]
        wanted = set(names).difference(self._texts)
        differ = 4 * len(wanted) > len(cells)
        if differ and names is cells and (column := self._plain(cells)):
            return column
        if len(self._texts) + len(wanted) > MOST_KNOWN or kinds & {dict, list}:
            self._forget()
            wanted = set(names)
        new = [(name, name) for name in wanted] if names is cells else self._of(wanted, names, cells)
        if self._foresee and new:
            self._foresee([cell for _name, cell in new])
        for name, cell in new:
            self._texts[name], self._kept[name], self._keys[name] = self._one(cell) or (None, "", "")
        column = Column(
            list(map(self._texts.__getitem__, names)),
            list(map(self._kept.__getitem__, names)),
            list(map(self._keys.__getitem__, names)) if self._keyed else [],
        )
        for name in wanted:
            if differ or self._texts[name] is None:  # what it names may be there by the next chunk
                del self._texts[name], self._kept[name], self._keys[name]
        return column

    @staticmethod
    def _of(wanted: set[Hashable], names: Sequence[Hashable], cells: Sequence[Any]) -> list[tuple[Hashable, Any]]:
        by_name = dict(zip(names, cells, strict=True))
        return [(name, by_name[name]) for name in wanted]

    def _plain(self, cells: Sequence[str | None]) -> "Column | None":
        """Cells that are nearly all different, read at once where they are all empty or of the plainest form."""
        filled = [cell for cell in cells if cell]
        read = self._quick.read(filled) if self._quick and filled else None
        if read is None or self._quick is None:
            return None
        head, tail = self._head + self._quick.quotes, self._quick.quotes
        kept = [f"{head}{text}{tail}" for text in read]
        keys = [key_text(Decimal(text)) for text in read] if self._keyed and self._quick.comma else read
        if len(filled) == len(cells):
            return Column(read, kept, keys)
        found, empty = zip(read, kept, keys, strict=True), self._empty or (None, "", "")
        texts, kept, keys = zip(*(next(found) if cell else empty for cell in cells), strict=True)
        return Column(texts, list(kept), keys)

    def _one(self, cell: Any) -> tuple[str, str, str] | None:
        """(as COPY takes it, its part of the snapshot as COPY takes it, as part of a key); None for an odd cell."""
        if cell is None or cell == "":
            return self._empty
        field = self.field
        if self._quick and isinstance(cell, str) and (plain := self._quick.read([cell])):
            (text,), sign = plain, self._quick.quotes
            key = key_text(Decimal(text)) if self._quick.comma else text
            return text, f"{self._head}{sign}{text}{sign}", key
        try:
            value = self._read(cell)
            if value is None:
                return self._empty
            if field.spec.type not in LOOKED_UP:
                field.kind.check(value, field.options)
            stored, kept = field.kind.to_sql(value), self._dumps(field.kind.to_json(value))
            return self._copied(stored), escape(self._head + kept), key_text(stored)
        except (Problem, TypeError, ValueError, AttributeError, KeyError):
            return None

    def _copied(self, value: Any) -> str:
        if value is None:
            return NULL
        if isinstance(value, str):
            return escape(value)
        return escape(bytes(self._tx.get_dumper(value, PyFormat.TEXT).dump(value) or b"").decode())

    def _forget(self) -> None:
        for known in (self._texts, self._kept, self._keys):
            known.clear()


@dataclass(slots=True)
class Column:
    """What a lane made of some rows: `texts` are None for odd cells, `kept` empty for those without a value; `keys` are
    there for parts of the key."""

    texts: Sequence[str | None]
    kept: list[str]
    keys: Sequence[str]


def key_text(part: Any) -> str:
    """A part of a natural key as its digest has it; numbers that are equal read alike."""
    if isinstance(part, bool):
        return str(part).lower()
    if isinstance(part, Decimal):
        return f"{part.normalize():f}"
    return str(part)
