"""Web server and worker killed while a thousand cases are handed in: what was acknowledged is there once, what is there
is whole, and every receipt is made in the end."""

import http.client
import json
import os
import signal
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import count

from tinhso.project.embedded import yard
from tinhso.project.embedded.service import Service

from .conftest import PATIENCE, Province, a_minute_later, wait_for

SUBMISSIONS = 1_000
CITIZENS = 6
"""How many hand in at once."""
KILLED_AT = (150, 400, 700)
"""At how many acknowledged submissions everything is killed."""
CSRF = "c" * 32

HALF = """
SELECT c.code FROM cases_case c WHERE c.id::text = ANY(%s) AND NOT (
    c.code <> '' AND c.workflow IS NOT NULL AND c.due_at IS NOT NULL
    AND (SELECT count(*) FROM cases_task t WHERE t.case_id = c.id AND t.completed_at IS NULL) = 1
    AND (SELECT count(*) FROM cases_caseevent e WHERE e.case_id = c.id AND e.kind = 'submitted') = 1
    AND (SELECT count(*) FROM cases_paper p WHERE p.case_id = c.id) = 1
    AND (SELECT count(*) FROM kernel_event v WHERE v.name = 'case.submitted' AND v.subject = 'case:' || c.id) = 1
    AND (SELECT count(*) FROM kernel_audit a WHERE a.action = 'case.submit' AND a.subject = 'case:' || c.id) = 1
    AND (SELECT count(*) FROM cases_draft d WHERE d."case" = c.id AND d.case_code = c.code AND d.raw = '{}') = 1)
"""


class Killed:
    """Web server and worker that are killed as a power cut does it, and started again."""

    def __init__(self, province: Province) -> None:
        self.province = province
        services = yard.processes(province.home, province.env, "127.0.0.1")
        self.web, self.worker = services["web"], services["worker"]
        self.port = int(province.env["TINHSO_PORT"])
        self.up = threading.Event()

    def start(self) -> None:
        self.web.start()
        self.worker.start()
        wait_for(self._answers)
        self.up.set()

    def kill(self) -> None:
        self.up.clear()
        for service in (self.web, self.worker):
            _kill(service)
        wait_for(self._nobody_writes)

    def _answers(self) -> bool:
        assert self.web.running, self.web.last_words()
        try:
            return self.ask("GET", "/health/ready")[0] == 200
        except (OSError, http.client.HTTPException):
            return False

    def _nobody_writes(self) -> bool:
        """The database has seen that its clients are gone, and rolled back what they had begun."""
        [(left,)] = self.province.rows(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            " AND state <> 'idle'"
        )
        return left == 0

    def ask(self, method: str, path: str, body: str = "", cookie: str = "") -> tuple[int, str]:
        """Status and Location. OSError or HTTPException where no whole answer came."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            kind = "application/x-www-form-urlencoded"
            headers = {"Accept": "text/html", "Cookie": cookie, "Content-Type": kind}
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            answer.read()
            return answer.status, answer.getheader("Location") or ""
        finally:
            connection.close()


def _kill(service: Service) -> None:
    assert service.process
    os.killpg(service.process.pid, signal.SIGKILL)
    service.process.wait(PATIENCE)


@contextmanager
def running(province: Province) -> Iterator[Killed]:
    platform = Killed(province)
    try:
        platform.start()
        yield platform
    finally:
        for service in (platform.worker, platform.web):
            service.stop()


class Citizens:
    """Hand in all drafts; whoever gets no answer tries again, as people do, once the site is back."""

    def __init__(self, platform: Killed, drafts: list[str], sessionid: str) -> None:
        self.platform, self.drafts = platform, drafts
        self.cookie = f"sessionid={sessionid}; csrftoken={CSRF}"
        self.acknowledged: set[str] = set()
        self.unanswered = 0
        self.wrong: list[str] = []
        self.number = count()

    def hand_in_all(self) -> None:
        for number in self.number:
            if number >= len(self.drafts):
                return
            self.hand_in(self.drafts[number])

    def hand_in(self, draft: str) -> None:
        until = time.monotonic() + PATIENCE
        while time.monotonic() < until:
            self.platform.up.wait(PATIENCE)
            try:
                said = self.platform.ask(
                    "POST", f"/ho-so/nhap/{draft}/kiem-tra", f"csrfmiddlewaretoken={CSRF}", self.cookie
                )
            except (OSError, http.client.HTTPException):
                self.unanswered += 1
                time.sleep(0.05)
                continue
            if said[0] == 302 and said[1].endswith("/da-nop"):
                self.acknowledged.add(draft)
            else:
                self.wrong.append(f"{draft}: {said}")
            return
        self.wrong.append(f"{draft}: never answered")


def cases_of(province: Province, drafts: list[str]) -> dict[str, str]:
    """The case that each draft became, after it was looked that none is half, none is of two drafts, and no other was
    made for these people since the first of the drafts."""
    of = dict(
        province.rows(
            'SELECT id::text, "case"::text FROM cases_draft WHERE id::text = ANY(%s) AND "case" IS NOT NULL', drafts
        )
    )
    made = {
        case
        for (case,) in province.rows(
            "SELECT c.id::text FROM cases_case c JOIN cases_draft d ON d.id = %s AND d.person = c.person"
            " WHERE c.id > d.id",
            drafts[0],
        )
    }
    assert made == set(of.values()) and len(made) == len(of)
    assert province.rows(HALF, sorted(made)) == [], "half a case"
    return of


def receipts(province: Province, cases: list[str]) -> list[int]:
    """How many receipts the cases have, each case's number once."""
    subjects = [f"case:{case}" for case in cases]
    slips = "SELECT subject, count(*) FROM documents_document WHERE subject = ANY(%s) GROUP BY subject"
    made = dict(province.rows(slips, subjects))
    return sorted({made.get(subject, 0) for subject in subjects})


def test_what_was_acknowledged_is_there_once_and_whole_whenever_web_and_worker_are_killed(province: Province) -> None:
    found = json.loads(province.deed("many", str(SUBMISSIONS)))
    drafts: list[str] = found["drafts"]
    with running(province) as platform, ThreadPoolExecutor(CITIZENS) as pool:
        citizens = Citizens(platform, drafts, found["sessionid"])
        at_it = [pool.submit(citizens.hand_in_all) for _citizen in range(CITIZENS)]
        for reached in KILLED_AT:
            wait_for(lambda reached=reached: len(citizens.acknowledged) >= reached or bool(citizens.wrong))
            platform.kill()
            said = set(citizens.acknowledged)  # answers that were sent have been read, or count as none
            kept = cases_of(province, drafts)
            assert said <= kept.keys(), "acknowledged, and not there"
            assert len(kept) < SUBMISSIONS, "it was killed too late to show anything"
            platform.start()
        for one in at_it:
            one.result(PATIENCE)
        assert citizens.wrong == []
        assert citizens.unanswered >= len(KILLED_AT), "nobody was in the middle of handing in"
        kept = cases_of(province, drafts)
        assert kept.keys() == set(drafts) == citizens.acknowledged
        codes = province.rows("SELECT count(DISTINCT code) FROM cases_case WHERE id::text = ANY(%s)", [*kept.values()])
        assert codes == [(SUBMISSIONS,)]
        a_minute_later(province)
        wait_for(lambda: receipts(province, [*kept.values()]) == [1])
    assert cases_of(province, drafts) == kept
    verified = province.tinhso("verify")
    assert verified.returncode == 0, verified.stdout
