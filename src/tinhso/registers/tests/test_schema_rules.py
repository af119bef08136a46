"""What a definition forbids, the database forbids: further keys, conditions across fields, codes of lists, shapes."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction

from tinhso.kernel import packs
from tinhso.kernel.errors import Conflict, Invalid
from tinhso.registers import conditions, queries, services
from tinhso.registers.contracts import NewRecord

from .conftest import GARDENS, SYSTEM, rows, write

DAY = date(2024, 3, 1)
RULES = """\
unique: [[unit, trees]]
checks:
  - name: roomy
    label: {vi: Mỗi cây cần ít nhất 2 m², en: Each tree needs 2 m² at least}
    must: area >= trees * 2
"""
SOILS = """\
list: soils
name: {vi: Loại đất, en: Soils}
source: {vi: Chỉ để thử, en: Only for tests}
codes:
  - {value: clay, label: {vi: Sét, en: Clay}}
  - {value: sand, label: {vi: Cát, en: Sand}}
"""
SILT = "  - {value: silt, label: {vi: Thịt, en: Silt}}\n"
SOIL = "  - {name: soil, type: choice, of: soils, optional: true}\n"
MIXED = "  - {name: mixed, type: choice, of: soils, multiple: true, optional: true}\n"
BOUNDS = "  - {name: bounds, type: geometry, shape: polygon, optional: true}\n"
BOW = {"type": "Polygon", "coordinates": [[[106, 20], [107, 21], [107, 20], [106, 21], [106, 20]]]}


def with_fields(*lines):
    return GARDENS.replace("key: [code]", "".join(lines) + "key: [code]")


def enter(code, **values):
    return services.create(SYSTEM, "yard.gardens", {"code": code, "planted_on": DAY} | values, unit="13225")


def refused_by_postgres(sql, params=()):
    """By the database alone, without our code before it."""
    with pytest.raises(IntegrityError) as caught, transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql, params)
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    return str(caught.value)


@pytest.fixture
def soils(db, tmp_path):
    """Apply the pack with a list of soils."""

    def run(text, **registers):
        folder = write(tmp_path, registers)
        (folder / "lists").mkdir(exist_ok=True)
        (folder / "lists" / "soils.yaml").write_text(text)
        return packs.apply(SYSTEM, packs.read([folder]))

    return run


def test_a_further_key_refuses_the_second_record_and_says_which_fields(db, apply):
    apply(gardens=GARDENS + RULES)
    enter("A", trees=3)
    with pytest.raises(Conflict, match="đơn vị, Số cây") as caught:
        enter("B", trees=3)
    assert caught.value.document()["fields"] == ["unit", "trees"]
    ref = enter("B", trees=4)
    with pytest.raises(Conflict, match="đơn vị, Số cây"):
        services.update(SYSTEM, "yard.gardens", ref.id, {"trees": 3}, revision=1, why="x")
    assert enter("C").revision == enter("D").revision == 1, "what is empty is no double"


def test_the_record_that_is_there_already_is_named_to_whoever_may_see_it(db, apply):
    apply(gardens=GARDENS + RULES)
    first = enter("A", trees=3)
    with pytest.raises(Conflict, match="A – 01/03/2024") as caught:
        enter("B", trees=3)
    assert caught.value.document()["record"] == str(first.id)
    again = enter("C", trees=9)
    with pytest.raises(Conflict) as caught:
        services.update(SYSTEM, "yard.gardens", again.id, {"trees": 3}, revision=1, why="x")
    assert caught.value.document()["record"] == str(first.id)


def test_a_check_across_fields_is_enforced_by_the_database_and_speaks_in_its_label(db, apply):
    apply(gardens=GARDENS + RULES)
    with pytest.raises(Invalid) as caught:
        enter("A", trees=10, area=Decimal("19.99"))
    assert caught.value.errors == {"area": ["Mỗi cây cần ít nhất 2 m²"], "trees": ["Mỗi cây cần ít nhất 2 m²"]}
    ref = enter("A", trees=10, area=Decimal(20))
    assert "violates check constraint" in refused_by_postgres("UPDATE reg.yard_gardens SET trees = 11")
    with pytest.raises(Invalid, match="Mỗi cây"):
        services.update(SYSTEM, "yard.gardens", ref.id, {"trees": 11}, revision=1, why="x")
    with pytest.raises(Invalid, match="Mỗi cây"):
        services.create_many(
            SYSTEM, "yard.gardens", [NewRecord({"code": "B", "planted_on": DAY, "trees": 1, "area": Decimal(1)}, DAY)]
        )
    assert enter("C", trees=7).revision == 1, "what is not known yet breaks no rule"


def test_a_check_that_standing_records_break_is_refused_whole(db, apply, plan):
    apply(gardens=GARDENS)
    enter("A", trees=10, area=Decimal(1))
    with pytest.raises(Invalid, match="roomy"):
        apply(gardens=GARDENS + RULES)
    assert queries.definition("yard.gardens").version == 1


def test_a_check_follows_a_renamed_field_without_a_scan(db, apply, plan):
    apply(gardens=GARDENS + RULES)
    text = (GARDENS + RULES).replace("trees", "plants") + "rename: {trees: plants}\n"
    assert {change.cost for change in plan(gardens=text)} == {"instant"}
    apply(gardens=text)
    with pytest.raises(Invalid, match="Mỗi cây"):
        enter("A", plants=10, area=Decimal(1))


@pytest.mark.parametrize(
    ("must", "reason"),
    [
        ("trees > 1; DROP TABLE kernel_audit", "one expression"),
        ("trees IN (SELECT 1)", "has a query in it"),
        ("EXISTS (SELECT 1 FROM identity_person)", "has a query in it"),
        ("pg_sleep(10) IS NULL", "pg_sleep"),
        ("pg_catalog.pg_read_file('/etc/passwd') = keeper", "not among"),
        ("identity_person.id = code", "columns stand by their own names"),
        ("remark = 'x'", "'remark', which is no column"),
        ("xmin = 1", "'xmin', which is no column"),
        ("trees + 1", "no condition"),
        ("1 = 1", "names no column"),
        ("planted_on <= current_date", "current date"),
        ("code::regclass IS NOT NULL", "not among the types"),
        ("repeat(code, 100000000) = code", "repeat"),
        ("trees >", "is not SQL"),
        ("trees = code", "PostgreSQL says"),
        ("code", "PostgreSQL says"),
        ("trees > 'many'", "PostgreSQL says"),
        ("(" * 5_000 + "trees > 1" + ")" * 5_000, "longer"),
        (" OR ".join(["trees=1"] * 150), "parts"),
    ],
)
def test_a_condition_that_is_not_proven_harmless_is_named_by_file_line_and_key(db, tmp_path, must, reason):
    text = GARDENS + RULES.replace("area >= trees * 2", '"' + must.replace('"', '\\"') + '"')
    faults = packs.check(packs.read([write(tmp_path, {"gardens": text})]))
    line = next(number for number, line in enumerate(text.splitlines(), 1) if "must:" in line)
    assert [(f.file, f.line, f.key) for f in faults] == [("yard/registers/gardens.yaml", line, "checks.0.must")]
    assert reason in faults[0].message


def test_a_rule_of_quality_may_speak_of_today_and_is_run_as_it_was_understood(gardens):
    enter("A", trees=1)
    of = queries.definition(gardens)
    must = conditions.condition(of, "planted_on <= current_date AND code LIKE 'A%' -- nothing\n", of="t")
    assert must == """(t."planted_on" <= CURRENT_DATE AND t."code" LIKE 'A%')"""
    assert rows(f"SELECT count(*) FROM {of.table} t WHERE {must.replace('%', '%%')}") == [(1,)]


def test_a_code_that_a_list_never_had_is_refused_by_the_database_too(soils):
    soils(SOILS, gardens=with_fields(SOIL, MIXED))
    enter("A", soil="clay", mixed=["clay", "sand"])
    with pytest.raises(Invalid) as caught:
        enter("B", soil="silt")
    assert set(caught.value.errors) == {"soil"}
    assert "foreign key" in refused_by_postgres("UPDATE reg.yard_gardens SET soil = 'silt'")
    assert "no code silt" in refused_by_postgres("UPDATE reg.yard_gardens SET mixed = '{clay,silt}'")


def test_a_list_grows_without_a_change_of_the_registers_that_use_it(soils):
    text = with_fields(SOIL, MIXED)
    soils(SOILS, gardens=text)
    table = rows("SELECT xmin, * FROM pg_constraint WHERE conrelid = 'reg.yard_gardens'::regclass ORDER BY oid")
    assert soils(SOILS + SILT, gardens=text) == ["list soils v2"]
    assert enter("A", soil="silt", mixed=["silt"]).revision == 1
    assert table == rows("SELECT xmin, * FROM pg_constraint WHERE conrelid = 'reg.yard_gardens'::regclass ORDER BY oid")


def test_a_code_that_is_closed_or_gone_stays_valid_for_old_records(soils):
    soils(SOILS, gardens=with_fields(SOIL))
    enter("A", soil="sand")
    soils(SOILS.replace("en: Sand}", "en: Sand}, closed: true"), gardens=with_fields(SOIL))
    soils(SOILS[: SOILS.index("  - {value: sand")], gardens=with_fields(SOIL))
    assert rows("UPDATE reg.yard_gardens SET trees = 1 RETURNING soil") == [("sand",)]
    other = "register: plots\nname: {vi: Thửa, en: Plots}\nfields:\n" + SOIL.replace(", optional: true", "")
    soils(SOILS, gardens=with_fields(SOIL), plots=other)
    assert enter("B", soil="sand").revision == 1


def test_a_polygon_that_crosses_itself_is_refused_in_words_that_say_where(db, apply):
    apply(gardens=with_fields(BOUNDS))
    with pytest.raises(Invalid, match=r"tự cắt nhau\) ở gần 20\.5, 106\.5"):
        queries.definition("yard.gardens").from_json({"bounds": BOW})
    with pytest.raises(Invalid, match="tự cắt nhau") as caught:
        enter("A", bounds=BOW)
    assert set(caught.value.errors) == {"bounds"}


@pytest.mark.parametrize(
    ("shape", "reason"),
    [
        ("SRID=4326;MULTIPOLYGON(((106 20, 107 21, 107 20, 106 21, 106 20)))", "check constraint"),
        ("SRID=3405;MULTIPOLYGON(((0 0, 1 0, 1 1, 0 0)))", "SRID"),
        ("SRID=4326;POINT(106 20)", "type"),
    ],
)
def test_the_database_keeps_geometry_to_its_reference_system_kind_and_validity(db, apply, shape, reason):
    apply(gardens=with_fields(BOUNDS))
    enter("A")
    with pytest.raises(Exception, match=reason), transaction.atomic():
        rows("UPDATE reg.yard_gardens SET bounds = ST_GeomFromEWKT(%s) RETURNING id", (shape,))
