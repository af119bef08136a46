"""A small HTTP/1.1 client that keeps its connections: as little work as a client can do, since it shares the cores
with the server that it measures."""

import asyncio
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[bytes, bytes]
    body: bytes


@dataclass(slots=True)
class Measured:
    """Seconds of every answered request, over how many seconds they were sent, and how many seconds of a core the
    server used meanwhile."""

    times: list[float] = field(default_factory=list)
    seconds: float = 0.0
    cpu: float = 0.0

    @property
    def rate(self) -> float:
        return len(self.times) / self.seconds

    @property
    def cost(self) -> float:
        """Milliseconds of a core for one request."""
        return 1e3 * self.cpu / len(self.times)

    def quantile(self, share: float) -> float:
        """In milliseconds."""
        ordered = sorted(self.times)
        return 1e3 * ordered[min(len(ordered) - 1, int(share * len(ordered)))]


URLENCODED = "application/x-www-form-urlencoded"


def request(
    path: str, *, cookies: dict[str, str] | None = None, form: bytes | None = None, kind: str = URLENCODED
) -> bytes:
    """The bytes of a request as a browser sends it, without what a browser adds for itself."""
    lines = [
        f"{'GET' if form is None else 'POST'} {path} HTTP/1.1",
        "Host: localhost",
        "Accept: text/html",
        "Accept-Encoding: gzip",
        "Accept-Language: vi",
    ]
    if cookies:
        lines.append("Cookie: " + "; ".join(f"{name}={value}" for name, value in cookies.items()))
    if form is not None:
        lines += [f"Content-Type: {kind}", f"Content-Length: {len(form)}"]
    return "\r\n".join([*lines, "", ""]).encode() + (form or b"")


async def _read(reader: asyncio.StreamReader) -> Answer:
    first, *lines = (await reader.readuntil(b"\r\n\r\n"))[:-4].split(b"\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(b":") for line in lines)}
    if headers.get(b"transfer-encoding") == b"chunked":
        body = b""
        while size := int(await reader.readuntil(b"\r\n"), 16):
            body += (await reader.readexactly(size + 2))[:-2]
        await reader.readexactly(2)
    else:
        body = await reader.readexactly(int(headers.get(b"content-length", b"0")))
    return Answer(int(first.split(b" ", 2)[1]), headers, body)


async def _send(
    port: int, requests: Iterator[bytes], good: Callable[[Answer], bool], until: float, to: Measured
) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        for wanted in requests:
            begun = time.perf_counter()
            if begun >= until:
                break
            writer.write(wanted)
            answer = await _read(reader)
            to.times.append(time.perf_counter() - begun)
            if not good(answer):
                where = wanted.split(b" ", 2)[1].decode()
                raise RuntimeError(f"{where} answered {answer.status} {answer.headers.get(b'location', b'').decode()}")
    finally:
        writer.close()


async def _measure(
    port: int, requests: Iterator[bytes], good: Callable[[Answer], bool], seconds: float, connections: int
) -> Measured:
    measured = Measured()
    begun = time.perf_counter()
    await asyncio.gather(*(_send(port, requests, good, begun + seconds, measured) for _ in range(connections)))
    measured.seconds = time.perf_counter() - begun
    if not measured.times:
        raise RuntimeError("nothing was left to send")
    return measured


def measure(
    port: int, requests: Iterator[bytes], good: Callable[[Answer], bool], *, seconds: float, connections: int
) -> Measured:
    """Send `requests` over so many connections, each as soon as the answer before it is there. The iterator is
    shared: a request is sent once. An answer that is not `good` raises RuntimeError."""
    return asyncio.run(_measure(port, requests, good, seconds, connections))


def get(port: int, wanted: bytes) -> Answer:
    """One answer."""

    async def once() -> Answer:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(wanted)
        try:
            return await _read(reader)
        finally:
            writer.close()

    return asyncio.run(once())
