"""What a reader meets on a page that a test got."""

import html
import re
from typing import Any


def plain(markup: str) -> str:
    """The words of a piece of a page: no tags, no runs of space."""
    body = re.sub(r"(?s)<(script|style|head).*?</\1>", " ", markup)
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", body))).replace(" :", ":").strip()


def text(answer: Any) -> str:
    """The words of a page."""
    return plain(answer.content.decode())


def beside(answer: Any, field: str) -> str:
    """The message that stands at a field; "" where none does."""
    found = re.search(rf'(?s)id="id_{re.escape(field)}-error">(.*?)</div>', answer.content.decode())
    return plain(found[1]) if found else ""


def summary(answer: Any) -> list[tuple[str, str]]:
    """The error summary: (address on the page, message)."""
    found = re.search(r'(?s)govuk-error-summary__list">(.*?)</ul>', answer.content.decode())
    links = re.findall(r'(?s)<a href="([^"]*)">(.*?)</a>', found[1]) if found else []
    return [(html.unescape(address), plain(message)) for address, message in links]
