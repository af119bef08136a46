"""Every element of BPMN that docs/bpmn.md lists runs, stored and read again at each step; what it does not list is
refused by name. The models are drawn and exported by bpmn-js (`processes/draw.py`)."""

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest
from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnValidator

from tinhso.cases import workflow
from tinhso.cases.bpmn import check, elements
from tinhso.cases.bpmn.reading import document
from tinhso.cases.workflow import Moved

from .processes.models import MODELS, REFUSED, refused_name
from .processes.procedures import HERE, compiled, drawn, procedure

PROVINCE = timezone(timedelta(hours=7))
MONDAY = datetime(2026, 11, 9, 1, 0, tzinfo=UTC)  # 08:00 in the province, an hour into the morning
DOCS = Path(__file__).resolve().parents[4] / "docs"


@dataclass(frozen=True)
class Shown:
    """Which elements a model shows, and what happens: each move with what is open after it ("" for nothing, "end:x"
    where it ended at x). A move is a step (`a`, `a=refuse`), a message (`!paid`), or a time (`@10 09:00`)."""

    elements: str
    model: str
    moves: str
    sent: str = ""
    area: int = 50


SHOWN = [
    Shown("startEvent, userTask, endEvent, sequenceFlow", "plain", "start: a; a: end:e"),
    Shown("startEvent: message", "start-message", "start: ; !opened: a; a: end:e"),
    Shown("startEvent: timer", "start-timer", "start: ; @09 16:00: ; @10 08:00: a; a: end:e"),
    Shown("endEvent: message", "end-message", "start: a; a: end:e", sent="done"),
    Shown("endEvent: error, boundaryEvent: error", "end-error", "start: a; a=refuse: b; b: end:f"),
    Shown("endEvent: error", "end-error", "start: a; a: end:e"),
    Shown("endEvent: escalation, boundaryEvent: escalation", "end-escalation", "start: a; a=refuse: b; b: end:f"),
    Shown("intermediateThrowEvent: escalation", "throw-escalation", "start: a; a=refuse: b; b: end:f"),
    Shown("endEvent: terminate", "end-terminate", "start: a b; a: end:e"),
    Shown("endEvent", "end-terminate", "start: a b; b: a; a: end:e"),
    Shown("manualTask", "manual-task", "start: a; a: x; x: end:e"),
    Shown("serviceTask", "service-task", "start: a; a: x; x: end:e"),
    Shown("sendTask", "send-task", "start: a; a: end:e", sent="asked"),
    Shown("receiveTask", "receive-task", "start: a; a: ; !answered: end:e"),
    Shown("businessRuleTask", "business-rule-task", "start: a; a: end:e"),
    Shown("businessRuleTask", "business-rule-task", "start: b; b: end:e", area=101),
    Shown("exclusiveGateway", "exclusive-gateway", "start: a; a=other: b; b: d; d: end:e"),
    Shown("exclusiveGateway", "exclusive-gateway", "start: a; a=other: c; c: d; d: end:e", area=101),
    Shown("parallelGateway", "parallel-gateway", "start: a; a: b c; c: b; b: d; d: end:e"),
    Shown("inclusiveGateway", "inclusive-gateway", "start: a; a=other: b c; b: c; c: d; d: end:e", area=101),
    Shown("inclusiveGateway", "inclusive-gateway", "start: a; a=other: c; c: d; d: end:e"),
    Shown("inclusiveGateway", "inclusive-gateway", "start: a; a: d; d: end:e"),
    Shown("eventBasedGateway", "event-based-gateway", "start: a; a: ; !answered: end:e"),
    Shown("eventBasedGateway", "event-based-gateway", "start: a; a: ; @12 07:30: ; @12 08:00: b; b: end:f"),
    Shown("subProcess", "sub-process", "start: a; a: b; b: end:e"),
    Shown("callActivity", "call-activity", "start: a; a: b; b: end:e"),
    Shown("boundaryEvent: timer", "boundary-timer", "start: a; @10 16:00: a; @11 08:00: b; b: end:f"),
    Shown("boundaryEvent: timer", "boundary-timer", "start: a; @10 16:00: a; a: end:e"),
    Shown("boundaryEvent: timer", "boundary-timer-beside", "start: a; @11 08:00: a b; b: a; a: end:e"),
    Shown("boundaryEvent: timer", "boundary-timer-beside", "start: a; @11 08:00: a b; a: b; b: end:f"),
    Shown("boundaryEvent: timer", "boundary-timer-date", "start: a; @15 23:59: a; @16 00:00: b; b: end:f"),
    Shown(
        "boundaryEvent: timer",
        "boundary-timer-cycle",
        "start: a; @10 08:00: a; @11 08:00: a; a: end:e",
        "reminder reminder",
    ),
    Shown("boundaryEvent: message", "boundary-message", "start: a; !stop: b; b: end:f"),
    Shown("boundaryEvent: message", "boundary-message-beside", "start: a; !news: a b; a: b; b: end:f"),
    Shown("intermediateCatchEvent: timer", "catch-timer", "start: a; a: ; @09 12:30: ; @09 13:30: end:e"),
    Shown("intermediateCatchEvent: message", "catch-message", "start: a; a: ; !answered: end:e"),
    Shown("intermediateCatchEvent: link, intermediateThrowEvent: link", "link", "start: a; a: b; b: end:e"),
    Shown("intermediateThrowEvent", "throw", "start: a; a: end:e"),
    Shown("intermediateThrowEvent: message", "throw-message", "start: a; a: end:e", sent="news"),
    Shown("lane", "lanes", "start: a; a: b; b: c; c: end:e"),
]


def build(name: str):
    changes = {"result": {"document": "licence"}} if name == "service-task" else {}
    others = (drawn("called"),) if name == "call-activity" else ()
    tables = ((HERE / "level.dmn").read_text(),) if name == "business-rule-task" else ()
    return procedure(drawn(name), *others, tables=tables, **changes)


def play(shown: Shown) -> list[Moved]:
    """Make the moves, each on the state as it is stored, and hold what is open against what is told."""
    found = compiled(build(shown.model))
    now, moved, all_of_them = MONDAY, None, []

    def form():
        return {"area": shown.area, "until": date(2026, 11, 16)}

    for told in shown.moves.split(";"):
        move, _colon, expected = told.strip().rpartition(":")
        if "end:" in told:
            move, expected = told.strip().split(": ")
        state = json.loads(json.dumps(moved.state)) if moved else None
        if move == "start":
            moved = workflow.start(found, form, now=now)
        elif move.startswith("!"):
            moved = workflow.receive(found, state, move[1:], {"by": "bank"}, form, now=now)
        elif move.startswith("@"):
            day, clock = move[1:].split()
            hour, minute = map(int, clock.split(":"))
            now = datetime(2026, 11, int(day), hour, minute, tzinfo=PROVINCE)
            moved = workflow.wake(found, state, form, now=now)
        else:
            step, _equals, outcome = move.partition("=")
            moved = workflow.advance(found, state, step, outcome or "done", form, now=now)
        all_of_them.append(moved)
        here = f"end:{moved.end}" if moved.ended else " ".join(sorted(w.step for w in moved.open))
        assert here == expected.strip(), (shown.model, told)
    return all_of_them


@pytest.mark.parametrize("shown", SHOWN, ids=lambda shown: f"{shown.model}:{shown.moves[-14:]}")
def test_an_element_runs_as_the_standard_says(db, shown: Shown) -> None:
    moves = play(shown)
    assert [name for moved in moves for name in moved.sent] == shown.sent.split()


def test_every_element_that_is_run_is_shown() -> None:
    assert {name.strip() for shown in SHOWN for name in shown.elements.split(",")} == set(elements.RUN)
    assert set(MODELS) - {"called"} == {shown.model for shown in SHOWN}


@pytest.mark.parametrize("name", sorted(MODELS))
def test_a_model_has_no_fault_and_is_valid(db, name: str) -> None:
    if name != "called":
        assert list(check.faults(build(name))) == []
    BpmnValidator().validate(etree.fromstring(drawn(name).encode()), name)
    assert document(drawn(name)).find(".//{*}BPMNShape") is not None


@pytest.mark.parametrize("key", sorted(REFUSED))
def test_an_element_that_is_not_run_is_named(key: str) -> None:
    [(path, message), *_] = check.faults(procedure(drawn(refused_name(key))))
    assert path == ["process"]
    assert re.match(
        rf"main\.bpmn:\d+: {re.escape(key)} \w+: is not supported: {re.escape(elements.REFUSED[key])}", message
    )


def test_the_document_lists_what_the_code_runs_and_refuses() -> None:
    text = (DOCS / "bpmn.md").read_text()
    runs, _heading, refuses = text.partition("## What is refused")
    listed = re.compile(r"^\| `([^`]+)` \| (.+?) \|$", re.MULTILINE)
    assert dict(listed.findall(runs.partition("## What is run")[2])) == dict(elements.RUN)
    assert dict(listed.findall(refuses)) == dict(elements.REFUSED)
