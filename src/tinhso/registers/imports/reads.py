"""What is told of imports: how one stands, those of a register, and the rows that were refused."""

import csv
import io
from collections.abc import Iterator
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound
from tinhso.kernel.fields.base import guard_formula

from .. import policy
from ..contracts import ImportFault, ImportState, KeptFile
from ..files import Source, Table
from ..models import Import, ImportFile
from ..models import ImportFault as Stored
from ..shape import Shape, shape
from . import source

SHOWN_FAULTS = 200
PIECE = 64 * 1024


def import_state(actor: Actor, id: UUID) -> ImportState:
    """An import as it stands, with its first faults. Raises NotFound, Forbidden for whoever does not keep the
    register."""
    row = _row(actor, id)
    found = Stored.objects.filter(of=row.pk).order_by("row", "id")[:SHOWN_FAULTS]
    return _state(row, tuple(ImportFault(one.row, one.field, one.text, one.why) for one in found))


def imports_of(actor: Actor, register: str, after: str = "", limit: int = 20) -> list[ImportState]:
    """The imports into a register that wrote or were to write, newest first, without their faults; `after` is the id of
    the last one seen."""
    policy.need_write(actor, shape(register), by_case=False)
    found = Import.objects.filter(register=register).select_related("file").order_by("-id")
    if (codes := policy.codes_of(actor)) is not None:
        found = found.filter(actor__unit__in=codes)
    if after:
        try:
            found = found.filter(id__lt=UUID(after))
        except ValueError:
            raise NotFound() from None
    return [_state(row, ()) for row in found[:limit]]


def file_path(actor: Actor, id: UUID) -> Path:
    """Where a kept file lies, for whoever brought it. Raises NotFound."""
    kept = ImportFile.objects.filter(pk=id).first()
    if kept is None or (not actor.system and kept.kept_by != str(actor.account)):
        raise NotFound()
    path = source.path_of(kept)
    if not path.exists():
        raise NotFound(_("Tệp này không còn được giữ; xin gửi lại tệp."))
    return path


def kept_file(actor: Actor, id: UUID) -> tuple[KeptFile, Source]:
    """A kept file and what is in it, for whoever brought it. Raises NotFound, Invalid where it cannot be read."""
    file_path(actor, id)
    kept = ImportFile.objects.get(pk=id)
    return KeptFile(kept.pk, kept.name, kept.size), source.open_file(kept)


def error_file(actor: Actor, id: UUID) -> Iterator[bytes]:
    """The refused rows as CSV, to be corrected and sent again: the columns of the file, then the row's number and why.
    They are read from the file again; nothing of them is stored. Raises NotFound, Forbidden."""
    row = _row(actor, id)
    return _pieces(row, source.table_of(row), shape(row.register))


def _pieces(row: Import, table: Table, of: Shape) -> Iterator[bytes]:
    text = io.StringIO()
    text.write("\ufeff")
    writer = csv.writer(text)
    writer.writerow([*map(guard_formula, table.columns), _("Dòng"), _("Lỗi")])
    faults = groupby(
        Stored.objects.filter(of=row.pk).order_by("row", "id").iterator(chunk_size=2_000), key=lambda one: one.row
    )
    wanted = next(faults, None)
    for line in table.rows(wanted[0] - 1 if wanted else 0) if wanted else ():
        if wanted is None:
            break
        if line.number != wanted[0]:
            continue
        why = "; ".join(f"{words}: {one.why}" if (words := _words(of, one.field)) else one.why for one in wanted[1])
        writer.writerow([*map(_cell, line.cells), line.number, guard_formula(why)])
        wanted = next(faults, None)
        if text.tell() > PIECE:
            yield text.getvalue().encode("utf-8", "replace")
            text.seek(0)
            text.truncate()
    yield text.getvalue().encode("utf-8", "replace")


def _words(of: Shape, name: str) -> str:
    return of.fields[name].spec.words if name in of.fields else ""


def _cell(cell: Any) -> Any:
    if isinstance(cell, datetime | date):
        return cell.isoformat()
    if isinstance(cell, str):
        return guard_formula(cell)
    return "" if cell is None else cell


def _row(actor: Actor, id: UUID) -> Import:
    row = Import.objects.select_related("file").filter(pk=id).first()
    if row is None:
        raise NotFound()
    need_place(actor, row)
    policy.need_write(actor, shape(row.register), by_case=False)
    return row


def need_place(actor: Actor, row: Import) -> None:
    """Raise NotFound for an import of another place: what its rows say is told where they belong."""
    if not policy.covers(actor, row.actor.get("unit") or "", row.day):
        raise NotFound()


def _state(row: Import, faults: tuple[ImportFault, ...]) -> ImportState:
    return ImportState(
        row.pk, row.register, row.file.name, row.mode, row.dry_run, row.state, row.total, row.read, row.created,
        row.updated, row.unchanged, row.refused, faults, row.started_at, row.finished_at, row.why,
    )  # fmt: skip
