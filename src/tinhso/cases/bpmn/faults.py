"""Faults of a drawing as a check tells them: by file, line, element and name; and what follows what."""

from collections.abc import Sequence

from .reading import Drawing, Flow, Node

Fault = tuple[Sequence[str | int], str]


class Said(str):
    """A fault as a check prints it, that knows its element: for an editor, which marks it and tells `what` alone."""

    element: str
    named: str
    what: str

    def __new__(cls, place: str, element: str, named: str, what: str) -> "Said":
        said = super().__new__(cls, f"{place}: {named}: {what}")
        said.element, said.named, said.what = element, named, what
        return said


_WAITS = frozenset({"userTask", "manualTask", "serviceTask", "receiveTask", "eventBasedGateway"})


def fault_at(node: Node, message: str) -> Fault:
    """A fault of an element."""
    return ["process"], Said(f"{node.file}:{node.line}", node.id, str(node), message)


def fault_of(flow: Flow, message: str) -> Fault:
    """A fault of a flow."""
    named = f'sequenceFlow {flow.id} "{flow.name}"' if flow.name else f"sequenceFlow {flow.id}"
    return ["process"], Said(f"{flow.file}:{flow.line}", flow.id, named, message)


def waits(node: Node) -> bool:
    """Whether a token rests at the element until somebody, a message or a time moves it."""
    return node.tag in _WAITS or (
        node.tag in {"intermediateCatchEvent", "startEvent"} and node.event in {"message", "timer"}
    )


def holds_wait(drawing: Drawing, node: Node) -> bool:
    """Whether a sub-process or called process has an element inside at which a token rests."""
    within = {"subProcess": node.id, "callActivity": node.calls}.get(node.tag)
    return within is not None and any(waits(n) or holds_wait(drawing, n) for n in drawing.inside(within))


def follows(drawing: Drawing, element: str) -> list[str]:
    """The elements that come right after: along flows, from a step to its boundary events, into what it holds or calls
    and out of it, and from link to link."""
    node = drawing.nodes[element]
    found = [flow.target for flow in drawing.out_of(element)]
    found += [event.id for event in drawing.boundary(element)]
    if node.tag == "intermediateThrowEvent" and node.event == "link":
        found += [
            other.id
            for other in drawing.inside(node.scope)
            if other.tag == "intermediateCatchEvent" and other.event == "link" and other.told == node.told
        ]
    return found


def reached(drawing: Drawing, element: str) -> set[str]:
    """Every element that may come after this one, in its own process."""
    seen: set[str] = set()
    ahead = [element]
    while ahead:
        for following in follows(drawing, ahead.pop()):
            if following in drawing.nodes and following not in seen:
                seen.add(following)
                ahead.append(following)
    return seen


def rests_before(drawing: Drawing, element: str) -> set[str]:
    """The nearest elements before this one at which a token rests."""
    found: set[str] = set()
    seen, ahead = {element}, [element]
    while ahead:
        at = ahead.pop()
        for source in {flow.source for flow in drawing.flows if flow.target == at} - seen:
            seen.add(source)
            node = drawing.nodes.get(source)
            if node is None or waits(node) or node.tag in {"startEvent", "subProcess", "callActivity", "boundaryEvent"}:
                found.add(source)
            else:
                ahead.append(source)
    return found
