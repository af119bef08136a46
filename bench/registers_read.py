"""How long the database takes for the pages of a large register: every view that it declares and every search that it
promises, first page and deep by keyset, for an officer of the province and for those of its communes; the counts beside
them; one record.

    python bench/registers_read.py [--quick] [--rows N]

Makes a database of its own beside DATABASE_URL's with 5,000,000 rows of the register in _works.py (--quick: 20,000),
and asks each page many times, from different places. A time is that of all the queries of a page on that register, rows
fetched; beside it a look-up by primary key of as many rows, which is the least that such a page can cost. `worst` shows
the plans of the three slowest. Then one record and a list of 20 over HTTP, by web server and worker as `make run`
starts them.
"""

import argparse
import itertools
import random
import statistics
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import _works
from _client import Answer, measure, request
from _platform import Running, enter, settings_of_the_database
from _works import REGISTER
from web import sign_in

ROWS, QUICK = 5_000_000, 20_000
TIMES = 60
PAGE = 50
ROUNDS, CONNECTIONS = 3, 8
Ask = Callable[[int], Any]
"""A page, asked for the n-th time."""


class Watch:
    """What the database takes for the register: milliseconds of each statement, and the statements themselves."""

    def __init__(self, table: str) -> None:
        self.table, self.taken, self.last = table, 0.0, ("", None)

    def __call__(self, execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            if self.table in sql:
                self.taken += 1_000 * (time.perf_counter() - begun)
                self.last = (sql, params) if "EXPLAIN" not in sql else self.last

    def time(self, once: Ask, times: int) -> tuple[float, float, list[tuple[float, Any]]]:
        """Median, 95th percentile, and each turn with its last statement."""
        from django.db import connection

        turns = []
        with connection.execute_wrapper(self):
            for number in range(-3, times):
                self.taken = 0.0
                once(number)
                if number >= 0:
                    turns.append((self.taken, self.last))
        found = [taken for taken, _last in turns]
        return statistics.median(found), statistics.quantiles(found, n=20)[-1], turns


def explained(statement: tuple[str, Any]) -> str:
    """The plan of the read, without the limit of its time that is sent before it."""
    from django.db import connection

    sql, params = statement
    _limit, _sep, read = sql.partition("; ")
    with connection.cursor() as cursor:
        cursor.execute("SET max_parallel_workers_per_gather = 0")
        cursor.execute(f"EXPLAIN (ANALYZE, BUFFERS, COSTS OFF) {read or sql}", params[1:] if read else params)
        return "\n".join(row[0] for row in cursor.fetchall())


class Pages:
    """The pages of a register, by its definition."""

    def __init__(self, rows: int) -> None:
        from tinhso.kernel.actor import Actor
        from tinhso.registers.shape import shape

        self.of, self.rows, self.dice = shape(REGISTER), rows, random.Random(3)
        seen = frozenset({"registers.see"})
        officers = [
            Actor(account=UUID(int=1), post=UUID(int=2), agency=UUID(int=3), unit=code, assurance=2, permissions=seen)
            for code in ["33", *_works.communes()]
        ]
        self.readers = {"province": officers[:1], "commune": officers[1:]}
        self.sample = self._sample()

    def _sample(self) -> list[Any]:
        """Rows of the register here and there, with all that they are asked by."""
        numbers = [self.dice.randrange(1, self.rows + 1) for _ in range(3 * TIMES)]
        filled = " AND ".join(f'"{name}" IS NOT NULL' for name in self.of.definition.search)
        found = self._select(f"t.id = ANY(%s::uuid[]) AND {filled}", [list(map(self.id_of, numbers))])
        return [self.of.row(row) for row in found[: TIMES + 3]]

    def _select(self, where: str, params: list[Any]) -> list[Any]:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute(f"SELECT {self.of.select} FROM {self.of.table} t WHERE {where}", params)
            return cursor.fetchall()

    @staticmethod
    def id_of(number: int) -> str:
        return str(UUID(f"01990000-0000-7000-8000-{number:012x}"))

    def find(self, readers: str, turn: int, **asked: Any) -> None:
        from tinhso.registers import queries

        who = self.readers[readers]
        queries.find(who[turn % len(who)], REGISTER, limit=PAGE, **asked)

    def all(self) -> Iterator[tuple[str, Ask]]:
        yield "by primary key", self.by_key
        yield "one record", self.one
        for readers in self.readers:
            yield from self.of_order(readers, "whole register", {}, "-id")
            for view in self.of.definition.views:
                order = view.order or self.of.newest_first
                yield from self.of_order(readers, f"view {view.name}", view.where, order)
            for name, how in self.of.definition.search.items():
                yield from self.of_search(readers, name, how)
            yield from self.lone(readers, "refers by owner", lambda row: {"where": {"owner": row.values["owner"]}})
            yield from self.lone(readers, "on the map", lambda row: {"where": {"site__near": _frame(row)}})
            yield f"{readers}: count of a view", self.counted(readers)
        yield from self.lone("province", "one commune", lambda row: {"where": {"place": row.unit}})

    def by_key(self, turn: int) -> None:
        self._select("id = ANY(%s::uuid[])", [[str(self.sample[k % len(self.sample)].id) for k in range(PAGE)]])

    def one(self, turn: int) -> None:
        from tinhso.registers import queries

        queries.get(self.readers["province"][0], REGISTER, self.sample[turn].id)

    def lone(self, readers: str, what: str, asked: Callable[[Any], dict[str, Any]]) -> Iterator[tuple[str, Ask]]:
        yield f"{readers}: {what}", lambda turn: self.find(readers, turn, **asked(self.sample[turn]))

    def of_order(self, readers: str, what: str, where: Any, order: str) -> Iterator[tuple[str, Ask]]:
        """The first page of a list, and pages deep in it, after rows that are in it."""
        yield f"{readers}: {what}", lambda turn: self.find(readers, turn, where=where, order=order)
        cursors = self.cursors(where, order)
        if cursors:
            yield (
                f"{readers}: {what}, deep",
                lambda turn: self.find(readers, turn, where=where, order=order, after=cursors[turn % len(cursors)]),
            )

    def cursors(self, where: Any, order: str) -> list[str]:
        from tinhso.registers import filters
        from tinhso.registers.queries.reading import encode

        classes = frozenset({"open", "internal"})
        parts, params = filters.conditions(self.of, where, "", classes)
        sort = filters.Order.read(self.of, order, classes)
        part = f"t.id IN (SELECT id FROM {self.of.table} TABLESAMPLE SYSTEM (%s) REPEATABLE (1)) AND " + " AND ".join(
            [*parts, "TRUE"]
        )
        found = [self.of.row(row) for row in self._select(part, [min(100.0, 100 * 20_000 / self.rows), *params])]
        self.dice.shuffle(found)
        return [encode([sort.value_of(self.of, row), str(row.id)]) for row in found[:TIMES]]

    def of_search(self, readers: str, name: str, how: str) -> Iterator[tuple[str, Ask]]:
        kind = self.of.fields[name].spec.type

        def text(row: Any) -> str:
            return str(row.values[name] or "")

        match how:
            case "exact":
                yield from self.lone(readers, f"{name} is", lambda row: {"where": {name: row.values[name]}})
                if kind in {"date", "integer"}:
                    since: dict[str, Any] = {"order": name}
                    yield from self.lone(
                        readers,
                        f"{name} since, sorted",
                        lambda row: since | {"where": {f"{name}__ge": row.values[name]}},
                    )
                    for order in (name, f"-{name}"):
                        yield from self.of_order(readers, f"by {order}", {}, order)
            case "prefix":
                yield from self.lone(
                    readers, f"{name} begins", lambda row: {"where": {f"{name}__prefix": text(row)[:6]}}
                )
            case "contains":
                yield from self.lone(
                    readers, f"{name} contains", lambda row: {"where": {f"{name}__contains": text(row)}}
                )
                yield from self.lone(
                    readers,
                    f"{name} contains a word",
                    lambda row: {"where": {f"{name}__contains": text(row).split()[-1]}},
                )
            case _:
                yield from self.lone(readers, "words of one", lambda row: {"search": text(row)})
                yield from self.lone(
                    readers,
                    "two words",
                    lambda row: {"search": " ".join(text(row).split()[-4:-2])},
                )
                yield from self.lone(readers, "a common word", lambda row: {"search": text(row).split()[2]})
                yield from self.lone(readers, "a word of all", lambda row: {"search": "thôn"})

    def counted(self, readers: str) -> Ask:
        from tinhso.registers import queries

        views, who = self.of.definition.views, self.readers[readers]
        return lambda turn: queries.count_estimate(who[turn % len(who)], REGISTER, where=views[turn % len(views)].where)


def _frame(row: Any) -> str:
    lon, lat = row.values["site"]["coordinates"]
    return f"{lon - 0.01},{lat - 0.01},{lon + 0.01},{lat + 0.01}"


def run(rows: int, times: int = TIMES, only: str = "") -> None:
    from tinhso.kernel.errors import Busy
    from tinhso.registers.shape import shape

    watch = Watch(shape(REGISTER).table)
    print(f"{rows:,} rows, pages of {PAGE}; ms in the database")
    print(f"{'':42} {'p50':>9} {'p95':>9}   {'ratio to by primary key':>24}")
    least, slowest, stopped = 0.0, [], []
    for name, once in Pages(rows).all():
        if only and only not in name and least:
            continue
        try:
            median, late, turns = watch.time(once, times)
        except Busy:
            stopped.append(name)
            print(f"{name:42} {'stopped: it took longer than a page may':>46}", flush=True)
            continue
        least = least or median
        print(f"{name:42} {median:9.2f} {late:9.2f}   {median / least:24.1f}", flush=True)
        taken = sorted(turns, key=lambda turn: turn[0])
        slowest.append((late, name, taken[int(len(taken) * 0.95)][1]))
    slowest.sort(key=lambda one: one[0], reverse=True)
    for late, name, statement in slowest[:3]:
        print(f"\nworst: {name}, {late:.1f} ms\n{explained(statement)}")
    print(f"\nworst p95 {slowest[0][0]:.1f} ms of {len(slowest)} kinds of pages; {len(stopped)} more were stopped")


def reader() -> dict[str, str]:
    """The cookies of an officer of the province who sees the register."""
    from tinhso.identity import queries as identity
    from tinhso.identity import services
    from tinhso.identity.models import Account
    from tinhso.kernel.actor import system

    services.load_agencies(system("bench"))
    agencies = identity.agencies(level="province", unit="33")
    post = next(post for agency in agencies for post in identity.posts(agency.id) if "analyst" in post.roles)
    account = services.open_demo_account(system("bench"), "reader", "Cán bộ tổng hợp")
    services.assign(system("bench"), account, post.id)
    return sign_in(Account.objects.get(pk=account))


def over_http(var: Path, rows: int, seconds: float) -> None:
    """One record, and a page of 20 filtered and sorted, beside an empty view on the same server, in turn."""
    cookies, dice = reader(), random.Random(4)
    head = f"/api/v1/registers/{REGISTER}/records"

    def records() -> Iterator[bytes]:
        while True:
            yield request(f"{head}/{Pages.id_of(dice.randrange(1, rows + 1))}", cookies=cookies)

    def lists() -> Iterator[bytes]:
        while True:
            since = dice.randrange(1_000)
            yield request(f"{head}?kind=farm&heads__ge={since}&order=heads&limit=20", cookies=cookies)

    targets = {
        "empty view": itertools.repeat(request("/health/live")),
        "one record": records(),
        "filtered list of 20": lists(),
    }
    rates: dict[str, list[float]] = {}
    with Running(var) as platform, platform.quiet():
        for turn, (name, requests) in itertools.product(range(ROUNDS + 1), targets.items()):
            found = measure(platform.port, requests, _is_ok, seconds=seconds, connections=CONNECTIONS)
            if turn:  # the first one warms
                rates.setdefault(name, []).append(found.rate)
    empty = statistics.median(rates["empty view"])
    print(f"\n{CONNECTIONS} connections, answers a second over HTTP")
    for name, found in rates.items():
        rate = statistics.median(found)
        print(f"{name:42} {rate:9,.0f}   {rate / empty:6.1%} of an empty view")


def _is_ok(answer: Answer) -> bool:
    return answer.status == 200


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help=f"{QUICK:,} rows, few turns")
    arguments.add_argument("--rows", type=int, default=ROWS)
    asked = arguments.parse_args()
    rows = QUICK if asked.quick else asked.rows
    begun = time.monotonic()
    with enter("registers_read") as var:
        _works.apply(var)
        _works.fill(rows)
        print(f"{time.monotonic() - begun:.0f} s to fill; {settings_of_the_database()}")
        run(rows, 10 if asked.quick else TIMES)
        over_http(var, rows, 0.5 if asked.quick else 4.0)


if __name__ == "__main__":
    main()
