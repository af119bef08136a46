"""The shape of a drawing: every element can be reached, from every element an end can be, and no circle runs without
anybody waiting."""

from collections.abc import Iterator, Mapping

from .faults import Fault, fault_at, fault_of, follows, holds_wait, reached, waits
from .reading import Drawing, Node


def shape(drawing: Drawing) -> Iterator[Fault]:
    """Dead ends, loops without end or wait, elements out of reach, borders crossed."""
    for flow in drawing.flows:
        for end in (flow.source, flow.target):
            if end not in drawing.nodes:
                yield fault_of(flow, f"leads to {end!r}, which is not there")
                return
        if drawing.nodes[flow.source].scope != drawing.nodes[flow.target].scope:
            yield fault_of(flow, "leads across the border of a sub-process")
    for scope in drawing.scopes:
        nodes = {node.id: node for node in drawing.inside(scope)}
        yield from _starts(drawing, scope, nodes)
        yield from _ways(drawing, nodes)
        yield from _places(drawing, nodes)
        yield from _spin(drawing, nodes)


def _starts(drawing: Drawing, scope: str, nodes: Mapping[str, Node]) -> Iterator[Fault]:
    holder = drawing.nodes.get(scope)
    starts = [node for node in nodes.values() if node.tag == "startEvent"]
    if not starts:
        named = str(holder) if holder else f"{drawing.processes.get(scope, '')}: process {scope}"
        yield fault_at(holder, "has no start event") if holder else (["process"], f"{named} has no start event")
    if len(starts) > 1:
        yield fault_at(starts[1], f"{starts[0].id} begins it already: there is one start event")
    if starts and starts[0].event and scope != drawing.root:
        yield fault_at(starts[0], "a sub-process and a called process begin at once: their start event has no kind")


def _ways(drawing: Drawing, nodes: Mapping[str, Node]) -> Iterator[Fault]:
    """From the start to every element, and from every element to an end."""
    starts = [node.id for node in nodes.values() if node.tag == "startEvent"]
    there = set(starts).union(*(reached(drawing, start) for start in starts))
    leads = _leading(drawing, nodes)
    for node in nodes.values():
        if node.id not in there and starts:
            yield fault_at(node, "cannot be reached from the start")
            continue
        out = drawing.out_of(node.id)
        if not out and node.tag != "endEvent" and node.kind != "intermediateThrowEvent: link":
            yield fault_at(node, "is a dead end: nothing follows it, and it is no end event")
        elif node.id not in leads:
            yield fault_at(node, "is in an endless loop: no end event can be reached from it")


def _leading(drawing: Drawing, nodes: Mapping[str, Node]) -> set[str]:
    """The elements from which an end event can be reached."""
    back: dict[str, set[str]] = {}
    for node in nodes.values():
        for following in follows(drawing, node.id):
            back.setdefault(following, set()).add(node.id)
    leads = {node.id for node in nodes.values() if node.tag == "endEvent"}
    ahead = list(leads)
    while ahead:
        for before in back.get(ahead.pop(), set()) - leads:
            leads.add(before)
            ahead.append(before)
    return leads


def _places(drawing: Drawing, nodes: Mapping[str, Node]) -> Iterator[Fault]:
    """What may stand before and behind an element of its kind."""
    for node in nodes.values():
        out = drawing.out_of(node.id)
        into = [flow for flow in drawing.flows if flow.target == node.id]
        if node.tag == "endEvent" and out:
            yield fault_at(node, "is an end, and something follows it")
        if len(out) > 1 and not node.tag.endswith("Gateway"):
            yield fault_at(node, "has several flows out of it; put a gateway behind it, which says which are taken")
        if node.tag == "startEvent" and into:
            yield fault_at(node, "is a start, and something leads to it")
        if node.tag == "boundaryEvent" and into:
            yield fault_at(node, "stands on a step, and something leads to it")
        if node.tag == "eventBasedGateway":
            yield from _race(drawing, node)


def _race(drawing: Drawing, node: Node) -> Iterator[Fault]:
    out = [drawing.nodes[flow.target] for flow in drawing.out_of(node.id)]
    if len(out) < 2:
        yield fault_at(node, "waits for one of several events, and there are not several")
    for target in out:
        event = target.tag == "intermediateCatchEvent" and target.event in {"message", "timer"}
        if not event and target.tag != "receiveTask":
            yield fault_at(node, f"waits for events, and {target} is none")
        elif sum(flow.target == target.id for flow in drawing.flows) > 1:
            yield fault_at(target, f"is one of the events of {node.id}, and reached from elsewhere too")
        elif drawing.boundary(target.id):
            yield fault_at(target, f"is one of the events of {node.id}, and bears a boundary event")


def _spin(drawing: Drawing, nodes: Mapping[str, Node]) -> Iterator[Fault]:
    """A circle in which no token ever rests would run for ever."""
    moving = {node.id for node in nodes.values() if not waits(node) and not holds_wait(drawing, node)}
    done: set[str] = set()
    for first in moving:
        path: list[tuple[str, Iterator[str]]] = []
        if first not in done:
            path.append((first, iter(follows(drawing, first))))
        while path:
            element, ahead = path[-1]
            following = next((other for other in ahead if other in moving and other not in done), None)
            above = [name for name, _ahead in path]
            if following in above:
                circle = [*above[above.index(following) :], following]
                yield fault_at(nodes[following], f"is in an endless loop without a wait: {' → '.join(circle)}")
                following = None
            if following is None:
                done.add(element)
                path.pop()
            else:
                path.append((following, iter(follows(drawing, following))))
