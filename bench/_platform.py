"""A whole platform for one benchmark: a database of its own beside DATABASE_URL's, files of its own, the web server
started by the very command of `make run`, and a worker. All of it is gone afterwards.

`enter()` must come before Django's models are imported; `Running` starts the processes.
"""

import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from urllib.parse import urlsplit, urlunsplit

import psycopg

ROOT = Path(__file__).resolve().parent.parent
SUFFIX = "_bench_web"


@contextmanager
def enter() -> Iterator[Path]:
    """Point this process and its children at an empty database and an empty `var`, and set Django up. Yields `var`."""
    beside = os.environ["DATABASE_URL"]
    parts = urlsplit(beside)
    name = parts.path.lstrip("/") + SUFFIX
    var = Path(tempfile.mkdtemp(prefix="tinhso-bench-"))
    os.environ |= {
        "DATABASE_URL": urlunsplit(parts._replace(path=f"/{name}")),
        "TINHSO_VAR": str(var),
        "TINHSO_PORT": str(free_port()),
        "DJANGO_SETTINGS_MODULE": "tinhso.project.settings.embedded",
        "PYTHONPATH": str(ROOT / "src"),
    }
    _administer(beside, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    try:
        import django

        django.setup()
        (var / "static").mkdir()
        yield var
    finally:
        _administer(beside, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        shutil.rmtree(var, ignore_errors=True)


def _administer(url: str, *statements: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)  # type: ignore[arg-type]  the name is ours


def free_port() -> int:
    with socket.socket() as trial:
        trial.bind(("127.0.0.1", 0))
        return trial.getsockname()[1]


def settings_of_the_database() -> str:
    """What decides how much of a commit is real."""
    from django.db import connection

    found = []
    with connection.cursor() as cursor:
        for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers"):
            cursor.execute(f"SHOW {name}")
            found.append(f"{name} {cursor.fetchone()[0]}")
    return ", ".join(found)


class Running:
    """Web server and worker, until the `with` is left. `pause` stops the worker in its tracks, `go_on` wakes it."""

    def __init__(self, var: Path) -> None:
        from tinhso.project.embedded.yard import web_command

        self.port = int(os.environ["TINHSO_PORT"])
        self.var = var
        self.commands = {
            "web": [str(part) for part in web_command("127.0.0.1", self.port)],
            "worker": [sys.executable, "-m", "tinhso", "procrastinate", "worker", "--concurrency", "4"],
        }
        self.processes: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> "Running":
        try:
            for name, command in self.commands.items():
                with (self.var / f"{name}.log").open("ab") as log:
                    self.processes[name] = subprocess.Popen(
                        command, stdout=log, stderr=log, cwd=ROOT, env=os.environ, start_new_session=True
                    )
            self._wait()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for process in self.processes.values():
            for number in (signal.SIGCONT, signal.SIGTERM):
                process.send_signal(number)
        for process in self.processes.values():
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError((self.var / "web.log").read_text()[-2_000:])

    def pause(self) -> None:
        self.processes["worker"].send_signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.processes["worker"].send_signal(signal.SIGCONT)
