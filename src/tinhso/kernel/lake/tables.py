"""Which tables the lake has: engines bring them, since the kernel knows none of theirs."""

import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from ..errors import Forbidden, NotFound

WHOLE_ROW = "sum(hashtextextended(t::text, 0))"


@dataclass(frozen=True, slots=True)
class Table:
    """A table of the lake. All SQL is the engine's own, over rows named `t`.

    `source` is the relation that is written, and `columns` which of its columns (all of them when empty). `part` gives
    the partition of a row; it must not change while the row lives, or both partitions are written anew. `stamp` is an
    aggregate over `stamped` (`source` when empty) that differs as soon as any row of a partition does; `stamped` needs
    what `part` and `stamp` name. `base` is the table whose columns the source shows under their own names: by it a
    column that was dropped and came back is known for another one. `personal` tables stand in a folder apart.
    """

    name: str
    source: str
    part: str
    columns: tuple[str, ...] = ()
    stamped: str = ""
    stamp: str = WHOLE_ROW
    base: str = ""
    definition: int = 0
    personal: bool = False

    @property
    def root(self) -> Path:
        return Path(settings.LAKE_PERSONAL_ROOT if self.personal else settings.LAKE_ROOT)


@dataclass(frozen=True, slots=True)
class Synced:
    """What a sync did: the partitions that were written anew or fell away, and how many rows the table has now."""

    table: str
    written: tuple[str, ...]
    gone: tuple[str, ...]
    rows: int


_providers: list[Callable[[], Iterable[Table]]] = []


def provide(provider: Callable[[], Iterable[Table]]) -> None:
    """Register a function that names the tables an engine has at the moment, personal ones too."""
    if provider not in _providers:
        _providers.append(provider)


def tables(*, personal: bool = False) -> list[Table]:
    """The tables there are, by name. Of the personal ones those that the setting LAKE_PERSONAL grants."""
    found = [one for provider in _providers for one in provider() if one.personal is personal]
    return sorted((t for t in found if not personal or t.name in settings.LAKE_PERSONAL), key=lambda one: one.name)


def table(name: str, *, personal: bool = False) -> Table:
    """One table. Raises NotFound where no engine has it, Forbidden where it is personal and not granted."""
    if personal and name not in settings.LAKE_PERSONAL:
        raise Forbidden(f"{name}: TINHSO_LAKE_PERSONAL")
    for one in tables(personal=personal):
        if one.name == name:
            return one
    raise NotFound(name)


def withdraw() -> list[str]:
    """Remove the personal tables that are no longer granted; their names."""
    root = Path(settings.LAKE_PERSONAL_ROOT)
    found = [path for path in root.glob("*") if path.is_symlink() and path.name not in settings.LAKE_PERSONAL]
    for path in found:
        path.unlink()
        shutil.rmtree(root / ".generations" / path.name, ignore_errors=True)
    return sorted(path.name for path in found)
