"""The pages that a definition declares come from an index: of its views, for the province and for one commune, of what
is searched and sorted by, and of what refers to a record."""

import json
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tinhso.kernel.actor import Actor
from tinhso.kernel.fields.lists import code_list
from tinhso.registers import ddl, queries, services
from tinhso.registers.shape import shape

from .conftest import SYSTEM, rows, seated

REGISTER = "yard.works"
OWNERS = """\
register: owners
name: {vi: Chủ, en: Owners}
fields: [{name: code, type: text, label: {vi: Mã, en: Code}, max: 20}]
key: [code]
"""
WORKS = """\
register: works
name: {vi: Công trình, en: Works}
fields:
  - {name: code, type: text, label: {vi: Mã, en: Code}, max: 20}
  - {name: story, type: text, label: {vi: Chuyện, en: Story}, max: 4000, optional: true}
  - {name: owner, type: reference, label: {vi: Chủ, en: Owner}, to: yard.owners, optional: true}
  - name: status
    type: choice
    label: {vi: Trạng thái, en: Status}
    choices: [{value: active, label: {vi: Đang, en: On}}, {value: closed, label: {vi: Đóng, en: Off}}]
  - {name: due_on, type: date, label: {vi: Hạn, en: Due on}, optional: true}
  - {name: heads, type: integer, label: {vi: Con, en: Heads}}
key: [code]
search: {heads: exact, story: fulltext}
views:
  - {name: due, label: {vi: Đến hạn, en: Due}, where: {status: active, due_on__le: today+30}, order: due_on}
  - {name: others, label: {vi: Khác, en: Others}, where: {status__ne: active, heads__ge: 900}}
  - {name: dateless, label: {vi: Không hạn, en: Without a date}, where: {due_on__empty: true}, order: -heads}
  - {name: told, label: {vi: Theo chuyện, en: By story}, where: {status: active}, order: story}
"""


def fill(count: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO reg.yard_works (id, revision, valid_from, unit, unit_on, code, status, due_on, heads)"
            " SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1, '2025-08-01',"
            " (ARRAY['13225', '13141', '13120', '12103'])[1 + n %% 4], '2025-08-01', 'W' || n,"
            " CASE WHEN n %% 20 = 0 THEN 'closed' ELSE 'active' END,"
            " CASE WHEN n %% 7 > 0 THEN current_date - 500 + (n * 31 %% 1000)::integer END, n * 17 %% 1000"
            " FROM generate_series(1, %s) n",
            [count],
        )
        cursor.execute("VACUUM ANALYZE reg.yard_works" if not connection.in_atomic_block else "ANALYZE reg.yard_works")


def plan_of(actor: Actor, **asked: Any) -> tuple[int, set[str]]:
    """How many rows of the table the page looked at, and the indexes that it came from."""
    with CaptureQueriesContext(connection) as captured:
        page = queries.find(actor, REGISTER, **asked)
    assert page.records
    [sql] = [one["sql"] for one in captured if 'FROM reg."yard_works"' in one["sql"]]
    [read] = [part for part in sql.split("; ") if "FROM reg." in part]
    [(plan,)] = rows("EXPLAIN (ANALYZE, FORMAT JSON) " + read.replace("%", "%%"))
    nodes = [(json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]]
    looked, names = 0, set()
    while nodes:
        node = nodes.pop()
        nodes += node.get("Plans", ())
        if node.get("Relation Name"):
            looked += (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
        if node.get("Index Name"):
            names.add(node["Index Name"])
    return looked, {ddl.named(shape(REGISTER))[name].what if "_ix_" in name else name for name in names}


def test_every_view_comes_from_an_index_of_its_own_for_province_and_commune(province, apply):
    apply(owners=OWNERS, works=WORKS)
    assert list(ddl.steps(None, shape(REGISTER))) == []
    fill(20_000)
    officer = seated("13225", "civil-status")
    for view, first in (("due", "due_on"), ("others", "id"), ("dateless", "heads")):
        declared = next(one for one in shape(REGISTER).definition.views if one.name == view)
        order = declared.order or "-id"
        for actor, index in ((SYSTEM, f"view {view} by {first}"), (officer, f"view {view} by unit and {first}")):
            looked, names = plan_of(actor, where=declared.where, order=order, limit=20)
            assert index in names, (view, names)
            assert looked <= 100, (view, names, looked)


def test_a_commune_has_its_records_in_order_of_what_is_searched_without_reading_those_of_others(province, apply):
    apply(owners=OWNERS, works=WORKS)
    fill(20_000)
    officer = seated("13225", "civil-status")
    for order in ("heads", "-heads"):
        looked, names = plan_of(officer, order=order, limit=20)
        assert names == {"index heads by unit"} and looked <= 100, (names, looked)


def test_a_former_commune_without_records_is_not_taken_for_one_that_has_many(province, apply):
    apply(owners=OWNERS, works=WORKS)
    fill(20_000)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE reg.yard_works")
    [(plan,)] = rows("EXPLAIN (FORMAT JSON) SELECT id FROM reg.yard_works WHERE unit = '12514'")
    assert (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]["Plan Rows"] == 1
    [(known,)] = rows(
        "SELECT attstattarget FROM pg_attribute WHERE attrelid = 'reg.yard_works'::regclass AND attname = 'unit'"
    )
    assert known == 1_000


def test_who_refers_to_a_record_is_found_by_an_index(db, apply):
    apply(owners=OWNERS, works=WORKS)
    fill(20_000)
    owner = services.create(SYSTEM, "yard.owners", {"code": "A"})
    services.create(SYSTEM, REGISTER, {"code": "X", "owner": owner.id, "status": "active", "heads": 1})
    looked, names = plan_of(SYSTEM, where={"owner": owner.id})
    assert (looked, names) == (1, {"index of who refers by owner"})


def test_a_text_too_long_for_an_index_is_sorted_without_one(db, apply):
    apply(owners=OWNERS, works=WORKS)
    assert not [thing for thing in ddl.objects(shape(REGISTER)) if thing.what.startswith("view told")]
    long = "".join(chr(0x4E00 + n * 7919 % 20_000) for n in range(4_000))
    services.create(SYSTEM, REGISTER, {"code": "L", "story": long, "status": "active", "heads": 1})
    assert queries.find(SYSTEM, REGISTER, where={"status": "active"}, order="story").records


def test_codes_of_a_shared_list_are_indexed_before_the_list_is_there(db):
    from tinhso.registers.definitions import RegisterDefinition
    from tinhso.registers.shape import Shape

    text = {"vi": "x", "en": "x"}
    fields = [{"name": "soil", "type": "choice", "label": text, "of": "no-such-list"}]
    views = [{"name": "some", "label": text, "where": {"soil__in": ["a", "b"]}}]
    made = RegisterDefinition.model_validate({"register": "r", "name": text, "fields": fields, "views": views})
    bodies = [thing.body for thing in ddl.objects(Shape("yard.r", 1, made)) if thing.sort == "index"]
    assert "(unit, id) WHERE (\"soil\" IN ('a', 'b'))" in bodies
    with pytest.raises(Exception, match="no-such-list"):
        code_list("no-such-list")
