"""Notices and how they are told, for citizens (/toi/…) and officers (/desk/…): the same pages in two frames."""

from dataclasses import dataclass
from datetime import time
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import NoReverseMatch, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Conflict, Invalid, Words
from tinhso.kernel.policy import Rule, anyone, route
from tinhso.notices import queries, services
from tinhso.notices.contracts import CHANNELS, NoticeView

reader = Rule("reader", lambda actor: actor.is_officer or actor.person is not None, assurance=2)
THINGS = {
    "case": ("case", "desk-case"),
    "draft": ("draft", ""),
    "invitation": ("invitation", ""),
    "opinion": ("", "desk-opinion"),
}
"""Where a thing that a notice tells of is shown: to a citizen, to an officer. A new `about` is a line here."""
QUIET_HOURS = ("", *(f"{hour:02}:00" for hour in range(24)))


@dataclass(frozen=True, slots=True)
class Bell:
    """What the header shows: where the list is, how many are new, what to listen to."""

    actor: Actor

    @property
    def topic(self) -> str:
        return queries.topic(self.actor)

    @property
    def url(self) -> str:
        return reverse("desk-notices" if self.actor.is_officer else "notices")

    @property
    def count(self) -> int:
        return queries.unread(self.actor)


def bell_of(actor: Actor) -> Bell | None:
    """None for who has no list. Nothing is asked of the database before a page shows it."""
    return Bell(actor) if actor.assurance >= 2 and queries.topic(actor) else None


def _at(request: Any, name: str, *args: Any) -> str:
    """The address of a page in the portal that the reader is in."""
    return reverse(f"desk-{name}" if request.path.startswith("/desk") else name, args=args)


def _show(request: Any, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
    desk = request.path.startswith("/desk")
    addresses = {
        name.replace("-", "_"): _at(request, name)
        for name in ("notices", "notices-list", "notices-read", "notice-ways", "notice-address-add", "notice-device")
    }
    context |= {"frame": "layouts/desk.html" if desk else "layouts/citizen.html", "at": addresses, "desk": desk}
    return render(request, f"notices/{template}.html", context, status=status)


@route(reader)
def bell(request: Any) -> HttpResponse:
    """The number in the header, fetched again when something was told or read."""
    return render(request, "components/bell_count.html", {"bell": bell_of(request.actor)})


@route(reader)
def notices(request: Any) -> HttpResponse:
    """What I was told, newest first."""
    return _show(request, "notices", _listed(request))


@route(reader)
def notices_list(request: Any) -> HttpResponse:
    """The same list as a fragment of the live page."""
    return _show(request, "list", _listed(request))


def _listed(request: Any) -> dict[str, Any]:
    page = queries.notices(request.actor, after=request.GET.get("after", ""))
    rows = [{"notice": one, "href": _at(request, "notice", one.id)} for one in page.notices]
    return {
        "rows": rows,
        "next": page.next,
        "first": not request.GET.get("after"),
        "topic": queries.topic(request.actor),
        "any_unread": any(one.unread for one in page.notices),
    }


@route(reader)
def notice(request: Any, notice_id: UUID) -> HttpResponse:
    """One notice in full; to open it is to have read it."""
    found = queries.notice(request.actor, notice_id)
    if found.unread:
        services.read(request.actor, notice_id)
    return _show(request, "notice", {"notice": found, "thing": _thing(request, found)})


def _thing(request: Any, found: NoticeView) -> str:
    names = THINGS.get(found.about)
    try:
        return reverse(names[request.path.startswith("/desk")], args=[UUID(found.thing)]) if names else ""
    except (ValueError, NoReverseMatch):
        return ""


@route(reader)
@require_POST
def read_all(request: Any) -> HttpResponse:
    """Everything counts as read."""
    services.read_all(request.actor)
    return redirect(_at(request, "notices"))


@route(reader)
def ways(request: Any) -> HttpResponse:
    """How I am told: language, quiet hours, addresses with their proof."""
    errors: dict[str, list[Words]] = {}
    typed: dict[str, Any] = {}
    if request.method == "POST":
        typed = {name: request.POST.get(name, "") for name in ("language", "quiet_from", "quiet_until")}
        digest = request.POST.get("digest") == "yes"
        try:
            services.set_ways(
                request.actor,
                language=typed["language"],
                quiet_from=_hour(typed["quiet_from"], "quiet_from"),
                quiet_until=_hour(typed["quiet_until"], "quiet_until"),
                digest=digest,
            )
        except Invalid as error:
            errors = error.errors
            typed["digest"] = digest
        else:
            messages.success(request, _("Đã lưu cách nhận thông báo."))
            return redirect(_at(request, "notice-ways"))
    return _ways(request, errors, typed)


def _hour(text: str, name: str) -> time | None:
    try:
        return time.fromisoformat(text) if text else None
    except ValueError:
        raise Invalid({name: [_("Xin chọn một giờ trong danh sách")]}) from None


def _ways(request: Any, errors: dict[str, list[Words]], typed: dict[str, Any]) -> HttpResponse:
    """The page, with what was typed where something was wrong. `typed["channel"]` and `typed["row"]` say of which part
    of it the errors are."""
    found = queries.ways(request.actor)
    chosen = {
        "language": found.language,
        "quiet_from": f"{found.quiet_from:%H:%M}" if found.quiet_from else "",
        "quiet_until": f"{found.quiet_until:%H:%M}" if found.quiet_until else "",
        "digest": found.digest,
    } | {name: value for name, value in typed.items() if name not in {"channel", "row"}}
    channels = [
        {
            "name": name,
            "label": CHANNELS[name],
            "rows": [_row(request, one, errors, typed) for one in found.addresses if one.channel == name],
            "value": typed.get("address", "") if typed.get("channel") == name else found.suggested.get(name, ""),
            "suggested": bool(found.suggested.get(name)) and typed.get("channel") != name,
            "errors": errors.get("address", []) if typed.get("channel") == name else [],
        }
        for name in found.offered
    ]
    context = {
        "channels": channels,
        "chosen": chosen,
        "hours": [(hour, hour or _("không đặt")) for hour in QUIET_HOURS],
        "languages": [("vi", "Tiếng Việt"), ("en", "English")],
        "errors": errors,
        "push_key": found.push_key,
    }
    return _show(request, "ways", context, status=422 if errors else 200)


def _row(request: Any, one: Any, errors: dict[str, list[Words]], typed: dict[str, Any]) -> dict[str, Any]:
    mine = typed.get("row") == one.id
    return {
        "address": one,
        "errors": errors.get("code", []) if mine else [],
        "code": typed.get("code", "") if mine else "",
        **{f"{verb}_url": _at(request, f"notice-address-{verb}", one.id) for verb in ("code", "again", "drop")},
    }


@route(reader)
@require_POST
def add(request: Any) -> HttpResponse:
    """Add a mail address or phone; what proves it is on its way."""
    channel, text = request.POST.get("channel", ""), request.POST.get("address", "")[:400]
    try:
        services.add_address(request.actor, channel, text)
    except Invalid as error:
        return _ways(request, error.errors, {"channel": channel, "address": text})
    except Conflict as error:
        messages.warning(request, str(error.detail))
    else:
        said = _("Đã gửi thư xác nhận. Xin mở thư và bấm vào liên kết trong đó.")
        messages.success(request, said if channel == "mail" else _("Đã gửi mã xác nhận. Xin nhập mã ở dưới."))
    return redirect(_at(request, "notice-ways") + f"#{channel}")


@route(reader)
@require_POST
def code(request: Any, address_id: UUID) -> HttpResponse:
    """The code that came by SMS or Zalo."""
    typed = request.POST.get("code", "")[:20]
    try:
        services.confirm_code(request.actor, address_id, typed)
    except Invalid as error:
        return _ways(request, error.errors, {"row": address_id, "code": typed})
    messages.success(request, _("Đã xác nhận. Từ nay thông báo được gửi cả đến đây."))
    return redirect(_at(request, "notice-ways"))


@route(reader)
@require_POST
def again(request: Any, address_id: UUID) -> HttpResponse:
    """Send the proof once more."""
    try:
        services.send_code(request.actor, address_id)
    except Conflict as error:
        messages.warning(request, str(error.detail))
    else:
        messages.success(request, _("Đã gửi lại."))
    return redirect(_at(request, "notice-ways"))


@route(reader)
@require_POST
def drop(request: Any, address_id: UUID) -> HttpResponse:
    """Take an address away."""
    services.drop_address(request.actor, address_id)
    messages.success(request, _("Đã bỏ. Không có thông báo nào được gửi đến đó nữa."))
    return redirect(_at(request, "notice-ways"))


@route(reader)
@require_POST
def device(request: Any) -> HttpResponse:
    """This browser subscribes (frontend/src/islands/push.ts)."""
    services.add_device(request.actor, request.POST.get("subscription", ""), request.POST.get("label", ""))
    return JsonResponse({"ok": True}, status=201)


@route(anyone)
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    """The link of a verifying mail. It asks before it does: programs that look into mails follow links too."""
    if request.method == "POST":
        services.confirm_link(token)
    return render(request, "notices/confirm.html", {"done": request.method == "POST"})


@csrf_exempt
@route(anyone)
def unsubscribe(request: HttpRequest, token: str) -> HttpResponse:
    """Stop mails to an address, without sign-in: a person presses the button, a mail program posts by itself
    (RFC 8058 §3.1: no cookies, no confirmation)."""
    if request.method == "POST":
        services.unsubscribe(token)
    return render(request, "notices/unsubscribe.html", {"done": request.method == "POST"})


def addresses(prefix: str, names: str) -> list[Any]:
    """The addresses of these pages below `prefix` ("toi", "desk"); route names begin with `names` ("", "desk-")."""
    return [
        path(f"{prefix}/thong-bao", notices, name=f"{names}notices"),
        path(f"{prefix}/thong-bao/danh-sach", notices_list, name=f"{names}notices-list"),
        path(f"{prefix}/thong-bao/da-doc", read_all, name=f"{names}notices-read"),
        path(f"{prefix}/thong-bao/<uuid:notice_id>", notice, name=f"{names}notice"),
        path(f"{prefix}/cach-nhan", ways, name=f"{names}notice-ways"),
        path(f"{prefix}/cach-nhan/them", add, name=f"{names}notice-address-add"),
        path(f"{prefix}/cach-nhan/thiet-bi", device, name=f"{names}notice-device"),
        path(f"{prefix}/cach-nhan/<uuid:address_id>/ma", code, name=f"{names}notice-address-code"),
        path(f"{prefix}/cach-nhan/<uuid:address_id>/gui-lai", again, name=f"{names}notice-address-again"),
        path(f"{prefix}/cach-nhan/<uuid:address_id>/bo", drop, name=f"{names}notice-address-drop"),
    ]
