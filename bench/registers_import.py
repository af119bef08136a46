"""How fast a CSV becomes records with everything on (reading, checks, natural keys, versions, audit, event), beside a
plain COPY of the same rows into an identical table with its constraints and indexes, in one run on one connection.

    python bench/registers_import.py [--quick]

Makes a database of its own beside DATABASE_URL's, with a register of ten fields.
"""

import argparse
import resource
import time
from datetime import date
from pathlib import Path
from typing import Any

from _platform import enter, settings_of_the_database

ROWS, QUICK = 200_000, 5_000
DAY = date(2025, 9, 1)
REGISTER = "yard.plots"
PACK = "pack: yard\nversion: 0.1.0\nname: {vi: Sân thử, en: Yard}\nsummary: {vi: Để đo, en: To measure}\n"
PLOTS = """\
register: plots
name: {vi: Thửa đất, en: Plots}
unit: commune
fields:
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 30, class: open}
  - {name: commune, type: unit, label: {vi: Xã, en: Commune}}
  - {name: sheet, type: integer, label: {vi: Tờ, en: Sheet}, min: 1, max: 9999}
  - {name: area, type: decimal, label: {vi: Diện tích, en: Area}, places: 1}
  - {name: since, type: date, label: {vi: Từ ngày, en: Since}, past: true}
  - {name: price, type: money, label: {vi: Giá, en: Price}, optional: true}
  - {name: paid, type: boolean, label: {vi: Đã nộp, en: Paid}, optional: true}
  - {name: owner, type: text, label: {vi: Chủ, en: Owner}, max: 100, class: personal, optional: true}
  - {name: site, type: text, label: {vi: Xứ đồng, en: Field}, max: 100, optional: true}
  - name: soil
    type: choice
    label: {vi: Đất, en: Soil}
    choices: [{value: sand, label: {vi: Cát, en: Sand}}, {value: clay, label: {vi: Sét, en: Clay}}]
key: [code]
search: {code: exact, since: exact}
"""
NAMES = ["code", "commune", "sheet", "area", "since", "price", "paid", "owner", "site", "soil"]


def values(number: int) -> list[Any]:
    area, day = f"{number % 900 + 1},5", f"{number % 28 + 1:02d}/{number % 12 + 1:02d}/2024"
    soil, place = "Cát" if number % 3 else "Sét", f"Xứ đồng số {number % 700}"
    return [f"T{number}", "13225", number % 99 + 1, area, day, number * 1000, "có", "Trần Thị Hòa", place, soil]


def prepare(var: Path, rows: int) -> Path:
    from django.core.management import call_command

    from tinhso.kernel import packs
    from tinhso.kernel.actor import system

    call_command("migrate", verbosity=0)
    call_command("territory", "load")
    folder = var / "yard"
    (folder / "registers").mkdir(parents=True)
    (folder / "pack.yaml").write_text(PACK)
    (folder / "registers" / "plots.yaml").write_text(PLOTS)
    packs.apply(system("bench"), packs.read([folder]))
    file = var / "plots.csv"
    with file.open("w") as out:
        out.write(";".join(NAMES) + "\n")
        out.writelines(";".join(map(str, values(number))) + "\n" for number in range(rows))
    return file


def copy_plain(rows: int) -> float:
    """Rows a second of a COPY by somebody who has the rows ready, as text that the columns take."""
    from django.db import connection, transaction

    from tinhso.kernel.ids import uuid7
    from tinhso.registers.shape import shape

    table = shape(REGISTER).table
    with connection.cursor() as cursor:
        cursor.execute(f"CREATE TABLE plain (LIKE {table} INCLUDING ALL)")
    ready = []
    for number in range(rows):
        code, unit, sheet, area, day, *rest, soil = values(number)
        iso = "-".join(reversed(day.split("/")))
        kept = [
            code,
            unit,
            sheet,
            area.replace(",", "."),
            iso,
            rest[0],
            True,
            *rest[2:],
            "sand" if soil == "Cát" else "clay",
        ]
        ready.append([uuid7(), 1, DAY, unit, DAY, *kept])
    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor:
        head = f"COPY plain (id, revision, valid_from, unit, unit_on, {', '.join(NAMES)}) FROM STDIN"
        with cursor.copy(head) as copy:
            for row in ready:
                copy.write_row(row)
    return rows / (time.perf_counter() - begun)


def imported(file: Path) -> tuple[float, Any]:
    """Rows a second of the import, and how it ended."""
    from tinhso.kernel.actor import system
    from tinhso.registers import queries, services
    from tinhso.registers.services import imports

    actor = system("bench")
    begun = time.perf_counter()
    with file.open("rb") as stream:
        kept = services.keep_file(actor, file.name, iter(lambda: stream.read(1 << 20), b""))
    id = services.begin_import(
        actor, REGISTER, kept.id, table="", mapping={n: n for n in NAMES}, mode="good", dry_run=False
    )
    imports.run(id)
    seconds = time.perf_counter() - begun
    found = queries.import_state(actor, id)
    return found.read / seconds, found


def run(file: Path, rows: int) -> None:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    loaded, found = imported(file)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    plain = copy_plain(rows)
    if found.created != rows:
        raise SystemExit(f"only {found.created} of {rows} rows were created: {found.faults[:3]} {found.why}")
    print(f"{f'plain COPY, {rows:,} rows':32} {plain:10,.0f} rows/s", flush=True)
    print(f"{'import, all new':32} {loaded:10,.0f} rows/s   {loaded / plain:6.1%} of the COPY", flush=True)
    again, _found = imported(file)
    print(f"{'import again, all unchanged':32} {again:10,.0f} rows/s   {again / plain:6.1%} of the COPY")
    print(
        f"{'peak memory of the import':32} {peak / 1024:10,.0f} MiB"
        f"      {(peak - before) / 1024:+,.0f} MiB above the start"
    )


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help="a fortieth of the rows")
    rows = QUICK if arguments.parse_args().quick else ROWS
    with enter("import") as var:
        file = prepare(var, rows)
        print(settings_of_the_database())
        run(file, rows)


if __name__ == "__main__":
    main()
