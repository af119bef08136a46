"""/desk/lo: the same deed for many tasks: chosen in the queue, reviewed, confirmed once, watched, tried again."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.contracts import BatchView
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Forbidden, Invalid
from tinhso.kernel.policy import officer, route

from .deeds import MOST_WORDS, colleague_control, uuid_of, words


@dataclass(frozen=True, slots=True)
class Words:
    """What a kind of deed is called: in a title, on its button, and of a case that is through."""

    title: str
    send: str
    done: str
    lead: str = ""


def names() -> dict[str, Words]:
    """The kinds of deeds in the reader's language."""
    return {
        "approve": Words(
            _("Ký số hàng loạt"), _("Phê duyệt và ký tất cả"), _("Đã ký số"),
            _("Một lần xác nhận cho mọi hồ sơ còn được chọn. Chữ ký được làm ở nền, từng hồ sơ một; hồ sơ nào không ký"
              " được sẽ nêu tên, các hồ sơ khác vẫn ký."),
        ),
        "done": Words(
            _("Hoàn thành hàng loạt"), _("Hoàn thành tất cả"), _("Đã xong bước"),
            _("Chỉ hoàn thành bước thường. Hồ sơ đã đổi từ lúc chọn thì không làm, và được nêu tên."),
        ),
        "claim": Words(_("Nhận việc hàng loạt"), _("Nhận tất cả"), _("Đã nhận")),
        "assign": Words(_("Giao việc hàng loạt"), _("Giao tất cả"), _("Đã giao")),
        "hand-over": Words(_("Bàn giao việc"), _("Bàn giao"), _("Đã bàn giao")),
    }  # fmt: skip


@route(officer)
@require_POST
def choose(request: HttpRequest) -> HttpResponse:
    """Put what was ticked in the queue together, and on to its review."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    chosen = [one for text in request.POST.getlist("viec") if (one := uuid_of(text))]
    try:
        batch = services.prepare_batch(actor, request.POST.get("lam", ""), chosen)
    except (Invalid, Forbidden) as problem:
        messages.warning(request, str(problem))
        back = request.POST.get("next", "")
        safe = url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return redirect(back if safe else reverse("desk"))
    return redirect("desk-batch", batch)


@route(officer)
def batches(request: HttpRequest) -> HttpResponse:
    """One's own bulk deeds, newest first."""
    kinds = names()
    found = [{"ref": one, "words": kinds[one.kind]} for one in cases.batches(request.actor)]  # type: ignore[attr-defined]
    return render(request, "desk/batches.html", {"found": found})


@route(officer)
def batch(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """Review and confirm; afterwards how far it is, and what failed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = cases.batch(actor, batch_id)
    errors: dict[str, Any] = {}
    if request.method == "POST":
        given = request.POST
        try:
            if "drop" in given:
                services.drop_batch(actor, batch_id)
                messages.info(request, _("Đã bỏ. Chưa có hồ sơ nào thay đổi."))
                return redirect("desk")
            if "retry" in given:
                services.retry_batch(actor, batch_id)
            else:
                kept = {int(one) for one in given.getlist("giu") if one.isdecimal()}
                services.confirm_batch(
                    actor,
                    batch_id,
                    left=[line.place for line in found.lines if line.place not in kept],
                    to=uuid_of(given.get("to", "")),
                    note=given.get("note", "")[:MOST_WORDS],
                )
            return redirect("desk-batch", batch_id)
        except Invalid as problem:
            errors = dict(problem.errors)
        except Conflict as problem:
            messages.warning(request, f"{problem.title}. {problem.detail}")
            return redirect("desk-batch", batch_id)
    controls = []
    if found.needs_colleague and found.state == "ready":
        people = cases.batch_colleagues(actor, batch_id)
        controls = [
            colleague_control(people, request.POST.get("to", ""), errors),
            words(request, "note", _("Lời nhắn"), "", errors, optional=True),
        ]
    context = _shown(found) | {"controls": controls, "errors": errors}
    return render(request, "desk/batch.html", context, status=422 if errors else 200)


@route(officer)
def state(request: HttpRequest, batch_id: UUID) -> HttpResponse:
    """The part that moves while the worker is at it. Once all is through nothing is fetched any more (286)."""
    found = cases.batch(request.actor, batch_id)  # type: ignore[attr-defined]
    return render(request, "desk/batch_state.html", _shown(found), status=286 if found.over else 200)


def _shown(found: BatchView) -> dict[str, Any]:
    kind = names()[found.kind]
    states = {
        "waiting": ("wait", _("Đang chờ")),
        "signing": ("wait", _("Đang ký số")),
        "done": ("done", kind.done),
        "failed": ("late", _("Không làm được")),
        "trouble": ("late", _("Chưa ký được; hệ thống đang tự thử lại")),
        "left": ("neutral", _("Không làm")),
    }
    return {
        "batch": found,
        "words": kind,
        "lines": [
            {"line": line, "kind": states[line.state][0], "state": states[line.state][1]} for line in found.lines
        ],
        "bad": [line for line in found.lines if line.state in {"failed", "trouble"}],
        "done": found.counts.get("done", 0),
        "doing": sum(1 for line in found.lines if line.state != "left"),
        "through": sum(1 for line in found.lines if line.state not in {"waiting", "signing", "left"}),
        "fit": sum(1 for line in found.lines if line.state == "waiting"),
        "keys": [("x", _("Giữ hoặc bỏ hồ sơ của dòng đang chọn")), ("Enter", _("Mở hồ sơ của dòng đang chọn"))],
    }
