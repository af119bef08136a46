"""Keeps the processes of one installation running: starts them in order, restarts what dies, stops all."""

import fcntl
import http.client
import json
import os
import re
import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from .service import Service
from .terminal import DISK_FULL, Failed, Trouble, say

STABLE = 60.0  # seconds after which an earlier death is forgotten
LONGEST_PAUSE = 30.0
# What a log line looks like that the person at the terminal should see at once.
ERROR = re.compile(r"\[error|\[critical|\bERROR\b|\bCRITICAL\b|\bPANIC\b|\bFATAL\b|Error: |No space left on device")
# PostgreSQL says ERROR whenever a constraint does its work; those reach the caller.
DATABASE_ERROR = re.compile(r"\bPANIC:|No space left on device")


class Stopped(BaseException):
    """Somebody asked us to end (Ctrl-C, SIGTERM, a closed terminal)."""


class Supervisor:
    """The processes, in the order of their starts. Leaving the `with` stops them in the reverse order."""

    def __init__(self) -> None:
        self.services: list[Service] = []
        self.deaths: dict[str, int] = {}
        self.started: dict[str, float] = {}
        self.due: dict[str, float] = {}
        self.said: dict[str, float] = {}  # when a line was last shown: the same one comes once a minute
        self.stopping = False

    def __enter__(self) -> "Supervisor":
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked)
        return self

    def __exit__(self, *exc: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop all, the last started first."""
        self.stopping = True
        running = [service for service in self.services if service.running]
        if running:
            say("stopping " + ", ".join(service.name for service in reversed(running)))
        for service in reversed(self.services):
            service.stop()
        if running:
            say("stopped")

    def _asked(self, number: int, frame: FrameType | None) -> None:
        if not self.stopping:
            self.stopping = True
            raise Stopped
        for service in self.services:  # asked twice: now
            if service.name != "postgres":
                service.patience = 0

    def start(self, service: Service) -> None:
        """Start a process and keep it."""
        service.start()
        self.services.append(service)
        self.started[service.name] = time.monotonic()

    def wait_for(self, service: Service, ready: Callable[[], bool], seconds: float = 90) -> None:
        """Until `ready`. Raises Trouble with the reason when the process ends before, or does not get there."""
        until = time.monotonic() + seconds
        while not ready():
            if not service.running or time.monotonic() > until:
                reason = Failed(service.code or 0, service.last_words()).line(r"error|exception|fatal")
                if "No space left on device" in service.last_words():
                    raise Trouble(DISK_FULL.format(where=service.log.parent))
                raise Trouble(f"{service.name} does not start: {reason}; see {service.log}")
            self.watch_once(restart=[s for s in self.services if s is not service])
            time.sleep(0.1)

    def watch(self) -> None:
        """Watch until somebody asks us to end."""
        while True:
            self.watch_once()
            time.sleep(0.25)

    def watch_once(self, restart: list[Service] | None = None) -> None:
        """Show new errors; start again what has died, each time after a longer pause."""
        now = time.monotonic()
        for service in self.services:
            pattern = DATABASE_ERROR if service.name == "postgres" else ERROR
            for line in service.news():
                if pattern.search(line) and now - self.said.get(line, -STABLE) >= STABLE:
                    self.said[line] = now
                    say(f"{service.name}: {line[:300]}")
            if service.running or (restart is not None and service not in restart):
                continue
            name = service.name
            if name not in self.due:
                lasted = now - self.started[name]
                self.deaths[name] = 1 if lasted > STABLE else self.deaths.get(name, 0) + 1
                pause = min(2.0 ** (self.deaths[name] - 1), LONGEST_PAUSE)
                self.due[name] = now + pause
                say(f"{name} ended {_how(service.code)}; starting it again in {pause:.0f} s ({service.log})")
            elif now >= self.due[name]:
                del self.due[name]
                service.stop(patience=0)  # its children, if any are left
                service.start()
                self.started[name] = now


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return f"by {signal.Signals(-code).name}"
    return f"with exit code {code}"


def answers(port: int, path: str = "/health/ready") -> bool:
    """The server on this machine answers 200."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", path, headers={"Host": f"localhost:{port}"})
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def require_port(host: str, port: int, name: str) -> None:
    """Raise Trouble when another program holds the port that the variable `name` sets."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as trial:
        trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            trial.bind((host, port))
        except OSError as error:
            raise Trouble(
                f"port {port} cannot be used: {os.strerror(error.errno or 0).lower()}; "
                f"stop what uses it, or set {name} to another"
            ) from None
        except OverflowError:
            raise Trouble(f"there is no port {port}; set {name} to another") from None


@contextmanager
def only_one(var: Path, address: str) -> Iterator[None]:
    """Hold `var` for this process. Raises Trouble with the address (or what it is doing) when another holds it."""
    note = var / "running.json"
    with note.open("a+") as held:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            other = who_runs(var)
            raise Trouble(
                f"already running: {other.get('address', 'another command')} (process {other.get('pid', '?')}); "
                "stop it with Ctrl-C there, or with `make stop`"
            ) from None
        held.truncate(0)
        held.write(json.dumps({"pid": os.getpid(), "address": address}))
        held.flush()
        try:
            yield
        finally:
            held.truncate(0)


def who_runs(var: Path) -> dict[str, object]:
    """The process that holds `var` and its address; empty when none does."""
    try:
        with (var / "running.json").open() as held:
            try:
                fcntl.flock(held, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return dict(json.loads(held.read() or "{}"))
    except (OSError, ValueError):
        pass
    return {}
