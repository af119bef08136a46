"""A worker that is killed while it makes a receipt: it is made after the restart, once, and no number is lost."""

import psycopg

from .conftest import PATIENCE, Province, a_minute_later, wait_for, worker

STATE = "SELECT status FROM procrastinate_jobs WHERE task_name = 'payments.issue_receipt' AND args->>'order' = %s"
RECEIPTS = "SELECT number FROM documents_document WHERE kind = 'payments.receipt' ORDER BY number"


def test_the_receipt_of_a_killed_worker_is_made_once_and_leaves_no_gap(province: Province) -> None:
    first, second = province.deed("paid"), province.deed("paid")
    with psycopg.connect(province.url) as lock, worker(province) as killed:
        lock.execute("SELECT 1 FROM payments_order WHERE id IN (%s, %s) FOR UPDATE", [first, second])
        wait_for(lambda: province.rows(STATE, first) == province.rows(STATE, second) == [("doing",)])
        killed.kill()
        killed.wait(PATIENCE)
    assert province.rows(RECEIPTS) == []
    a_minute_later(province)
    with worker(province):
        wait_for(lambda: len(province.rows(RECEIPTS)) == 2)
    numbers = [int(number.partition("/")[0]) for (number,) in province.rows(RECEIPTS)]
    assert numbers == [1, 2]
    told = "SELECT count(DISTINCT receipt) FROM payments_order WHERE id IN (%s, %s)"
    assert province.rows(told, first, second) == [(2,)]


def test_a_statement_by_hand_that_does_not_balance_is_refused(province: Province) -> None:
    province.deed("paid")
    before = province.rows("SELECT count(*), sum(vnd) FROM payments_posting")
    for statement in (
        "INSERT INTO payments_posting (id, entry_id, account_id, vnd)"
        " SELECT gen_random_uuid(), entry_id, account_id, 1 FROM payments_posting LIMIT 1",
        "UPDATE payments_posting SET vnd = vnd + 1",
        "DELETE FROM payments_posting",
    ):
        try:
            province.rows(statement)
        except psycopg.errors.CheckViolation:
            continue
        raise AssertionError(f"{statement} went through")
    assert province.rows("SELECT count(*), sum(vnd) FROM payments_posting") == before
