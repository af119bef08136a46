"""A running process as what a case stores: its tokens, and what it knows.

A row of numbers for each task of the tree, with the specification left out (it is found again by the procedure's
version) and the data that a path inherits left out too. Processes within processes hang on the row of the task that
runs them.
"""

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from typing import Any

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.util.subworkflow import BpmnSubWorkflow
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from . import dmn
from .expressions import Facts
from .specs import Specs, engine_of

State = dict[str, Any]
_KEPT = ("timers", "left", "event_fired")
"""What a waiting task has to remember; the rest of SpiffWorkflow's notes is made again."""


class Running(BpmnWorkflow):
    """A process in memory: `now` and `facts` are of this call, `fired`, `decided` and the events are what it did."""

    def __init__(self, specs: Specs, facts: Facts, now: datetime, **kwargs: Any) -> None:
        self.specs, self.facts, self.now = specs, facts, now
        self.fired: list[str] = []
        self.answers: list[tuple[str, dmn.Decided]] = []
        self.gone: list[str] = []
        super().__init__(specs.main, specs.others, script_engine=engine_of(facts), **kwargs)

    def decide(self, element: str, decided: dmn.Decided) -> None:
        """Remember what a table answered. Conditions that follow read it."""
        self.facts.decided.update(decided.values)
        self.answers.append((element, decided))


def facts_of(state: State | None, form: Any) -> Facts:
    """What conditions look at, from a stored state and the case's form (a function that gives its values)."""
    known = (state or {}).get("d", {})
    return Facts(form, dict(known.get("decided", {})), dict(known.get("received", {})), dict(known.get("answers", {})))


def pack(running: Running, passed: tuple[str, ...] = ()) -> State:
    """Rows [index of the spec, row of the parent, state, data, internal data, triggered], parents first, trailing
    empties cut. `passed` are elements of finished sub-processes, whose rows are not kept."""
    state: State = {"v": 1} | _pack(running, running, running.specs)
    facts = running.facts
    known = {"decided": facts.decided, "received": facts.received, "answers": facts.answers}
    if known := {key: plain(value) for key, value in known.items() if value}:
        state["d"] = known
    if passed:
        state["p"] = list(passed)
    return state


def unpack(specs: Specs, state: State, facts: Facts, now: datetime) -> Running:
    running = Running(specs, facts, now, deserializing=True)
    running.gone = list(state.get("p", ()))
    _unpack(running, running, specs, state)
    return running


def plain(value: Any) -> Any:
    """A value of a decision or a message as JSON has it."""
    if isinstance(value, dict):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    return str(value)


def walk(task: Any) -> Iterator[Any]:
    """A process's own tasks, each before its children."""
    ahead = [task]
    while ahead:
        one = ahead.pop()
        yield one
        ahead += reversed(one.children)


def _pack(running: Running, workflow: Any, specs: Specs) -> State:
    index = specs.index[workflow.spec.name]
    rows: dict[Any, int] = {}
    packed, inner = [], {}
    for task in walk(workflow.task_tree):
        rows[task.id] = len(rows)
        parent = task.parent
        row: list[Any] = [index[task.task_spec.name], rows[parent.id] if parent else -1, task.state]
        data = task.data if task.data != (parent.data if parent else {}) else None
        kept = {key: task.internal_data[key] for key in _KEPT if task.internal_data.get(key)}
        row += [data, kept if task.state == TaskState.WAITING and kept else None, 1 if task.triggered else None]
        while row[-1] is None:
            row.pop()
        packed.append(row)
        within = running.subprocesses.get(task.id)
        if within is not None and not task.has_state(TaskState.FINISHED_MASK):
            inner[str(rows[task.id])] = _pack(running, within, specs)
    return {"t": packed} | ({"s": inner} if inner else {})


def _unpack(running: Running, workflow: Any, specs: Specs, state: State) -> None:
    names = specs.names[workflow.spec.name]
    tasks: list[Any] = []
    for row in state["t"]:
        number, parent, status, data, internal, triggered = [*row, None, None, None][:6]
        above = tasks[parent] if parent >= 0 else None
        task = Task(workflow, workflow.spec.task_specs[names[number]], parent=above, state=status)
        task.data = dict(data) if data is not None else dict(above.data) if above else {}
        task.internal_data = dict(internal or {})
        task.triggered = bool(triggered)
        tasks.append(task)
        if status == TaskState.WAITING and isinstance(task.task_spec, CatchingEvent):
            running.event_manager.add_task(task)
    workflow.task_tree = tasks[0]
    for number, within in state.get("s", {}).items():
        task = tasks[int(number)]
        spec = specs.others[task.task_spec.spec]
        sub = BpmnSubWorkflow(spec, task.id, running, deserializing=True)
        running.subprocesses[task.id] = sub
        sub.completed_event.connect(task.task_spec._on_subworkflow_completed, task)
        _unpack(running, sub, specs, within)
