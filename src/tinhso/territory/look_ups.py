"""How the field types `unit` and `address` find a unit (kernel/fields/hooks.py). The key is the unit's code."""

from django.utils import timezone

from tinhso.kernel.fields.hooks import LookUp

from . import queries


def display(code: str) -> str:
    """The unit and those above it: "Xã Vũ Quý, Tỉnh Hưng Yên"; of a code no longer in force, as it last was."""
    unit = queries.last(code)
    if unit is None:
        return ""
    above = queries.ancestors(unit.code, unit.since)
    return ", ".join(u.name for u in (unit, *above))


def exists(code: str) -> bool:
    """Whether any unit bears or bore the code: records of earlier days keep the codes of theirs."""
    return queries.last(code) is not None


def read(text: str) -> str | None:
    """The code of the one unit that the words name, carried to today; None where they name none, several or more."""
    text = text.strip()
    today = timezone.localdate()
    if queries.unit(text, today):
        return text
    found = queries.resolve(text, today=today)
    return found.unit.code if found and not found.rest and found.confidence >= 0.8 else None


def read_address(text: str) -> tuple[str, str] | None:
    """The code of today's commune in an address of one line, and the rest of the line; None where it is not certain."""
    found = queries.resolve(text, today=timezone.localdate())
    if found is None or found.confidence < 0.6 or not found.unit.is_commune:
        return None
    return found.unit.code, found.rest


UNIT = LookUp(display=display, exists=exists, read=read)
ADDRESS = LookUp(
    display=lambda key: ", ".join(filter(None, (key[1], display(key[0])))),
    exists=lambda key: exists(key[0]),
    read=read_address,
)
"""The key is (code, rest)."""
