"""A drawing of any tool as nodes and flows: read safely, with what it says besides.

Nothing is fetched and nothing is expanded: a document type declaration, the door of entity bombs and of foreign files,
is refused before the text is parsed.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

from .elements import CODE, DRAWN, FOLLOWED, PREFIXES, SILENT
from .steps import BPMN

_EVENTS = ("startEvent", "endEvent", "boundaryEvent", "intermediateCatchEvent", "intermediateThrowEvent")
_REFERENCES = {"message": "messageRef", "error": "errorRef", "escalation": "escalationRef"}
_SCOPES = ("subProcess", "transaction", "adHocSubProcess")
_AROUND = frozenset({"incoming", "outgoing", "laneSet", "sequenceFlow", "ioSpecification"})
_INSIDE = frozenset({"multiInstanceLoopCharacteristics", "standardLoopCharacteristics"})


class Broken(ValueError):
    """A text that is no BPMN (or DMN) at all: what is wrong, and the line."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


@dataclass(frozen=True, slots=True)
class Node:
    """An element that tokens reach. `kind` is its key in the tables of elements; `scope` the process or sub-process
    that holds it; `lane` the innermost lane's name; `told` what its event names: the message, the code of the error or
    escalation, the name of the link, the text of the timer; `calls` the process or decision that it calls."""

    id: str
    kind: str
    name: str
    scope: str
    file: str
    line: int
    lane: str = ""
    told: str = ""
    timer: str = ""
    host: str = ""
    interrupting: bool = True
    default: str = ""
    calls: str = ""

    @property
    def tag(self) -> str:
        return self.kind.partition(":")[0]

    @property
    def event(self) -> str:
        return self.kind.partition(": ")[2]

    def __str__(self) -> str:
        return f'{self.kind} {self.id} "{self.name}"' if self.name else f"{self.kind} {self.id}"


@dataclass(frozen=True, slots=True)
class Flow:
    id: str
    source: str
    target: str
    condition: str
    name: str
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Remark:
    """Something that a drawing says beside its elements: an extension of another engine, an element out of place.
    `runs` where another engine would run code for it."""

    file: str
    line: int
    element: str
    name: str
    what: str
    runs: bool = False


@dataclass(slots=True)
class Drawing:
    """All files of a procedure together. `scopes` maps a process or sub-process to the one around it ("" for a
    process), `processes` a process to its file."""

    nodes: dict[str, Node] = field(default_factory=dict)
    flows: list[Flow] = field(default_factory=list)
    scopes: dict[str, str] = field(default_factory=dict)
    processes: dict[str, str] = field(default_factory=dict)
    lanes: list[Node] = field(default_factory=list)
    remarks: list[Remark] = field(default_factory=list)
    twice: list[Node] = field(default_factory=list)
    markers: list[Node] = field(default_factory=list)
    """Loops and multiple instances, by the id of the activity that bears the mark."""
    root: str = ""
    """The process that a case runs."""

    def inside(self, scope: str) -> Iterator[Node]:
        return (node for node in self.nodes.values() if node.scope == scope)

    def out_of(self, node: str) -> list[Flow]:
        return [flow for flow in self.flows if flow.source == node]

    def boundary(self, host: str) -> list[Node]:
        return [node for node in self.nodes.values() if node.host == host]

    def label(self, element: str) -> str:
        node = self.nodes.get(element)
        return node.name if node else ""


def xml(text: str) -> Any:
    """The root element of a text, parsed with nothing fetched or expanded. Raises Broken."""
    if re.search(r"<!(?:DOCTYPE|ENTITY)", text, re.IGNORECASE):
        raise Broken("a document type declaration is not accepted (it may expand without end, or fetch files)")
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(text.encode(), parser)
    except etree.XMLSyntaxError as error:
        raise Broken(f"is not XML: {error.msg}", error.lineno or 1) from error


def document(text: str) -> Any:
    """The root of a BPMN 2.0 text. Raises Broken."""
    root = xml(text)
    if root.tag != f"{{{BPMN}}}definitions":
        raise Broken(f"is not BPMN 2.0: its root is {root.tag!r}", root.sourceline)
    return root


def read(files: Mapping[str, str], main: str) -> Drawing:
    """The files of a procedure, `main` first, as one drawing. Raises Broken, the message begun with the file."""
    drawing = Drawing()
    for name in [main, *(other for other in files if other != main)]:
        try:
            _Reader(drawing, name, document(files[name])).run(first=name == main)
        except Broken as error:
            raise Broken(f"{name}:{error.line}: {error}", error.line) from error
    return drawing


@lru_cache(maxsize=500)
def _kept(files: tuple[tuple[str, str], ...], main: str) -> Drawing:
    return read(dict(files), main)


def drawing_of(model: Any) -> Drawing:
    """The drawing of a procedure that brings one, kept by its text; not to be changed. Raises Broken."""
    names = [model.process, *model.calls]
    return _kept(tuple((name, model.files[name]) for name in names), model.process)


def local(tag: Any) -> str:
    """The name of a BPMN element without its namespace; with the prefix of its tool where it is another's."""
    name = etree.QName(tag)
    if name.namespace == BPMN or name.namespace is None:
        return name.localname
    return f"{PREFIXES.get(name.namespace, name.namespace)}:{name.localname}"


class _Reader:
    def __init__(self, drawing: Drawing, file: str, root: Any) -> None:
        self.drawing, self.file, self.root = drawing, file, root
        self.lane_of: dict[str, str] = {}
        self.named = {
            element.get("id"): element.get(key) or element.get("name") or element.get("id")
            for tag, key in (("message", "name"), ("error", "errorCode"), ("escalation", "escalationCode"))
            for element in root.iter(f"{{{BPMN}}}{tag}")
        }

    def run(self, *, first: bool) -> None:
        processes = [p for p in self.root.iterchildren(f"{{{BPMN}}}process") if self._has_nodes(p)]
        if not processes:
            raise Broken("has no process with elements")
        if len(processes) > 1 and first:
            names = ", ".join(str(p.get("id")) for p in processes)
            raise Broken(f"has several processes ({names}); each is a file of its own", processes[1].sourceline)
        for process in processes:
            name = str(process.get("id"))
            if name in self.drawing.scopes:
                raise Broken(f"the process {name} is in another file too", process.sourceline)
            self.drawing.processes[name] = self.file
            if first:
                self.drawing.root = name
            for lane in process.iter(f"{{{BPMN}}}lane"):  # a lane within a lane comes later, and is the one that counts
                self._lane(lane)
            self._scope(process, name, "", "")

    def _has_nodes(self, process: Any) -> bool:
        return any(local(child.tag) not in DRAWN | {"sequenceFlow"} for child in process.iterchildren(etree.Element))

    def _lane(self, lane: Any) -> None:
        name = str(lane.get("name") or "").strip()
        references = [str(ref.text or "").strip() for ref in lane.iterchildren(f"{{{BPMN}}}flowNodeRef")]
        self.lane_of |= dict.fromkeys(references, name)
        leaf = lane.find(f"{{{BPMN}}}childLaneSet") is None
        if leaf:
            self.drawing.lanes.append(Node(str(lane.get("id")), "lane", name, "", self.file, lane.sourceline))

    def _scope(self, element: Any, scope: str, around: str, lane: str) -> None:
        self.drawing.scopes[scope] = around
        self._extensions(element)
        for child in element.iterchildren(etree.Element):
            tag = local(child.tag)
            if tag == "sequenceFlow":
                self._flow(child)
            elif tag not in DRAWN and tag not in _AROUND and tag not in _INSIDE:
                self._node(child, tag, scope, lane)

    def _flow(self, element: Any) -> None:
        condition = element.find(f"{{{BPMN}}}conditionExpression")
        text = "" if condition is None else str(condition.text or "").strip()
        if condition is not None and (condition.get("language") or "").lower() in {"groovy", "javascript", "python"}:
            self._remark(element, f"a condition in {condition.get('language')}", runs=True)
        source, target = str(element.get("sourceRef")), str(element.get("targetRef"))
        self.drawing.flows.append(
            Flow(str(element.get("id")), source, target, text, element.get("name") or "", self.file, element.sourceline)
        )

    def _node(self, element: Any, tag: str, scope: str, lane: str) -> None:
        element_id = str(element.get("id"))
        lane = self.lane_of.get(element_id, lane)
        kind, told, timer = tag, "", ""
        if tag in _EVENTS:
            kind, told, timer = self._event(element, tag)
        elif tag in {"sendTask", "receiveTask"}:
            told = self.named.get(element.get("messageRef"), "")
        elif tag == "subProcess" and element.get("triggeredByEvent") == "true":
            kind = "subProcess: event"
        if element.get("isForCompensation") == "true":
            kind = f"{tag}: compensate"
        node = Node(
            id=element_id,
            kind=kind,
            name=" ".join((element.get("name") or "").split()),
            scope=scope,
            file=self.file,
            line=element.sourceline,
            lane=lane,
            told=told,
            timer=timer,
            host=element.get("attachedToRef") or "",
            interrupting=element.get("cancelActivity", "true") != "false",
            default=element.get("default") or "",
            calls=_called(element, tag),
        )
        if element_id in self.drawing.nodes or element_id in self.drawing.scopes:
            self.drawing.twice.append(node)
        self.drawing.nodes[element_id] = node
        for child in element.iterchildren(etree.Element):
            if local(child.tag) in _INSIDE:
                marker = Node(element_id, local(child.tag), node.name, scope, self.file, child.sourceline)
                self.drawing.markers.append(marker)
        if tag in _SCOPES:
            self._scope(element, element_id, scope, lane)
        else:
            self._extensions(element)

    def _event(self, element: Any, tag: str) -> tuple[str, str, str]:
        """The kind of an event, what it names, and the text of its timer ("duration PT8H")."""
        found = [child for child in element.iterchildren(etree.Element) if local(child.tag).endswith("EventDefinition")]
        found += element.findall(f"{{{BPMN}}}eventDefinitionRef")
        if not found:
            return tag, "", ""
        if len(found) > 1:
            return f"{tag}: multiple", "", ""
        kind = local(found[0].tag).removesuffix("EventDefinition")
        timer = ""
        told = self.named.get(found[0].get(_REFERENCES.get(kind, "id")), "")
        if kind == "link":
            told = found[0].get("name") or element.get("name") or ""
        if kind == "timer":
            for way in ("timeDate", "timeDuration", "timeCycle"):
                text = found[0].find(f"{{{BPMN}}}{way}")
                if text is not None:
                    timer = f"{way.removeprefix('time').lower()} {(text.text or '').strip()}"
        return f"{tag}: {kind}", told, timer

    def _extensions(self, element: Any) -> None:
        """What other tools wrote on an element, where it is not about its looks."""
        for key in element.attrib:
            name = local(key)
            if ":" in name:
                self._extension(element, name)
        for holder in element.iterchildren(f"{{{BPMN}}}extensionElements"):
            for child in holder.iterchildren(etree.Element):
                self._extension(element, local(child.tag))
        for definition in element.iterchildren(etree.Element):
            if local(definition.tag).endswith("EventDefinition"):
                self._extensions(definition)

    def _extension(self, element: Any, name: str) -> None:
        if name.rpartition(":")[0] in SILENT or name in FOLLOWED:
            return
        self._remark(element, name, runs=name in CODE)

    def _remark(self, element: Any, what: str, *, runs: bool) -> None:
        name = element.get("name") or ""
        self.drawing.remarks.append(Remark(self.file, element.sourceline, str(element.get("id")), name, what, runs))


def _called(element: Any, tag: str) -> str:
    """The process that a call activity calls, or the decision of a business rule task, in the words of any tool."""
    found = ""
    if tag == "callActivity":
        found = element.get("calledElement") or ""
        holder = element.find(".//{http://camunda.org/schema/zeebe/1.0}calledElement")
        if not found and holder is not None:
            found = holder.get("processId") or ""
    elif tag == "businessRuleTask":
        for key, value in element.attrib.items():
            if etree.QName(key).localname == "decisionRef":
                found = str(value)
        zeebe = element.find(".//{http://camunda.org/schema/zeebe/1.0}calledDecision")
        spiff = element.find(".//{http://spiffworkflow.org/bpmn/schema/1.0/core}calledDecisionId")
        if zeebe is not None:
            found = zeebe.get("decisionId") or ""
        elif spiff is not None:
            found = (spiff.text or "").strip()
        implementation = element.get("implementation") or ""
        if not found and not implementation.startswith("##"):
            found = implementation.removeprefix("dmn:")
    return found.rpartition(":")[2].strip()
