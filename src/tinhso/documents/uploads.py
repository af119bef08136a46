"""A body too large is refused before it is read. Django under ASGI would first write all of it to a temporary file."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

from tinhso.kernel.errors import TooLarge
from tinhso.kernel.policy import anyone, route

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Application = Callable[[MutableMapping[str, Any], Receive, Send], Awaitable[None]]

REFUSAL = "/qua-lon"
ENVELOPE = 1024 * 1024
"""What a form's other fields and the multipart frame may take beside the file, in bytes."""


class _Overflow(Exception):
    pass


class BodyLimit:
    """ASGI: answer a request whose body is larger than one upload may be with the page `REFUSAL`, status 413.

    A declared length is judged at once; a body without one is counted while it streams in. The rest is left unread.
    """

    def __init__(self, application: Application) -> None:
        self.application = application

    async def __call__(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        limit = settings.MAX_UPLOAD_BYTES + ENVELOPE
        length = next((value for name, value in scope["headers"] if name.lower() == b"content-length"), b"0")
        if length.isdigit() and int(length) > limit:
            await self._refuse(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > limit:
                raise _Overflow
            return message

        try:
            await self.application(scope, counted, send)
        except _Overflow:
            await self._refuse(scope, receive, send)

    async def _refuse(self, scope: MutableMapping[str, Any], receive: Receive, send: Send) -> None:
        """Let the platform itself answer, in the reader's language and session, as if the page were asked for."""
        unread = {b"content-length", b"content-type", b"transfer-encoding"}
        headers = [(name, value) for name, value in scope["headers"] if name.lower() not in unread]
        if scope["path"].startswith("/api/"):
            headers = [(name, value) for name, value in headers if name.lower() != b"accept"]
            headers.append((b"accept", b"application/problem+json"))
        asked = dict(scope) | {
            "method": "GET", "path": REFUSAL, "raw_path": REFUSAL.encode(), "query_string": b"", "headers": headers,
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
    """The refusal, in words, with the page to go back to where the browser said which it was."""
    from .services import too_large_words

    came = urlsplit(request.headers.get("Referer", ""))
    back = {"back": "/" + came.path.lstrip("/")} if came.netloc == request.get_host() and came.path != REFUSAL else {}
    raise TooLarge(too_large_words(), **back)


urlpatterns = [path(REFUSAL.lstrip("/"), too_large, name="too-large")]
