"""How fast records are written with everything on (checks, version, audit, event), beside a hand-written INSERT of the
same row, and by COPY beside a plain COPY of the same rows; all in one run, on one connection.

    python bench/registers_write.py [--quick]

Makes a database of its own beside DATABASE_URL's, with the register `demo.gardens` of packs/demo.
"""

import argparse
import time
from collections.abc import Callable
from datetime import date
from typing import Any

from _platform import enter, settings_of_the_database

REGISTER = "demo.gardens"
DAY = date(2025, 9, 1)
SECONDS, QUICK = 3.0, 0.3
ROWS_A_SECOND = 5_000


def values(number: int, run: str) -> dict[str, Any]:
    return {
        "code": f"{run}{number}",
        "title": f"Vườn rau số {number}",
        "commune": "13225",
        "opened_on": DAY,
        "beds": number % 100 + 1,
        "budget": 1_000 * number,
        "irrigated": number % 2 == 0,
        "soil": "alluvial",
        "crops": ["vegetable"],
        "keeper_name": "Trần Thị Hòa",
        "phone": "+84912345678",
        "email": "hoa@example.vn",
    }


def rate(seconds: float, once: Callable[[int], None]) -> float:
    begun, count = time.perf_counter(), 0
    while time.perf_counter() - begun < seconds:
        once(count)
        count += 1
    return count / (time.perf_counter() - begun)


def prepare() -> None:
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    call_command("territory", "load")
    call_command("pack", "apply", "demo")


def run(seconds: float) -> None:
    from django.db import connection, transaction

    from tinhso.kernel.actor import system
    from tinhso.kernel.ids import uuid7
    from tinhso.registers import services
    from tinhso.registers.contracts import NewRecord
    from tinhso.registers.shape import shape

    table, actor = shape(REGISTER).table, system("bench")
    names = list(values(0, ""))

    def insert(number: int) -> None:
        """What a hand-written view would do: one row, one transaction, no history."""
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(
                f"INSERT INTO {table} (id, revision, valid_from, unit, unit_on, {', '.join(names)})"
                f" VALUES (%s, 1, %s, '13225', %s, {', '.join(['%s'] * len(names))})",
                [uuid7(), DAY, DAY, *values(number, "i").values()],
            )

    def create(number: int) -> None:
        services.create(actor, REGISTER, values(number, "s"), valid_from=DAY)

    def copy_plain(rows: int) -> float:
        begun = time.perf_counter()
        with transaction.atomic(), connection.cursor() as cursor:
            head = f"COPY {table} (id, revision, valid_from, unit, unit_on, {', '.join(names)}) FROM STDIN"
            with cursor.copy(head) as copy:
                for number in range(rows):
                    copy.write_row([uuid7(), 1, DAY, "13225", DAY, *values(number, "c").values()])
        return rows / (time.perf_counter() - begun)

    def copy_many(rows: int) -> float:
        begun = time.perf_counter()
        records = (NewRecord(values(number, "m"), DAY, unit="13225") for number in range(rows))
        services.create_many(actor, REGISTER, records, why="bench")
        return rows / (time.perf_counter() - begun)

    plain, served = rate(seconds, insert), rate(seconds, create)
    print(f"{'hand-written INSERT':28} {plain:10,.0f} rows/s")
    print(f"{'services.create':28} {served:10,.0f} rows/s   {served / plain:6.1%} of the INSERT")
    rows = int(ROWS_A_SECOND * seconds)
    plain, loaded = copy_plain(rows), copy_many(rows)
    print(f"{f'plain COPY, {rows:,} rows':28} {plain:10,.0f} rows/s")
    print(f"{'services.create_many':28} {loaded:10,.0f} rows/s   {loaded / plain:6.1%} of the COPY")


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="a tenth of the time")
    quick = arguments.parse_args().quick
    with enter("registers"):
        prepare()
        print(settings_of_the_database())
        run(QUICK if quick else SECONDS)


if __name__ == "__main__":
    main()
