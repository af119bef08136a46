"""A page of a large register reads about as many rows as it shows; what would read all of them ends in words."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from tinhso.identity import services as identity
from tinhso.identity.contracts import NewPerson
from tinhso.identity.web import ASSURANCE_KEY
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Busy
from tinhso.registers import queries, services
from tinhso.registers.queries import reading

from .conftest import GARDENS, SYSTEM, rows, seated

REGISTER = "yard.gardens"
LARGE = GARDENS.replace("search: {code: exact,", "search: {trees: exact, code: exact,")
NAMED = """\
register: named
name: {vi: Sổ tên, en: Named}
fields:
  - {name: code, type: text, max: 20}
  - {name: keeper, type: person, optional: true}
  - {name: parent, type: reference, to: yard.named, optional: true}
key: [code]
display: "{code} – {keeper} – {parent}"
"""


def fill(count: int) -> None:
    """Rows straight into the table: every third without `trees`, spread over the wards of both maps."""
    rows_sql = """
        INSERT INTO reg.yard_gardens (id, revision, valid_from, unit, unit_on, code, planted_on, trees, keeper)
        SELECT ('01900000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, 1, '2025-08-01',
               (ARRAY['13225', '12433', '12466', '12454', '13141'])[1 + n %% 5],
               CASE WHEN n %% 5 = 1 THEN DATE '2024-05-01' ELSE DATE '2025-08-01' END,
               'G' || n, '2024-05-01', CASE WHEN n %% 3 > 0 THEN n %% 10000 END, 'Trần Thị Hòa ' || n
        FROM generate_series(1, %s) n"""
    with connection.cursor() as cursor:
        cursor.execute(rows_sql, [count])
        cursor.execute("ANALYZE reg.yard_gardens")


def read_by(actor: Actor, **asked: Any) -> tuple[int, list[str]]:
    """How many rows of the table a page's query looked at, and the nodes of its plan."""
    with CaptureQueriesContext(connection) as captured:
        queries.find(actor, REGISTER, **asked)
    [sql] = [one["sql"] for one in captured if 'FROM reg."yard_gardens"' in one["sql"]]
    [read] = [part for part in sql.split("; ") if "FROM reg." in part]
    [(plan,)] = rows("EXPLAIN (ANALYZE, FORMAT JSON) " + read.replace("%", "%%"))
    plan = json.loads(plan) if isinstance(plan, str) else plan
    nodes = list(_nodes(plan[0]["Plan"]))
    looked = sum(
        (n["Actual Rows"] + n.get("Rows Removed by Filter", 0)) * n["Actual Loops"]
        for n in nodes
        if "Scan" in n["Node Type"] and n.get("Relation Name")
    )
    return looked, [n["Node Type"] for n in nodes]


def _nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for one in plan.get("Plans", ()):
        yield from _nodes(one)


@pytest.mark.slow
def test_a_page_reads_what_it_shows_and_not_the_register(province, apply):
    apply(gardens=LARGE)
    fill(200_000)
    officer = seated("13225", "civil-status")
    for order in ("trees", "-trees"):
        after, page = "", queries.find(SYSTEM, REGISTER, order=order)
        for _ in range(3):
            after, page = page.next, queries.find(SYSTEM, REGISTER, order=order, after=page.next)
        looked, _nodes_of = read_by(SYSTEM, order=order, after=after)
        assert looked <= 300, order
    for trees in ("9990", "10"):  # deep in the order: the cursor of a row whose value is known
        [last, *_rest] = queries.find(SYSTEM, REGISTER, where={"trees": trees}, limit=1).records
        cursor = reading.encode([int(trees), str(last.ref.id)])
        for order in ("trees", "-trees"):
            looked, nodes = read_by(SYSTEM, order=order, after=cursor)
            assert looked <= 300 and "Seq Scan" not in nodes, (order, trees, nodes)
    looked, nodes = read_by(officer, order="-id")
    assert looked <= 500 and "Seq Scan" not in nodes, nodes
    [middle, *_rest] = queries.find(officer, REGISTER, where={"code__in": "G100000,G100001"}).records
    looked, nodes = read_by(officer, order="-id", after=reading.encode([str(middle.ref.id)] * 2))
    assert looked <= 500 and "Seq Scan" not in nodes, nodes


def test_pages_over_several_units_are_one_list(province, apply):
    apply(gardens=LARGE)
    fill(60)
    officer = seated("13225", "civil-status")
    for order in ("-id", "id", "trees", "-trees"):
        for where in ({}, {"trees__ge": 10}, {"place": "13225"}):
            whole = queries.find(officer, REGISTER, where=where, order=order, limit=100)
            seen, after = [], ""
            while True:
                page = queries.find(officer, REGISTER, where=where, order=order, after=after, limit=4)
                seen += [one.ref.id for one in page.records]
                if not (after := page.next):
                    break
            assert seen == [one.ref.id for one in whole.records], (order, where)
            assert {one.unit for one in whole.records} == {"13225", "12433"}


@pytest.mark.parametrize("inside", [False, True], ids=["alone", "in a transaction"])
@pytest.mark.django_db(transaction=True)
def test_a_question_that_would_take_long_ends_in_words(apply, clean, monkeypatch, inside):
    apply(gardens=LARGE)
    fill(60_000)
    monkeypatch.setattr(reading, "STATEMENT_SECONDS", 0.02)
    with pytest.raises(Busy) as refused, transaction.atomic() if inside else pytest.MonkeyPatch.context():
        queries.find(SYSTEM, REGISTER, where={"keeper__contains": "không ai tên thế"})
    assert "thu hẹp điều kiện" in str(refused.value.detail)
    assert rows("SHOW statement_timeout") == [("0",)]


@pytest.mark.django_db(transaction=True)
def test_pages_and_programs_are_told_that_a_question_would_take_too_long(
    province, apply, clean, monkeypatch, client, django_user_model
):
    apply(gardens=LARGE)
    fill(60_000)
    client.force_login(django_user_model.objects.get(id=seated("13225", "civil-status").account))
    session = client.session
    session[ASSURANCE_KEY] = 2
    session.save()
    monkeypatch.setattr(reading, "STATEMENT_SECONDS", 0.02)
    page = client.get(f"/desk/so/{REGISTER}?k.keeper__contains=không+ai+tên+thế")
    assert page.status_code == 503
    assert "thu hẹp điều kiện" in page.content.decode() and "không ai tên thế" in page.content.decode()
    answer = client.get(f"/api/v1/registers/{REGISTER}/records?keeper__contains=không+ai+tên+thế")
    assert answer.status_code == 503
    assert "thu hẹp điều kiện" in answer.json()["detail"]
    after = client.get(f"/api/v1/registers/{REGISTER}/records?code=K1")
    assert after.status_code == 200, "the next question is answered"


def test_the_time_that_a_transaction_gives_its_statements_is_put_back(gardens):
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL statement_timeout = '47s'")
    queries.find(SYSTEM, gardens)
    assert rows("SHOW statement_timeout") == [("47s",)]


def test_names_in_the_lines_of_records_are_asked_for_once_a_page(db, apply):
    apply(named=NAMED)
    keepers = [identity.register_person(SYSTEM, NewPerson(name, demo=True)).id for name in ("Trần Thị Hoa", "Lê Đức")]
    mother = services.create(SYSTEM, "yard.named", {"code": "M", "keeper": keepers[1]}).id
    asked = []
    for many in (1, 8):
        for n in range(many):
            values = {"code": f"{many}-{n}", "keeper": keepers[n % 2], "parent": mother}
            services.create(SYSTEM, "yard.named", values)
        with CaptureQueriesContext(connection) as captured:
            page = queries.find(SYSTEM, "yard.named", order="code", limit=1 if many == 1 else 50)
        asked.append(len(captured))
    assert asked[0] == asked[1]
    assert page.records[0].display == "1-0 – Trần Thị Hoa – M – Lê Đức"
