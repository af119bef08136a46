"""Import a file of rows into a register: keep it, begin, go on where it was left, stop.

A chunk of rows is one transaction, with the number of its last row in it. Whoever goes on after a crash begins there:
no row is written twice, none is lost. In the mode `good` the rows that are right are written and the others refused by
number; in the mode `all` the whole file is tried first, and written in one transaction where nothing is refused.
"""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields
from itertools import islice
from pathlib import Path
from typing import Any, Literal
from uuid import UUID

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from tinhso.documents import services as documents
from tinhso.kernel import audit, events
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Problem, SignInNeeded
from tinhso.territory import queries as territory

from .. import policy
from ..contracts import RECORDS_LOADED, KeptFile
from ..files import FileRow, Table
from ..imports import reads, source
from ..imports.ahead import ahead, give_way
from ..imports.cells import UNIT, Cells
from ..models import Import, ImportFault, ImportFile, ImportKey
from ..shape import Shape, shape
from . import rows
from .forgetting import forget_done
from .loading import Loader, Told
from .plain import Chunk

CHUNK = 10_000
"""Rows of one transaction; fewer where MOST_CELLS are reached before."""
MOST_CELLS = 80_000
"""Cells of one transaction, some 6 MB: two chunks are in memory, one being read while the other is written."""
PIECE = 200
log = structlog.get_logger()


class _Superseded(Exception):
    """The import was stopped, or another worker goes on with it: this chunk is not written."""


class _Refused(Exception):
    """A row of an import of all or nothing is refused."""


def keep_file(actor: Actor, name: str, chunks: Iterable[bytes]) -> KeptFile:
    """Keep a file of rows, as it comes. Raises Forbidden without `registers.edit`, Invalid for an empty file or one
    larger than 500 MB, NoRoom where the disk is full."""
    _need_edit(actor)
    kept = ImportFile(name=Path(name).name[-200:], kept_by=_who(actor), size=0)
    target, digest = source.path_of(kept), hashlib.sha256()
    aside = target.with_suffix(".part")
    try:
        with documents.room_needed(target.parent):
            with aside.open("wb") as file:
                for chunk in chunks:
                    kept.size += len(chunk)
                    if kept.size > settings.MAX_IMPORT_BYTES:
                        raise Invalid({"file": [_("Tệp lớn hơn 500 MB; xin chia tệp ra rồi gửi từng phần.")]})
                    digest.update(chunk)
                    file.write(chunk)
            if not kept.size:
                raise Invalid({"file": [_("Tệp rỗng; xin chọn tệp khác.")]})
            aside.chmod(0o400)
            aside.rename(target)
        kept.digest = digest.hexdigest()
        with transaction.atomic():
            kept.save(force_insert=True)
            audit.record(actor, "import.keep-file", f"import-file:{kept.pk}", size=kept.size, digest=kept.digest)
    except BaseException:
        aside.unlink(missing_ok=True)
        target.unlink(missing_ok=True)
        raise
    return KeptFile(kept.pk, kept.name, kept.size)


def begin_import(
    actor: Actor,
    register: str,
    file: UUID,
    *,
    table: str,
    mapping: Mapping[str, str],
    mode: Literal["good", "all"],
    dry_run: bool,
    encoding: str = "",
    delimiter: str = "",
    unit: str = "",
) -> UUID:
    """Have a kept file imported in the background; returns the id to follow it by.

    `mapping` names the file's column for each field that the file has; `unit` is the place of rows that state none
    (a code of today's map; default: the actor's). A dry run writes nothing and finds every fault.

    Raises Forbidden for whoever does not keep the register, ApprovalNeeded where the register has an approver;
    NotFound for a
    file of somebody else; Invalid where the mapping leads nowhere or leaves out what every record must have.
    """
    of = shape(register)
    policy.need_write(actor, of, by_case=False)
    kept = ImportFile.objects.filter(pk=file, kept_by=_who(actor)).first()
    if kept is None:
        raise NotFound()
    row = Import(
        register=register, file=kept, table=table, mapping=dict(mapping), mode=mode, dry_run=dry_run,
        encoding=encoding, delimiter=delimiter, unit=unit, day=timezone.localdate(), actor=_stored(actor),
        language=get_language() or settings.LANGUAGE_CODE,
    )  # fmt: skip
    _check(of, row)
    from ..tasks import run_import

    with transaction.atomic():
        row.save(force_insert=True)
        asked = {"file": str(file), "digest": kept.digest, "mode": mode, "dry_run": dry_run, "import": str(row.pk)}
        audit.record(actor, "import.begin", f"register:{register}", **asked)
        run_import.configure(lock=f"registers.import:{register}").defer(id=str(row.pk))
    return row.pk


def import_tried(actor: Actor, id: UUID, *, mode: Literal["good", "all"]) -> UUID:
    """Import for real what a dry run has tried, as it was tried; returns the id of the new import, or of the one that
    was asked for before: a button pressed twice enters nothing twice, also where the register has no key. Raises as
    `begin_import`, and Conflict where it was no dry run or has not ended."""
    with transaction.atomic():
        row = Import.objects.select_for_update(of=("self",)).select_related("file").filter(pk=id).first()
        if row is None:
            raise NotFound()
        reads.need_place(actor, row)
        policy.need_write(actor, shape(row.register), by_case=False)
        if not row.dry_run or row.state != "done":
            raise Conflict(_("Lần thử này chưa xong."))
        same = {"file": row.file, "table": row.table, "mapping": row.mapping, "unit": row.unit}
        before = Import.objects.filter(**same, register=row.register, dry_run=False, id__gt=row.pk)
        if again := before.filter(state__in=("waiting", "running", "done")).first():
            return again.pk
        return begin_import(
            actor, row.register, row.file.pk, table=row.table, mapping=row.mapping, mode=mode, dry_run=False,
            encoding=row.encoding, delimiter=row.delimiter, unit=row.unit,
        )  # fmt: skip


def import_corrected(actor: Actor, id: UUID, file: UUID) -> UUID:
    """Try a file of corrected rows as the import was that refused them: same columns, same place; returns the id of the
    dry run. Raises as `begin_import`: Invalid where the file has other columns."""
    row = reads.row_of(actor, id)
    return begin_import(
        actor, row.register, file, table="", mapping=row.mapping, mode="good", dry_run=True, unit=row.unit
    )


def stop_import(actor: Actor, id: UUID) -> None:
    """Stop an import; what good rows it has written stay. Raises NotFound, Conflict where it has ended."""
    row = Import.objects.filter(pk=id).first()
    if row is None:
        raise NotFound()
    reads.need_place(actor, row)
    policy.need_write(actor, shape(row.register), by_case=False)
    with transaction.atomic():
        waiting = Import.objects.filter(pk=id, state="waiting").update(state="stopped", finished_at=timezone.now())
        if not waiting and not Import.objects.filter(pk=id, state="running").update(state="stopped"):
            raise Conflict(_("Lần nhập này đã xong."))
        audit.record(actor, "import.stop", f"register:{row.register}", **{"import": str(id)})


def run(id: UUID) -> None:
    """Do an import, or go on with it. One that has ended is left alone."""
    row = Import.objects.select_related("file").get(pk=id)
    if row.finished_at:
        return
    with override(row.language):
        try:
            if row.state == "stopped":
                raise _Superseded
            _check(
                shape(row.register), row
            )  # a colleague may have changed the register since: no column is lost unsaid
            table = source.table_of(row)
            if row.state == "waiting":
                _start(row, table)
            _run(row, table)
            _end(row, "done")
        except _Refused:
            _end(row, "failed", _("Có dòng chưa đúng nên chưa dòng nào được ghi; xin sửa tệp rồi gửi lại."))
        except _Superseded:
            row.refresh_from_db()
            if row.state == "stopped":
                _end(row, "stopped")
        except Problem as problem:
            _end(row, "failed", str(problem.detail or problem) or str(problem.title))


def give_up(id: UUID) -> None:
    """Say that an import failed for a reason that is none of the file's."""
    row = Import.objects.select_related("file").get(pk=id)
    with override(row.language):
        _end(row, "failed", _("Hệ thống gặp lỗi khi nhập; người quản trị đã được báo. Xin thử lại sau."))


def _start(row: Import, table: Table) -> None:
    begun = Import.objects.filter(pk=row.pk, state="waiting").update(
        state="running", started_at=timezone.now(), total=table.rows_estimate or 0
    )
    if not begun:
        raise _Superseded
    row.refresh_from_db()


def _run(row: Import, table: Table) -> None:
    of, actor = shape(row.register), _actor(row)
    deed = rows.Deed(actor, "create", _("Nhập từ tệp %(name)s") % {"name": row.file.name}, None)
    cells = Cells(actor, of, table.columns, row.mapping)
    loader = Loader(of, cells, deed, into=row.pk, unit=row.unit, day=row.day)
    writes = not row.dry_run and (row.mode == "good" or row.checked)
    if row.mode == "good" or not row.checked:
        for chunk in _chunks(table, row.last_row, loader):
            with transaction.atomic():
                _advance(row, chunk, loader.load(chunk, keep=writes))
        if writes or row.dry_run:
            return
        if row.refused:
            raise _Refused
        _turn(row)
    with transaction.atomic():
        for chunk in _chunks(table, 0, loader):
            told = loader.load(chunk, keep=True)
            if told.faults:  # somebody wrote to the register since the file was tried
                transaction.set_rollback(True)
                break
            _advance(row, chunk, told)
        else:
            return
    row.refresh_from_db()
    _note(row, told)
    Import.objects.filter(pk=row.pk).update(refused=told.refused)
    raise _Refused


def _chunks(table: Table, after: int, loader: Loader) -> Iterator[Chunk]:
    """The rows behind `after`, read while those before them are written."""

    def read() -> Iterator[Chunk]:
        stream, most = iter(table.rows(after)), max(1, min(CHUNK, MOST_CELLS // len(table.columns)))
        rows: list[FileRow] = []
        while some := list(islice(stream, min(PIECE, most - len(rows)))):
            rows += some
            give_way()
            if len(rows) == most:
                yield loader.chunk(rows)
                rows = []
        if rows:
            yield loader.chunk(rows)

    yield from ahead(read())


def _advance(row: Import, chunk: Chunk, told: Told) -> None:
    """Save where the import is, unless it was stopped or somebody else has got on with it. Of an import that is being
    written as a whole, readers keep seeing how it stood before."""
    _note(row, told)
    last = chunk.rows[-1].number
    moved = Import.objects.filter(pk=row.pk, state="running", last_row=row.last_row, checked=row.checked).update(
        last_row=last,
        read=F("read") + told.read,
        created=F("created") + told.created,
        updated=F("updated") + told.updated,
        unchanged=F("unchanged") + told.unchanged,
        refused=F("refused") + told.refused,
    )
    if not moved:
        raise _Superseded
    row.last_row = last
    row.refused += told.refused


def _turn(row: Import) -> None:
    """From trying the whole file to writing it."""
    with transaction.atomic():
        ImportKey.objects.filter(of=row.pk).delete()
        moved = Import.objects.filter(pk=row.pk, state="running", checked=False).update(
            checked=True, last_row=0, read=0, created=0, updated=0, unchanged=0, total=F("read")
        )
        if not moved:
            raise _Superseded
    row.refresh_from_db()


def _note(row: Import, told: Told) -> None:
    ImportFault.objects.bulk_create(
        [ImportFault(of_id=row.pk, row=f.row, field=f.field, text=f.text, why=f.why) for f in told.faults],
        batch_size=5_000,
    )


def _end(row: Import, state: str, why: str = "") -> None:
    """Close the import, once, with what is told of it."""
    with transaction.atomic():
        ended = Import.objects.filter(pk=row.pk, finished_at=None).update(
            state=state, why=why, finished_at=timezone.now(), total=F("read") if state == "done" else F("total")
        )
        if not ended:
            return
        ImportKey.objects.filter(of=row.pk).delete()
        row.refresh_from_db()
        forget_done(row)
        actor, subject = _actor(row), f"register:{row.register}"
        if row.dry_run or (row.mode == "all" and state != "done"):
            return
        told = {"created": row.created, "updated": row.updated, "unchanged": row.unchanged, "refused": row.refused}
        audit.record(actor, "record.import", subject, state=state, **told, **{"import": str(row.pk)})
        if count := row.created + row.updated:
            events.publish(actor, RECORDS_LOADED, subject, register=row.register, count=count)


def _check(of: Shape, row: Import) -> None:
    """Raise Invalid where the mapping or the place leads nowhere."""
    if row.mode not in {"good", "all"}:
        raise Invalid({"mode": [_("Xin chọn cách nhập.")]})
    if row.unit and territory.unit(row.unit) is None:
        raise Invalid({"unit": [_("Không tìm thấy xã, phường này")]})
    opened, errors = source.open_file(row.file, encoding=row.encoding, delimiter=row.delimiter), {}
    table = source.table_in(opened, row.table)
    row.columns, row.alone = list(table.columns), len(opened.tables) == 1
    numbered = of.definition.numbering.field if of.definition.numbering else ""
    for path, title in row.mapping.items():
        name = path.removesuffix(".lat").removesuffix(".lon")
        if name != path and not {f"{name}.lat", f"{name}.lon"} <= row.mapping.keys():
            errors[name] = [_("Vị trí cần cả cột vĩ độ và cột kinh độ.")]
        if name not in of.fields and name != UNIT:
            errors[name] = [_("Sổ này không có mục “%(name)s”.") % {"name": name}]
        elif title not in table.columns:
            errors[name] = [_("Tệp không có cột “%(title)s”.") % {"title": title}]
    for name in of.definition.key:
        if name in of.fields and name != numbered and name not in row.mapping:
            errors[name] = [_("Mục này là khóa của sổ; xin chọn cột của tệp.")]
    named = bool(of.definition.key) and all(n in row.mapping or n not in of.fields for n in of.definition.key)
    for name, one in of.fields.items():  # a file that names its records may have some of the fields alone
        there = {name, f"{name}.lat"} & row.mapping.keys()
        if not (one.spec.optional or there or name == numbered or named):
            errors.setdefault(name, [_("Mục này bắt buộc; xin chọn cột của tệp.")])
    if errors:
        raise Invalid(errors)


def _need_edit(actor: Actor) -> None:
    if actor.is_anonymous:
        raise SignInNeeded()
    if not actor.may(policy.EDIT):
        raise Forbidden(_("Chỉ cán bộ giữ sổ được ghi vào sổ này."))


def _who(actor: Actor) -> str:
    return str(actor.account or actor.system)


def _stored(actor: Actor) -> dict[str, Any]:
    """The actor as the task gets them back; no name."""
    kept = {one.name: getattr(actor, one.name) for one in fields(actor) if one.name != "name"}
    return {
        name: sorted(value) if isinstance(value, frozenset) else str(value) if isinstance(value, UUID) else value
        for name, value in kept.items()
    }


def _actor(row: Import) -> Actor:
    sets, ids = {"roles", "permissions"}, {"account", "person", "post", "agency", "case"}
    kept: dict[str, Any] = {
        name: frozenset(value) if name in sets else UUID(value) if value and name in ids else value
        for name, value in row.actor.items()
    }
    return Actor(**kept)
