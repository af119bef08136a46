"""Files by their content: BLOB_ROOT/aa/bb/<sha256>. Written aside, flushed to the disk, then renamed into place, so
that a file with its name is whole or absent; two writers of the same bytes agree."""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

import structlog
from django.conf import settings
from django.utils.translation import gettext as _

from tinhso.kernel.errors import NoRoom
from tinhso.kernel.seal import Fault

log = structlog.get_logger()

CHUNK = 1024 * 1024
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""How the operating system says that there is no room for this file."""


def no_room() -> NoRoom:
    """What somebody reads whose file finds no room."""
    return NoRoom(
        _(
            "Tệp này chưa được lưu. Những gì Ông/Bà đã nhập và đã gửi trước đó vẫn được giữ; "
            "xin gửi lại tệp sau ít phút."
        )
    )


def path_of(digest: str) -> Path:
    return Path(settings.BLOB_ROOT) / digest[:2] / digest[2:4] / digest


@contextmanager
def draft() -> Iterator[IO[bytes]]:
    """An unnamed file on the disk of the blobs; gone at the end unless `keep` named it. Raises NoRoom where the disk
    is full."""
    root = Path(settings.BLOB_ROOT) / "drafts"
    with room_needed(root), NamedTemporaryFile(dir=root, delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


@contextmanager
def room_needed(folder: Path) -> Iterator[None]:
    """Make the folder, which is ours alone, and raise NoRoom where the disk turns out to be full."""
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        yield
    except OSError as error:
        if error.errno not in FULL:
            raise
        log.error("no room for a file", folder=str(folder), error=error.strerror)
        raise no_room() from error


def keep(file: IO[bytes], digest: str) -> None:
    """Give the draft its name for good."""
    file.flush()
    os.fsync(file.fileno())
    target = path_of(digest)
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    Path(file.name).chmod(0o400)
    Path(file.name).rename(target)
    folder = os.open(target.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def opened(digest: str) -> BufferedReader:
    """The bytes, to read. FileNotFoundError where the file is gone."""
    return path_of(digest).open("rb")


def digest_of(stream: BufferedReader) -> str:
    return hashlib.file_digest(stream, "sha256").hexdigest()


def damaged() -> Iterator[Fault]:
    """Every blob whose file is gone or no longer has the digest that names it (`tinhso verify`)."""
    from .models import Blob

    for digest, size in Blob.objects.order_by("digest").values_list("digest", "size").iterator():
        try:
            with opened(digest) as file:
                if digest_of(file) != digest:
                    yield Fault("blob", digest, "changed", f"the file of {size} bytes has other bytes now")
        except OSError as error:
            yield Fault("blob", digest, "missing", error.strerror or "")
