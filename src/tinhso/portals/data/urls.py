"""Addresses of /data."""

from django.urls import path
from django.utils.translation import gettext_lazy as _

from tinhso.portals.design import NavItem

from . import views

NAV = [
    NavItem("/data", _("Bộ dữ liệu")),
]

urlpatterns = [
    path("data", views.home, name="data"),
]
