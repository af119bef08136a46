"""The trust services for tests: real processes on a free port of 127.0.0.1, with keys of their own."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings

PATIENCE = 30.0


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


@contextmanager
def trust_running() -> Iterator[Path]:
    """Run `tinhso trust serve` and point this process's settings at it; yields the root certificate's file.

    For another process (a web server under test) pass on `TINHSO_TRUST_URL` and `TINHSO_TRUST_ROOT` from
    `settings.TRUST_URL` and `settings.TRUST_ROOT`. Raises TimeoutError after 30 s without an answer.
    """
    before = settings.TRUST_ROOT, settings.TRUST_URL
    with TemporaryDirectory(prefix="tinhso-trust-") as folder:
        settings.TRUST_ROOT, settings.TRUST_URL = Path(folder), f"http://127.0.0.1:{free_port()}"
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "tinhso.project.settings.test",
            "TINHSO_TRUST_ROOT": folder,
            "TINHSO_TRUST_URL": settings.TRUST_URL,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
        }
        log = Path(folder) / "serve.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [sys.executable, "-m", "tinhso", "trust", "serve"], env=environment, stdout=out, stderr=out
            )
        try:
            _await(process, settings.TRUST_URL, log)
            yield Path(folder) / "root.pem"
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait(5)
            settings.TRUST_ROOT, settings.TRUST_URL = before


def _await(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    end = time.monotonic() + PATIENCE
    while time.monotonic() < end:
        if process.poll() is not None:
            break
        try:
            with urlopen(f"{url}/health", timeout=2):  # noqa: S310  our own address
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(f"the trust services did not come up: {log.read_text()[-2000:]}")
