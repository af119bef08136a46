"""The specification that SpiffWorkflow runs, of a published procedure: parsed once a digest, with our own events,
decisions and conditions in the places of its own."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, Literal

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]
from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.event_parsers import (
    BoundaryEventParser,
    EventBasedGatewayParser,
    EventDefinitionParser,
    IntermediateCatchEventParser,
    StartEventParser,
)
from SpiffWorkflow.bpmn.parser.task_parsers import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import TaskDataEnvironment
from SpiffWorkflow.bpmn.specs.defaults import (
    BoundaryEvent,
    EventBasedGateway,
    IntermediateCatchEvent,
    StartEvent,
    UserTask,
)
from SpiffWorkflow.bpmn.specs.event_definitions.timer import CycleTimerEventDefinition, TimerEventDefinition
from SpiffWorkflow.bpmn.specs.mixins import BpmnSpecMixin
from SpiffWorkflow.specs.base import TaskSpec

from tinhso.kernel.packs import Compiled

from ..bpmn import APPLICANT, BPMN, PLATFORM, compile_steps, process_id
from ..bpmn.reading import document, drawing_of
from ..definitions import ProcedureDefinition
from . import dmn, expressions, timers
from .expressions import Facts


class Conditions(TaskDataEnvironment):
    """Gateways compare what is known of the case. Nothing else of Python is run: packs are data."""

    def __init__(self, facts: Facts) -> None:
        super().__init__()
        self.facts = facts

    def evaluate(self, expression: str, context: Any, external_context: Any = None) -> Any:
        return bool(expressions.evaluate(expressions.read(expression), at(self.facts, context)))

    def execute(self, script: str, context: Any, external_context: Any = None) -> Any:
        raise ValueError("scripts are not run")


def at(facts: Facts, data: Mapping[str, Any]) -> Facts:
    """The facts as a path of the process sees them: the last answer is the path's own."""
    return Facts(facts.form, facts.decided, facts.received, facts.answers, data.get("outcome"))


class _Timer(TimerEventDefinition):
    """A timer on working time. When it goes off is computed once, at the moment at which the token comes to it, and
    kept with the token under the element's id."""

    def __init__(self, element: str, timer: timers.Timer, **kwargs: Any) -> None:
        super().__init__(element, timer.text, **kwargs)
        self.timer = timer

    def has_fired(self, my_task: Any) -> bool:
        kept = my_task.internal_data.get("timers") or {}
        now: datetime = my_task.workflow.top_workflow.now
        if self.name not in kept:
            due = self.timer.due(now, at(my_task.workflow.top_workflow.facts, my_task.data))
            kept = kept | {self.name: due.isoformat() if due else None}
            my_task.internal_data["timers"] = kept
        due_at = str(kept[self.name] or "")
        if not due_at or datetime.fromisoformat(due_at) > now:
            return False
        my_task.workflow.top_workflow.fired.append(self.name)
        return True

    def reset(self, my_task: Any) -> None:
        my_task.internal_data.pop("timers", None)


class _Cycle(CycleTimerEventDefinition):
    """A timer that begins its path again and again, beside the step that it stands on."""

    def __init__(self, element: str, timer: timers.Timer, **kwargs: Any) -> None:
        super().__init__(element, timer.text, **kwargs)
        self.timer = timer

    def cycle_complete(self, my_task: Any) -> bool:
        kept = my_task.internal_data.get("timers") or {}
        workflow = my_task.workflow.top_workflow
        left = my_task.internal_data.get("left", self.timer.times)
        if self.name not in kept:
            first = self.timer.due(workflow.now, workflow.facts)
            kept = {self.name: first.isoformat() if first else None}
        ready = False
        set_for = str(kept[self.name] or "")
        due_at = datetime.fromisoformat(set_for) if set_for else None
        if left == 0:
            kept = {self.name: None}
            my_task.internal_data["event_fired"] = True
        elif due_at is not None and due_at <= workflow.now:
            following = self.timer.due(due_at, workflow.facts)
            left = None if left is None else left - 1
            kept = {self.name: following.isoformat() if following and left != 0 else None}
            workflow.fired.append(self.name)
            ready = True
        my_task.internal_data |= {"timers": kept} | ({} if left is None else {"left": left})
        return ready


class _Decision(BpmnSpecMixin, TaskSpec):
    """A business rule task: the table answers at once, and what it answered is told."""

    def __init__(self, wf_spec: Any, bpmn_id: str, table: dmn.Table, **kwargs: Any) -> None:
        super().__init__(wf_spec, bpmn_id, **kwargs)
        self.table = table

    def _run_hook(self, my_task: Any) -> Literal[True]:
        workflow = my_task.workflow.top_workflow
        decided = dmn.decide(self.table, at(workflow.facts, my_task.data))
        workflow.decide(self.bpmn_id, decided)
        return True


class _FirstEvent(EventBasedGateway):
    """Where two events have come by the time it is looked at, the first one counts: one token leaves."""

    def _run_hook(self, my_task: Any) -> Any:
        seen = my_task.internal_data.get("seen_events", [])
        my_task.internal_data["seen_events"] = seen[:1]
        done = super()._run_hook(my_task)
        my_task.internal_data.pop("seen_events", None)
        my_task.internal_data.pop("timers", None)
        return done


class _Timed(EventDefinitionParser):
    def parse_timer_event(self, event: Any) -> Any:
        for tag in ("timeDate", "timeDuration", "timeCycle"):
            found = event.find(f"{{{BPMN}}}{tag}")
            if found is not None:
                timer = timers.read(f"{tag.removeprefix('time').lower()} {(found.text or '').strip()}")
                made = _Cycle if timer.kind == "cycle" else _Timer
                return made(self.node.get("id"), timer, description="Timer")
        raise ValueError("a timer without a time")


class _StartParser(_Timed, StartEventParser):
    pass


class _CatchParser(_Timed, IntermediateCatchEventParser):
    pass


class _BoundaryParser(_Timed, BoundaryEventParser):
    pass


class _DecisionParser(TaskParser):
    def create_task(self) -> Any:
        parser: Any = self.process_parser.parser
        return _Decision(self.spec, self.bpmn_id, table=parser.tables[self.bpmn_id], **self.bpmn_attributes)


class _Parser(BpmnParser):
    """A service task waits, like a user's: the platform completes it by a background job of its own (a signature)."""

    OVERRIDE_PARSER_CLASSES = {
        full_tag("serviceTask"): (TaskParser, UserTask),
        full_tag("startEvent"): (_StartParser, StartEvent),
        full_tag("intermediateCatchEvent"): (_CatchParser, IntermediateCatchEvent),
        full_tag("boundaryEvent"): (_BoundaryParser, BoundaryEvent),
        full_tag("eventBasedGateway"): (EventBasedGatewayParser, _FirstEvent),
        full_tag("businessRuleTask"): (_DecisionParser, _Decision),
    }

    def __init__(self, tables: Mapping[str, dmn.Table]) -> None:
        super().__init__()
        self.tables = tables


@dataclass(frozen=True, slots=True)
class Specs:
    """What runs a procedure: its process, the sub-processes and called processes by name, and the names of each one's
    elements in the order by which states number them. `roles` says who does each element that waits for somebody."""

    main: Any
    others: Mapping[str, Any]
    names: Mapping[str, tuple[str, ...]]
    index: Mapping[str, Mapping[str, int]]
    roles: Mapping[str, str]
    drawn: bool

    def spec(self, name: str) -> Any:
        return self.main if name == self.main.name else self.others[name]


def specs(found: Compiled) -> Specs:
    """The parsed process of a published procedure."""
    return _specs(found.digest, _ByDigest(found.model))


def role(found: Compiled, element: str) -> str:
    """Who does an element that waits for somebody: a role, the applicant, or the platform."""
    return specs(found).roles.get(element, APPLICANT)


def elements(found: Compiled) -> set[str]:
    """The ids of all elements of a procedure's process."""
    the = specs(found)
    return {one.bpmn_id for spec in (the.main, *the.others.values()) for one in spec.task_specs.values() if one.bpmn_id}


@dataclass(frozen=True, slots=True)
class _ByDigest:
    """A model as part of a cache's key: the digest beside it decides."""

    model: ProcedureDefinition

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return True


@lru_cache(maxsize=500)
def _specs(digest: str, key: _ByDigest) -> Specs:
    return parse(key.model)


def parse(model: ProcedureDefinition) -> Specs:
    """The specification of a procedure that passed its check."""
    parser = _Parser(tables_of(model))
    if model.process:
        for name in (model.process, *model.calls):
            parser.add_bpmn_xml(_ready(document(model.files[name])), name)
        root = drawing_of(model).root
    else:
        parser.add_bpmn_str(compile_steps(model).encode())
        root = process_id(model)
    main: Any = parser.get_spec(root)
    others: dict[str, Any] = parser.get_subprocess_specs(root)
    names = {spec.name: tuple(spec.task_specs) for spec in (main, *others.values())}
    index = {spec: {name: number for number, name in enumerate(elements)} for spec, elements in names.items()}
    return Specs(main, others, names, index, _roles(model), bool(model.process))


def tables_of(model: ProcedureDefinition) -> dict[str, dmn.Table]:
    """The decision table of each business rule task, by the task's id."""
    if not model.process:
        return {}
    known = {table.id: table for name in model.decisions for table in dmn.read(model.files[name])}
    nodes = drawing_of(model).nodes.values()
    return {node.id: known[node.calls] for node in nodes if node.tag == "businessRuleTask" and node.calls in known}


def _roles(model: ProcedureDefinition) -> dict[str, str]:
    steps = {step.name: step.by for step in model.steps}
    if not model.process:
        for step in model.steps:
            steps[f"{step.name}_sign"] = PLATFORM
        return steps
    platform = {node.id: PLATFORM for node in drawing_of(model).nodes.values() if node.tag == "serviceTask"}
    return steps | platform


def _ready(root: Any) -> Any:
    """The drawing as SpiffWorkflow reads it: executable, links as flows, and without data that nothing is done with."""
    for process in root.iter(f"{{{BPMN}}}process"):
        process.set("isExecutable", "true")
    dropped = (
        "dataInputAssociation", "dataOutputAssociation", "ioSpecification", "dataStoreReference", "dataObject",
        "dataObjectReference", "property",
    )  # fmt: skip
    for element in [found for tag in dropped for found in root.iter(f"{{{BPMN}}}{tag}")]:
        element.getparent().remove(element)
    for element in root.findall(f"{{{BPMN}}}dataStore"):
        root.remove(element)
    for task in root.iter(f"{{{BPMN}}}callActivity"):
        if not task.get("calledElement"):
            called = task.find(".//{http://camunda.org/schema/zeebe/1.0}calledElement")
            task.set("calledElement", "" if called is None else called.get("processId") or "")
    _link(root)
    return root


def _link(root: Any) -> None:
    """A throwing link becomes a flow to the catching one of its name, within the same process."""
    links: dict[tuple[Any, str, str], Any] = {}
    for definition in root.iter(f"{{{BPMN}}}linkEventDefinition"):
        event = definition.getparent()
        name = definition.get("name") or event.get("name") or ""
        side = "catch" if event.tag.endswith("CatchEvent") else "throw"
        links[(event.getparent(), name, f"{side} {event.get('id')}")] = event
    for (scope, name, side), event in links.items():
        if side.startswith("throw"):
            target = next(
                e for (s, n, other), e in links.items() if (s, n) == (scope, name) and other.startswith("catch")
            )
            flow = etree.SubElement(scope, f"{{{BPMN}}}sequenceFlow")
            flow.set("id", f"link_{event.get('id')}")
            flow.set("sourceRef", event.get("id"))
            flow.set("targetRef", target.get("id"))


def engine_of(facts: Facts) -> PythonScriptEngine:
    return PythonScriptEngine(environment=Conditions(facts))
