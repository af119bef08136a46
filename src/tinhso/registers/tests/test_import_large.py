"""Files larger than a chunk, with what large files have: faults here and there, numbers to be given, records to be
found, sealed values. What they cost does not grow with them."""

import csv
import io
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tinhso.registers import queries, services
from tinhso.registers.services import imports

from .conftest import GARDENS, SYSTEM, Apply, rows
from .test_imports import HEAD, MAPPING, imported

OPEN = GARDENS.replace("class: sensitive, ", "")
LETTERS = """\
register: letters
name: {vi: Sổ công văn, en: Letters}
fields:
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 20}
  - {name: written_on, type: date, label: {vi: Ngày, en: Date}}
  - {name: pages, type: integer, label: {vi: Số trang, en: Pages}, optional: true}
  - {name: number, type: text, label: {vi: Số, en: Number}, optional: true}
key: [code]
numbering: {field: number, date: written_on, format: "{n}/CV-{year}"}
checks:
  - {name: some, label: {vi: Phải có trang, en: It has pages}, must: pages > 0}
"""


def line_of(number: int) -> str:
    """Of a hundred rows one is wrong, in one of four ways."""
    code, day, trees = f"V{number:06d}", f"{number % 28 + 1}/{number % 12 + 1}/2024", str(number % 9_000)
    if number % 100 == 50:
        code, day, trees = [("", day, trees), (code, "31/02/2024", trees), (code, day, "mười"), (code, day, "10001")][
            number // 100 % 4
        ]
    return f"{code},{day},{trees},Trần Thị {number % 40},ghi chú {number}"


@pytest.mark.django_db
@pytest.mark.parametrize("mode", ["good", "all"])
def test_of_a_file_with_a_fault_in_a_hundred_rows_each_is_named_and_each_other_written(
    apply: Apply, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    monkeypatch.setattr(imports, "CHUNK", 700)
    apply(gardens=OPEN)
    found = imported([line_of(n) for n in range(5_000)], mode=mode)
    wrong = list(range(50, 5_000, 100))
    assert (found.read, found.refused) == (5_000, len(wrong))
    fields = ("code", "planted_on", "trees", "trees")
    assert [(f.row, f.field) for f in found.faults] == [(n + 2, fields[n // 100 % 4]) for n in wrong]
    errors = list(csv.reader(io.StringIO(b"".join(queries.error_file(SYSTEM, found.id).parts).decode("utf-8-sig"))))
    assert [row[:5] for row in errors[1:]] == [line_of(n).split(",") for n in wrong]
    assert [int(row[5]) for row in errors[1:]] == [n + 2 for n in wrong] and all(row[6] for row in errors[1:])
    written = [code for (code,) in rows('SELECT code FROM reg."yard_gardens" ORDER BY 1')]
    assert written == ([f"V{n:06d}" for n in range(5_000) if n % 100 != 50] if mode == "good" else [])
    assert rows("SELECT count(*) FROM record_version WHERE register = 'yard.gardens'") == [(len(written),)]
    assert rows("SELECT count(*) FROM registers_importkey") == [(0,)]


@pytest.mark.django_db
def test_numbers_are_given_in_the_order_of_the_file_and_a_refused_row_leaves_no_gap(apply: Apply) -> None:
    apply(letters=LETTERS)
    lines = [f"L{n},1/{n % 3 + 1}/202{n % 2 + 4},{0 if n in (5, 40, 41) else 3}" for n in range(80)]
    mapping = {"code": "Mã", "written_on": "Ngày", "pages": "Trang"}
    found = imported(lines, register="yard.letters", mapping=mapping, head="Mã,Ngày,Trang")
    assert (found.created, [f.row for f in found.faults]) == (77, [7, 42, 43])
    good = [n for n in range(80) if n not in (5, 40, 41)]
    numbers = dict(rows('SELECT code, number FROM reg."yard_letters"'))
    for year, those in ((2024, [n for n in good if n % 2 == 0]), (2025, [n for n in good if n % 2])):
        assert [numbers[f"L{n}"] for n in those] == [f"{at}/CV-{year}" for at in range(1, len(those) + 1)]
    more = imported(["L80,1/1/2024,3"], register="yard.letters", mapping=mapping, head="Mã,Ngày,Trang")
    assert more.created == 1 and rows("SELECT number FROM reg.\"yard_letters\" WHERE code = 'L80'") == [("40/CV-2024",)]


@pytest.mark.django_db
def test_what_hundreds_of_rows_name_and_seal_is_asked_for_in_a_few_questions(apply: Apply) -> None:
    trees = """\
register: trees
name: {vi: Cây, en: Trees}
fields:
  - {name: number, type: integer, label: {vi: Số, en: Number}}
  - {name: garden, type: reference, to: yard.gardens, label: {vi: Vườn, en: Garden}}
key: [number]
"""
    apply(gardens=GARDENS, trees=trees)
    gardens = [f"V{n},1/7/2025,1,,mật {n}" for n in range(300)]
    imported(gardens)
    with CaptureQueriesContext(
        connection,
    ) as asked:
        found = imported([f"{n},V{n % 300}" for n in range(900)] + ["900,V999"], register="yard.trees",
                         mapping={"number": "Số", "garden": "Vườn"}, head="Số,Vườn")  # fmt: skip
    assert (found.created, [(f.row, f.field, f.text) for f in found.faults]) == (900, [(902, "garden", "V999")])
    assert len(asked) < 100
    with CaptureQueriesContext(connection) as asked:
        again = imported([*gardens[:-1], gardens[-1].replace("mật 299", "mật khác")])
    assert (again.updated, again.unchanged) == (1, 299)
    assert len(asked) < 100


@pytest.mark.django_db
def test_the_memory_of_an_import_is_that_of_two_chunks(apply: Apply, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "CHUNK", 500)
    apply(gardens=OPEN)

    def peak(count: int, first: int) -> int:
        lines: Iterator[str] = (line_of(n) + "\n" for n in range(first, first + count))
        kept = services.keep_file(SYSTEM, "to.csv", [(HEAD + "\n").encode(), *(line.encode() for line in lines)])
        id = services.begin_import(
            SYSTEM, "yard.gardens", kept.id, table="", mapping=MAPPING, mode="good", dry_run=False
        )
        tracemalloc.start()
        imports.run(id)
        _now, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(500, 900_000)  # what is cached once
    small, large = peak(3_000, 0), peak(15_000, 100_000)
    assert large - small < 1_500_000, (small, large)  # twelve thousand rows more, of some 500 bytes in memory each


@pytest.mark.slow
def test_two_hundred_thousand_rows_pass_through_a_fresh_process_in_less_than_300_mb() -> None:
    root = Path(__file__).resolve().parents[4]
    done = subprocess.run(
        [sys.executable, "bench/registers_import.py", "--rows", "200000"],
        cwd=root, env=os.environ | {"PYTHONPATH": str(root / "src")}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    peaks = [int(line.partition("peak memory ")[2].split()[0]) for line in done.stdout.splitlines() if "peak" in line]
    assert len(peaks) == 5 and max(peaks) < 300, done.stdout
