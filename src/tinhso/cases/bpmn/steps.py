"""`steps:` as BPMN 2.0, drawn: a pool with a lane for each role, ready for SpiffWorkflow and for bpmn-js.

Clocks are not in the drawing: a BPMN timer counts wall time, our steps count working time (`Task.due_at`).
"""

from dataclasses import dataclass, field
from xml.etree import ElementTree as ET

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ..definitions import ROLES, ProcedureDefinition

BPMN = "http://www.omg.org/spec/BPMN/20100524/MODEL"
BPMNDI = "http://www.omg.org/spec/BPMN/20100524/DI"
DC = "http://www.omg.org/spec/DD/20100524/DC"
DI = "http://www.omg.org/spec/DD/20100524/DI"
XSI = "http://www.w3.org/2001/XMLSchema-instance"

APPLICANT, PLATFORM = "applicant", "platform"
SUPPLEMENT, SIGN, REFUSED = "_supplement", "_sign", "_refused"
"""What is added to a step's name to make the id of the element that belongs to it."""

_COLUMN, _LANE, _LEFT = 140, 120, 80
_SIZES = {"startEvent": (36, 36), "endEvent": (36, 36), "exclusiveGateway": (50, 50)}
Point = tuple[float, float]


@dataclass(slots=True)
class _Node:
    id: str
    tag: str
    name: str
    lane: str
    column: int
    x: float = 0
    y: float = 0

    @property
    def size(self) -> tuple[int, int]:
        return _SIZES.get(self.tag, (110, 70))


@dataclass(slots=True)
class _Flow:
    source: str
    target: str
    name: str = ""
    condition: str = ""

    @property
    def id(self) -> str:
        return f"{self.source}__{self.target}"


@dataclass(slots=True)
class _Graph:
    nodes: dict[str, _Node] = field(default_factory=dict)
    flows: list[_Flow] = field(default_factory=list)
    column: int = 0

    def add(self, tag: str, node_id: str, name: str, lane: str, column: int | None = None) -> str:
        if column is None:
            column = self.column
            self.column += 1
        self.nodes[node_id] = _Node(node_id, tag, name, lane, column)
        return node_id

    def flow(self, source: str, target: str, name: str = "", condition: str = "") -> None:
        self.flows.append(_Flow(source, target, name, condition))


def process_id(model: ProcedureDefinition) -> str:
    return f"p_{model.procedure}"


def compile_steps(model: ProcedureDefinition, *, for_people: bool = False) -> str:
    """The process of a list of steps as BPMN 2.0 XML with diagram, labels in the active language. Lanes are named by
    the codes of roles, for the run time, or by their words `for_people`.

    Each step is a user task in the lane of its role. A step that may ask or refuse is followed by an exclusive
    gateway on `outcome`; a supplement is the applicant's task and leads back to the step that asked. A step that
    signs is followed by a service task of the platform, since a signature needs the network.
    """
    graph = _graph(model)
    _place(graph)
    return _write(model, graph, lane_words() if for_people else {})


def _graph(model: ProcedureDefinition) -> _Graph:
    graph = _Graph()
    before = graph.add("startEvent", "start", _("Nộp hồ sơ"), APPLICANT)
    label = ""
    for step in model.steps:
        graph.add("userTask", step.name, str(step.label), step.by)
        graph.flow(before, step.name, label)
        before, label = step.name, ""
        if step.may:
            choice = graph.add("exclusiveGateway", f"{step.name}_choice", "", step.by)
            graph.flow(step.name, choice)
            column = graph.nodes[choice].column
            if "ask-supplement" in step.may:
                asked = graph.add("userTask", step.name + SUPPLEMENT, _("Bổ sung hồ sơ"), APPLICANT, column)
                graph.flow(choice, asked, _("Cần bổ sung"), "outcome == 'ask-supplement'")
                graph.flow(asked, step.name)
            if "refuse" in step.may:
                end = graph.add("endEvent", step.name + REFUSED, _("Từ chối"), APPLICANT, column + 1)
                graph.flow(choice, end, _("Từ chối"), "outcome == 'refuse'")
                graph.column = max(graph.column, column + 1)
            before, label = choice, _("Đạt")
        if step.signs:
            graph.add("serviceTask", step.name + SIGN, _("Ký số"), PLATFORM)
            graph.flow(before, step.name + SIGN, label)
            before, label = step.name + SIGN, ""
    end = graph.add("endEvent", "end", _("Đã trả kết quả"), APPLICANT)
    if sum(node.lane == APPLICANT and node.column == graph.nodes[end].column for node in graph.nodes.values()) > 1:
        graph.nodes[end].column += 1
    graph.flow(before, end, label)
    return graph


def _lanes(graph: _Graph) -> list[str]:
    return list(dict.fromkeys(node.lane for node in graph.nodes.values()))


def _place(graph: _Graph) -> None:
    rows = {lane: number for number, lane in enumerate(_lanes(graph))}
    for node in graph.nodes.values():
        width, height = node.size
        node.x = _LEFT + node.column * _COLUMN + (_COLUMN - width) / 2
        node.y = rows[node.lane] * _LANE + (_LANE - height) / 2


def _route(source: _Node, target: _Node) -> list[Point]:
    """The bends of a flow: along a lane straight on, to another lane by one column's edge."""
    (sw, sh), (tw, th) = source.size, target.size
    sx, sy, tx, ty = source.x + sw / 2, source.y + sh / 2, target.x + tw / 2, target.y + th / 2
    if source.column == target.column:
        up = ty < sy
        return [(sx, source.y if up else source.y + sh), (tx, target.y + th if up else target.y)]
    if target.column < source.column:
        return [(source.x, sy), (tx, sy), (tx, target.y if ty > sy else target.y + th)]
    if sy == ty:
        return [(source.x + sw, sy), (target.x, ty)]
    bend = target.x - 15
    return [(source.x + sw, sy), (bend, sy), (bend, ty), (target.x, ty)]


def lane_words() -> dict[str, str]:
    """What lanes are called in the active language, by the code of the role."""
    words = ROLES | {APPLICANT: gettext_lazy("Người nộp"), PLATFORM: gettext_lazy("Hệ thống")}
    return {code: str(name) for code, name in words.items()}


def _write(model: ProcedureDefinition, graph: _Graph, words: dict[str, str]) -> str:
    for prefix, uri in (("bpmn", BPMN), ("bpmndi", BPMNDI), ("dc", DC), ("di", DI), ("xsi", XSI)):
        ET.register_namespace(prefix, uri)
    root = ET.Element(
        f"{{{BPMN}}}definitions", {"id": f"d_{model.procedure}", "targetNamespace": "urn:tinhso:procedures"}
    )
    pool = ET.SubElement(root, f"{{{BPMN}}}collaboration", {"id": "collaboration"})
    ET.SubElement(
        pool,
        f"{{{BPMN}}}participant",
        {"id": "pool", "name": str(model.name), "processRef": process_id(model)},
    )
    _write_process(root, model, graph, words)
    _write_diagram(root, graph)
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _write_process(root: ET.Element, model: ProcedureDefinition, graph: _Graph, words: dict[str, str]) -> None:
    process = ET.SubElement(
        root, f"{{{BPMN}}}process", {"id": process_id(model), "name": str(model.name), "isExecutable": "true"}
    )
    lane_set = ET.SubElement(process, f"{{{BPMN}}}laneSet", {"id": "lanes"})
    for lane in _lanes(graph):
        element = ET.SubElement(lane_set, f"{{{BPMN}}}lane", {"id": f"lane_{lane}", "name": words.get(lane, lane)})
        for node in graph.nodes.values():
            if node.lane == lane:
                ET.SubElement(element, f"{{{BPMN}}}flowNodeRef").text = node.id
    for node in graph.nodes.values():
        attributes = {"id": node.id} | ({"name": node.name} if node.name else {})
        out = [flow for flow in graph.flows if flow.source == node.id]
        if node.tag == "exclusiveGateway":
            attributes["default"] = next(flow.id for flow in out if not flow.condition)
        element = ET.SubElement(process, f"{{{BPMN}}}{node.tag}", attributes)
        for flow in graph.flows:
            if flow.target == node.id:
                ET.SubElement(element, f"{{{BPMN}}}incoming").text = flow.id
        for flow in out:
            ET.SubElement(element, f"{{{BPMN}}}outgoing").text = flow.id
    for flow in graph.flows:
        attributes = {"id": flow.id, "sourceRef": flow.source, "targetRef": flow.target}
        element = ET.SubElement(
            process, f"{{{BPMN}}}sequenceFlow", attributes | ({"name": flow.name} if flow.name else {})
        )
        if flow.condition:
            condition = ET.SubElement(
                element, f"{{{BPMN}}}conditionExpression", {f"{{{XSI}}}type": "bpmn:tFormalExpression"}
            )
            condition.text = flow.condition


def _write_diagram(root: ET.Element, graph: _Graph) -> None:
    diagram = ET.SubElement(root, f"{{{BPMNDI}}}BPMNDiagram", {"id": "diagram"})
    plane = ET.SubElement(diagram, f"{{{BPMNDI}}}BPMNPlane", {"id": "plane", "bpmnElement": "collaboration"})
    lanes = _lanes(graph)
    width = _LEFT + (max(node.column for node in graph.nodes.values()) + 1) * _COLUMN
    _shape(plane, "pool", (0, 0), (width, len(lanes) * _LANE), horizontal=True)
    for number, lane in enumerate(lanes):
        _shape(plane, f"lane_{lane}", (30, number * _LANE), (width - 30, _LANE), horizontal=True)
    for node in graph.nodes.values():
        shape = _shape(plane, node.id, (node.x, node.y), node.size)
        if node.tag == "exclusiveGateway":
            shape.set("isMarkerVisible", "true")
    for flow in graph.flows:
        edge = ET.SubElement(plane, f"{{{BPMNDI}}}BPMNEdge", {"id": f"{flow.id}_di", "bpmnElement": flow.id})
        for x, y in _route(graph.nodes[flow.source], graph.nodes[flow.target]):
            ET.SubElement(edge, f"{{{DI}}}waypoint", {"x": f"{x:g}", "y": f"{y:g}"})


def _shape(
    plane: ET.Element, element: str, corner: Point, size: tuple[float, float], *, horizontal: bool = False
) -> ET.Element:
    attributes = {"id": f"{element}_di", "bpmnElement": element}
    if horizontal:
        attributes["isHorizontal"] = "true"
    shape = ET.SubElement(plane, f"{{{BPMNDI}}}BPMNShape", attributes)
    bounds = dict(zip(("x", "y", "width", "height"), (*corner, *size), strict=True))
    ET.SubElement(shape, f"{{{DC}}}Bounds", {key: f"{value:g}" for key, value in bounds.items()})
    return shape
