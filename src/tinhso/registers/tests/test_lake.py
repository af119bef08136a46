"""The lake agrees with the database: after the first sync, after changes, after a new version; and it is never half."""

import json
from datetime import date
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from django.core.management import CommandError, call_command

from tinhso.kernel import lake
from tinhso.kernel.lake import syncing
from tinhso.registers import queries, services

from .conftest import GARDENS, SYSTEM, rows
from .lake_registers import DAY, OF_YARD, REGISTERS, fill, make, scatter

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def root(settings, tmp_path: Path) -> Path:
    settings.LAKE_ROOT, settings.LAKE_PERSONAL_ROOT = tmp_path / "lake", tmp_path / "lake-personal"
    settings.LAKE_PERSONAL = ()
    return settings.LAKE_ROOT


def sync(name: str) -> lake.Synced:
    return lake.sync(SYSTEM, lake.table(name))


def lake_rows(root: Path, name: str, sql: str) -> list[tuple[Any, ...]]:
    with duckdb.connect() as db:
        db.execute("SET TimeZone = 'UTC'")
        return db.execute(sql.format(relation=lake.relation(root, name))).fetchall()


def same(root: Path, name: str) -> int:
    """Compare the lake's table with its view, by the same SQL in both; how many rows there were."""
    view = queries.definition(name).view
    kinds = dict(
        rows("SELECT attname, format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass", (view,))
    )
    names = [n for n in kinds if not kinds[n].startswith("geometry")]
    listed = ", ".join(f'CAST("{n}" AS text)' if kinds[n] == "jsonb" else f'"{n}"' for n in names)
    numbers = [n for n in names if kinds[n] in {"bigint", "numeric", "integer"}]
    dates = [n for n in names if kinds[n] == "date"]
    sums = "".join(f', sum("{n}"), max("{n}")' for n in numbers) + "".join(f', min("{n}")' for n in dates)
    questions = [
        f"SELECT {listed} FROM {{relation}} t",
        f"SELECT unit, valid_until IS NULL, count(*), count(case_id){sums} FROM {{relation}} t GROUP BY 1, 2",
        "SELECT count(*) FROM {relation} t WHERE valid_until IS NOT NULL AND created_at < '2025-05-01 00:00:00+00'",
    ]
    for sql in questions:
        inside = sorted(rows(sql.format(relation=view)), key=repr)
        outside = sorted(lake_rows(root, name, sql), key=repr)
        assert [tuple(map(plain, row)) for row in outside] == [tuple(map(plain, row)) for row in inside], (name, sql)
    for n in kinds.keys() - set(names):
        inside = rows(f'SELECT id, ST_AsBinary("{n}") FROM {view} ORDER BY id')
        outside = lake_rows(root, name, f'SELECT id, "{n}" FROM {{relation}} t ORDER BY id')
        assert [(i, g and bytes(g)) for i, g in outside] == [(i, g and bytes(g)) for i, g in inside]
    return len(rows(f"SELECT FROM {view}"))


def plain(value: Any) -> Any:
    return int(value) if isinstance(value, Decimal) and value == value.to_integral_value() else value


def test_ten_registers_say_the_same_in_the_lake_as_in_the_database(province, apply, root):
    make(apply)
    assert all(sync(name).rows == 40 for name in REGISTERS)
    assert all(same(root, name) == 40 for name in REGISTERS)
    assert len(lake.manifest(root, "yard.all0").parts) == 4

    for name in REGISTERS:  # changes of every kind, in one of the four months
        of = queries.definition(name)
        march = f"SELECT id FROM {of.table} WHERE created_at < '2025-04-01' ORDER BY id"
        first, second, *_rest = [row[0] for row in rows(march)]
        record = queries.get(SYSTEM, name, first)
        field = next(f for f in of.stored if f.spec.type == "date" and f.name != "commune")
        services.update(SYSTEM, name, first, {field.name: date(1999, 12, 31)}, revision=record.ref.revision, why="sửa")
        services.end(SYSTEM, name, second, on=date(2024, 6, 1), revision=1, why="hết")
        done = sync(name)
        assert (done.written, done.gone) == (("2025-03",), ())
        assert same(root, name) == 40
        assert sync(name).written == ()

    apply(**{name.partition(".")[2]: _next_version(name) for name in OF_YARD})
    for name in OF_YARD:
        sync(name)
        assert same(root, name) == 40
        found = lake.manifest(root, name)
        assert sorted(found.schemas) == ["1", "2"]
        assert "renamed" in found.columns and "f_integer" not in found.columns


def _next_version(name: str) -> str:
    """The register with a new field, one renamed, one of another type, one dropped, and one become personal."""
    from .lake_registers import yard

    text = yard(int(name[-1]))
    text = text.replace("{name: f_integer, type: integer", "{name: renamed, type: integer")
    text = text.replace(
        "{name: f_decimal, type: decimal, optional: true", "{name: f_decimal, type: text, optional: true"
    )
    text = text.replace('options: {"places": 3}', 'options: {"max": 90}')
    lines = [line for line in text.splitlines() if "name: f_landline," not in line]
    lines = [
        line.replace("class: open", "class: personal").replace("class: internal", "class: personal")
        if "name: f_email," in line
        else line
        for line in lines
    ]
    more = ["  - {name: added, type: text, max: 40, optional: true}", "rename: {f_integer: renamed}"]
    return "\n".join([*lines, *more, "drop: [f_landline]"]) + "\n"


def test_a_new_column_rewrites_nothing_and_can_be_asked_for_at_once(gardens, apply, root):
    fill(gardens, 5)
    sync(gardens)
    apply(gardens=GARDENS.replace("key: [code]", "  - {name: shade, type: boolean, optional: true}\nkey: [code]"))
    done = sync(gardens)
    assert done.written == () and done.rows == 5
    assert lake_rows(root, gardens, "SELECT count(*), count(shade) FROM {relation} t") == [(5, 0)]
    assert same(root, gardens) == 5


def test_a_column_that_went_and_came_back_under_its_name_brings_no_old_value(gardens, apply, root):
    fill(gardens, 8)
    sync(gardens)
    line = next(line for line in GARDENS.splitlines() if "name: trees" in line)
    without = GARDENS.replace(line + "\n", "").replace("list: [code, planted_on, trees]", "list: [code, planted_on]")
    apply(gardens=without + "drop: [trees]\n")
    apply(gardens=GARDENS)
    sync(gardens)
    assert lake_rows(root, gardens, "SELECT count(trees) FROM {relation} t") == [(0,)]


def test_a_column_that_became_personal_is_in_no_file_any_more(gardens, apply, root):
    fill(gardens, 8)
    sync(gardens)
    apply(gardens=GARDENS.replace("max: 10000, optional: true", "max: 10000, optional: true, class: personal"))
    sync(gardens)
    files = [pq.read_schema(file).names for file in root.rglob("*.parquet")]
    assert files and not any("trees" in names for names in files)


def test_personal_and_sensitive_columns_are_not_in_the_lake(gardens, root):
    fill(gardens, 3)
    sync(gardens)
    names = {name for file in root.rglob("*.parquet") for name in pq.read_schema(file).names}
    assert {"code", "trees"} <= names and not {"keeper", "remark"} & names


def test_a_killed_sync_leaves_what_was_there_and_the_next_one_completes_it(gardens, root, monkeypatch):
    fill(gardens, 30)
    scatter(gardens)
    sync(gardens)
    before = sorted(lake_rows(root, gardens, "SELECT code, trees FROM {relation} t"), key=repr)
    for id, revision in rows("SELECT id, revision FROM reg.yard_gardens"):
        services.update(SYSTEM, gardens, id, {"trees": 7}, revision=revision, why="đếm lại")
    written, real = [], syncing._writer

    def killed(folder, part, schema):
        if len(written) == 3:  # the empty one, and two months
            raise KeyboardInterrupt
        written.append(part)
        return real(folder, part, schema)

    monkeypatch.setattr(syncing, "_writer", killed)
    with pytest.raises(KeyboardInterrupt):
        sync(gardens)
    assert len(written) == 3
    assert sorted(lake_rows(root, gardens, "SELECT code, trees FROM {relation} t"), key=repr) == before
    monkeypatch.undo()
    (root / ".generations" / gardens / "2" / "part=2025-03").mkdir(parents=True)  # what SIGKILL would have left
    assert len(sync(gardens).written) == 4
    assert lake_rows(root, gardens, "SELECT DISTINCT trees FROM {relation} t") == [(7,)]


def test_a_reader_that_began_before_a_sync_reads_on(gardens, root):
    fill(gardens, 5)
    sync(gardens)
    relation = lake.relation(root, gardens)
    fill(gardens, 5)
    sync(gardens)
    with duckdb.connect() as db:
        assert db.execute(f"SELECT count(*) FROM {relation}").fetchall() == [(5,)]
        pattern = root / gardens / "part=*" / "*.parquet"
        found = db.execute(f"SELECT count(*) FROM read_parquet('{pattern}', union_by_name = true)").fetchall()
    assert found == [(10,)]


def test_an_empty_register_has_its_columns(gardens, root):
    sync(gardens)
    assert lake_rows(root, gardens, "SELECT code, planted_on FROM {relation} t") == []


def test_geometries_carry_geoparquet_metadata(province, apply, root):
    make(apply)
    sync("demo.gardens")
    file = next(root.glob("demo.gardens/part=2025-*/*.parquet"))
    geo = json.loads(pq.read_schema(file).metadata[b"geo"])
    assert geo["primary_column"] == "location"
    assert geo["columns"]["location"]["encoding"] == "WKB"


def test_personal_columns_need_a_grant_stand_apart_and_are_audited(gardens, root, settings):
    fill(gardens, 4)
    with pytest.raises(CommandError):
        call_command("lake", "sync", gardens, "--personal")
    assert not settings.LAKE_PERSONAL_ROOT.exists() or not list(settings.LAKE_PERSONAL_ROOT.iterdir())
    settings.LAKE_PERSONAL = (gardens,)
    call_command("lake", "sync", "--personal", stdout=StringIO())
    apart = settings.LAKE_PERSONAL_ROOT
    names = {name for file in apart.rglob("*.parquet") for name in pq.read_schema(file).names}
    assert "keeper" in names and "remark" not in names
    assert apart.stat().st_mode & 0o077 == 0
    assert not root.exists()
    assert rows("SELECT subject, data->>'rows' FROM kernel_audit WHERE action = 'lake.personal'") == [
        (f"lake:{gardens}", "4")
    ]
    settings.LAKE_PERSONAL = ()
    call_command("lake", "sync", gardens, stdout=StringIO())
    assert not list(apart.rglob("*.parquet"))


def test_the_command_names_what_it_does_not_know(gardens):
    out = StringIO()
    call_command("lake", "sync", stdout=out)
    assert gardens in out.getvalue() and "cases" in out.getvalue()
    with pytest.raises(CommandError, match=r"yard\.none"):
        call_command("lake", "sync", "yard.none")


def test_an_exact_day_is_what_it_was(gardens, root):
    services.create(SYSTEM, gardens, {"code": "Ñ́ vườn", "planted_on": DAY, "area": Decimal("0.10")}, valid_from=DAY)
    sync(gardens)
    assert lake_rows(root, gardens, "SELECT planted_on, area FROM {relation} t") == [(DAY, Decimal("0.10"))]
