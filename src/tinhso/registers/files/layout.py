"""Where the tables of a sheet are: what stands above them, headers over several rows, totals, headings and signatures.

Commune offices write sheets for print (layout of Decree 30/2020/NĐ-CP): the agency and the motto above, a title, the
unit of measure, merged headers, a row of column numbers, headings between the rows, a total, a date and signatures.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from tinhso.kernel.text import clean, fold

from . import limits


class Line(NamedTuple):
    """A row of a sheet: its number from 1, and its cells from the first column; None where there is nothing."""

    number: int
    cells: Sequence[Any]


Merge = tuple[int, int, int, int]
"""A merged range: first row, first column, last row, last column; rows from 1, columns from 0."""

_OFFICIAL = re.compile(
    r"uy ban nhan dan|ubnd|hoi dong nhan dan|hdnd|cong hoa xa hoi|doc lap ?-|(bieu|mau)( so| mau)? ?[\dIVXivx]|mau so|"
    r"bieu so|don vi( tinh)? ?:|dvt ?:|so ?:|phu luc|\(?kem theo|\(?ban hanh kem"
)
"""How rows above a table begin, whatever stands beside them."""
_RIGHT = re.compile(r"cong hoa xa hoi|doc lap ?-|(bieu|mau) so|(bieu|mau) ?\d|don vi tinh|dvt ?:|don vi ?:")
_TITLE = re.compile(
    r"danh sach|bao cao|bang |bieu |tong hop |thong ke |thoi diem|ky bao cao|nam bao cao|so |phong |huyen |tinh |xa "
)
"""How they begin where they stand alone."""
_NAMES_A_LIST = re.compile(r"danh sach|bang|bieu (?!so)|thong ke|tong hop|bao cao")
_DATED = re.compile(r".*ngay (\d{1,2}|\.+|…+|_+)? ?thang (\d{1,2}|\.+|…+|_+)? ?nam.*")
_FOOTER = re.compile(
    r"(nguoi lap|nguoi tong hop|lap bieu|thu truong|ke toan( truong)?$|xac nhan cua|tm\.|kt\.|chu tich$|pho chu tich$|"
    r"truong (thon|ban|phong)$|(pho )?giam doc$|ghi chu ?:|\(ky|noi nhan ?:)"
)
_TOTAL = re.compile(
    r"(tong( cong| so)?|cong)(( toan)? (xa|thon|phuong|tinh|huyen|trang|chung|don)\b.{0,40})?( ?\(.*\))?[ :.]*"
)
_ORDINAL = re.compile(r"(stt|tt|so tt|so thu tu|thu tu|no\.?)")
_HEADING_NUMBER = re.compile(r"[IVX]{1,5}|[A-H]")
_COLUMN_NUMBER = re.compile(r"\(?\d{1,3}\)?(\s*=.*)?|\(?[A-Z]\)?")
_NUMBER = re.compile(r"[+-]?\d[\d.,\s]*%?")
_DATE = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}.*")


def blank(cell: Any) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def is_typed(cell: Any) -> bool:
    """Whether a cell is a number or a date, also where it is written as text."""
    if isinstance(cell, str):
        text = cell.strip()
        return bool(_NUMBER.fullmatch(text) or _DATE.fullmatch(text))
    return isinstance(cell, bool | int | float | date)


def letters(column: int) -> str:
    """The spreadsheet's name of a column: 0 is A, 26 is AA."""
    found = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        found = chr(65 + rest) + found
    return found


def may_be_total(text: str) -> bool:
    """Whether a text could be "Tổng cộng" or "Cộng", at a glance: for a million rows that are none."""
    first, second = (text.lstrip() + "  ")[:2]
    return not first.isascii() or (first in "tTcC" and (second in "oO" or not second.isascii()))


def _is_year(cell: Any) -> bool:
    text = str(int(cell)) if isinstance(cell, float) and cell.is_integer() else str(cell).strip()
    return bool(re.fullmatch(r"(19|20)\d\d", text))


def _filled(line: Line) -> list[int]:
    return [n for n, cell in enumerate(line.cells[: limits.MOST_COLUMNS]) if not blank(cell)]


def _cell(line: Line, column: int) -> Any:
    return line.cells[column] if column < len(line.cells) else None


def _words(line: Line) -> list[str]:
    return [fold(cell) for cell in line.cells if isinstance(cell, str) and cell.strip()]


def is_preamble(line: Line) -> bool:
    """Whether a row belongs to what stands above a table: agency, motto, number, title, unit of measure."""
    words = _words(line)
    if not 0 < len(words) <= 3:
        return False
    if _OFFICIAL.match(words[0]) or _RIGHT.match(words[-1]) or any(_DATED.fullmatch(w) for w in words):
        return True
    return len(_filled(line)) == 1 and bool(_TITLE.match(words[0]))


def is_footer(line: Line) -> bool:
    """Whether a row has nothing but who signs, the date of signing, or a note below the table. A job title among other
    cells is data."""
    there = _filled(line)
    words = _words(line)
    return 0 < len(there) == len(words) <= 4 and all(_FOOTER.match(w) or _DATED.fullmatch(w) for w in words)


@dataclass(frozen=True, slots=True)
class Layout:
    """A table found on a sheet. `columns` are the sheet's columns, `names` their headers as written."""

    header: int
    columns: tuple[int, ...]
    names: tuple[str, ...]
    start: int
    """The first row below the header."""
    first: int
    last: int | None
    heading: str
    above: tuple[int, int] | None
    ordinal: int | None
    """The place among `columns` of the running number."""
    sections: bool = False
    """Whether headings stand between the rows; they become one more column."""
    totals: tuple[int, ...] = ()
    footer: int | None = None
    headless: bool = False
    repeats: frozenset[tuple[str, ...]] = field(default=frozenset(), repr=False)

    def kind(self, cells: Sequence[Any]) -> str:
        """What a row of the table's columns is: "data", "empty", "total", "section", or "repeat" of the header."""
        if cells[0].__class__ is int and len(cells) - cells.count(None) > 1:
            return "data"  # headings and totals begin with words
        there = [n for n, c in enumerate(cells) if c is not None and (c.__class__ is not str or c.strip())]
        if not there or (len(there) == 1 and there[0] == self.ordinal and is_typed(cells[there[0]])):
            return "empty"
        head = cells[there[0]]
        if isinstance(head, str) and not (self.ordinal == there[0] and is_typed(head)):
            for place in there[:2]:
                if (
                    isinstance(cells[place], str)
                    and may_be_total(cells[place])
                    and _TOTAL.fullmatch(fold(cells[place]))
                ):
                    return "total"
            if len(self.columns) >= 3 and self._is_heading(cells, there):
                return "section"
            if self.repeats and self._repeats(cells):
                return "repeat"
        return "data"

    def _repeats(self, cells: Sequence[Any]) -> bool:
        """Whether a row is the header again; its first cell tells most others from it."""
        first = "" if blank(cells[0]) else fold(str(cells[0]))
        alike = [known for known in self.repeats if known[:1] == (first,)]
        return bool(alike) and tuple("" if blank(c) else fold(str(c)) for c in cells) in alike

    def _is_heading(self, cells: Sequence[Any], there: list[int]) -> bool:
        first = cells[there[0]]
        if len(there) == 1:
            if self.ordinal is not None:
                return there[0] <= self.ordinal + 1 and not is_typed(first)
            return there[0] == 0 and bool(re.match(r"([IVX]{1,5}|[A-H])[.)\-/ ]", first))
        return (
            self.ordinal == there[0]
            and bool(_HEADING_NUMBER.fullmatch(first.strip(" .)")))
            and there[1] == there[0] + 1
            and isinstance(cells[there[1]], str)
            and len(there) <= max(2, len(self.columns) // 2)
        )

    @staticmethod
    def heading_text(cells: Sequence[Any]) -> str:
        return clean(" ".join(str(c) for c in cells if isinstance(c, str) and c.strip()))


def find(lines: Sequence[Line], merges: Sequence[Merge] = (), *, most: int = limits.MOST_TABLES) -> list[Layout]:
    """The tables among the rows that have something, from the top; side by side from the left."""
    found: list[Layout] = []
    place = 0
    spans = _Spans(merges)
    while place < len(lines) and len(found) < most:
        header = _header(lines, place, spans)
        if header is None:
            break
        layouts, place = _table(lines, place, header, spans)
        found += layouts
    return [one for one in found if _has_rows(lines, one)] or found[:1]


def _has_rows(lines: Sequence[Line], one: Layout) -> bool:
    """Whether anything stands under a header; names of who signs side by side look like one that has nothing."""
    return any(one.start <= line.number <= (one.last or line.number) for line in reversed(lines))


class _Spans:
    """Merged ranges by the cells they cover."""

    def __init__(self, merges: Sequence[Merge]) -> None:
        self._by_row: dict[int, list[Merge]] = {}
        for merge in merges:
            for row in range(merge[0], min(merge[2], merge[0] + 20) + 1):
                self._by_row.setdefault(row, []).append(merge)

    def at(self, row: int, column: int) -> Merge | None:
        return next((m for m in self._by_row.get(row, ()) if m[1] <= column <= m[3]), None)

    def links(self, above: int, below: int) -> bool:
        """Whether a range spans both rows."""
        return any(m[0] <= above and m[2] >= below for m in self._by_row.get(above, ()))

    def wide(self, row: int) -> list[Merge]:
        return [m for m in self._by_row.get(row, ()) if m[3] > m[1]]


def _window(lines: Sequence[Line], start: int) -> list[Line]:
    """Some rows after a header: to the first gap where there are two before it, else the next twenty."""
    window: list[Line] = []
    for line in lines[start : start + 20]:
        if len(window) >= 2 and line.number > window[-1].number + 1:
            break
        window.append(line)
    return window


def _usual(window: Sequence[Line]) -> set[int]:
    """The columns that at least three in ten of the rows fill."""
    counts: dict[int, int] = {}
    for line in window:
        for column in _filled(line):
            counts[column] = counts.get(column, 0) + 1
    return {column for column, count in counts.items() if count >= 0.3 * len(window)}


def _labels(line: Line) -> bool:
    """Whether all cells are words that could name columns (years may)."""
    there = [line.cells[n] for n in _filled(line)]
    return all(
        (isinstance(c, str) and not is_typed(c) and len(c) <= 300) or (_is_year(c) and not isinstance(c, bool))
        for c in there
    ) and any(isinstance(c, str) and not is_typed(c) for c in there)


class _Header(NamedTuple):
    first: int
    last: int
    headless: bool = False


def _header(lines: Sequence[Line], start: int, spans: _Spans) -> _Header | None:
    for n in range(start, min(start + 80, len(lines))):
        line = lines[n]
        there = _filled(line)
        if not there or is_preamble(line) or (n > start and is_footer(line)):
            continue
        below = _below(lines, n, spans)
        window = _window(lines, below + 1)
        usual = _usual(window)
        if len(there) < 2 and not (
            len(lines) > n + 1 and len(usual) <= 1 and start == n and not spans.wide(line.number)
        ):
            continue
        own = {c for row in lines[n : below + 1] for c in _filled(row)}
        fits = len(own & usual) >= 0.5 * len(usual) and len(own) <= 3 * max(1, len(usual))
        if _labels(line) and ((fits and usual) or (not window and n == len(lines) - 1 and n == start)):
            if window and not _data_like(window, own):
                continue
            return _Header(_above(lines, n, start, spans, own), below)
        if fits and not is_footer(line) and _is_data_from_the_start(line, window):
            return _Header(n, n - 1, headless=True)
    return None


def _data_like(window: Sequence[Line], own: set[int]) -> bool:
    """Whether what follows a header is data: about as wide, and no more of what stands above tables."""
    first = next((line for line in window if len(_filled(line)) > 1), window[0])
    there = _filled(first)
    if 2 * len(there) < min(len(own), 4):
        return False
    if any(is_typed(first.cells[c]) for c in there) or sum(_filled(x) == there for x in window[:4]) >= 3:
        return True
    return not is_preamble(first)


def _is_data_from_the_start(line: Line, window: Sequence[Line]) -> bool:
    typed = [c for c in _filled(line) if is_typed(line.cells[c]) and not _is_year(line.cells[c])]
    return any(sum(is_typed(_cell(w, c)) for w in window) * 2 > len(window) for c in typed)


def _below(lines: Sequence[Line], n: int, spans: _Spans) -> int:
    """The last row of a header that begins at or above row n."""
    while n + 1 < len(lines) and lines[n + 1].number == lines[n].number + 1 and _labels(lines[n + 1]):
        line, under = lines[n], lines[n + 1]
        here, there = _filled(line), _filled(under)
        groups = [c for c in here if c + 1 not in here and (c + 1 in there or c in there)]
        merged = all(spans.at(under.number, c) is None or spans.at(under.number, c)[0] == under.number for c in there)  # type: ignore[index]
        completes = any(c not in here for c in there) and all(c not in here or c in groups for c in there)
        lacks = any(c not in there for c in here)
        if not (spans.links(line.number, under.number) or (completes and merged and (lacks or groups))):
            break
        n += 1
    return n


def _above(lines: Sequence[Line], n: int, start: int, spans: _Spans, own: set[int]) -> int:
    """The first row of the header whose row n names columns."""
    while n > start and lines[n - 1].number == lines[n].number - 1:
        over = lines[n - 1]
        if is_preamble(over) or not _labels(over):
            break
        wide = [m for m in spans.wide(over.number) if m[0] == over.number]
        title = len(_filled(over)) == 1 and (not wide or wide[0][3] - wide[0][1] + 1 >= 0.8 * len(own))
        if title or not (spans.links(over.number, lines[n].number) or (wide and len(_filled(over)) > 1)):
            break
        n -= 1
    return n


def _names(lines: Sequence[Line], header: _Header, spans: _Spans, columns: Sequence[int]) -> list[str]:
    names = []
    for column in columns:
        parts: list[str] = []
        for n in range(header.first, header.last + 1):
            text = _header_text(lines, n, header.last, spans, column)
            if text and (not parts or fold(parts[-1]) != fold(text)):
                parts.append(text)
        names.append(" – ".join(parts) or f"Cột {letters(column)}")
    return names


def _header_text(lines: Sequence[Line], n: int, last: int, spans: _Spans, column: int) -> str:
    """What the header's row says of a column: its own words, those of the range that covers it, or those to the left
    under which the next row goes into detail."""
    line = lines[n]
    cell = _cell(line, column)
    if blank(cell):
        merge = spans.at(line.number, column)
        if merge:
            above = next((x for x in lines[max(0, n - 20) : n + 1] if x.number == merge[0]), None)
            cell = _cell(above, merge[1]) if above else None
        elif n < last:
            detailed = {c for below in lines[n + 1 : last + 1] for c in _filled(below)}
            left = column
            while left > 0 and blank(_cell(line, left)) and left in detailed:
                left -= 1
            cell = _cell(line, left) if left in detailed and spans.at(line.number, left) is None else None
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    return "" if blank(cell) else clean(str(cell))


_UNHELD = re.compile("[\\0\ud800-\udfff]")


def storable(text: str) -> str:
    """The text with a sign in place of what no text of PostgreSQL holds: NUL, and halves of surrogate pairs, which come
    by JSON and by the escapes of workbooks."""
    return _UNHELD.sub("\ufffd", text)


def unique(names: Sequence[str]) -> list[str]:
    """The names, the second of a kind with " (2)"."""
    seen: set[str] = set()
    found = []
    for name in map(storable, names):
        other, count = name, 1
        while other in seen:
            count += 1
            other = f"{name} ({count})"
        seen.add(other)
        found.append(other)
    return found


def _table(lines: Sequence[Line], start: int, header: _Header, spans: _Spans) -> tuple[list[Layout], int]:
    """The table (or tables, side by side) under a header, and the place where to look for the next."""
    data = header.last + 1
    under = lines[data + 1] if data + 1 < len(lines) else None
    if data < len(lines) and not header.headless and _numbers_columns(lines[data], under):
        data += 1
    end, footer, after = _end(lines, header, data, spans)
    body = lines[data:end]
    heads = [] if header.headless else lines[header.first : header.last + 1]
    filled = {c for line in [*heads, *body[:500]] for c in _filled(line)}
    named = {c for line in heads for c in _filled(line)}
    if named:  # a remark beside the table is no column of it
        often = _usual(body[:200])
        filled = {c for c in filled if c in named or c in often or min(named) < c < max(named)}
        filled |= {c for line in heads for m in spans.wide(line.number) for c in range(m[1], m[3] + 1) if c in often}
    columns = sorted(filled)
    top = lines[header.first if heads else data].number if lines else 1
    layouts = [
        _layout(lines, start, header, spans, group, data=data, bounds=(end, footer, top, after < len(lines)))
        for group in _groups(columns, _names(lines, header, spans, columns), body)
    ]
    return layouts, after


def _layout(
    lines: Sequence[Line],
    start: int,
    header: _Header,
    spans: _Spans,
    columns: list[int],
    *,
    data: int,
    bounds: tuple[int, int | None, int, bool],
) -> Layout:
    end, footer, top, more = bounds
    body = lines[data:end]
    raw = _names(lines, header, spans, columns)
    ordinal = next((n for n, name in enumerate(raw[:2]) if _ORDINAL.fullmatch(fold(name))), None)
    above = [line for line in lines[start : header.first] if line.number < top]
    last_row = tuple(
        "" if blank(_cell(lines[header.last], c)) else fold(str(_cell(lines[header.last], c))) for c in columns
    )
    first_row = tuple(
        "" if blank(_cell(lines[header.first], c)) else fold(str(_cell(lines[header.first], c))) for c in columns
    )
    start_row = lines[data].number if data < len(lines) else lines[-1].number + 1
    draft = Layout(
        start=start_row,
        header=top,
        columns=tuple(columns),
        names=tuple(unique(raw)),
        first=body[0].number if body else lines[min(data, len(lines)) - 1].number + 1,
        last=lines[end - 1].number if footer is not None or more else None,
        heading=_heading(above),
        above=(above[0].number, above[-1].number) if above else None,
        ordinal=ordinal,
        footer=footer,
        headless=header.headless,
        repeats=frozenset() if header.headless else frozenset({last_row, first_row}),
    )
    kinds = [(line.number, draft.kind([_cell(line, c) for c in columns])) for line in body]
    sections = any(kind == "section" for _n, kind in kinds)
    totals = tuple(number for number, kind in kinds if kind == "total")
    names = (*draft.names, _section_name(draft.names)) if sections else draft.names
    first = next((number for number, kind in kinds if kind == "data"), draft.first)
    return Layout(
        **{s: getattr(draft, s) for s in Layout.__slots__ if s not in {"names", "sections", "totals", "first"}},
        names=names,
        first=first,
        sections=sections,
        totals=totals,
    )


def _section_name(names: Sequence[str]) -> str:
    return unique([*names, "Đề mục"])[-1]


def _heading(above: Sequence[Line]) -> str:
    """The title among the rows above a table: what names a list or a report, else the longest line."""
    texts = [clean(str(line.cells[c])) for line in above for c in _filled(line)[:1]]
    named = [t for t in texts if _NAMES_A_LIST.match(fold(t)) or t.lower().startswith("sổ ")]
    other = [t for t in texts if not _OFFICIAL.match(fold(t)) and not _DATED.fullmatch(fold(t)) and len(t) > 3]
    return (named or sorted(other, key=len)[-1:] or [""])[0][:200]


def _numbers_columns(line: Line, under: Line | None) -> bool:
    """Whether a row is "(1) (2) (3)…", "A B 1 2 3" or "1 2 3 4": numbers of the columns, and not the first of the data
    (whose running number goes on in the row under it)."""
    there = [line.cells[c] for c in _filled(line)]
    texts = [str(int(c)) if isinstance(c, float) and c.is_integer() else str(c).strip() for c in there]
    if len(texts) < 3 or not all(_COLUMN_NUMBER.fullmatch(t) for t in texts):
        return False
    found = [re.search(r"\d+", t) for t in texts]
    numbers = [int(m[0]) for m in found if m]
    if any(m is None for m in found[len(texts) - len(numbers) :]) or len(numbers) < 2:
        return False  # a letter after a number
    if numbers != list(range(numbers[0], numbers[0] + len(numbers))) or numbers[0] > 2:
        return False
    if texts[-1].startswith("("):
        return True
    head = _cell(under, _filled(line)[0]) if under else None
    return under is not None and str(head).strip().removesuffix(".0") != str(numbers[0] + 1)


def _groups(columns: list[int], names: list[str], body: Sequence[Line]) -> Iterator[list[int]]:
    """The columns of one table, or of several side by side: parted by an empty column, with a header name in common."""
    parts: list[list[int]] = []
    for column in columns:
        if parts and column == parts[-1][-1] + 1:
            parts[-1].append(column)
        else:
            parts.append([column])
    by_column = dict(zip(columns, names, strict=True))
    heads = [{fold(by_column[c]) for c in part} for part in parts]
    alike = len(parts) > 1 and all(len(p) > 1 for p in parts) and any(heads[0] & other for other in heads[1:])
    if alike:
        yield from parts
    elif columns:
        yield columns


def _end(lines: Sequence[Line], header: _Header, data: int, spans: _Spans) -> tuple[int, int | None, int]:
    """(place after the last row of data, number of the row where the signatures begin, place of what comes next)."""
    typed = _typed_columns(lines[data : data + 60])
    names = [] if header.headless else [(_filled(x), _words(x)) for x in lines[header.first : header.last + 1]]
    for n in range(data, len(lines)):
        line, there = lines[n], _filled(lines[n])
        gap = n > data and line.number > lines[n - 1].number + 1
        few = len(there) <= 3
        if n > data and few and is_footer(line) and not _goes_on(lines, n):
            return n, line.number, _skip_footer(lines, n)
        if not (gap or (n > data and few and is_preamble(line))):
            continue
        if (there, _words(line)) in names or not _starts_anew(lines, n, spans, typed):
            continue
        return n, None, n
    return len(lines), None, len(lines)


def _goes_on(lines: Sequence[Line], n: int) -> bool:
    """Whether rows of the same columns follow what looks like a signature: then it is data (a list of posts)."""
    there = _filled(lines[n])
    return any(
        _filled(x) == there and not is_footer(x) for x in lines[n + 1 : n + 4] if x.number <= lines[n].number + 3
    )


def _skip_footer(lines: Sequence[Line], n: int) -> int:
    while n < len(lines) and (is_footer(lines[n]) or len(_filled(lines[n])) <= 2) and not is_preamble(lines[n]):
        n += 1
    return n


def _typed_columns(body: Sequence[Line]) -> set[int]:
    counts: dict[int, list[int]] = {}
    for line in body:
        for c in _filled(line):
            count = counts.setdefault(c, [0, 0])
            count[0] += 1
            count[1] += is_typed(line.cells[c])
    return {c for c, (filled, typed) in counts.items() if 2 * typed > filled}


def _starts_anew(lines: Sequence[Line], n: int, spans: _Spans, typed: set[int]) -> bool:
    """Whether a new table begins at or soon after row n: its header has words where this table has numbers."""
    header = _header(lines, n, spans)
    if header is None or header.headless or header.first > n + 4:
        return False
    titled = header.first > n and (is_preamble(lines[n]) or len(_filled(lines[n])) == 1)
    there = [c for x in lines[header.first : header.last + 1] for c in _filled(x)]
    return bool(typed & set(there)) or (titled and not typed)
