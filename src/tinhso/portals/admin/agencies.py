"""/admin/co-quan: the agencies on a day, one agency with its posts, who is placed in which and leaves it."""

from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from tinhso.identity import queries as identity
from tinhso.identity import services
from tinhso.identity.contracts import AgencyRef
from tinhso.kernel.errors import Conflict, Invalid
from tinhso.kernel.policy import may, route
from tinhso.kernel.text import fold
from tinhso.portals import days
from tinhso.territory import queries as territory

KINDS = {
    "people-committee": gettext_lazy("Ủy ban nhân dân"),
    "office": gettext_lazy("Văn phòng"),
    "department": gettext_lazy("Sở, ban"),
    "inspectorate": gettext_lazy("Thanh tra"),
    "one-stop-centre": gettext_lazy("Trung tâm một cửa"),
}


@route(may("agencies.edit"))
def page(request: HttpRequest) -> HttpResponse:
    """The tree of agencies as it stood on a day (`?ngay=`; today), or those of it whose name or code has the words."""
    errors: dict[str, list[Any]] = {}
    typed = request.GET.get("ngay", "")
    day = days.read(typed, "ngay", errors)
    words = request.GET.get("q", "")
    standing = identity.agencies(day)
    found = _matching(standing, words) if words.strip() else []
    context = {
        "tree": [] if words.strip() else _tree(standing),
        "found": [{"ref": ref, "kind": KINDS.get(ref.kind, ref.kind)} for ref in found],
        "search": words,
        "day": day,
        "day_typed": typed,
        "errors": errors,
        "count": len(standing),
        "reforms": [days.typed(_eve(on)) for on in territory.reforms()],
    }
    return render(request, "admin/agencies.html", context, status=422 if errors else 200)


@route(may("agencies.edit"))
def agency(request: HttpRequest, agency: UUID) -> HttpResponse:
    """One agency: what it stands under and what under it, whose work it took over, its posts and who sits in them."""
    return _agency(request, agency, {}, {})


@route(may("accounts.edit"))
@require_POST
def assign(request: HttpRequest, agency: UUID) -> HttpResponse:
    """Put an officer in a post. What is refused comes back filled in."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    given = request.POST
    errors: dict[str, list[Any]] = {}
    posts = {str(ref.id): ref for ref in identity.posts(agency)}
    post = posts.get(given.get("post", ""))
    if post is None:
        errors["post"] = [_("Xin chọn vị trí")]
    account = identity.officer_account(actor, given.get("username", ""))
    if not given.get("username", "").strip():
        errors["username"] = [_("Xin nhập tên đăng nhập của cán bộ")]
    elif account is None:
        errors["username"] = [_("Không có tài khoản cán bộ nào tên như vậy; xin xem lại, hoặc tìm theo họ tên")]
    elif not account.is_active:
        errors["username"] = [_("Tài khoản này đã đóng")]
    since = days.read(given.get("since", ""), "since", errors)
    until = days.read(given.get("until", ""), "until", errors)
    if not errors and post and account:
        try:
            services.assign(actor, account.id, post.id, since=since, until=until, acting=given.get("acting") == "yes")
        except Invalid as error:
            errors = error.errors
        except Conflict as problem:
            errors["post"] = [problem.detail]
        else:
            words = _("%(name)s được giao vị trí %(post)s.") % {"name": account.name, "post": post.title}
            messages.success(request, words)
            return redirect("admin-agency", agency)
    return _agency(request, agency, given.dict(), errors)


@route(may("accounts.edit"))
def end(request: HttpRequest, seat: UUID) -> HttpResponse:
    """Say from which day on somebody no longer sits in a post: a page that asks, and the deed."""
    actor: Any = request.actor  # type: ignore[attr-defined]
    held = identity.seat(actor, seat)
    errors: dict[str, list[Any]] = {}
    typed = request.POST.get("on", days.typed(timezone.localdate()))
    if request.method == "POST":
        on = days.read(typed, "on", errors)
        if on is None and not errors:
            errors["on"] = [_("Xin nhập ngày")]
        elif on and held.until and on > held.until:
            errors["on"] = [_("Việc giao này đã kết thúc trước ngày ấy")]
        if on and not errors:
            services.end_assignment(actor, seat, on)
            messages.success(
                request, _("%(name)s thôi vị trí này từ ngày %(day)s.") % {"name": held.name, "day": typed}
            )
            return redirect("admin-agency", held.agency)
    context = {"seat": held, "agency": identity.agency_by_id(held.agency), "on": typed, "errors": errors}
    return render(request, "admin/seat_end.html", context, status=422 if errors else 200)


def _agency(request: HttpRequest, id: UUID, given: dict[str, Any], errors: dict[str, list[Any]]) -> HttpResponse:
    actor: Any = request.actor  # type: ignore[attr-defined]
    ref = identity.agency_by_id(id)
    today = timezone.localdate()
    stands = (ref.since is None or ref.since <= today) and (ref.until is None or today < ref.until)
    day = today if stands else _eve(ref.until) if ref.until else ref.since
    before, after = identity.neighbours(id)
    known = {one.id: one for one in identity.agencies(ids={*before, *after, *([ref.parent] if ref.parent else [])})}
    may_place = actor.may("accounts.edit")
    posts = identity.posts(id, at=day)
    sought = request.GET.get("can-bo", "")
    unit = territory.unit(ref.unit, day)
    context = {
        "agency": ref,
        "kind": KINDS.get(ref.kind, ref.kind),
        "unit": unit,
        "day": day,
        "stands": stands,
        "parent": known.get(ref.parent) if ref.parent else None,
        "children": identity.agencies(day, parent=id),
        "before": sorted((known[one] for one in before), key=lambda one: one.code),
        "after": sorted((known[one] for one in after), key=lambda one: one.code),
        "posts": [
            {"staffed": one, "roles": identity.role_names(one.post.roles)}
            for one in (identity.staff(actor, id, posts) if may_place else [])
        ],
        "may_place": may_place,
        "choices": [(str(post.id), post.title) for post in posts],
        "given": {"since": days.typed(today)} | given,
        "errors": errors,
        "sought": sought,
        "officers": identity.find_officers(actor, sought) if sought.strip() and may_place else [],
    }
    return render(request, "admin/agency.html", context, status=422 if errors else 200)


def _matching(standing: list[AgencyRef], words: str) -> list[AgencyRef]:
    wanted = fold(words).split()
    return [ref for ref in standing if all(word in fold(f"{ref.code} {ref.name} {ref.name_en}") for word in wanted)]


def _tree(standing: list[AgencyRef]) -> list[dict[str, Any]]:
    """The agencies under whom they stand; what stands under nobody who stood then comes first."""
    below: dict[UUID | None, list[AgencyRef]] = {}
    ids = {ref.id for ref in standing}
    for ref in standing:
        below.setdefault(ref.parent if ref.parent in ids else None, []).append(ref)

    def grown(parent: UUID | None) -> list[dict[str, Any]]:
        return [
            {"ref": ref, "kind": KINDS.get(ref.kind, ref.kind), "below": grown(ref.id)}
            for ref in sorted(below.get(parent, []), key=lambda one: (one.level == "commune", _natural(one.code)))
        ]

    return grown(None)


def _natural(code: str) -> list[int]:
    """H31.9 before H31.10."""
    return [int(part) if part.isdecimal() else 0 for part in code.removeprefix("H").split(".")]


def _eve(day: date) -> date:
    return date.fromordinal(day.toordinal() - 1)
