"""What a case costs: its whole life through the services, the desk's lists among a million, and its bytes.

    python bench/cases.py [--quick] [--cases N] [--lives N] [--only life|inbox]

**Life**: a citizen hands in a birth registration, officers receive, verify and approve it, record and certificate are
made and signed (the trust services run beside, as with `make run`), and it is returned: on two processes at once. The
second figure takes off the seconds in which the signature was waited for. Beside it, in the same run and as many
processes: the same steps in bare SpiffWorkflow with its own serializer, read and written around each step as between
two requests; and the very rows that one such life left, written again by INSERTs, one commit a life.

**Inbox**: ms in the database of each list of the desk, with 1,000,000 cases of which 300,000 run, from different
officers. `worst` shows the plans of the slowest.

**Bytes**: of the tables and indexes of cases, tasks, timeline, events and audit, by the lives that were lived.
"""

import argparse
import multiprocessing
import os
import random
import re
import secrets
import statistics
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import _cases
from _cases import PROCEDURE, Officers
from _platform import enter, settings_of_the_database
from registers_read import explained

PROCESSES, WARM = 2, 3
PATIENCE = 300.0
ROW = tuple[str, list[str], list[str | None]]
"""A row as it is written again: its table, the names of its columns, and their texts."""


# -- lives --------------------------------------------------------------------------------------------------------


def actors_and_drafts(number: int) -> list[tuple[Any, UUID]]:
    """Citizens, each with a form that is filled in."""
    from web import citizens, drafted

    from tinhso.kernel.actor import Actor

    people = citizens(number)
    return [
        (Actor(account=one.account, person=one.person, assurance=2), draft.pk)
        for one, draft in zip(people, drafted(people), strict=True)
    ]


class Lives:
    """Lives cases through the services; called, it answers how many seconds the signatures took."""

    def __init__(self, officers: Officers) -> None:
        self.officers = officers

    def live(self, citizen: Any, draft: UUID) -> None:
        from tinhso.cases import services
        from tinhso.cases.bpmn import PLATFORM
        from tinhso.cases.models import Task

        case = services.submit(citizen, draft).id
        waiting = Task.objects.filter(case=case, completed_at=None).values_list("pk", "agency_id", "role", "step")
        while row := waiting.first():
            task, agency, role, step = row
            if role == PLATFORM:
                services.finish_signing(task)
            else:
                outcome = "approve" if step == "approve" else "done"
                services.complete(self.officers.at(agency, role), task, outcome)

    def __call__(self, work: list[tuple[Any, UUID]]) -> dict[str, float]:
        from tinhso.cases.services import signing

        sign, taken = signing.documents.sign, [0.0]

        def timed(*what: Any, **more: Any) -> Any:
            begun = time.perf_counter()
            try:
                return sign(*what, **more)
            finally:
                taken[0] += time.perf_counter() - begun

        signing.documents.sign = timed
        try:
            for citizen, draft in work:
                self.live(citizen, draft)
        finally:
            signing.documents.sign = sign
        return {"signing": taken[0]}


def bare(lives: list[int]) -> dict[str, float]:
    """The same process and the same answers, by SpiffWorkflow alone: between two steps it is JSON."""
    from SpiffWorkflow.bpmn import BpmnWorkflow
    from SpiffWorkflow.bpmn.parser import BpmnParser
    from SpiffWorkflow.bpmn.serializer import BpmnWorkflowSerializer
    from SpiffWorkflow.util.task import TaskState

    from tinhso.cases import workflow
    from tinhso.cases.bpmn import compile_steps, process_id

    model = workflow.procedure(PROCEDURE).model
    parser = BpmnParser()
    # its serializer knows no service task by default: ours waits for the platform, as a manual one does
    parser.add_bpmn_str(compile_steps(model).replace("serviceTask", "manualTask").encode())
    spec, serializer = parser.get_spec(process_id(model)), BpmnWorkflowSerializer()
    steps = size = 0
    for _life in lives:
        process = BpmnWorkflow(spec)
        process.do_engine_steps()
        kept = serializer.serialize_json(process)
        while True:
            process = serializer.deserialize_json(kept)
            task = next(iter(process.get_tasks(state=TaskState.READY)), None)
            if task is None:
                break
            task.data["outcome"] = "done"
            task.run()
            process.do_engine_steps()
            kept = serializer.serialize_json(process)
            steps += 1
        size = len(kept)
        assert process.is_completed()
    return {"steps": steps / len(lives), "bytes": size}


class Rows:
    """The rows that one life left, written again under other ids."""

    LEFT_OUT = ("cases_codecounter", "registers_counter", "procrastinate_events", "kernel_sealblock", "django_session")
    """Counters that are moved and not written, and what a trigger writes by itself."""

    def __init__(self, rows: list[ROW]) -> None:
        self.rows = rows
        own = {
            text
            for _table, names, texts in rows
            for name, text in zip(names, texts, strict=True)
            if text and name in {"id", "code", "digest"}
        }
        self.own = re.compile("|".join(sorted(map(re.escape, own), key=len, reverse=True)))
        self.statements = [_insert(table, names) for table, names, _texts in rows]

    @classmethod
    def of(cls, live: Callable[[], None]) -> "Rows":
        """Those that `live` leaves, by the transactions that wrote them."""
        from django.db import connection

        with connection.cursor() as cursor:
            since = _transaction(cursor)
            live()
            until = _transaction(cursor)
            cursor.execute(
                "SELECT c.oid::regclass::text FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
                " WHERE c.relkind = 'r' AND n.nspname IN ('public', 'reg')"
            )
            found: list[ROW] = []
            for (table,) in cursor.fetchall():
                if not table.startswith(cls.LEFT_OUT):
                    found += _rows(cursor, table, since, until)
        order = ["cases_case", "cases_task", "documents_document", "procrastinate_jobs"]
        found.sort(key=lambda row: next((n for n, name in enumerate(order) if row[0].startswith(name)), len(order)))
        return cls(found)

    def __call__(self, lives: list[int]) -> dict[str, float]:
        from django.db import connection, transaction

        from tinhso.kernel.ids import uuid7

        for life in lives:
            fresh: dict[str, str] = {}

            def other(found: re.Match[str], fresh: dict[str, str] = fresh, life: int = life) -> str:
                was = found[0]
                if was not in fresh:
                    kinds = {36: str(uuid7()), 64: secrets.token_hex(32)}
                    fresh[was] = kinds.get(len(was)) or (f"{was}-{life}" if len(was) > 16 else secrets.token_hex(5))
                return fresh[was]

            with transaction.atomic(), connection.cursor() as cursor:
                for statement, (table, names, texts) in zip(self.statements, self.rows, strict=True):
                    values = [text and self.own.sub(other, text) for text in texts]
                    if "number" in names and table.startswith("reg."):  # unique within its book
                        values[names.index("number")] = secrets.token_hex(5)
                    cursor.execute(statement, values)
        return {}

    def counted(self) -> str:
        numbers: dict[str, int] = {}
        for table, _names, _texts in self.rows:
            name = re.sub(r"_(\d{4}|before)$", "", table)
            numbers[name] = numbers.get(name, 0) + 1
        return ", ".join(f"{name} {n}" for name, n in sorted(numbers.items()))


def _insert(table: str, names: list[str]) -> str:
    columns, values = ", ".join(f'"{name}"' for name in names), ", ".join(["%s"] * len(names))
    return f"INSERT INTO {table} ({columns}) VALUES ({values})"


def _transaction(cursor: Any) -> int:
    cursor.execute("SELECT pg_current_xact_id()::text::bigint")
    return cursor.fetchone()[0]


def _rows(cursor: Any, table: str, since: int, until: int) -> list[ROW]:
    """Rows of a table that the transactions between two wrote, but for keys that the database counts by itself."""
    cursor.execute(
        "SELECT attname FROM pg_attribute a LEFT JOIN pg_attrdef d ON d.adrelid = attrelid AND d.adnum = attnum"
        " WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped AND attgenerated = ''"
        " AND attidentity = '' AND coalesce(pg_get_expr(d.adbin, d.adrelid), '') NOT LIKE '%%nextval%%'"
        " AND coalesce(pg_get_expr(d.adbin, d.adrelid), '') NOT LIKE '%%pg_current_xact%%'",
        [table],
    )
    names = [f'"{name}"' for (name,) in cursor.fetchall()]
    if not names:
        return []
    texts = ", ".join(f"{name}::text" for name in names)
    cursor.execute(
        f"SELECT {texts} FROM {table} WHERE xmin::text::bigint > %s AND xmin::text::bigint < %s", [since, until]
    )
    return [(table, [name.strip('"') for name in names], list(row)) for row in cursor.fetchall()]


Deed = Callable[[list[Any]], dict[str, float]]


def _part(deed: Deed, warm: list[Any], work: list[Any], ready: Any, answers: Any) -> None:
    """What one of the processes does: warms, waits for the others, works."""
    import django

    django.setup()
    try:
        deed(warm)
        ready.wait()
        answers.put(deed(work))
    except BaseException as error:
        ready.abort()
        answers.put({})
        raise SystemExit(f"{type(error).__name__}: {error}") from error


def together(work: list[Any], deed: Deed) -> tuple[float, list[dict[str, float]]]:
    """Do the deed with a part of the work on each of the processes, all at once; seconds, and what each found. WARM of
    each part are done before the clock starts."""
    fresh = multiprocessing.get_context("spawn")  # a fork would come without the threads of typesetting and of the pool
    answers, ready = fresh.Queue(), fresh.Barrier(PROCESSES + 1)
    parts = list(_cases.cut(work, PROCESSES))
    processes = [
        fresh.Process(target=_part, args=(deed, part[:WARM], part[WARM:], ready, answers), daemon=True)
        for part in parts
    ]
    for process in processes:
        process.start()
    ready.wait(PATIENCE)
    begun = time.perf_counter()
    found = [answers.get(timeout=PATIENCE) for _process in processes]
    seconds = time.perf_counter() - begun
    for process in processes:
        process.join()
        if process.exitcode:
            raise RuntimeError("a life broke off")
    return seconds, found


def lives(var: Path, number: int) -> None:
    from tinhso.project.embedded.yard import processes

    officers = Officers()
    warm = 3
    work = actors_and_drafts(number + warm + PROCESSES * WARM)
    trust = processes(var, dict(os.environ), "127.0.0.1")["trust"]
    trust.start()
    try:
        _await_trust()
        one = Lives(officers)
        for citizen, draft in work[: warm - 1]:
            one.live(citizen, draft)

        rows = Rows.of(lambda: one.live(*work[warm - 1]))
        before = {name: _cases.bytes_of(*tables) for name, tables in _cases.STORED.items()}
        seconds, found = together(work[warm:], Lives(officers))
    finally:
        trust.stop()
    signing = statistics.mean(one["signing"] for one in found)
    whole, without = number / seconds, number / (seconds - signing)
    after = {name: _cases.bytes_of(*tables) for name, tables in _cases.STORED.items()}
    print(f"\n{number:,} lives on {PROCESSES} processes (submit, receive, verify, approve, sign, return)")
    print("bytes a case, indexes included, without papers: ", end="")
    lived = number + PROCESSES * WARM
    sizes = {name: (after[name] - before[name]) / lived for name in after}
    print(f"{sum(sizes.values()):,.0f} ({', '.join(f'{name} {size:,.0f}' for name, size in sizes.items())})")
    other = max(40, number)
    bare_seconds, told = together(list(range(other + PROCESSES * WARM)), bare)
    row_seconds, _none = together(list(range(other + PROCESSES * WARM)), rows)
    by_spiff, by_rows = other / bare_seconds, other / row_seconds
    print(f"{'':42} {'a second':>9} {'of bare SpiffWorkflow':>22} {'of its rows by SQL':>19}")
    for name, rate in (("signature included", whole), ("without the wait for the signature", without)):
        print(f"{name:42} {rate:9.1f} {rate / by_spiff:21.0%}  {rate / by_rows:18.1%}")
    spoken = f"{told[0]['steps']:.0f} steps, {told[0]['bytes']:,.0f} bytes of JSON"
    print(f"{'bare SpiffWorkflow':42} {by_spiff:9.1f}   {spoken}")
    print(f"{'its rows by SQL':42} {by_rows:9.1f}   {len(rows.rows)} rows: {rows.counted()}")


def _await_trust() -> None:
    from django.conf import settings

    until = time.monotonic() + 60
    while True:
        try:
            with urllib.request.urlopen(f"{settings.TRUST_URL}/health", timeout=2):
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


# -- lists --------------------------------------------------------------------------------------------------------

Ask = Callable[[int], Any]


class Watch:
    """Milliseconds that the database took for all statements of a page, and the slowest of them."""

    def __init__(self) -> None:
        self.taken, self.slowest, self.last = 0.0, 0.0, ("", None)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            took = 1e3 * (time.perf_counter() - begun)
            self.taken += took
            if took > self.slowest:
                self.slowest, self.last = took, (sql, params)

    def time(self, once: Ask, times: int) -> tuple[float, float, tuple[str, Any]]:
        """Median, 95th percentile, and the slowest statement of the turn that was the 95th."""
        from django.db import connection

        turns: list[tuple[float, Any]] = []
        with connection.execute_wrapper(self):
            for number in range(-3, times):
                self.taken, self.slowest = 0.0, 0.0
                once(number)
                if number >= 0:
                    turns.append((self.taken, self.last))
        turns.sort(key=lambda turn: turn[0])
        late = turns[int(0.95 * (len(turns) - 1))]
        return statistics.median(took for took, _last in turns), late[0], late[1]


class Lists:
    """What an officer looks at, from many desks."""

    SCOPES = ("mine", "unit", "all", "escalated")

    def __init__(self, officers: Officers, dice: random.Random) -> None:
        from tinhso.cases.models import Task

        open_now = Task.objects.filter(completed_at=None, due_at__isnull=False)
        busy = set(open_now.values_list("agency_id", flat=True).distinct())
        from tinhso.cases import policy

        self.desks = [actor for actor in officers.all if policy.desks(actor.agency) & busy]
        self.heads = [actor for actor in self.desks if actor.may("case.supervise")]
        self.leaders = [
            actor for actor in officers.all if actor.may("case.see-province") and actor.may("case.supervise")
        ]
        for people in (self.desks, self.heads):
            dice.shuffle(people)
        heads = [list(open_now.filter(agency=agency).select_related("case")[:40]) for agency in sorted(busy)]
        sample = [task for head in heads for task in head]
        dice.shuffle(sample)
        self.tasks = sample
        self.words = [(task.case.code, task.case.applicant, task.case.procedure) for task in sample[:100]]
        by_agency: dict[UUID, list[Any]] = {}
        for actor in self.desks:
            by_agency.setdefault(actor.agency, []).append(actor)
        self.near = [(task, by_agency[task.agency_id][0]) for task in sample if task.agency_id in by_agency]

    def who(self, scope: str, turn: int) -> Any:
        people = self.heads if scope == "escalated" else self.desks
        return people[turn % len(people)]

    def all(self) -> Iterator[tuple[str, Ask]]:
        from tinhso.cases import queries

        for scope in self.SCOPES:
            yield scope, lambda turn, scope=scope: queries.inbox(self.who(scope, turn), scope)
            yield f"{scope}, deep", self.deep(scope)
            for name, asked in self.filters():
                yield (
                    f"{scope}, {name}",
                    lambda turn, scope=scope, asked=asked: queries.inbox(self.who(scope, turn), scope, **asked(turn)),
                )
        yield "counts of the tabs", lambda turn: queries.inbox_counts(self.who("unit", turn))
        yield "reminder", lambda turn: queries.reminder(self.who("unit", turn))
        yield "next task", lambda turn: queries.next_task(self.who("unit", turn))
        yield "next task after one", lambda turn: self.beside(turn, queries.next_task)
        yield "neighbours of one", lambda turn: self.beside(turn, queries.neighbours)
        yield "all cases of the agency", lambda turn: queries.agency_cases(self.who("unit", turn))
        yield (
            "all cases of the agency, a name",
            lambda turn: queries.agency_cases(self.who("unit", turn), search=self.name(turn)),
        )
        yield (
            "all cases of the agency, a code",
            lambda turn: queries.agency_cases(self.who("unit", turn), search=self.words[turn][0]),
        )
        yield "performance, an agency", lambda turn: queries.performance(self.heads[turn % len(self.heads)])
        if self.leaders:
            yield "performance, the province", lambda turn: queries.performance(self.leaders[turn % len(self.leaders)])
            yield (
                "cases behind a figure",
                lambda turn: queries.performance_cases(
                    self.leaders[0], queries.PERFORMANCE_KINDS[turn % len(queries.PERFORMANCE_KINDS)]
                ),
            )

    def filters(self) -> Iterator[tuple[str, Callable[[int], dict[str, Any]]]]:
        yield "a name", lambda turn: {"search": self.name(turn)}
        yield "a word of a name", lambda turn: {"search": self.name(turn).split()[-1]}
        yield "a code", lambda turn: {"search": self.words[turn][0]}
        yield "a procedure", lambda turn: {"procedure": self.words[turn][2]}
        yield "a status", lambda turn: {"status": (1, 2, 3, 4)[turn % 4]}
        yield "taken", lambda turn: {"claimed": turn % 2 == 0}
        for due in ("late", "risk", "today", "week"):
            yield due, lambda turn, due=due: {"due": due}
        yield "all at once", lambda turn: {"due": "late", "claimed": False, "status": 3, "search": self.name(turn)}

    def name(self, turn: int) -> str:
        return self.words[turn % len(self.words)][1]

    def deep(self, scope: str) -> Ask:
        from tinhso.cases import queries

        cursors = [f"{task.due_at.isoformat()}_{task.pk}" for task in self.tasks]
        return lambda turn: queries.inbox(self.who(scope, turn), scope, after=cursors[turn % len(cursors)])

    def beside(self, turn: int, ask: Callable[[Any, UUID], Any]) -> Any:
        task, actor = self.near[turn % len(self.near)]
        return ask(actor, task.pk)


def inbox(cases: int, running: int, times: int) -> None:
    begun = time.monotonic()
    grown = _cases.grow(cases, running)
    stored = _cases.bytes_of("cases_case", "cases_task") / grown.cases
    print(f"\n{grown.cases:,} cases, {grown.running:,} running, {grown.tasks:,} tasks: {stored:,.0f} bytes each;"
          f" {time.monotonic() - begun:.0f} s to make; ms in the database")  # fmt: skip
    print(f"{'':42} {'p50':>9} {'p95':>9}")
    watch, slowest = Watch(), []
    for name, once in Lists(Officers(), random.Random(4)).all():
        median, late, statement = watch.time(once, times)
        print(f"{name:42} {median:9.2f} {late:9.2f}", flush=True)
        slowest.append((late, name, statement))
    slowest.sort(key=lambda one: one[0], reverse=True)
    for late, name, statement in slowest[:3]:
        print(f"\nworst: {name}, {late:.1f} ms\n{explained(statement)}")
    over = ", ".join(name for late, name, _statement in slowest if late >= 50)
    print(f"\nworst p95 {slowest[0][0]:.1f} ms of {len(slowest)} kinds of lists; not below 50: {over or 'none'}")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--quick", action="store_true", help="20,000 cases and 40 lives")
    arguments.add_argument("--cases", type=int, default=1_000_000)
    arguments.add_argument("--lives", type=int, default=600)
    arguments.add_argument("--only", choices=["life", "inbox"], default="")
    asked = arguments.parse_args()
    cases, number, times = (20_000, 40, 10) if asked.quick else (asked.cases, asked.lives, 40)
    begun = time.monotonic()
    with enter("cases") as var:
        _cases.province(people=2_000 if asked.quick else 6_000, cases=4_000 if asked.quick else 10_000)
        print(f"{time.monotonic() - begun:.0f} s to fill; {settings_of_the_database()}", flush=True)
        if asked.only != "inbox":
            lives(var, number)
        if asked.only != "life":
            inbox(cases, cases * 3 // 10, times)
    print(f"{time.monotonic() - begun:.0f} s in all")


if __name__ == "__main__":
    main()
