"""A procedure's definition as it is drawn in the browser: its drawing and its steps, laid into the keys and values that
are published. Pure: nothing is stored here."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override
from pydantic import ValidationError

from tinhso.kernel.errors import Invalid

from .. import definitions
from ..definitions import ProcedureDefinition
from . import words
from .check import role_of_lane
from .faults import Said
from .reading import Broken, Drawing, read
from .steps import APPLICANT, PLATFORM, compile_steps

MOST_BYTES = 1_000_000
"""Of a drawing, as of a file beside a definition of a folder."""
HOURS = 4
"""What a step that was just drawn takes, until somebody says otherwise."""
Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class DrawnFault:
    """A fault of a drawing: the element ("" where it is none's), what that is called, and what is wrong in the reader's
    language, or (`translated` False) in the words of the check."""

    element: str
    named: str
    what: str
    translated: bool


def editable(body: Mapping[str, Any]) -> Body:
    """The definition with a drawing: its own, or its list of steps as they are compiled."""
    if body.get("process"):
        return dict(body)
    file = f"{body['procedure']}.bpmn"
    with override("vi"):
        text = compile_steps(ProcedureDefinition.model_validate(body))
    return {**body, "process": file, "files": {file: text}}


def copied(body: Mapping[str, Any], pack: str, key: str, code: str, name: Mapping[str, str]) -> Body:
    """The definition of a template of `pack` as that of a procedure of one's own: another name and code, files of its
    own, since all procedures of a pack stand in one folder, and kinds of paper by their full names, since another
    pack reads them now."""
    body = editable(body)
    files = {str(body["process"]): f"{key}.bpmn"}
    files |= {file: f"{key}-{file}" for file in [*body.get("calls", ()), *body.get("decisions", ())]}
    found = {
        **body,
        "procedure": key,
        "code": code,
        "name": dict(name),
        "process": files[str(body["process"])],
        "files": {files[file]: text for file, text in body["files"].items()},
    }
    for part in ("calls", "decisions"):
        if body.get(part):
            found[part] = [files[file] for file in body[part]]

    def full(kind: str) -> str:
        return kind if "." in kind else f"{pack}.{kind}"

    if body.get("form_paper"):
        found["form_paper"] = full(body["form_paper"])
    if body.get("result", {}).get("document"):
        found["result"] = {**body["result"], "document": full(body["result"]["document"])}
    if body.get("papers"):
        found["papers"] = [
            {**paper, "template": full(paper["template"])} if paper.get("template") else paper
            for paper in body["papers"]
        ]
    return found


def with_drawing(body: Mapping[str, Any], text: str, steps: Mapping[str, Mapping[str, Any]]) -> Body:
    """The definition with another drawing. `steps` are what is told of user tasks, by id; who does one is its lane's
    matter. A task that nobody told of is named as it is drawn; what is told of tasks that are gone goes too. Raises
    Invalid for a text that is no BPMN: nothing of it is kept."""
    if len(text.encode()) > MOST_BYTES:
        raise Invalid({"xml": [_("Bản vẽ lớn quá mức (%(n)s byte); chưa lưu gì.") % {"n": MOST_BYTES}]})
    text = text.replace("\r\n", "\n").removeprefix("\ufeff")
    file = str(body["process"])
    try:
        found = read({file: text}, file)
    except (Broken, ValueError, RecursionError) as error:
        raise Invalid({"xml": [_("Không phải bản vẽ BPMN dùng được: %(why)s") % {"why": error}]}) from error
    return {**body, "files": {**body["files"], file: text}, "steps": _steps(body["steps"], found, steps)}


def _steps(before: Sequence[Body], found: Drawing, told: Mapping[str, Mapping[str, Any]]) -> list[Body]:
    """The steps in their order. One that was drawn anew stands before the last, which hands the result over."""
    known = {str(step["name"]): step for step in before}
    drawn: dict[str, Body] = {}
    for node in found.nodes.values():
        role = role_of_lane(node.lane) if node.lane else ""
        if node.tag not in {"userTask", "manualTask"} or role == APPLICANT or node.file not in found.processes.values():
            continue
        fresh = {"name": node.id, "label": {"vi": node.name or node.id, "en": node.name or node.id}, "hours": HOURS}
        step = {**known.get(node.id, fresh), **told.get(node.id, {}), "name": node.id}
        if role and role != PLATFORM:
            step["by"] = role
        step.setdefault("by", "clerk")
        drawn[node.id] = {key: value for key, value in step.items() if value not in ("", [], None)}
    kept = [drawn[name] for name in known if name in drawn]
    new = [step for name, step in drawn.items() if name not in known]
    return [*kept[:-1], *new, *kept[-1:]]


class _Looked:
    """What a kind's check takes: a definition with its model."""

    def __init__(self, model: ProcedureDefinition) -> None:
        self.model = model


def faults(body: Mapping[str, Any], papers: Iterable[str] = ()) -> list[DrawnFault]:
    """What the pack's own check says of the definition, by element. `papers` are the kinds of paper of its own pack,
    which it may name without the pack."""
    steps = body["steps"]
    try:
        model = ProcedureDefinition.model_validate(body)
    except ValidationError as error:
        return list(_unread(error, steps))
    known = {("paper", name): name for name in papers}
    return [_told(path, message, steps) for path, message in definitions.check(_Looked(model), known)]


def _unread(error: ValidationError, steps: Sequence[Body]) -> Iterator[DrawnFault]:
    for one in error.errors(include_url=False):
        path = [part for part in one["loc"] if isinstance(part, str | int)]
        if "label" in path or "name" in path[:1]:
            what, translated = _("thiếu tên bằng tiếng Việt hoặc tiếng Anh"), True
        elif "hours" in path:
            what, translated = _("số giờ làm việc là một số từ 0"), True
        else:
            what, translated = f"{'.'.join(map(str, path))}: {one['msg']}", False
        element, named = _step(path, steps)
        yield DrawnFault(element, named, what, translated)


def _told(path: Sequence[str | int], message: str, steps: Sequence[Body]) -> DrawnFault:
    if isinstance(message, Said):
        what, translated = words.told(message.what)
        return DrawnFault(message.element, message.named, what, translated)
    element, named = _step(path, steps)
    message = re.sub(r"^[\w.-]+:\d+: ", "", message)
    return DrawnFault(element, named or ".".join(map(str, path)), message, False)


def _step(path: Sequence[str | int], steps: Sequence[Body]) -> tuple[str, str]:
    if len(path) > 1 and path[0] == "steps" and isinstance(path[1], int) and path[1] < len(steps):
        step = steps[path[1]]
        return str(step["name"]), str((step.get("label") or {}).get("vi") or step["name"])
    return "", ""
