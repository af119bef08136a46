"""Who does a task: given by the head, taken over with a reason, in the name of somebody absent."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tinhso.cases import queries, services
from tinhso.cases.models import Task
from tinhso.cases.timeline import of_case
from tinhso.identity import queries as people
from tinhso.identity import services as identity
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.models import Audit, Event

from .conftest import agrees, do, open_task
from .office import at_home, department, officer


def kinds(case_id) -> list[str]:
    return list(of_case(case_id).values_list("kind", flat=True))


def test_the_head_gives_a_task_to_a_colleague_who_then_has_it(submitted, commune, mother) -> None:
    head, an = at_home(commune, "head", "head"), at_home(commune, "an", "one-stop", name="Bà An")
    task = open_task(submitted.id)
    services.assign(head, task.pk, an.post, note="Chị làm giúp trong sáng nay")
    services.assign(head, task.pk, an.post)
    assert [row.code for row in queries.inbox(an, "mine").rows] == [submitted.code]
    with pytest.raises(Conflict) as taken:
        services.complete(commune.at("one-stop"), task.pk, "done")
    assert "Bà An" in str(taken.value.detail)
    assert kinds(submitted.id) == ["submitted", "assigned"]
    said = queries.timeline(head, submitted.id)[-1]
    assert (said.what, said.note) == (
        "Giao việc cho Bà An (Vị trí an): Tiếp nhận", "Chị làm giúp trong sáng nay",
    )  # fmt: skip
    assert [entry.kind for entry in queries.timeline(mother, submitted.id)] == ["submitted"]
    heard = Event.objects.get(name="case.assigned", subject=f"case:{submitted.id}").data
    assert (heard["task"], heard["to"]) == ("receive", str(an.post))
    assert Audit.objects.filter(action="case.assign", subject=f"case:{submitted.id}").count() == 1
    services.complete(an, task.pk, "done")
    agrees(submitted.id)


def test_only_the_head_of_the_agency_gives_work_out(submitted, commune, neighbour) -> None:
    an = at_home(commune, "an", "one-stop")
    task = open_task(submitted.id)
    with pytest.raises(Forbidden):
        services.assign(commune.at("one-stop"), task.pk, an.post)
    with pytest.raises(NotFound):
        services.assign(neighbour.at("chair"), task.pk, an.post)
    leader = officer(department(), "leader", "leader")
    services.assign(leader, task.pk, an.post)
    auditor = officer(department("H31.2", "Thanh tra tỉnh"), "auditor", "auditor")
    with pytest.raises(Forbidden):
        services.assign(auditor, task.pk, commune.at("one-stop").post)


def test_a_task_goes_only_to_a_post_that_does_it_and_in_which_somebody_sits(submitted, commune, neighbour) -> None:
    task, chair = open_task(submitted.id), commune.at("chair")
    empty = at_home(commune, "empty", "one-stop", seated=False)
    for wrong in (commune.at("civil-status"), neighbour.at("one-stop"), empty):
        with pytest.raises(Invalid) as refused:
            services.assign(chair, task.pk, wrong.post)
        assert "to" in refused.value.errors
    do(commune, submitted)
    with pytest.raises(Conflict):
        services.assign(chair, task.pk, commune.at("one-stop").post)
    assert Task.objects.get(pk=task.pk).claimed_by is None


def test_a_colleague_takes_over_with_a_reason_that_stays(submitted, commune) -> None:
    first, second = commune.at("one-stop"), at_home(commune, "an", "one-stop", name="Bà An")
    task = open_task(submitted.id)
    with pytest.raises(Conflict):
        services.take_over(second, task.pk, "Rảnh")
    services.claim(first, task.pk)
    with pytest.raises(Invalid):
        services.take_over(second, task.pk, "  ")
    with pytest.raises(Forbidden):
        services.take_over(commune.at("chair"), task.pk, "Gấp")
    services.take_over(second, task.pk, "Đồng nghiệp đi họp")
    services.take_over(second, task.pk, "Đồng nghiệp đi họp")
    said = queries.timeline(first, submitted.id)[-1]
    assert (said.what, said.by, said.note) == (
        f"Nhận việc thay {first.name}: Tiếp nhận", "Bà An", "Đồng nghiệp đi họp",
    )  # fmt: skip
    assert kinds(submitted.id).count("taken-over") == 1
    with pytest.raises(Conflict):
        services.complete(first, task.pk, "done")
    services.complete(second, task.pk, "done")
    agrees(submitted.id)


def test_a_deputy_does_the_work_of_who_is_absent_and_the_timeline_says_for_whom(submitted, commune) -> None:
    absent, deputy = commune.at("one-stop"), at_home(commune, "an", "clerk", name="Bà An")
    services.claim(absent, open_task(submitted.id).pk)
    until = timezone.localdate() + timedelta(days=3)
    identity.delegate(absent, absent.post, deputy.account, until=until, basis="Giấy nghỉ phép 5/GNP")
    (away,) = people.stands_in_for(deputy)
    assert (away.holder, away.until, away.deputy) == (absent.name, until, "Bà An")
    stand_in = people.actor_in_post(deputy.account, absent.post)
    assert (stand_in.name, stand_in.acting_for, stand_in.roles) == ("Bà An", absent.name, frozenset({"one-stop"}))
    assert [row.code for row in queries.inbox(stand_in, "mine").rows] == [submitted.code]
    services.complete(stand_in, open_task(submitted.id).pk, "done")
    assert queries.timeline(commune.at("chair"), submitted.id)[-1].by == f"Bà An, thay mặt {absent.name}"
    agrees(submitted.id)
    with pytest.raises(Forbidden):
        identity.delegate(stand_in, absent.post, commune.at("chair").account, until=until, basis="Tôi cũng nghỉ")
    identity.end_delegation(absent, away.id)
    with pytest.raises(Forbidden):
        people.actor_in_post(deputy.account, absent.post)


def test_the_head_names_a_deputy_for_who_fell_ill_but_only_in_the_own_agency(commune, neighbour) -> None:
    until = timezone.localdate() + timedelta(days=1)
    ill, deputy = commune.at("civil-status"), commune.at("one-stop")
    head = at_home(commune, "head", "head")
    identity.delegate(head, ill.post, deputy.account, until=until, basis="Ốm")
    with pytest.raises(Forbidden):
        identity.delegate(neighbour.at("chair"), ill.post, deputy.account, until=until, basis="Ốm")
    with pytest.raises(Forbidden):
        identity.delegate(deputy, ill.post, deputy.account, until=until, basis="Tự nhận")


def test_colleagues_are_named_with_their_work_and_whether_they_are_away(submitted, commune) -> None:
    first, second = commune.at("one-stop"), at_home(commune, "an", "one-stop", name="Bà An")
    services.claim(first, open_task(submitted.id).pk)
    until = timezone.localdate() + timedelta(days=2)
    identity.delegate(second, second.post, first.account, until=until, basis="Nghỉ phép")
    found = {one.holder: one for one in queries.colleagues(commune.at("chair"), open_task(submitted.id).pk)}
    assert set(found) == {first.name, "Bà An"}
    assert (found[first.name].open, found[first.name].away) == (1, None)
    assert (found["Bà An"].open, found["Bà An"].away, found["Bà An"].deputy) == (0, until, first.name)
