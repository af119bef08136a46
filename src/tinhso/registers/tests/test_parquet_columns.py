"""What crosses as text on its way into Parquet comes out as it was: nothing, empty texts and lists, quotes, lines."""

import duckdb
import pyarrow.parquet as pq
import pytest
import shapely
from django.db import connection

from tinhso.registers import services
from tinhso.registers.exports import parquet

from .conftest import SYSTEM

THINGS = """\
register: things
name: {vi: Đồ, en: Things}
fields:
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 20}
  - {name: said, type: text, label: {vi: Lời, en: Said}, max: 2000, lines: 9, optional: true}
  - name: kinds
    type: choice
    label: {vi: Loại, en: Kinds}
    multiple: true
    choices: [{value: a, label: {vi: A, en: A}}, {value: b-2, label: {vi: B, en: B}}]
    optional: true
  - {name: weight, type: decimal, label: {vi: Nặng, en: Weight}, places: 3, optional: true}
  - {name: seen_at, type: datetime, label: {vi: Lúc, en: At}, optional: true}
  - {name: there, type: geometry, label: {vi: Chỗ, en: Place}, shape: point, optional: true}
  - {name: fine, type: boolean, label: {vi: Tốt, en: Fine}, optional: true}
"""
SAID = ['a "quoted", word', "hai\ndòng", "", None, "'đơn' \\N \\", " trắng ", "t", "NULL", "1.0"]


@pytest.mark.parametrize("group", [40, parquet.GROUP], ids=["a row a group", "one group"])
def test_every_value_comes_out_as_it_went_in(db, apply, tmp_path, monkeypatch, group):
    apply(things=THINGS)
    monkeypatch.setattr(parquet, "GROUP", group)
    for number, said in enumerate(SAID):
        there = {"type": "Point", "coordinates": [106.5 + number / 8, 20.25]} if number % 3 else None
        kinds = (["a", "b-2"], ["a"], [], None)[number % 4]
        services.create(
            SYSTEM, "yard.things",
            {"code": str(number), "said": said or None, "kinds": kinds, "fine": (True, False, None)[number % 3],
             "there": there},
        )  # fmt: skip
    with connection.cursor() as cursor:  # an empty text and an empty list are no values of today, but of old rows
        cursor.execute("UPDATE reg.yard_things SET said = '' WHERE code = '2'")
        cursor.execute("UPDATE reg.yard_things SET kinds = '{}' WHERE code = '2'")
        moment = "1969-07-20 20:17:40.123456+00"
        cursor.execute("UPDATE reg.yard_things SET weight = 0.001, seen_at = %s WHERE code = '3'", [moment])
    file = tmp_path / "things.parquet"
    file.write_bytes(b"".join(services.export(SYSTEM, "yard.things", "parquet", order="code").parts))
    rows = duckdb.execute("SELECT said, kinds, fine FROM read_parquet(?) ORDER BY code", [str(file)]).fetchall()
    assert [row[0] for row in rows] == SAID
    assert [row[1] for row in rows] == [(["a", "b-2"], ["a"], [], None)[n % 4] for n in range(len(SAID))]
    assert [row[2] for row in rows] == [(True, False, None)[n % 3] for n in range(len(SAID))]
    [(weight, micros)] = duckdb.execute(
        "SELECT weight::text, epoch_us(seen_at) FROM read_parquet(?) WHERE code = '3'", [str(file)]
    ).fetchall()
    assert (weight, micros) == ("0.001", -14_182_939_876_544)
    places = pq.read_table(file).sort_by("code").column("there").to_pylist()
    assert [wkb and shapely.from_wkb(wkb).x for wkb in places] == [
        106.5 + n / 8 if n % 3 else None for n in range(len(SAID))
    ]
