"""/admin/viec: background jobs that failed, run and wait; a failed one is done again."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.kernel import jobs
from tinhso.kernel.errors import Conflict
from tinhso.kernel.policy import may, route


@route(may("jobs.see"))
def page(request: HttpRequest) -> HttpResponse:
    """Jobs of one state, newest first."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    state = request.GET.get("trang-thai", "failed")
    found = jobs.jobs(actor, state, after=request.GET.get("after", ""))
    queues = jobs.queues(actor)
    counts = {name: sum(getattr(queue, name) for queue in queues) for name in jobs.STATES}
    words = {"failed": _("Hỏng"), "doing": _("Đang chạy"), "todo": _("Đang chờ")}
    context = {
        "jobs": found.jobs,
        "older": found.next,
        "state": state,
        "tabs": [(f"/admin/viec?trang-thai={name}", f"{words[name]} ({counts[name]})") for name in jobs.STATES],
        "current": f"/admin/viec?trang-thai={state}",
        "may_retry": actor.may(jobs.EDIT),
        "working": jobs.last_heartbeat(),
    }
    return render(request, "admin/jobs.html", context)


@route(may("jobs.edit"))
@require_POST
def retry(request: HttpRequest, job: int) -> HttpResponse:
    """Do a failed job again."""
    try:
        jobs.retry(request.actor, job)  # type: ignore[attr-defined]
    except Conflict as problem:
        messages.warning(request, str(problem.detail))
    else:
        messages.success(request, _("Việc số %(job)s đã vào hàng chờ để chạy lại.") % {"job": job})
    return redirect("admin-jobs")
