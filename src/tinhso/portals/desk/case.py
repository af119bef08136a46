"""/desk/ho-so/…: one case, what may be done with it now, and what came of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.contracts import CaseView, Choice, TaskView
from tinhso.cases.queries.counter import handouts
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound, StaleRevision, Words
from tinhso.kernel.policy import officer, route
from tinhso.payments import queries as payments
from tinhso.registers import queries as registers

from ..citizen.my_cases import KIND_OF_ENTRY
from ..citizen.paying import KINDS as ORDER_KINDS
from ..citizen.states import KINDS, steps
from ..design import Control
from . import around, between

APPLICANT, PLATFORM = "applicant", "platform"
MOST_WORDS = 4_000
WANTED = {"ask-supplement": ("note",), "refuse": ("note", "ground")}
"""What each outcome asks in writing."""


@dataclass(slots=True)
class Answer:
    """One way to complete the task, with the form that it needs. `key` reaches it by keyboard."""

    choice: Choice
    send: Words = ""
    hint: Words = ""
    key: str = ""
    controls: list[tuple[str, Control]] = field(default_factory=list)
    open: bool = False


@dataclass(slots=True)
class Sent:
    """What an officer sent that could not be done: it is shown again as it was typed."""

    outcome: str = ""
    note: str = ""
    ground: str = ""
    errors: Mapping[str, list[Words]] = field(default_factory=dict)
    stale: Words = ""


@route(officer)
def case(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The case beside its queue and its papers; of a case in which the agency's part is done, that part."""
    try:
        found = cases.case(request.actor, case_id)  # type: ignore[attr-defined]
    except NotFound:
        return between.own_part(request, case_id)
    return _page(request, found, Sent())


@route(officer)
def state(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The parts of the page that move: where it stands, its documents, its timeline."""
    found = cases.case(request.actor, case_id)  # type: ignore[attr-defined]
    context = _state(found) | {"fragment": True, "moved": str(found.revision) != request.GET.get("ban", "")}
    context["may_money"] = request.actor.may("payment.see")  # type: ignore[attr-defined]
    context["handouts"] = handouts(request.actor, case_id)  # type: ignore[attr-defined]
    return render(request, "desk/case_state.html", context)


@route(officer)
def done(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What became of a case that was approved a moment ago: its paper is being signed, is signed, or is in trouble."""
    found = cases.case(request.actor, case_id)  # type: ignore[attr-defined]
    return render(request, "desk/case_done.html", {"done": found, "signing": _signing(found)})


@route(officer)
def diagram(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The process as BPMN 2.0."""
    found = cases.diagram(request.actor, case_id)  # type: ignore[attr-defined]
    return HttpResponse(found.xml, content_type="application/xml", headers={"Cache-Control": "private, no-cache"})


@route(officer)
@require_POST
def complete(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """Do the task, then open the next case. What is wrong comes back as it was typed; a colleague who was quicker is
    named."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = cases.case(actor, case_id)
    task = next((one for one in found.tasks if one.id == task_id), None)
    if task is None:
        raise NotFound()
    given = request.POST
    sent = Sent(given.get("outcome", ""), given.get("note", "")[:MOST_WORDS], given.get("ground", "")[:MOST_WORDS])
    seen = given.get("revision", "")
    try:
        services.complete(
            actor,
            task_id,
            sent.outcome,
            note=sent.note,
            ground=sent.ground,
            revision=int(seen) if seen.isdecimal() else None,
        )
    except Invalid as problem:
        sent.errors = problem.errors
        return _page(request, found, sent, status=problem.status)
    except StaleRevision as problem:
        sent.stale = problem.detail
        return _page(request, cases.case(actor, case_id), sent, status=problem.status)
    except Conflict as problem:
        context = {"problem": problem, "case": found, "sent": sent, "task": task}
        return render(request, "desk/conflict.html", context, status=problem.status)
    address = reverse("desk-case", args=[case_id])
    again = format_html('<a class="govuk-link" href="{}">{}</a>', address, _("Mở lại hồ sơ này"))
    messages.success(request, format_html("{} {}", _said(found, task, sent), again))
    following = cases.next_task(actor, after=task_id)
    target = reverse("desk-case", args=[following.case]) if following else reverse("desk")
    signing = sent.outcome == "approve"
    return redirect(f"{target}?{urlencode({'vua': case_id})}" if signing else target)


@route(officer)
@require_POST
def from_store(request: HttpRequest, case_id: UUID, name: str) -> HttpResponse:
    """Ask the applicant's consent to take a paper from the store, instead of asking for it again."""
    services.ask_from_store(request.actor, case_id, name)  # type: ignore[attr-defined]
    messages.success(request, _("Đã xin phép. Người nộp đồng ý thì giấy tờ vào hồ sơ ngay; thời hạn vẫn chạy."))
    return redirect("desk-case", case_id)


def _said(found: CaseView, task: TaskView, sent: Sent) -> str:
    if found.procedure.definition.decides:
        refused = sent.outcome == "refuse"
        said = _("Không duyệt đề nghị %(code)s.") if refused else _("Đã duyệt đề nghị %(code)s; nội dung đã vào sổ.")
        return said % {"code": found.code}
    words = {
        "approve": _("Đã phê duyệt hồ sơ %(code)s."),
        "ask-supplement": _("Đã yêu cầu bổ sung hồ sơ %(code)s. Thời gian tạm dừng đến khi người nộp trả lời."),
        "refuse": _("Đã từ chối hồ sơ %(code)s. Người nộp nhận phiếu nêu lý do và căn cứ."),
    }  # fmt: skip
    return words.get(sent.outcome, _("Đã xong bước “%(step)s” của hồ sơ %(code)s.")) % {
        "code": found.code,
        "step": task.label,
    }


def _page(request: HttpRequest, found: CaseView, sent: Sent, *, status: int = 200) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    task = found.open_task
    waiting = next((one for one in found.tasks if not one.completed_at), None)
    here = task or waiting
    answers = [_answer(choice, sent) for choice in task.choices] if task else []
    errors = {
        f"{sent.outcome}.{name}" if name in {"note", "ground"} else "": said for name, said in sent.errors.items()
    }
    context = _state(found) | {
        "task": task,
        "may_money": actor.may("payment.see"),
        "handouts": handouts(actor, found.id),
        "waiting": waiting,
        "around": around.of_case(actor, found),
        "main": next((one for one in answers if not one.controls), None),
        "also": [one for one in answers if not one.controls][1:],
        "others": [one for one in answers if one.controls],
        "errors": errors,
        "stale": sent.stale,
        "parts": cases.parts(actor, found.id),
        "sent": cases.sent(actor, found.id),
        "linked": cases.application_of(actor, found.id),
        "proposal": registers.proposal_of_case(actor, found.id),
        "neighbours": cases.neighbours(actor, here.id if here else None),
        "given": [paper for paper in found.papers if paper.given],
        "missing": [paper for paper in found.papers if not paper.given],
        "from_store": cases.from_store(actor, found.id),
        "may_ask_store": actor.may("case.ask-supplement"),
        "just_done": just_done(request),
        "here": reverse("desk-case", args=[found.id]),
        "demo": found.demo,
        "keys": [
            ("x", _("Đến nút của bước này, Enter để làm")),
            ("c", _("Nhận việc hoặc trả lại")),
            ("g", _("Giao việc")),
            ("y", _("Hỏi ý kiến")),
            ("p", _("Xem trước giấy sẽ ký")),
            ("b", _("Yêu cầu bổ sung")),
            ("t", _("Từ chối")),
            ("n", _("Hồ sơ tiếp theo")),
            ("i", _("Về hàng đợi")),
            ("1…9", _("Mở giấy tờ theo số")),
        ],
    }
    return render(request, "desk/case.html", context, status=status)


def just_done(request: HttpRequest) -> UUID | None:
    """The case approved a moment ago, where its fragment may be asked for."""
    try:
        return UUID(request.GET["vua"]) if "vua" in request.GET else None
    except ValueError:
        return None


def _answer(choice: Choice, sent: Sent) -> Answer:
    if choice.outcome not in WANTED:
        return Answer(choice, choice.label)
    here = sent.outcome == choice.outcome
    inside = choice.outcome == "refuse" and choice.needs == "note"
    words: dict[str, tuple[Words, Words, Words]] = {
        "ask-supplement": (
            _("Người nộp cần bổ sung gì"),
            _("Ghi đầy đủ, một lần: chỉ được yêu cầu bổ sung một lần. Người nộp đọc đúng lời này."),
            _("Gửi yêu cầu bổ sung"),
        ),
        "refuse": (_("Lý do từ chối"), _("Người nộp đọc đúng lời này trên phiếu từ chối."), _("Từ chối hồ sơ")),
    }
    if inside:
        words["refuse"] = (_("Lý do không duyệt"), _("Người đề nghị đọc đúng lời này."), _("Không duyệt"))
    label, hint, send = words[choice.outcome]
    key = "b" if choice.outcome == "ask-supplement" else "t"
    answer = Answer(choice, send, key=key, open=here)
    for name in ("note",) if inside else WANTED[choice.outcome]:
        note = name == "note"
        control = Control(
            name,
            label if note else _("Căn cứ pháp lý"),
            (sent.note if note else sent.ground) if here else "",
            hint if note else _("Ví dụ: khoản 1 Điều 16 Luật Hộ tịch năm 2014"),
            sent.errors.get(name, ()) if here else (),
            id=f"id_{choice.outcome}.{name}",
            attrs={"lines": 4} if note else {},
        )
        answer.controls.append(("textarea" if note else "text", control))
    return answer


def _signing(found: CaseView) -> TaskView | None:
    """The platform's task while a signature is being made."""
    return next((one for one in found.tasks if one.role == PLATFORM and not one.completed_at), None)


def _state(found: CaseView) -> dict[str, Any]:
    names, at = steps(found)
    asked = found.supplement
    return {
        "case": found,
        "kind": KINDS[found.status_code],
        "steps": names,
        "at": at,
        "signing": _signing(found),
        "asked": asked,
        "orders": payments.orders_of(f"case:{found.id}"),
        "order_kinds": ORDER_KINDS,
        "entries": [
            {"when": one.at, "title": one.what, "by": one.by, "text": one.note, "kind": KIND_OF_ENTRY.get(one.kind, "")}
            for one in reversed(found.timeline)
        ],
        "at_elements": " ".join(found.diagram.now),
        "passed_elements": " ".join(found.diagram.done),
    }
