"""/desk/so/<register>/cach-xem: a list is saved under a name, renamed, shared with the agency, dropped."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from tinhso.kernel.actor import Actor
from tinhso.kernel.errors import Forbidden, Invalid, NotFound
from tinhso.kernel.policy import may, route
from tinhso.registers import queries as registers
from tinhso.registers import services
from tinhso.registers.contracts import LeftOut, SavedView, ViewAsks

from . import listing

SEE = may("registers.see")


@dataclass(frozen=True, slots=True)
class Tab:
    """A view above the list; `who` says whose a shared one is."""

    href: str
    words: str
    current: bool
    who: str = ""


def of_list(found: listing.Listing) -> dict[str, Any]:
    """What stands above a list of its views: the tabs, and of the saved one that is open what it is and lacks."""
    tabs = [Tab(f"?xem={one.name}", str(one.label), found.view is one) for one in found.views.values()]
    for ref in found.own:
        current = found.saved is not None and found.saved.ref.id == ref.id
        tabs.append(Tab(f"?xem={ref.id}", ref.name, current, "" if ref.mine else ref.by))
    if tabs:
        tabs.insert(0, Tab("?", _("Cả sổ"), not found.view_name))
    query = found.asked.copy()
    query.pop("after", None)
    query.pop("diem", None)
    return {
        "tabs": tabs,
        "saved": found.saved,
        "base": found.base,
        "left_out": lacks(found.saved) if found.saved else [],
        "lost": found.lost,
        "edit": listing.spelled_out(found.saved) if found.saved and _can_be_spelled(found) else "",
        "revised": found.revised if found.revised and found.revised.mine and set(query) - {"xem"} else None,
        "query": f"?{query.urlencode()}" if query else "",
    }


def layouts(found: listing.Listing) -> list[dict[str, Any]]:
    """The ways to lay the list out, each with its address."""
    words = {"table": _("Bảng"), "both": _("Bảng và bản đồ"), "map": _("Bản đồ")}
    return [
        {
            "name": layout,
            "words": words[layout],
            "href": found.without(hien=said),
            "current": layout == found.layout,
        }
        for said, layout in listing.LAYOUTS.items()
    ]


def lacks(saved: SavedView) -> list[str]:
    """In words, what a saved view has lost on its way to this reader."""
    return [_lack(one) for one in saved.left_out]


def _lack(one: LeftOut) -> str:
    if one.part == "search":
        return _("Chữ tìm trong sổ không dùng: nó có thể là dữ liệu riêng, vị trí công tác của Ông/Bà không được xem.")
    part = {"condition": _("điều kiện"), "order": _("thứ tự"), "column": _("cột")}[one.part]
    why = {
        "gone": _("Sổ không còn mục “%(label)s”; đã bỏ %(part)s theo mục ấy."),
        "changed": _("Mục “%(label)s” nay là loại khác; đã bỏ %(part)s theo mục ấy."),
        "masked": _("Vị trí công tác của Ông/Bà không được xem mục “%(label)s”; đã bỏ %(part)s theo mục ấy."),
    }[one.why]
    return why % {"label": one.label, "part": part}


def _can_be_spelled(found: listing.Listing) -> bool:
    """Whether each condition of the saved view has its own words in an address."""
    assert found.saved
    names = (key.rpartition("__")[0] or key for key, _value in found.saved.asks.where)
    return all(name == "place" or name in found.of.fields for name in names)


@route(SEE)
def save(request: HttpRequest, register: str) -> HttpResponse:
    """Give the list with this address a name."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.is_officer:
        raise Forbidden()
    found, asks = _asked(request, register)
    return _page(request, found, asks, None)


@route(SEE)
def view(request: HttpRequest, register: str, view_id: UUID) -> HttpResponse:
    """A saved view of one's own: its name, with whom it is shared, what it asks (anew, where the address says so)."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    saved = registers.saved_view(actor, register, view_id)
    if not saved.ref.mine:
        raise NotFound()
    found, asks = _asked(request, register)
    anew = set(request.GET) - {"xem"} != set()
    if request.method == "POST" and "_drop" in request.POST:
        services.drop_view(actor, view_id)
        messages.success(request, _("Đã xoá cách xem “%(name)s”.") % {"name": saved.ref.name})
        return redirect("desk-register", register)
    return _page(request, found, asks if anew else None, saved)


def _asked(request: HttpRequest, register: str) -> tuple[listing.Listing, ViewAsks]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = listing.read(actor, registers.definition(register), request.GET)
    return found, found.asks()


def _page(request: HttpRequest, found: listing.Listing, asks: ViewAsks | None, saved: SavedView | None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    register, of = found.of.register, found.of
    name = request.POST.get("name", saved.ref.name if saved else "")
    shared = request.POST.get("shared") == "1" if request.method == "POST" else bool(saved and saved.ref.shared)
    errors: dict[str, Any] = {}
    if request.method == "POST":
        try:
            if saved:
                services.change_view(actor, saved.ref.id, name=name, shared=shared, asks=asks)
                id = saved.ref.id
            else:
                assert asks is not None
                id = services.save_view(actor, register, name, asks, shared=shared)
        except Invalid as error:
            errors = {path if path == "name" else "": messages for path, messages in error.errors.items()}
        else:
            messages.success(request, _("Đã lưu cách xem “%(name)s”.") % {"name": " ".join(name.split())})
            return redirect(f"{reverse('desk-register', args=[register])}?xem={id}")
    shown = asks or (saved.asks if saved else ViewAsks())
    context = {
        "register": register,
        "of": of.definition,
        "saved": saved,
        "lacks": lacks(saved) if saved and asks is None else [],
        "anew": asks is not None,
        "name": name,
        "shared": shared,
        "errors": errors,
        "rows": _rows(found, shown),
        "back": f"{reverse('desk-register', args=[register])}{_back(request, saved)}",
    }
    return render(request, "desk/view.html", context, status=422 if errors else 200)


def _back(request: HttpRequest, saved: SavedView | None) -> str:
    if request.GET:
        return f"?{request.GET.urlencode()}"
    return f"?xem={saved.ref.id}" if saved else ""


def _rows(found: listing.Listing, asks: ViewAsks) -> list[dict[str, str]]:
    """What a view asks, as a summary."""
    of = found.of
    base = [listing.conditions.words(of, key, value) for key, value in asks.where]
    order = asks.order.removeprefix("-")
    falling = asks.order.startswith("-")
    ordered = of.fields[order].spec.words if order in of.fields else _("Lúc ghi vào sổ")
    layouts_ = {"table": _("Bảng"), "both": _("Bảng và bản đồ"), "map": _("Bản đồ")}
    rows = [
        {"key": _("Điều kiện"), "value": "; ".join(base) or _("Không có: cả sổ")},
        {"key": _("Chữ tìm trong sổ"), "value": asks.search},
        {"key": _("Thứ tự"), "value": f"{ordered}, {_('giảm dần') if falling else _('tăng dần')}" if order else ""},
        {
            "key": _("Cột"),
            "value": ", ".join(of.fields[name].spec.words for name in asks.columns) or _("Như sổ quy định"),
        },
        {"key": _("Trình bày"), "value": layouts_.get(asks.layout, "")},
    ]
    return [row for row in rows if row["value"]]
