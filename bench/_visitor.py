"""Somebody with a browser, as far as the server can tell: one connection, cookies, forms read from pages and sent."""

import asyncio
import gzip
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode, urlsplit

from _client import Answer, _read, request

BOUNDARY = "visitor-boundary"
VOID = {"hidden", "text", "tel", "search", "email", "number", "date"}


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, what it holds as it was shown."""

    action: str
    fields: list[tuple[str, str]] = field(default_factory=list)

    def value(self, name: str) -> str:
        return next((value for key, value in self.fields if key == name), "")

    def values(self, name: str) -> list[str]:
        return [value for key, value in self.fields if key == name]

    def sent(self, **more: str) -> list[tuple[str, str]]:
        """What is posted when these are typed or pressed."""
        return [(key, value) for key, value in self.fields if key not in more] + list(more.items())


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.links: list[str] = []
        self.tasks: list[str] = []
        self.open: Form | None = None
        self.area = self.select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value or "" for key, value in attrs}
        name, value = given.get("name", ""), given.get("value", "")
        if tag == "form":
            self.open = Form(given.get("action", ""))
            self.forms.append(self.open)
        elif tag == "a" and "href" in given:
            self.links.append(given["href"])
        elif tag == "input" and name == "viec":
            self.tasks.append(value)
        elif self.open is None or (not name and tag != "option"):
            return
        elif tag == "input":
            kind = given.get("type", "text")
            if kind in VOID or (kind in {"radio", "checkbox"} and "checked" in given):
                self.open.fields.append((name, value))
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            self.open.fields.append((self.select, value))
        elif tag == "textarea":
            self.area = name
            self.open.fields.append((name, ""))

    def handle_data(self, data: str) -> None:
        if self.area and self.open:
            name, value = self.open.fields[-1]
            self.open.fields[-1] = (name, value + data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = ""
        elif tag == "textarea":
            self.area = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What was answered, at which address."""

    status: int
    path: str
    text: str
    forms: list[Form]
    links: list[str]
    tasks: list[str]
    """The tasks that can be ticked in a queue."""

    def form_to(self, end: str) -> Form | None:
        """The first form whose address ends so."""
        return next((one for one in self.forms if one.action.endswith(end)), None)

    def link(self, part: str) -> str:
        return next((one for one in self.links if part in one), "")


Told = Callable[[str, float, Page], None]
"""Hears of each answer: the kind of page, its seconds, the page."""


class Visitor:
    """`told` hears of every page; a redirect is followed, as its own page."""

    def __init__(
        self, port: int, cookies: Mapping[str, str], csrf: str, kind: Callable[[str], str], told: Told
    ) -> None:
        self.port, self.cookies, self.csrf, self.kind, self.told = port, dict(cookies), csrf, kind, told
        self.streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def get(self, path: str) -> Page:
        return await self._follow("GET", path, request(path, cookies=self.cookies))

    async def post(
        self, path: str, fields: list[tuple[str, str]] | None = None, file: tuple[str, bytes] | None = None
    ) -> Page:
        """Send a form; with a file (its field, its bytes) as multipart."""
        given = [(key, value) for key, value in fields or [] if key != "csrfmiddlewaretoken"]
        given.append(("csrfmiddlewaretoken", self.csrf))
        if file is None:
            return await self._follow("POST", path, request(path, cookies=self.cookies, form=urlencode(given).encode()))
        body = b"".join(
            f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{key}"\r\n\r\n{value}\r\n'.encode()
            for key, value in given
        )
        head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="{file[0]}"; filename="anh.jpg"\r\n'
        body += f"{head}Content-Type: image/jpeg\r\n\r\n".encode() + file[1] + f"\r\n--{BOUNDARY}--\r\n".encode()
        kind = f"multipart/form-data; boundary={BOUNDARY}"
        return await self._follow("POST", path, request(path, cookies=self.cookies, form=body, kind=kind))

    async def _follow(self, method: str, path: str, wanted: bytes) -> Page:
        for _hop in range(6):
            begun = time.perf_counter()
            answer = await self._send(wanted)
            took = time.perf_counter() - begun
            page = _page(answer, path)
            self.told(f"{method} {self.kind(path)}", took, page)
            if not 300 <= page.status < 400:
                return page
            parts = urlsplit(answer.headers[b"location"].decode())
            path, method = parts.path + (f"?{parts.query}" if parts.query else ""), "GET"
            wanted = request(path, cookies=self.cookies)
        raise RuntimeError(f"{path} leads round and round")

    async def _send(self, wanted: bytes) -> Answer:
        """On the connection that is open; on a fresh one where the server closed it in between."""
        for _try in range(2):
            fresh = self.streams is None
            if self.streams is None:
                self.streams = await asyncio.open_connection("127.0.0.1", self.port, limit=2**22)
            reader, writer = self.streams
            try:
                writer.write(wanted)
                return await _read(reader)
            except (ConnectionError, asyncio.IncompleteReadError):
                self.close()
                if fresh:
                    raise
        raise ConnectionError("no answer")

    def close(self) -> None:
        if self.streams:
            self.streams[1].close()
            self.streams = None


def _page(answer: Answer, path: str) -> Page:
    body = gzip.decompress(answer.body) if answer.headers.get(b"content-encoding") == b"gzip" else answer.body
    found = _Forms()
    text = ""
    if b"html" in answer.headers.get(b"content-type", b""):
        text = body.decode()
        found.feed(text)
    return Page(answer.status, path, text, found.forms, found.links, found.tasks)
