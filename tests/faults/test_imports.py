"""A worker or a database that is killed in the middle of an import: after the restart every row of the file is in the
register once or is refused once, and an import of all or nothing has left nothing half done."""

import os
import shutil
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import psycopg
import pytest

from tinhso.project.embedded import yard
from tinhso.project.embedded.cluster import Cluster
from tinhso.project.embedded.service import Service
from tinhso.project.embedded.supervisor import Supervisor
from tinhso.registers.tests.conftest import GARDENS, PACK

from .conftest import PATIENCE, Province, a_minute_later, wait_for, worker

ROWS = 24_000
EARLY, LATE = 14_500, 23_000
"""Rows of the file, counted from 0, whose keys a transaction of the test holds, so that the import waits there with
what it has written before."""
FAULTS = dict.fromkeys(range(700, ROWS, 1900), "planted_on") | dict.fromkeys(range(850, ROWS, 2300), "code")
"""Rows of the file that are refused: for their day, or since the row before has their key."""

ENTERED = (
    "INSERT INTO reg.yard_gardens (id, revision, valid_from, unit, unit_on, code, planted_on)"
    " VALUES (gen_random_uuid(), 1, current_date, '', current_date, %s, current_date)"
)


@dataclass(frozen=True)
class Yard:
    """A register of gardens in a cluster that may be killed, and is then started again as `make run` does."""

    province: Province
    supervisor: Supervisor
    cluster: Cluster
    database: Service

    def kill_the_database(self) -> None:
        assert self.database.process
        os.kill(self.database.process.pid, signal.SIGKILL)
        self.database.process.wait(PATIENCE)

        def answers() -> bool:
            self.supervisor.watch_once()
            try:
                return self.province.rows("SELECT 1") == [(1,)]
            except psycopg.OperationalError:
                return False

        wait_for(answers)

    def state(self, id: str) -> tuple[str, bool, int, int, int]:
        [found] = self.province.rows(
            "SELECT state, checked, read, created, refused FROM registers_import WHERE id = %s", id
        )
        return found

    def job(self, id: str) -> str:
        [(status,)] = self.province.rows(
            "SELECT status::text FROM procrastinate_jobs WHERE args->>'id' = %s AND task_name = 'registers.import'", id
        )
        return status

    def kept(self) -> tuple[int, int, int]:
        """How many records, versions, and different records among the versions."""
        [found] = self.province.rows(
            "SELECT (SELECT count(*) FROM reg.yard_gardens), count(*), count(DISTINCT record) FROM record_version"
        )
        return found

    def waits(self) -> bool:
        """Whether the import waits for a key that the test holds."""
        [(waiting,)] = self.province.rows(
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'transactionid' AND query LIKE '%%yard_gardens%%'"
        )
        return bool(waiting)

    def is_over(self, id: str) -> bool:
        [(over,)] = self.province.rows("SELECT finished_at IS NOT NULL FROM registers_import WHERE id = %s", id)
        return over


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Yard]:
    home = tmp_path_factory.mktemp("imports")
    pack = home / "packs" / "yard"
    (pack / "registers").mkdir(parents=True)
    (pack / "pack.yaml").write_text(PACK)
    lines = [line for line in GARDENS.splitlines() if "name: remark" not in line]
    (pack / "registers" / "gardens.yaml").write_text("\n".join(lines) + "\n")
    cluster, supervisor = Cluster(home), Supervisor()
    try:
        cluster.prepare()
        service = cluster.service()
        supervisor.start(service)
        cluster.wait(service)
        cluster.create("tinhso")
        env = yard.environment(cluster.url(), home) | {"TINHSO_PACKS": str(home / "packs")}
        for name in ("TINHSO_TEST_DATABASE", "TINHSO_TRUST_ROOT", "TINHSO_TRUST_URL", "TINHSO_BASE_URL"):
            env.pop(name, None)
        env |= dict.fromkeys(("TINHSO_PORT", "TINHSO_NATIONAL_ID_PORT", "TINHSO_TRUST_PORT", "TINHSO_BANK_PORT"), "0")
        yard.tinhso("tables", ["migrate", "--verbosity", "0"], home, env)
        yard.tinhso("packs", ["pack", "apply"], home, env)
        yield Yard(Province(home, env, cluster.url()), supervisor, cluster, service)
    finally:
        supervisor.stop()
        for folder in {cluster.data.resolve().parent, cluster.run.resolve()} - {home}:
            shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def garden(ground: Yard) -> Yard:
    """The register, empty."""
    ground.province.rows("TRUNCATE reg.yard_gardens")
    ground.province.rows(
        "SET session_replication_role = replica; TRUNCATE record_version; SET session_replication_role = DEFAULT"
    )
    return ground


def file_of(path: Path, faults: Mapping[int, str]) -> Path:
    lines = ["code,planted_on,trees,keeper"]
    for number in range(ROWS):
        fault = faults.get(number)
        key = number - 1 if fault == "code" else number
        day = "hôm nọ" if fault == "planted_on" else f"{date(2001, 1, 1) + timedelta(days=number % 8_000):%d/%m/%Y}"
        lines.append(f"V{key:05},{day},{number % 500},Nguyễn Văn A")
    path.write_text("\n".join(lines) + "\n")
    return path


@contextmanager
def in_the_middle(garden: Yard, id: str, mode: str) -> Iterator[None]:
    """The import has written some of its rows, and waits for the key of the next: somebody is about to enter that
    garden by hand, and thinks. One of all or nothing is let past that while it tries its file."""
    with ExitStack() as stack:
        url = garden.province.url
        early, late = (stack.enter_context(closing(psycopg.connect(url))) for _n in range(2))
        pool = stack.enter_context(ThreadPoolExecutor(1))
        if mode == "good":
            early.execute(ENTERED, [f"V{EARLY:05}"])
        else:
            late.execute(ENTERED, [f"V{LATE:05}"])
            wait_for(garden.waits)
            entered = pool.submit(early.execute, ENTERED, [f"V{EARLY:05}"])  # may have to wait for the other
            late.rollback()
            entered.result(PATIENCE)
            wait_for(lambda: garden.state(id)[:2] == ("running", True))
        wait_for(garden.waits)
        yield


def half_done(garden: Yard, id: str, mode: str) -> None:
    """What is there when nobody works: whole chunks, or nothing."""
    state, _checked, read, created, refused = garden.state(id)
    assert state == "running" and garden.job(id) in {"doing", "todo"}, "nobody is left who would say that it failed"
    assert 0 <= read < ROWS and created + refused == read
    assert garden.kept() == ((created,) * 3 if mode == "good" else (0, 0, 0))


def whole(garden: Yard, id: str, mode: str) -> None:
    """Every row of the file once."""
    right = ROWS - len(FAULTS) if mode == "good" else ROWS
    assert garden.state(id) == ("done", mode == "all", ROWS, right, ROWS - right)
    assert garden.kept() == (right, right, right)
    faults = garden.province.rows("SELECT row - 2, field FROM registers_importfault WHERE of_id = %s ORDER BY 1", id)
    assert faults == (sorted(FAULTS.items()) if mode == "good" else [])
    assert garden.province.rows("SELECT count(*) FROM registers_importkey") == [(0,)]
    audited = "SELECT count(*) FROM kernel_audit WHERE action = 'record.import' AND data->>'import' = %s"
    told = "SELECT count(*) FROM kernel_event WHERE name = 'record.loaded' AND data->>'register' = 'yard.gardens'"
    assert garden.province.rows(audited, id) == [(1,)]
    assert garden.province.rows(told) == garden.province.rows(audited.replace("= %s", "<> ''"))


def begun(garden: Yard, mode: str) -> str:
    file = file_of(garden.province.home / f"{mode}.csv", FAULTS if mode == "good" else {})
    return garden.province.deed("bring", "yard.gardens", str(file), mode)


@pytest.mark.parametrize("mode", ["good", "all"])
def test_an_import_whose_worker_is_killed_goes_on_after_its_restart_with_no_row_twice(garden: Yard, mode: str) -> None:
    id = begun(garden, mode)
    with worker(garden.province) as killed, in_the_middle(garden, id, mode):
        killed.kill()
        killed.wait(PATIENCE)
        half_done(garden, id, mode)
    a_minute_later(garden.province)
    with worker(garden.province):
        wait_for(lambda: garden.is_over(id))
    whole(garden, id, mode)


@pytest.mark.parametrize("mode", ["good", "all"])
def test_an_import_whose_database_is_killed_goes_on_after_its_restart_with_no_row_twice(
    garden: Yard, mode: str
) -> None:
    id = begun(garden, mode)
    with worker(garden.province) as lonely:
        with in_the_middle(garden, id, mode):
            garden.kill_the_database()
        lonely.wait(PATIENCE)  # it ends, to be started again as the database is
    half_done(garden, id, mode)
    a_minute_later(garden.province)
    with worker(garden.province):
        wait_for(lambda: garden.is_over(id))
    whole(garden, id, mode)
