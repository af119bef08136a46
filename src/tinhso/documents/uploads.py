"""A body too large is refused before it is read: it would first be written to a temporary file as a whole. One for
whose temporary file there is no room is refused as well."""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from tinhso.kernel.errors import TooLarge
from tinhso.kernel.policy import anyone, route

from . import blobs

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

REFUSAL = "/qua-lon"
NO_ROOM = "/het-cho"
ENVELOPE = 1024 * 1024
"""What a form's other fields and the multipart frame may take beside the file, in bytes."""


def most(address: str) -> int:
    """How many bytes a file sent to this address may have."""
    return next(
        (size for pattern, size in settings.LARGER_UPLOADS.items() if re.fullmatch(pattern, address)),
        settings.MAX_UPLOAD_BYTES,
    )


class _Overflow(Exception):
    pass


class BodyLimit:
    """ASGI: answer a request whose body is larger than one upload may be with the page `REFUSAL`, status 413, and one
    that finds the disk full with the page `NO_ROOM`, status 507.

    A declared length is judged at once; a body without one is counted while it streams in. The rest is left unread.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        limit = most(scope["path"]) + ENVELOPE
        length = next((value for name, value in scope["headers"] if name.lower() == b"content-length"), b"0")
        if length.isdigit() and int(length) > limit:
            await self._refuse(REFUSAL, scope, receive, send)
            return
        taken, begun = 0, False

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise _Overflow
            return message

        async def noted(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self.application(scope, counted, noted)
        except _Overflow:
            await self._refuse(REFUSAL, scope, receive, send)
        except OSError as error:
            if begun or error.errno not in blobs.FULL:
                raise
            await self._refuse(NO_ROOM, scope, receive, send)

    async def _refuse(self, page: str, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Let the platform itself answer, in the reader's language and session, as if the page were asked for."""
        unread = {b"content-length", b"content-type", b"transfer-encoding"}
        headers = [(name, value) for name, value in scope["headers"] if name.lower() not in unread]
        if scope["path"].startswith("/api/"):
            headers = [(name, value) for name, value in headers if name.lower() != b"accept"]
            headers.append((b"accept", b"application/problem+json"))
        asked = dict(scope) | {
            "method": "GET", "path": page, "raw_path": page.encode(), "headers": headers,
            "query_string": urlencode({"for": scope["path"]}).encode(),
        }  # fmt: skip
        begun = False

        async def nothing() -> Message:
            nonlocal begun
            if not begun:
                begun = True
                return {"type": "http.request", "body": b"", "more_body": False}
            while (message := await receive())["type"] == "http.request":  # poured away, a chunk at a time
                pass
            return message

        await self.application(asked, nothing, send)


@route(anyone)
def too_large(request: HttpRequest) -> HttpResponse:
    """The refusal, in words, with the page to go back to where the browser said which it was; `for` is the address that
    the file was sent to."""
    from .services import too_large_words

    came = urlsplit(request.headers.get("Referer", ""))
    back = {"back": "/" + came.path.lstrip("/")} if came.netloc == request.get_host() and came.path != REFUSAL else {}
    raise TooLarge(too_large_words(most(request.GET.get("for", ""))), **back)


@route(anyone)
def no_room(request: HttpRequest) -> HttpResponse:
    """The refusal where the disk is full, in words."""
    raise blobs.no_room()


urlpatterns = [
    path(REFUSAL.lstrip("/"), too_large, name="too-large"),
    path(NO_ROOM.lstrip("/"), no_room, name="no-room"),
]
