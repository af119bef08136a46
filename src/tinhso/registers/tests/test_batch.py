"""Many records in one request: each row has its result, and a request sent twice is done once."""

from datetime import date

import pytest

from tinhso.kernel.errors import Conflict, Forbidden, Invalid
from tinhso.registers import queries, services
from tinhso.registers.contracts import BatchRow

from .conftest import GARDENS, SYSTEM, rows, seated

PLANTED = "2024-03-01"


def row(code, **more):
    given = {name: more.pop(name) for name in ("id", "revision", "valid_from", "unit") if name in more}
    return BatchRow({"code": code, "planted_on": PLANTED} | more, **given)


def send(*sent, actor=SYSTEM, **more):
    return services.upsert(actor, "yard.gardens", list(sent), why="nhập từ sổ giấy", **more)


def what(results):
    return [result.result for result in results]


def trees(code):
    [record] = queries.find(SYSTEM, "yard.gardens", where={"code": code}).records
    return record.values["trees"], record.ref.revision


def test_rows_are_matched_by_the_natural_key(gardens):
    assert what(send(row("a", trees=1), row("b", trees=2))) == ["created", "created"]
    results = send(row("b", trees=2), row("a", trees=5), row("c"))
    assert what(results) == ["unchanged", "updated", "created"]
    assert (trees("a"), trees("b")) == ((5, 2), (2, 1))


def test_rows_are_matched_by_id_and_may_then_change_the_key(gardens):
    [made] = send(row("a"))
    [result] = send(BatchRow({"code": "z"}, id=made.id, revision=1))
    assert (result.result, result.id, result.revision) == ("updated", made.id, 2)
    assert trees("z") == (None, 2)


def test_bad_rows_are_refused_by_themselves(gardens):
    send(row("a"))
    missing = "01890000-0000-7000-8000-000000000000"
    results = send(
        row("b", trees="nhiều"),
        row("a", trees=1, revision=7),
        row("new", revision=1),
        row("x", id=missing, revision=1),
        row("c", colour="xanh"),
        row("d", trees=20_000),
        row("good"),
    )
    assert what(results) == ["refused"] * 6 + ["created"]
    problems = [result.problem for result in results[:6]]
    assert [problem["status"] for problem in problems] == [422, 412, 422, 404, 422, 422]
    assert [[fault["path"] for fault in problem.get("errors", [])] for problem in problems] == [
        ["trees"],
        [],
        ["revision"],
        [],
        ["colour"],
        ["trees"],
    ]


def test_all_or_nothing_names_every_fault_and_writes_nothing(gardens):
    with pytest.raises(Invalid) as refused:
        send(row("a"), row("b", trees=-1), row("c", planted_on="hôm qua"), mode="all")
    assert set(refused.value.errors) == {"rows.1.trees", "rows.2.planted_on"}
    assert queries.find(SYSTEM, gardens).records == []
    assert rows("SELECT count(*) FROM kernel_event WHERE name = 'record.created'") == [(0,)]
    assert what(send(row("a"), row("b"), mode="all")) == ["created", "created"]


def test_two_rows_that_are_one_record_are_not_both_written(gardens):
    [made] = send(row("a"))
    assert what(send(row("b", trees=1), row("b", trees=2))) == ["created", "refused"]
    assert what(send(row("a", trees=1), row("a", trees=2, id=made.id))) == ["updated", "refused"]
    assert (trees("a")[0], trees("b")[0]) == (1, 1)


def test_a_request_sent_twice_is_answered_as_the_first_time(gardens):
    sent = [row("a", trees=1), row("b", trees="nhiều")]
    first = send(*sent, request_key="k")
    services.update(SYSTEM, gardens, first[0].id, {"trees": 9}, revision=1, why="x")
    assert send(*sent, request_key="k") == first
    assert trees("a") == (9, 2)
    with pytest.raises(Conflict):
        send(row("a", trees=2), request_key="k")


def test_a_refused_request_leaves_its_key_free(gardens):
    with pytest.raises(Invalid):
        send(row("a", trees=-1), mode="all", request_key="k")
    assert what(send(row("a", trees=1), mode="all", request_key="k")) == ["created"]


def test_a_row_may_say_from_which_day_it_holds(gardens):
    send(row("a", trees=1, valid_from=date(2024, 3, 1)))
    assert what(send(row("a", trees=2, valid_from=date(2025, 1, 1)))) == ["updated"]
    [record] = queries.find(SYSTEM, gardens, as_of=date(2024, 6, 1)).records
    assert record.values["trees"] == 1


def test_the_keeper_writes_what_is_theirs_and_the_whole_is_audited(province, apply):
    apply(gardens=GARDENS)
    keeper = seated("13225", "civil-status")
    send(row("far", unit="12466"))
    results = send(row("near"), row("far", trees=3), row("else", unit="12466"), actor=keeper)
    assert what(results) == ["created", "refused", "refused"]
    assert [result.problem["status"] for result in results[1:]] == [409, 403]
    with pytest.raises(Forbidden):
        send(row("x"), actor=seated("13225", "chair"))
    found = rows(
        "SELECT data->>'created', data->>'refused' FROM kernel_audit WHERE action = 'record.batch' ORDER BY seq"
    )
    assert found == [("1", "0"), ("1", "2")]


def test_numbered_registers_number_the_rows(db, apply):
    apply(
        slips="register: slips\nname: {vi: A, en: A}\nfields:\n  - {name: number, type: text, max: 20}\n"
        "  - {name: on_day, type: date}\nkey: [unit, number]\nnumbering: {field: number, date: on_day}\n"
    )
    sent = [BatchRow({"on_day": PLANTED}, unit="13225")] * 2 + [
        BatchRow({"on_day": PLANTED, "number": "1/2024"}, unit="13225")
    ]
    results = services.upsert(SYSTEM, "yard.slips", sent[:2], why="x")
    assert what(results) == ["created", "created"]
    assert what(services.upsert(SYSTEM, "yard.slips", sent[2:], why="x")) == ["unchanged"]


@pytest.mark.parametrize("count", [0, 1_001])
def test_a_batch_has_its_measure(gardens, count):
    with pytest.raises(Invalid):
        send(*[row(f"r{n}") for n in range(count)])
