"""Values as people read them, a page of records at a time."""

from collections.abc import Sequence

from ..contracts import Record
from ..look_ups import names_of
from ..shape import Shape


def in_words(of: Shape, records: Sequence[Record], names: Sequence[str]) -> list[dict[str, str]]:
    """The fields `names` of each record as people read them; names of people, agencies and records that the fields
    refer to are asked for once, however many records there are."""
    known = names_of(of, [record.values for record in records], names)
    return [{name: of.words(name, record.values.get(name), known) for name in names} for record in records]
