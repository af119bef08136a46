"""What is done with a case beyond its step, each on a page of its own: give out, take over, note, stop, reopen."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.contracts import CaseView, Colleague
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid, NotFound, Words
from tinhso.kernel.policy import officer, route

from ..citizen.files import send
from ..days import typed as day_typed
from ..design import Control

MOST_WORDS = 4_000


@dataclass(slots=True)
class Deed:
    """A page with one form. `controls` are (widget, control); `lead` says in a sentence what will happen."""

    title: Words
    lead: Words
    send: Words
    controls: list[tuple[str, Control]] = field(default_factory=list)
    danger: bool = False


def words(
    request: HttpRequest,
    name: str,
    label: Words,
    hint: Words = "",
    errors: Mapping[str, Any] | None = None,
    **more: Any,
) -> tuple[str, Control]:
    """A box for words, with what was typed."""
    lines = more.pop("lines", 4)
    typed = request.POST.get(name, "")[:MOST_WORDS]
    shown = Control(name, label, typed, hint, (errors or {}).get(name, ()), attrs={"lines": lines}, **more)
    return ("textarea" if lines > 1 else "text"), shown


def colleague_control(
    found: Sequence[Colleague], typed: str, errors: Mapping[str, Any], *, label: Words = "", optional: bool = False
) -> tuple[str, Control]:
    """A choice among colleagues, each with the work that they have and whether they are away."""
    choices = [("", _("Chọn một người"))]
    for one in found:
        said = _("%(who)s – %(post)s, đang giữ %(open)s việc") % {
            "who": one.holder,
            "post": one.title,
            "open": one.open,
        }
        if one.away:
            said += _("; vắng đến %(day)s, %(deputy)s làm thay") % {"day": day_typed(one.away), "deputy": one.deputy}
        choices.append((str(one.post), said))
    return "select", Control(
        "to", label or _("Giao cho"), typed, "", errors.get("to", ()), optional=optional, choices=choices
    )


def uuid_of(text: str) -> UUID | None:
    """The UUID that a form or an address names; None for anything else."""
    try:
        return UUID(text)
    except ValueError:
        return None


def show(request: HttpRequest, found: CaseView, deed: Deed, errors: Mapping[str, Any], **more: Any) -> HttpResponse:
    """The page of a deed: asked, or come back as it was typed."""
    said = {name: told for name, told in errors.items() if told}
    context = {"case": found, "deed": deed, "errors": said, "demo": found.demo} | more
    return render(request, "desk/deed.html", context, status=422 if said else 200)


def _do(
    request: HttpRequest,
    case_id: UUID,
    verb: Callable[[], object],
    page: Callable[[Mapping[str, Any]], Deed],
    said: str,
) -> HttpResponse:
    """GET asks, POST does it and leads back to the case; what is wrong comes back as it was typed."""
    found = cases.case(request.actor, case_id)  # type: ignore[attr-defined]
    if request.method != "POST":
        return show(request, found, page({}), {})
    try:
        verb()
    except Invalid as problem:
        return show(request, found, page(problem.errors), problem.errors)
    except Conflict as problem:
        messages.warning(request, f"{problem.title}. {problem.detail}")
    else:
        messages.success(request, said % {"code": found.code})
    return redirect("desk-case", case_id)


@route(officer)
def assign(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """Give the open task to a colleague."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not cases.around(actor, case_id).may_assign and request.method != "POST":
        raise Forbidden()
    to = uuid_of(request.POST.get("to", ""))

    def verb() -> None:
        if to is None:
            raise Invalid({"to": [_("Xin chọn một đồng nghiệp trong danh sách")]})
        _of_case(actor, case_id, task_id)
        services.assign(actor, task_id, to, note=request.POST.get("note", "")[:MOST_WORDS])

    def page(errors: Mapping[str, Any]) -> Deed:
        _of_case(actor, case_id, task_id)
        hint = _("Người được giao và đồng nghiệp đọc lời này; người nộp không thấy.")
        return Deed(
            _("Giao việc"),
            _("Việc sang tên người được chọn ngay, dù đang ở tên ai. Đồng nghiệp thấy trong diễn biến của hồ sơ."),
            _("Giao việc"),
            [
                colleague_control(cases.colleagues(actor, task_id), request.POST.get("to", ""), errors),
                words(request, "note", _("Lời nhắn"), hint, errors, optional=True),
            ],
        )

    return _do(request, case_id, verb, page, _("Đã giao việc của hồ sơ %(code)s."))


@route(officer)
def take_over(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """Take a task that a colleague has, saying why."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    who = _of_case(actor, case_id, task_id)

    def page(errors: Mapping[str, Any]) -> Deed:
        hint = _("Ví dụ: đồng nghiệp đi họp cả ngày, hồ sơ đến hạn hôm nay.")
        return Deed(
            _("Nhận việc thay"),
            _("%(who)s đang giữ việc này. Tên người giữ trước và lý do ở lại trong diễn biến của hồ sơ.")
            % {"who": who},
            _("Nhận việc thay"),
            [words(request, "note", _("Lý do"), hint, errors)],
        )

    def verb() -> object:
        return services.take_over(actor, task_id, request.POST.get("note", "")[:MOST_WORDS])

    return _do(request, case_id, verb, page, _("Ông/Bà đã nhận việc của hồ sơ %(code)s."))


@route(officer)
def note(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Leave a note for colleagues."""
    actor: Actor = request.actor  # type: ignore[attr-defined]

    def page(errors: Mapping[str, Any]) -> Deed:
        return Deed(
            _("Ghi chú nội bộ"),
            _("Chỉ cán bộ của cơ quan đọc; người nộp không thấy. Ghi chú ở lại trong hồ sơ, không sửa được."),
            _("Ghi vào hồ sơ"),
            [words(request, "note", _("Ghi chú"), "", errors)],
        )

    def verb() -> None:
        services.note(actor, case_id, request.POST.get("note", ""))

    return _do(request, case_id, verb, page, _("Đã ghi chú vào hồ sơ %(code)s."))


@route(officer)
def cancel(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Stop the case, with its legal ground."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not cases.around(actor, case_id).may_cancel and request.method != "POST":
        raise Forbidden()

    def page(errors: Mapping[str, Any]) -> Deed:
        return Deed(
            _("Dừng giải quyết hồ sơ"),
            _("Hồ sơ kết thúc ngay. Người nộp nhận phiếu nêu lý do và căn cứ. Lãnh đạo mở lại được khi cần."),
            _("Dừng giải quyết"),
            [
                words(request, "note", _("Lý do dừng"), _("Người nộp đọc đúng lời này."), errors),
                words(request, "ground", _("Căn cứ pháp lý"), "", errors, lines=1),
            ],
            danger=True,
        )

    def verb() -> object:
        given = request.POST
        return services.cancel(actor, case_id, given.get("note", "")[:MOST_WORDS], given.get("ground", "")[:MOST_WORDS])

    return _do(request, case_id, verb, page, _("Đã dừng giải quyết hồ sơ %(code)s. Người nộp nhận phiếu nêu lý do."))


@route(officer)
def reopen(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """Open an ended case again."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not cases.around(actor, case_id).may_reopen and request.method != "POST":
        raise Forbidden()

    def page(errors: Mapping[str, Any]) -> Deed:
        return Deed(
            _("Mở lại hồ sơ"),
            _("Hồ sơ trở lại bước đã kết thúc; hạn được lùi đúng số giờ làm việc đã đóng. Người nộp thấy lý do."),
            _("Mở lại hồ sơ"),
            [words(request, "note", _("Lý do mở lại"), _("Người nộp đọc đúng lời này."), errors)],
        )

    def verb() -> object:
        return services.reopen(actor, case_id, request.POST.get("note", "")[:MOST_WORDS])

    return _do(request, case_id, verb, page, _("Đã mở lại hồ sơ %(code)s."))


@route(officer)
def related(request: HttpRequest, case_id: UUID) -> HttpResponse:
    """The applicant's other cases, as far as the officer may see them; the look is logged."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = cases.case(actor, case_id)
    shown = cases.related(actor, case_id)
    template = "desk/case_related.html" if request.headers.get("HX-Request") else "desk/related.html"
    return render(request, template, {"case": found, "related": shown, "demo": found.demo})


@route(officer)
def preview(request: HttpRequest, case_id: UUID, task_id: UUID) -> HttpResponse:
    """The result as it would be signed now, as PDF."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    _of_case(actor, case_id, task_id)
    pdf = cases.result_preview(actor, task_id)
    return send(request, pdf, "application/pdf", f"{_('Xem trước')}.pdf", framed=True)


def _of_case(actor: Actor, case_id: UUID, task_id: UUID) -> str:
    """Who has the task, where it is one of this case; NotFound elsewhere."""
    found = next((one for one in cases.case(actor, case_id).tasks if one.id == task_id), None)
    if found is None:
        raise NotFound()
    return found.claimed_by
