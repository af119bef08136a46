"""/desk/quay/cai-dat: windows, what they take, and the kiosks in the hall."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tinhso.cases.queries import counter as queries
from tinhso.cases.services import counter
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, NotFound, Problem
from tinhso.kernel.ids import as_uuid
from tinhso.kernel.policy import route

from .tabs import AT_COUNTER, around


@route(AT_COUNTER)
def setup(request: HttpRequest) -> HttpResponse:
    """Windows and kiosks as they are, and the forms that change them."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    problem: Problem | None = None
    shown: dict[str, Any] = {}
    if request.method == "POST":
        try:
            shown = _change(request, actor)
        except (Invalid, Conflict) as refused:
            problem = refused
        else:
            if not shown:
                return redirect("desk-counter-setup")
    here = queries.centre(actor)
    given = request.POST if problem else {}
    context = around("desk-counter-setup") | {
        "centre": here,
        "windows": queries.windows(actor),
        "devices": queries.devices(actor),
        "groups": [(one.name, f"{one.letter} – {one.label}") for one in queries.groups(here.id)],
        "number": given.get("number", ""),
        "chosen": request.POST.getlist("groups") if problem else [],
        "name": given.get("name", ""),
        "errors": problem.errors if isinstance(problem, Invalid) else {},
        "problem": problem if isinstance(problem, Conflict) else None,
        "screen": request.build_absolute_uri(reverse("call-screen", args=[here.code])),
        **shown,
    }
    return render(request, "desk/counter/setup.html", context, status=problem.status if problem else 200)


def _change(request: HttpRequest, actor: Actor) -> dict[str, Any]:
    """Do what a form asks; what is to be shown once (the address that makes a device a kiosk)."""
    given, what = request.POST, request.POST.get("what", "")
    of = as_uuid(given.get("id", ""))
    groups = given.getlist("groups")
    if what == "window":
        number = given.get("number", "")
        counter.open_window(actor, int(number) if number.isdecimal() and len(number) < 4 else 0, groups)
        messages.success(request, _("Đã mở quầy %(number)s.") % {"number": number})
    elif what == "device":
        _id, key = counter.add_device(actor, given.get("name", ""))
        here = queries.centre(actor)
        return {"address": request.build_absolute_uri(reverse("kiosk-pair", args=[here.code, key]))}
    elif of is None:
        raise NotFound()
    elif what == "groups":
        counter.change_window(actor, of, groups)
        messages.success(request, _("Đã ghi nhóm dịch vụ của quầy."))
    elif what == "close":
        counter.close_window(actor, of)
        messages.success(request, _("Đã đóng quầy."))
    elif what == "end":
        counter.end_device(actor, of)
        messages.success(request, _("Máy ấy không phát số nữa."))
    else:
        raise NotFound()
    return {}
