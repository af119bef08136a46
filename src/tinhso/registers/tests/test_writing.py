"""Writing by hand: proposals that wait, bulk edits that are taken back, records that become one."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import get_user_model
from django.test import Client
from django.utils import timezone

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound, StaleRevision
from tinhso.registers import policy, queries, services
from tinhso.registers.contracts import Change, RecordRef
from tinhso.registers.models import BulkEdit, Proposal

from .conftest import GARDENS, SYSTEM, Apply, seated

HERE, ELSEWHERE = "13225", "12454"
FRUITS = """\
register: fruits
name: {vi: Sổ quả, en: Fruits}
owner: {role: civil-status, level: commune}
fields:
  - {name: garden, type: reference, label: {vi: Vườn, en: Garden}, to: yard.gardens}
  - {name: name, type: text, label: {vi: Tên, en: Name}, max: 40}
"""
LAWS = FRUITS.replace("register: fruits", "register: laws").replace("role: civil-status", "role: land")
APPROVED = GARDENS + "approve: chair\n"
PLANTED = date(2026, 3, 1)


@pytest.fixture
def keeper(province: None) -> Actor:
    return seated(HERE, "civil-status")


@pytest.fixture
def chair(province: None) -> Actor:
    return seated(HERE, "chair")


@pytest.fixture
def stranger(province: None) -> Actor:
    return seated(ELSEWHERE, "civil-status")


def garden(actor: Actor, code: str, **values: object) -> RecordRef:
    given = {"code": code, "planted_on": PLANTED, "trees": 5} | values
    return services.create(SYSTEM, "yard.gardens", given, valid_from=PLANTED, unit=actor.unit)


def trees(actor: Actor, id: UUID, register: str = "yard.gardens") -> object:
    return queries.get(actor, register, id).values["trees"]


# -- proposals ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def approved(db: None, apply: Apply) -> str:
    apply(gardens=APPROVED)
    return "yard.gardens"


def test_what_needs_approval_waits_and_does_not_hold(approved: str, keeper: Actor, chair: Actor) -> None:
    ref = garden(keeper, "A")
    change = Change(approved, "update", "Đếm lại", record=ref.id, revision=1, values={"trees": 9, "remark": "kín"})
    written = services.hand_in(keeper, change)
    assert written.ref is None and written.proposal
    assert trees(keeper, ref.id) == 5
    [seen] = queries.waiting(keeper, approved, ref.id)
    assert [(d.name, d.before, d.after) for d in seen.changes] == [("trees", "5", "9"), ("remark", "", "kín")]
    assert [d.name for d in queries.waiting(chair, approved)[0].changes] == ["trees"], "sensitive: the keeper alone"
    assert b"k\xc3\xadn" not in bytes(Proposal.objects.get().sealed)
    case = uuid4()
    services.note_case(written.proposal, case, "H31.15-1")
    services.approve(chair, written.proposal, case=case)
    assert trees(keeper, ref.id) == 9
    newest = queries.history(keeper, approved, ref.id)[0]
    assert newest.case == case and newest.values["remark"] == "kín"
    assert queries.waiting(keeper, approved) == []


def test_no_verb_by_hand_goes_past_the_approver(approved: str, keeper: Actor) -> None:
    ref = garden(keeper, "A")
    asked = {"revision": 1, "why": "thử"}
    deeds: list[Callable[[], object]] = [
        lambda: services.create(keeper, approved, {"code": "B", "planted_on": PLANTED}),
        lambda: services.update(keeper, approved, ref.id, {"trees": 1}, **asked),
        lambda: services.end(keeper, approved, ref.id, on=date(2026, 4, 1), **asked),
        lambda: services.restore(keeper, approved, ref.id, to_revision=1, **asked),
        lambda: services.merge(keeper, Change(approved, "merge", "x", ref.id, 1, others={ref.id: 1})),
    ]
    for deed in deeds:
        with pytest.raises(policy.ApprovalNeeded):
            deed()
    assert trees(keeper, ref.id) == 5


def test_nobody_approves_their_own_nor_without_the_role(approved: str, keeper: Actor, chair: Actor) -> None:
    both = replace(keeper, roles=keeper.roles | {"chair"})
    new = Change(approved, "create", values={"code": "A", "planted_on": PLANTED}, on=PLANTED)
    proposal = services.hand_in(both, new).proposal
    assert proposal
    case = uuid4()
    services.note_case(proposal, case, "x")
    for who, error in ((both, Forbidden), (keeper, Forbidden)):
        with pytest.raises(error):
            services.approve(who, proposal, case=case)
    with pytest.raises(NotFound):
        services.approve(chair, proposal, case=uuid4())
    services.refuse(chair, proposal, case=case, why="Trùng vườn khác")
    with pytest.raises(Conflict):
        services.approve(chair, proposal, case=case)
    assert queries.proposal(keeper, approved, proposal).answer == "Trùng vườn khác"
    assert queries.find(keeper, approved).records == []


def test_a_proposal_is_tried_when_it_is_made(approved: str, keeper: Actor, stranger: Actor) -> None:
    ref = garden(keeper, "A")
    with pytest.raises(Invalid) as refused:
        services.hand_in(keeper, Change(approved, "update", "x", ref.id, 1, {"trees": 10_001}))
    assert "trees" in refused.value.errors
    with pytest.raises(StaleRevision):
        services.hand_in(keeper, Change(approved, "update", "x", ref.id, 7, {"trees": 1}))
    with pytest.raises(NotFound):
        services.hand_in(stranger, Change(approved, "update", "x", ref.id, 1, {"trees": 1}))
    assert Proposal.objects.count() == 0
    assert services.create(SYSTEM, approved, {"code": "C", "planted_on": PLANTED}, unit=HERE).revision == 1


def test_a_proposal_that_went_stale_says_so_and_is_not_carried_out(approved: str, keeper: Actor, chair: Actor) -> None:
    ref = garden(keeper, "A")
    proposal = services.hand_in(keeper, Change(approved, "update", "x", ref.id, 1, {"trees": 9})).proposal
    assert proposal
    case = uuid4()
    services.note_case(proposal, case, "x")
    services.update(SYSTEM, approved, ref.id, {"trees": 7}, revision=1, why="Người khác")
    assert "nay bản 2" in queries.proposal(chair, approved, proposal).stale
    with pytest.raises(StaleRevision):
        services.approve(chair, proposal, case=case)
    assert trees(keeper, ref.id) == 7


def test_a_proposal_sent_twice_is_one_and_is_not_seen_elsewhere(approved: str, keeper: Actor, stranger: Actor) -> None:
    new = Change(approved, "create", values={"code": "A", "planted_on": PLANTED}, on=PLANTED)
    first = services.hand_in(keeper, new, request_key="k").proposal
    assert first and services.hand_in(keeper, new, request_key="k").proposal == first
    assert queries.waiting(stranger, approved) == []
    with pytest.raises(NotFound):
        queries.proposal(stranger, approved, first)


# -- bulk edits --------------------------------------------------------------------------------------------------------


@pytest.fixture
def two(gardens: str, keeper: Actor) -> list[UUID]:
    return [garden(keeper, code).id for code in ("A", "B")]


def test_a_bulk_edit_is_tried_done_and_taken_back(two: list[UUID], keeper: Actor) -> None:
    ended = garden(keeper, "C").id
    services.end(SYSTEM, "yard.gardens", ended, on=date(2026, 5, 1), revision=1, why="Bỏ")
    edit = services.prepare_bulk(keeper, "yard.gardens", {"trees": 8, "area": None}, why="Trồng lại")
    before = queries.bulk(keeper, edit)
    assert (before.total, before.refused, before.state) == (3, 1, "ready")
    assert before.faults[0][0] == ended and "đã kết thúc" in before.faults[0][2]
    assert {d.name for _record, changes in before.sample for d in changes} == {"trees"}
    assert trees(keeper, two[0]) == 5, "a preview writes nothing"
    services.run_bulk(keeper, edit)
    services.run_bulk(keeper, edit)
    after = queries.bulk(keeper, edit)
    assert (after.state, after.done, after.refused) == ("done", 2, 1)
    assert [queries.history(keeper, "yard.gardens", id)[0].why for id in two] == ["Trồng lại"] * 2
    services.update(SYSTEM, "yard.gardens", two[1], {"trees": 3}, revision=2, why="Sau đó")
    services.undo_bulk(keeper, edit)
    taken_back = queries.bulk(keeper, edit)
    assert (taken_back.undone, taken_back.kept) == (1, 1)
    assert [trees(keeper, id) for id in two] == [5, 3]


def test_a_bulk_edit_names_the_records_that_a_constraint_refuses(two: list[UUID], keeper: Actor) -> None:
    edit = services.prepare_bulk(keeper, "yard.gardens", {"code": "Z"}, why="Sai mã")
    [(record, _line, why)] = queries.bulk(keeper, edit).faults
    assert record == two[1] and "trùng" in why
    services.run_bulk(keeper, edit)
    assert queries.bulk(keeper, edit).done == 1


def test_a_bulk_edit_leaves_what_changed_since_its_preview(two: list[UUID], keeper: Actor) -> None:
    edit = services.prepare_bulk(keeper, "yard.gardens", {"trees": 8}, why="x", ids=two)
    services.update(SYSTEM, "yard.gardens", two[0], {"trees": 1}, revision=1, why="Người khác")
    services.run_bulk(keeper, edit)
    assert [trees(keeper, id) for id in two] == [1, 8]


def test_a_bulk_edit_is_its_authors_and_of_their_place(two: list[UUID], keeper: Actor, stranger: Actor) -> None:
    with pytest.raises(Invalid):
        services.prepare_bulk(stranger, "yard.gardens", {"trees": 8}, why="x", ids=two)
    edit = services.prepare_bulk(keeper, "yard.gardens", {"trees": 8}, why="x", ids=two)
    for deed in (lambda: queries.bulk(stranger, edit), lambda: services.run_bulk(stranger, edit)):
        with pytest.raises(NotFound):
            deed()
    with pytest.raises(Forbidden):
        services.prepare_bulk(seated(HERE, "one-stop"), "yard.gardens", {"trees": 8}, why="x", ids=two)


def test_a_large_bulk_edit_is_the_workers_and_goes_on_after_a_crash(
    two: list[UUID], keeper: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tinhso.registers.services import bulk_edit

    monkeypatch.setattr(bulk_edit, "AT_ONCE", 1)
    edit = services.prepare_bulk(keeper, "yard.gardens", {"trees": 8}, why="x")
    services.run_bulk(keeper, edit)
    assert queries.bulk(keeper, edit).state == "queued" and trees(keeper, two[0]) == 5
    BulkEdit.objects.filter(pk=edit).update(state="running")  # as a worker that was killed left it
    bulk_edit.work_on(edit)
    assert queries.bulk(keeper, edit).done == 2
    assert queries.history(keeper, "yard.gardens", two[0])[0].by != "Hệ thống"


# -- merges ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def doubles(db: None, apply: Apply, keeper: Actor) -> tuple[UUID, UUID, UUID]:
    """Two gardens, and a fruit of the second."""
    apply(gardens=GARDENS, fruits=FRUITS)
    first, second = garden(keeper, "A", trees=5).id, garden(keeper, "B", trees=9).id
    fruit = services.create(SYSTEM, "yard.fruits", {"garden": second, "name": "Ổi"}, unit=keeper.unit).id
    return first, second, fruit


def merging(first: UUID, second: UUID, **more: object) -> Change:
    return Change("yard.gardens", "merge", "Một vườn", first, 1, {"trees": 9}, others={second: 1}, **more)  # type: ignore[arg-type]


def test_doubles_become_one_and_are_parted_again(doubles: tuple[UUID, UUID, UUID], keeper: Actor) -> None:
    first, second, fruit = doubles
    services.merge(keeper, merging(first, second))
    assert trees(keeper, first) == 9
    gone = queries.get(keeper, "yard.gardens", second)
    assert gone.valid_until == timezone.localdate() and queries.merged_into(second) == first
    assert str(first) in queries.history(keeper, "yard.gardens", second)[0].why
    assert queries.get(keeper, "yard.fruits", fruit).values["garden"] == first
    merged = queries.merge_of(keeper, "yard.gardens", first)
    assert merged and merged.ended == (second,) and merged.pointed == 1
    services.unmerge(keeper, Change("yard.gardens", "unmerge", "Nhầm", of=merged.id))
    assert trees(keeper, first) == 5
    assert queries.get(keeper, "yard.gardens", second).valid_until is None and queries.merged_into(second) is None
    assert queries.get(keeper, "yard.fruits", fruit).values["garden"] == second


def test_the_api_says_where_a_merged_record_went(
    doubles: tuple[UUID, UUID, UUID], keeper: Actor, client: Client
) -> None:
    first, second, _fruit = doubles
    services.merge(keeper, merging(first, second))
    account = get_user_model().objects.get(pk=keeper.account)
    client.force_login(account, "allauth.account.auth_backends.AuthenticationBackend")
    session = client.session
    session["assurance"] = 2
    session.save()
    at = "/api/v1/registers/yard.gardens/records"
    assert client.get(f"{at}/{second}").json()["merged_into"] == str(first)
    assert client.get(f"{at}/{first}").json()["merged_into"] is None


def test_a_merge_is_all_or_nothing(doubles: tuple[UUID, UUID, UUID], keeper: Actor) -> None:
    first, second, fruit = doubles
    services.update(SYSTEM, "yard.gardens", second, {"trees": 1}, revision=1, why="Người khác")
    with pytest.raises(StaleRevision):
        services.merge(keeper, merging(first, second))
    assert trees(keeper, first) == 5 and queries.get(keeper, "yard.fruits", fruit).values["garden"] == second
    done = Change("yard.gardens", "merge", "Một vườn", first, 1, {"trees": 9}, others={second: 2})
    services.merge(keeper, done)
    services.update(SYSTEM, "yard.gardens", first, {"trees": 2}, revision=2, why="Sau đó")
    merged = queries.merge_of(keeper, "yard.gardens", first)
    assert merged
    with pytest.raises(Conflict):
        services.unmerge(keeper, Change("yard.gardens", "unmerge", "Nhầm", of=merged.id))
    assert queries.merged_into(second) == first


def test_a_merge_stops_at_a_register_that_the_officer_may_not_write(
    apply: Apply, doubles: tuple[UUID, UUID, UUID], keeper: Actor
) -> None:
    first, second, _fruit = doubles
    apply(gardens=GARDENS, fruits=FRUITS, laws=LAWS)
    services.create(SYSTEM, "yard.laws", {"garden": second, "name": "Nghị quyết"}, unit=keeper.unit)
    assert {(one.register, one.count, one.writable) for one in queries.pointing(keeper, "yard.gardens", [second])} == {
        ("yard.fruits", 1, True),
        ("yard.laws", 1, False),
    }
    with pytest.raises(Conflict, match=r"Sổ quả \(1 bản ghi\)"):
        services.merge(keeper, merging(first, second))
    assert trees(keeper, first) == 5


def test_a_record_that_began_today_can_be_merged(gardens: str, keeper: Actor) -> None:
    today = timezone.localdate()
    one, other = (
        services.create(SYSTEM, gardens, {"code": code, "planted_on": PLANTED}, valid_from=today, unit=keeper.unit).id
        for code in "AB"
    )
    services.merge(keeper, Change(gardens, "merge", "Một vườn", one, 1, others={other: 1}))
    assert queries.get(keeper, gardens, other).valid_until == today + timedelta(days=1)


def test_strangers_cannot_merge(doubles: tuple[UUID, UUID, UUID], stranger: Actor) -> None:
    first, second, _fruit = doubles
    with pytest.raises((NotFound, Conflict)):
        services.merge(stranger, merging(first, second))
