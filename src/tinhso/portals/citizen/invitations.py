"""Somebody else's draft that names me: what it says of me, my part, whether I agree."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.contracts import InvitationView
from tinhso.identity.queries import own_details
from tinhso.kernel.errors import Conflict, Invalid, Words
from tinhso.kernel.policy import citizen, route

from . import filling
from .files import send_view


@route(citizen)
def invitation(request: Any, invitation_id: UUID) -> HttpResponse:
    """What I am asked to agree to; POST keeps my part, agrees, or declines with a reason."""
    found = cases.invitation(request.actor, invitation_id)
    errors: Mapping[str, Sequence[Words]] = {}
    status = 200
    if request.method == "POST" and not found.case_code:
        try:
            said = _done(request, found)
        except Invalid as error:
            errors, status = error.errors, 422
        except Conflict as problem:
            messages.warning(request, str(problem.detail))
            return redirect("invitation", invitation_id)
        else:
            messages.success(request, said)
            return redirect("invitation", invitation_id)
        found = cases.invitation(request.actor, invitation_id)
    fields = filling.shown(request.actor, found.specs, found.raw, errors)
    own = {spec.name for spec in found.specs}
    context = {
        "invitation": found,
        "sections": [
            {"title": one.title, "rows": [{"key": row.label, "value": row.text} for row in one.rows]}
            for one in found.sections
        ],
        "fields": fields,
        "bound": [one.bound for one in fields],
        "rest": {path: words for path, words in errors.items() if path.partition(".")[0] not in own},
        "errors": errors,
        "reason": request.POST.get("reason", ""),
        "reason_errors": errors.get("reason", []),
        "declining": "reason" in errors,
        "demo": own_details(request.actor).demo,
    }
    return render(request, "citizen/invitation.html", context, status=status)


def _done(request: Any, found: InvitationView) -> str:
    """Do what was asked and say so. My part is kept first, whether it is right or not."""
    if "decline" in request.POST:
        services.decline(request.actor, found.id, request.POST.get("reason", ""))
        return _("Đã gửi: Ông/Bà không đồng ý. Người nộp đọc được lý do.")
    seen = request.POST.get("seen", "")
    if found.specs:
        raw, refused = filling.posted(request, request.actor, found.specs, found.raw)
        services.save_part(request.actor, found.id, raw)
        if refused:
            raise Invalid(refused)
        if seen == found.digest:  # what others filled in stands as it was shown; only my part is new
            seen = cases.invitation(request.actor, found.id).digest
    if "agree" not in request.POST:
        return _("Đã lưu phần của Ông/Bà.")
    services.agree(request.actor, found.id, seen)
    return _("Ông/Bà đã đồng ý cùng nộp. Khi mọi người đồng ý, người nộp gửi hồ sơ đi.")


@route(citizen)
def paper(request: Any, invitation_id: UUID, name: str) -> HttpResponse:
    """A paper of the draft that I am asked to agree to."""
    found = cases.invitation_paper(request.actor, invitation_id, name)
    return send_view(request, found.digest, found.file_name)
