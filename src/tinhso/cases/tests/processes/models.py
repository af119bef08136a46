"""What `draw.py` draws: one small process for each element of `bpmn/elements.py`, run or refused."""

from typing import Any

Model = dict[str, Any]


def node(id: str, type: str, **told: Any) -> dict[str, Any]:
    """An element; `event`, `told` (message, code, link), `timer`, `parent`, `host`, `lane`, `interrupting`."""
    return {"id": id, "type": type} | told


def model(
    nodes: list[dict[str, Any]],
    flows: str,
    *,
    lanes: list[Any] | None = None,
    process: str = "main",
    conditions: dict[str, str] | None = None,
    defaults: str = "",
) -> Model:
    """`flows` are "a b" pairs by commas; `conditions` by "a b"; `defaults` the flows that are their gateway's."""
    column: dict[str, int] = {}
    for one in nodes:
        scope = one.get("parent", "")
        column[scope] = column.get(scope, 0) + 1
        one.setdefault("x", 220 + 130 * (column[scope] - 1) + (60 if scope else 0))
        one.setdefault("y", 200)
    pairs = [pair.split() for pair in flows.split(",")]
    defaulted = [pair.split() for pair in defaults.split(",")]
    return {
        "process": process,
        "lanes": lanes or [],
        "nodes": nodes,
        "flows": [
            {
                "source": a,
                "target": b,
                "condition": (conditions or {}).get(f"{a} {b}", ""),
                "default": [a, b] in defaulted,
            }
            for a, b in pairs
        ],
    }


def _one(type: str, **told: Any) -> Model:
    """Start, the step a, the element x, end."""
    return model(
        [node("s", "startEvent"), node("a", "userTask"), node("x", type, **told), node("e", "endEvent")],
        "s a, a x, x e",
    )


def _end(event: str, **told: Any) -> Model:
    return model(
        [node("s", "startEvent"), node("a", "userTask"), node("e", "endEvent", event=event, **told)], "s a, a e"
    )


def _start(event: str, **told: Any) -> Model:
    return model(
        [node("s", "startEvent", event=event, **told), node("a", "userTask"), node("e", "endEvent")], "s a, a e"
    )


def _beside(event: str, *, host: str = "userTask", **told: Any) -> Model:
    """The step a with a boundary event, behind which b is done."""
    return model(
        [
            node("s", "startEvent"),
            node("a", host),
            node("e", "endEvent"),
            node("x", "boundaryEvent", event=event, host="a", **told),
            node("b", "userTask", x=480, y=360),
            node("f", "endEvent", x=620, y=360),
        ],
        "s a, a e, x b, b f",
    )


def _inside(end: str, event: str, *, throw: bool = False, **told: Any) -> Model:
    """A sub-process that ends badly where its step refuses; the boundary event x, behind which b is done."""
    thrown = [node("t", "intermediateThrowEvent", event=event, told="bad", parent="sub", x=600)] if throw else []
    bad = [] if throw else [node("bad", "endEvent", event=end, told="bad", parent="sub", x=620, y=330)]
    return model(
        [
            node("s", "startEvent", x=150),
            node("sub", "subProcess", x=560, y=250, size=[560, 300]),
            node("s2", "startEvent", parent="sub", x=330),
            node("a", "userTask", parent="sub", x=430),
            node("g", "exclusiveGateway", parent="sub", x=530),
            *thrown,
            *bad,
            node("ok", "endEvent", parent="sub", x=750),
            node("e", "endEvent", x=950),
            node("x", "boundaryEvent", event=event, told="bad", host="sub", **told),
            node("b", "userTask", x=480, y=560),
            node("f", "endEvent", x=640, y=560),
        ],
        "s sub, s2 a, a g, " + ("g t, t ok" if throw else "g bad") + ", g ok, sub e, x b, b f",
        conditions={"g t" if throw else "g bad": "outcome == 'refuse'"},
        defaults="g ok",
    )


def _split(gateway: str, besides: str = "", **told: Any) -> Model:
    """A gateway that parts the way to b and c, and one of its kind that joins them before d."""
    return model(
        [
            node("s", "startEvent"),
            node("a", "userTask"),
            node("g", gateway),
            node("b", "userTask"),
            node("c", "userTask", x=610, y=360),
            node("j", gateway, x=760),
            node("d", "userTask", x=880),
            node("e", "endEvent", x=1020),
        ],
        f"s a, a g, g b, g c, b j, c j, j d, d e{besides}",
        **told,
    )


MODELS: dict[str, Model] = {
    "plain": model([node("s", "startEvent"), node("a", "userTask"), node("e", "endEvent")], "s a, a e"),
    "start-message": _start("message", told="opened"),
    "start-timer": _start("timer", timer=["timeDuration", "PT8H"]),
    "end-message": _end("message", told="done"),
    "end-error": _inside("error", "error"),
    "end-escalation": _inside("escalation", "escalation"),
    "throw-escalation": _inside("", "escalation", throw=True, interrupting=False),
    "end-terminate": model(
        [
            node("s", "startEvent"),
            node("g", "parallelGateway"),
            node("a", "userTask"),
            node("b", "userTask", x=480, y=360),
            node("e", "endEvent", event="terminate", x=640),
            node("f", "endEvent", x=640, y=360),
        ],
        "s g, g a, g b, a e, b f",
    ),
    "manual-task": _one("manualTask"),
    "service-task": _one("serviceTask"),
    "send-task": _one("sendTask", told="asked"),
    "receive-task": _one("receiveTask", told="answered"),
    "business-rule-task": model(
        [
            node("s", "startEvent"),
            node("x", "businessRuleTask", name="Cấp giải quyết", properties={"implementation": "dmn:level"}),
            node("g", "exclusiveGateway"),
            node("a", "userTask"),
            node("b", "userTask", x=610, y=360),
            node("e", "endEvent", x=760),
        ],
        "s x, x g, g a, g b, a e, b e",
        conditions={"g b": "decided.level == 'province'"},
        defaults="g a",
    ),
    "exclusive-gateway": _split(
        "exclusiveGateway", conditions={"g c": "outcome == 'other' and form.area > 100"}, defaults="g b"
    ),
    "parallel-gateway": _split("parallelGateway"),
    "inclusive-gateway": _split(
        "inclusiveGateway",
        ", g j",
        conditions={"g b": "form.area > 100", "g c": "outcome == 'other'"},
        defaults="g j",
    ),
    "event-based-gateway": model(
        [
            node("s", "startEvent"),
            node("a", "userTask"),
            node("g", "eventBasedGateway"),
            node("m", "intermediateCatchEvent", event="message", told="answered"),
            node("t", "intermediateCatchEvent", event="timer", timer=["timeDuration", "P3D"], x=610, y=360),
            node("e", "endEvent", x=760),
            node("b", "userTask", x=760, y=360),
            node("f", "endEvent", x=900, y=360),
        ],
        "s a, a g, g m, g t, m e, t b, b f",
    ),
    "sub-process": model(
        [
            node("s", "startEvent", x=150),
            node("sub", "subProcess", x=480, y=250, size=[400, 250]),
            node("s2", "startEvent", parent="sub", x=330),
            node("a", "userTask", parent="sub", x=450),
            node("e2", "endEvent", parent="sub", x=600),
            node("b", "userTask", x=800),
            node("e", "endEvent", x=950),
        ],
        "s sub, s2 a, a e2, sub b, b e",
    ),
    "call-activity": _one("callActivity", properties={"calledElement": "called"}),
    "called": model(
        [node("s2", "startEvent"), node("b", "userTask"), node("e2", "endEvent")], "s2 b, b e2", process="called"
    ),
    "boundary-timer": _beside("timer", timer=["timeDuration", "PT16H"]),
    "boundary-timer-beside": _beside("timer", timer=["timeDuration", "PT16H"], interrupting=False),
    "boundary-timer-date": _beside("timer", timer=["timeDate", "form.until"]),
    "boundary-timer-cycle": model(
        [
            node("s", "startEvent"),
            node("a", "userTask"),
            node("e", "endEvent"),
            node("x", "boundaryEvent", event="timer", host="a", timer=["timeCycle", "R2/PT8H"], interrupting=False),
            node("t", "sendTask", told="reminder", x=480, y=360),
            node("f", "endEvent", x=620, y=360),
        ],
        "s a, a e, x t, t f",
    ),
    "boundary-message": _beside("message", told="stop"),
    "boundary-message-beside": _beside("message", told="news", interrupting=False),
    "catch-timer": _one("intermediateCatchEvent", event="timer", timer=["timeDuration", "PT4H"]),
    "catch-message": _one("intermediateCatchEvent", event="message", told="answered"),
    "link": model(
        [
            node("s", "startEvent"),
            node("a", "userTask"),
            node("x", "intermediateThrowEvent", event="link", told="A"),
            node("y", "intermediateCatchEvent", event="link", told="A", x=220, y=360),
            node("b", "userTask", x=350, y=360),
            node("e", "endEvent", x=480, y=360),
        ],
        "s a, a x, y b, b e",
    ),
    "throw": _one("intermediateThrowEvent"),
    "throw-message": _one("intermediateThrowEvent", event="message", told="news"),
    "lanes": model(
        [
            node("s", "startEvent", x=220, lane="counter"),
            node("a", "userTask", x=330, lane="counter"),
            node("b", "userTask", x=480, lane="chair"),
            node("c", "userTask", x=640, lane="clerk"),
            node("e", "endEvent", x=800, lane="counter"),
        ],
        "s a, a b, b c, c e",
        lanes=[
            {"id": "counter", "name": "one-stop"},
            {
                "id": "committee",
                "name": "Ủy ban nhân dân",
                "lanes": [{"id": "clerk", "name": "Chuyên viên"}, {"id": "chair", "name": "chair"}],
            },
        ],
    ),
}
"""By file name; each is run by `test_elements.py`."""

EXAMPLE: Model = model(
    [
        node("start", "startEvent", name="Nộp hồ sơ", x=200, lane="applicant"),
        node("receive", "userTask", name="Tiếp nhận", x=300, lane="one-stop"),
        node("level", "businessRuleTask", name="Xác định cấp giải quyết", x=420, lane="one-stop",
             properties={"implementation": "dmn:stall-level"}),
        node("merge", "exclusiveGateway", x=560, lane="civil-status"),
        node("verify", "userTask", name="Thẩm tra", x=660, lane="civil-status"),
        node("checked", "exclusiveGateway", name="Kết quả thẩm tra", x=780, lane="civil-status"),
        node("supplement", "userTask", name="Bổ sung hồ sơ", x=780, lane="applicant"),
        node("refused", "endEvent", name="Từ chối", x=900, lane="civil-status"),
        node("late", "boundaryEvent", event="timer", name="Quá 2 ngày", host="verify", slot=1,
             timer=["timeDuration", "P2D"]),
        node("decide", "userTask", name="Lãnh đạo xem xét", x=660, lane="chair"),
        node("joined", "exclusiveGateway", x=900, lane="chair"),
        node("where", "exclusiveGateway", name="Cấp nào?", x=1000, lane="chair"),
        node("wait", "eventBasedGateway", x=1000, lane="one-stop"),
        node("agreed", "intermediateCatchEvent", event="message", told="province-agreed", name="Tỉnh đồng ý", x=1100,
             lane="one-stop"),
        node("silent", "intermediateCatchEvent", event="timer", name="Quá 5 ngày", x=1000, lane="applicant",
             timer=["timeDuration", "P5D"]),
        node("stopped", "endEvent", name="Không được đồng ý", x=1120, lane="applicant"),
        node("ready", "exclusiveGateway", x=1180, lane="chair"),
        node("approve", "userTask", name="Phê duyệt", x=1270, lane="chair"),
        node("told", "intermediateThrowEvent", event="message", told="stall-approved", name="Báo đội quản lý", x=1270,
             lane="civil-status"),
        node("return", "userTask", name="Trả kết quả", x=1270, lane="one-stop"),
        node("end", "endEvent", name="Đã trả kết quả", x=1270, lane="applicant"),
    ],
    "start receive, receive level, level merge, merge verify, verify checked, checked supplement, supplement merge,"
    " checked refused, checked joined, late decide, decide joined, joined where, where wait, wait agreed, wait silent,"
    " silent stopped, agreed ready, where ready, ready approve, approve told, told return, return end",
    lanes=[{"id": name, "name": name} for name in ("applicant", "one-stop", "civil-status", "chair")],
    process="stall",
    conditions={
        "checked supplement": "outcome == 'ask-supplement'",
        "checked refused": "outcome == 'refuse'",
        "where wait": "decided.level == 'province'",
    },
    defaults="checked joined, where ready",
)  # fmt: skip
"""A whole procedure, with a table, timers, messages and lanes: `stall.yaml`."""

REFUSED: dict[str, Model] = {
    "task": _one("task"),
    "scriptTask": _one("scriptTask"),
    "complexGateway": _one("complexGateway"),
    "transaction": _one("transaction"),
    "adHocSubProcess": _one("adHocSubProcess"),
    "subProcess: event": _one("subProcess", properties={"triggeredByEvent": True}),
    "startEvent: signal": _start("signal"),
    "startEvent: conditional": _start("conditional"),
    "endEvent: signal": _end("signal"),
    "endEvent: compensate": _end("compensate"),
    "endEvent: cancel": _end("cancel"),
    "boundaryEvent: signal": _beside("signal"),
    "boundaryEvent: conditional": _beside("conditional"),
    "boundaryEvent: compensate": _beside("compensate"),
    "boundaryEvent: cancel": _beside("cancel"),
    "intermediateCatchEvent": _one("intermediateCatchEvent"),
    "intermediateCatchEvent: signal": _one("intermediateCatchEvent", event="signal"),
    "intermediateCatchEvent: conditional": _one("intermediateCatchEvent", event="conditional"),
    "intermediateThrowEvent: signal": _one("intermediateThrowEvent", event="signal"),
    "intermediateThrowEvent: compensate": _one("intermediateThrowEvent", event="compensate"),
}
"""By element; drawn as `refused-….bpmn`."""


def refused_name(key: str) -> str:
    return f"refused-{key.replace(': ', '-')}"
