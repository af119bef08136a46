"""How long the database takes for a page of a large register: the first, filtered and sorted, deep, a commune's.

    python bench/registers_read.py [--quick]

Makes a database of its own beside DATABASE_URL's with 1,000,000 rows of `demo.gardens` (--quick: 20,000) over the
communes of today, and asks each page many times, from different places. A time is that of the query alone, with the
rows fetched; beside it a look-up by primary key of as many rows, which is the least that such a page can cost.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from typing import Any
from uuid import UUID

from _platform import enter, settings_of_the_database

REGISTER = "demo.gardens"
ROWS, QUICK = 1_000_000, 20_000
TIMES = 60
PAGE = 50


def fill(rows: int) -> list[str]:
    """Rows straight into the table; a tenth has no area. Returns the communes they lie in."""
    from django.core.management import call_command
    from django.db import connection

    from tinhso.registers.shape import shape
    from tinhso.territory import queries as territory

    call_command("migrate", verbosity=0)
    call_command("territory", "load")
    call_command("pack", "apply", "demo")
    communes = sorted(unit.code for unit in territory.descendants("33") if unit.is_commune)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {shape(REGISTER).table} (id, revision, valid_from, unit, unit_on, code, title, commune,"
            " opened_on, beds, area, soil)"
            " SELECT ('01990000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1, '2025-08-01', c, '2025-08-01',"
            " 'V' || n, 'Vườn rau số ' || n, c, DATE '2015-01-01' + n % 3650, 1 + n % 100,"
            " CASE WHEN n % 10 > 0 THEN n % 5000 END, (ARRAY['alluvial', 'sandy', 'saline'])[1 + n % 3]"
            f" FROM (SELECT n, (ARRAY{communes})[1 + n % {len(communes)}] AS c FROM generate_series(1, {rows}) n) made"
        )
        cursor.execute(f"ANALYZE {shape(REGISTER).table}")
    return communes


def timed(once: Callable[[int], Any]) -> tuple[float, float]:
    """Median and 95th percentile in ms of what the database took."""
    from django.db import connection

    taken: list[float] = []

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        begun = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            if 'FROM reg."' in sql:
                taken.append(1_000 * (time.perf_counter() - begun))

    with connection.execute_wrapper(watch):
        for number in range(-5, TIMES):
            if number == 0:
                taken.clear()
            once(number)
    return statistics.median(taken), statistics.quantiles(taken, n=20)[-1]


def run(rows: int, communes: list[str]) -> None:
    from django.db import connection

    from tinhso.kernel.actor import Actor, system
    from tinhso.registers import queries
    from tinhso.registers.queries.reading import encode
    from tinhso.registers.shape import shape

    actor, table = system("bench"), shape(REGISTER).table
    officers = [
        Actor(account=UUID(int=1), post=UUID(int=2), agency=UUID(int=3), unit=code, assurance=2,
              permissions=frozenset({"registers.see"}))
        for code in communes
    ]  # fmt: skip

    def number(turn: int) -> int:
        return 1 + turn * 7_919 % rows

    def id_of(n: int) -> str:
        return str(UUID(f"01990000-0000-7000-8000-{n:012x}"))

    def find(who: Any = actor, **asked: Any) -> None:
        queries.find(who, REGISTER, limit=PAGE, **asked)

    def by_key(turn: int) -> None:
        with connection.cursor() as cursor:
            ids = [id_of(1 + (number(turn) + k) % rows) for k in range(PAGE + 1)]
            cursor.execute(f"SELECT * FROM {table} t WHERE id = ANY(%s::uuid[])", [ids])
            cursor.fetchall()

    def deep(order: str) -> Callable[[int], None]:
        return lambda turn: find(order=order, after=encode([_day(number(turn)), id_of(number(turn))]))

    def commune(turn: int) -> Any:
        return officers[turn % len(officers)]

    pages: dict[str, Callable[[int], None]] = {
        "by primary key": by_key,
        "first page": lambda turn: find(),
        "filter and sort": lambda turn: find(
            where={"opened_on__ge": _day(number(turn)), "soil": "sandy"}, order="opened_on"
        ),
        "deep page": lambda turn: find(after=encode([id_of(number(turn))] * 2)),
        "deep, sorted": deep("opened_on"),
        "deep, falling": deep("-opened_on"),
        "commune's page": lambda turn: find(commune(turn)),
        "commune's, deep": lambda turn: find(commune(turn), after=encode([id_of(number(turn))] * 2)),
    }
    print(f"{rows:,} rows, pages of {PAGE}; ms in the database")
    print(f"{'':18} {'p50':>9} {'p95':>9}   {'ratio to by primary key':>24}")
    least = 0.0
    for name, once in pages.items():
        median, late = timed(once)
        least = least or median
        print(f"{name:18} {median:9.2f} {late:9.2f}   {median / least:24.1f}")


def _day(n: int) -> str:
    from datetime import date, timedelta

    return (date(2015, 1, 1) + timedelta(days=n % 3650)).isoformat()


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="20,000 rows")
    rows = QUICK if arguments.parse_args().quick else ROWS
    begun = time.monotonic()
    with enter("registers_read"):
        communes = fill(rows)
        print(f"{time.monotonic() - begun:.0f} s to fill; {settings_of_the_database()}")
        run(rows, communes)


if __name__ == "__main__":
    main()
