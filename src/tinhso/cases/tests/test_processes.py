"""The life of a case whose procedure is drawn: a table decides and is seen to have decided, a timer takes a step from
whoever lets it lie, a message is waited for, and what was published stays."""

import shutil
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from uuid import UUID

import pytest
from django.utils import timezone
from procrastinate.contrib.django.models import ProcrastinateJob

from tinhso.cases import papers, queries, services, workflow
from tinhso.cases.contracts import CaseRef
from tinhso.cases.models import Case, CaseEvent, Pause, Task
from tinhso.cases.timeline import of_case
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.calendar import add_working_time
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.models import Definition, Event

from .conftest import PACKS, SYSTEM, Commune, agrees, do, filled, open_task, write
from .processes.procedures import HERE

STALL = "trial.stall"


def files(folder: Path, *changes: tuple[str, str]) -> Path:
    """The pack `trial` with the procedure `stall`; `changes` are made in its drawing."""
    text = (HERE / "stall.yaml").read_text()
    pack = write(folder, text, "stall")
    drawing = (HERE / "drawn/stall.bpmn").read_text()
    for old, new in changes:
        assert old in drawing
        drawing = drawing.replace(old, new)
    (pack / "procedures/stall.bpmn").write_text(drawing)
    shutil.copy(HERE / "stall-level.dmn", pack / "procedures")
    return pack


@pytest.fixture
def stall(commune: Commune, tmp_path: Path) -> Path:
    pack = files(tmp_path)
    packs.apply(SYSTEM, packs.read([pack]))
    return pack


def begun(mother: Actor, area: int) -> CaseRef:
    return services.submit(mother, filled(mother, STALL, {"stall": "Quầy Hoa", "area": str(area)}, paper=""))


def open_steps(case: CaseRef) -> set[str]:
    return set(Task.objects.filter(case=case.id, completed_at=None).values_list("step", flat=True))


def kinds(case: CaseRef) -> list[str]:
    return list(of_case(case.id).values_list("kind", flat=True))


def later(case: CaseRef, working: timedelta) -> int:
    """Wake what is due so much working time from now."""
    return services.wake_due(now=add_working_time(timezone.now(), working) + timedelta(seconds=1))


def test_a_small_stall_is_the_communes_and_the_table_says_why(stall, mother: Actor, commune: Commune) -> None:
    case = begun(mother, 50)
    for _step in ("receive", "verify", "approve"):
        agrees(case.id)
        do(commune, case)
    agrees(case.id)
    row = Case.objects.get(pk=case.id)
    assert (row.outcome, row.wakes_at, row.workflow) == ("returned", None, None)
    [decided] = [entry for entry in queries.timeline(mother, case.id) if entry.kind == "decided"]
    assert decided.what == "Tra bảng quyết định: Xác định cấp giải quyết"
    assert decided.note == "Dòng 1: Đến 100 m² do xã giải quyết"
    event = CaseEvent.objects.get(case=case.id, kind="decided")
    assert (event.data["values"], event.step) == ({"level": "commune"}, "level")
    sent = Event.objects.get(name="case.message-sent")
    assert (sent.subject, sent.data["message"]) == (f"case:{case.id}", "stall-approved")


def test_a_large_stall_waits_for_the_province(stall, mother: Actor, commune: Commune) -> None:
    case = begun(mother, 500)
    do(commune, case)
    do(commune, case)
    assert open_steps(case) == set()
    row = Case.objects.get(pk=case.id)
    assert row.ended_at is None
    assert row.wakes_at is not None
    officer = commune.at("civil-status")
    with pytest.raises(Conflict):
        services.receive_message(officer, case.id, "another")
    with pytest.raises(Invalid):
        services.receive_message(officer, case.id, "province-agreed", {"a b": 1})
    with pytest.raises(NotFound):
        services.receive_message(Actor(), case.id, "province-agreed")
    with pytest.raises(Forbidden):
        services.receive_message(mother, case.id, "province-agreed")
    services.receive_message(officer, case.id, "province-agreed", {"number": "12/QĐ"})
    agrees(case.id)
    assert open_steps(case) == {"approve"}
    assert Case.objects.get(pk=case.id).workflow["d"]["received"] == {"number": "12/QĐ"}
    do(commune, case)
    assert Case.objects.get(pk=case.id).outcome == "returned"
    agrees(case.id)


def test_a_province_that_says_nothing_ends_it(stall, mother: Actor, commune: Commune) -> None:
    case = begun(mother, 500)
    do(commune, case)
    do(commune, case)
    assert later(case, timedelta(hours=39)) == 0
    assert later(case, timedelta(hours=40)) == 1
    row = Case.objects.get(pk=case.id)
    assert (row.outcome, row.workflow, row.wakes_at) == ("refused", None, None)
    assert kinds(case)[-1] == "time-came"
    assert Event.objects.filter(name="case.ended", subject=f"case:{case.id}").count() == 1


def test_who_is_refused_by_the_process_gets_the_reason_in_writing(stall, mother: Actor, commune: Commune) -> None:
    packs.apply(SYSTEM, packs.read([PACKS / "one-stop"]))
    case = begun(mother, 500)
    do(commune, case)
    do(commune, case)
    assert later(case, timedelta(hours=40)) == 1
    slips = ProcrastinateJob.objects.filter(task_name="cases.issue_paper", args__role="refusal")
    assert slips.filter(args__case=str(case.id)).count() == 1
    _title, said = papers.slip("refusal", Case.objects.get(pk=case.id), workflow.procedure(STALL))
    assert said["reason"] == "Không được đồng ý", "the name of the end event that was reached"
    services.issue_paper(case.id, "refusal")
    view = queries.case(mother, case.id)
    assert [one.role for one in view.documents] == ["refusal"]
    assert "Không được đồng ý" in [entry.note for entry in view.timeline if entry.kind == "time-came"]
    with pytest.raises(Conflict, match="không còn được giữ"):  # the time that came would come again at once
        services.reopen(commune.at("chair"), case.id, "Xem lại")


def test_a_table_that_refuses_says_why_and_the_step_can_be_opened_again(commune, mother: Actor, tmp_path: Path) -> None:
    """The table sends large stalls to an end that means refusal; its row says why."""
    straight = '<bpmn:sequenceFlow id="level_merge" sourceRef="level" targetRef="merge" />'
    branch = """
      <bpmn:exclusiveGateway id="ours" name="Xã giải quyết?" default="ours_merge" />
      <bpmn:sequenceFlow id="level_ours" sourceRef="level" targetRef="ours" />
      <bpmn:sequenceFlow id="ours_merge" sourceRef="ours" targetRef="merge" />
      <bpmn:sequenceFlow id="ours_stopped" sourceRef="ours" targetRef="stopped">
        <bpmn:conditionExpression>decided.level == "province"</bpmn:conditionExpression>
      </bpmn:sequenceFlow>"""
    pack = files(tmp_path, (straight, branch))
    packs.apply(SYSTEM, packs.read([pack]))
    case = begun(mother, 500)
    do(commune, case)
    row = Case.objects.get(pk=case.id)
    assert (row.outcome, row.status, row.margin is not None) == ("refused", 8, True)
    agrees(case.id)
    _title, said = papers.slip("refusal", row, workflow.procedure(STALL))
    assert said["reason"] == "Trên 100 m² do tỉnh giải quyết"
    services.reopen(commune.at("chair"), case.id, "Diện tích đo lại")
    agrees(case.id)
    assert open_steps(case) == {"receive"}


def test_what_lies_two_days_goes_to_the_chair(stall, mother: Actor, commune: Commune) -> None:
    case = begun(mother, 50)
    do(commune, case)
    task = open_task(case.id)
    services.claim(commune.at("civil-status"), task.pk)
    assert later(case, timedelta(hours=15)) == 0
    assert later(case, timedelta(hours=16)) == 1
    assert later(case, timedelta(hours=16)) == 0
    agrees(case.id)
    assert open_steps(case) == {"decide"}
    task.refresh_from_db()
    assert task.outcome == "interrupted"
    with pytest.raises(Conflict):
        services.complete(commune.at("civil-status"), task.pk, "done")
    for _step in ("decide", "approve"):
        do(commune, case)
    agrees(case.id)
    assert Case.objects.get(pk=case.id).outcome == "returned"


def test_a_supplement_in_a_drawing_stops_the_clock_and_is_asked_once(stall, mother: Actor, commune: Commune) -> None:
    case = begun(mother, 50)
    do(commune, case)
    do(commune, case, "ask-supplement", note="Thiếu sơ đồ")
    agrees(case.id)
    assert Case.objects.get(pk=case.id).paused_at
    services.answer_supplement(mother, case.id, note="Đây")
    agrees(case.id)
    assert Pause.objects.get(case=case.id).until
    task = open_task(case.id)
    view = next(t for t in queries.case(commune.at("civil-status"), case.id).tasks if t.id == task.pk)
    assert [choice.outcome for choice in view.choices] == ["done", "refuse"]
    do(commune, case, "refuse", note="Hè quá hẹp", ground="Điều 2")
    agrees(case.id)
    assert Case.objects.get(pk=case.id).outcome == "refused"


def test_a_case_that_fails_to_wake_does_not_hold_up_the_others(stall, mother: Actor, commune: Commune) -> None:
    broken, sound = begun(mother, 50), begun(mother, 60)
    for case in (broken, sound):
        do(commune, case)
    Case.objects.filter(pk=broken.id).update(workflow={"v": 1, "t": [[9999, -1, 16]]})
    assert later(sound, timedelta(hours=16)) == 1
    assert open_steps(sound) == {"decide"}
    assert open_steps(broken) == {"verify"}
    assert Case.objects.get(pk=broken.id).wakes_at > add_working_time(timezone.now(), timedelta(hours=16))


def test_the_drawing_is_published_and_not_read_from_disk_again(stall, mother: Actor, commune: Commune) -> None:
    case = begun(mother, 50)
    first = Definition.objects.get(name=STALL, retired_at=None)
    shutil.rmtree(stall / "procedures")
    workflow.forget()
    packs.queries.forget()
    do(commune, case)
    assert first.body["files"]["stall.bpmn"].startswith("<?xml")
    files(stall.parent, ("Thẩm tra", "Xem xét"))
    packs.apply(SYSTEM, packs.read([stall]))
    second = Definition.objects.get(name=STALL, retired_at=None)
    assert (second.version, second.digest == first.digest) == (2, False)
    assert "Xem xét" not in queries.diagram(commune.at("chair"), case.id).xml
    assert "Xem xét" in second.body["files"]["stall.bpmn"]
    do(commune, case)
    assert open_steps(case) == {"approve"}


def test_a_pack_with_drawings_goes_out_and_comes_in_as_it_was(stall, tmp_path: Path) -> None:
    before = Definition.objects.get(name=STALL, retired_at=None).digest
    with packs.unpacked(BytesIO(packs.packed("trial"))) as pack:
        assert packs.check([pack]) == []
        assert [definition.digest for definition in pack.definitions] == [before]


def test_the_diagram_shows_the_drawing_with_the_tokens_place(stall, mother: Actor, commune: Commune) -> None:
    case = begun(mother, 500)
    do(commune, case)
    diagram = queries.diagram(commune.at("one-stop"), case.id)
    assert diagram.now == ("verify",)
    assert {"start", "receive", "level"} <= set(diagram.done)
    assert 'name="Chủ tịch"' in diagram.xml
    do(commune, case)
    assert queries.diagram(commune.at("one-stop"), case.id).now == ("wait",)


def test_a_missing_drawing_is_a_fault_with_its_key(db, tmp_path: Path) -> None:
    pack = files(tmp_path)
    (pack / "procedures/stall.bpmn").unlink()
    [fault] = packs.check(packs.read([pack]))
    assert (fault.file, fault.key) == ("trial/procedures/stall.yaml", "process")
    assert fault.message == "there is no file stall.bpmn beside this one"


def test_a_drawing_cannot_be_fetched_from_elsewhere(db, tmp_path: Path) -> None:
    text = (HERE / "stall.yaml").read_text().replace("process: stall.bpmn", "process: ../../secret.bpmn")
    [fault, *_] = packs.check(packs.read([write(tmp_path, text, "stall")]))
    assert fault.key == "process"
    assert "is not the name of a .bpmn file beside this one" in fault.message


def test_a_table_without_one_answer_holds_the_case_and_says_so(stall, mother: Actor, commune: Commune) -> None:
    """Rules that exclude one another only by what a person may type: the check cannot know, the case says it."""
    table = (stall / "procedures/stall-level.dmn").read_text()
    table = table.replace('hitPolicy="UNIQUE"', 'hitPolicy="ANY"').replace("&gt; 100", "&gt; 10")
    (stall / "procedures/stall-level.dmn").write_text(table)
    packs.apply(SYSTEM, packs.read([stall]))
    case = begun(mother, 50)
    with pytest.raises(Conflict, match="rules 1, 2 hold together"):
        do(commune, case)
    assert open_steps(case) == {"receive"}
    agrees(case.id)


def test_one_case_is_woken_once(stall, mother: Actor, commune: Commune) -> None:
    case = begun(mother, 50)
    do(commune, case)
    moment = add_working_time(timezone.now(), timedelta(hours=17))
    assert services.wake(case.id, now=moment) is True
    assert services.wake(case.id, now=moment) is False
    assert services.wake(UUID(int=0), now=moment) is False
    assert kinds(case).count("time-came") == 1
