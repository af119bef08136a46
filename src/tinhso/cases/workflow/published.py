"""Published procedures, looked up once a version."""

from functools import lru_cache

from tinhso.kernel.errors import NotFound
from tinhso.kernel.packs import Compiled, compiled

from .. import bundles, versions


def procedure(name: str, version: int | None = None) -> Compiled:
    """The published procedure, of today (versions.py) or of a version; raises NotFound. A published version never
    changes, so that asking for one again costs nothing: lists ask once a row. Linked procedures are one, of today."""
    try:
        return _pinned(name, version) if version else versions.current(name)
    except NotFound:
        if found := bundles.find(name):
            return found
        raise


@lru_cache(maxsize=1_000)
def _pinned(name: str, version: int) -> Compiled:
    return compiled("procedure", name, version)


def forget() -> None:
    """Drop what is remembered of versions: a test's database is another world."""
    _pinned.cache_clear()
