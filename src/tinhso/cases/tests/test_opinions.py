"""Notes, and opinions asked of several at once: of the own agency and of another, which sees that case alone."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tinhso.cases import policy, queries, services
from tinhso.cases.models import Opinion
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.notices import queries as notices

from .conftest import agrees, do, filled, open_task
from .office import at_home, department, officer


@pytest.fixture
def justice(commune):
    return officer(department(), "legal", "legal", name="Ông Pháp")


def asked(*posts, hours: int = 4) -> list[services.Asked]:
    return [services.Asked(one.post, timezone.now() + timedelta(hours=hours * n)) for n, one in enumerate(posts, 1)]


def test_a_note_stays_among_the_officers_of_the_agency(submitted, commune, mother, neighbour, justice) -> None:
    services.note(commune.at("one-stop"), submitted.id, " Người nộp hẹn bổ sung ảnh. ")
    services.ask_opinions(commune.at("one-stop"), submitted.id, asked(justice), "Có vướng gì không?", waits=False)
    chair = commune.at("chair")
    assert [note.text for note in queries.around(chair, submitted.id).notes] == ["Người nộp hẹn bổ sung ảnh."]
    assert "noted" in {entry.kind for entry in queries.timeline(chair, submitted.id)}
    for outside in (mother, justice):
        kinds = {entry.kind for entry in queries.timeline(outside, submitted.id)}
        assert "noted" not in kinds
    assert queries.around(justice, submitted.id).notes == ()
    with pytest.raises(NotFound):
        services.note(neighbour.at("chair"), submitted.id, "Nghe nói…")
    with pytest.raises(Forbidden):
        services.note(justice, submitted.id, "Ghi nhờ")
    with pytest.raises(Forbidden):
        services.note(mother, submitted.id, "Gửi cán bộ")
    with pytest.raises(Invalid):
        services.note(chair, submitted.id, " ")
    agrees(submitted.id)


def test_several_are_asked_at_once_and_the_step_waits_for_all(submitted, commune, justice, mother) -> None:
    officer_, chair = commune.at("one-stop"), commune.at("chair")
    first, second = services.ask_opinions(officer_, submitted.id, asked(chair, justice), "Có cấp không?", waits=True)
    task = open_task(submitted.id)
    with pytest.raises(Conflict) as waits:
        services.complete(officer_, task.pk, "done")
    assert "Vị trí chair" in str(waits.value.detail) and "Sở Tư pháp" in str(waits.value.detail)
    services.answer_opinion(chair, first, "Đồng ý")
    services.answer_opinion(chair, first, "Đồng ý")
    with pytest.raises(Conflict):
        services.answer_opinion(chair, first, "Không đồng ý")
    with pytest.raises(Conflict):
        services.complete(officer_, task.pk, "done")
    with pytest.raises(Invalid):
        services.answer_opinion(justice, second, "")
    services.answer_opinion(justice, second, "Không vướng")
    found = queries.around(officer_, submitted.id).opinions
    assert [(one.state, one.answer, one.answered_by) for one in found] == [
        ("answered", "Đồng ý", chair.name), ("answered", "Không vướng", "Ông Pháp"),
    ]  # fmt: skip
    assert not {"opinion-asked", "opinion-answered"} & {e.kind for e in queries.timeline(mother, submitted.id)}
    services.complete(officer_, task.pk, "done")
    agrees(submitted.id)


def test_an_opinion_that_nothing_waits_for_lets_the_step_go_on(submitted, commune, justice) -> None:
    services.ask_opinions(commune.at("one-stop"), submitted.id, asked(justice), "Góp ý?", waits=False)
    do(commune, submitted)
    assert queries.opinions_asked(justice)[0].code == submitted.code


def test_another_agency_sees_the_case_it_is_asked_about_and_no_other(submitted, permit, commune, mother, justice):
    other = services.submit(mother, filled(mother))
    with pytest.raises(NotFound):
        queries.case(justice, submitted.id)
    (one,) = services.ask_opinions(commune.at("one-stop"), submitted.id, asked(justice), "Ý kiến?", waits=False)
    assert queries.case(justice, submitted.id).code == submitted.code
    assert policy.may_read_subject(justice, str(submitted.id)) and not policy.may_read_subject(justice, str(other.id))
    assert queries.around(justice, submitted.id).lent
    with pytest.raises(NotFound):
        queries.case(justice, other.id)
    assert queries.agency_cases(justice).cases == ()
    colleague = officer(department("H31.5", "Sở Tài chính"), "legal", "legal")
    with pytest.raises(NotFound):
        queries.case(colleague, submitted.id)
    with pytest.raises(Forbidden):
        services.complete(justice, open_task(submitted.id).pk, "done")
    with pytest.raises(Forbidden):
        services.ask_opinions(justice, submitted.id, asked(commune.at("chair")), "Hỏi ngược?", waits=True)
    services.drop_opinion(commune.at("chair"), one)
    with pytest.raises(NotFound):
        queries.case(justice, submitted.id)
    with pytest.raises(NotFound):
        services.answer_opinion(justice, one, "Muộn rồi")
    agrees(submitted.id)


def test_what_was_lent_ends_with_the_case(submitted, commune, mother, justice) -> None:
    (one,) = services.ask_opinions(commune.at("one-stop"), submitted.id, asked(justice), "Ý kiến?", waits=True)
    services.withdraw(mother, submitted.id, "Đổi ý")
    with pytest.raises(NotFound):
        queries.case(justice, submitted.id)
    assert queries.opinions_asked(justice) == ()
    assert queries.around(commune.at("chair"), submitted.id).opinions[0].state == "ended"
    with pytest.raises(NotFound):
        services.answer_opinion(justice, one, "Ý kiến muộn")


def test_whom_and_until_when_is_checked_before_anybody_is_asked(submitted, commune, justice) -> None:
    me, chair = commune.at("one-stop"), commune.at("chair")
    empty = at_home(commune, "empty", "clerk", seated=False)
    past = services.Asked(justice.post, timezone.now() - timedelta(minutes=1))
    wrong = [*asked(me, empty, chair, chair), past]
    with pytest.raises(Invalid) as refused:
        services.ask_opinions(me, submitted.id, wrong, " ", waits=True)
    assert set(refused.value.errors) == {"question", "to.0.post", "to.1.post", "to.3.post", "to.4.due"}
    assert queries.around(me, submitted.id).opinions == ()


def test_who_is_asked_is_told_of_the_question_and_who_asked_of_the_answer(told, submitted, commune, justice) -> None:
    asker = commune.at("one-stop")
    (opinion,) = services.ask_opinions(asker, submitted.id, asked(justice), "Có vướng gì không?", waits=True)
    assert told(justice) == [f"Cần ý kiến về hồ sơ {submitted.code}"]
    (head,) = notices.notices(justice).notices
    assert (head.about, head.thing) == ("opinion", str(opinion))
    due = timezone.localtime(Opinion.objects.get(pk=opinion).due_at)
    body = notices.notice(justice, head.id).body
    assert "Có vướng gì không?" in body and f"{due:%H:%M %d/%m/%Y}" in body
    services.answer_opinion(justice, opinion, "Không vướng")
    assert told(asker) == [f"Đã có ý kiến về hồ sơ {submitted.code}"]
    body = notices.notice(asker, notices.notices(asker).notices[0].id).body
    assert "Sở Tư pháp" in body and "Không vướng" in body
    assert told(justice) == [f"Cần ý kiến về hồ sơ {submitted.code}"], "nobody is told of their own answer"
