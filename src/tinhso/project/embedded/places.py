"""Where things are, what has been done already, and whether there is room for more."""

import errno
import fcntl
import hashlib
import os
import shutil
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from .terminal import DISK_FULL, Trouble, say

ROOT = Path(__file__).resolve().parents[4]
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
GB = 1_000_000_000


def var() -> Path:
    """The folder of everything that one installation keeps: TINHSO_VAR, else var/ of the checkout."""
    return Path(os.environ.get("TINHSO_VAR") or ROOT / "var").absolute()


def make_folder(path: Path) -> Path:
    """The folder, made when absent. Raises Trouble when this user may not write there."""
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if error.errno == errno.ENOSPC:
            raise Trouble(DISK_FULL.format(where=path)) from None
        raise Trouble(f"{path} cannot be made: {error.strerror}; mend that, or set TINHSO_VAR") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise Trouble(f"{path} belongs to another user; start as that user, or set TINHSO_VAR to a folder of your own")
    return path


def require_space(path: Path, needed: int) -> None:
    """Raise Trouble when the file system of `path` has fewer than `needed` bytes left."""
    there = next(p for p in (path, *path.parents) if p.exists())
    free = shutil.disk_usage(there).free
    if free < needed:
        raise Trouble(
            f"the disk is nearly full: {there} has {free / GB:.1f} GB left, {needed / GB:.1f} GB are needed; "
            "free some and start again"
        )


class Stamp:
    """Remembers of which inputs a thing was made, so that a second start does not make it again."""

    def __init__(self, path: Path, inputs: Iterable[Path], *also: str) -> None:
        self.path = path
        digest = hashlib.sha256("\0".join(also).encode())
        for file in sorted(inputs):
            digest.update(f"\0{file}\0".encode())
            digest.update(file.read_bytes())
        self.digest = digest.hexdigest()

    def fresh(self) -> bool:
        """The thing was made of these very inputs."""
        return self.path.is_file() and self.path.read_text().strip() == self.digest

    def set(self) -> None:
        """The thing is made now."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self.path.write_text(self.digest + "\n")


def files(folder: Path, *patterns: str, without: Iterable[str] = ()) -> list[Path]:
    """The files under `folder` whose names match; folders named in `without` are not entered."""
    skip = {*without, "__pycache__", "node_modules"}
    found: list[Path] = []
    for at, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if name not in skip]
        found += [path for name in names if any((path := Path(at, name)).match(p) for p in patterns)]
    return found


@contextmanager
def one_at_a_time() -> Iterator[None]:
    """Only one start of this checkout installs; the others wait."""
    folder = os.open(ROOT, os.O_RDONLY)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another command is installing; waiting for it")
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def python_version() -> str:
    return f"{sys.version_info.major}.{sys.version_info.minor}"
