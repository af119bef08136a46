"""Shared code lists: of the nation (`lists/*.yaml` here) and of packs (`lists/<name>.yaml`, kind "list")."""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache, cached_property
from pathlib import Path

from pydantic import Field
from ruamel.yaml import YAML

from ..packs.definitions import Name, Strict, Words
from ..text import fold

FOLDER = Path(__file__).parent / "lists"


class Code(Strict):
    """A code that is no longer given out stays readable: `closed: true`."""

    value: str = Field(min_length=1, max_length=60)
    label: Words
    closed: bool = False


class Codes:
    """Codes as a choice needs them: by value, and by what people write, with or without diacritics."""

    def __init__(self, codes: Sequence[Code]) -> None:
        self.all = tuple(codes)
        self.by_value = {code.value: code for code in codes}
        self.by_words = {
            fold(words): code.value for code in reversed(codes) for words in (code.value, code.label.en, code.label.vi)
        }

    def read(self, text: str) -> str | None:
        """The code that was given, or whose words were written."""
        text = text.strip()
        if text in self.by_value:
            return text
        return self.by_words.get(fold(text)) if len(text) <= 200 else None


class CodeList(Strict):
    """A list of codes. `source` names the decree or standard it was taken from."""

    list: Name
    name: Words
    source: Words
    codes: tuple[Code, ...] = Field(min_length=1)

    @cached_property
    def compiled(self) -> Codes:
        return Codes(self.codes)


@cache
def national(name: str) -> CodeList | None:
    """A list that the platform brings, None where it has none of that name."""
    file = FOLDER / f"{name}.yaml"
    if not name.replace("-", "").isalnum() or not file.is_file():
        return None
    return CodeList.model_validate(YAML(typ="safe").load(file.read_text(encoding="utf-8")))


FRESH_SECONDS = 60.0
_of_packs: dict[str, tuple[float, CodeList]] = {}
_at_hand: ContextVar[Mapping[str, CodeList]] = ContextVar("tinhso.fields.lists", default={})  # noqa: B039  read only


@contextmanager
def at_hand(found: Mapping[str, CodeList]) -> Iterator[None]:
    """Within it these lists are known by their names, before those in force: packs are checked with lists that are not
    applied yet."""
    token = _at_hand.set(found)
    try:
        yield
    finally:
        _at_hand.reset(token)


def code_list(name: str) -> CodeList:
    """A list of codes by name: the nation's, else one `at_hand`, else the one in force from a pack, asked for once a
    minute. Raises NotFound."""
    if found := national(name) or _at_hand.get().get(name):
        return found
    now = time.monotonic()
    known = _of_packs.get(name)
    if known is None or now - known[0] > FRESH_SECONDS:
        from ..packs import compiled

        known = _of_packs[name] = (now, compiled("list", name).model)
    return known[1]


def forget() -> None:
    """Ask for the lists of packs again."""
    _of_packs.clear()


_told: list[Callable[[CodeList], None]] = []


def whenever_published(function: Callable[[CodeList], None]) -> None:
    """Call `function` with each version of a list that is published, in the transaction that publishes it."""
    if function not in _told:
        _told.append(function)


def published(_actor: object, _old: CodeList | None, new: CodeList | None, name: str, _version: int) -> None:
    """What happens when a list is applied: this process asks for it again, and those who keep its codes are told."""
    _of_packs.pop(name, None)
    if new:
        for function in _told:
            function(new)
