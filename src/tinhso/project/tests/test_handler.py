"""The way of a request through the ASGI handler: answers, uploads, streams, failures and clients that leave."""

import asyncio
import contextvars
import json
import threading
import time
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import Any

import pytest
from asgiref.testing import ApplicationCommunicator
from django.core import signals
from django.db import connection
from django.http import FileResponse, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.test import override_settings
from django.urls import path
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from tinhso.documents.uploads import BodyLimit, too_large
from tinhso.project.handler import STREAMS, THREADS, Handler

pytestmark = pytest.mark.usefixtures("addresses")
said: contextvars.ContextVar[str] = contextvars.ContextVar("said", default="nothing")
events: list[str] = []


@pytest.fixture
def addresses() -> Iterator[None]:
    events.clear()
    with override_settings(ROOT_URLCONF=__name__):
        yield


# -- the views that are asked ------------------------------------------------------------------------------------------


def remember(request: HttpRequest) -> HttpResponse:
    before, language = said.get(), translation.get_language()
    said.set("something")
    translation.activate("en")
    return JsonResponse({"before": before, "language": language, "thread": threading.current_thread().name})


def slow(request: HttpRequest) -> HttpResponse:
    time.sleep(0.05)
    return HttpResponse(threading.current_thread().name)


@csrf_exempt
def upload(request: HttpRequest) -> HttpResponse:
    file = request.FILES["paper"]
    return JsonResponse({"name": file.name, "size": file.size, "ends": file.read()[-3:].decode()})


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("the secret of the house")


def session(request: HttpRequest) -> HttpResponse:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        return HttpResponse(str(cursor.fetchone()[0]))


def parts(request: HttpRequest) -> StreamingHttpResponse:
    translation.activate("en")

    def made() -> Iterator[str]:
        try:
            for number in range(3):
                events.append(f"made {number}")
                yield f"{number} {threading.current_thread().name} {translation.get_language()}\n"
        finally:
            events.append("ended")

    return StreamingHttpResponse(made(), headers={"X-Thread": threading.current_thread().name})


def endless(request: HttpRequest) -> StreamingHttpResponse:
    def made() -> Iterator[str]:
        while True:
            time.sleep(0.01)
            yield "more"

    return StreamingHttpResponse(made())


def half(request: HttpRequest) -> StreamingHttpResponse:
    def made() -> Iterator[str]:
        yield "first"
        raise RuntimeError("no more rows")

    return StreamingHttpResponse(made())


def live(request: HttpRequest) -> StreamingHttpResponse:
    async def told() -> AsyncIterator[str]:
        try:
            yield threading.current_thread().name
            await asyncio.sleep(60)
        finally:
            events.append("ended")

    return StreamingHttpResponse(told(), content_type="text/event-stream")


def download(request: HttpRequest) -> FileResponse:
    return FileResponse(open(__file__, "rb"))  # noqa: PTH123  the response closes it


urlpatterns = [
    path("remember", remember),
    path("slow", slow),
    path("upload", upload),
    path("broken", broken),
    path("session", session),
    path("parts", parts),
    path("half", half),
    path("endless", endless),
    path("live", live),
    path("download", download),
    path("qua-lon", too_large),
    path("thu", slow, name="home"),
]


# -- a client ----------------------------------------------------------------------------------------------------------


def scope(address: str, method: str = "GET", **headers: str) -> dict[str, Any]:
    named = {"host": "localhost", "accept": "text/plain"} | {
        name.replace("_", "-"): value for name, value in headers.items()
    }
    return {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": method, "path": address,
        "raw_path": address.encode(), "query_string": b"", "scheme": "http", "root_path": "",
        "headers": [(name.encode(), value.encode()) for name, value in named.items()],
        "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8000),
    }  # fmt: skip


async def ask(
    application: Any, address: str, *bodies: bytes, method: str = "GET", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """Send a request in as many messages as there are bodies; the whole of the answer."""
    client = ApplicationCommunicator(application, scope(address, method, **headers))
    for number, body in enumerate(bodies or (b"",), start=1):
        await client.send_input({"type": "http.request", "body": body, "more_body": number < len(bodies)})
    start = await client.receive_output(10)
    answered = b""
    while True:
        message = await client.receive_output(10)
        answered += message.get("body", b"")
        if not message.get("more_body"):
            break
    await client.wait(10)
    return start["status"], {name.decode(): value.decode() for name, value in start["headers"]}, answered


def run(what: Coroutine[Any, Any, Any]) -> Any:
    return asyncio.run(what)


def form(file: bytes) -> tuple[bytes, str]:
    """A multipart body with one file, and its content type."""
    head = b'--x\r\nContent-Disposition: form-data; name="paper"; filename="giay.bin"\r\n\r\n'
    return head + file + b"\r\n--x--\r\n", "multipart/form-data; boundary=x"


# -- what holds --------------------------------------------------------------------------------------------------------


def test_nothing_of_a_request_is_left_for_the_next_in_its_thread() -> None:
    async def twice() -> list[Any]:
        handler = Handler()
        return [(await ask(handler, "/remember", accept_language="vi"))[2] for _ in range(2)]

    first, second = run(twice())
    assert first == second
    assert b'"before": "nothing", "language": "vi"' in first


def test_more_requests_than_threads_are_all_answered() -> None:
    async def many() -> list[Any]:
        handler = Handler()
        return await asyncio.gather(*(ask(handler, "/slow") for _ in range(3 * THREADS)))

    answers = run(many())
    assert {status for status, _headers, _body in answers} == {200}
    assert len({body for _status, _headers, body in answers}) == THREADS


def test_an_upload_that_comes_in_pieces_and_outgrows_the_memory() -> None:
    body, content_type = form(b"\0" * 3_000_000 + b"end")
    pieces = [body[at : at + 500_000] for at in range(0, len(body), 500_000)]
    named = {"content_type": content_type, "content_length": str(len(body))}
    status, _headers, answer = run(ask(Handler(), "/upload", *pieces, method="POST", **named))
    assert (status, answer) == (200, b'{"name": "giay.bin", "size": 3000003, "ends": "end"}')


def test_a_body_too_large_is_refused_and_the_next_request_is_served(settings: Any) -> None:
    settings.MAX_UPLOAD_BYTES = 1_000
    body, content_type = form(b"\0" * 2_000_000)

    async def both() -> list[int]:
        application = BodyLimit(Handler())
        refused = await ask(application, "/api/x", body, method="POST", content_type=content_type)
        return [refused[0], (await ask(application, "/slow"))[0]]

    assert run(both()) == [413, 200]


def test_a_failing_view_is_a_500_without_a_word_of_the_inside() -> None:
    status, headers, body = run(ask(Handler(), "/broken"))
    assert status == 500
    assert headers["Content-Type"] == "application/problem+json"
    assert b"secret" not in body
    assert b"Traceback" not in body


def test_a_body_that_cannot_be_read_is_a_400() -> None:
    status, _headers, body = run(ask(Handler(), "/upload", b"x", method="POST", content_type="multipart/form-data"))
    assert (status, json.loads(body)["type"]) == (400, "urn:tinhso:problem:unreadable")


@pytest.mark.django_db(transaction=True)
def test_the_database_connection_of_a_request_ends_with_it() -> None:
    opened = int(run(ask(Handler(), "/session"))[2])
    until = time.monotonic() + 5
    while time.monotonic() < until:  # the server needs a moment to notice
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [opened])
            if cursor.fetchone() is None:
                return
        time.sleep(0.05)
    pytest.fail("the connection is still open")


def test_a_stream_is_made_as_it_is_read_in_one_thread_of_its_own_and_the_language_of_its_request() -> None:
    status, headers, body = run(ask(Handler(), "/parts"))
    thread = body.decode().split()[1]
    assert status == 200
    assert thread.startswith("stream") and headers["X-Thread"].startswith("request")
    assert body.decode() == "".join(f"{number} {thread} en\n" for number in range(3))
    assert events == ["made 0", "made 1", "made 2", "ended"]


def test_readers_who_never_read_on_hold_up_no_page() -> None:
    async def crowd() -> bytes:
        handler = Handler()
        readers = [
            ApplicationCommunicator(handler, scope("/endless")) for _reader in range(THREADS + STREAMS)
        ]  # more than are served
        for reader in readers:
            await reader.send_input({"type": "http.request", "body": b""})
        async with asyncio.timeout(10):
            while handler.streams.qsize():  # which of the readers are served first is open
                await asyncio.sleep(0.01)
        page = (await ask(handler, "/slow"))[2]
        for reader in readers:
            await reader.send_input({"type": "http.disconnect"})
        await asyncio.gather(*(reader.wait(10) for reader in readers))
        return page

    assert run(crowd()).startswith(b"request")


def test_a_file_is_sent_whole() -> None:
    with open(__file__, "rb") as file:  # noqa: PTH123
        assert run(ask(Handler(), "/download"))[2] == file.read()


def test_a_stream_that_fails_does_not_end_as_if_it_were_whole() -> None:
    with pytest.raises(RuntimeError, match="no more rows"):
        run(ask(Handler(), "/half"))


@pytest.mark.parametrize("address", ["/live", "/parts"])
def test_a_reader_who_leaves_ends_the_stream(address: str) -> None:
    finished: list[object] = []

    def note(sender: object, **_named: object) -> None:
        finished.append(sender)

    async def leave() -> list[bytes]:
        handler = Handler()
        client = ApplicationCommunicator(handler, scope(address))
        await client.send_input({"type": "http.request", "body": b""})
        await client.receive_output(10)
        first = await client.receive_output(10)
        await client.send_input({"type": "http.disconnect"})
        await client.wait(10)
        assert (await ask(handler, "/slow"))[0] == 200
        return first["body"].split()

    signals.request_finished.connect(note)
    try:
        words = run(leave())
    finally:
        signals.request_finished.disconnect(note)
    assert words[0].startswith(b"MainThread" if address == "/live" else b"0")
    assert events[-1] == "ended"
    assert finished == [Handler, Handler]


def test_a_client_who_leaves_before_the_body_is_there_starts_nothing() -> None:
    async def leave() -> None:
        client = ApplicationCommunicator(Handler(), scope("/parts", "POST"))
        await client.send_input({"type": "http.request", "body": b"a", "more_body": True})
        await client.send_input({"type": "http.disconnect"})
        await client.wait(10)
        assert await client.receive_nothing()

    run(leave())
    assert events == []


def test_only_http_is_served() -> None:
    with pytest.raises(ValueError, match="websocket"):
        run(Handler()({"type": "websocket"}, None, None))
