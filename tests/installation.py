"""One whole installation for the tests of a browser: real processes on free ports, and a province made from nothing."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

import psycopg

from tinhso.documents.testing import free_port
from tinhso.project.embedded import yard
from tinhso.project.embedded.places import ROOT
from tinhso.project.embedded.supervisor import Supervisor, answers

PEOPLE, CASES = "6000", "4000"
HOME = "13141"
"""Xã Vũ Quý: the commune of the mother and of the officers who serve her."""
NEXT_DOOR = "12452"
"""Phường Trần Hưng Đạo: officers who have no business with her case."""
MOTHER = "099195001512"
CODE, PASSWORD = "123456", "Tinh-So-2030"


@dataclass(frozen=True)
class Installation:
    """A running province. `home` is its TINHSO_VAR, `env` the environment of its processes."""

    home: Path
    env: dict[str, str]

    @property
    def address(self) -> str:
        return f"http://localhost:{self.env['TINHSO_PORT']}"

    @property
    def national_id(self) -> str:
        return f"http://localhost:{self.env['TINHSO_NATIONAL_ID_PORT']}"

    @property
    def root_certificate(self) -> Path:
        return self.home / "trust" / "root.pem"

    def tinhso(self, *words: str) -> str:
        """What `tinhso WORDS` says. Raises CalledProcessError where it fails."""
        command = [*yard.TINHSO, *words]
        return subprocess.run(
            command, env=self.env, cwd=ROOT, capture_output=True, text=True, check=True, timeout=120
        ).stdout.strip()

    def time_of(self, event: str) -> float:
        """The clock's time, in seconds, of the newest event of this name."""
        with psycopg.connect(self.env["DATABASE_URL"]) as connection:
            row = connection.execute("SELECT max(at) FROM kernel_event WHERE name = %s", [event]).fetchone()
        assert row is not None and isinstance(row[0], datetime), f"no {event} yet"
        return row[0].timestamp()

    def one_time_code(self, officer: str) -> str:
        """What the officer's authenticator shows now."""
        return self.tinhso("identity", "totp", officer).split()[-1]


def database_url(name: str) -> str:
    """A database of this name on the server of DATABASE_URL, empty."""
    server = os.environ["DATABASE_URL"]
    with psycopg.connect(urlsplit(server)._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        connection.execute(f'CREATE DATABASE "{name}"')
    return urlsplit(server)._replace(path=f"/{name}").geturl()


def drop_database(url: str) -> None:
    name = urlsplit(url).path.lstrip("/")
    with psycopg.connect(urlsplit(url)._replace(path="/postgres").geturl(), autocommit=True) as connection:
        connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


@contextmanager
def installed(home: Path, database: str) -> Iterator[Installation]:
    """Make the database and the demonstration province, start every process, and end them all afterwards.

    `home` is an empty folder; its `log/` says what went wrong. Raises Trouble when a process does not come up.
    """
    url = database_url(database)
    ports = {
        name: str(free_port())
        for name in ("TINHSO_PORT", "TINHSO_NATIONAL_ID_PORT", "TINHSO_TRUST_PORT", "TINHSO_BANK_PORT")
    }
    env = yard.environment(url, home) | ports
    for name in ("TINHSO_TEST_DATABASE", "TINHSO_TRUST_ROOT", "TINHSO_TRUST_URL", "TINHSO_BASE_URL"):
        env.pop(name, None)
    supervisor = Supervisor()
    try:
        yard.make_province(home, env)
        yard.tinhso("demonstration", ["demo", "load", "--people", PEOPLE, "--cases", CASES], home, env)
        services = yard.processes(home, env, "127.0.0.1")
        for service in services.values():
            supervisor.start(service)
        for name, port in (("web", "TINHSO_PORT"), ("national-id", "TINHSO_NATIONAL_ID_PORT")):
            number = int(ports[port])
            supervisor.wait_for(services[name], lambda number=number: answers(number))
        trust = int(ports["TINHSO_TRUST_PORT"])
        supervisor.wait_for(services["trust"], lambda: answers(trust, "/health"))
        yield Installation(home, env)
    finally:
        supervisor.stop()
        drop_database(url)
