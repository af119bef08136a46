"""Steps are BPMN: valid, drawn, the same run time for every process."""

import json
from xml.etree import ElementTree as ET

import pytest
from lxml import etree
from SpiffWorkflow.bpmn.parser import BpmnParser, BpmnValidator
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow

from tinhso.cases import bpmn, workflow
from tinhso.cases.workflow import expressions
from tinhso.kernel import packs

from .conftest import PACKS, PROCEDURE, SYSTEM, write

DI = {"bpmndi": bpmn.BPMNDI, "bpmn": bpmn.BPMN}


@pytest.fixture
def xml(permit) -> str:
    return bpmn.compile_steps(workflow.procedure(permit).model)


def test_the_schema_of_bpmn_accepts_it(xml) -> None:
    BpmnValidator().validate(etree.fromstring(xml.encode()), "permit.bpmn")


def test_spiffworkflow_reads_it_without_us(xml) -> None:
    parser = BpmnParser()
    parser.add_bpmn_xml(etree.fromstring(xml.encode()))
    running = BpmnWorkflow(parser.get_spec("p_permit"))
    running.do_engine_steps()
    assert [task.task_spec.bpmn_id for task in running.get_tasks(manual=True, state=16)] == ["receive"]


def test_every_element_and_flow_is_drawn(xml) -> None:
    root = ET.fromstring(xml)
    drawn = {e.get("bpmnElement") for tag in ("BPMNShape", "BPMNEdge") for e in root.iterfind(f".//bpmndi:{tag}", DI)}
    process = root.find("bpmn:process", DI)
    elements = {e.get("id") for e in process if e.tag.rpartition("}")[2] != "laneSet"}
    lanes = {e.get("id") for e in root.iterfind(".//bpmn:lane", DI)}
    assert elements | lanes | {"pool"} == drawn
    assert lanes == {"lane_applicant", "lane_one-stop", "lane_civil-status", "lane_chair"}


def test_no_two_shapes_of_a_lane_overlap(xml) -> None:
    boxes = []
    for shape in ET.fromstring(xml).iterfind(".//bpmndi:BPMNShape", DI):
        if not shape.get("isHorizontal"):
            bounds = next(iter(shape))
            boxes.append([float(bounds.get(key)) for key in ("x", "y", "width", "height")])
    for n, (x, y, w, h) in enumerate(boxes):
        for x2, y2, w2, h2 in boxes[n + 1 :]:
            assert x + w <= x2 or x2 + w2 <= x or y + h <= y2 or y2 + h2 <= y


def test_a_running_process_is_small_and_goes_on_where_it_was(permit) -> None:
    found = workflow.procedure(permit)
    moved = workflow.start(found)
    for step, outcome in (("receive", "done"), ("verify", "ask-supplement"), ("verify_supplement", "done")):
        moved = workflow.advance(found, json.loads(json.dumps(moved.state)), step, outcome)
    assert [(waiting.step, waiting.role) for waiting in moved.open] == [("verify", "civil-status")]
    assert len(json.dumps(moved.state)) < 600
    with pytest.raises(LookupError):
        workflow.advance(found, moved.state, "receive", "done")
    assert workflow.passed(found, moved.state)[:3] == ("start", "receive", "receive_choice")


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os').system('true') == 0",
        "form.__class__ == 1",
        "(lambda: 1)() == 1",
        "[x for x in form.a] == 1",
        "form.a.b == 1",
        "form[outcome] == 1",
        "open == 1",
        "outcome == f'{form.a}'",
        "2 ** 999999 > 1",
        "outcome := 1",
        "date('tomorrow') > form.a",
        "(" * 3_000 + "1" + ")" * 3_000,
    ],
)
def test_packs_bring_no_code(text: str) -> None:
    with pytest.raises(expressions.Unreadable):
        expressions.read(text)


@pytest.mark.parametrize(
    ("change", "key", "words"),
    [
        (('code: "1.000001"', 'code: "1.0001"'), "code", "pattern"),
        (("by: chair", "by: king"), "steps.2.by", "no role"),
        (("from: population.self", "from: population.horse"), "form.0.from", "no source"),
        (("hours: 4", "hours: 40"), "deadline", "working hours"),
        (("subject: stall", "subject: stable"), "subject", "not a field"),
        (("- {name: decide,", "- {name: verify,"), "steps.2.name", "twice"),
        (("steps:\n", "result: {document: licence}\nsteps:\n"), "result.document", "no step signs"),
        (("hours: 2}", "hours: 2, signs: certificate}"), "steps.2.signs", "no result.document"),
        (("en: Stall}, max: 40}", "en: Stall}, max: 40, section: nowhere}"), "form.1.section", "not one of"),
        (("label: {vi: Ghi chú, en: Note}, ", ""), "form.3", "no label"),
        (
            ("summary: {vi: Xin phép thử, en: Ask for a trial permit}\n", "summary: {vi: Thử}\n"),
            "summary.en",
            "required",
        ),
    ],
)
def test_a_fault_is_named_by_file_line_and_key(db, tmp_path, change, key: str, words: str) -> None:
    text = PROCEDURE.replace(*change)
    assert text != PROCEDURE
    faults = packs.check(packs.read([write(tmp_path, text)]))
    assert [(f.file, f.key) for f in faults if words in f.message] == [("trial/procedures/permit.yaml", key)]
    assert all(f.line > 1 or f.key == "procedure" for f in faults)


def test_the_real_packs_have_no_fault(db) -> None:
    read = packs.read([PACKS / "one-stop", PACKS / "civil-status"])
    assert packs.check(read) == []
    assert SYSTEM.may("packs.apply")
