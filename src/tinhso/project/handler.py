"""Django under ASGI with each request in one thread.

Our views and middleware are synchronous but for the live pages. Django's own ASGI handler goes to a thread and back for
each middleware and signal, and makes that thread anew for every request; that costs more than many of our pages do
(docs/decisions/0008). Here a request is taken once to a thread that lives as long as the process, and comes back
answered. A file is read in the same thread. What an answer makes as it goes (an export) is read in one of a few threads
kept for that, so that whoever reads slowly holds up no page; an asynchronous stream (`portals/live.py`) in the event
loop, holding no thread.
"""

import asyncio
import contextlib
import contextvars
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.db import connections
from django.http import FileResponse, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix
from django.utils import translation

THREADS = 4
"""Requests at work at once in a process; more wait. With more threads all wait longer for the interpreter."""

STREAMS = 4
"""Answers made as they go at once in a process; more wait."""

Run = Callable[..., Awaitable[Any]]
Threads = asyncio.LifoQueue[ThreadPoolExecutor]


class Handler(ASGIHandler):
    """One a process, in one event loop."""

    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        # An executor of one thread each, so that all of a request meets the same thread and its database connection.
        self.threads = _threads("request", THREADS)
        self.streams = _threads("stream", STREAMS)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(f"not served: {scope['type']}")
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        context = contextvars.copy_context()  # what a request sets, the language above all, ends with it
        async with _thread(self.threads, context) as run:
            response = await run(self._answer, scope, body)
            if not response.streaming:
                await self.send_response(response, send)
                return
            if isinstance(response, FileResponse):
                await self._send_parts(response, receive, send, run)
                return
            language = await run(_leave)
        if not response.is_async:
            async with _thread(self.streams, context) as run:
                await run(translation.activate, language)
                await self._send_parts(response, receive, send, run)
            return
        try:
            await self._stream(response, receive, send)
        finally:
            async with _thread(self.threads, context) as run:
                await run(response.close)

    async def _send_parts(self, response: Any, receive: Any, send: Any, run: Run) -> None:
        """Send a synchronous stream, read in the thread of `run` and closed there."""
        response.streaming_content = _parts(response.streaming_content, run)
        try:
            await self._stream(response, receive, send)
        finally:
            await run(response.close)

    def _answer(self, scope: MutableMapping[str, Any], body: Any) -> HttpResponseBase:
        """The whole of a request, in its thread. An answer that streams is left open."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        try:
            request, refusal = self.create_request(scope, body)
            response: HttpResponseBase = self.get_response(request) if request else refusal or HttpResponse(status=400)
        finally:
            body.close()
        response._handler_class = self.__class__  # type: ignore[attr-defined]  what request_finished is sent from
        if isinstance(response, FileResponse):
            response.block_size = self.chunk_size
        if not response.streaming:
            response.close()
        return response

    async def _stream(self, response: StreamingHttpResponse, receive: Any, send: Any) -> None:
        """Send until it ends or the reader is gone, whichever comes first."""
        sending = asyncio.create_task(self.send_response(response, send))
        leaving = asyncio.create_task(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            sent, left = await asyncio.gather(sending, leaving, return_exceptions=True)
        if isinstance(sent, Exception) and not isinstance(left, RequestAborted):
            raise sent


def _leave() -> str:
    """Give the thread's database connection back; returns the request's language, which Django ties to a thread."""
    connections.close_all()
    return translation.get_language() or settings.LANGUAGE_CODE


def _threads(name: str, count: int) -> Threads:
    threads: Threads = asyncio.LifoQueue()
    for number in range(count):
        threads.put_nowait(ThreadPoolExecutor(1, f"{name}-{number}"))
    return threads


@contextlib.asynccontextmanager
async def _thread(threads: Threads, context: contextvars.Context) -> AsyncIterator[Run]:
    """A thread to oneself, as a function that runs others in it."""
    loop = asyncio.get_running_loop()
    thread = await threads.get()
    try:
        yield lambda *call: loop.run_in_executor(thread, context.run, *call)
    finally:
        threads.put_nowait(thread)


async def _parts(content: Iterator[bytes], run: Run) -> AsyncIterator[bytes]:
    """A synchronous stream, read part by part in its thread."""
    parts = iter(content)
    while (part := await run(next, parts, None)) is not None:
        yield part
