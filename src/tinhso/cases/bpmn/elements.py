"""What of BPMN 2.0 is run here, and what is refused. `docs/bpmn.md` tells the same to those who draw; a test holds the
two together. A key is an element's tag, with the kind of its event after a colon."""

from collections.abc import Mapping

RUN: Mapping[str, str] = {
    "startEvent": "the case is handed in, and the process begins",
    "startEvent: message": "the case is handed in, and waits for a message",
    "startEvent: timer": "the case is handed in, and waits for its time",
    "endEvent": "this path is over; the case ends when every path is",
    "endEvent: message": "a message goes out, and the path is over",
    "endEvent: error": "the sub-process is broken off, and its boundary event goes on",
    "endEvent: escalation": "the boundary event of the sub-process is told, and the path is over",
    "endEvent: terminate": "the process (or the sub-process) is over at once, with all its paths",
    "userTask": "an officer's step, or the applicant's supplement",
    "manualTask": "an officer's step, done away from the screen",
    "serviceTask": "the platform signs the result",
    "sendTask": "a message goes out",
    "receiveTask": "the process waits for a message",
    "businessRuleTask": "a decision table (DMN) decides",
    "exclusiveGateway": "the first flow whose condition holds; otherwise the default",
    "parallelGateway": "all flows at once, and waits for all of them",
    "inclusiveGateway": "every flow whose condition holds, and waits for those that were taken",
    "eventBasedGateway": "the event that comes first decides",
    "subProcess": "a part of the process with its own start and ends",
    "callActivity": "another process of the procedure's files (`calls`)",
    "boundaryEvent: timer": "after its time a step is broken off, or something beside it begins",
    "boundaryEvent: error": "what is done when the sub-process ends by an error",
    "boundaryEvent: escalation": "what is done when the sub-process escalates",
    "boundaryEvent: message": "a message breaks a step off, or begins something beside it",
    "intermediateCatchEvent: timer": "the path waits for its time",
    "intermediateCatchEvent: message": "the path waits for a message",
    "intermediateCatchEvent: link": "the path goes on from the link of the same name",
    "intermediateThrowEvent": "a milestone: passed, and seen in the diagram",
    "intermediateThrowEvent: message": "a message goes out",
    "intermediateThrowEvent: escalation": "the boundary event of the sub-process is told, and the path goes on",
    "intermediateThrowEvent: link": "the path goes on at the link of the same name",
    "sequenceFlow": "what follows what; with a condition behind a gateway",
    "lane": "who does it: the code or the name of a role",
}
"""What runs, and what it means here."""

DRAWN = frozenset(
    {
        "association", "category", "dataInput", "dataObject", "dataObjectReference", "dataOutput",
        "dataStoreReference", "documentation", "extensionElements", "group", "ioSpecification", "laneSet", "property",
        "textAnnotation",
    }
)  # fmt: skip
"""What stands in a drawing for its readers, and changes nothing in what is run."""

REFUSED: Mapping[str, str] = {
    "task": "say who does it: a user task, a service task…",
    "scriptTask": "packs bring no code",
    "complexGateway": "its rule cannot be told in a drawing; an inclusive gateway can",
    "transaction": "there is no undoing of an administrative act; draw what is done instead",
    "adHocSubProcess": "its order is nobody's; draw the steps",
    "subProcess: event": "an event sub-process; use a boundary event of a sub-process",
    "multiInstanceLoopCharacteristics": "draw the paths, or use a table in the form",
    "standardLoopCharacteristics": "draw the loop",
    "startEvent: signal": "signals go to everybody; use a message",
    "startEvent: conditional": "conditions belong to flows behind a gateway",
    "startEvent: error": "only event sub-processes begin so",
    "startEvent: escalation": "only event sub-processes begin so",
    "startEvent: compensate": "compensation is not run",
    "endEvent: signal": "signals go to everybody; use a message",
    "endEvent: compensate": "compensation is not run",
    "endEvent: cancel": "only transactions are cancelled",
    "boundaryEvent": "an event that nothing sets off",
    "boundaryEvent: signal": "signals go to everybody; use a message",
    "boundaryEvent: conditional": "conditions belong to flows behind a gateway",
    "boundaryEvent: compensate": "compensation is not run",
    "boundaryEvent: cancel": "only transactions are cancelled",
    "intermediateCatchEvent": "an event that nothing sets off",
    "intermediateCatchEvent: signal": "signals go to everybody; use a message",
    "intermediateCatchEvent: conditional": "conditions belong to flows behind a gateway",
    "intermediateThrowEvent: signal": "signals go to everybody; use a message",
    "intermediateThrowEvent: compensate": "compensation is not run",
}
"""What is refused by name, and what to draw instead. Whatever is in none of these tables is refused too."""

CODE = frozenset(
    {
        "camunda:class", "camunda:delegateExpression", "camunda:expression", "camunda:topic", "camunda:connector",
        "camunda:executionListener", "camunda:taskListener", "camunda:script", "zeebe:taskDefinition", "zeebe:script",
        "zeebe:executionListener", "zeebe:executionListeners", "zeebe:taskListener", "zeebe:taskListeners",
        "activiti:class", "activiti:expression", "activiti:delegateExpression", "flowable:class",
        "flowable:expression", "flowable:delegateExpression", "spiffworkflow:preScript", "spiffworkflow:postScript",
        "spiffworkflow:serviceTaskOperator",
    }
)  # fmt: skip
"""Extensions of other engines that run code: a model that has one would do something else there, and is refused."""

FOLLOWED = frozenset(
    {
        "camunda:decisionRef", "activiti:decisionRef", "flowable:decisionRef", "zeebe:calledDecision",
        "zeebe:calledElement", "camunda:resultVariable", "camunda:mapDecisionResult", "camunda:decisionRefBinding",
        "spiffworkflow:calledDecisionId",
    }
)  # fmt: skip
"""Extensions that say what the standard leaves open, and are understood."""

SILENT = frozenset({"bioc", "color", "modeler", "signavio", "xsi", "di", "dc", "bpmndi", "camunda-modeler", "xml"})
"""Prefixes of extensions that say how a drawing looks, or which tool made it."""

PREFIXES: Mapping[str, str] = {
    "http://camunda.org/schema/1.0/bpmn": "camunda",
    "http://camunda.org/schema/zeebe/1.0": "zeebe",
    "http://camunda.org/schema/modeler/1.0": "modeler",
    "http://www.signavio.com": "signavio",
    "http://bpmn.io/schema/bpmn/biocolor/1.0": "bioc",
    "http://www.omg.org/spec/BPMN/non-normative/color/1.0": "color",
    "http://activiti.org/bpmn": "activiti",
    "http://flowable.org/bpmn": "flowable",
    "http://spiffworkflow.org/bpmn/schema/1.0/core": "spiffworkflow",
    "http://www.w3.org/2001/XMLSchema-instance": "xsi",
    "http://www.w3.org/XML/1998/namespace": "xml",
}
