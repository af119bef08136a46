"""Rows written by PostgreSQL as a set are, to the last byte, those that are written one by one."""

import random
from typing import Any

import pytest
from django.db import connection

from tinhso.kernel.ids import uuid7
from tinhso.registers import queries
from tinhso.registers.services import imports, plain

from .conftest import SYSTEM, Apply, rows
from .test_imports import imported

PLOTS = """\
register: plots
name: {vi: Thửa, en: Plots}
unit: commune
fields:
  - {name: sheet, type: integer, label: {vi: Tờ, en: Sheet}, min: 1, max: 999}
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 20, class: open}
  - {name: commune, type: unit, label: {vi: Xã, en: Commune}, optional: true}
  - {name: since, type: date, label: {vi: Từ ngày, en: Since}, past: true, optional: true}
  - {name: area, type: decimal, label: {vi: Diện tích, en: Area}, places: 2, optional: true}
  - {name: price, type: money, label: {vi: Giá, en: Price}, optional: true}
  - {name: paid, type: boolean, label: {vi: Đã nộp, en: Paid}, optional: true}
  - name: soil
    type: choice
    label: {vi: Đất, en: Soil}
    optional: true
    choices:
      - {value: sand, label: {vi: Cát 100%, en: Sand}}
      - {value: clay, label: {vi: Sét, en: Clay}}
  - {name: phone, type: phone, label: {vi: Điện thoại, en: Phone}, optional: true}
key: [sheet, code]
"""
HEAD = "Tờ,Mã,Xã,Từ ngày,Diện tích,Giá,Đã nộp,Đất,Điện thoại"
NAMES = ["sheet", "code", "commune", "since", "area", "price", "paid", "soil", "phone"]
MAPPING = dict(zip(NAMES, HEAD.split(","), strict=True))
CHOICES: list[list[str]] = [
    ["1", "2", "3", "1000", ""],
    ["A", "B", "Ấp 5", " C ", "'=D"],
    ["13225", "12583", "", "Xã Không Có"],
    ["1/7/2025", "2024-02-29", "30/02/2024", ""],
    ['"12,50"', "12", '"1.000,5"', "x", ""],
    ["1000000", "1.500.000", ""],
    ["có", "Không", "x", ""],
    ["Cát 100%", "clay", "Bùn", ""],
    ["0912345678", "", "", ""],
]


def some(count: int, seed: int) -> list[str]:
    picked = random.Random(seed)
    return [",".join(picked.choice(values) for values in CHOICES) for _n in range(count)]


def outcome(apply: Apply, name: str, lines: list[str], **more: Any) -> Any:
    apply(**{"plots": PLOTS, name: PLOTS.replace("register: plots", f"register: {name}")})
    found = imported(lines, register=f"yard.{name}", mapping=MAPPING, head=HEAD, **more)
    state = (found.state, found.read, found.created, found.updated, found.unchanged, found.refused)
    faults = [(f.row, f.field, f.text, f.why) for f in found.faults]
    table = rows(
        f'SELECT revision, valid_from, unit, unit_on, {", ".join(NAMES)} FROM reg."yard_{name}" ORDER BY sheet, code'
    )
    versions = rows(
        f"SELECT revision, definition, change, values::text, valid::text, actor::text, why FROM record_version"
        f" WHERE register = 'yard.{name}' ORDER BY values->>'sheet', values->>'code', revision"
    )
    return state, faults, table, versions


@pytest.mark.django_db
@pytest.mark.usefixtures("province")
@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("mode", ["good", "all"])
def test_the_way_of_sets_leaves_what_the_way_of_rows_leaves(
    apply: Apply, monkeypatch: pytest.MonkeyPatch, seed: int, mode: str
) -> None:
    monkeypatch.setattr(imports, "CHUNK", 17)
    lines = some(60, seed)
    sets = outcome(apply, "one", lines, mode=mode)
    monkeypatch.setattr(plain.Plain, "serves", property(lambda self: False))
    assert sets == outcome(apply, "two", lines, mode=mode)
    assert mode == "all" or sets[2]


@pytest.mark.django_db
@pytest.mark.usefixtures("province")
def test_plain_new_rows_go_as_a_set_with_ids_in_the_order_of_the_file(
    apply: Apply, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(plots=PLOTS)
    monkeypatch.setattr("tinhso.registers.services.loading.Loader._new", None)  # the way of rows is shut
    lines = [f'{n % 900 + 1},P{n},13225,1/7/2025,"12,5",1000000,có,Sét,' for n in range(9_000)]
    found = imported(lines, register="yard.plots", mapping=MAPPING, head=HEAD)
    assert (found.created, found.refused) == (9_000, 0)
    ids = [id for (id,) in rows('SELECT id FROM reg."yard_plots" ORDER BY id')]
    codes = [code for (code,) in rows('SELECT code FROM reg."yard_plots" ORDER BY id')]
    assert codes == [f"P{n}" for n in range(9_000)]
    assert all(id.version == 7 and id.variant == uuid7().variant for id in ids[::500])
    (one,) = queries.find(SYSTEM, "yard.plots", where={"sheet": 5}, limit=1).records
    assert one.unit == "13225"


@pytest.mark.django_db
@pytest.mark.usefixtures("province")
def test_a_set_in_which_the_database_refuses_a_row_goes_row_by_row(apply: Apply) -> None:
    apply(plots=PLOTS)
    lines = [f"{n + 1},P{n},13225,,,,,," for n in range(6)]
    with connection.cursor() as cursor:
        cursor.execute("""ALTER TABLE reg."yard_plots" ADD CHECK (code <> 'P3')""")
    found = imported(lines, register="yard.plots", mapping=MAPPING, head=HEAD)
    assert (found.created, [f.row for f in found.faults]) == (5, [5])
