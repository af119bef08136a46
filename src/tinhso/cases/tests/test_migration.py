"""Running cases move to another version only on request; a dry run names each that has no place there."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.utils import timezone

from tinhso.cases import queries, services, workflow
from tinhso.cases.models import Case, CaseEvent, Task
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.calendar import add_working_time
from tinhso.kernel.errors import Forbidden, Invalid, NotFound
from tinhso.kernel.models import Audit

from .conftest import SYSTEM, Commune, agrees, do
from .processes.procedures import compiled, drawn, procedure
from .test_processes import STALL, begun, files, open_steps, stall

__all__ = ["stall"]


def republish(stall: Path, *changes: tuple[str, str], yaml: tuple[str, str] | None = None) -> int:
    files(stall.parent, *changes)
    if yaml:
        file = stall / "procedures/stall.yaml"
        file.write_text(file.read_text().replace(*yaml))
    packs.apply(SYSTEM, packs.read([stall]))
    return workflow.procedure(STALL).version


def test_a_dry_run_writes_nothing_and_names_who_stays(stall, mother: Actor, commune: Commune) -> None:
    goes, stays = begun(mother, 50), begun(mother, 60)
    do(commune, stays)
    version = republish(stall, ('"verify"', '"appraise"'), yaml=("name: verify", "name: appraise"))
    found = services.migrate_cases(SYSTEM, STALL, version)
    assert (found.moved, [line.code for line in found.unplaced], found.dry_run) == (1, [stays.code], True)
    assert found.unplaced[0].why == "đang ở “Thẩm tra”, bản mới không có phần tử này"
    assert set(Case.objects.values_list("version", flat=True)) == {1}
    done = services.migrate_cases(SYSTEM, STALL, version, dry_run=False)
    assert (done.moved, len(done.unplaced)) == (1, 1)
    assert Case.objects.get(pk=goes.id).version == version
    assert Case.objects.get(pk=stays.id).version == 1
    for case in (goes, stays):
        agrees(case.id)
    for _step in range(3):
        do(commune, goes)
    do(commune, stays)
    do(commune, stays)
    assert set(Case.objects.values_list("outcome", flat=True)) == {"returned"}


def test_a_mapping_says_where_a_renamed_step_is(stall, mother: Actor, commune: Commune) -> None:
    case = begun(mother, 50)
    do(commune, case)
    due = Case.objects.get(pk=case.id).wakes_at
    task = Task.objects.get(case=case.id, completed_at=None)
    services.claim(commune.at("civil-status"), task.pk)
    task.refresh_from_db()
    version = republish(stall, ('"verify"', '"appraise"'), yaml=("name: verify", "name: appraise"))
    with pytest.raises(Invalid, match="không có phần tử nowhere"):
        services.migrate_cases(SYSTEM, STALL, version, mapping={"verify": "nowhere"})
    done = services.migrate_cases(SYSTEM, STALL, version, mapping={"verify": "appraise"}, dry_run=False)
    assert (done.moved, done.unplaced) == (1, ())
    row, after = Case.objects.get(pk=case.id), Task.objects.get(pk=task.pk)
    assert (row.version, row.wakes_at) == (version, due)
    assert (after.step, after.claimed_by, after.due_at) == (
        "appraise",
        task.claimed_by,
        task.due_at,
    )
    agrees(case.id)
    event = CaseEvent.objects.get(case=case.id, kind="migrated")
    assert (event.data["from"], event.data["to"], event.data["opens"]) == (1, version, ["appraise"])
    assert Audit.objects.filter(action="case.migrate", subject=f"case:{case.id}").count() == 1
    assert services.wake_due(now=add_working_time(timezone.now(), timedelta(hours=17))) == 1
    assert open_steps(case) == {"decide"}
    assert services.migrate_cases(SYSTEM, STALL, version, dry_run=False).moved == 0


def test_only_administrators_move_cases(stall, mother: Actor, commune: Commune) -> None:
    for actor in (mother, commune.at("chair")):
        with pytest.raises(Forbidden):
            services.migrate_cases(actor, STALL, 1)
        with pytest.raises(Forbidden):
            queries.running_versions(actor)
    with pytest.raises(NotFound):
        services.migrate_cases(SYSTEM, STALL, 99)


def test_the_command_tells_the_same(stall, mother: Actor, commune: Commune) -> None:
    case = begun(mother, 50)
    do(commune, case)
    version = republish(stall, ('"verify"', '"appraise"'), yaml=("name: verify", "name: appraise"))
    out = StringIO()
    call_command("cases", "migrate", STALL, to=version, stdout=out)
    assert "0 would move to version 2, 1 stay" in out.getvalue()
    assert case.code in out.getvalue()
    out = StringIO()
    call_command("cases", "migrate", STALL, to=version, map=["verify=appraise"], run=True, stdout=out)
    assert "1 moved to version 2, 0 stay" in out.getvalue()


NOW = timezone.now()


def placed(name: str, *moves: str, to: str = "", mapping: dict[str, str] | None = None):
    """A case of a drawn model after these moves, set down in the model `to`, and then in its own again."""
    old, new = compiled(procedure(drawn(name))), compiled(procedure(drawn(to or name), code="1.000009"))

    def form():
        return {"area": 101}

    moved = workflow.start(old, form, now=NOW)
    for move in moves:
        step, _equals, outcome = move.partition("=")
        if move[0] == "!":
            moved = workflow.receive(old, moved.state, move[1:], {}, form, now=NOW)
        else:
            moved = workflow.advance(old, moved.state, step, outcome or "done", form, now=NOW)
    return new, workflow.place(old, new, moved.state, form, mapping or {}, now=NOW), moved


@pytest.mark.parametrize(
    ("name", "moves", "ahead", "end"),
    [
        ("parallel-gateway", ["a"], ["b", "c", "d"], "e"),
        ("parallel-gateway", ["a", "b"], ["c", "d"], "e"),
        ("inclusive-gateway", ["a=other", "c"], ["b", "d"], "e"),
        ("sub-process", [], ["a", "b"], "e"),
        ("end-error", [], ["a=refuse", "b"], "f"),
        ("boundary-timer-beside", [], ["a"], "e"),
        ("boundary-message-beside", ["!news"], ["a", "b"], "f"),
        ("event-based-gateway", ["a"], ["!answered"], "e"),
        ("catch-message", ["a"], ["!answered"], "e"),
    ],
)
def test_a_token_is_set_down_wherever_it_stands(db, name: str, moves: list[str], ahead: list[str], end: str) -> None:
    found, moved, before = placed(name, *moves)
    assert {w.step for w in moved.open} == {w.step for w in before.open}
    assert moved.wakes == before.wakes
    assert workflow.awaited(found, moved.state) == workflow.awaited(found, before.state)
    for move in ahead:
        step, _equals, outcome = move.partition("=")
        if move[0] == "!":
            moved = workflow.receive(found, moved.state, move[1:], {}, lambda: {"area": 101}, now=NOW)
        else:
            moved = workflow.advance(found, moved.state, step, outcome or "done", lambda: {"area": 101}, now=NOW)
    assert moved.end == end


@pytest.mark.parametrize(
    ("name", "moves", "to", "why"),
    [
        ("parallel-gateway", ["a"], "plain", "gone"),
        ("sub-process", [], "plain", "gone"),
        ("manual-task", ["a"], "receive-task", "kind"),
        ("receive-task", ["a"], "manual-task", "kind"),
    ],
)
def test_what_has_no_place_says_why(db, name: str, moves: list[str], to: str, why: str) -> None:
    with pytest.raises(workflow.NotPlaced) as told:
        placed(name, *moves, to=to)
    assert told.value.why == why
