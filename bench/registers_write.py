# ruff: noqa: E402  Django is set up before its models are imported
"""How fast records are written with everything on (checks, version, audit, event), against a hand-written INSERT of
the same row, and by COPY against a plain COPY of the same rows; all in one run, on one connection, in this database.

    python bench/registers_write.py [seconds per measure, default 3]
"""

import os
import sys
import time
from collections.abc import Callable
from datetime import date

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tinhso.project.settings.embedded")
import django

django.setup()

from django.db import connection, transaction

from tinhso.kernel.actor import system
from tinhso.kernel.ids import uuid7
from tinhso.registers import services
from tinhso.registers.contracts import NewRecord
from tinhso.registers.shape import shape
from tinhso.territory.services import load_facts

ACTOR = system("bench")
REGISTER = "demo.gardens"
DAY = date(2025, 9, 1)


def values(number: int, run: str) -> dict:
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


def insert(number: int) -> None:
    """What a hand-written view would do: one row, one transaction, no history."""
    row = values(number, f"{RUN}i")
    names = ", ".join(row)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {OF.table} (id, revision, valid_from, unit, unit_on, {names})"
            f" VALUES (%s, 1, %s, '13225', %s, {', '.join(['%s'] * len(row))})",
            [uuid7(), DAY, DAY, *row.values()],
        )


def create(number: int) -> None:
    services.create(ACTOR, REGISTER, values(number, f"{RUN}s"), valid_from=DAY)


def copy_plain(rows: int) -> float:
    names = list(values(0, ""))
    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        head = f"COPY {OF.table} (id, revision, valid_from, unit, unit_on, {', '.join(names)}) FROM STDIN"
        with cursor.copy(head) as copy:
            for number in range(rows):
                copy.write_row([uuid7(), 1, DAY, "13225", DAY, *values(number, f"{RUN}c").values()])
    return rows / (time.perf_counter() - begun)


def copy_many(rows: int) -> float:
    begun = time.perf_counter()
    services.create_many(
        ACTOR, REGISTER, (NewRecord(values(n, f"{RUN}m"), DAY, unit="13225") for n in range(rows)), why="bench"
    )
    return rows / (time.perf_counter() - begun)


RUN = f"b{int(time.time())}-"
OF = shape(REGISTER)
load_facts(ACTOR)
seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 3.0
try:
    plain, served = rate(seconds, insert), rate(seconds, create)
    print(f"hand-written INSERT        {plain:10,.0f} rows/s")
    print(f"services.create            {served:10,.0f} rows/s   {100 * served / plain:5.1f} % of the INSERT")
    rows = int(5_000 * seconds)
    plain, loaded = copy_plain(rows), copy_many(rows)
    print(f"plain COPY, {rows:,} rows    {plain:10,.0f} rows/s")
    print(f"services.create_many       {loaded:10,.0f} rows/s   {100 * loaded / plain:5.1f} % of the COPY")
finally:
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {OF.table} WHERE code LIKE %s", [f"{RUN}%"])
