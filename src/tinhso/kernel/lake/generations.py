"""States of a table on disk. Each is a folder of its own under `.generations`, which shares the files of unchanged
partitions with the one before (hard links); `<root>/<table>` is a symbolic link to the one that holds."""

import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

MANIFEST = "_manifest.json"
ROWS = "rows.parquet"


@dataclass(frozen=True, slots=True)
class Part:
    """One partition: the stamp of its rows, how many they are, and the identity of each column written."""

    stamp: str
    rows: int
    columns: dict[str, str]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a state holds. `schemas` are the columns (name: SQL type) by version of the definition."""

    table: str
    definition: int
    synced_at: str
    columns: dict[str, str] = field(default_factory=dict)
    schemas: dict[str, dict[str, str]] = field(default_factory=dict)
    parts: dict[str, Part] = field(default_factory=dict)


def manifest(root: Path, table: str) -> Manifest | None:
    """What the lake holds of a table now; None where it was never synced."""
    try:
        data: dict[str, Any] = json.loads((root / table / MANIFEST).read_text())
    except FileNotFoundError:
        return None
    parts = {name: Part(**part) for name, part in data.pop("parts").items()}
    return Manifest(**data, parts=parts)


def relation(root: Path, table: str) -> str:
    """The table as DuckDB reads it, to stand after FROM. It is the state of now, also if a sync ends meanwhile."""
    files = (root / table).resolve() / "part=*" / "*.parquet"
    quoted = str(files).replace("'", "''")
    return f"read_parquet('{quoted}', union_by_name = true, hive_partitioning = false)"


@contextmanager
def locked(root: Path, table: str) -> Iterator[Path]:
    """The folder of a table's states, for one process at a time; what a killed sync left is cleared away."""
    home = root / ".generations" / table
    home.mkdir(parents=True, exist_ok=True)
    with (home / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        current = number(root, table)
        for folder in home.iterdir():
            if folder.is_dir() and int(folder.name) > current:
                shutil.rmtree(folder)
        yield home


def number(root: Path, table: str) -> int:
    """The number of the state that holds, 0 where there is none."""
    link = root / table
    return int(link.readlink().name) if link.is_symlink() else 0


def hold(root: Path, table: str, folder: Path, found: Manifest, *, keep_former: bool) -> None:
    """Make `folder` the state that holds: everything in it on disk first, then one rename.

    The state before stays one round longer for readers that have begun on it, unless it has columns that may no
    longer be there.
    """
    (folder / MANIFEST).write_text(json.dumps(asdict(found), ensure_ascii=False, indent=1))
    for path in (*folder.rglob("*"), folder, folder.parent):
        sync_to_disk(path)
    former = number(root, table)
    link = root / ".generations" / table / "next"
    link.unlink(missing_ok=True)
    link.symlink_to(Path(".generations") / table / folder.name)
    link.replace(root / table)
    sync_to_disk(root)
    for other in folder.parent.iterdir():
        if other.is_dir() and other != folder and not (keep_former and int(other.name) == former):
            shutil.rmtree(other)


def sync_to_disk(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
