"""Files of imports, and what they say of refused rows, go when nobody needs them any more: they name people."""

from datetime import datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q
from django.utils import timezone

from tinhso.kernel import audit
from tinhso.kernel.actor import Actor, system

from ..imports import source
from ..models import Blueprint, Import, ImportFault, ImportFile

_LEFT_FOR = timedelta(days=1)
"""How long bytes of which no row knows may lie: a file is written before its row."""


def forget_done(row: Import) -> None:
    """The file of an import that wrote every row of the file's only table, at once. Part of the transaction that ends
    the import."""
    if row.dry_run or row.state != "done" or row.refused or not row.alone:
        return
    _forget(system("registers.imports"), row.file.pk)


def forget_files() -> int:
    """What was last used more than IMPORT_KEEP_DAYS ago: files, and the faults of imports that have ended. Bytes that
    an interrupted upload or removal has left go too. Returns how many files went."""
    actor, before = system("registers.imports"), timezone.now() - timedelta(days=settings.IMPORT_KEEP_DAYS)
    old = ImportFile.objects.filter(gone_at=None, kept_at__lt=before).values_list("pk", flat=True)
    gone = sum(_forget(actor, pk, before) for pk in list(old))
    ImportFault.objects.filter(of__finished_at__lt=before).delete()
    _sweep()
    return gone


def _forget(actor: Actor, file: object, before: datetime | None = None) -> bool:
    """Remove a file unless an import that has not ended reads it, a register is being made of it, or it was used since
    `before`."""
    with transaction.atomic():
        kept = ImportFile.objects.select_for_update().filter(pk=file, gone_at=None).first()
        if kept is None or Import.objects.filter(file=kept, finished_at=None).exists():
            return False
        used = Blueprint.objects.filter(file=kept.pk, register="")
        if before is not None:
            last = Import.objects.filter(file=kept).aggregate(at=Max("finished_at"))["at"]
            used = used.filter(changed_at__gte=before)
            if last is not None and last >= before:
                return False
        if used.exists():
            return False
        kept.gone_at = timezone.now()
        kept.save(update_fields=["gone_at"])
        audit.record(actor, "import.forget-file", f"import-file:{kept.pk}", size=kept.size, digest=kept.digest)
        transaction.on_commit(lambda: source.path_of(kept).unlink(missing_ok=True))
    return True


def _sweep() -> None:
    root = Path(settings.IMPORT_ROOT)
    if not root.exists():
        return
    before = (timezone.now() - _LEFT_FOR).timestamp()
    old = {path for path in root.iterdir() if path.is_file() and path.stat().st_mtime < before}
    kept = ImportFile.objects.filter(Q(gone_at=None)).values_list("pk", flat=True)
    for path in old - {root / str(pk) for pk in kept.iterator()}:
        path.unlink(missing_ok=True)
