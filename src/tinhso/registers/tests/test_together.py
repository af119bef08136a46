"""Eight at once: no change is lost, no number given twice, the history is complete."""

import random
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection

from tinhso.kernel.errors import StaleRevision
from tinhso.registers import queries, services

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
