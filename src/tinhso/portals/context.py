"""What every page knows: which portal it belongs to, its navigation, who reads it."""

from dataclasses import dataclass
from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tinhso.kernel.actor import NOBODY, Actor
from tinhso.portals.assets import preloaded_fonts
from tinhso.portals.design import NavItem, Words
from tinhso.portals.notices import bell_of


@dataclass(frozen=True, slots=True)
class Portal:
    """One of the five. `nav` is kept by each in its own urls.py as NAV."""

    name: str
    home: str
    title: Words
    theme: str = "light"

    @property
    def nav(self) -> list[NavItem]:
        return import_module(f"tinhso.portals.{self.name}.urls").NAV


CITIZEN = Portal("citizen", "/", _("Dịch vụ công"))
OTHERS = (
    Portal("desk", "/desk", _("Bàn làm việc")),
    Portal("ioc", "/ioc", _("Trung tâm điều hành"), "dark"),
    Portal("data", "/data", _("Dữ liệu mở")),
    Portal("admin", "/admin", _("Quản trị")),
)


def portal_of(path: str) -> Portal:
    """The portal that an address belongs to; all that is nobody else's is the citizens'."""
    first = path.split("/", 2)[1] if "/" in path else ""
    return next((portal for portal in OTHERS if portal.name == first), CITIZEN)


def portal(request: HttpRequest) -> dict[str, Any]:
    """Context processor. `demonstration` marks every page; a view of invented people says `demo` for its own."""
    actor: Actor = getattr(request, "actor", NOBODY)
    here = portal_of(request.path)
    nav = [
        {"url": item.url, "text": item.text, "here": _is_here(request.path, item.url, here.home)}
        for item in here.nav
        if not item.permission or actor.may(item.permission)
    ]
    return {
        "portal": here,
        "nav": nav,
        "actor": actor,
        "bell": bell_of(actor),
        "demonstration": settings.DEMO,
        "fonts": preloaded_fonts(),
        "problem_id": getattr(request, "request_id", ""),
    }


def _is_here(path: str, url: str, home: str) -> str:
    """The value of aria-current: "page" on the page itself, "true" below it."""
    if path.rstrip("/") == url.rstrip("/"):
        return "page"
    return "true" if url != home and path.startswith(url.rstrip("/") + "/") else ""
