"""A worker that is killed in the middle of a job loses nothing and does nothing twice."""

from collections.abc import Callable

import psycopg

from .conftest import PATIENCE, Province, a_minute_later, wait_for, worker


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
    a_minute_later(province)
    with worker(province):
        wait_for(is_now("succeeded"))
    assert province.rows(slips, f"case:{case}") == [(1,)]
    assert province.rows("SELECT results ? 'receipt' FROM cases_case WHERE id = %s", case) == [(True,)]
