"""Files by their content: BLOB_ROOT/aa/bb/<sha256>. Written aside, flushed to the disk, then renamed into place, so
that a file with its name is whole or absent; two writers of the same bytes agree."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

from django.conf import settings

from tinhso.kernel.seal import Fault

CHUNK = 1024 * 1024


def path_of(digest: str) -> Path:
    return Path(settings.BLOB_ROOT) / digest[:2] / digest[2:4] / digest


@contextmanager
def draft() -> Iterator[IO[bytes]]:
    """An unnamed file on the disk of the blobs; gone at the end unless `keep` named it."""
    root = Path(settings.BLOB_ROOT) / "drafts"
    root.mkdir(parents=True, exist_ok=True, mode=0o700)
    with NamedTemporaryFile(dir=root, delete=False) as file:
        try:
            yield file
        finally:
            Path(file.name).unlink(missing_ok=True)


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
