"""/admin/thong-bao: notices that could not be sent, why, and sending them again. Neither address nor text is shown."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.kernel import jobs
from tinhso.kernel.errors import Conflict
from tinhso.kernel.policy import may, route
from tinhso.notices import queries, services
from tinhso.notices.contracts import CHANNELS


@route(may("jobs.see"))
def page(request: Any) -> HttpResponse:
    """Dead letters, newest first."""
    found = queries.dead_letters(request.actor, after=request.GET.get("after", ""))
    rows = [{"letter": one, "channel": CHANNELS.get(one.channel, one.channel)} for one in found.letters]
    context = {"rows": rows, "older": found.next, "may_send": request.actor.may(jobs.EDIT)}
    return render(request, "admin/notices.html", context)


@route(may("jobs.edit"))
@require_POST
def again(request: Any, sending: UUID) -> HttpResponse:
    """Try one again."""
    try:
        services.send_again(request.actor, sending)
    except Conflict as problem:
        messages.warning(request, str(problem.detail))
    else:
        messages.success(request, _("Đã xếp hàng để gửi lại."))
    return redirect("admin-notices")
