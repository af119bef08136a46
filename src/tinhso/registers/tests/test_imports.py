"""A file becomes records: new ones, corrections of those that stand, and rows refused by number."""

import csv
import io
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.registers import queries, services
from tinhso.registers.contracts import ImportState
from tinhso.registers.files import open_source
from tinhso.registers.policy import ApprovalNeeded
from tinhso.registers.services import imports
from tinhso.territory import queries as territory

from .conftest import GARDENS, SYSTEM, Apply, rows, seated

HEAD = "Mã,Ngày trồng,Số cây,Người trông,Ghi chú"
MAPPING = {
    "code": "Mã",
    "planted_on": "Ngày trồng",
    "trees": "Số cây",
    "keeper": "Người trông",
    "remark": "Ghi chú",
}


def kept(lines: Iterable[str], *, head: str = HEAD, actor: Any = SYSTEM) -> UUID:
    text = "\n".join([head, *lines]) + "\n"
    return services.keep_file(actor, "vườn.csv", [text.encode()]).id


def table_of(file: UUID, actor: Any = SYSTEM) -> str:
    """The key of a file's only table."""
    return open_source(queries.file_path(actor, file), "vườn.csv").tables[0].key


def begun(lines: Iterable[str], *, actor: Any = SYSTEM, register: str = "yard.gardens", **more: Any) -> UUID:
    asked: dict[str, Any] = {"mapping": MAPPING, "mode": "good", "dry_run": False, "table": ""}
    head = more.pop("head", HEAD)
    return services.begin_import(actor, register, kept(lines, head=head, actor=actor), **asked | more)


def imported(lines: Iterable[str], **more: Any) -> ImportState:
    id = begun(lines, **more)
    imports.run(id)
    return queries.import_state(more.get("actor", SYSTEM), id)


def codes() -> list[str]:
    return [code for (code,) in rows('SELECT code FROM reg."yard_gardens" ORDER BY code')]


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "CHUNK", 3)


@pytest.fixture
def breaks(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], None]:
    """Let the power go in the middle of the n-th chunk, once its rows are written."""

    def at(number: int) -> None:
        load, seen = imports.Loader.load, [0]

        def broken(self: Any, chunk: Any, *, keep: bool) -> Any:
            seen[0] += 1
            told = load(self, chunk, keep=keep)
            if seen[0] == number:
                raise KeyboardInterrupt
            return told

        monkeypatch.setattr(imports.Loader, "load", broken)

    return at


@pytest.mark.usefixtures("gardens")
def test_good_rows_are_written_and_the_others_named_by_row_field_and_reason() -> None:
    found = imported(
        ["V1,1/7/2025,12,An,", "V2,31/02/2025,5,,", ",2/7/2025,5,,", "V4,2025-07-02,mười,,", "V5,3/7/2025,,,x"]
    )
    assert (found.state, found.read, found.created, found.refused) == ("done", 5, 2, 3)
    assert codes() == ["V1", "V5"]
    assert [(f.row, f.field, f.text) for f in found.faults] == [
        (3, "planted_on", "31/02/2025"),
        (4, "code", ""),
        (5, "trees", "mười"),
    ]
    assert all(f.why for f in found.faults)


@pytest.mark.usefixtures("gardens")
def test_a_file_sent_again_changes_nothing_and_one_row_corrected_makes_one_version() -> None:
    lines = ["V1,1/7/2025,12,An,kín", "V2,2/7/2025,5,,"]
    imported(lines)
    again = imported(lines)
    assert (again.created, again.updated, again.unchanged) == (0, 0, 2)
    changed = imported([lines[0].replace("12", "13"), lines[1]])
    assert (changed.created, changed.updated, changed.unchanged) == (0, 1, 1)
    (row,) = [one for one in queries.find(SYSTEM, "yard.gardens").records if one.values["code"] == "V1"]
    versions = queries.history(SYSTEM, "yard.gardens", row.ref.id)
    assert [(v.change, v.values["trees"], v.values["remark"]) for v in versions] == [
        ("update", 13, "kín"),
        ("create", 12, "kín"),
    ]


@pytest.mark.usefixtures("gardens")
def test_fields_that_the_file_does_not_have_keep_what_the_record_says() -> None:
    imported(["V1,1/7/2025,12,An,kín"])
    found = imported(["V1,20"], head="Mã,Số cây", mapping={"code": "Mã", "trees": "Số cây"})
    assert found.updated == 1
    (row,) = queries.find(SYSTEM, "yard.gardens").records
    values = queries.get(SYSTEM, "yard.gardens", row.ref.id).values
    assert (values["trees"], values["keeper"], values["remark"]) == (20, "An", "kín")


@pytest.mark.usefixtures("gardens", "small")
def test_a_key_twice_in_the_file_names_the_row_of_the_first() -> None:
    lines = ["V1,1/7/2025,1,,", "V2,1/7/2025,1,,", "V1,1/7/2025,2,,", "V3,1/7/2025,1,,", "V2,1/7/2025,9,,"]
    found = imported(lines)
    assert (found.created, found.updated, found.refused) == (3, 0, 2)
    assert [(f.row, "2" in f.why, "3" in f.why) for f in found.faults] == [(4, True, False), (6, False, True)]


@pytest.mark.usefixtures("gardens", "small")
@pytest.mark.parametrize("mode", ["good", "all"])
def test_a_dry_run_says_what_would_come_of_it_and_writes_nothing(mode: str) -> None:
    lines = [*(f"V{n},1/7/2025,{n},," for n in range(7)), "V0,1/7/2025,3,,", "V9,nay,1,,"]
    found = imported(lines, mode=mode, dry_run=True)
    assert (found.state, found.read, found.created, found.refused) == ("done", 9, 7, 2)
    assert codes() == [] and rows("SELECT count(*) FROM record_version WHERE register = 'yard.gardens'") == [(0,)]
    assert rows("SELECT count(*) FROM kernel_event WHERE name = 'record.loaded'") == [(0,)]


@pytest.mark.usefixtures("gardens", "small")
def test_all_or_nothing_writes_nothing_for_one_row_and_all_when_it_is_mended() -> None:
    lines = [f"V{n},1/7/2025,{n},," for n in range(8)]
    found = imported([*lines, "V9,nay,1,,"], mode="all")
    assert (found.state, found.refused, bool(found.why)) == ("failed", 1, True)
    assert codes() == []
    found = imported([*lines, "V9,1/7/2025,1,,"], mode="all")
    assert (found.state, found.created, found.refused, found.total) == ("done", 9, 0, 9)
    assert len(codes()) == 9


@pytest.mark.usefixtures("gardens", "small")
@pytest.mark.parametrize("at", [1, 2, 3])
def test_an_import_cut_off_in_a_chunk_goes_on_there_no_row_twice_and_none_lost(
    at: int, breaks: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    id = begun([*(f"V{n},1/7/2025,{n},," for n in range(7)), "V1,1/7/2025,1,,"])
    with monkeypatch.context():
        breaks(at)
        with pytest.raises(KeyboardInterrupt):
            imports.run(id)
    cut = queries.import_state(SYSTEM, id)
    assert (cut.state, cut.read, len(codes())) == ("running", 3 * (at - 1), 3 * (at - 1))
    monkeypatch.undo()
    monkeypatch.setattr(imports, "CHUNK", 2)
    imports.run(id)
    found = queries.import_state(SYSTEM, id)
    assert (found.state, found.read, found.created, found.refused) == ("done", 8, 7, 1)
    assert codes() == [f"V{n}" for n in range(7)]
    assert rows("SELECT count(*) FROM record_version WHERE register = 'yard.gardens'") == [(7,)]
    assert rows("SELECT count(*) FROM kernel_event WHERE name = 'record.loaded'") == [(1,)]


@pytest.mark.usefixtures("gardens", "small")
def test_all_or_nothing_cut_off_while_it_writes_rolls_back_wholly_and_is_done_again(
    breaks: Callable[[int], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    id = begun([f"V{n},1/7/2025,{n},," for n in range(7)], mode="all")
    breaks(5)  # three chunks are tried, the second of those written breaks
    with pytest.raises(KeyboardInterrupt):
        imports.run(id)
    assert codes() == []
    monkeypatch.undo()
    imports.run(id)
    found = queries.import_state(SYSTEM, id)
    assert (found.state, found.created, found.read) == ("done", 7, 7)
    assert len(codes()) == 7


@pytest.mark.usefixtures("gardens", "small")
def test_the_file_of_errors_has_the_refused_rows_to_be_corrected_and_sent_again() -> None:
    found = imported(["V1,1/7/2025,1,,", "V2,nay,2,=A1,mật", "V3,1/7/2025,3,,", "V4,1/7/2025,nhiều,,"])
    text = b"".join(queries.error_file(SYSTEM, found.id).parts).decode("utf-8-sig")
    table = list(csv.reader(io.StringIO(text)))
    assert [row[:5] for row in table] == [
        HEAD.split(","),
        ["V2", "nay", "2", "'=A1", "mật"],
        ["V4", "1/7/2025", "nhiều", "", ""],
    ]
    assert [row[5] for row in table[1:]] == ["3", "5"] and all(row[6] for row in table[1:])
    mended = services.keep_file(SYSTEM, "loi.csv", [text.replace("nay", "1/7/2025").replace("nhiều", "4").encode()])
    id = services.begin_import(SYSTEM, "yard.gardens", mended.id, table="", mapping=MAPPING, mode="all", dry_run=False)
    imports.run(id)
    assert codes() == ["V1", "V2", "V3", "V4"]
    assert rows('SELECT keeper FROM reg."yard_gardens" WHERE code = %s', ("V2",)) == [("=A1",)]


@pytest.mark.usefixtures("gardens")
def test_what_a_sensitive_cell_says_is_in_no_fault() -> None:
    found = imported([f"V1,1/7/2025,1,,{'x' * 501}"])
    assert [(f.field, f.text) for f in found.faults] == [("remark", "")]
    assert rows("SELECT count(*) FROM registers_importfault f WHERE f::text LIKE '%%xxx%%'") == [(0,)]


@pytest.mark.usefixtures("gardens")
def test_one_row_of_audit_and_one_event_speak_of_an_import() -> None:
    found = imported([f"V{n},1/7/2025,{n},," for n in range(5)])
    told = rows("SELECT data->>'created', data->>'import' FROM kernel_audit WHERE action = 'record.import'")
    assert told == [("5", str(found.id))]
    assert rows("SELECT data->>'count' FROM kernel_event WHERE name = 'record.loaded'") == [("5",)]
    assert rows("SELECT count(*) FROM kernel_event WHERE name LIKE 'record.%%'") == [(1,)]


@pytest.mark.usefixtures("gardens", "small")
def test_a_stopped_import_keeps_its_good_rows_and_goes_no_further(monkeypatch: pytest.MonkeyPatch) -> None:
    id = begun([f"V{n},1/7/2025,{n},," for n in range(9)])
    chunks = imports._chunks

    def stopping(*asked: Any) -> Any:
        for number, chunk in enumerate(chunks(*asked)):
            if number == 1:
                services.stop_import(SYSTEM, id)
            yield chunk

    monkeypatch.setattr(imports, "_chunks", stopping)
    imports.run(id)
    found = queries.import_state(SYSTEM, id)
    assert (found.state, found.is_over, found.created, len(codes())) == ("stopped", True, 3, 3)
    with pytest.raises(Conflict):
        services.stop_import(SYSTEM, id)


@pytest.mark.usefixtures("gardens", "province")
def test_a_keeper_imports_into_the_own_place_and_rows_of_another_are_refused(apply: Apply) -> None:
    places = GARDENS.replace("key: [code]", "key: [code]\nunit: commune").replace(
        "fields:\n", "fields:\n  - {name: commune, type: unit, label: {vi: Xã, en: Commune}}\n"
    )
    apply(gardens=places)
    keeper, reader = seated("13225", "civil-status"), seated("13225", "chair")
    mapping = {"code": "Mã", "planted_on": "Ngày", "commune": "Xã"}
    head = "Mã,Ngày,Xã"
    lines = [
        "V1,1/7/2025,13225",
        f"V2,1/7/2025,{territory.unit('13225').name}",
        "V3,1/7/2025,12583",
        "V4,1/7/2025,Xã Không Có",
    ]
    found = imported(lines, actor=keeper, mapping=mapping, head=head)
    assert (found.created, [(f.row, f.field) for f in found.faults]) == (2, [(4, "commune"), (5, "commune")])
    assert rows('SELECT DISTINCT unit FROM reg."yard_gardens"') == [("13225",)]
    with pytest.raises(Forbidden):
        begun(lines, actor=reader, mapping=mapping, head=head)
    with pytest.raises(Forbidden):
        queries.import_state(reader, found.id)
    other = seated("12583", "civil-status")
    with pytest.raises(NotFound):
        services.begin_import(
            other,
            "yard.gardens",
            kept(lines, head=head, actor=keeper),
            table="",
            mapping=mapping,
            mode="good",
            dry_run=True,
        )


@pytest.mark.django_db
def test_a_register_that_wants_approval_takes_no_rows_past_its_approver(apply: Apply, province: None) -> None:
    apply(gardens=GARDENS + "approve: chair\n")
    with pytest.raises(ApprovalNeeded):
        begun(["V1,1/7/2025,1,,"], actor=seated("13225", "civil-status"))


@pytest.mark.django_db
def test_references_are_found_by_natural_key_and_checks_of_the_database_name_their_rows(apply: Apply) -> None:
    trees = """\
register: trees
name: {vi: Cây, en: Trees}
fields:
  - {name: number, type: integer, label: {vi: Số, en: Number}}
  - {name: garden, type: reference, to: yard.gardens, label: {vi: Vườn, en: Garden}}
unique: [[garden]]
"""
    apply(gardens=GARDENS, trees=trees)
    imported(["V1,1/7/2025,1,,", "V2,1/7/2025,1,,"])
    mapping = {"number": "Số", "garden": "Vườn"}
    found = imported(["1,V2", "2,V3", "3,V1"], register="yard.trees", mapping=mapping, head="Số,Vườn")
    assert (found.created, [(f.row, f.field, f.text) for f in found.faults]) == (2, [(3, "garden", "V3")])
    told = rows(
        'SELECT t.number, g.code FROM reg."yard_trees" t JOIN reg."yard_gardens" g ON g.id = t.garden ORDER BY 1'
    )
    assert told == [(1, "V2"), (3, "V1")]


@pytest.mark.usefixtures("gardens")
def test_a_file_or_a_mapping_that_will_not_do_is_refused_in_words_before_anything_runs(
    settings: Any, tmp_path: Path
) -> None:
    with pytest.raises(Invalid) as caught:
        begun(["V1,1"], mapping={"trees": "Số cây", "nothing": "Mã", "keeper": "Ai"})
    assert set(caught.value.errors) == {"code", "planted_on", "nothing", "keeper"}
    settings.IMPORT_ROOT, settings.MAX_IMPORT_BYTES = tmp_path / "imports", 10
    for content in ([b"a" * 6, b"b" * 5], []):
        with pytest.raises(Invalid) as caught:
            services.keep_file(SYSTEM, "to.csv", content)
        assert "file" in caught.value.errors
    assert list((tmp_path / "imports").iterdir()) == []


@pytest.mark.usefixtures("gardens")
def test_imports_of_a_register_are_listed_newest_first_a_page_at_a_time() -> None:
    made = [begun([f"V{n},1/7/2025,{n},,"]) for n in range(3)]
    first = queries.imports_of(SYSTEM, "yard.gardens", limit=2)
    assert [one.id for one in first] == [made[2], made[1]]
    assert [one.id for one in queries.imports_of(SYSTEM, "yard.gardens", after=str(first[-1].id))] == [made[0]]
