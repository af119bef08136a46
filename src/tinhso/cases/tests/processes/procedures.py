"""Procedures around the drawn processes, without a database: what an element does is seen from its tokens."""

import hashlib
from pathlib import Path
from typing import Any

from tinhso.cases.bpmn.reading import read
from tinhso.cases.definitions import ProcedureDefinition
from tinhso.kernel.packs import Compiled

HERE = Path(__file__).parent
WORDS = {"vi": "Thử", "en": "Trial"}


def drawn(name: str) -> str:
    return (HERE / "drawn" / f"{name}.bpmn").read_text()


def procedure(main: str, *others: str, tables: tuple[str, ...] = (), **changes: Any) -> ProcedureDefinition:
    """A procedure of BPMN texts. Each user task is a step of the role that its lane names (else of the clerk); `a` may
    answer `other`, ask for a supplement and refuse."""
    files = {"main.bpmn": main} | {f"called-{n}.bpmn": text for n, text in enumerate(others)}
    tasks = [n for n in read(files, "main.bpmn").nodes.values() if n.tag in {"userTask", "manualTask"}]
    signs = "serviceTask" in main
    roles = {"Chuyên viên": "clerk", "Chủ tịch": "chair", "": "clerk"}
    steps = [
        {"name": task.id, "label": WORDS, "by": roles.get(task.lane, task.lane), "hours": 1}
        | ({"signs": "certificate"} if signs and task.id == "a" else {})
        | ({"may": ["refuse"], "outcomes": _answers("done", "other")} if task.id == "a" and not signs else {})
        for task in tasks
        if task.lane != "applicant"
    ]
    body = {
        "procedure": "trial",
        "code": "1.000001",
        "name": WORDS,
        "summary": WORDS,
        "sector": WORDS,
        "levels": ["commune"],
        "applicant": ["citizen"],
        "deadline": {"working_hours": 80},
        "form": [
            {"name": "area", "type": "integer", "label": WORDS},
            {"name": "until", "type": "date", "label": WORDS, "optional": True},
        ],
        "steps": steps,
        "legal_basis": ["Quy định thử"],
        "process": "main.bpmn",
        "calls": [name for name in files if name != "main.bpmn"],
        "decisions": [f"table-{n}.dmn" for n in range(len(tables))],
        "files": files | {f"table-{n}.dmn": text for n, text in enumerate(tables)},
    }
    return ProcedureDefinition.model_validate(body | changes)


def compiled(model: ProcedureDefinition) -> Compiled:
    """As if it were published."""
    digest = hashlib.sha256(model.model_dump_json().encode()).hexdigest()
    return Compiled("trial.trial", "trial", 1, digest, model)


def _answers(*values: str) -> list[dict[str, Any]]:
    return [{"value": value, "label": WORDS} for value in values]
