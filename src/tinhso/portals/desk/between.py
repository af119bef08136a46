"""Between agencies, on pages of their own: a task is sent to the agency that is competent, taken there or sent back;
and what is left to see of a case whose part is done."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from tinhso.kernel.policy import officer, route

from ..design import Control
from .deeds import MOST_WORDS, Deed, show, uuid_of, words


@route(officer)
def send_on(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """Send the open task to another agency, saying why."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = cases.case(actor, case_id)
    if request.method != "POST" and not cases.around(actor, case_id).may_send_on:
        raise Forbidden()
    errors: Mapping[str, Any] = {}
    if request.method == "POST":
        try:
            to = uuid_of(request.POST.get("to", ""))
            if to is None:
                raise Invalid({"to": [_("Xin chọn một cơ quan trong danh sách")]})
            services.send_on(actor, _of(found.tasks, task_id), to, request.POST.get("note", "")[:MOST_WORDS])
        except Invalid as problem:
            errors = problem.errors
        except Conflict as problem:
            messages.warning(request, f"{problem.title}. {problem.detail}")
            return redirect("desk-case", case_id)
        else:
            messages.success(request, _("Đã chuyển hồ sơ %(code)s.") % {"code": found.code})
            return redirect("desk")
    choices = [("", _("Chọn một cơ quan")), *((str(one.id), one.words) for one in services.places(actor))]
    typed = request.POST.get("to", "")
    deed = Deed(
        _("Chuyển cơ quan có thẩm quyền"),
        _("Cơ quan kia nhận, hoặc chuyển lại kèm lý do. Người nộp thấy hồ sơ đang ở đâu; hạn trả kết quả không đổi."),
        _("Chuyển hồ sơ"),
        [
            ("select", Control("to", _("Chuyển tới"), typed, "", errors.get("to", ()), choices=choices)),
            words(request, "note", _("Lý do chuyển"), _("Người nộp và cơ quan kia đọc đúng lời này."), errors),
        ],
    )
    return show(request, found, deed, errors)


@route(officer)
@require_POST
def accept(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """Take what another agency sent."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = cases.case(actor, case_id)
    services.accept_sent(actor, _of(found.tasks, task_id))
    messages.success(request, _("Đã nhận hồ sơ %(code)s.") % {"code": found.code})
    return redirect("desk-case", case_id)


@route(officer)
def send_back(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """Send back what came here by mistake, saying why."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = cases.case(actor, case_id)
    errors: Mapping[str, Any] = {}
    if request.method == "POST":
        try:
            services.send_back(actor, _of(found.tasks, task_id), request.POST.get("note", "")[:MOST_WORDS])
        except Invalid as problem:
            errors = problem.errors
        except Conflict as problem:
            messages.warning(request, f"{problem.title}. {problem.detail}")
            return redirect("desk-case", case_id)
        else:
            messages.success(request, _("Đã chuyển lại hồ sơ %(code)s.") % {"code": found.code})
            return redirect("desk")
    deed = Deed(
        _("Chuyển lại nơi gửi"),
        _("Việc mở lại ở cơ quan đã chuyển đến đây. Lý do ở lại trong diễn biến của hồ sơ."),
        _("Chuyển lại"),
        [words(request, "note", _("Lý do chuyển lại"), _("Cơ quan kia đọc đúng lời này."), errors)],
    )
    return show(request, found, deed, errors)


def own_part(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """What the reader's agency did in a case that is another one's. NotFound for others."""
    found = cases.own_part(request.actor, case_id)  # type: ignore[attr-defined]
    return render(request, "desk/own_part.html", {"own": found, "parts": found.parts})


def _of(tasks: Any, task_id: UUID) -> UUID:
    if task_id not in {one.id for one in tasks}:
        raise NotFound()
    return task_id
