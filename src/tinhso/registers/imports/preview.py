"""What an officer sees before an import: which column is which field, and what its first rows would come to."""

from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Invalid
from tinhso.kernel.text import fold

from .. import policy
from ..contracts import ImportFault, NewRecord, PreviewRow
from ..files import Table
from ..files.delimited import DELIMITERS
from ..files.encodings import KNOWN
from ..files.match import match
from ..files.naming import LATITUDE, LONGITUDE
from ..models import Import
from ..shape import Shape, shape
from .cells import UNIT, Cells, Line
from .corrections import added

REMEMBERED = 50
"""How many imports back a mapping is looked for."""
SHORT = 60
ENCODINGS = tuple(one.name for one in KNOWN.values())
"""In which a text file may be read; the first are the likelier."""

__all__ = ["DELIMITERS", "ENCODINGS", "import_fields", "mapped", "preview"]


def import_fields(register: str) -> dict[str, str]:
    """What a column of a file may be: each field, the latitude and longitude of each point, and the place of the record
    where no field says it. In words."""
    of = shape(register)
    found: dict[str, str] = {}
    for one in of.fields.values():
        if one.spec.type == "file":  # a cell holds no photograph
            continue
        found[one.name] = one.spec.words
        if one.spec.type == "geometry" and getattr(one.options, "shape", "") == "point":
            found[f"{one.name}.lat"] = _("%(field)s: vĩ độ") % {"field": one.spec.words}
            found[f"{one.name}.lon"] = _("%(field)s: kinh độ") % {"field": one.spec.words}
    if not of.definition.unit and UNIT not in of.fields:
        found[UNIT] = _("Xã, phường của dòng")
    return found


def mapped(actor: Actor, register: str, columns: Sequence[str]) -> dict[str, str]:
    """The column that each field probably is: as it was when a file with these columns was last imported into the
    register, else as columns of these names were, else by words. Raises as a write to the register."""
    of = shape(register)
    policy.need_write(actor, of, by_case=False)
    fields, wanted = import_fields(register), set(columns)
    same, own = wanted - added(columns), {}
    earlier = Import.objects.filter(register=register).order_by("-id").values_list("columns", "mapping")
    for before, mapping in earlier[:REMEMBERED]:
        known = {name: title for name, title in mapping.items() if name in fields and title in wanted}
        if same and set(before) - added(before) == same and known:
            return known
        for name, title in known.items():
            own.setdefault(title, name)
    found = {name: title for title, name in own.items() if name not in of.fields}
    left = [title for title in columns if title not in found.values() and title in same]
    found |= {name: title for title, name in match(left, of, own).items() if name in fields}
    return found | _places(of, fields, [title for title in left if title not in found.values()], found)


def _places(of: Shape, fields: Mapping[str, str], left: Sequence[str], found: Mapping[str, str]) -> dict[str, str]:
    """The columns of a point in two numbers, where one field is a point; and the column of communes."""
    more: dict[str, str] = {}
    points = [name for name in of.fields if f"{name}.lat" in fields and not {name, f"{name}.lat"} & found.keys()]
    pair = [next((t for t in left if pattern.search(fold(t))), None) for pattern in (LATITUDE, LONGITUDE)]
    if len(points) == 1 and all(pair) and pair[0] != pair[1]:
        more |= {f"{points[0]}.lat": str(pair[0]), f"{points[0]}.lon": str(pair[1])}
    if UNIT in fields and UNIT not in found:
        words = {"unit", "commune", "xa phuong", "xa", "phuong", "don vi hanh chinh", "ten xa phuong"}
        plain = {t: " ".join("".join(c if c.isalnum() else " " for c in fold(t)).split()) for t in left}
        if place := next((title for title, said in plain.items() if said in words), None):
            more[UNIT] = place
    return more


def preview(
    actor: Actor, register: str, table: Table, mapping: Mapping[str, str], *, unit: str = "", limit: int = 8
) -> list[PreviewRow]:
    """The first rows of a table as they would be read; a person that a cell names is looked for, and the look logged.
    What only the whole file or the register tells (a key twice, a record that stands) the trial finds."""
    of = shape(register)
    policy.need_write(actor, of, by_case=False)
    cells = Cells(actor, of, table.columns, {name: t for name, t in mapping.items() if t in table.columns})
    found = []
    for row in islice(table.rows(), limit):
        line = cells.read(row)
        _check(actor, of, line, unit)
        faults = tuple(ImportFault(row.number, one.field, one.text, one.why) for one in line.faults)
        found.append(PreviewRow(row.number, tuple(map(_said, row.cells)), faults))
    return found


def _check(actor: Actor, of: Shape, line: Line, unit: str) -> None:
    from ..services.create import home

    try:
        of.check(line.values, trusted=True)
    except Invalid as error:  # a field without a column is the mapping's fault, not the row's
        here = {path: said for path, said in error.errors.items() if path.partition(".")[0] in line.values}
        if here:
            line.refuse_all(Invalid(here))
    place = home(actor, of, line.values, NewRecord(line.values, timezone.localdate(), line.unit or unit))
    if not line.faults and not policy.covers(actor, *place):
        line.refuse(of.definition.unit or "", _("Dòng này thuộc đơn vị khác, không phải đơn vị của Ông/Bà"))


def _said(cell: Any) -> str:
    """A cell as a page can show it: half a surrogate pair, as broken exports have them, is a question mark."""
    return "" if cell is None else str(cell)[:SHORT].encode("utf-8", "replace").decode()
