"""Django under ASGI with each request in one thread.

Our views and middleware are synchronous but for the live pages. Django's own ASGI handler makes a thread for every
request, and goes to it and back for each middleware and signal; that costs more than most of our pages do
(bench/web.py: the empty view answers four times as often without). Here a request is taken once to a thread that
lives as long as the process, and comes back answered. What an answer streams is read in the same thread, or, where
it is an asynchronous stream (`portals/live.py`), in the event loop, holding no thread.
"""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.core import signals
from django.core.exceptions import RequestAborted
from django.core.handlers.asgi import ASGIHandler, get_script_prefix
from django.core.handlers.base import BaseHandler
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.urls import set_script_prefix

THREADS = 8
"""Requests at work at once in a process; more wait. Below the size of the database pool (project/database.py)."""


class Handler(ASGIHandler):
    def __init__(self) -> None:
        BaseHandler.__init__(self)
        self.load_middleware(is_async=False)
        # One executor a thread, so that all of a request meets the same thread and its database connection.
        self.threads = [ThreadPoolExecutor(1, f"request-{number}") for number in range(THREADS)]
        self.free = asyncio.Semaphore(THREADS)

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            raise ValueError(f"not served: {scope['type']}")
        try:
            body = await self.read_body(receive)
        except RequestAborted:
            return
        async with self._thread() as run:
            response = await run(self._answer, scope, body)
            if not response.streaming:
                await self.send_response(response, send)
                return
            if not response.is_async:
                response.streaming_content = _parts(response.streaming_content, run)
                await self._stream(response, receive, send)
                await run(response.close)
                return
        try:
            await self._stream(response, receive, send)
        finally:
            async with self._thread() as run:
                await run(response.close)

    @contextlib.asynccontextmanager
    async def _thread(self) -> AsyncIterator[Callable[..., Any]]:
        """A thread to oneself, as a function that runs others in it."""
        loop = asyncio.get_running_loop()
        async with self.free:
            thread = self.threads.pop()
            try:
                yield lambda *call: loop.run_in_executor(thread, *call)
            finally:
                self.threads.append(thread)

    def _answer(self, scope: MutableMapping[str, Any], body: Any) -> Any:
        """The whole of a request, in its thread."""
        set_script_prefix(get_script_prefix(scope))
        signals.request_started.send(sender=self.__class__, scope=scope)
        request, refusal = self.create_request(scope, body)
        response: HttpResponseBase = self.get_response(request) if request else refusal or HttpResponse(status=400)
        response._handler_class = self.__class__  # type: ignore[attr-defined]  what request_finished is sent from
        if not response.streaming:
            response.close()
        body.close()
        return response

    async def _stream(self, response: StreamingHttpResponse, receive: Any, send: Any) -> None:
        """Send until it ends or the reader is gone, whichever comes first."""
        sending = asyncio.ensure_future(self.send_response(response, send))
        leaving = asyncio.ensure_future(self.listen_for_disconnect(receive))
        try:
            await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (sending, leaving):
                task.cancel()
            ended = await asyncio.gather(sending, leaving, return_exceptions=True)
        if isinstance(ended[0], Exception) and not isinstance(ended[1], RequestAborted):
            raise ended[0]


async def _parts(content: Iterator[bytes], run: Callable[..., Any]) -> AsyncIterator[bytes]:
    """A synchronous stream, read part by part in its thread."""
    parts = iter(content)
    while (part := await run(next, parts, None)) is not None:
        yield part
