"""Live pages: /live?topics=desk,case:0190… as server-sent events.

One PostgreSQL connection a process listens on `kernel.events.LIVE_CHANNEL`; each open page has a queue. A message
says only that a topic moved, never what happened: the page fetches its fragment again, through the policy of that
address. So a message lost with the connection costs nothing; after a gap the page asks once.

Topics are `desk` (work of the reader's agency), `ioc` (everything that a figure of the wall may count) and subjects
of events ("case:0190…", "person:0190…", "counter:0190…", "indicator:births").
"""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import psycopg
import structlog
from asgiref.sync import sync_to_async
from django.db import connections
from django.http import HttpRequest, StreamingHttpResponse

from tinhso.cases import queries as cases
from tinhso.kernel.actor import NOBODY, Actor
from tinhso.kernel.errors import Forbidden, NotFound
from tinhso.kernel.events import LIVE_CHANNEL
from tinhso.kernel.ids import as_uuid
from tinhso.kernel.policy import anyone, route
from tinhso.payments import queries as payments

log = structlog.get_logger()

HEARTBEAT = 20.0
"""Seconds of silence after which a comment is sent, so that proxies keep the connection."""
QUEUE = 100
RETRY = 2.0
MOST_TOPICS = 20


def may_hear(actor: Actor, topic: str) -> bool:
    """A case or an order: whoever may see it. A person: that person. An account: that officer. A centre's queue, which
    names nobody: anybody. The rest: officers."""
    kind, _colon, key = topic.partition(":")
    if kind == "counter":
        return as_uuid(key) is not None
    if kind == "case":
        return _sees_case(actor, key)
    if kind == "order":
        return _sees_order(actor, key)
    if kind == "person":
        return not actor.is_officer and str(actor.person) == key
    if kind == "account":
        return actor.is_officer and str(actor.account) == key
    return actor.is_officer


def _sees_case(actor: Actor, key: str) -> bool:
    try:
        cases.timeline(actor, UUID(key))
    except (NotFound, ValueError):
        return False
    return True


def _sees_order(actor: Actor, key: str) -> bool:
    try:
        payments.seen_order(actor, UUID(key))
    except (NotFound, ValueError):
        return False
    return True


@dataclass(eq=False, slots=True)
class Listener:
    topics: frozenset[str]
    agencies: frozenset[str]
    queue: asyncio.Queue[tuple[str, list[str]]] = field(default_factory=lambda: asyncio.Queue(QUEUE))


def topics_of(notice: dict[str, Any], listener: Listener) -> list[str]:
    """Which of a listener's topics an event moves. An event that names its agency rings on the desks
    that do that agency's work only."""
    name, subject = str(notice["name"]), str(notice["subject"])
    moved = {subject, "ioc"}
    if name.startswith("case."):
        agency = (notice.get("data") or {}).get("agency")
        if not agency or not listener.agencies or str(agency) in listener.agencies:
            moved.add("desk")
    return sorted(moved & listener.topics)


class Hub:
    """The listening connection of this process and the pages that hear it. Lives in one event loop."""

    def __init__(self) -> None:
        self.listeners: set[Listener] = set()
        self.task: asyncio.Task[None] | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    @contextlib.asynccontextmanager
    async def listening(self, listener: Listener) -> AsyncIterator[Listener]:
        loop = asyncio.get_running_loop()
        if self.task is None or self.task.done() or self.loop is not loop:
            self.loop, self.task = loop, loop.create_task(self.run())
        self.listeners.add(listener)
        try:
            yield listener
        finally:
            self.listeners.discard(listener)

    async def run(self) -> None:
        """Listen while a page is open; a lost database is waited for."""
        while True:
            try:
                async with await psycopg.AsyncConnection.connect(**_parameters(), autocommit=True) as connection:
                    await connection.execute(f"LISTEN {LIVE_CHANNEL}")
                    self.tell("", ["desk", "ioc"])  # what was missed while not listening is fetched once
                    async for notify in connection.notifies():
                        self.hand_out(notify.payload)
            except psycopg.OperationalError as error:
                log.warning("live: the database is away", error=str(error))
                await asyncio.sleep(RETRY)

    def hand_out(self, payload: str) -> None:
        notice = json.loads(payload)
        for listener in list(self.listeners):
            if topics := topics_of(notice, listener):
                self.put(listener, str(notice["id"]), topics)

    def tell(self, event_id: str, topics: list[str]) -> None:
        for listener in list(self.listeners):
            if common := sorted(listener.topics.intersection(topics)):
                self.put(listener, event_id, common)

    @staticmethod
    def put(listener: Listener, event_id: str, topics: list[str]) -> None:
        # A page too slow to read loses the message, not the news: what waits in its queue makes it fetch anyway.
        with contextlib.suppress(asyncio.QueueFull):
            listener.queue.put_nowait((event_id, topics))


hub = Hub()


def _parameters() -> dict[str, Any]:
    """libpq's parameters of the default database."""
    given = connections["default"].settings_dict
    named = {"dbname": "NAME", "user": "USER", "password": "PASSWORD", "host": "HOST", "port": "PORT"}
    options = {key: value for key, value in given["OPTIONS"].items() if key.startswith(("ssl", "connect_", "target_"))}
    return {key: given[name] for key, name in named.items() if given[name]} | options


async def stream(listener: Listener, hello: bool) -> AsyncIterator[bytes]:
    """The body of one answer: `hello` for a page that had a connection before and may have missed something."""
    async with hub.listening(listener):
        yield b": \xe2\x9c\x93\n\n"
        if hello:
            yield _message("", sorted(listener.topics))
        while True:
            try:
                event_id, topics = await asyncio.wait_for(listener.queue.get(), HEARTBEAT)
            except TimeoutError:
                yield b": .\n\n"
                continue
            yield _message(event_id, topics)


def _message(event_id: str, topics: list[str]) -> bytes:
    head = f"id: {event_id}\n" if event_id else ""
    return f"{head}data: {json.dumps({'topics': topics})}\n\n".encode()


@route(anyone)
async def live(request: HttpRequest) -> StreamingHttpResponse:
    """Server-sent events of the topics that the reader may hear; 403 where there is none of them."""
    asked = [topic for topic in request.GET.get("topics", "").split(",") if topic][:MOST_TOPICS]
    actor = await actor_of(request)
    heard = [topic for topic in asked if await sync_to_async(may_hear)(actor, topic)]
    if not heard:
        raise Forbidden()
    again = bool(request.headers.get("Last-Event-ID") or request.GET.get("after"))
    listener = Listener(frozenset(heard), frozenset(map(str, await sync_to_async(cases.desks)(actor))))
    return StreamingHttpResponse(
        stream(listener, again),
        content_type="text/event-stream",
        # identity: a compressor would hold small messages back
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no", "Content-Encoding": "identity"},
    )


async def actor_of(request: HttpRequest) -> Actor:
    asker = getattr(request, "aactor", None)
    return await asker() if asker else getattr(request, "actor", NOBODY)
