"""What is told of imports: how one stands, those of a register, and the files that wait for one."""

from pathlib import Path
from uuid import UUID

from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import NotFound

from .. import policy
from ..contracts import ImportFault, ImportState, KeptFile
from ..files import Source
from ..models import Import, ImportFile
from ..models import ImportFault as Stored
from ..shape import shape
from . import source

SHOWN_FAULTS = 200


def import_state(actor: Actor, id: UUID) -> ImportState:
    """An import as it stands, with its first faults. Raises NotFound, Forbidden for whoever does not keep the
    register."""
    row = row_of(actor, id)
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


def kept_file(actor: Actor, id: UUID, *, encoding: str = "", delimiter: str = "") -> tuple[KeptFile, Source]:
    """A kept file and what is in it, for whoever brought it; a text read in an encoding and by a delimiter of their
    choice. Raises NotFound, Invalid where it cannot be read."""
    file_path(actor, id)
    kept = ImportFile.objects.get(pk=id)
    return KeptFile(kept.pk, kept.name, kept.size), source.open_file(kept, encoding=encoding, delimiter=delimiter)


def row_of(actor: Actor, id: UUID) -> Import:
    """An import into a register that the actor keeps. Raises NotFound, Forbidden."""
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
        row.file.gone_at is None,
    )  # fmt: skip
