"""The same deed for many tasks: reviewed, confirmed once, done one by one; what fails is named, nothing is lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tinhso.cases import queries, services, tasks
from tinhso.cases.models import Batch, BatchItem, Case, CaseEvent, Task
from tinhso.identity import services as identity
from tinhso.identity.models import Assignment
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.models import Audit

from .conftest import PROCEDURE, SYSTEM, agrees, do, filled, open_task
from .office import at_home, copies


@pytest.fixture
def many(permit, mother) -> list[Task]:
    return [open_task(services.submit(mother, filled(mother)).id) for _ in range(4)]


def run(batch) -> None:
    tasks.run_batch(str(batch))


def states(actor, batch) -> list[str]:
    return [line.state for line in queries.batch(actor, batch).lines]


def test_many_simple_steps_are_completed_at_once_and_each_failure_is_named(many, commune, mother) -> None:
    me, colleague = commune.at("one-stop"), at_home(commune, "an", "one-stop", name="Bà An")
    batch = services.prepare_batch(me, "done", [one.pk for one in many])
    services.withdraw(mother, many[0].case_id, "Đổi ý")
    services.claim(colleague, many[1].pk)
    services.confirm_batch(me, batch)
    assert states(me, batch) == ["waiting"] * 4
    run(batch)
    run(batch)
    view = queries.batch(me, batch)
    assert [line.state for line in view.lines] == ["failed", "failed", "done", "done"]
    assert "rút" in view.lines[0].why and "Bà An" in view.lines[1].why
    assert (view.state, view.through, view.over) == ("done", 4, True)
    assert [open_task(task.case_id).step for task in many[2:]] == ["verify", "verify"]
    assert CaseEvent.objects.filter(case=many[2].case_id, kind="received").count() == 1
    for task in many:
        agrees(task.case_id)
    services.release(colleague, many[1].pk)
    services.retry_batch(me, batch)
    run(batch)
    assert states(me, batch) == ["failed", "done", "done", "done"]


def test_what_changed_after_the_review_is_not_done_unseen(many, commune, mother) -> None:
    me = commune.at("civil-status")
    for task in many:
        services.complete(commune.at("one-stop"), task.pk, "done")
    chosen = [open_task(task.case_id) for task in many]
    batch = services.prepare_batch(me, "done", [one.pk for one in chosen])
    Case.objects.filter(pk=chosen[1].case_id).update(revision=99)
    services.confirm_batch(me, batch, left=[1])
    run(batch)
    view = queries.batch(me, batch)
    assert [line.state for line in view.lines] == ["left", "failed", "done", "done"]
    assert "thay đổi" in view.lines[1].why


def test_tasks_are_claimed_and_given_out_in_bulk(many, commune) -> None:
    me, an = commune.at("one-stop"), at_home(commune, "an", "one-stop", name="Bà An")
    batch = services.prepare_batch(me, "claim", [one.pk for one in many[:2]])
    services.confirm_batch(me, batch)
    run(batch)
    assert len(queries.inbox(me, "mine").rows) == 2
    with pytest.raises(Forbidden):
        services.prepare_batch(me, "assign", [many[0].pk])
    chair = commune.at("chair")
    batch = services.prepare_batch(chair, "assign", [one.pk for one in many])
    assert {one.holder for one in queries.batch_colleagues(chair, batch)} == {me.name, "Bà An"}
    with pytest.raises(Invalid):
        services.confirm_batch(chair, batch)
    services.confirm_batch(chair, batch, to=an.post, note="Chia việc")
    run(batch)
    assert len(queries.inbox(an, "mine").rows) == 4
    for task in many:
        agrees(task.case_id)


def test_what_cannot_be_chosen_is_refused(many, commune, neighbour) -> None:
    me, stranger = commune.at("one-stop"), neighbour.at("one-stop")
    for wrong in ([], [one.pk for one in copies(many[0].case_id, 501)]):
        with pytest.raises(Invalid):
            services.prepare_batch(me, "done", wrong)
    with pytest.raises(Invalid):
        services.prepare_batch(stranger, "done", [task.pk for task in many])
    with pytest.raises(Invalid):
        services.prepare_batch(me, "burn", [many[0].pk])
    batch = services.prepare_batch(commune.at("chair"), "approve", [many[0].pk])
    assert "vị trí khác" in queries.batch(commune.at("chair"), batch).lines[0].why
    with pytest.raises(Invalid):
        services.confirm_batch(commune.at("chair"), batch)
    for other in (me, stranger):
        with pytest.raises(NotFound):
            queries.batch(other, batch)
        with pytest.raises(NotFound):
            services.confirm_batch(other, batch)


def test_a_batch_that_was_dropped_is_not_done(many, commune) -> None:
    me = commune.at("one-stop")
    batch = services.prepare_batch(me, "done", [many[0].pk])
    services.drop_batch(me, batch)
    services.drop_batch(me, batch)
    with pytest.raises(Conflict):
        services.confirm_batch(me, batch)
    run(batch)
    assert open_task(many[0].case_id).step == "receive"
    assert queries.batches(me) == ()


def test_who_lost_the_post_meanwhile_does_nothing_more(many, commune) -> None:
    me = commune.at("one-stop")
    batch = services.prepare_batch(me, "done", [one.pk for one in many])
    services.confirm_batch(me, batch)
    identity.end_assignment(SYSTEM, Assignment.objects.get(post=me.post).id)
    run(batch)
    assert set(BatchItem.objects.filter(batch=batch).values_list("state", flat=True)) == {"failed"}
    assert [open_task(task.case_id).step for task in many] == ["receive"] * 4


def test_a_worker_that_dies_in_the_middle_is_followed_by_another(many, commune, monkeypatch) -> None:
    from tinhso.cases.services import batches

    me = commune.at("one-stop")
    batch = services.prepare_batch(me, "done", [one.pk for one in many])
    services.confirm_batch(me, batch)
    deed, done = batches._DEEDS["done"], []

    def dies(actor, told, item):
        deed(actor, told, item)
        done.append(item.place)
        if len(done) == 3:
            raise KeyboardInterrupt  # as a killed process: nobody catches it, the transaction is rolled back

    monkeypatch.setitem(batches._DEEDS, "done", dies)
    with pytest.raises(KeyboardInterrupt):
        run(batch)
    assert states(me, batch) == ["done", "done", "waiting", "waiting"]
    assert Batch.objects.get(pk=batch).state == "queued"
    run(batch)
    assert states(me, batch) == ["done"] * 4
    for task in many:
        assert CaseEvent.objects.filter(case=task.case_id, kind="received").count() == 1
        agrees(task.case_id)


def test_five_hundred_tasks_of_an_officer_who_leaves_are_handed_over(submitted, commune, neighbour) -> None:
    leaving, head = commune.at("one-stop"), at_home(commune, "head", "head")
    first, second = at_home(commune, "an", "one-stop", name="Bà An"), at_home(commune, "ba", "one-stop", name="Bà Ba")
    services.claim(leaving, open_task(submitted.id).pk)
    copies(submitted.id, 499, claimed=leaving)
    identity.end_assignment(SYSTEM, Assignment.objects.get(post=leaving.post).id)
    (desk,) = [one for one in queries.desks_of_agency(head) if one.post == leaving.post]
    assert (desk.holder, desk.open) == ("", 500)
    with pytest.raises(Forbidden):
        services.prepare_hand_over(first, leaving.post, [first.post], "Nghỉ hưu")
    with pytest.raises(Invalid):
        services.prepare_hand_over(neighbour.at("chair"), leaving.post, [first.post], "Nghỉ hưu")
    with pytest.raises(Invalid):
        services.prepare_hand_over(head, leaving.post, [first.post], " ")
    batch = services.prepare_hand_over(head, leaving.post, [first.post, second.post], "Nghỉ hưu từ 01/12")
    taken = Task.objects.filter(claimed_by=leaving.post).first()
    services.assign(commune.at("chair"), taken.pk, second.post)
    run(batch)
    view = queries.batch(head, batch)
    assert (view.counts, view.over) == ({"done": 499, "failed": 1}, True)
    assert "không còn do vị trí đó giữ" in next(line.why for line in view.lines if line.state == "failed")
    shares = [Task.objects.filter(claimed_by=one.post, completed_at=None).count() for one in (first, second)]
    assert sum(shares) == 500 and min(shares) >= 249
    assert not Task.objects.filter(claimed_by=leaving.post, completed_at=None).exists()
    assert CaseEvent.objects.filter(kind="assigned").count() == 500
    assert Audit.objects.filter(action="case.assign").count() == 500
    assert Audit.objects.get(action="case.batch").data == {"kind": "hand-over", "cases": 500}
    agrees(submitted.id)


def test_what_no_named_colleague_does_goes_back_to_the_unit(submitted, commune) -> None:
    leaving, head = commune.at("one-stop"), at_home(commune, "head", "head")
    services.claim(leaving, open_task(submitted.id).pk)
    run(services.prepare_hand_over(head, leaving.post, [commune.at("civil-status").post], "Chuyển công tác"))
    task = open_task(submitted.id)
    assert (task.claimed_by, task.claimed_name) == (None, "")
    services.complete(at_home(commune, "an", "one-stop"), task.pk, "done")
    agrees(submitted.id)


def test_the_new_holder_of_a_post_has_its_tasks_in_the_own_name(submitted, commune) -> None:
    leaving, head = commune.at("one-stop"), at_home(commune, "head", "head")
    services.claim(leaving, open_task(submitted.id).pk)
    identity.end_assignment(SYSTEM, Assignment.objects.get(post=leaving.post).id)
    new = identity.open_demo_account(SYSTEM, "nguoi-moi", "Ông Mới")
    identity.assign(SYSTEM, new, leaving.post)
    run(services.prepare_hand_over(head, leaving.post, [leaving.post], "Người mới nhận vị trí"))
    assert (open_task(submitted.id).claimed_by, open_task(submitted.id).claimed_name) == (leaving.post, "Ông Mới")


def test_a_step_that_signs_nothing_cannot_be_signed(apply, commune, mother) -> None:
    apply(PROCEDURE)
    case = services.submit(mother, filled(mother))
    do(commune, case)
    do(commune, case)
    chair = commune.at("chair")
    batch = services.prepare_batch(chair, "approve", [open_task(case.id).pk])
    assert "không phải bước ký" in queries.batch(chair, batch).lines[0].why


def test_a_deed_ordered_by_a_deputy_is_done_in_the_name_of_the_post(many, commune) -> None:
    from tinhso.identity.queries import actor_in_post

    absent, deputy = commune.at("one-stop"), at_home(commune, "an", "clerk", name="Bà An")
    until = timezone.localdate() + timedelta(days=2)
    identity.delegate(absent, absent.post, deputy.account, until=until, basis="Nghỉ phép")
    stand_in = actor_in_post(deputy.account, absent.post)
    batch = services.prepare_batch(stand_in, "done", [many[0].pk])
    services.confirm_batch(stand_in, batch)
    run(batch)
    assert queries.timeline(commune.at("chair"), many[0].case_id)[-1].by == f"Bà An, thay mặt {absent.name}"
