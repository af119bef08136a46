"""A worker that is killed in the middle of a job loses nothing and does nothing twice."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import psycopg

from tinhso.project.embedded import yard

from .conftest import Province

PATIENCE = 60.0
TICK = "from tinhso.kernel.tasks import retry_stalled; retry_stalled.defer(timestamp=0)"


@contextmanager
def worker(province: Province) -> Iterator[subprocess.Popen[bytes]]:
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
        assert time.monotonic() < until, "waited in vain"
        time.sleep(0.1)


def test_the_receipt_of_a_killed_worker_is_made_after_its_restart_and_once(province: Province, draft: str) -> None:
    province.deed("paper", draft)
    case = province.deed("submit", draft)
    state = "SELECT status FROM procrastinate_jobs WHERE task_name = 'cases.issue_paper' AND args->>'case' = %s"
    slips = "SELECT count(*) FROM documents_document WHERE subject = %s"

    def is_now(status: str) -> Callable[[], bool]:
        return lambda: province.rows(state, case) == [(status,)]

    with psycopg.connect(province.url) as lock, worker(province) as killed:
        lock.execute("SELECT 1 FROM cases_case WHERE id = %s FOR UPDATE", [case])  # the job waits for the row
        wait_for(is_now("doing"))
        killed.kill()
        killed.wait(PATIENCE)
    assert is_now("doing")(), "nobody is left who would say that it failed"
    # As it is a minute later: no sign of life of the killed worker, and the job of the full minute is due.
    province.rows("UPDATE procrastinate_workers SET last_heartbeat = now() - interval '1 minute'")
    due = province.tinhso("shell", "-c", TICK)
    assert due.returncode == 0, due.stdout
    with worker(province):
        wait_for(is_now("succeeded"))
    assert province.rows(slips, f"case:{case}") == [(1,)]
    assert province.rows("SELECT results ? 'receipt' FROM cases_case WHERE id = %s", case) == [(True,)]
