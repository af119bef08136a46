"""Eight at once: no change is lost, no number given twice, the history is complete."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection

from tinhso.kernel.errors import StaleRevision
from tinhso.registers import queries, services
from tinhso.registers.contracts import NewRecord

from .conftest import SYSTEM, rows

DAY = date(2024, 3, 1)
pytestmark = pytest.mark.django_db(transaction=True)

HARVESTS = """\
register: gardens
name: {vi: Sổ lứa hái, en: Harvests}
fields:
  - {name: number, type: text, label: {vi: Số, en: Number}, max: 20}
  - {name: picked_on, type: date, label: {vi: Ngày hái, en: Picked on}}
key: [unit, number]
numbering: {field: number, date: picked_on}
"""


def eight(work):
    def run(n):
        try:
            return work(n)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        return list(pool.map(run, range(8)))


def test_eight_writers_lose_no_update(gardens, clean):
    ids = [
        services.create(SYSTEM, gardens, {"code": f"C{n}", "planted_on": DAY, "trees": 0}, valid_from=DAY).id
        for n in range(5)
    ]

    def work(n):
        chance, done, refused = random.Random(n), 0, 0
        while done < 15:
            id = chance.choice(ids)
            seen = queries.get(SYSTEM, gardens, id)
            try:
                services.update(
                    SYSTEM, gardens, id, {"trees": seen.values["trees"] + 1}, revision=seen.ref.revision, why=f"{n}"
                )
                done += 1
            except StaleRevision:
                refused += 1
        return done, refused

    answers = eight(work)
    assert sum(done for done, _refused in answers) == 120
    found = queries.find(SYSTEM, gardens).records
    assert sum(record.values["trees"] for record in found) == 120, "each accepted change added one tree"
    for record in found:
        told = [(v.revision, v.values["trees"]) for v in queries.history(SYSTEM, gardens, record.ref.id)]
        assert told == [(n, n - 1) for n in range(record.ref.revision, 0, -1)]


def test_numbers_have_no_gap_and_no_double(apply, clean):
    apply(gardens=HARVESTS)

    def work(n):
        for _ in range(5):
            services.create(SYSTEM, "yard.gardens", {"picked_on": DAY}, unit="13225", valid_from=DAY)
        services.create(SYSTEM, "yard.gardens", {"picked_on": DAY}, unit="12466", valid_from=DAY)

    eight(work)
    numbers = rows("SELECT unit, number FROM reg.yard_gardens")
    for unit, many in (("13225", 40), ("12466", 8)):
        assert {number for of, number in numbers if of == unit} == {f"{n}/2024" for n in range(1, many + 1)}


def test_the_same_record_entered_eight_times_is_one(gardens, clean):
    refs = eight(lambda _n: services.create(SYSTEM, gardens, {"code": "A", "planted_on": DAY}, valid_from=DAY))
    assert len(set(refs)) == 1
    assert rows("SELECT count(*) FROM reg.yard_gardens") == rows("SELECT count(*) FROM record_version") == [(1,)]


@pytest.mark.parametrize("updates", [40, pytest.param(1_000, marks=pytest.mark.slow)])
def test_eight_writers_over_a_thousand_records_lose_nothing_and_leave_every_version(gardens, clean, updates):
    """Each writer adds one tree to a record that it has read. `updates` of them each; nobody gives up."""
    new = [NewRecord({"code": f"C{n}", "planted_on": DAY, "trees": 0}, DAY) for n in range(1_000)]
    services.create_many(SYSTEM, gardens, new)
    ids = [row[0] for row in rows("SELECT id FROM reg.yard_gardens ORDER BY id")]
    busy = ids[:20]  # half of the writes meet here, the others anywhere

    def work(n):
        chance, done, refused = random.Random(n), [], 0
        while len(done) < updates:
            id = chance.choice(busy if len(done) % 2 else ids)
            seen = queries.get(SYSTEM, gardens, id)
            more = {"trees": seen.values["trees"] + 1}
            try:
                ref = services.update(SYSTEM, gardens, id, more, revision=seen.ref.revision, why=f"{n}.{len(done)}")
            except StaleRevision as error:
                assert error.extra["revision"] > seen.ref.revision, "who comes late is told what is there now"
                refused += 1
            else:
                assert ref.revision == seen.ref.revision + 1
                done.append((id, ref.revision, f"{n}.{len(done)}"))
        return done, refused

    answers = eight(work)
    done = [one for part, _refused in answers for one in part]
    assert rows("SELECT sum(trees) FROM reg.yard_gardens") == [(8 * updates,)], "no update is lost"
    told = rows("SELECT record, revision, why FROM record_version WHERE change = 'update'")
    assert sorted(told) == sorted(done), "each accepted change is one version, with its reason"
    gaps = rows(
        "SELECT t.id FROM reg.yard_gardens t JOIN record_version v ON v.record = t.id"
        " GROUP BY t.id, t.revision, t.trees"
        " HAVING array_agg(v.revision ORDER BY v.revision) <> array(SELECT generate_series(1, t.revision))"
        " OR t.trees <> t.revision - 1"
        " OR array_agg((v.values->>'trees')::int ORDER BY v.revision)"
        " <> array(SELECT generate_series(0, t.revision - 1))"
    )
    assert gaps == [], "revisions are gapless, and each adds to the one before"
    assert rows("SELECT count(*) FROM kernel_event WHERE name = 'record.updated'") == [(8 * updates,)]
    assert rows("SELECT count(*) FROM kernel_audit WHERE action = 'record.update'") == [(8 * updates,)]
    assert sum(refused for _done, refused in answers) > 0 or updates < 1_000, "they did meet"
