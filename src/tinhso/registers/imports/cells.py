"""Cells of a file read as values of a register, each by its field type; what they name is looked up once a file."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.db import connection
from django.utils.translation import gettext as _

from tinhso.identity import queries as identity
from tinhso.identity import services as people
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid, Problem
from tinhso.kernel.fields.base import field_type, whole_cell
from tinhso.kernel.fields.identifiers import check_national_id
from tinhso.kernel.ids import as_uuid
from tinhso.kernel.text import fold

from .. import policy
from ..files.layout import storable
from ..shape import LOOKED_UP, Field, Shape, shape

UNIT = "unit"
"""The name under which a column of places is mapped where the register has no field for them."""
PARTS = "|"
"""Between the parts of a natural key of several fields."""
MOST_KNOWN = 50_000
SHORT = 80


@dataclass(slots=True)
class Fault:
    """Why a row is refused: the field ("" for the row), what the cell says, and why."""

    row: int
    field: str
    text: str
    why: str


@dataclass(slots=True)
class Line:
    """A row of the file as values by field; `unit` is the place that it states."""

    number: int
    values: dict[str, Any] = field(default_factory=dict)
    unit: str = ""
    texts: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    def refuse(self, name: str, why: Any) -> None:
        self.faults.append(Fault(self.number, name, self.texts.get(name, ""), str(why)))

    def refuse_all(self, error: Invalid) -> None:
        """Note the messages of a check, but for fields that could not be read at all."""
        known = {fault.field for fault in self.faults}
        for path, messages in error.errors.items():
            name = path.partition(".")[0]
            if name not in known:
                for why in messages:
                    self.refuse(name, why)


class Cells:
    """Reads the rows of one table. `mapping` names for a field the column of the file; for a point in two columns,
    `place.lat` and `place.lon` name them."""

    def __init__(self, actor: Actor, of: Shape, columns: Sequence[str], mapping: Mapping[str, str]) -> None:
        self.actor, self.of = actor, of
        at = {title: number for number, title in reversed(list(enumerate(columns)))}
        self.fields = [(of.fields[name], at[title]) for name, title in mapping.items() if name in of.fields]
        self.points = [
            (of.fields[name], at[mapping[f"{name}.lat"]], at[mapping[f"{name}.lon"]])
            for name in (path.removesuffix(".lat") for path in mapping if path.endswith(".lat"))
        ]
        self.unit = at[mapping[UNIT]] if UNIT in mapping and UNIT not in of.fields else None
        self._known: dict[tuple[str, str], UUID] = {}
        self._agencies: dict[str, set[UUID]] = {}
        self._units: dict[str, str] = {}

    def read(self, row: Any) -> Line:
        """A row as values; what cannot be read is among its faults."""
        line = Line(row.number)
        for one, at in self.fields:
            cell = row.cells[at] if at < len(row.cells) else None
            self._read_into(line, one.name, cell, lambda c, one=one: self.value(one, c), hide=one.is_secret)
        for one, lat, lon in self.points:
            pair = [row.cells[at] if at < len(row.cells) else None for at in (lat, lon)]
            cell = None if all(part is None or part == "" for part in pair) else tuple(pair)
            self._read_into(line, one.name, cell, lambda c, one=one: point(one, c))
        if self.unit is not None:
            cell = row.cells[self.unit] if self.unit < len(row.cells) else None
            self._read_into(line, UNIT, cell, self._place)
            line.unit = line.values.pop(UNIT, None) or ""
        return line

    def foresee(self, one: Field) -> Callable[[Iterable[Any]], None] | None:
        """How the records that many cells name are looked up in one question, before `value` is asked for each; None
        for a field whose cells name none, or by a key of several parts."""
        if one.spec.type != "reference" or len(shape(one.options.to).definition.key) != 1:
            return None
        return partial(self._records, one)

    def _records(self, one: Field, cells: Iterable[Any]) -> None:
        target = shape(one.options.to)
        (name,) = target.definition.key
        key = target.fields.get(name)
        wanted: dict[Any, set[str]] = {}
        for cell in cells:
            text = _named(one, cell)
            if text and (one.name, text) not in self._known and as_uuid(text) is None:
                try:
                    part = text if key is None else key.kind.to_sql(key.kind.from_cell(text, key.options))
                    wanted.setdefault(part, set()).add(text)
                except (Problem, TypeError, ValueError, AttributeError):
                    continue  # it names nothing: `value` says so
        if len(self._known) + len(wanted) > MOST_KNOWN:
            self._known.clear()
        seen, params = policy.visible(self.actor, target)
        sql = "text" if key is None else key.kind.column(key.options).sql
        with connection.cursor() as cursor:
            cursor.execute(
                f'SELECT k.key, t.id FROM unnest(%s::{sql}[]) AS k(key) JOIN {target.table} t ON t."{name}" = k.key'  # noqa: S608
                f" WHERE {seen}",
                [list(wanted), *params],
            )
            for part, id in cursor.fetchall():
                for text in wanted.get(part, ()):
                    self._known[one.name, text] = id

    def place_of(self, cell: Any) -> str | None:
        """The place that a cell of the column of places states, "" where it states none, None where it is not known."""
        if cell is None or cell == "":
            return ""
        try:
            return self._place(cell)
        except Invalid:
            return None

    def _read_into(self, line: Line, name: str, cell: Any, read: Callable[[Any], Any], *, hide: bool = False) -> None:
        if cell is None or cell == "":
            line.values[name] = None
            return
        if not hide:
            text = "; ".join(str(part) for part in cell if part is not None) if isinstance(cell, tuple) else str(cell)
            line.texts[name] = storable(text[:SHORT])
        try:
            line.values[name] = read(cell)
        except Invalid as error:
            for messages in error.errors.values():
                for why in messages:
                    line.refuse(name, why)
        except Problem as problem:
            line.refuse(name, problem.detail or problem.title)
        except (TypeError, ValueError, AttributeError, KeyError):
            line.refuse(name, _("Giá trị không đúng kiểu của mục này"))

    def value(self, one: Field, cell: Any) -> Any:
        """The value of a cell as its type reads it, what it names looked up once. Raises Problem and the errors of a
        type that is given what it does not expect."""
        finder = self._finders.get(one.spec.type)
        if finder is None:
            if (
                found := self._units.get(cell) if one.spec.type == "unit" and isinstance(cell, str) else None
            ) is not None:
                return found
            value = one.kind.from_cell(cell, one.options)
            if value is not None and one.spec.type in LOOKED_UP:
                one.kind.check(value, one.options)
                if one.spec.type == "unit" and isinstance(cell, str) and len(self._units) < MOST_KNOWN:
                    self._units[cell] = value
            return value
        text = _named(one, cell)
        if not text:
            return None
        known = self._known.get((one.name, text))
        if known is None:
            known = finder(self, one, text)
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            self._known[one.name, text] = known
        return known

    def _place(self, cell: Any) -> Any:
        kind = field_type("unit")
        value = kind.from_cell(cell, kind.Options())
        if value is not None:
            kind.check(value, kind.Options())
        return value

    def _person(self, one: Field, text: str) -> UUID:
        """The person of an identity number; the look is logged for them."""
        if (id := as_uuid(text)) is not None:
            one.kind.check(id, one.options)
            return id
        check_national_id(text)
        found = people.find_person(self.actor, text, _("Nhập sổ %(register)s") % {"register": self.of.register})
        if found is None:
            raise Invalid(_("Không tìm thấy người có số định danh này"))
        return found.id

    def _agency(self, one: Field, text: str) -> UUID:
        """The agency of a code or a name."""
        if (id := as_uuid(text)) is not None:
            one.kind.check(id, one.options)
            return id
        if not self._agencies:
            for ref in identity.agencies():
                for said in {fold(ref.code), fold(str(ref.name))}:
                    self._agencies.setdefault(said, set()).add(ref.id)
        found = self._agencies.get(fold(text), set())
        if len(found) > 1:
            raise Invalid(_("Có nhiều cơ quan mang tên này; xin ghi mã của cơ quan"))
        if not found:
            raise Invalid(_("Không tìm thấy cơ quan này"))
        return next(iter(found))

    def _record(self, one: Field, text: str) -> UUID:
        """The record of a natural key, its parts parted by "|"; one that the actor may see."""
        target = shape(one.options.to)
        seen, params = policy.visible(self.actor, target)
        if (id := as_uuid(text)) is not None:
            where, wanted = "t.id = %s", [id]
        else:
            names = target.definition.key
            parts = [part.strip() for part in text.split(PARTS)] if len(names) > 1 else [text]
            if not names or len(parts) != len(names):
                raise Invalid(_("Không tìm thấy bản ghi này"))
            where, wanted = " AND ".join(f't."{name}" = %s' for name in names), []
            for name, part in zip(names, parts, strict=True):
                key = target.fields.get(name)
                wanted.append(part if key is None else key.kind.to_sql(key.kind.from_cell(part, key.options)))
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT t.id FROM {target.table} t WHERE {where} AND {seen}",  # noqa: S608  our own names
                [*wanted, *params],
            )
            found = cursor.fetchone()
        if found is None:
            raise Invalid(_("Không tìm thấy bản ghi này"))
        return found[0]

    _finders = {"person": _person, "agency": _agency, "reference": _record}


def point(one: Field, pair: tuple[Any, Any]) -> Any:
    """The point of a latitude and a longitude in two cells."""
    lat, lon = degrees(pair)
    return one.kind.from_json({"type": "Point", "coordinates": [lon, lat]})


def degrees(pair: tuple[Any, Any]) -> tuple[float, float]:
    """A latitude and a longitude in two cells, with a decimal comma or point. Raises Invalid where one is missing, no
    number, or none of this earth."""
    found = []
    for part, most, words in zip(pair, (90, 180), (_("Vĩ độ"), _("Kinh độ")), strict=True):
        if part is None or part == "":
            raise Invalid(_("%(what)s để trống") % {"what": words})
        try:
            number = float(str(part).strip().replace(",", "."))
        except ValueError:
            raise Invalid(_("%(what)s “%(text)s” không phải là số") % {"what": words, "text": part}) from None
        if not -most <= number <= most:
            raise Invalid(
                _("%(what)s %(text)s nằm ngoài trái đất; có thể hai cột bị đổi chỗ") % {"what": words, "text": part}
            )
        found.append(number)
    return found[0], found[1]


def _named(one: Field, cell: Any) -> str:
    """The text by which a cell names a person, an agency or a record."""
    number = whole_cell(cell)
    if number is None:
        return str(cell).strip()
    return f"{number:012d}" if one.spec.type == "person" else str(number)
