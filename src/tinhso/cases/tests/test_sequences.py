"""Any order of permitted actions leaves a case that can still end, and a timeline that tells the same."""

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinhso.cases import services
from tinhso.cases.contracts import CaseRef
from tinhso.cases.models import Case
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Problem

from .conftest import Commune, agrees, do, filled, open_task

WORDS = ["done", "ask", "answer", "refuse", "withdraw", "claim", "release", "assign", "take-over", "cancel", "reopen"]
MOVES = st.lists(st.sampled_from(WORDS), max_size=14)


@pytest.mark.django_db
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES)
def test_whatever_is_done_a_case_can_end(moves: list[str], permit: str, commune: Commune, mother: Actor) -> None:
    case = services.submit(mother, filled(mother))
    for move in moves:
        try:
            take(move, case, commune, mother)
        except Problem as problem:
            assert problem.status < 500
        agrees(case.id)
    if Case.objects.get(pk=case.id).paused_at:
        services.answer_supplement(mother, case.id)
    while Case.objects.get(pk=case.id).ended_at is None:
        services.release(commune.at(open_task(case.id).role), open_task(case.id).pk)
        do(commune, case)
    agrees(case.id)


def take(move: str, case: CaseRef, commune: Commune, mother: Actor) -> None:
    if move == "answer":
        services.answer_supplement(mother, case.id, note="Đây")
        return
    if move == "withdraw":
        services.withdraw(mother, case.id, "Đổi ý")
        return
    if move in {"cancel", "reopen"}:
        given = ("Điều 1",) if move == "cancel" else ()
        getattr(services, move)(commune.at("chair"), case.id, "Lý do", *given)
        return
    if Case.objects.get(pk=case.id).workflow is None:
        return
    task = open_task(case.id)
    officer = commune.at(task.role) if task.role in commune.officers else commune.at("one-stop")
    if move == "assign":
        services.assign(commune.at("chair"), task.pk, officer.post)
        return
    if move == "take-over":
        services.take_over(officer, task.pk, "Lý do")
        return
    if move in {"claim", "release"}:
        getattr(services, move)(officer, task.pk)
        return
    outcome = {"done": "done", "ask": "ask-supplement", "refuse": "refuse"}[move]
    services.complete(officer, task.pk, outcome, note="Lý do", ground="Điều 1")
