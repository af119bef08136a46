"""Which field of a register each column of a file is."""

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from tinhso.kernel.text import fold

from ..shape import Field, Shape

ALIKE = 0.82
"""How alike folded words have to be (Ratcliff and Obershelp) to be taken for the same with a slip of typing."""


def match(headers: Sequence[str], shape: Shape, remembered: Mapping[str, str]) -> dict[str, str]:
    """Header to field name, each field once; headers of which nothing is known are left out.

    What was `remembered` of an earlier file comes first, then the field's name and its label in both languages, then
    likeness without diacritics.
    """
    found: dict[str, str] = {}
    free = dict(shape.fields)
    by_fold = {fold(header): name for header, name in remembered.items()}

    def take(header: str, name: str | None) -> None:
        if name is not None and name in free and header not in found:
            found[header] = name
            del free[name]

    for header in headers:
        take(header, remembered.get(header, by_fold.get(fold(header))))
    for header in headers:
        take(header, next((f.name for f in free.values() if _plain(header) in set(_words(f))), None))
    for header in headers:  # "Địa chỉ – Thôn" is the field "Thôn" where no other header is
        take(
            header, next((f.name for f in free.values() if _plain(header.rpartition(" – ")[2]) in set(_words(f))), None)
        )
    scored = [
        (score, -n, header, field.name)
        for n, header in enumerate(headers)
        if header not in found
        for field in free.values()
        if (score := max(_likeness(_plain(header), words) for words in _words(field))) >= ALIKE
    ]
    for _score, _n, header, name in sorted(scored, reverse=True):
        take(header, name)
    return {header: found[header] for header in headers if header in found}


def _words(field: Field) -> Iterator[str]:
    yield _plain(field.name)
    if field.spec.label:
        yield _plain(field.spec.label.vi)
        yield _plain(field.spec.label.en)


def _plain(text: str) -> str:
    """Folded words without marks and without what brackets add: "Diện tích (ha)" is "dien tich"."""
    bare = fold(text).partition("(")[0] or fold(text)
    return " ".join("".join(c if c.isalnum() else " " for c in bare).split())


def _likeness(one: str, other: str) -> float:
    if not one or not other:
        return 0.0
    if sorted(one.split()) == sorted(other.split()):
        return 0.99
    return SequenceMatcher(None, one, other).ratio()
