"""A file that speaks of records which stand already: corrected as a set, they are to the last byte what they become one
by one, and nobody's change or rule is passed over."""

import random
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from tinhso.kernel.actor import Actor
from tinhso.registers import queries, services
from tinhso.registers.services import imports, loading, plain

from .conftest import SYSTEM, Apply, rows, seated
from .test_imports import imported

TREES = """\
register: trees
name: {vi: Cây, en: Trees}
unit: commune
owner: {role: civil-status, level: commune}
fields:
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 20, class: open}
  - {name: commune, type: unit, label: {vi: Xã, en: Commune}}
  - {name: count, type: integer, label: {vi: Số cây, en: Count}, min: 0, max: 100}
  - {name: area, type: decimal, label: {vi: Diện tích, en: Area}, places: 2, optional: true}
  - {name: due, type: date, label: {vi: Hạn, en: Due}, future: true, optional: true}
  - {name: spot, type: geometry, label: {vi: Chỗ, en: Spot}, optional: true}
  - {name: phone, type: phone, label: {vi: Điện thoại, en: Phone}, optional: true}
  - name: kinds
    type: choice
    multiple: true
    optional: true
    label: {vi: Loại, en: Kinds}
    choices: [{value: fruit, label: {vi: Quả, en: Fruit}}, {value: wood, label: {vi: Gỗ, en: Wood}}]
unique: [[phone]]
key: [code]
checks:
  - name: roomy
    label: {vi: Mỗi cây cần ít nhất 2 m², en: Each tree needs 2 m² at least}
    must: area >= count * 2
"""
TODAY = timezone.localdate()
FIRST = ["code", "commune", "count", "area", "due", "kinds", "phone"]
FIELDS = [*FIRST, "spot"]


def sent(register: str, lines: list[list[str]], names: list[str], **more: Any) -> tuple[Any, ...]:
    """What an import of these lines says of itself."""
    mapping = {"spot.lat": "lat", "spot.lon": "lon"} if "lat" in names else {}
    mapping |= {name: name for name in names if name in FIRST}
    text = [";".join(line) for line in lines]
    found = imported(text, register=f"yard.{register}", head=";".join(names), mapping=mapping, **more)
    counts = (found.state, found.read, found.created, found.updated, found.unchanged, found.refused)
    return counts, [(f.row, f.field, f.text, f.why) for f in found.faults]


def left(register: str) -> tuple[Any, ...]:
    """What stands in the register, and every version of it."""
    columns = ", ".join(FIELDS)
    table = rows(
        f'SELECT revision, valid_from, valid_until, unit, unit_on, {columns} FROM reg."yard_{register}" ORDER BY code'
    )
    versions = rows(
        "SELECT v.revision, definition, change, values::text, valid::text, v.actor::text, why FROM record_version v"
        f' JOIN reg."yard_{register}" t ON t.id = v.record WHERE register = %s ORDER BY t.code, v.revision',
        (f"yard.{register}",),
    )
    periods = rows(
        f'SELECT t.code, p.revision, p.valid::text FROM reg."yard_{register}" t'
        " JOIN registers_period p ON p.record = t.id ORDER BY 1, 3"
    )
    return table, versions, periods


def line_of(number: int) -> list[str]:
    kinds, phone = ("fruit;wood", "wood", "")[number % 3], f"09{number:08d}" if number % 4 else ""
    return [f"C{number}", "13225", str(number % 20), "", "1/1/2190", f'"{kinds}"', phone]


def history(register: str) -> None:
    """Between two files: records end, change in time, go elsewhere, and what was allowed is so no more."""
    by_code = {one.values["code"]: one for one in queries.find(SYSTEM, f"yard.{register}", limit=100).records}

    def of(code: str) -> tuple[Any, ...]:
        return SYSTEM, f"yard.{register}", by_code[code].ref.id

    services.end(*of("C1"), on=TODAY, revision=1, why="x")
    services.update(*of("C2"), {"count": 3}, revision=1, why="x", valid_from=TODAY)
    services.update(*of("C3"), {"count": 5}, revision=1, why="x")
    services.end(*of("C4"), on=date(2190, 1, 1), revision=1, why="x")
    with connection.cursor() as cursor:
        cursor.execute(f"""UPDATE reg."yard_{register}" SET due = '2001-01-01' WHERE code IN ('C5', 'C6')""")
        cursor.execute(f"""UPDATE reg."yard_{register}" SET unit = '12583' WHERE code IN ('C7', 'C8')""")


Pick = Callable[[list[str]], str]


def whole(n: int, pick: Pick) -> list[str]:
    code, commune, *_two, due, kinds, phone = line_of(n)
    return [code, commune, pick([str(n % 20), "21", "x"]), pick(["", "12,5", "200"]), due, kinds, phone]


def counts_alone(n: int, pick: Pick) -> list[str]:
    return [f"C{n}", pick([str(n % 20), "21", "", "101"])]


def places(n: int, pick: Pick) -> list[str]:
    return [f"C{n}", pick(["", "100", "100,00", "7"]), pick(["20,5", "", "95"]), "106,3", pick(["", "fruit"])]


def phones(n: int, pick: Pick) -> list[str]:
    return [f"C{n}", pick([f"09{n:08d}", f"098{n // 2:07d}", "", "09123"])]


SECOND: dict[str, tuple[list[str], Callable[[int, Pick], list[str]]]] = {
    "all": (FIRST, whole),
    "some": (["code", "count"], counts_alone),
    "more": (["code", "area", "lat", "lon", "kinds"], places),
    "phones": (["code", "phone"], phones),
}


@pytest.mark.django_db
@pytest.mark.usefixtures("province")
@pytest.mark.parametrize("how", SECOND)
@pytest.mark.parametrize("who", ["system", "keeper"])
@pytest.mark.parametrize("mode", ["good", "dry"])
def test_corrections_as_a_set_leave_what_corrections_one_by_one_leave(
    apply: Apply, monkeypatch: pytest.MonkeyPatch, how: str, who: str, mode: str
) -> None:
    apply(one=TREES.replace("register: trees", "register: one"), two=TREES.replace("register: trees", "register: two"))
    actor: Actor = SYSTEM if who == "system" else seated("13225", "civil-status")
    names, change = SECOND[how]
    outcomes = []
    for register, size, serves in (("one", 40, None), ("two", 11, False)):
        if serves is False:
            monkeypatch.setattr(plain.Plain, "serves", property(lambda self: False))
        monkeypatch.setattr(imports, "CHUNK", size)
        for n in (1, 2):
            old = {"code": f"C{n}", "commune": "13225", "count": n}
            services.create(SYSTEM, f"yard.{register}", old, valid_from=date(2025, 1, 1))
        first = sent(register, [line_of(n) for n in range(3, 30)], FIRST)
        history(register)
        picked = random.Random(how + who)
        lines = [change(n, picked.choice) for n in [*range(40), 5, 3]]
        told = [sent(register, lines, names, actor=actor, dry_run=mode == "dry") for _twice in range(2)]
        outcomes.append((first, told, left(register)))
    assert outcomes[0] == outcomes[1]
    (counts, faults), again = outcomes[0][1]
    assert counts[3] and faults  # there were corrections, and faults
    known = (*counts[:2], 0, 0, sum(counts[2:5]), counts[5])
    assert again == (known if mode == "good" else counts, faults)


@pytest.mark.django_db
@pytest.mark.usefixtures("province")
def test_a_thousand_corrections_and_as_many_known_rows_take_no_way_by_the_row(
    apply: Apply, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(trees=TREES)
    lines = [line_of(n) for n in range(2_000)]
    assert sent("trees", lines, FIRST)[0][2] == 2_000
    monkeypatch.setattr(loading.Loader, "_correct", None)  # the way of rows is shut
    for line in lines[::2]:
        line[2] = "77"
    assert sent("trees", lines, FIRST) == (("done", 2_000, 0, 1_000, 1_000, 0), [])
    assert rows("""SELECT revision, count(*), min(count) FROM reg."yard_trees" GROUP BY 1 ORDER BY 1""") == [
        (1, 1_000, 1), (2, 1_000, 77),
    ]  # fmt: skip
    assert sent("trees", lines, FIRST) == (("done", 2_000, 0, 0, 2_000, 0), [])


@pytest.mark.django_db
@pytest.mark.usefixtures("province")
@pytest.mark.parametrize("dry_run", [False, True])
def test_rows_that_only_the_database_refuses_are_named_and_the_others_still_go_as_a_set(
    apply: Apply, monkeypatch: pytest.MonkeyPatch, dry_run: bool
) -> None:
    apply(trees=TREES)
    one_by_one: list[int] = []
    cells_read = loading.Cells.read
    monkeypatch.setattr(loading.Cells, "read", lambda self, row: one_by_one.append(row.number) or cells_read(self, row))
    lines = [line_of(n) for n in range(300)]
    for n in (7, 133, 250):
        lines[n][2:4] = ["19", "12"]  # 19 trees on 12 m²
    lines[200][6] = lines[201][6]  # two of one telephone number
    counts, faults = sent("trees", lines, FIRST, dry_run=dry_run)
    assert counts == ("done", 300, 296, 0, 0, 4)
    assert [(row, field) for row, field, _text, _why in faults] == [
        (9, "area"), (9, "count"), (135, "area"), (135, "count"), (203, ""), (252, "area"), (252, "count"),
    ]  # fmt: skip
    assert sorted(one_by_one) == [9, 135, 202, 203, 252]


@pytest.mark.django_db
@pytest.mark.usefixtures("province")
def test_a_record_that_somebody_changes_between_the_look_and_the_lock_is_not_overwritten_unseen(
    apply: Apply, monkeypatch: pytest.MonkeyPatch
) -> None:
    apply(trees=TREES)
    sent("trees", [line_of(n) for n in range(4)], FIRST)
    elsewhere = plain.Standing._elsewhere

    def meanwhile(self: Any) -> set[int]:
        one = next(r for r in queries.find(SYSTEM, "yard.trees").records if r.values["code"] == "C2")
        services.update(SYSTEM, "yard.trees", one.ref.id, {"area": Decimal(300)}, revision=1, why="x")
        return elsewhere(self)

    monkeypatch.setattr(plain.Standing, "_elsewhere", meanwhile)
    assert sent("trees", [["C1", "50"], ["C2", "51"]], ["code", "count"]) == (("done", 2, 0, 2, 0, 0), [])
    assert rows("""SELECT code, revision, count, area FROM reg."yard_trees" WHERE count >= 50 ORDER BY 1""") == [
        ("C1", 2, 50, None), ("C2", 3, 51, 300),
    ]  # fmt: skip
