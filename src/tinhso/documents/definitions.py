"""The vocabulary of `papers/*.yaml`: what a paper is called, numbered, signed and kept by, and its Typst template."""

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic import Field, field_validator

from tinhso.kernel.fields.base import Class
from tinhso.kernel.packs.definitions import Name, Strict, Words


class Numbering(Strict):
    """Numbers run by agency and year, from 1 on 1 January; below 10 with a leading 0 (Decree 30/2020/ND-CP,
    annex I part II). `format` knows {n} and {year}. A paper that carries the number of the register's entry instead
    (a birth certificate) says `from:` which key of its data that is."""

    format: str = "{n:02d}/{year}"
    from_: str = Field(default="", alias="from")

    @field_validator("format")
    @classmethod
    def _formats(cls, text: str) -> str:
        try:
            numbers = {text.format(n=n, year=2025) for n in (1, 2)}
        except (KeyError, IndexError, ValueError) as error:
            raise ValueError(f"a number knows {{n}} and {{year}} only ({error})") from None
        if len(numbers) < 2:
            raise ValueError("a number must contain {n}")
        return text


class PaperDefinition(Strict):
    """One kind of paper. `sample` is data that the template must render, and tells callers which keys it reads:
    what the sample leaves out the template must do without.

    `source` names the form that the paper follows and how sure we are of it; `class` is the class of its data
    (who may see it); `keep` how long it is kept: "permanent" or years (Law on Archives 33/2024/QH15: at most 70);
    `valid_months` how long it is taken as a paper elsewhere (a marital-status certificate: 6, Decree 123/2015 art. 23).
    """

    paper: Name
    name: Words
    source: str = Field(min_length=1)
    class_: Class = Field(default="personal", alias="class")
    keep: Literal["permanent"] | int = "permanent"
    valid_months: int | None = Field(default=None, ge=1, le=600)
    number: Numbering | None = None
    signed: bool = False
    languages: tuple[Literal["vi", "en"], ...] = ("vi",)
    sample: dict[str, Any]
    template: str = Field(min_length=1)

    @field_validator("keep")
    @classmethod
    def _fixed_terms_end(cls, keep: str | int) -> str | int:
        if isinstance(keep, int) and not 1 <= keep <= 70:
            raise ValueError("a fixed term is 1 to 70 years")
        return keep

    @field_validator("template")
    @classmethod
    def _stays_at_home(cls, text: str) -> str:
        if re.search(r'"@\w+/', text):
            raise ValueError("a template may not fetch packages; import only /official.typ")
        return text


def check_paper(definition: Any, context: Any) -> Iterable[tuple[Sequence[str | int], str]]:
    """Render the sample, and then nothing at all: a paper with an empty field is still a paper. Typst's complaint is a
    fault at `template`. What rendered once in this process is not rendered again."""
    from .typesetting import TemplateFault, typeset

    if definition.digest in _rendered:
        return
    paper: PaperDefinition = definition.model
    for language in paper.languages:
        for data, what in ((paper.sample, ""), ({}, "without data: ")):
            try:
                typeset(paper, data, {"lang": language, "code": "SAMPLECODE", "number": "01/2025"})
            except TemplateFault as fault:
                where = f"line {definition.line('template') + fault.line} of the file: " if fault.line else ""
                yield ["template"], f"{where}{what}{fault.message}"
                return
    if len(_rendered) < MOST_RENDERED:
        _rendered.add(definition.digest)


MOST_RENDERED = 1_000
_rendered: set[str] = set()
"""Digests of papers that were found to render."""
