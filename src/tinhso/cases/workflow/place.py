"""A running case on another version of its procedure: its tokens are set down in the other drawing, at the elements
of the same id or of the one that a mapping gives. What was done stays done; timers keep the moment for which they
were set.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.specs.mixins.subworkflow_task import SubWorkflowTask
from SpiffWorkflow.bpmn.specs.mixins.unstructured_join import UnstructuredJoin
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from tinhso.kernel.packs import Compiled

from ..definitions import ProcedureDefinition
from . import dmn, expressions
from .engine import Form, Moved, finish
from .specs import Specs, specs, tables_of
from .state import Running, State, facts_of

Kind = Literal["step", "event", "join", "process"]
_SPLIT, _JOIN = ".BoundaryEventSplit", ".BoundaryEventJoin"


class NotPlaced(ValueError):
    """A token that has no place in the other version: `why` is gone, kind, join, form, type or moved."""

    def __init__(self, why: str, element: str) -> None:
        super().__init__(f"{why}: {element}")
        self.why, self.element = why, element


@dataclass(frozen=True, slots=True)
class _Token:
    """Where a token waits: a step, an event, a join (`via` the element that it came from), a process within."""

    element: str
    kind: Kind
    data: dict[str, Any]
    timers: dict[str, Any] = field(default_factory=dict)
    spent: frozenset[str] = frozenset()
    via: str = ""
    inner: "tuple[_Token, ...]" = ()


def place(
    old: Compiled, new: Compiled, state: State, form: Form, mapping: Mapping[str, str], *, now: datetime
) -> Moved:
    """The state of a case of the version `old` in the version `new`. Raises NotPlaced."""
    _same_form(old.model, new.model)
    tokens = _tokens(specs(old), specs(old).main.name, state)
    running = Running(specs(new), facts_of(state, form), now, deserializing=True)
    _set_down(running, running, tokens, mapping)
    moved = finish(running)
    wanted = sorted(mapping.get(step, step) for step in _steps(tokens))
    if sorted(waiting.step for waiting in moved.open) != wanted:
        raise NotPlaced("moved", ", ".join(wanted))
    return moved


def _same_form(old: ProcedureDefinition, new: ProcedureDefinition) -> None:
    """The answers of a case stay as they are: what the new version decides by must be among them."""
    before = {spec.name: spec for spec in old.form}
    for spec in new.form:
        if spec.name in before and before[spec.name].type != spec.type:
            raise NotPlaced("type", spec.name)
    for name in sorted(_asked(new) - before.keys()):
        raise NotPlaced("form", name)


def _asked(model: ProcedureDefinition) -> set[str]:
    """The fields that the conditions and tables of a procedure look at."""
    if not model.process:
        return set()
    from ..bpmn.reading import drawing_of

    reads = set().union(*(expressions.read(f.condition).reads for f in drawing_of(model).flows if f.condition))
    tables: list[dmn.Table] = list(tables_of(model).values())
    for table in tables:
        reads |= set().union(*(one.reads for one in table.inputs), *(t.reads() for r in table.rules for t in r.tests))
    return {name for source, name in reads if source == "form"}


def _steps(tokens: tuple[_Token, ...]) -> list[str]:
    own = [token.element for token in tokens if token.kind == "step"]
    return own + [step for token in tokens for step in _steps(token.inner)]


def _tokens(the: Specs, name: str, state: State) -> tuple[_Token, ...]:
    """The tokens of a stored process, from its rows."""
    spec, names, rows = the.spec(name), the.names[name], state["t"]
    task_specs = [spec.task_specs[names[row[0]]] for row in rows]
    data = [_data(rows, number) for number in range(len(rows))]
    found = []
    for number, row in enumerate(rows):
        task_spec, parent = task_specs[number], row[1]
        element = task_spec.bpmn_id
        if element is None:
            continue
        beside = _beside(rows, task_specs, parent) if parent >= 0 else ({}, frozenset())
        internal = (row[4] if len(row) > 4 else None) or {}
        if row[2] == TaskState.READY:
            found.append(_Token(element, "step", data[number], beside[0], beside[1]))
        elif row[2] == TaskState.STARTED and (within := state.get("s", {}).get(str(number))):
            inner = _tokens(the, task_spec.spec, within)
            found.append(_Token(element, "process", data[number], beside[0], beside[1], inner=inner))
        elif row[2] == TaskState.WAITING and isinstance(task_spec, UnstructuredJoin):
            for other in _companions(rows, number):
                via = task_specs[rows[other][1]]
                came = (via.bpmn_id or via.name).removesuffix(_JOIN)
                found.append(_Token(element, "join", data[other], via=came))
        elif row[2] == TaskState.WAITING and _waits_for_event(task_spec):
            timers = beside[0] | dict(internal.get("timers") or {})
            found.append(_Token(element, "event", data[number], timers, beside[1]))
    return tuple(found)


def _waits_for_event(task_spec: Any) -> bool:
    return isinstance(task_spec, CatchingEvent) and not isinstance(task_spec, BoundaryEvent)


def _data(rows: list[Any], number: int) -> dict[str, Any]:
    """What a path knows at a row: its own, else its parent's."""
    while number >= 0:
        row = rows[number]
        if len(row) > 3 and row[3] is not None:
            return dict(row[3])
        number = row[1]
    return {}


def _beside(rows: list[Any], task_specs: list[Any], split: int) -> tuple[dict[str, Any], frozenset[str]]:
    """The boundary events of a step, by the row of the split above them: the moments of those that are armed, and those
    that have gone off."""
    timers: dict[str, Any] = {}
    spent: set[str] = set()
    if task_specs[split].name.endswith(_SPLIT):
        for number, row in enumerate(rows):
            if row[1] == split and isinstance(task_specs[number], BoundaryEvent):
                if row[2] == TaskState.WAITING:
                    timers |= ((row[4] if len(row) > 4 else None) or {}).get("timers") or {}
                else:
                    spent.add(task_specs[number].bpmn_id)
    return timers, frozenset(spent)


def _companions(rows: list[Any], waiting: int) -> list[int]:
    """The rows of paths that have come to the same join: SpiffWorkflow keeps the last one waiting and cancels the
    others. Those of an earlier round stand above the join that was completed then."""

    def round_of(number: int) -> int:
        at = rows[number][1]
        while at >= 0 and not (rows[at][0] == rows[waiting][0] and rows[at][2] == TaskState.COMPLETED):
            at = rows[at][1]
        return at

    return [
        number
        for number, row in enumerate(rows)
        if row[0] == rows[waiting][0]
        and row[2] in {TaskState.WAITING, TaskState.CANCELLED}
        and rows[row[1]][2] == TaskState.COMPLETED
        and round_of(number) == round_of(waiting)
    ]


def _set_down(running: Running, workflow: Any, tokens: tuple[_Token, ...], mapping: Mapping[str, str]) -> None:
    """A tree with nothing but the tokens under its root, and what may follow them."""
    spec = workflow.spec
    workflow.tasks.clear()
    root: Any = Task(workflow, spec.start, state=TaskState.COMPLETED)
    workflow.task_tree = root
    for token in tokens:
        element = mapping.get(token.element, token.element)
        task_spec = spec.task_specs.get(element)
        if task_spec is None or task_spec.bpmn_id is None:
            raise NotPlaced("gone", token.element)
        if _kind(task_spec) != token.kind:
            raise NotPlaced("kind", token.element)
        if token.kind == "join":
            _wait_at_join(root, spec, task_spec, token, mapping)
            continue
        task = _stand(root, spec, task_spec, token, mapping)
        if token.kind == "process":
            within = running.subprocesses[task.id]
            _set_down(running, within, token.inner, mapping)


def _kind(task_spec: Any) -> Kind | None:
    if isinstance(task_spec, SubWorkflowTask):
        return "process"
    if isinstance(task_spec, UnstructuredJoin):
        return "join"
    if isinstance(task_spec, CatchingEvent):
        return "event"
    return "step" if task_spec.manual else None


def _wait_at_join(root: Any, spec: Any, join: Any, token: _Token, mapping: Mapping[str, str]) -> None:
    """A path that has come to a join already: what it came from is done, the join waits for the others."""
    came = mapping.get(token.via, token.via)
    into = [one for one in join.inputs if one.name.removesuffix(_JOIN) == came]
    if not into:
        raise NotPlaced("join", token.element)
    before = root._add_child(into[0], TaskState.FUTURE)
    before._set_state(TaskState.COMPLETED)
    before.data = dict(token.data)
    at = before._add_child(join, TaskState.FUTURE)
    at.data = dict(token.data)
    join._predict(at, mask=TaskState.NOT_FINISHED_MASK)
    at._set_state(TaskState.WAITING)


def _stand(root: Any, spec: Any, task_spec: Any, token: _Token, mapping: Mapping[str, str]) -> Any:
    """A token that waits at an element, with its boundary events armed; those that have gone off are not again."""
    split = spec.task_specs.get(f"{task_spec.name}{_SPLIT}")
    first = root._add_child(split or task_spec, TaskState.FUTURE)
    first.data = dict(token.data)
    first.task_spec._predict(first, mask=TaskState.NOT_FINISHED_MASK)
    first.task_spec._update(first)
    timers = {mapping.get(element, element): due for element, due in token.timers.items()}
    spent = {mapping.get(element, element) for element in token.spent}
    task = first
    if split is not None:
        first.run()
        for child in first.children:
            element = child.task_spec.bpmn_id
            if not isinstance(child.task_spec, BoundaryEvent):
                task = child if child.task_spec is task_spec else task
            elif element in spent:
                child.cancel()
            else:
                _keep_time(child, timers)
    _keep_time(task, timers)
    return task


def _keep_time(task: Any, timers: Mapping[str, Any]) -> None:
    set_for = task.internal_data.get("timers") or {}
    if set_for:
        task.internal_data["timers"] = {element: timers.get(element, due) for element, due in set_for.items()}
