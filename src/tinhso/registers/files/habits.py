"""How each column of a table writes: legacy letters, decimal points, dates in other forms than the register reads.

The field types read Vietnamese habits (1.234,5 and 05/3/2025). What a column writes otherwise is turned into that, or
into a real date, and said in a note; a cell that fits no reading is left as it stands, for its row to be named.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from functools import partial
from typing import Any

from django.utils.translation import gettext as _

from tinhso.kernel.fields.dates import EXCEL_EPOCH
from tinhso.kernel.text import fold

from . import naming
from .legacy import NAMES, SUSPECT, Legacy, to_unicode, verdict

_BOTH = re.compile(r"[+-]?\d{1,3}(?:\.\d{3})+,\d+|[+-]?\d{1,3}(?:,\d{3})+\.\d+")
_MANY = re.compile(r"[+-]?\d{1,3}(?:(?:\.\d{3}){2,}|(?:,\d{3}){2,})")
_ONE = re.compile(r"[+-]?(\d+)([.,])(\d+)")
_UNCLEAR = re.compile(r"[+-]?[1-9]\d{0,2}[.,]\d{3}")
_POINT_UNCLEAR = re.compile(r"[+-]?[1-9]\d{0,2}\.\d{3}")
_COMMA_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+")

_DMY = re.compile(
    r"(\d{1,2})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{4}|\d{2})(?:[ T]+\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?)?"
)
_YMD = re.compile(r"(\d{4})\s*[/.\-]\s*(\d{1,2})\s*[/.\-]\s*(\d{1,2})(?:[ T]+\d{1,2}:\d{2}(?::\d{2})?(?:\.\d+)?)?")
_SPOKEN = re.compile(r"(?:.*,\s*)?ng[àa]y\s*(\d{1,2})\s*th[áa]ng\s*(\d{1,2})\s*n[ăa]m\s*(\d{4})", re.IGNORECASE)
_READ_ALREADY = re.compile(r"\d{1,2}[/.\-\s]\d{1,2}[/.\-\s]\d{4}|\d{4}-\d{1,2}-\d{1,2}")
_CLOCK = re.compile(r".*\d{1,2}:\d{2}.*")


def day_of(text: str, *, american: bool = False) -> date | None:
    """The day that a text means in any of the forms that people write, None where it means none."""
    text = text.strip()
    if found := _DMY.fullmatch(text):
        day, month, year = found.groups()
        if american:
            day, month = month, day
    elif found := _YMD.fullmatch(text):
        year, month, day = found.groups()
    elif found := _SPOKEN.fullmatch(unicodedata.normalize("NFC", text)):
        day, month, year = found.groups()
    else:
        return None
    try:
        return date(_year(year), int(month), int(day))
    except ValueError:
        return None


def _year(text: str) -> int:
    """Two digits are of this century up to ten years from now, else of the last (as spreadsheets do, but moving)."""
    if len(text) == 4:
        return int(text)
    year = int(text)
    return 2000 + year if year <= (date.today().year + 10) % 100 else 1900 + year  # noqa: DTZ011


@dataclass(slots=True)
class Habit:
    """What has to be done with the cells of a column."""

    legacy: Legacy | None = None
    """What a text is that could be read either way: every decided one of the column is of this encoding."""
    point: bool = False
    """Numbers are written with a decimal point."""
    days: bool = False
    american: bool = False
    """Days are written month first."""


@dataclass(slots=True)
class Habits:
    """The habits of a table's columns, and notes on them."""

    columns: tuple[Habit, ...]
    decimal: str = ""
    notes: list[str] = field(default_factory=list)

    def mend(self, cells: list[Any]) -> list[Any]:
        """The row's cells as the field types read them. Changes and returns the list."""
        for n, habit in enumerate(self.columns[: len(cells)]):
            cell = cells[n]
            if not isinstance(cell, str):
                continue
            if not cell.isascii():
                if SUSPECT.search(cell) and (legacy := self._legacy(cell, habit)):
                    cell = cells[n] = to_unicode(cell, legacy)
                cell = cells[n] = unicodedata.normalize("NFC", cell)
            if habit.days:
                cells[n] = _day(cell, habit)
            elif habit.point:
                cells[n] = _pointed(cell)
        return cells

    def quick(self) -> list[tuple[int, Callable[[str], Any]]]:
        """The columns whose days or numbers have to be turned, each with how, for rows without legacy letters."""
        found: list[tuple[int, Callable[[str], Any]]] = []
        for n, habit in enumerate(self.columns):
            if habit.days:
                found.append((n, partial(_day, habit=habit)))
            elif habit.point:
                found.append((n, _pointed))
        return found

    def mend_name(self, name: str, place: int) -> str:
        """A header or heading out of legacy letters, where it or its column is in them."""
        habit = self.columns[place] if place < len(self.columns) else Habit()
        if name.isascii() or not SUSPECT.search(name):
            return name
        legacy = self._legacy(name, habit)
        return to_unicode(name, legacy) if legacy else name

    @staticmethod
    def _legacy(cell: str, habit: Habit) -> Legacy | None:
        found = verdict(cell)
        if found == "plain":
            return None
        return found or habit.legacy


def _day(cell: str, habit: Habit) -> Any:
    text = cell.strip()
    if _READ_ALREADY.fullmatch(text) and not habit.american:
        return cell
    if _CLOCK.fullmatch(text) and not re.search(r"[ T]0?0:00(:00(\.0+)?)?$", text):
        return cell  # a moment: its clock is not lost here
    if re.fullmatch(r"[1-7]\d{4}", text):  # a serial number kept as text: 1927 to 2118
        return EXCEL_EPOCH + timedelta(days=int(text))
    return day_of(text, american=habit.american) or cell


def _pointed(cell: str) -> str | float:
    """A number as the field types read it: what they would take for thousands becomes a number itself."""
    if len(cell) < 5:
        return cell
    text = cell.strip()
    if _POINT_UNCLEAR.fullmatch(text):
        return float(text)
    return text.replace(",", "") if _COMMA_THOUSANDS.fullmatch(text) else cell


def learn(columns: Sequence[str], rows: Iterable[Sequence[Any]], *, letters: bool = True) -> Habits:
    """The habits of each column by its first rows. With `letters` false no legacy letters are looked for."""
    texts: list[list[str]] = [[] for _name in columns]
    typed = [0] * len(columns)
    for row in rows:
        for n, cell in enumerate(row[: len(columns)]):
            if isinstance(cell, str):
                if cell.strip():
                    texts[n].append(cell.strip())
            elif cell is not None:
                typed[n] += 1
    habits = Habits(tuple(Habit() for _name in columns))
    if letters:
        _learn_letters(columns, texts, habits)
    _learn_days(columns, texts, typed, habits)
    _learn_numbers(columns, texts, habits)
    return habits


def _learn_letters(columns: Sequence[str], texts: list[list[str]], habits: Habits) -> None:
    every: Counter[str] = Counter()
    for n, column in enumerate(texts):
        counts = Counter(verdict(text) for text in column if not text.isascii())
        every.update(counts)
        found = _only(counts)
        habits.columns[n].legacy = found
        converted: dict[Legacy, int] = {kind: counts[kind] for kind in NAMES if counts[kind]}
        for kind, count in converted.items():
            habits.notes.append(
                _("Cột “%(column)s”: %(count)d ô ở các dòng đầu ghi bằng bảng mã %(name)s, được chuyển sang Unicode")
                % {"column": columns[n], "count": count + (counts[""] if kind == found else 0), "name": NAMES[kind]}
            )
    whole = _only(every)
    if whole:  # a column with too few decided texts follows the sheet
        for n, habit in enumerate(habits.columns):
            if not any(verdict(t) == "plain" for t in texts[n] if not t.isascii()):
                habit.legacy = habit.legacy or whole


def _only(counts: Counter[str]) -> Legacy | None:
    """The one legacy encoding of all decided texts, None where some are Unicode or they differ."""
    found: list[Legacy] = [kind for kind in NAMES if counts[kind]]
    return found[0] if len(found) == 1 and not counts["plain"] else None


def _learn_days(columns: Sequence[str], texts: list[list[str]], typed: list[int], habits: Habits) -> None:
    for n, column in enumerate(texts):
        looking = [t for t in column if day_of(t) or day_of(t, american=True)]
        if not looking or 2 * len(looking) < len(column):
            continue
        habit = habits.columns[n]
        habit.days = True
        parts = [(int(m[1]), int(m[2])) for t in looking if (m := _DMY.fullmatch(t))]
        ours = sum(first > 12 for first, _second in parts)
        theirs = sum(second > 12 for _first, second in parts)
        habit.american = theirs > 0 and not ours and 3 * theirs >= len(parts)
        if habit.american:
            habits.notes.append(
                _("Cột “%(column)s”: ngày ghi tháng trước ngày sau, được đọc như vậy") % {"column": columns[n]}
            )
        if any(m and len(m[3]) == 2 for m in map(_DMY.fullmatch, looking)):
            habits.notes.append(
                _("Cột “%(column)s”: năm ghi hai chữ số, được đọc là năm gần nhất không quá mười năm tới")
                % {"column": columns[n]}
            )


def _learn_numbers(columns: Sequence[str], texts: list[list[str]], habits: Habits) -> None:
    signs: list[Counter[str]] = []
    for n, column in enumerate(texts):
        signs.append(Counter() if habits.columns[n].days else _decimal_signs(column))
    every = sum((c for c in signs), Counter())
    for n, count in enumerate(signs):
        unclear = (
            [t for t in texts[n] if _UNCLEAR.fullmatch(re.sub(r"\s", "", t))] if not habits.columns[n].days else []
        )
        own = _majority(count)
        if not own and _is_coordinate(columns[n], unclear):
            own = "."
        habits.columns[n].point = own == "." or (not own and _majority(every) == "." and any("," in t for t in unclear))
        if unclear and (not own or (count["."] and count[","])) and 2 * len(unclear) > 0.2 * len(texts[n]):
            read = {".": _("dấu chấm là thập phân"), ",": _("dấu phẩy là thập phân, dấu chấm phân cách nghìn")}
            habits.notes.append(
                _("Cột “%(column)s”: không rõ “%(text)s” là số lẻ hay số nghìn; được đọc theo cách %(how)s")
                % {"column": columns[n], "text": unclear[0], "how": read["." if habits.columns[n].point else ","]}
            )
    habits.decimal = _majority(every)


def _is_coordinate(header: str, unclear: list[str]) -> bool:
    """Whether "20.446" is degrees: no latitude or longitude has thousands."""
    words = fold(header)
    return any("." in t for t in unclear) and bool(naming.LATITUDE.search(words) or naming.LONGITUDE.search(words))


def _decimal_signs(column: list[str]) -> Counter[str]:
    """How many texts of a column say that the comma, or the point, parts the decimals."""
    count: Counter[str] = Counter()
    for raw in column:
        text = re.sub(r"\s", "", raw)
        if _BOTH.fullmatch(text):
            count["," if text.rfind(",") > text.rfind(".") else "."] += 1
        elif _MANY.fullmatch(text):
            count["," if "." in text else "."] += 1
        elif (found := _ONE.fullmatch(text)) and (len(found[3]) != 3 or len(found[1]) > 3 or found[1].startswith("0")):
            count[found[2]] += 1
    return count


def _majority(count: Counter[str]) -> str:
    if not count["."] and not count[","]:
        return ""
    return "." if count["."] > count[","] else ","


def moment_or_day(cell: datetime) -> date:
    """A spreadsheet's midnight is a day."""
    return cell.date() if (cell.hour, cell.minute, cell.second) == (0, 0, 0) else cell
