"""/desk/vang-mat and /desk/ban-giao: a deputy for an absence, and the tasks of an officer who leaves."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tinhso.cases import queries as cases
from tinhso.cases import services
from tinhso.cases.contracts import Desk
from tinhso.identity import queries as identity
from tinhso.identity import services as identity_services
from tinhso.identity.contracts import PostRef
from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid, NotFound
from tinhso.kernel.policy import may, officer, route

from .. import days
from ..design import Control
from .deeds import uuid_of, words

ASSIGN = may("case.assign")


@route(officer)
def absence(request: HttpRequest) -> HttpResponse:
    """Name a deputy for oneself; the head of an agency also for a colleague."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if actor.agency is None or actor.post is None:
        raise Forbidden()
    posts = [one for one in identity.posts(actor.agency) if one.holder]
    heads = actor.may("post.delegate-unit")
    mine = {one.id for one in posts} if heads else {actor.post}
    errors: dict[str, Any] = {}
    if request.method == "POST":
        errors = _delegate(actor, request, posts)
        if not errors:
            messages.success(request, _("Đã ghi. Người làm thay thấy việc ở bàn làm việc của mình trong thời gian ấy."))
            return redirect("desk-absence")
    context = {
        "controls": _absence_form(actor, request, posts, errors, heads=heads),
        "errors": errors,
        "absences": identity.absences(mine),
        "stands_in": identity.stands_in_for(actor),
        "acting_for": actor.acting_for,
    }
    return render(request, "desk/absence.html", context, status=422 if errors else 200)


def _absence_form(
    actor: Actor, request: HttpRequest, posts: list[PostRef], errors: Mapping[str, Any], *, heads: bool
) -> list[tuple[str, Control]]:
    given = request.POST
    today = timezone.localdate()
    named = [(str(one.id), f"{one.title} ({one.holder})") for one in posts]
    controls: list[tuple[str, Control]] = []
    if heads:
        who = given.get("post", str(actor.post))
        controls.append(
            ("select", Control("post", _("Ai vắng mặt"), who, errors=errors.get("post", ()), choices=named))
        )
    others = [(id, said) for id, said in named if heads or id != str(actor.post)]
    deputies = [("", _("Chọn một người")), *others]
    numbers = {"inputmode": "numeric"}
    controls += [
        ("select", Control("deputy", _("Ai làm thay"), given.get("deputy", ""), errors=errors.get("deputy", ()),
                           choices=deputies)),
        ("text", Control("since", _("Vắng từ ngày"), given.get("since", days.typed(today)),
                         errors=errors.get("since", ()), attrs=numbers)),
        ("text", Control("until", _("Đến hết ngày"), given.get("until", ""), errors=errors.get("until", ()),
                         attrs=numbers)),
        words(request, "basis", _("Văn bản"), _("Ví dụ: Giấy nghỉ phép số 12/GNP ngày 20/11/2026"), errors, lines=1),
    ]  # fmt: skip
    return controls


def _delegate(actor: Actor, request: HttpRequest, posts: list[PostRef]) -> dict[str, Any]:
    given, errors = request.POST, {}
    post = uuid_of(given.get("post", "")) or actor.post
    deputy = next((one for one in posts if str(one.id) == given.get("deputy", "")), None)
    if deputy is None or deputy.account is None or deputy.id == post:
        errors["deputy"] = [_("Xin chọn một đồng nghiệp khác làm thay")]
    since = days.read(given.get("since", ""), "since", errors)
    last = days.read(given.get("until", ""), "until", errors)
    if last is None:
        errors.setdefault("until", [_("Xin ghi ngày, ví dụ 30/11/2026")])
    if since and since < timezone.localdate():
        errors["since"] = [_("Không ghi lùi được; sớm nhất là hôm nay")]
    if not given.get("basis", "").strip():
        errors["basis"] = [_("Xin ghi văn bản cho nghỉ hoặc ủy quyền")]
    if errors or deputy is None or deputy.account is None or last is None or post is None:
        return errors
    try:
        identity_services.delegate(
            actor, post, deputy.account, since=since, until=last + timedelta(days=1), basis=given["basis"][:200]
        )
    except Invalid as problem:
        return dict(problem.errors)
    return {}


@route(officer)
@require_POST
def end_absence(request: HttpRequest, absence_id: UUID) -> HttpResponse:
    """Back at work: the deputy acts no more."""
    identity_services.end_delegation(request.actor, absence_id)  # type: ignore[attr-defined]
    messages.success(request, _("Người làm thay không còn giữ việc của vị trí này nữa."))
    return redirect("desk-absence")


@route(ASSIGN)
def hand_over(request: HttpRequest) -> HttpResponse:
    """The posts of the agency with the tasks that they have taken."""
    return render(request, "desk/hand_over.html", {"desks": cases.desks_of_agency(request.actor)})  # type: ignore[attr-defined]


@route(ASSIGN)
def hand_over_from(request: HttpRequest, post_id: UUID) -> HttpResponse:
    """Hand everything that a post has taken to colleagues, in turn, or back to the unit."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found: Desk | None = next((one for one in cases.desks_of_agency(actor) if one.post == post_id), None)
    if found is None:
        raise NotFound()
    roles = identity.post(post_id).roles
    people = cases.able_colleagues(cases.desks(actor), roles)
    errors: dict[str, Any] = {}
    chosen = [one for text in request.POST.getlist("to") if (one := uuid_of(text))]
    known = {one.post for one in people}
    if request.method == "POST":
        try:
            batch = services.prepare_hand_over(
                actor, post_id, [one for one in chosen if one in known], request.POST.get("note", "")
            )
        except Invalid as problem:
            errors = dict(problem.errors)
        else:
            return redirect("desk-batch", batch)
    context = {
        "desk": found,
        "people": [{"one": one, "chosen": one.post in chosen, "same": one.post == post_id} for one in people],
        "box": words(request, "note", _("Lý do"), _("Ví dụ: nghỉ hưu từ 01/12/2026"), errors, lines=1),
        "errors": errors,
    }
    return render(request, "desk/hand_over_from.html", context, status=422 if errors else 200)
