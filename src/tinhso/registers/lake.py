"""The registers as tables of the lake: what `pub` shows of each, by the month in which a record was first entered."""

from collections.abc import Iterator

from tinhso.kernel import packs
from tinhso.kernel.lake import Table

from .definitions import SYSTEM_COLUMNS
from .shape import KIND, Shape, shape

MONTH = "to_char(t.created_at AT TIME ZONE 'UTC', 'YYYY-MM')"
REVISIONS = "sum(hashtextextended(t.id::text, t.revision))"
"""Every change of a record gives it a new revision, so that (id, revision) tells its content."""


def tables() -> Iterator[Table]:
    """Each register in force, and once more with its personal columns; sensitive values have no column to take."""
    for compiled in packs.in_force(KIND):
        of = shape(compiled.name, compiled.version)
        yield _table(of, source=of.view)
        if any(field.spec.class_ == "personal" for field in of.stored):
            yield _table(of, source=of.table, personal=True)


def _table(of: Shape, *, source: str, personal: bool = False) -> Table:
    columns = (*SYSTEM_COLUMNS, *(field.name for field in of.stored)) if personal else ()
    return Table(
        of.register,
        source,
        MONTH,
        columns=columns,
        stamped=of.table,
        stamp=REVISIONS,
        base=of.table,
        definition=of.version,
        personal=personal,
    )
