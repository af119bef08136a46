"""What benchmarks run on: a database and files of their own, beside DATABASE_URL's and gone afterwards; web server and
worker by the very commands of `make run`.

`enter()` comes before Django's models are imported; `Running` starts the processes.
"""

import os
import shutil
import signal
import socket
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


@contextmanager
def enter(suffix: str) -> Iterator[Path]:
    """Point this process and its children at an empty database (that of DATABASE_URL with `suffix` to its name) and an
    empty `var`, and set Django up. Yields `var`."""
    beside = os.environ["DATABASE_URL"]
    parts = urlsplit(beside)
    name = f"{parts.path.lstrip('/')}_{suffix}"
    var = Path(tempfile.mkdtemp(prefix="tinhso-bench-"))
    os.environ |= {
        "DATABASE_URL": urlunsplit(parts._replace(path=f"/{name}")),
        "TINHSO_VAR": str(var),
        "TINHSO_PORT": str(free_port()),
        "TINHSO_NATIONAL_ID_PORT": str(free_port()),
        "TINHSO_TRUST_PORT": str(free_port()),
        "TINHSO_BANK_PORT": str(free_port()),
        "DJANGO_SETTINGS_MODULE": "tinhso.project.settings.embedded",
        "PYTHONPATH": str(ROOT / "src"),
    }
    _administer(beside, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
    try:
        import django

        django.setup()
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
    """Web server and worker, until the `with` is left."""

    def __init__(self, var: Path) -> None:
        from tinhso.project.embedded.yard import processes

        self.port = int(os.environ["TINHSO_PORT"])
        services = processes(var, dict(os.environ), "127.0.0.1")
        self.web, self.worker = services["web"], services["worker"]

    def __enter__(self) -> "Running":
        try:
            self.web.start()
            self.worker.start()
            self._wait()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        for service in (self.worker, self.web):
            if service.process:
                service.process.send_signal(signal.SIGCONT)
                service.stop()

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until and self.web.running:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/health/ready", timeout=5):
                    return
            except (urllib.error.URLError, OSError):
                time.sleep(0.1)
        raise RuntimeError(self.web.log.read_text()[-2_000:])

    def cpu(self) -> float:
        """Seconds of a core that the web server's processes have used so far."""
        assert self.web.process
        ticks = 0
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                fields = stat.read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == self.web.process.pid:  # its session
                ticks += int(fields[11]) + int(fields[12])
        return ticks / os.sysconf("SC_CLK_TCK")

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """The worker holds still: what web and database do is measured alone."""
        assert self.worker.process
        self.worker.process.send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            self.worker.process.send_signal(signal.SIGCONT)
