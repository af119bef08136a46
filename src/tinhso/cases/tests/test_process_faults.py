"""What the check refuses, each by the name of what is at fault."""

import re

import pytest

from tinhso.cases.bpmn import check
from tinhso.cases.bpmn.reading import Broken, read

from .processes.procedures import HERE, WORDS, drawn, procedure

LEVEL = (HERE / "level.dmn").read_text()
TASK = '<bpmn:userTask id="a">'


def faults(name: str, *changes: tuple[str, str], table: str = "", **told) -> list[str]:
    text = drawn(name)
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    others = (drawn("called"),) if "callActivity" in text else ()
    tables = (table or LEVEL,) if "businessRuleTask" in text else ()
    return [message for _path, message in check.faults(procedure(text, *others, tables=tables, **told))]


def element(tag: str, id: str, inner: str = "", extra: str = "") -> str:
    return f'<bpmn:{tag} id="{id}"{extra}>{inner}</bpmn:{tag}>'


def flow(source: str, target: str) -> str:
    return f'<bpmn:sequenceFlow id="{source}-{target}" sourceRef="{source}" targetRef="{target}" />'


END = "</bpmn:process>"


@pytest.mark.parametrize(
    ("name", "changes", "told"),
    [
        ("plain", [('sourceRef="a" targetRef="e"', 'sourceRef="s" targetRef="e"')], "userTask a: is a dead end"),
        ("plain", [(END, element("userTask", "lost") + END)], "userTask lost: cannot be reached from the start"),
        ("plain", [(END, flow("a", "nowhere") + END)], "leads to 'nowhere', which is not there"),
        (
            "exclusive-gateway",
            [('sourceRef="d" targetRef="e"', 'sourceRef="d" targetRef="g"')],
            "userTask d: is in an endless loop: no end event can be reached",
        ),
        (
            "exclusive-gateway",
            [
                ('sourceRef="g" targetRef="c"', 'sourceRef="g" targetRef="g2"'),
                (END, element("exclusiveGateway", "g2") + flow("g2", "g") + END),
            ],
            "is in an endless loop without a wait",
        ),
        (
            "exclusive-gateway",
            [(' default="g_b"', "")],
            "sequenceFlow g_b: leaves exclusiveGateway g without a condition",
        ),
        (
            "inclusive-gateway",
            [
                (' default="g_j"', ""),
                (
                    'id="g_j" sourceRef="g" targetRef="j" />',
                    'id="g_j" sourceRef="g" targetRef="j"><bpmn:conditionExpression>'
                    "form.area == 5</bpmn:conditionExpression></bpmn:sequenceFlow>",
                ),
            ],
            "inclusiveGateway g: has no default, and all conditions may be false",
        ),
        ("exclusive-gateway", [("form.area", "form.colour")], "sequenceFlow g_c: the form has no field 'colour'"),
        (
            "exclusive-gateway",
            [("'other'", "'else'")],
            "sequenceFlow g_c: no step answers 'else'; there are done, other, refuse",
        ),
        (
            "exclusive-gateway",
            [("form.area &gt; 100", "open('x')")],
            "sequenceFlow g_c: \"open('x')\" is not in the language",
        ),
        ("business-rule-task", [("decided.level", "decided.rank")], "no decision answers 'rank'"),
        (
            "business-rule-task",
            [("dmn:level", "dmn:rank")],
            "there is no decision 'rank' in `decisions`; there are level",
        ),
        (
            "call-activity",
            [('calledElement="called"', 'calledElement="other"')],
            "there is no process 'other' in `calls`",
        ),
        ("lanes", [('name="Chuyên viên"', 'name="Thần đèn"')], "lane Lane_"),
        (
            "end-error",
            [('attachedToRef="sub"', 'attachedToRef="sub" cancelActivity="false"')],
            "an error always breaks off",
        ),
        ("catch-message", [("messageRef=", "other=")], "intermediateCatchEvent: message x: names no message"),
        ("catch-timer", [(">PT4H<", ">next week<")], "'next week' is no duration that is known here"),
        ("catch-timer", [(">PT4H<", ">P1M<")], "'P1M' is no duration that is known here"),
        (
            "boundary-timer",
            [("timeDuration", "timeCycle"), (">PT16H<", ">R/PT1H<")],
            "only a boundary event that does not",
        ),
        (
            "boundary-timer-beside",
            [("timeDuration", "timeCycle"), (">PT16H<", ">R/PT1H<")],
            "may not wait, and userTask b",
        ),
        ("boundary-timer-date", [(">form.until<", ">form.since<")], "the form has no field 'since'"),
        (
            "plain",
            [(TASK, TASK + "<bpmn:standardLoopCharacteristics />")],
            "standardLoopCharacteristics a: is not supp",
        ),
        (
            "plain",
            [(TASK, TASK + '<bpmn:multiInstanceLoopCharacteristics isSequential="true" />')],
            "multiInstanceLoopCharacteristics a: is not supported: draw the paths",
        ),
        (
            "plain",
            [(TASK, '<bpmn:userTask id="a" isForCompensation="true">')],
            "userTask: compensate a: is not supported",
        ),
        ("service-task", [], "there is no step that `signs`"),
    ],
)
def test_a_process_that_cannot_be_run_is_refused_by_name(db, name: str, changes, told: str) -> None:
    changed = {"steps": [_step("a")]} if name == "service-task" else {}
    found = faults(name, *changes, **changed)
    assert any(told in message for message in found), found
    assert all(message.startswith(("main.bpmn:", "called", "decision")) for message in found)


def test_an_error_that_nobody_catches_is_named(db) -> None:
    text = re.sub(
        '(id="x" attachedToRef="sub".*?)errorEvent', r"\1escalationEvent", drawn("end-error"), flags=re.DOTALL
    )
    found = [message for _path, message in check.faults(procedure(text))]
    assert any("endEvent: error bad: no boundary event around it catches the error 'bad'" in one for one in found)


def _step(name: str, by: str = "clerk", **told):
    return {"name": name, "label": WORDS, "by": by} | told


@pytest.mark.parametrize(
    ("name", "joins", "told"),
    [
        ("exclusive-gateway", "parallelGateway", "parallelGateway j: may wait for ever"),
        ("parallel-gateway", "exclusiveGateway", "may be reached by two paths at once"),
    ],
)
def test_a_process_that_is_not_sound_is_refused_by_name(db, name: str, joins: str, told: str) -> None:
    text = re.sub(
        r'<bpmn:(\w+) id="j">(.*?)</bpmn:\1>', rf'<bpmn:{joins} id="j">\2</bpmn:{joins}>', drawn(name), flags=re.DOTALL
    )
    [(_path, message)] = check.faults(procedure(text))
    assert told in message


def test_a_user_task_without_a_step_and_a_step_without_a_user_task(db) -> None:
    found = faults("sub-process", steps=[_step("a"), _step("z")])
    assert any("userTask b: has no entry in `steps`" in message for message in found)
    assert any("'z' is no user task of main.bpmn" in message for message in found)


def test_the_lane_and_the_step_agree(db) -> None:
    steps = [_step("a", "one-stop"), _step("b", "clerk"), _step("c", "clerk")]
    assert any("userTask b: stands in the lane of chair" in message for message in faults("lanes", steps=steps))


def test_a_gateway_without_default_is_right_where_every_answer_is_spoken_of(db) -> None:
    text = ("outcome == 'other' and form.area &gt; 100", "outcome == 'other'")
    rest = (
        'id="g_b" sourceRef="g" targetRef="b" />',
        'id="g_b" sourceRef="g" targetRef="b"><bpmn:conditionExpression>outcome != "other"</bpmn:conditionExpression>'
        "</bpmn:sequenceFlow>",
    )
    assert faults("exclusive-gateway", text, (' default="g_b"', ""), rest) == []


LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;&lol;">]>
<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"><process id="&lol2;"/></definitions>"""


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (LAUGHS, "a document type declaration is not accepted"),
        (LAUGHS.replace("<!DOCTYPE lolz [", '<!DOCTYPE x SYSTEM "file:///etc/passwd" ['), "document type declaration"),
        ("<definitions", "is not XML"),
        ("", "is not XML"),
        ("<svg/>", "is not BPMN 2.0"),
        ('<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"/>', "has no process"),
    ],
)
def test_broken_files_are_refused_before_they_are_expanded(text: str, told: str) -> None:
    with pytest.raises(Broken, match=told):
        read({"x.bpmn": text}, "x.bpmn")
