"""The fast lane of an import: plain cells read by SQL, a whole batch at once, with the very value of the field type.

A lane accepts only the plainest forms of its type. What it does not accept is read by the type itself, so a lane never
refuses anything; what it accepts has the value that `from_cell` and `check` give (tests/test_import_lanes.py).
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from tinhso.kernel.fields.dates import EARLIEST, LATEST
from tinhso.kernel.fields.numbers import MOST

from ..shape import Field

# Latin with every letter of Vietnamese, one blank between words: nothing here that `clean` or `visible` would change.
_LETTER = r"[\u0021-\u007e\u00a1-\u024f\u0300-\u036f\u1e00-\u1eff]"
_WORDS = f"^{_LETTER}+( {_LETTER}+)*$"
_DAY, _MONTH, _YEAR = "(0?[1-9]|[12][0-9]|3[01])", "(0?[1-9]|1[0-2])", "((18|19|20|21)[0-9]{2})"


@dataclass(frozen=True, slots=True)
class Lane:
    """SQL over the text column `{c}`, which is neither NULL nor empty: whether the cell is plain, its value as the
    register's column has it, and that value as the snapshot's JSON has it. `accepts` may be evaluated on any text;
    the others only where it holds."""

    accepts: str
    value: str
    json: str

    def of(self, column: str) -> "Lane":
        """The lane of one column of a staging table."""
        return Lane(*(part.replace("{c}", column) for part in (self.accepts, self.value, self.json)))


def lane(field: Field, today: date) -> Lane | None:
    """The lane of a field; None where every cell has to be read by its type. `today` bounds days that are past or to
    come."""
    make = _lanes.get(field.spec.type)
    return make(field.options, today) if make else None


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _guarded(pattern: str, condition: str) -> str:
    """The condition, evaluated only on text that its casts can read."""
    return f"CASE WHEN {{c}} ~ {_quoted(pattern)} THEN {condition} ELSE false END"


def _text(options: Any, _today: date) -> Lane | None:
    if options.lines > 1 or options.pattern:
        return None
    length = f"char_length({{c}}) BETWEEN {options.min} AND {options.max}"
    plain = "{c} IS NFC NORMALIZED AND {c} NOT LIKE '''%'"  # an apostrophe may guard a formula
    return Lane(_guarded(_WORDS, f"{length} AND {plain}"), "{c}", "to_jsonb({c})")


def _whole(options: Any, _today: date) -> Lane:
    least, most = (-MOST if options.min is None else options.min), (MOST if options.max is None else options.max)
    fits = f"{{c}}::bigint BETWEEN {least} AND {most}"
    return Lane(_guarded("^(0|-?[1-9][0-9]{0,14})$", fits), "{c}::bigint", "to_jsonb({c}::bigint)")


def _decimal(options: Any, _today: date) -> Lane:
    least, most = (-MOST if options.min is None else options.min), (MOST if options.max is None else options.max)
    decimals = f"(,[0-9]{{1,{options.places}}})?" if options.places else ""
    number = "replace({c}, ',', '.')"
    fits = f"{number}::numeric BETWEEN {least} AND {most}"
    return Lane(_guarded(f"^(0|-?[1-9][0-9]{{0,13}}){decimals}$", fits), f"{number}::numeric", f"to_jsonb({number})")


def _date(options: Any, today: date) -> Lane:
    first = max(day for day in (EARLIEST, options.min, today if options.future else None) if day)
    bounds = [f"< DATE '{LATEST}'", f">= DATE '{first}'"]
    bounds += [f"<= DATE '{day}'" for day in (options.max, today if options.past else None) if day]
    pattern = f"^({_DAY}/{_MONTH}/{_YEAR}|{_YEAR}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01]))$"
    slashed = "strpos({c}, '/') > 0"
    year, month, day = (
        f"CASE WHEN {slashed} THEN split_part({{c}}, '/', {a}) ELSE split_part({{c}}, '-', {b}) END::int"
        for a, b in ((3, 1), (2, 2), (1, 3))
    )
    last = f"extract(day FROM make_date({year}, {month}, 1) + interval '1 month' - interval '1 day')"
    value = f"make_date({year}, {month}, {day})"
    within = " AND ".join(f"{value} {bound}" for bound in bounds)
    exists = f"CASE WHEN {day} <= {last} THEN {within} ELSE false END"  # 30/02 is left to the type
    return Lane(_guarded(pattern, exists), value, f"to_jsonb(to_char({value}, 'YYYY-MM-DD'))")


def _boolean(_options: Any, _today: date) -> Lane:
    value = "{c} IN ('1', 'true', 'yes', 'có', 'Có')"
    return Lane("{c} IN ('1', 'true', 'yes', 'có', 'Có', '0', 'false', 'no', 'không', 'Không')",
                f"({value})", f"to_jsonb({value})")  # fmt: skip


def _choice(options: Any, _today: date) -> Lane | None:
    if options.multiple:
        return None
    codes = options.codes()
    written = {words: codes.read(words) for code in codes.all for words in (code.value, code.label.vi, code.label.en)}
    plain = {words: value for words, value in written.items() if value and not words.startswith("'")}
    known = f"{_quoted(json.dumps(plain, ensure_ascii=False))}::jsonb"
    return Lane(f"{known} ? {{c}}", f"({known} ->> {{c}})", f"({known} -> {{c}})")


_lanes: dict[str, Callable[[Any, date], Lane | None]] = {
    "text": _text,
    "integer": _whole,
    "money": _whole,
    "decimal": _decimal,
    "date": _date,
    "boolean": _boolean,
    "choice": _choice,
}
