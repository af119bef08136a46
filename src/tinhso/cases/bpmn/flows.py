"""Conditions of flows: readable, of what is there, and one of them holds whatever is answered."""

from collections.abc import Iterator
from typing import Any

from ..definitions import ProcedureDefinition
from .faults import Fault, fault_at, fault_of, rests_before
from .names import unknown
from .reading import Drawing, Flow, Node

_SPLITS = frozenset({"exclusiveGateway", "inclusiveGateway"})


def conditions(model: ProcedureDefinition, drawing: Drawing, decided: set[str]) -> Iterator[Fault]:
    from ..workflow import expressions

    words = {answer for step in model.steps for answer in step.answers} | {"done"}
    read: dict[str, expressions.Expression] = {}
    for flow in drawing.flows:
        if not flow.condition:
            continue
        source = drawing.nodes.get(flow.source)
        if source is not None and source.tag not in _SPLITS:
            yield fault_of(flow, f"has a condition, and {source} does not choose; put a gateway before it")
        try:
            expression = read[flow.id] = expressions.read(flow.condition)
        except expressions.Unreadable as error:
            yield fault_of(flow, str(error))
            continue
        for message in unknown(model, expression.reads, decided):
            yield fault_of(flow, message)
        for word in expression.answers_named():
            if word not in words:
                yield fault_of(flow, f"no step answers {word!r}; there are {', '.join(sorted(words))}")
    for node in drawing.nodes.values():
        if node.tag in _SPLITS:
            yield from _choice(model, drawing, node, read)


def _choice(model: ProcedureDefinition, drawing: Drawing, node: Node, read: dict[str, Any]) -> Iterator[Fault]:
    out = drawing.out_of(node.id)
    default = [flow for flow in out if flow.id == node.default]
    if node.default and not default:
        yield fault_at(node, f"its default {node.default!r} does not leave it")
    for flow in default:
        if flow.condition:
            yield fault_of(flow, "is the default of its gateway, and has a condition")
    if len(out) < 2:
        if out and out[0].condition:
            yield fault_of(out[0], "is the only way on, and has a condition that may not hold")
        return
    bare = [flow for flow in out if not flow.condition and flow not in default]
    for flow in bare:
        yield fault_of(flow, f"leaves {node} without a condition, and is not its default")
    if not default and not bare and not _exhausts(model, drawing, node, out, read):
        yield fault_at(node, "has no default, and all conditions may be false")


def _exhausts(model: ProcedureDefinition, drawing: Drawing, node: Node, out: list[Flow], read: dict[str, Any]) -> bool:
    """Whether the conditions speak of every answer that the step before the gateway can give."""
    from ..workflow import expressions

    before = rests_before(drawing, node.id)
    steps = [step for step in model.steps if step.name in before]
    if len(steps) != len(before) or not steps or any(flow.id not in read for flow in out):
        return False
    if any(read[flow.id].reads != {("outcome", "")} for flow in out):
        return False
    for answer in (answer for step in steps for answer in step.answers):
        facts = expressions.Facts(dict, {}, {}, {}, answer)
        if not any(expressions.evaluate(read[flow.id], facts) for flow in out):
            return False
    return True
