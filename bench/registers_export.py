"""How fast a register leaves as a file, and in how much memory: each format beside a plain COPY TO of the same columns
of the same rows, all in one process and one run.

    python bench/registers_export.py [--quick] [--rows N]

Makes a database of its own beside DATABASE_URL's, with the register `demo.gardens` of packs/demo. The memory is the
highest that the process held above what it had before, the libraries of a format among it.
"""

import argparse
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from _platform import enter, settings_of_the_database

REGISTER = "demo.gardens"
ROWS, QUICK = 1_000_000, 20_000
SLOW = {"xlsx": 10}
"""Of which formats only a part of the rows is written: they take seconds where others take tenths."""


def prepare(rows: int) -> None:
    from django.core.management import call_command
    from django.db import connection

    from tinhso.registers.shape import shape

    call_command("migrate", verbosity=0)
    call_command("territory", "load")
    call_command("pack", "apply", "demo")
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO {shape(REGISTER).table} (id, revision, valid_from, unit, unit_on, code, title, commune,"
            " opened_on, beds, area, budget, checked_at, irrigated, soil, crops, location)"
            " SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1, '2025-09-01', '13225',"
            " '2025-09-01', 'V-' || n, 'Vườn rau số ' || n, '13225', DATE '2025-09-01' - n %% 1000, n %% 100 + 1,"
            " n %% 10000 / 10.0, n * 1000, now(), n %% 2 = 0, 'alluvial', '{vegetable}',"
            " ST_SetSRID(ST_MakePoint(106 + n %% 1000 / 1000.0, 20 + n %% 997 / 1000.0), 4326)"
            " FROM generate_series(1, %s) n",
            [rows],
        )
        cursor.execute(f"VACUUM ANALYZE {shape(REGISTER).table}")


def held(what: str) -> float:
    """Mebibytes of this process: VmRSS now, VmHWM at most since `forget`."""
    found = re.search(rf"{what}:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) / 1024


def measured(parts: Callable[[], Iterator[bytes]]) -> tuple[float, int, float]:
    """(seconds, bytes, mebibytes above what was held before)."""
    Path("/proc/self/clear_refs").write_text("5")
    before, begun = held("VmRSS"), time.perf_counter()
    size = sum(map(len, parts()))
    return time.perf_counter() - begun, size, held("VmHWM") - before


def run(rows: int) -> None:
    from django.db import connection

    from tinhso.kernel.actor import system
    from tinhso.registers import services
    from tinhso.registers.exports import FORMATS
    from tinhso.registers.shape import shape

    of, actor = shape(REGISTER), system("bench")
    names = ["id", "unit", "valid_from", "valid_until", *(f'"{f.name}"' for f in of.stored)]

    def plain() -> Iterator[bytes]:
        query = f"COPY (SELECT {', '.join(names)} FROM {of.table} t ORDER BY id) TO STDOUT WITH (FORMAT csv)"
        with connection.cursor() as cursor, cursor.copy(query) as copy:
            for block in copy:
                yield bytes(block)

    sum(map(len, plain()))  # the rows are then in memory for all alike
    seconds, size, memory = measured(plain)
    base = rows / seconds
    print(f"{'plain COPY TO':16} {base:10,.0f} rows/s {size / 1e6:8,.1f} MB {memory:6.0f} MiB   {rows:,} rows")
    for ends in FORMATS:
        part = rows // SLOW.get(ends, 1)
        where = {"budget": ("le", part * 1_000)} if part < rows else {}
        seconds, size, memory = measured(
            lambda ends=ends, where=where: services.export(actor, REGISTER, ends, where=where, purpose="bench").parts
        )
        rate = part / seconds
        print(
            f"{ends:16} {rate:10,.0f} rows/s {size / 1e6:8,.1f} MB {memory:6.0f} MiB   {part:,} rows,"
            f" {rate / base:6.1%} of the COPY"
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help=f"{QUICK:,} rows")
    arguments.add_argument("--rows", type=int, default=ROWS)
    asked = arguments.parse_args()
    rows = QUICK if asked.quick else asked.rows
    with enter("export"):
        prepare(rows)
        print(settings_of_the_database())
        run(rows)


if __name__ == "__main__":
    main()
