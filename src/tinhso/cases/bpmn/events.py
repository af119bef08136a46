"""Events of a drawing: each has a name, a time, and somebody who hears of it."""

from collections.abc import Iterator

from ..definitions import ProcedureDefinition
from .faults import Fault, fault_at, reached, waits
from .names import unknown
from .reading import Drawing, Node

_HOLDERS = frozenset({"subProcess", "callActivity"})


def events(drawing: Drawing) -> Iterator[Fault]:
    """Messages, errors, escalations and links have a name, and somebody who hears of them."""
    for node in drawing.nodes.values():
        if (node.event == "message" or node.tag in {"sendTask", "receiveTask"}) and not node.told:
            yield fault_at(node, "names no message")
        if node.event == "link":
            yield from _links(drawing, node)
        if node.tag == "boundaryEvent":
            yield from _boundary(drawing, node)
        elif node.event in {"error", "escalation"} and not _caught(drawing, node):
            yield fault_at(node, f"no boundary event around it catches the {node.event} {node.told!r}")


def _boundary(drawing: Drawing, node: Node) -> Iterator[Fault]:
    host = drawing.nodes.get(node.host)
    if host is None:
        yield fault_at(node, f"stands on {node.host!r}, which is not there")
        return
    if (host.tag not in _HOLDERS and not waits(host)) or host.tag == "eventBasedGateway":
        yield fault_at(node, f"stands on {host}, which does not wait")
    if host.tag == "serviceTask" and node.interrupting:
        yield fault_at(node, "breaks off a signature that is being made")
    if node.event in {"error", "escalation"}:
        if host.tag not in _HOLDERS:
            yield fault_at(node, f"an {node.event} comes out of a sub-process or a called process only")
        for other in drawing.inside(node.scope):
            same = other.tag == "boundaryEvent" and other.event == node.event and other.told in {"", node.told}
            if same and other.id != node.id:
                yield fault_at(node, f"{other.id} catches the same {node.event} here")
    if node.event == "error" and not node.interrupting:
        yield fault_at(node, "an error always breaks off what it happens in")


def _caught(drawing: Drawing, node: Node) -> bool:
    scope = node.scope
    while scope:
        hosts = [n for n in drawing.nodes.values() if n.id == scope or (n.tag == "callActivity" and n.calls == scope)]
        for host in hosts:
            if any(b.event == node.event and b.told in {"", node.told} for b in drawing.boundary(host.id)):
                return True
        scope = hosts[0].scope if hosts else ""
    return False


def _links(drawing: Drawing, node: Node) -> Iterator[Fault]:
    same = [n for n in drawing.inside(node.scope) if n.event == "link" and n.told == node.told and n.tag != node.tag]
    if not node.told:
        yield fault_at(node, "has no name")
    elif not same:
        yield fault_at(node, f"the link {node.told!r} has no other end here")
    elif node.tag == "intermediateThrowEvent" and len(same) > 1:
        yield fault_at(node, f"the link {node.told!r} goes on at {len(same)} places")


def timers_of(model: ProcedureDefinition, drawing: Drawing, decided: set[str]) -> Iterator[Fault]:
    from ..workflow import timers
    from ..workflow.expressions import Expression, Unreadable

    for node in drawing.nodes.values():
        if node.event != "timer":
            continue
        try:
            timer = timers.read(node.timer)
        except Unreadable as error:
            yield fault_at(node, str(error))
            continue
        if isinstance(timer.moment, Expression):
            for message in unknown(model, timer.moment.reads, decided):
                yield fault_at(node, message)
        if timer.kind == "cycle":
            if node.tag != "boundaryEvent" or node.interrupting:
                message = "a cycle comes again and again: only a boundary event that does not interrupt has one"
                yield fault_at(node, message)
            elif rests := [drawing.nodes[n] for n in reached(drawing, node.id) if waits(drawing.nodes[n])]:
                yield fault_at(node, f"what comes again and again may not wait, and {rests[0]} does")
