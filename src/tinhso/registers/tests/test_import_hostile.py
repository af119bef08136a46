"""What comes with real files and with colleagues: one row in a hundred wrong, formulas, a form that changed meanwhile,
a button pressed twice, two officers with one key."""

import csv
import io
import json
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import xlsxwriter
from django.db import connection

from tinhso.kernel.errors import Conflict, Invalid
from tinhso.registers import queries, services
from tinhso.registers.services import imports

from .conftest import GARDENS, SYSTEM, Apply, rows
from .test_imports import HEAD, MAPPING, begun, imported

PLANTED = {
    "planted_on": ["31/2/2025", "hôm qua", ""],
    "trees": ["nhiều", "-1", "10001", "1.5"],
    "area": ["mười"],
    "code": ["", "M" * 30],
}


def of_a_hundred(count: int) -> tuple[list[list[str]], dict[int, str]]:
    """Rows of which one in a hundred has a fault, and for each faulty row of the file its field (a key that
    comes twice is a fault of the code)."""
    lines, faults = [], {}
    wrong = [(name, text) for name, texts in PLANTED.items() for text in texts]
    for n in range(count):
        line = {
            "code": f"V{n:05}",
            "planted_on": "1/7/2025",
            "trees": str(n % 100),
            "area": "1,5",
            "keeper": f"Ông {n}",
        }
        if n % 100 == 50:
            at = n // 100
            if at % 7 == 6:
                line["code"], faults[n + 2] = f"V{n - 40:05}", "code"
            else:
                name, text = wrong[at % len(wrong)]
                line[name], faults[n + 2] = text, name
        lines.append([line[name] for name in ("code", "planted_on", "trees", "area", "keeper")])
    return lines, faults


def as_text(lines: list[list[str]]) -> list[str]:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue().splitlines()


@pytest.mark.usefixtures("gardens")
def test_one_row_in_a_hundred_wrong_each_is_named_none_invented_and_the_corrected_file_completes_the_register(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imports, "CHUNK", 700)
    lines, faults = of_a_hundred(3_000)
    named = {"code": "Mã", "planted_on": "Ngày", "trees": "Cây", "area": "Diện tích", "keeper": "Ai"}
    found = imported(as_text(lines), head=",".join(named.values()), mapping=named)
    assert {fault.row: fault.field for fault in found.faults} == faults
    assert (found.read, found.created, found.refused) == (3_000, 2_970, 30)
    assert {fault.row: fault.field for fault in found.faults} == faults
    assert Counter(fault.row for fault in found.faults).most_common(1)[0][1] == 1
    text = b"".join(queries.error_file(SYSTEM, found.id).parts).decode("utf-8-sig")
    refused = list(csv.DictReader(io.StringIO(text)))
    assert [int(line["Dòng"]) for line in refused] == sorted(faults)
    again = [[f"M{n}", "1/7/2025", "5", "1,5", line["Ai"]] for n, line in enumerate(refused)]
    assert imported(as_text(again), head=",".join(named.values()), mapping=named).created == 30
    assert rows('SELECT count(*) FROM reg."yard_gardens"') == [(3_000,)]


@pytest.mark.usefixtures("gardens")
def test_a_form_that_a_colleague_changed_before_the_worker_came_loses_no_column_unsaid(apply: Apply) -> None:
    id = begun(["V1,1/7/2025,12,,"])
    apply(gardens=GARDENS.replace("name: trees", "name: plants").replace(", trees]", "]") + "rename: {trees: plants}\n")
    imports.run(id)
    found = queries.import_state(SYSTEM, id)
    assert (found.state, found.created) == ("failed", 0)
    assert "“trees”" in found.why
    assert rows('SELECT count(*) FROM reg."yard_gardens"') == [(0,)]


@pytest.mark.usefixtures("gardens")
def test_a_file_whose_column_a_colleague_renamed_is_refused_by_that_name() -> None:
    with pytest.raises(Invalid) as caught:
        begun(["V1,1/7/2025,12,,"], head=HEAD.replace("Số cây", "Số lượng cây"))
    assert caught.value.errors == {"trees": ["Tệp không có cột “Số cây”."]}


@pytest.mark.django_db
def test_the_button_pressed_twice_enters_the_rows_once_also_without_a_key(apply: Apply) -> None:
    apply(gardens=GARDENS.replace("key: [code]\n", ""))
    tried = begun(["V1,1/7/2025,1,,", "V2,1/7/2025,1,,"], dry_run=True)
    imports.run(tried)
    first = services.import_tried(SYSTEM, tried, mode="good")
    assert services.import_tried(SYSTEM, tried, mode="good") == first
    imports.run(first)
    assert services.import_tried(SYSTEM, tried, mode="all") == first
    assert rows('SELECT count(*) FROM reg."yard_gardens"') == [(2,)]


@pytest.mark.usefixtures("gardens")
@pytest.mark.parametrize("ends", ["csv", "xlsx"])
def test_texts_that_look_like_formulas_go_out_and_come_back_the_same(ends: str, tmp_path: Any) -> None:
    texts = ["=1+1", '=HYPERLINK("http://x")', "+84 9", "-3", "@SUM(A1)", "'=1", "''@x", "＝1", "=cmd|' /C calc'!A0"]
    for n, text in enumerate(texts):
        services.create(SYSTEM, "yard.gardens", {"code": f"V{n}", "planted_on": "2025-01-01", "keeper": text}
                        | {"planted_on": imports.timezone.localdate()})  # fmt: skip
    parts = services.export(SYSTEM, "yard.gardens", ends, purpose="đối chiếu", order="code").parts
    file = services.keep_file(SYSTEM, f"vuon.{ends}", parts)
    table = queries.kept_file(SYSTEM, file.id)[1].tables[0]
    titles = dict(zip(["code", "planted_on", "trees", "area", "keeper"], table.columns[-5:], strict=True))
    id = services.begin_import(
        SYSTEM, "yard.gardens", file.id, table=table.key, mapping=titles, mode="good", dry_run=False
    )
    imports.run(id)
    found = queries.import_state(SYSTEM, id)
    assert (found.unchanged, found.faults) == (len(texts), ())


@pytest.mark.usefixtures("gardens")
def test_a_formula_without_a_value_is_named_as_what_it_is() -> None:
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out)
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, HEAD.split(","))
    for n in range(1, 4):
        sheet.write_row(n, 0, [f"V{n}", "1/7/2025"])
        sheet.write_formula(n, 2, f"=D{n}*2", None, "" if n == 2 else 7)
    book.close()
    file = services.keep_file(SYSTEM, "vuon.xlsx", [out.getvalue()])
    id = services.begin_import(
        SYSTEM, "yard.gardens", file.id, table=queries.kept_file(SYSTEM, file.id)[1].tables[0].key,
        mapping={k: MAPPING[k] for k in ("code", "planted_on", "trees")}, mode="good", dry_run=False,
    )  # fmt: skip
    imports.run(id)
    found = queries.import_state(SYSTEM, id)
    assert (found.created, [(f.row, f.field, f.text) for f in found.faults]) == (2, [(3, "trees", "=D2*2")])


SHAPED = GARDENS.replace(
    "key: [code]",
    "  - {name: land, type: geometry, shape: polygon, label: {vi: Ranh giới, en: Bounds}, optional: true}\nkey: [code]",
)
BOW = {"type": "Polygon", "coordinates": [[[106, 20], [107, 21], [107, 20], [106, 21], [106, 20]]]}


@pytest.mark.django_db
def test_a_polygon_of_a_file_that_crosses_itself_is_refused_with_the_place_where(apply: Apply) -> None:
    apply(gardens=SHAPED)
    square = {"type": "Polygon", "coordinates": [[[106, 20, 5], [107, 20, 5], [107, 21, 5], [106, 20, 5]]]}
    made = [
        {"type": "Feature", "properties": {"ma": code, "ngay": "1/7/2025"}, "geometry": shape}
        for code, shape in (("V1", BOW), ("V2", square))
    ]
    text = json.dumps({"type": "FeatureCollection", "features": made}).encode()
    file = services.keep_file(SYSTEM, "vuon.geojson", [text])
    table = queries.kept_file(SYSTEM, file.id)[1].tables[0]
    id = services.begin_import(
        SYSTEM, "yard.gardens", file.id, table=table.key, mode="good", dry_run=False,
        mapping={"code": "ma", "planted_on": "ngay", "land": table.columns[-1]},
    )  # fmt: skip
    imports.run(id)
    found = queries.import_state(SYSTEM, id)
    assert (found.created, [(f.row, f.field) for f in found.faults]) == (1, [(1, "land")])
    assert "tự cắt nhau" in found.faults[0].why and "20.5, 106.5" in found.faults[0].why
    assert rows('SELECT code, ST_NDims(land) FROM reg."yard_gardens"') == [("V2", 2)], "heights are left out"


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("clean")
def test_of_two_officers_who_enter_one_key_at_once_one_does_and_the_other_is_told(apply: Apply) -> None:
    apply(gardens=GARDENS)

    def enter(trees: int) -> str:
        try:
            values = {"code": "V1", "planted_on": imports.timezone.localdate(), "trees": trees}
            services.create(SYSTEM, "yard.gardens", values)
        except Conflict as told:
            return str(told.detail)
        else:
            return "entered"
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as officers:
        told = list(officers.map(enter, range(6)))
    assert told.count("entered") == 1
    assert all("Mã vườn" in words or "đã có" in words for words in told if words != "entered"), told
    assert rows('SELECT count(*) FROM reg."yard_gardens"') == [(1,)]
    assert rows("SELECT count(*) FROM record_version") == [(1,)]


TREES = """\
register: trees
name: {vi: Cây, en: Trees}
fields:
  - {name: number, type: integer, label: {vi: Số, en: Number}}
  - {name: garden, type: reference, to: yard.gardens, label: {vi: Vườn, en: Garden}, optional: true}
  - {name: ward, type: unit, label: {vi: Phường, en: Ward}, optional: true}
  - {name: lender, type: agency, label: {vi: Cơ quan, en: Agency}, optional: true}
  - {name: keeper, type: person, label: {vi: Người, en: Person}, optional: true}
  - {name: home, type: address, label: {vi: Nhà, en: Home}, optional: true}
  - {name: note, type: text, label: {vi: Ghi chú, en: Note}, lines: 3, optional: true}
"""


@pytest.mark.django_db
@pytest.mark.parametrize(
    "strange", ["\0", "a\0b", "\ud800", "\u202e", "\x1b[31m", "'" * 5_000, "%s%s{0}", "\\N", "\\."]
)
def test_strange_letters_in_any_cell_are_a_fault_of_that_row_or_kept_as_they_are(apply: Apply, strange: str) -> None:
    apply(gardens=GARDENS, trees=TREES)
    names = ["garden", "ward", "lender", "keeper", "home", "note"]
    out = io.StringIO()
    made = csv.writer(out)
    made.writerow(["Số", *names])
    for n, _name in enumerate(names):
        made.writerow([n, *(strange if at == n else "" for at in range(len(names)))])
    made.writerow([99, *[""] * len(names)])
    file = services.keep_file(SYSTEM, "cay.csv", [out.getvalue().encode("utf-8", "surrogatepass")])
    try:
        [table] = queries.kept_file(SYSTEM, file.id)[1].tables
        mapping = {"number": "Số", **{name: name for name in names}}
        id = services.begin_import(
            SYSTEM, "yard.trees", file.id, table=table.key, mapping=mapping, mode="good", dry_run=False
        )
        imports.run(id)
    except Invalid as refused:
        assert len(str(refused)) > 20
        return
    found = queries.import_state(SYSTEM, id)
    assert (found.state, found.read, found.created + found.refused) == ("done", 7, 7)
    assert {fault.row for fault in found.faults} >= {2, 3, 4, 5, 6}, "none of these is a garden, a ward, an agency…"


@pytest.mark.django_db
@pytest.mark.parametrize("strange", ["\0", "a\0b", "\ud800", "a\udfffb"])
@pytest.mark.parametrize("where", ["cell", "header"])
def test_letters_that_no_database_holds_come_by_json_and_are_a_fault_of_their_row(
    apply: Apply, strange: str, where: str
) -> None:
    apply(gardens=GARDENS, trees=TREES)
    names = ["garden", "ward", "lender", "keeper", "home", "note"]
    title = f"note{strange}" if where == "header" else "note"
    made = [{"Số": n, **dict.fromkeys(names[:-1]), title: None} for n in range(7)]
    if where == "cell":
        for n, name in enumerate(names):
            made[n][name] = strange
    features = [{"type": "Feature", "geometry": None, "properties": properties} for properties in made]
    text = json.dumps({"type": "FeatureCollection", "features": features}).encode()
    file = services.keep_file(SYSTEM, "cay.geojson", [text])
    [table] = queries.kept_file(SYSTEM, file.id)[1].tables
    mapping = dict(zip(["number", *names], table.columns, strict=False))
    id = services.begin_import(
        SYSTEM, "yard.trees", file.id, table=table.key, mapping=mapping, mode="good", dry_run=False
    )
    imports.run(id)
    found = queries.import_state(SYSTEM, id)
    assert (found.state, found.created) == ("done", 1 if where == "cell" else 7)
    assert {fault.row for fault in found.faults} == (set(range(1, 7)) if where == "cell" else set())
    assert b"".join(queries.error_file(SYSTEM, id).parts)
