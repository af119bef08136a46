"""YAML texts of packs as plain Python, each parsed once; where its keys stand is looked for only when a fault is told.

To parse the folders that a province has takes seconds, and to look whether they have changed is done at each opening of
the page of packs: what was read is kept by the text itself, so that a changed file is read anew and no other is.
"""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

from . import quick

KeyPath = Sequence[str | int]


@lru_cache(maxsize=2_000)
def read(text: str) -> Any:
    """The text as plain dicts, lists and scalars; shared, and not to be changed.

    Raises MarkedYAMLError, and ValueError for a day that no calendar has."""
    try:
        return quick.read(text)
    except quick.Unsure:
        return plain(_marked(text))


def line_of(text: str, path: KeyPath) -> int:
    """The 1-based line of the deepest part of `path` that the text has; 1 where there is no text."""
    line = 1
    raw: Any = _marked(text) if text else None
    for part in path:
        if isinstance(raw, CommentedMap) and part in raw:
            line = raw.lc.key(part)[0] + 1
            raw = raw[part]
        elif isinstance(raw, CommentedSeq) and isinstance(part, int) and part < len(raw):
            line = raw.lc.item(part)[0] + 1
            raw = raw[part]
    return line


def is_key(part: str | int) -> bool:
    """Whether a part of pydantic's location is a key of the text; union tags and the like are not."""
    return not (isinstance(part, str) and (part.startswith("function-") or part.endswith("]")))


def plain(raw: Any) -> Any:
    """The YAML node as plain Python."""
    if isinstance(raw, dict):
        return {str(key): plain(value) for key, value in raw.items()}
    if isinstance(raw, list):
        return [plain(value) for value in raw]
    if isinstance(raw, bool) or raw is None:
        return raw
    for kind in (int, float):
        if isinstance(raw, kind):
            return kind(raw)
    return str(raw) if isinstance(raw, str) else raw


@lru_cache(maxsize=8)
def _marked(text: str) -> Any:
    """The text with the places of its keys: large, and so kept only as long as one file's faults are told."""
    return YAML(typ="rt").load(text)
