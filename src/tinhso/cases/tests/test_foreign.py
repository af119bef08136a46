"""Drawings of other tools load; what they say beside the standard is named, refused where it would run code."""

import pytest

from tinhso.cases import workflow
from tinhso.cases.bpmn import check

from .processes.procedures import HERE, compiled, drawn, procedure

LEVEL = (HERE / "level.dmn").read_text()


def foreign(name: str, *changes: tuple[str, str]):
    text = (HERE / "foreign" / f"{name}.bpmn").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    tables = (LEVEL,) if "businessRuleTask" in text else ()
    others = (drawn("called"),) if "callActivity" in text else ()
    return procedure(text, *others, tables=tables)


@pytest.mark.parametrize(
    ("name", "area", "steps", "not_followed"),
    [
        (
            "camunda7",
            500,
            ["a", "b"],
            [
                "camunda:historyTimeToLive",
                "camunda:initiator",
                "camunda:formKey",
                "camunda:candidateGroups",
                "camunda:dueDate",
                "camunda:formData",
            ],
        ),
        ("camunda7", 5, ["a"], None),
        ("camunda8", 500, ["a", "b"], ["zeebe:userTask", "zeebe:assignmentDefinition", "zeebe:formDefinition"]),
        ("camunda8", 5, ["a"], None),
        ("signavio", 500, ["a", "b"], []),
        ("signavio", 5, ["a"], None),
        ("bpmn-io", 5, ["a"], []),
    ],
)
def test_a_drawing_of_another_tool_runs(db, name: str, area: int, steps: list[str], not_followed) -> None:
    model = foreign(name)
    assert list(check.faults(model)) == []
    if not_followed is not None:
        assert [line.split(": ")[1].split(" of ")[0] for line in check.notices(model)] == not_followed
    found = compiled(model)
    moved = workflow.start(found, lambda: {"area": area})
    for step in steps:
        assert [waiting.step for waiting in moved.open] == [step]
        moved = workflow.advance(found, moved.state, step, "done", lambda: {"area": area})
    assert moved.ended


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        (
            "camunda7",
            'camunda:formKey="embedded:app:forms/check.html"',
            'camunda:expression="${x.y()}"',
            "camunda:expression",
        ),
        (
            "camunda7",
            "<camunda:formData>",
            '<camunda:taskListener class="X" event="create" /><camunda:formData>',
            "camunda:taskListener",
        ),
        ("camunda8", "<zeebe:userTask />", '<zeebe:taskDefinition type="mail" />', "zeebe:taskDefinition"),
    ],
)
def test_code_of_another_engine_is_refused_by_name(db, name: str, old: str, new: str, told: str) -> None:
    faults = [message for _path, message in check.faults(foreign(name, (old, new)))]
    assert any(f'a "Thẩm tra": {told} is not followed' in message for message in faults)


def test_the_lanes_of_signavio_are_roles_by_their_names(db) -> None:
    model = foreign("signavio", ("Chủ tịch", "Ban nào đó"))
    [(_path, message)] = [found for found in check.faults(model) if "is no role" in found[1]]
    assert 'lane sid-l2 "Ban nào đó"' in message
