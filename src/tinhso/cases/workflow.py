"""The one run time of processes: SpiffWorkflow on a specification parsed once a version.

What a case stores is its tokens only: a row of numbers for each task of the tree, with the specification left out
(it is found again by the procedure's version) and the data that a branch inherits left out too.
"""

import ast
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from uuid import UUID

from SpiffWorkflow.bpmn.parser import BpmnParser
from SpiffWorkflow.bpmn.parser.task_parsers import TaskParser
from SpiffWorkflow.bpmn.parser.util import full_tag
from SpiffWorkflow.bpmn.script_engine import PythonScriptEngine
from SpiffWorkflow.bpmn.script_engine.python_environment import TaskDataEnvironment
from SpiffWorkflow.bpmn.specs.defaults import UserTask
from SpiffWorkflow.bpmn.workflow import BpmnWorkflow
from SpiffWorkflow.task import Task
from SpiffWorkflow.util.task import TaskState

from tinhso.kernel.packs import Compiled, compiled

from . import versions
from .bpmn import compile_steps, process_id
from .definitions import ProcedureDefinition

State = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Open:
    """An element of the process that waits for somebody: `role` is the lane it stands in."""

    step: str
    role: str


@dataclass(frozen=True, slots=True)
class Moved:
    """A process after a step: what is stored, who must act now; `end` is the end event once it has ended."""

    state: State | None
    open: tuple[Open, ...]
    end: str = ""


class _Parser(BpmnParser):
    """A service task waits, like a user's: the platform completes it by a background job of its own (a signature)."""

    OVERRIDE_PARSER_CLASSES = {full_tag("serviceTask"): (TaskParser, UserTask)}


class _Conditions(TaskDataEnvironment):
    """Gateways compare the outcome with words. Nothing else of Python is run: packs are data."""

    def evaluate(self, expression: str, context: Any, external_context: Any = None) -> Any:
        tree = ast.parse(expression, mode="eval").body
        if not (
            isinstance(tree, ast.Compare)
            and isinstance(tree.left, ast.Name)
            and len(tree.ops) == 1
            and isinstance(tree.ops[0], ast.Eq | ast.NotEq)
            and isinstance(tree.comparators[0], ast.Constant)
        ):
            raise ValueError(f"a condition compares one name with one word: {expression!r}")
        same = context.get(tree.left.id) == tree.comparators[0].value
        return same if isinstance(tree.ops[0], ast.Eq) else not same

    def execute(self, script: str, context: Any, external_context: Any = None) -> Any:
        raise ValueError("scripts are not run")


_engine = PythonScriptEngine(environment=_Conditions())


def procedure(name: str, version: int | None = None) -> Compiled:
    """The published procedure, of today (versions.py) or of a version; raises NotFound. A published version never
    changes, so that
    asking for one again costs nothing: lists ask once a row."""
    return _pinned(name, version) if version else versions.current(name)


@lru_cache(maxsize=1_000)
def _pinned(name: str, version: int) -> Compiled:
    return compiled("procedure", name, version)


def forget() -> None:
    """Drop what is remembered of versions: a test's database is another world."""
    _pinned.cache_clear()


@lru_cache(maxsize=500)
def _spec(digest: str, model_key: "_ByDigest") -> tuple[Any, tuple[str, ...]]:
    model = model_key.model
    parser = _Parser()
    parser.add_bpmn_str(compile_steps(model).encode())
    spec: Any = parser.get_spec(process_id(model))
    return spec, tuple(spec.task_specs)


@dataclass(frozen=True, slots=True)
class _ByDigest:
    """A model as part of a cache's key: the digest beside it decides."""

    model: ProcedureDefinition

    def __hash__(self) -> int:
        return 0

    def __eq__(self, other: object) -> bool:
        return True


def spec(found: Compiled) -> Any:
    """The parsed process of a published procedure."""
    return _spec(found.digest, _ByDigest(found.model))[0]


def start(found: Compiled) -> Moved:
    """Begin the process of a new case."""
    workflow = BpmnWorkflow(spec(found), script_engine=_engine)
    workflow.do_engine_steps()
    return _moved(found, workflow)


def advance(found: Compiled, state: State, step: str, outcome: str) -> Moved:
    """Complete the open element `step` with `outcome`. LookupError where it is not open."""
    workflow = _unpack(found, state)
    task = next((t for t in _waiting(workflow) if t.task_spec.bpmn_id == step), None)
    if task is None:
        raise LookupError(step)
    task.data = {"outcome": outcome}
    task.run()
    workflow.do_engine_steps()
    return _moved(found, workflow)


def passed(found: Compiled, state: State) -> tuple[str, ...]:
    """Ids of the elements that were completed, for the diagram."""
    the_spec, names = _spec(found.digest, _ByDigest(found.model))
    done = (the_spec.task_specs[names[row[0]]].bpmn_id for row in state["t"] if row[2] == TaskState.COMPLETED)
    return tuple(dict.fromkeys(element for element in done if element))


def _waiting(workflow: BpmnWorkflow) -> list[Any]:
    return [task for task in workflow.get_tasks(state=TaskState.READY) if task.task_spec.manual]


def _moved(found: Compiled, workflow: BpmnWorkflow) -> Moved:
    if workflow.is_completed():
        done: list[Any] = workflow.get_tasks(state=TaskState.COMPLETED)
        ends = [task for task in done if type(task.task_spec).__name__ == "EndEvent" and task.task_spec.bpmn_id]
        return Moved(None, (), ends[-1].task_spec.bpmn_id if ends else "end")
    waiting = tuple(Open(task.task_spec.bpmn_id, task.task_spec.lane or "") for task in _waiting(workflow))
    return Moved(_pack(found, workflow), waiting)


def _pack(found: Compiled, workflow: BpmnWorkflow) -> State:
    """Rows [index of the spec, row of the parent, state, data, internal data], parents first, trailing empties cut."""
    index = {name: number for number, name in enumerate(_spec(found.digest, _ByDigest(found.model))[1])}
    rows: dict[UUID, int] = {}
    packed = []
    for task in workflow.get_tasks(first_task=workflow.task_tree):
        rows[task.id] = len(rows)
        parent = task.parent
        row: list[Any] = [index[task.task_spec.name], rows[parent.id] if parent else -1, task.state]
        inherited = parent.data if parent else {}
        data = task.data if task.data != inherited else None
        row += [data, task.internal_data or None, 1 if task.triggered else None]
        while row[-1] is None:
            row.pop()
        packed.append(row)
    return {"v": 1, "t": packed}


def _unpack(found: Compiled, state: State) -> BpmnWorkflow:
    the_spec, names = _spec(found.digest, _ByDigest(found.model))
    workflow = BpmnWorkflow(the_spec, script_engine=_engine, deserializing=True)
    tasks: list[Task] = []
    for row in state["t"]:
        number, parent, status, data, internal, triggered = [*row, None, None, None][:6]
        above = tasks[parent] if parent >= 0 else None
        task = Task(workflow, the_spec.task_specs[names[number]], parent=above, state=status)
        task.data = dict(data) if data is not None else dict(above.data) if above else {}
        task.internal_data = dict(internal or {})
        task.triggered = bool(triggered)
        tasks.append(task)
    workflow.task_tree = tasks[0]
    return workflow
