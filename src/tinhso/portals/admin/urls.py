"""Addresses of /admin."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tinhso.portals.design import NavItem

from . import design, views

NAV = [
    NavItem("/admin", _("Tình trạng"), "jobs.see"),
    NavItem("/admin/design", _("Giao diện")),
]

urlpatterns = [
    path("admin", views.home, name="admin"),
    path("admin/design", design.page, name="design"),
]
