"""A body of 200 MB is refused by the real server, in words, before it is read: 2 MB of it are all that is sent here."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings

from tinhso.documents.testing import free_port

MEGABYTE = 1024 * 1024


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """The platform behind granian; the value is its port."""
    port = free_port()
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tinhso.project.settings.test",
        "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
    }
    command = [str(Path(sys.executable).parent / "granian"), "--interface", "asginl", "--port", str(port),
               "--host", "127.0.0.1", "tinhso.project.asgi:application"]  # fmt: skip
    log = tmp_path_factory.mktemp("server") / "server.log"
    with log.open("wb") as out:
        process = subprocess.Popen(command, env=environment, stdout=out, stderr=out)
    try:
        end = time.monotonic() + 40
        while True:
            try:
                with urlopen(f"http://127.0.0.1:{port}/health/live", timeout=2):
                    break
            except OSError:
                if process.poll() is not None or time.monotonic() > end:
                    raise TimeoutError(log.read_text()[-3000:]) from None
                time.sleep(0.2)
        yield port
    finally:
        process.terminate()
        process.wait(10)


def send(port: int, head: str, chunk: bytes, times: int) -> tuple[str, int]:
    """Send a request by hand; returns the answer and how many bytes of the body the server took before it."""
    with socket.create_connection(("127.0.0.1", port), timeout=20) as wire:
        wire.sendall(head.replace("\n", "\r\n").encode())
        taken = 0
        try:
            for _ in range(times):
                wire.sendall(chunk)
                taken += len(chunk)
        except (BrokenPipeError, ConnectionResetError):
            pass
        answer = b""
        try:
            while part := wire.recv(65536):
                answer += part
                if b"}" in part or b"</html>" in part:
                    break
        except (TimeoutError, ConnectionResetError):
            pass
    return answer.decode(errors="replace"), taken


def test_200_mb_are_refused_in_words_before_they_are_sent(server: int) -> None:
    port = server
    head = (
        f"POST /api/v1/files HTTP/1.1\nHost: 127.0.0.1:{port}\nAccept: application/json\n"
        f"Content-Type: multipart/form-data; boundary=x\nContent-Length: {200 * MEGABYTE}\n\n"
    )
    answer, _ = send(port, head, bytes(MEGABYTE), 2)
    assert answer.startswith("HTTP/1.1 413"), answer[:300]
    problem = json.loads(answer[answer.index("{") : answer.rindex("}") + 1])
    assert problem["type"] == "urn:tinhso:problem:too-large"
    assert f"tối đa {settings.MAX_UPLOAD_BYTES // MEGABYTE} MB" in problem["detail"]
    assert "vẫn được giữ" in problem["detail"]


@pytest.mark.parametrize("address", ["/desk/so/tao", "/desk/so/civil-status.births/nhap"])
def test_a_spreadsheet_may_be_larger_than_a_paper_and_is_told_its_own_limit(server: int, address: str) -> None:
    head = (
        f"POST {address} HTTP/1.1\nHost: 127.0.0.1:{server}\nAccept: text/html\nAccept-Language: vi\n"
        f"Content-Type: multipart/form-data; boundary=x\nContent-Length: {600 * MEGABYTE}\n\n"
    )
    answer, _ = send(server, head, bytes(MEGABYTE), 2)
    assert answer.startswith("HTTP/1.1 413"), answer[:300]
    assert f"tối đa {settings.MAX_IMPORT_BYTES // MEGABYTE} MB" in answer and "chia tệp ra" in answer


def test_a_body_that_does_not_say_its_length_is_counted_while_it_comes(server: int) -> None:
    port = server
    head = (
        f"POST /api/v1/files HTTP/1.1\nHost: 127.0.0.1:{port}\nAccept: application/json\n"
        "Content-Type: application/octet-stream\nTransfer-Encoding: chunked\n\n"
    )
    chunk = f"{MEGABYTE:x}\r\n".encode() + bytes(MEGABYTE) + b"\r\n"
    answer, taken = send(port, head, chunk, 60)
    assert "413" in answer.split("\r\n")[0], answer[:300]
    assert taken < 60 * len(chunk)


def test_a_person_with_a_browser_gets_a_page(server: int) -> None:
    port = server
    head = (
        f"POST /ho-so/nhap/1/giay-to/2 HTTP/1.1\nHost: 127.0.0.1:{port}\nAccept: text/html\nAccept-Language: en\n"
        f"Content-Type: multipart/form-data; boundary=x\nContent-Length: {200 * MEGABYTE}\n\n"
    )
    answer, _ = send(port, head, bytes(1000), 1)
    assert answer.startswith("HTTP/1.1 413"), answer[:300]
    assert "at most 20 MB" in answer
    assert "is kept" in answer
