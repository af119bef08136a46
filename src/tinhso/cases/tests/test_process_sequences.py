"""Any order of permitted answers, messages and times leaves a process from which an end can be reached: the drawn
example with its rows and timeline, processes made by chance of the elements that are run, every procedure of packs/."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tinhso.cases import services, workflow
from tinhso.cases.bpmn import APPLICANT, check
from tinhso.cases.contracts import CaseRef
from tinhso.cases.models import Case, Task
from tinhso.kernel import packs
from tinhso.kernel.actor import Actor
from tinhso.kernel.calendar import add_working_time
from tinhso.kernel.errors import Problem
from tinhso.kernel.packs import Compiled

from .conftest import PACKS, Commune, agrees
from .processes.procedures import WORDS, compiled, procedure
from .test_processes import begun, stall

__all__ = ["stall"]

NOW = datetime(2026, 11, 9, 1, tzinfo=UTC)
MOVES = st.lists(
    st.sampled_from(["done", "ask-supplement", "refuse", "answer", "message", "later", "withdraw", "claim"]),
    max_size=14,
)


@pytest.mark.django_db
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=MOVES, area=st.sampled_from([50, 500]))
def test_a_drawn_case_can_end_and_its_timeline_tells_the_same(
    moves: list[str], area: int, stall: Path, commune: Commune, mother: Actor
) -> None:
    case = begun(mother, area)
    now = timezone.now()
    for move in moves:
        now = add_working_time(now, timedelta(hours=17)) if move == "later" else now
        try:
            take(move, case, commune, mother, now)
        except Problem as problem:
            assert problem.status < 500
        agrees(case.id)
    for _round in range(20):
        if Case.objects.get(pk=case.id).ended_at:
            break
        for move in ("answer", "done", "message"):
            try:
                take(move, case, commune, mother, now)
            except Problem as problem:
                assert problem.status < 500
        agrees(case.id)
    assert Case.objects.get(pk=case.id).ended_at


def take(move: str, case: CaseRef, commune: Commune, mother: Actor, now: datetime) -> None:
    match move:
        case "answer":
            services.answer_supplement(mother, case.id, note="Đây")
        case "message":
            services.receive_message(commune.at("civil-status"), case.id, "province-agreed")
        case "later":
            services.wake(case.id, now=now)
        case "withdraw":
            services.withdraw(mother, case.id, "Đổi ý")
        case _:
            for task in Task.objects.filter(case=case.id, completed_at=None).exclude(role=APPLICANT):
                officer = commune.at(task.role)
                if move == "claim":
                    services.claim(officer, task.pk)
                else:
                    services.complete(officer, task.pk, move, note="Lý do", ground="Điều 1")


Block = tuple[str, Any]


def blocks() -> st.SearchStrategy[list[Block]]:
    """A way through a process: one block after the other, each of which may hold ways of its own."""
    leaf = st.sampled_from([("task", None), ("late", None), ("message", None), ("timer", None), ("throw", None)])

    def deeper(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
        way = st.lists(inner, min_size=1, max_size=2)
        two = st.lists(way, min_size=2, max_size=2)
        return (
            st.tuples(st.sampled_from(["exclusiveGateway", "parallelGateway", "inclusiveGateway"]), two)
            | st.tuples(st.just("loop"), way)
            | st.tuples(st.just("sub"), way)
        )

    return st.lists(st.recursive(leaf, deeper, max_leaves=6), min_size=1, max_size=3)


class _Drawn:
    """The XML of a way, without its picture."""

    def __init__(self, way: list[Block]) -> None:
        self.numbers = count(1)
        body = "".join(self.scope(way))
        self.xml = (
            '<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" id="d" targetNamespace="t">'
            f'<bpmn:message id="M" name="news" /><bpmn:process id="main">{body}</bpmn:process></bpmn:definitions>'
        )

    def scope(self, way: list[Block]) -> Iterator[str]:
        start, end, first = (f"{name}{next(self.numbers)}" for name in ("s", "e", "t"))
        yield f'<bpmn:startEvent id="{start}" /><bpmn:userTask id="{first}" />{self.flow(start, first)}'
        parts, last = self.way(way, first)
        yield from parts
        yield f'<bpmn:endEvent id="{end}" />{self.flow(last, end)}'

    def flow(self, source: str, target: str, condition: str = "") -> str:
        told = f"<bpmn:conditionExpression>{condition}</bpmn:conditionExpression>" if condition else ""
        ends = f'sourceRef="{source}" targetRef="{target}"'
        return f'<bpmn:sequenceFlow id="{source}-{target}" {ends}>{told}</bpmn:sequenceFlow>'

    def way(self, way: list[Block], before: str) -> tuple[list[str], str]:
        parts: list[str] = []
        for kind, inner in way:
            made, before = self.block(kind, inner, before)
            parts += made
        return parts, before

    def block(self, kind: str, inner: Any, before: str) -> tuple[list[str], str]:
        x, y = f"x{next(self.numbers)}", f"y{next(self.numbers)}"
        if kind in {"exclusiveGateway", "parallelGateway", "inclusiveGateway"}:
            default = "" if kind == "parallelGateway" else f' default="{x}-{x}w0"'
            parts = [f'<bpmn:{kind} id="{x}"{default} /><bpmn:{kind} id="{y}" />', self.flow(before, x)]
            for at, way in enumerate(inner):
                condition = "" if kind == "parallelGateway" or at == 0 else "outcome == 'other'"
                parts += [f'<bpmn:userTask id="{x}w{at}" />', self.flow(x, f"{x}w{at}", condition)]
                made, last = self.way(way, f"{x}w{at}")
                parts += [*made, self.flow(last, y)]
            return parts, y
        if kind == "loop":
            task, merge = f"t{next(self.numbers)}", f"m{next(self.numbers)}"
            parts = [f'<bpmn:exclusiveGateway id="{merge}" /><bpmn:userTask id="{task}" />', self.flow(before, merge)]
            made, last = self.way(inner, task)
            back = self.flow(x, merge, "outcome == 'other'")
            parts += [self.flow(merge, task), *made, f'<bpmn:exclusiveGateway id="{x}" default="{x}-{y}" />', back]
            return [*parts, self.flow(last, x), f'<bpmn:intermediateThrowEvent id="{y}" />', self.flow(x, y)], y
        if kind == "sub":
            body = "".join(self.scope(inner))
            return [f'<bpmn:subProcess id="{x}">{body}</bpmn:subProcess>', self.flow(before, x)], x
        if kind == "late":
            timer = "<bpmn:timerEventDefinition><bpmn:timeDuration>PT8H</bpmn:timeDuration></bpmn:timerEventDefinition>"
            parts = [f'<bpmn:userTask id="{x}" />', self.flow(before, x), f'<bpmn:exclusiveGateway id="{y}" />']
            event = f'<bpmn:boundaryEvent id="{x}b" attachedToRef="{x}">{timer}</bpmn:boundaryEvent>'
            return [*parts, event, self.flow(x, y), self.flow(f"{x}b", y)], y
        what = {
            "task": f'<bpmn:userTask id="{x}" />',
            "throw": f'<bpmn:intermediateThrowEvent id="{x}" />',
            "message": f'<bpmn:receiveTask id="{x}" messageRef="M" />',
            "timer": f'<bpmn:intermediateCatchEvent id="{x}"><bpmn:timerEventDefinition><bpmn:timeDuration>PT4H'
            "</bpmn:timeDuration></bpmn:timerEventDefinition></bpmn:intermediateCatchEvent>",
        }
        return [what[kind], self.flow(before, x)], x


def walk(found: Compiled, draw: Any, *, form: Any = dict) -> None:
    """Random moves on the stored state, then the common answer everywhere until the end."""
    moved, now = workflow.start(found, form, now=NOW), NOW
    for number in range(400):
        if moved.ended:
            return
        state = json.loads(json.dumps(moved.state))
        ways: list[tuple[str, str]] = [("step", waiting.step) for waiting in moved.open]
        ways += [("message", name) for name in workflow.awaited(found, state)]
        ways += [("time", "")] if moved.wakes else []
        assert ways, "nothing can be done, and it has not ended"
        free = number < 25
        way, name = draw(st.sampled_from(ways)) if free else ways[number % len(ways)]
        if way == "message":
            moved = workflow.receive(found, state, name, {}, form, now=now)
        elif way == "time":
            now = max(now, moved.wakes)
            moved = workflow.wake(found, state, form, now=now)
        else:
            step = next((one for one in found.model.steps if one.name == name), None)
            answers = step.answers if step else ["done"]
            moved = workflow.advance(
                found, state, name, draw(st.sampled_from(answers)) if free else answers[0], form, now=now
            )
    raise AssertionError("it does not end")


@pytest.mark.django_db
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(way=blocks(), data=st.data())
def test_a_process_of_any_elements_can_end(way: list[Block], data: Any) -> None:
    text = _Drawn(way).xml
    outcomes = [{"value": value, "label": WORDS} for value in ("done", "other")]
    steps = procedure(text).model_dump(by_alias=True)["steps"]
    model = procedure(text, steps=[step | {"outcomes": outcomes, "signs": None, "may": []} for step in steps])
    assert list(check.faults(model)) == []
    walk(compiled(model), data.draw)


def _of_packs() -> list[str]:
    return sorted(str(file.relative_to(PACKS)) for file in PACKS.glob("*/procedures/*.yaml"))


@pytest.mark.django_db
@pytest.mark.parametrize("file", _of_packs())
@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_every_procedure_of_the_packs_can_end(file: str, data: Any) -> None:
    [pack] = packs.read([PACKS / file.partition("/")[0]])[-1:]
    definition = next(one for one in pack.definitions if one.file == file)
    found = Compiled(definition.name, pack.name, 1, definition.digest, definition.model)
    form = {field.name: data.draw(_answer(field), label=field.name) for field in definition.model.form}
    walk(found, data.draw, form=lambda: form)


def _answer(field: Any) -> st.SearchStrategy[Any]:
    """Some value of a field's type, as far as conditions look at it."""
    if field.type in {"integer", "money", "decimal"}:
        return st.integers(0, 10_000_000)
    if field.type == "boolean":
        return st.booleans()
    if field.type == "date":
        return st.dates()
    return st.just("x") | st.none()
