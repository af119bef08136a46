"""A process begins, goes on, hears of a message, and wakes when its time has come."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone
from SpiffWorkflow.bpmn.specs.event_definitions.message import MessageEventDefinition
from SpiffWorkflow.bpmn.specs.mixins.events.event_types import CatchingEvent
from SpiffWorkflow.bpmn.specs.mixins.events.intermediate_event import BoundaryEvent
from SpiffWorkflow.bpmn.util.event import BpmnEvent
from SpiffWorkflow.exceptions import WorkflowException
from SpiffWorkflow.util.task import TaskState

from tinhso.kernel.packs import Compiled

from ..bpmn import APPLICANT
from ..bpmn.reading import drawing_of
from .dmn import Decided, Undecided
from .specs import Specs, specs
from .state import Running, State, facts_of, pack, plain, unpack, walk

Form = Callable[[], Mapping[str, Any]]
MOST_ROUNDS = 1_000


class NotAwaited(LookupError):
    """Nothing in the process waits for this step or message."""


@dataclass(frozen=True, slots=True)
class Open:
    """An element of the process that waits for somebody: `role` is who does it."""

    step: str
    role: str


@dataclass(frozen=True, slots=True)
class Answer:
    """What a decision table answered at a business rule task, by which rules (number and note), for the timeline."""

    element: str
    table: str
    values: Mapping[str, Any]
    rules: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Moved:
    """A process after a step: what is stored (None once it has ended), who must act now, and when it wakes by itself.
    `end` is the end event that was reached last, `ends` are all of them; `decided`, `sent` and `fired` say what
    tables answered, which messages went out and which timers went off on the way."""

    state: State | None
    open: tuple[Open, ...]
    end: str = ""
    ends: tuple[str, ...] = ()
    wakes: datetime | None = None
    decided: tuple[Answer, ...] = ()
    sent: tuple[str, ...] = ()
    fired: tuple[str, ...] = ()

    @property
    def ended(self) -> bool:
        return self.state is None


def _no_form() -> Mapping[str, Any]:
    return {}


def start(found: Compiled, form: Form = _no_form, *, now: datetime | None = None) -> Moved:
    """Begin the process of a new case. `form` gives the form's values where a condition asks for them."""
    running = Running(specs(found), facts_of(None, form), now or timezone.now())
    return finish(running)


def advance(
    found: Compiled, state: State, step: str, outcome: str, form: Form = _no_form, *, now: datetime | None = None
) -> Moved:
    """Complete the open element `step` with `outcome`. LookupError where it is not open, Undecided where a decision
    table has no one answer."""
    running = unpack(specs(found), state, facts_of(state, form), now or timezone.now())
    task = next((t for t in _waiting(running) if t.task_spec.bpmn_id == step), None)
    if task is None:
        raise NotAwaited(step)
    task.data = {"outcome": outcome}
    if running.specs.drawn:
        running.facts.answers[step] = outcome
    _run(task.run)
    return finish(running)


def wake(found: Compiled, state: State, form: Form = _no_form, *, now: datetime | None = None) -> Moved:
    """Let the timers go off whose time has come; `fired` is empty where there was none."""
    return finish(unpack(specs(found), state, facts_of(state, form), now or timezone.now()))


def receive(
    found: Compiled,
    state: State,
    name: str,
    payload: Mapping[str, Any],
    form: Form = _no_form,
    *,
    now: datetime | None = None,
) -> Moved:
    """A message has come. What it brings is `received.<key>` from now on. Raises NotAwaited where nothing waits for
    it: a timer whose time has come goes before."""
    running = unpack(specs(found), state, facts_of(state, form), now or timezone.now())
    _go(running)
    event = BpmnEvent(MessageEventDefinition(name))
    if not any(task.task_spec.catches(task, event) for task in running.event_manager.tasks.values()):
        raise NotAwaited(name)
    running.facts.received.update(plain(dict(payload)))
    _run(lambda: running.catch(event))
    return finish(running)


def finish(running: Running) -> Moved:
    """Run what runs by itself, and say where the process is then."""
    _go(running)
    return _moved(running)


def awaited(found: Compiled, state: State) -> tuple[str, ...]:
    """The names of the messages that the process waits for."""
    running = unpack(specs(found), state, facts_of(state, _no_form), timezone.now())
    names = []
    for task in running.event_manager.tasks.values():
        definition = task.task_spec.event_definition
        for one in getattr(definition, "event_definitions", [definition]):
            if isinstance(one, MessageEventDefinition) and one.name not in names:
                names.append(one.name)
    return tuple(names)


def passed(found: Compiled, state: State) -> tuple[str, ...]:
    """Ids of the elements that were completed, for the diagram."""
    the = specs(found)
    return tuple(dict.fromkeys((*state.get("p", ()), *_passed(the, the.main.name, state))))


def resting(found: Compiled, state: State) -> tuple[str, ...]:
    """Ids of the elements at which a token waits: a step, a message, a time."""
    the = specs(found)
    return tuple(dict.fromkeys(_resting(the, the.main.name, state)))


def label(model: Any, element: str) -> str:
    """What a drawn process calls an element; "" where it has no name."""
    return drawing_of(model).label(element) if model.process else ""


def _passed(the: Specs, name: str, state: State) -> Iterator[str]:
    spec, names = the.spec(name), the.names[name]
    for number, row in enumerate(state["t"]):
        task_spec = spec.task_specs[names[row[0]]]
        if row[2] == TaskState.COMPLETED and task_spec.bpmn_id:
            yield task_spec.bpmn_id
        if within := state.get("s", {}).get(str(number)):
            yield from _passed(the, task_spec.spec, within)


def _resting(the: Specs, name: str, state: State) -> Iterator[str]:
    spec, names = the.spec(name), the.names[name]
    for number, row in enumerate(state["t"]):
        task_spec = spec.task_specs[names[row[0]]]
        if row[2] == TaskState.READY or (row[2] == TaskState.WAITING and _catches(task_spec)):
            yield task_spec.bpmn_id
        if within := state.get("s", {}).get(str(number)):
            yield from _resting(the, task_spec.spec, within)


def _catches(task_spec: Any) -> bool:
    return isinstance(task_spec, CatchingEvent) and not isinstance(task_spec, BoundaryEvent)


def _waiting(running: Running) -> list[Any]:
    return [task for task in running.get_tasks(state=TaskState.READY) if task.task_spec.manual]


def _go(running: Running) -> None:
    """Run what runs by itself, until everything waits. A process that passed its check ends long before the limit."""
    for _round in range(MOST_ROUNDS):
        _keep(running)
        count = len(running.fired)
        _run(running.do_engine_steps)
        ready = any(not task.task_spec.manual for task in running.get_tasks(state=TaskState.READY))
        if len(running.fired) == count and not ready:
            return
    raise Undecided("the process goes round and round")


def _keep(running: Running) -> None:
    """Note which elements finished sub-processes have passed, before they are dropped."""
    for task_id, within in running.subprocesses.items():
        task = running.get_task_from_id(task_id)
        if task is not None and task.has_state(TaskState.FINISHED_MASK):
            done = (t.task_spec.bpmn_id for t in walk(within.task_tree) if t.state == TaskState.COMPLETED)
            running.gone += [element for element in done if element and element not in running.gone]


def _run(deed: Callable[[], Any]) -> None:
    """SpiffWorkflow wraps what our decisions raise; it is taken out again."""
    try:
        deed()
    except WorkflowException as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, Undecided):
            cause = cause.__cause__ or cause.__context__
        if cause is not None:
            raise cause from error
        raise Undecided(str(error)) from error


def _moved(running: Running) -> Moved:
    told: dict[str, Any] = {
        "decided": tuple(_answer(element, decided) for element, decided in running.answers),
        "sent": tuple(
            event.event_definition.name
            for event in running.get_events()
            if isinstance(event.event_definition, MessageEventDefinition)
        ),
        "fired": tuple(dict.fromkeys(running.fired)),
    }
    _keep(running)
    if running.is_completed():
        own = [task for task in walk(running.task_tree) if task.state == TaskState.COMPLETED]
        ended = [t for t in own if type(t.task_spec).__name__ == "EndEvent" and t.task_spec.bpmn_id]
        ended.sort(key=lambda t: t.last_state_change)
        ends = tuple(dict.fromkeys(task.task_spec.bpmn_id for task in ended))
        return Moved(None, (), ends[-1] if ends else "end", ends, **told)
    roles = running.specs.roles
    waiting = tuple(Open(t.task_spec.bpmn_id, roles.get(t.task_spec.bpmn_id, APPLICANT)) for t in _waiting(running))
    return Moved(pack(running, tuple(running.gone)), waiting, wakes=_wakes(running), **told)


def _answer(element: str, decided: Decided) -> Answer:
    rules = tuple((rule.number, rule.note) for rule in decided.rules)
    return Answer(element, decided.table, plain(dict(decided.values)), rules)


def _wakes(running: Running) -> datetime | None:
    """The first moment at which a timer goes off."""
    moments = [
        datetime.fromisoformat(due)
        for task in running.event_manager.tasks.values()
        if isinstance(task.task_spec, CatchingEvent) and task.state == TaskState.WAITING
        for due in (task.internal_data.get("timers") or {}).values()
        if due
    ]
    return min(moments, default=None)
