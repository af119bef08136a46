"""How fast a register leaves as a file, and in how much memory: each format beside a plain COPY TO of the same columns
of the same rows, in one run.

    python bench/registers_export.py [--quick] [--rows N]

Makes a database of its own beside DATABASE_URL's, with the register `demo.gardens` of packs/demo. Each export has a
process of its own; its peak memory is all that the process ever held, the platform's own 210 MiB with it, beside that
of an export of a tenth of the rows.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

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


def timed(parts: Callable[[], Iterator[bytes]]) -> tuple[float, int]:
    """(seconds, bytes)."""
    begun = time.perf_counter()
    size = sum(map(len, parts()))
    return time.perf_counter() - begun, size


def plain() -> Iterator[bytes]:
    from django.db import connection

    from tinhso.registers.shape import shape

    of = shape(REGISTER)
    names = ["id", "unit", "valid_from", "valid_until", *(f'"{f.name}"' for f in of.stored)]
    query = f"COPY (SELECT {', '.join(names)} FROM {of.table} t ORDER BY id) TO STDOUT WITH (FORMAT csv)"
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for block in copy:
            yield bytes(block)


def export(ends: str, rows: int) -> None:
    """One export of the first `rows` records, alone in this process: prints seconds, bytes, and what the process held
    at most, in mebibytes."""
    import django

    django.setup()

    from tinhso.kernel.actor import system
    from tinhso.registers import services

    def parts(rows: int) -> Iterator[bytes]:
        where = {"budget": ("le", rows * 1_000)}
        return services.export(system("bench"), REGISTER, ends, where=where, purpose="bench").parts

    timed(lambda: parts(1))  # what is loaded once
    seconds, size = timed(lambda: parts(rows))
    print(seconds, size, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


def alone(ends: str, rows: int) -> tuple[float, int, float]:
    """The same in a process of its own."""
    command = [sys.executable, __file__, "--alone", ends, "--rows", str(rows)]
    said = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout
    seconds, size, peak = said.split()[-3:]
    return float(seconds), int(size), float(peak)


def run(rows: int) -> None:
    from tinhso.registers.exports import FORMATS

    timed(plain)  # the rows are then in memory for all alike
    seconds, size = timed(plain)
    base = rows / seconds
    print(f"{'plain COPY TO':14} {base:10,.0f} rows/s {size / 1e6:8,.1f} MB   {rows:,} rows")
    for ends in FORMATS:
        part = rows // SLOW.get(ends, 1)
        few = alone(ends, part // 10)[2]
        seconds, size, peak = alone(ends, part)
        rate = part / seconds
        print(
            f"{ends:14} {rate:10,.0f} rows/s {size / 1e6:8,.1f} MB   {part:,} rows, {rate / base:6.1%} of the COPY;"
            f" peak memory {peak:,.0f} MiB, of a tenth of the rows {few:,.0f} MiB"
        )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help=f"{QUICK:,} rows")
    arguments.add_argument("--rows", type=int, default=ROWS)
    arguments.add_argument("--alone", help="one export in this process, of a database that is there")
    asked = arguments.parse_args()
    if asked.alone:
        export(asked.alone, asked.rows)
        return
    rows = QUICK if asked.quick else asked.rows
    with enter("export"):
        prepare(rows)
        print(settings_of_the_database())
        run(rows)


if __name__ == "__main__":
    main()
