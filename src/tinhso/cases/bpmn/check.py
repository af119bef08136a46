"""Whether a process that a pack brings can be run to its end. Each fault names the file, the line, the element and its
name; nothing is skipped in silence."""

from collections.abc import Iterator

from ..definitions import ROLES, ProcedureDefinition
from . import elements, sound
from .decisions import decisions
from .events import events, timers_of
from .faults import Fault, fault_at, rests_before
from .flows import conditions
from .reading import Broken, Drawing, Node, drawing_of
from .shape import shape
from .steps import APPLICANT

_WORK = frozenset({"userTask", "manualTask"})


def faults(model: ProcedureDefinition) -> Iterator[Fault]:
    """What is wrong with the process of a procedure, by key of its YAML. The model has a `process`, with its text."""
    missing = [name for name in (model.process, *model.calls, *model.decisions) if name not in model.files]
    if missing:
        yield ["files"], f"the text of {', '.join(map(str, missing))} is not here"
        return
    try:
        drawing = drawing_of(model)
    except Broken as error:
        yield ["process"], str(error)
        return
    found = list(_elements(drawing))
    yield from found
    if found:
        return  # the rest speaks of what is run
    found = list(_wrong(model, drawing))
    yield from found
    if not found:
        yield from sound.faults(drawing)


def _wrong(model: ProcedureDefinition, drawing: Drawing) -> Iterator[Fault]:
    decided = yield from decisions(model, drawing)
    yield from _steps(model, drawing)
    yield from _calls(model, drawing)
    yield from events(drawing)
    yield from timers_of(model, drawing, decided)
    yield from conditions(model, drawing, decided)
    yield from shape(drawing)


def notices(model: ProcedureDefinition) -> list[str]:
    """What a drawing says in the words of another tool, and is not followed: told when the pack is planned."""
    try:
        remarks = drawing_of(model).remarks
    except Broken:
        return []
    return [f"{r.file}:{r.line}: {r.what} of {r.element} is not followed" for r in remarks if not r.runs]


def _elements(drawing: Drawing) -> Iterator[Fault]:
    """What is not run here, by name."""
    for node in (*drawing.nodes.values(), *drawing.markers):
        if node.kind not in elements.RUN:
            why = elements.REFUSED.get(node.kind, "this element is not run here")
            yield fault_at(node, f"is not supported: {why}")
    for node in drawing.twice:
        yield fault_at(node, "another element has this id")
    for remark in drawing.remarks:
        if remark.runs:
            named = f'{remark.element} "{remark.name}"' if remark.name else remark.element
            yield (
                ["process"],
                f"{remark.file}:{remark.line}: {named}: {remark.what} is not followed: packs bring no code",
            )


def role_of_lane(name: str) -> str:
    """The code of the role that a lane names, by its code or its words in either language; "" where it is none."""
    from django.utils.translation import override

    from .steps import lane_words

    said = " ".join(name.split()).casefold()
    for language in ("vi", "en"):
        with override(language):
            for code, words in lane_words().items():
                if said in {code.casefold(), words.casefold()}:
                    return code
    return ""


def _steps(model: ProcedureDefinition, drawing: Drawing) -> Iterator[Fault]:
    """Each step is a user task, each user task a step (or the applicant's), each lane a role."""
    for lane in drawing.lanes:
        if not role_of_lane(lane.name):
            known = ", ".join([*sorted(ROLES), APPLICANT, "platform"])
            yield fault_at(lane, f"is no role; lanes are named by one: {known}")
    steps = {step.name: step for step in model.steps}
    for number, step in enumerate(model.steps):
        node = drawing.nodes.get(step.name)
        if node is None or node.tag not in _WORK:
            yield ["steps", number, "name"], f"{step.name!r} is no user task of {model.process}"
            continue
        lane = role_of_lane(node.lane) if node.lane else ""
        if lane and lane != step.by:
            yield fault_at(node, f"stands in the lane of {lane}, and its step is done by {step.by}")
    for node in drawing.nodes.values():
        if node.tag in _WORK and node.id not in steps:
            if not node.lane or role_of_lane(node.lane) != APPLICANT:
                yield fault_at(node, "has no entry in `steps` that says who does it and how long it takes")
            else:
                yield from _supplement(drawing, node)
    yield from _signature(model, drawing)
    for element in model.ends:
        if drawing.nodes.get(element) is None or drawing.nodes[element].tag != "endEvent":
            yield ["ends", element], f"is no end event of {model.process}"


def _supplement(drawing: Drawing, node: Node) -> Iterator[Fault]:
    """The applicant acts only when asked: the task stands behind a flow of `ask-supplement`."""
    into = [flow for flow in drawing.flows if flow.target == node.id]
    if not into or any("ask-supplement" not in flow.condition for flow in into):
        yield fault_at(
            node, "is the applicant's, and so only reached by flows whose condition is outcome == 'ask-supplement'"
        )


def _signature(model: ProcedureDefinition, drawing: Drawing) -> Iterator[Fault]:
    signing = model.signing_step
    services = [node for node in drawing.nodes.values() if node.tag == "serviceTask"]
    if signing and not services:
        yield ["process"], f"{model.process}: the step {signing.name} signs, and no service task makes the signature"
    for service in services[1:]:
        yield fault_at(service, f"the result is signed once, by {services[0].id}")
    for service in services[:1]:
        if signing is None:
            yield fault_at(service, "there is no step that `signs`, so that there is nothing to be done here")
        elif before := sorted(rests_before(drawing, service.id) - {signing.name}):
            yield fault_at(
                service, f"follows {', '.join(before)}; only the step that signs ({signing.name}) may be before"
            )


def _calls(model: ProcedureDefinition, drawing: Drawing) -> Iterator[Fault]:
    called: dict[str, Node] = {}
    for node in drawing.nodes.values():
        if node.tag != "callActivity":
            continue
        if not node.calls:
            yield fault_at(node, "names no process (calledElement)")
        elif node.calls not in drawing.processes:
            known = ", ".join(name for name in drawing.processes if name != drawing.root) or "none"
            yield fault_at(node, f"there is no process {node.calls!r} in `calls`; there are {known}")
        elif node.calls in called:
            yield fault_at(
                node, f"calls {node.calls}, as {called[node.calls].id} does: a process is called from one place"
            )
        called.setdefault(node.calls, node)
    for name, file in drawing.processes.items():
        if name != drawing.root and name not in called:
            yield ["calls"], f"{file}: the process {name} is called by no call activity"
    for name, caller in called.items():
        seen, at = {name}, name
        while (host := called.get(_process_of(drawing, called[at].scope))) is not None:
            at = host.calls
            if at in seen:
                yield fault_at(caller, "calls a process that calls this one again")
                break
            seen.add(at)


def _process_of(drawing: Drawing, scope: str) -> str:
    while drawing.scopes.get(scope):
        scope = drawing.scopes[scope]
    return scope
