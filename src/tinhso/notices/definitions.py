"""The vocabulary of `notices/*.yaml`: what people are told, in an open part that goes over other people's wires and a
full text that is read after sign-in.

An engine that tells something registers what it tells of (`register_about`): the placeholders that texts of this
`about` may have, and which of them are personal. The open part may hold none that is personal.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import override
from pydantic import model_validator

from tinhso.kernel.packs.definitions import Name, Strict, Words

LANGUAGES = ("vi", "en")
SHORT = 150
"""Letters that the short text may have, before its placeholders are filled in: with them and the link it stays within
three parts of an SMS in Unicode (3 × 67)."""
_HOLE = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True)
class Placeholder:
    """What a text may have filled in. `kind` says how it is read from the data: text as it stands; words, a mapping of
    language to text; time, an ISO moment; money, a whole number of đồng."""

    name: str
    personal: bool = True
    kind: Literal["text", "words", "time", "money"] = "text"


_abouts: dict[str, tuple[Placeholder, ...]] = {}


def register_about(name: str, *placeholders: Placeholder) -> None:
    """Let an engine say what its notices tell of, from its `AppConfig.ready`. ValueError where the name is taken."""
    if _abouts.setdefault(name, placeholders) != placeholders:
        raise ValueError(f"notices about {name!r} are registered twice")


def placeholders(about: str) -> Mapping[str, Placeholder]:
    return {one.name: one for one in _abouts.get(about, ())}


class NoticeDefinition(Strict):
    """One thing that people are told. `subject` and `short` are open: mail, SMS, Zalo and push carry them. `body` is
    read in the reader's own list after sign-in; a blank line parts paragraphs. `urgent` goes out in quiet hours too.
    """

    notice: Name
    about: Name
    audience: Literal["citizen", "officer"] = "citizen"
    subject: Words
    short: Words
    body: Words
    urgent: bool = False

    @model_validator(mode="after")
    def _fits(self) -> "NoticeDefinition":
        for language in LANGUAGES:
            if len(getattr(self.short, language)) > SHORT:
                raise ValueError(f"short.{language}: more than {SHORT} letters do not fit three parts of an SMS")
            if "\n" in getattr(self.subject, language):
                raise ValueError(f"subject.{language}: one line")
        return self

    def needs(self) -> frozenset[str]:
        """The placeholders that the texts have, in any language."""
        texts = (self.subject, self.short, self.body)
        return frozenset(name for text in texts for language in LANGUAGES for name in holes(getattr(text, language)))

    def fill(self, part: Literal["subject", "short", "body"], data: Mapping[str, Any], language: str) -> str:
        """A part of the notice in one language, with its data; a placeholder without a value is left empty."""
        known = placeholders(self.about)
        text = getattr(getattr(self, part), language)
        with override(language):
            return _HOLE.sub(lambda hole: _shown(known.get(hole[1]), data.get(hole[1]), language), text).strip()


def holes(text: str) -> list[str]:
    """The names between braces."""
    return _HOLE.findall(text)


def _shown(placeholder: Placeholder | None, value: Any, language: str) -> str:
    if value is None or value == "":
        return ""
    kind = placeholder.kind if placeholder else "text"
    if kind == "words":
        return str(value.get(language) or value.get("vi") or "") if isinstance(value, Mapping) else str(value)
    if kind == "time":
        return date_format(timezone.localtime(datetime.fromisoformat(str(value))), "H:i d/m/Y")
    if kind == "money":
        return f"{int(value):,}".replace(",", ".") + " đ"
    return str(value)


def check(definition: Any, context: Any) -> Iterable[tuple[Sequence[str | int], str]]:
    """What pydantic cannot see: the subject matter is registered, its placeholders are known, none in the open part is
    personal, and both languages say the same things."""
    notice: NoticeDefinition = definition.model
    known = placeholders(notice.about)
    if not known:
        yield ["about"], f"nobody tells of {notice.about!r}; known: {', '.join(sorted(_abouts))}"
        return
    for part in ("subject", "short", "body"):
        text: Words = getattr(notice, part)
        for language in LANGUAGES:
            for name in holes(getattr(text, language)):
                if name not in known:
                    yield [part, language], f"{{{name}}} is not known; known: {', '.join(sorted(known))}"
                elif part != "body" and known[name].personal:
                    yield [part, language], f"{{{name}}} is personal: the open part may not carry it"
        if set(holes(text.vi)) != set(holes(text.en)):
            yield [part], "the two languages have different placeholders"
