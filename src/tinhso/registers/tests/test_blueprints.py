"""A register made in the browser from a spreadsheet: what the file proposes, what is decided, what is published."""

from dataclasses import replace
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid, NotFound

from .. import queries, services
from .conftest import rows, seated

pytestmark = pytest.mark.usefixtures("province")
HEAD = ["STT", "Mã vùng", "Tên vùng", "Xã, phường", "Ngày cấp", "Diện tích (ha)", "Vĩ độ", "Kinh độ", "Loại cây"]
LINES: list[list[Any]] = [
    [1, "VT-001", "Vùng lúa Nam", "Xã Vũ Quý", "05/03/2025", "12,5", 20.4025, 106.3769, "Lúa"],
    [2, "VT-002", "Vùng rau Đông", "Xã Đông Hưng", "2025-03-06", "3,25", 20.5596, 106.3566, "Rau"],
    [3, "VT-003", "Vùng lúa Bắc", "Xã Không Có", "07.03.2025", "8", 20.6498, 106.3389, "Lúa"],
    [4, "VT-004", "Vùng chuối", "Xã Tiền Hải", "31/02/2025", "1,5", 20.4192, 106.502, "Chuối"],
    *([n, f"VT-{n:03}", f"Vùng {n}", "Xã Vũ Thư", "8/3/2025", "2", 20.43, 106.28, "Rau"] for n in range(5, 40)),
]


def workbook(lines: list[list[Any]] = LINES) -> bytes:
    found = BytesIO()
    book = xlsxwriter.Workbook(found)
    sheet = book.add_worksheet("Vùng trồng")
    sheet.merge_range(0, 0, 0, len(HEAD) - 1, "DANH SÁCH VÙNG TRỒNG")
    for at, row in enumerate([HEAD, *lines], 2):
        sheet.write_row(at, 0, row)
    book.close()
    return found.getvalue()


@pytest.fixture
def keeper(settings: Any, tmp_path: Path) -> Actor:
    settings.IMPORT_ROOT = tmp_path
    return seated("33", "agriculture", level="province")


def begun(actor: Actor) -> Any:
    kept = services.keep_file(actor, "vung-trong.xlsx", [workbook()])
    return services.begin_blueprint(actor, kept)


def test_a_file_proposes_fields_key_place_and_map(keeper: Actor) -> None:
    found = queries.blueprint(keeper, begun(keeper))
    types = {c.header: c.type for c in found.plan.columns if c.take}
    assert types["Ngày cấp"] == "date"
    assert types["Xã, phường"] == "unit"
    assert types["Diện tích (ha)"] == "decimal"
    assert types["Loại cây"] == "choice"
    assert [c.header for c in found.plan.columns if c.key] == ["Mã vùng"]
    assert found.plan.first("geometry") == "location"
    columns, _notes = queries.held(keeper, found.id)
    unfit = {c.header: [one.row for one in held.unfit] for c, held in zip(found.plan.columns, columns, strict=True)}
    assert (unfit["Xã, phường"], unfit["Ngày cấp"]) == ([6], [7])


def test_what_is_wrong_with_key_and_place_is_named_before_anything_is_made(keeper: Actor) -> None:
    lines = [list(line) for line in LINES * 2]
    for number, line in enumerate(lines):
        line[1] = f"VT-{number:03}"
    lines[60][1], lines[61][1], lines[62][6], lines[63][7] = "VT-007", None, 204.3, ""
    kept = services.keep_file(keeper, "vung-trong.xlsx", [workbook(lines)])
    id = services.begin_blueprint(keeper, kept)
    plan = queries.blueprint(keeper, id).plan
    assert [c.header for c in plan.columns if c.key] == ["Mã vùng"]
    columns, _notes = queries.held(keeper, id)
    unfit = {c.header: held.unfit for c, held in zip(plan.columns, columns, strict=True)}
    assert [(one.row, one.why) for one in unfit["Mã vùng"]] == [
        (64, "Trùng khóa với dòng 11 của tệp"),
        (65, "Để trống, mà mục này nhận diện bản ghi"),
    ]
    assert [(one.row, one.why.partition(" nằm")[0]) for one in unfit["Vĩ độ"]] == [
        (66, "Vĩ độ 204.3"),
        (67, "Kinh độ để trống"),
    ]


def test_what_is_published_is_a_register_and_the_good_rows_come_in(keeper: Actor) -> None:
    id = begun(keeper)
    proposal = services.propose_register(keeper, id)
    assert proposal.faults == []
    register = services.publish_register(keeper, id, proposal.digest)
    assert services.publish_register(keeper, id, proposal.digest) == register
    found = queries.blueprint(keeper, id)
    assert found.imported
    from ..services.imports import run

    run(found.imported)
    state = queries.import_state(keeper, found.imported)
    assert (state.state, state.created, state.refused) == ("done", 37, 2)
    assert sorted({one.row for one in state.faults}) == [6, 7]
    table = queries.definition(register).table
    assert rows(f"SELECT count(*), count(location) FROM {table}") == [(37, 37)]
    assert rows(f"SELECT round(ST_X(location)::numeric, 2)::text FROM {table} WHERE ma_vung = 'VT-001'") == [
        ("106.38",)
    ]


def test_what_is_not_decided_is_named_by_its_control(keeper: Actor) -> None:
    id = begun(keeper)
    plan = queries.blueprint(keeper, id).plan
    columns = tuple(replace(c, label_vi="") if c.header == "Tên vùng" else c for c in plan.columns)
    services.save_blueprint(keeper, id, replace(plan, name_vi="", columns=columns))
    with pytest.raises(Invalid) as refused:
        services.propose_register(keeper, id)
    number = next(n for n, c in enumerate(columns) if c.header == "Tên vùng")
    assert set(refused.value.errors) == {"name_vi", f"c{number}.label_vi"}


def test_a_column_that_becomes_a_choice_gets_its_values_as_a_list(keeper: Actor) -> None:
    id = begun(keeper)
    plan = queries.blueprint(keeper, id).plan
    columns = tuple(
        replace(c, type="choice", options={}) if c.header in {"Loại cây", "Tên vùng"} else c for c in plan.columns
    )
    services.save_blueprint(keeper, id, replace(plan, columns=columns))
    found = {c.header: c.options for c in queries.blueprint(keeper, id).plan.columns}
    assert [one["label"]["vi"] for one in found["Loại cây"]["choices"]] == ["Lúa", "Rau", "Chuối"]
    assert len(found["Tên vùng"]["choices"]) == 39


def test_nobody_else_sees_or_makes_it(keeper: Actor) -> None:
    id = begun(keeper)
    other = seated("33", "environment", level="province")
    with pytest.raises(NotFound):
        queries.blueprint(other, id)
    with pytest.raises(Forbidden):
        services.begin_blueprint(seated("13141", "one-stop"))
