"""A record's life: entered, changed, ended, restored; nothing that was said is lost."""

import time
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from tinhso.identity import services as identity_services
from tinhso.kernel import seal
from tinhso.kernel.errors import Conflict, Invalid, NotFound, StaleRevision
from tinhso.kernel.ids import uuid7
from tinhso.kernel.models import Audit, Event
from tinhso.registers import queries, services
from tinhso.registers.contracts import NewRecord

from .conftest import SYSTEM, rows

VALUES = {"code": "A1", "planted_on": date(2024, 3, 1), "trees": 10, "area": Decimal("12.50"), "keeper": "Trần Thị Hòa"}
DAY = date(2024, 3, 1)


def test_entered_and_read_back(gardens):
    ref = services.create(SYSTEM, gardens, VALUES | {"remark": "chủ vườn bị ốm"}, valid_from=DAY, unit="13225")
    record = queries.get(SYSTEM, gardens, ref.id)
    assert record.values == VALUES | {"remark": "chủ vườn bị ốm"}
    assert (record.ref.revision, record.unit, record.valid_from, record.valid_until) == (1, "13225", DAY, None)
    assert record.display == "A1 – 01/03/2024"
    assert Audit.objects.filter(action="record.create", subject=f"record:{ref.id}").count() == 1
    assert Event.objects.get(name="record.created", subject=f"record:{ref.id}").data["register"] == gardens


def test_sensitive_values_are_nowhere_in_clear(gardens):
    ref = services.create(SYSTEM, gardens, VALUES | {"remark": "chủ vườn bị ốm"})
    assert "remark" not in [
        row[0] for row in rows("SELECT attname FROM pg_attribute WHERE attrelid = 'reg.yard_gardens'::regclass")
    ]
    [(kept,)] = rows("SELECT values::text FROM record_version WHERE record = %s", (ref.id,))
    assert "ốm" not in kept
    [(sealed,)] = rows("SELECT sealed FROM registers_secret WHERE record = %s", (ref.id,))
    assert "ốm".encode() not in bytes(sealed)
    with pytest.raises(identity_services.CannotOpen):
        identity_services.open_sealed(sealed, "registers_secret:elsewhere")


def test_faults_are_named_by_field_and_nothing_is_written(gardens):
    with pytest.raises(Invalid) as caught:
        services.create(SYSTEM, gardens, {"planted_on": date(2999, 1, 1), "trees": -1, "colour": "xanh"})
    assert set(caught.value.errors) == {"code", "planted_on", "trees", "colour"}
    assert rows("SELECT count(*) FROM reg.yard_gardens") == [(0,)]


def test_entered_twice_is_one_record(gardens):
    id = uuid7()
    first = services.create(SYSTEM, gardens, VALUES, id=id)
    assert services.create(SYSTEM, gardens, VALUES, id=id) == first
    assert services.create(SYSTEM, gardens, VALUES) == first, "the same natural key and values"
    with pytest.raises(Conflict):
        services.create(SYSTEM, gardens, VALUES | {"trees": 11})
    assert rows("SELECT count(*) FROM record_version WHERE register = %s", (gardens,)) == [(1,)]


def test_a_named_request_is_done_once(gardens):
    first = services.create(SYSTEM, gardens, VALUES, request_key="k1")
    assert services.create(SYSTEM, gardens, VALUES, request_key="k1") == first
    with pytest.raises(Conflict):
        services.create(SYSTEM, gardens, VALUES | {"code": "B"}, request_key="k1")


def test_a_correction_and_a_change_in_time(gardens):
    ref = services.create(SYSTEM, gardens, VALUES, valid_from=DAY)
    ref = services.update(SYSTEM, gardens, ref.id, {"trees": 12}, revision=1, why="đếm lại")
    ref = services.update(
        SYSTEM, gardens, ref.id, {"trees": 20}, revision=2, why="trồng thêm", valid_from=date(2025, 1, 1)
    )
    told = {
        day: queries.get(SYSTEM, gardens, ref.id, at=day).values["trees"]
        for day in (DAY, date(2024, 12, 31), date(2025, 1, 1))
    }
    assert told == {DAY: 12, date(2024, 12, 31): 12, date(2025, 1, 1): 20}
    with pytest.raises(NotFound):
        queries.get(SYSTEM, gardens, ref.id, at=DAY - timedelta(days=1))
    versions = queries.history(SYSTEM, gardens, ref.id)
    assert [(v.revision, v.values["trees"], v.why) for v in versions] == [
        (3, 20, "trồng thêm"),
        (2, 12, "đếm lại"),
        (1, 10, ""),
    ]
    [difference] = queries.differences(queries.definition(gardens), versions[1], versions[0])
    assert (difference.label, difference.before, difference.after) == ("Số cây", "12", "20")


@pytest.mark.django_db(transaction=True)
def test_what_was_known_then(gardens, clean):
    ref = services.create(SYSTEM, gardens, VALUES, valid_from=DAY)
    services.update(SYSTEM, gardens, ref.id, {"trees": 12}, revision=1, why="đếm lại")
    services.end(SYSTEM, gardens, ref.id, on=date(2025, 1, 1), revision=2, why="phá bỏ")
    recorded = [v.recorded_at for v in reversed(queries.history(SYSTEM, gardens, ref.id))]

    def known(then, day=DAY):
        return queries.get(SYSTEM, gardens, ref.id, at=day, known_at=then).values["trees"]

    assert [known(then) for then in recorded] == [10, 12, 12]
    assert known(recorded[1], date(2025, 6, 1)) == 12, "its end was not known yet"
    with pytest.raises(NotFound):
        known(recorded[2], date(2025, 6, 1))
    with pytest.raises(NotFound):
        known(recorded[0] - timedelta(seconds=1))


def test_lists_as_of_a_day(gardens):
    one = services.create(SYSTEM, gardens, VALUES, valid_from=DAY)
    services.update(SYSTEM, gardens, one.id, {"trees": 20}, revision=1, why="trồng thêm", valid_from=date(2025, 1, 1))
    two = services.create(SYSTEM, gardens, VALUES | {"code": "B"}, valid_from=date(2024, 6, 1))
    services.end(SYSTEM, gardens, two.id, on=date(2025, 6, 1), revision=1, why="phá bỏ")

    def told(day):
        return {r.values["code"]: r.values["trees"] for r in queries.find(SYSTEM, gardens, as_of=day).records}

    assert told(date(2024, 2, 1)) == {}
    assert told(date(2024, 4, 1)) == {"A1": 10}
    assert told(date(2024, 12, 31)) == {"A1": 10, "B": 10}
    assert told(date(2025, 5, 31)) == {"A1": 20, "B": 10}
    assert told(date(2025, 6, 1)) == {"A1": 20}


def test_the_database_refuses_two_truths_for_a_day(gardens):
    ref = services.create(SYSTEM, gardens, VALUES, valid_from=DAY)
    services.update(SYSTEM, gardens, ref.id, {"trees": 20}, revision=1, why="thêm", valid_from=date(2025, 1, 1))
    with pytest.raises(IntegrityError, match="one_truth"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO registers_period (register, record, revision, valid)"
            " VALUES (%s, %s, 9, '[2024-12-31,2025-01-02)')",
            [gardens, ref.id],
        )


def test_ended_and_restored(gardens):
    ref = services.create(SYSTEM, gardens, VALUES, valid_from=DAY)
    today = timezone.localdate()
    ref = services.end(SYSTEM, gardens, ref.id, on=today, revision=1, why="phá bỏ")
    with pytest.raises(Conflict):
        services.update(SYSTEM, gardens, ref.id, {"trees": 1}, revision=2, why="x")
    with pytest.raises(NotFound):
        queries.get(SYSTEM, gardens, ref.id, at=today)
    assert queries.get(SYSTEM, gardens, ref.id, at=DAY).values["trees"] == 10
    ref = services.restore(SYSTEM, gardens, ref.id, to_revision=1, revision=2, why="nhầm")
    assert queries.get(SYSTEM, gardens, ref.id, at=today).ref.revision == 3
    with pytest.raises(Invalid):
        services.end(SYSTEM, gardens, ref.id, on=DAY, revision=3, why="x")


def test_a_stale_revision_changes_nothing(gardens):
    ref = services.create(SYSTEM, gardens, VALUES)
    services.update(SYSTEM, gardens, ref.id, {"trees": 12}, revision=1, why="đếm lại")
    with pytest.raises(StaleRevision) as caught:
        services.update(SYSTEM, gardens, ref.id, {"trees": 99}, revision=1, why="đếm lại")
    assert caught.value.extra == {"revision": 2}
    assert queries.get(SYSTEM, gardens, ref.id).values["trees"] == 12


def test_nothing_different_is_no_new_revision(gardens):
    ref = services.create(SYSTEM, gardens, VALUES)
    assert services.update(SYSTEM, gardens, ref.id, {"trees": 10}, revision=1, why="lưu lại").revision == 1


@pytest.mark.parametrize(
    "sql", ["UPDATE record_version SET why = 'x'", "DELETE FROM record_version", "TRUNCATE record_version"]
)
def test_versions_never_change(gardens, sql):
    services.create(SYSTEM, gardens, VALUES)
    with pytest.raises(IntegrityError, match="never changes"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.django_db(transaction=True)
def test_verify_names_a_version_changed_behind_its_back(gardens, clean):
    ref = services.create(SYSTEM, gardens, VALUES)
    stream = next(s for s in seal.streams() if s.name == "record")
    for _attempt in range(100):  # rows are sealed once every older transaction of the cluster has ended
        if seal.seal(stream):
            break
        time.sleep(0.2)
    assert list(seal.verify(stream)) == []
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL session_replication_role = replica")
        cursor.execute("UPDATE record_version SET values = values || '{\"trees\": 99}' WHERE record = %s", [ref.id])
    [fault] = seal.verify(stream)
    assert (fault.row, fault.what) == (str(ref.id), "changed")


def test_loaded_by_copy(gardens):
    many = (
        NewRecord(
            {"code": f"C{n}", "planted_on": DAY, "trees": n, "remark": "kín" if n == 3 else None},
            DAY,
            unit="13225",
            demo=True,
        )
        for n in range(10_001)
    )
    with_faults = [NewRecord({"code": "X", "planted_on": DAY}, DAY), NewRecord({"trees": -5}, DAY)]
    assert services.create_many(SYSTEM, gardens, many, why="dữ liệu thử") == 10_001
    assert rows("SELECT count(*) FROM record_version WHERE register = %s", (gardens,)) == [(10_001,)]
    [found] = queries.find(SYSTEM, gardens, where={"code": "C3"}).records
    assert queries.get(SYSTEM, gardens, found.ref.id).values["remark"] == "kín"
    assert Event.objects.get(name="record.loaded").data == {"register": gardens, "count": 10_001}
    with pytest.raises(Invalid) as caught:
        services.create_many(SYSTEM, gardens, with_faults)
    assert set(caught.value.errors) == {"rows.1.code", "rows.1.planted_on", "rows.1.trees"}
    with pytest.raises(Conflict):
        services.create_many(SYSTEM, gardens, [NewRecord({"code": "C3", "planted_on": DAY}, DAY)])
    assert rows("SELECT count(*) FROM reg.yard_gardens") == [(10_001,)]
