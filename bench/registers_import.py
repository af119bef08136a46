"""How fast files become records with everything on (reading, checks, natural keys, versions, audit, event), beside a
plain COPY of the same rows into an identical table with its constraints and indexes, all in one run.

    python bench/registers_import.py [--quick] [--rows N]

Makes a database of its own beside DATABASE_URL's, with registers of twelve fields. The COPY has its rows ready as text;
it is measured before and after the imports, and what it took on average is the measure. Each import runs in a fresh
process, whose highest memory is that of the import; it has no worker beside it. Of the file with faults one row in a
hundred is wrong, in one of five ways, and the file of errors must have exactly those.
"""

import argparse
import csv
import io
import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from _platform import enter, settings_of_the_database

ROWS, QUICK = 1_000_000, 4_000
SHEET = 10
"""Of a workbook only a part of the rows is read: it takes tens of seconds where a CSV takes seconds."""
DAY = date(2025, 9, 1)
PACK = "pack: yard\nversion: 0.1.0\nname: {vi: Sân thử, en: Yard}\nsummary: {vi: Để đo, en: To measure}\n"
PLOTS = """\
register: REGISTER
name: {vi: Thửa đất, en: Plots}
unit: commune
fields:
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 30, class: open}
  - {name: commune, type: unit, label: {vi: Xã, en: Commune}}
  - {name: sheet, type: integer, label: {vi: Tờ, en: Sheet}, min: 1, max: 9999}
  - {name: number, type: integer, label: {vi: Thửa, en: Number}, min: 1, max: 9999}
  - {name: area, type: decimal, label: {vi: Diện tích, en: Area}, places: 1, min: 0}
  - {name: since, type: date, label: {vi: Từ ngày, en: Since}, past: true}
  - {name: price, type: money, label: {vi: Giá, en: Price}, optional: true}
  - {name: paid, type: boolean, label: {vi: Đã nộp, en: Paid}, optional: true}
  - {name: owner, type: text, label: {vi: Chủ, en: Owner}, max: 100, class: personal, optional: true}
  - {name: site, type: text, label: {vi: Xứ đồng, en: Field}, max: 100, optional: true}
  - name: soil
    type: choice
    label: {vi: Đất, en: Soil}
    choices: [{value: sand, label: {vi: Cát, en: Sand}}, {value: clay, label: {vi: Sét, en: Clay}}]
  - {name: remark, type: text, label: {vi: Ghi chú, en: Remark}, max: 200, optional: true}
key: [code]
search: {code: exact, since: exact}
"""
NAMES = [
    "code", "commune", "sheet", "number", "area", "since", "price", "paid", "owner", "site", "soil", "remark",
]  # fmt: skip
REGISTERS = ("plots", "flawed", "sheets")
FAMILIES = ("Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ", "Hồ", "Ngô")
MIDDLES = ("Văn", "Thị", "Hữu", "Đức", "Ngọc", "Minh", "Xuân", "Quang")
GIVEN = (
    "An",
    "Bình",
    "Chi",
    "Dũng",
    "Giang",
    "Hà",
    "Hòa",
    "Hùng",
    "Lan",
    "Mai",
    "Nam",
    "Oanh",
    "Quý",
    "Sơn",
    "Thảo",
    "Yến",
)
UNITS = ("13225", "12583", "12817")


def values(number: int) -> list[Any]:
    """The cells of a row as a spreadsheet has them."""
    names = (FAMILIES[number % 12], MIDDLES[number // 12 % 8], GIVEN[number // 96 % 16])
    return [
        f"T{number:07d}", UNITS[number % 3], number % 99 + 1, number % 997 + 1, number % 9_000 / 10 + 1.5,
        date(1990 + number % 34, number % 12 + 1, number % 28 + 1), number % 50_000 * 1_000, number % 5 > 0,
        " ".join(names), f"Xứ đồng số {number % 700}", "Cát" if number % 3 else "Sét", f"Giáp mương, mốc {number}",
    ]  # fmt: skip


def written(cells: list[Any]) -> list[str]:
    """The cells as a Vietnamese CSV has them."""
    code, unit, sheet, number, area, since, price, paid, *rest = cells
    day = f"{since.day:02d}/{since.month:02d}/{since.year}"
    return [
        code, unit, str(sheet), str(number), f"{area:.1f}".replace(".", ","), day, str(price),
        "có" if paid else "không", *rest,
    ]  # fmt: skip


def changed(number: int) -> list[str]:
    """One row in ten has another owner."""
    cells = written(values(number))
    return [*cells[:8], "Bùi Thị Mới", *cells[9:]] if number % 10 == 0 else cells


def flawed(number: int) -> list[str]:
    """One row in a hundred is wrong."""
    cells = written(values(number))
    if number % 100 == 50:
        at, text = [(5, "30/02/2020"), (2, "mười"), (10, "Bùn"), (0, ""), (4, "-1")][number // 100 % 5]
        cells[at] = text
    return cells


def write_csv(file: Path, rows: Iterator[list[str]]) -> Path:
    with file.open("w", newline="") as out:
        csv.writer(out, delimiter=";").writerows(chain([NAMES], rows))
    return file


def write_xlsx(file: Path, rows: Iterator[list[Any]]) -> Path:
    import xlsxwriter

    with xlsxwriter.Workbook(str(file), {"constant_memory": True}) as book:
        sheet, day = book.add_worksheet(), book.add_format({"num_format": "dd/mm/yyyy"})
        for number, cells in enumerate(chain([NAMES], rows)):
            for column, cell in enumerate(cells):
                if isinstance(cell, date):
                    sheet.write_datetime(number, column, cell, day)
                else:
                    sheet.write(number, column, cell)
    return file


def write_text(file: Path, rows: int) -> Path:
    """The rows as COPY reads them."""
    from tinhso.kernel.ids import uuid7s

    with file.open("w") as out:
        for number, id in enumerate(uuid7s(rows)):
            cells = values(number)
            kept = [*map(str, cells[:7]), "t" if cells[7] else "f", *cells[8:10], "sand" if number % 3 else "clay"]
            out.write("\t".join([id, "1", str(DAY), cells[1], str(DAY), *kept, cells[11]]) + "\n")
    return file


def prepare(var: Path) -> None:
    from django.core.management import call_command

    from tinhso.kernel import packs
    from tinhso.kernel.actor import system

    call_command("migrate", verbosity=0)
    call_command("territory", "load")
    folder = var / "yard"
    (folder / "registers").mkdir(parents=True)
    (folder / "pack.yaml").write_text(PACK)
    for name in REGISTERS:
        (folder / "registers" / f"{name}.yaml").write_text(PLOTS.replace("REGISTER", name))
    packs.apply(system("bench"), packs.read([folder]))


def copy_plain(text: Path) -> float:
    """Seconds of a COPY of rows that are ready as text, into a table like a register's."""
    from django.db import connection, transaction

    from tinhso.registers.shape import shape

    with connection.cursor() as cursor:
        cursor.execute("DROP TABLE IF EXISTS plain")
        cursor.execute(f"CREATE TABLE plain (LIKE {shape('yard.plots').table} INCLUDING ALL)")
    begun = time.perf_counter()
    with transaction.atomic(), connection.cursor() as cursor, text.open("rb") as file:
        head = f"COPY plain (id, revision, valid_from, unit, unit_on, {', '.join(NAMES)}) FROM STDIN"
        with cursor.copy(head) as copy:
            while piece := file.read(1 << 17):
                copy.write(piece)
    return time.perf_counter() - begun


def held(what: str) -> float:
    """Mebibytes of this process: VmRSS now, VmHWM at most."""
    found = re.search(rf"{what}:\s+(\d+)", Path("/proc/self/status").read_text())
    assert found
    return int(found[1]) / 1024


def child(file: Path, register: str) -> None:
    """Import a file, and say what came of it and what it took."""
    import django

    django.setup()
    from tinhso.kernel.actor import system
    from tinhso.registers import queries, services
    from tinhso.registers.services import imports

    actor, before, begun = system("bench"), held("VmRSS"), time.perf_counter()
    with file.open("rb") as stream:
        kept = services.keep_file(actor, file.name, iter(lambda: stream.read(1 << 20), b""))
    id = services.begin_import(
        actor, register, kept.id, table="", mapping={n: n for n in NAMES}, mode="good", dry_run=False
    )
    imports.run(id)
    seconds, found = time.perf_counter() - begun, queries.import_state(actor, id)
    begun, errors = time.perf_counter(), 0
    if found.refused:
        pieces = io.StringIO("".join(piece.decode() for piece in queries.error_file(actor, id).parts))
        errors = sum(1 for _row in csv.reader(pieces)) - 1
    counts = {n: getattr(found, n) for n in ("read", "created", "updated", "unchanged", "refused")}
    print(
        json.dumps(
            counts | {"state": found.state, "why": found.why, "seconds": seconds, "errors": errors, "before": before,
                      "seconds_of_errors": time.perf_counter() - begun, "peak": held("VmHWM")}
        )
    )  # fmt: skip


def imported(file: Path, register: str, **expected: int) -> dict[str, Any]:
    """What `child` says, in a fresh process. Ends the benchmark where it is not what was expected."""
    done = subprocess.run(
        [sys.executable, __file__, "--child", str(file), f"yard.{register}"],
        capture_output=True,
        text=True,
        check=False,
    )
    found = json.loads(done.stdout.splitlines()[-1]) if done.returncode == 0 else {}
    wrong = {name: found.get(name) for name, count in expected.items() if found.get(name) != count}
    if wrong or found.get("state") != "done":
        raise SystemExit(f"{file.name}: {wrong or found} instead of {expected} {done.stderr[-2_000:]}")
    return found


def run(var: Path, rows: int) -> None:
    few, faults = max(1_000, rows // SHEET), sum(number % 100 == 50 for number in range(rows))
    text = write_text(var / "plots.copy", rows)
    first = write_csv(var / "plots.csv", (written(values(n)) for n in range(rows)))
    before = copy_plain(text)
    found = {"import, all new": imported(first, "plots", created=rows)}
    after = copy_plain(text)
    plain = 2 * rows / (before + after)
    print(
        f"{f'plain COPY, {rows:,} rows':34} {plain:9,.0f} rows/s"
        f"   (before {rows / before:,.0f}, after {rows / after:,.0f})"
    )
    report(found, plain)
    report({"import again, all unchanged": imported(first, "plots", unchanged=rows)}, plain)
    tenth = write_csv(var / "changed.csv", (changed(n) for n in range(rows)))
    report({"import again, one in ten changed": imported(tenth, "plots", updated=len(range(0, rows, 10)))}, plain)
    wrong = write_csv(var / "flawed.csv", (flawed(n) for n in range(rows)))
    told = imported(wrong, "flawed", created=rows - faults, refused=faults, errors=faults)
    report({"import, one in a hundred wrong": told}, plain)
    print(f"{'file of errors':34} {rows / told['seconds_of_errors']:9,.0f} rows/s   {faults:,} rows in it")
    book = write_xlsx(var / "plots.xlsx", map(values, range(few)))
    report({f"import of XLSX, {few:,} rows": imported(book, "sheets", created=few)}, plain)


def report(found: dict[str, dict[str, Any]], plain: float) -> None:
    for what, told in found.items():
        rate = told["read"] / told["seconds"]
        memory = f"peak memory {told['peak']:,.0f} MiB, {told['peak'] - told['before']:+,.0f} above the start"
        print(f"{what:34} {rate:9,.0f} rows/s   {rate / plain:6.1%} of the COPY   {memory}", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--quick", action="store_true", help=f"{QUICK:,} rows")
    arguments.add_argument("--rows", type=int, default=ROWS)
    arguments.add_argument("--child", nargs=2, metavar=("FILE", "REGISTER"), help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.child:
        child(Path(asked.child[0]), asked.child[1])
        return
    with enter("import") as var:
        prepare(var)
        print(settings_of_the_database(), flush=True)
        run(var, QUICK if asked.quick else asked.rows)


if __name__ == "__main__":
    main()
