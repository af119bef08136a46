"""A small province of its own, in a database that these tests may spoil. Nothing runs but what a test starts."""

import os
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.installation import database_url, drop_database
from tinhso.documents.testing import free_port
from tinhso.project.embedded import yard
from tinhso.project.embedded.places import ROOT

DEEDS = Path(__file__).with_name("deeds.py")
PATIENCE = 60.0


@dataclass(frozen=True)
class Province:
    """`home` is its TINHSO_VAR, `env` the environment of its processes, `url` its database."""

    home: Path
    env: dict[str, str]
    url: str

    def run(self, *command: str | Path, **more: str) -> subprocess.CompletedProcess[str]:
        """Run a program of ours to its end; `more` is added to the environment. It may fail: the test looks."""
        return subprocess.run(
            [str(word) for word in command],
            env=self.env | more,
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )

    def tinhso(self, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        return self.run(*yard.TINHSO, *words, **more)

    def deed(self, *words: str) -> str:
        """The last line that deeds.py WORDS says; the test fails where the deed does."""
        done = self.run(yard.PYTHON, DEEDS, *words)
        assert done.returncode == 0, done.stdout
        return done.stdout.splitlines()[-1]

    def rows(self, statement: str, *values: Any) -> list[tuple[Any, ...]]:
        """What a statement answers, run by somebody who goes round the platform."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            cursor = connection.execute(statement, values)  # type: ignore[arg-type]  the tests' own words
            return cursor.fetchall() if cursor.description else []


@contextmanager
def worker(province: Province) -> Iterator[subprocess.Popen[bytes]]:
    """A worker of the province, until the test has done with it or killed it."""
    command = yard.processes(province.home, province.env, "127.0.0.1")["worker"].command
    with (province.home / "worker.log").open("ab") as log:
        process = subprocess.Popen([str(word) for word in command], env=province.env, stdout=log, stderr=log)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(PATIENCE)


def wait_for(what: Callable[[], bool]) -> None:
    until = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < until, f"waited in vain for {what}"
        time.sleep(0.1)


def a_minute_later(province: Province) -> None:
    """As it is a minute later: no sign of life of the killed worker, and the job of the full minute is due."""
    province.rows("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    province.rows(
        "INSERT INTO procrastinate_jobs (queue_name, task_name, queueing_lock, args)"
        " VALUES ('background', 'kernel.retry_stalled', 'kernel.retry_stalled', '{\"timestamp\": 0}')"
        " ON CONFLICT DO NOTHING"
    )


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All in the worker of pytest that has the province."""
    for item in items:
        if "province" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group("faults"))


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Province]:
    home = tmp_path_factory.mktemp("faults")
    url = database_url(os.environ.get("TINHSO_TEST_DATABASE", "test_tinhso") + "_faults")
    ports = {
        name: str(free_port())
        for name in ("TINHSO_PORT", "TINHSO_NATIONAL_ID_PORT", "TINHSO_TRUST_PORT", "TINHSO_BANK_PORT")
    }
    env = yard.environment(url, home) | ports
    for name in ("TINHSO_TEST_DATABASE", "TINHSO_TRUST_ROOT", "TINHSO_TRUST_URL", "TINHSO_BASE_URL"):
        env.pop(name, None)
    try:
        yard.make_province(home, env)
        yard.tinhso("demonstration", ["demo", "load", "--people", "300", "--cases", "60"], home, env)
        yield Province(home, env, url)
    finally:
        drop_database(url)


@pytest.fixture
def draft(province: Province) -> str:
    """The id of a birth registration that the mother has filled in but for its paper."""
    return province.deed("draft")
